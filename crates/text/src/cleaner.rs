//! The table of cleaners. Pipelines, their JSON Schema, the reference pages and the property tests read it.
//!
//! A cleaner is one file with a constant `CLEANER`, its `mod` line in the crate and its line in [`CLEANERS`].

use crate::cleaner_info::CleanerInfo;

/// All cleaners, in the order in which messages and pages list them.
pub const CLEANERS: &[CleanerInfo] = &[
    crate::fold::CLEANER,
    crate::company_name::CLEANER,
    crate::legal_form::CLEANER,
    crate::person_name::CLEANER,
    crate::address::CLEANER,
    crate::postcode::CLEANER,
    crate::postal_code::CLEANER,
    crate::town::CLEANER,
    crate::country::CLEANER,
    crate::siren::CLEANER,
    crate::siret::CLEANER,
    crate::vat_country::CLEANER,
    crate::place_country::CLEANER,
    crate::vat::CLEANER,
    crate::iban::CLEANER,
    crate::email::CLEANER,
    crate::identifier::CLEANER,
    crate::identifier::lei::CLEANER,
    crate::identifier::be_kbo::CLEANER,
    crate::identifier::ch_uid::CLEANER,
    crate::identifier::cz_ico::CLEANER,
    crate::identifier::de_register::CLEANER,
    crate::identifier::dk_cvr::CLEANER,
    crate::identifier::es_nif::CLEANER,
    crate::identifier::fi_ytunnus::CLEANER,
    crate::identifier::gb_company::CLEANER,
    crate::identifier::it_vat::CLEANER,
    crate::identifier::it_fiscal_code::CLEANER,
    crate::identifier::nl_kvk::CLEANER,
    crate::identifier::no_orgnr::CLEANER,
    crate::identifier::pl_nip::CLEANER,
    crate::identifier::pl_regon::CLEANER,
    crate::identifier::pl_krs::CLEANER,
    crate::identifier::pt_nif::CLEANER,
    crate::identifier::se_orgnr::CLEANER,
    crate::identifier::gtin::CLEANER,
    crate::identifier::duns::CLEANER,
];

/// The cleaner with this name.
pub fn cleaner(name: &str) -> Option<&'static CleanerInfo> {
    CLEANERS.iter().find(|cleaner| cleaner.name == name)
}
