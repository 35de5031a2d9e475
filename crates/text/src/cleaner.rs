//! The table of cleaners. Pipelines, their JSON Schema, the reference pages and the property tests read it.
//!
//! A cleaner is one file with a constant `CLEANER`, its `mod` line in the crate and its line in [`CLEANERS`].

use crate::cleaner_info::CleanerInfo;

/// All cleaners, in the order in which messages and pages list them.
pub const CLEANERS: &[CleanerInfo] = &[
    crate::fold::CLEANER,
    crate::company_name::CLEANER,
    crate::person_name::CLEANER,
    crate::address::CLEANER,
    crate::postcode::CLEANER,
    crate::town::CLEANER,
    crate::country::CLEANER,
    crate::siren::CLEANER,
    crate::siret::CLEANER,
    crate::vat_country::CLEANER,
    crate::place_country::CLEANER,
    crate::vat::CLEANER,
    crate::iban::CLEANER,
    crate::email::CLEANER,
];

/// The cleaner with this name.
pub fn cleaner(name: &str) -> Option<&'static CleanerInfo> {
    CLEANERS.iter().find(|cleaner| cleaner.name == name)
}
