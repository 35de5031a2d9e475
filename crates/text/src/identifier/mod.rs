//! Identifiers of companies and products, one file each: what they look like, their check digits, and the words before them.
//!
//! A cleaner of an identifier takes a value that is the number, with or without its label (`KBO 0403.019.261`), and finds it in
//! a longer text (`RCS Nice, CVR-nr. 12 34 56 74`). **Invariant:** a result passes its check, where the number has one; and if a
//! text has two different numbers of the kind, neither is taken.
//!
//! **Limits.** Lost leading zeros are restored in values that are the number alone. Numbers without a check digit are found in a
//! text only after their label.

pub(crate) mod be_kbo;
pub(crate) mod ch_uid;
pub(crate) mod cz_ico;
pub(crate) mod de_register;
pub(crate) mod dk_cvr;
pub(crate) mod duns;
pub(crate) mod es_nif;
pub(crate) mod fi_ytunnus;
pub(crate) mod gb_company;
pub(crate) mod gtin;
pub(crate) mod it_fiscal_code;
pub(crate) mod it_vat;
mod kind;
pub(crate) mod lei;
pub(crate) mod nl_kvk;
pub(crate) mod no_orgnr;
mod number_format;
pub(crate) mod pl_krs;
pub(crate) mod pl_nip;
pub(crate) mod pl_regon;
pub(crate) mod pt_nif;
pub(crate) mod se_orgnr;
#[cfg(test)]
mod tests;
mod weighted;

pub(crate) use be_kbo::is_be_kbo;
pub(crate) use ch_uid::is_ch_uid;
pub(crate) use cz_ico::is_cz_ico;
pub(crate) use dk_cvr::is_dk_cvr;
pub(crate) use es_nif::is_es_nif;
pub(crate) use fi_ytunnus::is_fi_ytunnus;
pub(crate) use it_vat::is_it_vat;
pub(crate) use kind::CLEANER;
pub use kind::{IDENTIFIER_KINDS, IdentifierKind, identifier, identifiers};
pub(crate) use no_orgnr::is_no_orgnr;
pub(crate) use number_format::NumberFormat;
pub(crate) use pl_nip::is_pl_nip;
pub(crate) use pt_nif::is_pt_nif;
pub(crate) use se_orgnr::is_se_orgnr;
pub(crate) use weighted::{digit_values, mod_11_10, mod_97, weighted_sum};

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};

/// The cleaner of an identifier of upper-case letters and digits.
pub(crate) const fn number_cleaner(
    name: &'static str,
    help: &'static str,
    example: (&'static str, &'static str),
    clean: fn(&str) -> Option<String>,
) -> CleanerInfo {
    CleanerInfo {
        name,
        help,
        example,
        version: 1,
        form: CleanedForm::Code,
        kind: ValueKind::Identifier,
        clean,
        clean_cell: None,
        is_repetitive: false,
    }
}
