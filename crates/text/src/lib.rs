//! Cleaning of names, addresses and identifiers: pure functions from text to text, no state, no IO.
//!
//! **Invariant:** every cleaner is idempotent (`clean(clean(x)) = clean(x)`), never panics, and returns `None`, never
//! an empty text, if nothing usable is left. Its output has its [`CleanedForm`].
//!
//! Both sides of a comparison go through the same cleaner, so a rule must map all spellings of a thing to one text,
//! which need not be the right spelling. [`CLEANERS`] lists the cleaners that pipelines can name.
//!
//! ```
//! use matchflow_text::{cleaner, company_name, siren};
//!
//! assert_eq!(company_name("S.A.R.L. L'Épi d'Or & Fils").as_deref(), Some("epi or fils"));
//! assert_eq!(siren("FR44 732829320").as_deref(), Some("732829320"));
//!
//! let postcode = cleaner("postcode").expect("it is in the table");
//! assert_eq!((postcode.clean)("6000").as_deref(), Some("06000"));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod address;
#[cfg(feature = "columns")]
mod cells;
mod cleaner;
mod cleaner_info;
mod company_name;
mod countries;
mod country;
mod digits;
mod domain;
mod email;
mod fold;
mod iban;
mod identifier;
#[cfg(all(test, feature = "columns"))]
mod laws;
mod legal_form;
mod legal_forms;
mod luhn;
mod missing;
mod number_search;
mod person_name;
mod place_country;
mod postal_code;
mod postcode;
mod siren;
mod siret;
mod street_words;
mod town;
mod transliteration;
mod vat;
mod vat_check;
mod vat_country;
mod without_town;

pub use address::address;
#[cfg(feature = "columns")]
pub use cells::{UnknownCleaner, clean_column};
pub use cleaner::{CLEANERS, cleaner};
pub use cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
pub use company_name::{JointBid, company_name, joint_bid};
pub use country::country;
pub use domain::domain;
pub use email::email;
pub use fold::fold;
pub use iban::iban;
pub use identifier::{IDENTIFIER_KINDS, IdentifierKind, identifier, identifiers};
pub use legal_form::legal_form;
pub use luhn::luhn;
pub use missing::{has_latin_letters, is_identifier, is_missing};
pub use person_name::person_name;
pub use place_country::place_country;
pub use postal_code::postal_code;
pub use postcode::postcode;
pub use siren::siren;
pub use siret::siret;
pub use town::town;
pub use vat::vat;
pub use vat_country::vat_country;
pub use without_town::{STRIP_TOWN_VERSION, without_town};

/// Runs a table of cases and reports the inputs with unexpected results.
#[cfg(test)]
fn check(cleaner: fn(&str) -> Option<String>, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(input, expected)| {
            let found = cleaner(input).unwrap_or_default();
            (found != *expected).then(|| format!("{input:?} became {found:?}, expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
