//! Laws that hold for every text, not only for those in the tables.

use matchflow_model::plan::Cleaner;
use proptest::prelude::*;

use crate::{clean, clean_cell, luhn};

const CLEANERS: [Cleaner; 13] = [
    Cleaner::Text,
    Cleaner::CompanyName,
    Cleaner::PersonName,
    Cleaner::Address,
    Cleaner::Postcode,
    Cleaner::Town,
    Cleaner::Country,
    Cleaner::VatCountry,
    Cleaner::PlaceCountry,
    Cleaner::Siren,
    Cleaner::Siret,
    Cleaner::Vat,
    Cleaner::Iban,
];

/// Text made of the pieces that rules look at, so that they meet in every order.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "b",
        "d",
        "l",
        "m",
        "n",
        "q",
        "r",
        "s",
        "t",
        "e",
        "et",
        "ou",
        "qu",
        "sa",
        "rl",
        "sarl",
        "sas",
        "ste",
        "st",
        "societe",
        "anonyme",
        "par",
        "actions",
        "simplifiee",
        "entreprise",
        "individuelle",
        "co",
        "ltd",
        "sem",
        "cie",
        "eau",
        "or",
        "anne",
        "dupont",
        "fils",
        "nan",
        "null",
        "none",
        "mme",
        "dr",
        "mr",
        "12",
        "3",
        "12b",
        "1er",
        "3eme",
        "bis",
        "rue",
        "bd",
        "ch",
        "zone",
        "industrielle",
        "lieu",
        "dit",
        "boite",
        "postale",
        "cedex",
        "paris",
        "lyon",
        "sur",
        "ss",
        "lez",
        "f",
        "fr",
        "[ND]",
        "É",
        "œ",
        "&",
        "&amp;",
        "732829320",
        "00074",
        "E",
        "+13",
        ".0",
        "agence",
        "chez",
        "ex",
        "mandataire",
        "(mandataire)",
        "groupement",
        "attention",
        "(ab)",
        "c/o",
    ]);
    let gaps = prop::sample::select(vec![" ", " ", " ", ".", "'", "-", "/", " / ", " - ", "", "\u{1f}"]);
    prop::collection::vec((words, gaps), 0..9)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![4 => pieces(), 1 => any::<String>(), 1 => "[ -~]{0,30}", 1 => "[0-9 .eE+-]{0,20}"]
}

/// Digits with one more at the end, such that all pass the Luhn check.
fn with_check_digit(digits: &str) -> String {
    (0..10).map(|check| format!("{digits}{check}")).find(|digits| luhn(digits)).unwrap()
}

fn siren() -> impl Strategy<Value = String> {
    "[1-9][0-9]{7}".prop_map(|digits| with_check_digit(&digits))
}

/// Every text that differs from `digits` in one digit.
fn one_digit_off(digits: &str) -> Vec<String> {
    let mut changed = Vec::new();
    for (at, old) in digits.char_indices() {
        for new in ('0'..='9').filter(|new| *new != old) {
            changed.push(format!("{}{new}{}", &digits[..at], &digits[at + 1..]));
        }
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn cleaning_twice_is_cleaning_once(text in any_text()) {
        for cleaner in CLEANERS {
            if let Some(once) = clean(cleaner, &text) {
                prop_assert!(!once.is_empty(), "{:?}", cleaner);
                prop_assert_eq!(clean(cleaner, &once), Some(once), "{:?} of {:?}", cleaner, text);
            }
            if let Some(once) = clean_cell(cleaner, &text) {
                prop_assert_eq!(clean_cell(cleaner, &once), Some(once), "{:?} of {:?}", cleaner, text);
            }
        }
    }

    #[test]
    fn cleaned_words_are_plain_ascii(text in any_text()) {
        let words = [Cleaner::Text, Cleaner::CompanyName, Cleaner::PersonName, Cleaner::Address, Cleaner::Town];
        for cleaned in words.into_iter().filter_map(|cleaner| clean(cleaner, &text)) {
            let plain = |word: &str| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            prop_assert!(cleaned.split(' ').all(plain), "{:?}", cleaned);
        }
    }

    #[test]
    fn case_and_outer_spaces_do_not_matter(text in "[A-Za-z0-9 .'&-]{0,30}") {
        for cleaner in CLEANERS {
            let typed = clean(cleaner, &text);
            prop_assert_eq!(&clean(cleaner, &format!(" {} ", text.to_uppercase())), &typed, "{:?}", cleaner);
            prop_assert_eq!(&clean(cleaner, &text.to_lowercase()), &typed, "{:?}", cleaner);
        }
    }

    #[test]
    fn a_siren_passes_and_no_other_digit_does(siren in siren()) {
        prop_assert_eq!(clean(Cleaner::Siren, &siren), Some(siren.clone()));
        for wrong in one_digit_off(&siren) {
            prop_assert_eq!(clean(Cleaner::Siren, &wrong), None, "{}", wrong);
        }
    }

    #[test]
    fn a_siret_passes_and_no_other_digit_does(siren in siren(), nic in "[0-9]{4}") {
        prop_assume!(siren != "356000000");
        let siret = with_check_digit(&format!("{siren}{nic}"));
        prop_assert_eq!(clean(Cleaner::Siret, &siret), Some(siret.clone()));
        prop_assert_eq!(clean(Cleaner::Siren, &siret), Some(siren));
        for wrong in one_digit_off(&siret) {
            prop_assert_eq!(clean(Cleaner::Siret, &wrong), None, "{}", wrong);
        }
    }

    #[test]
    fn a_vat_number_holds_its_siren(siren in siren()) {
        let number: u64 = siren.parse().unwrap();
        let vat = format!("FR{:02}{siren}", (12 + 3 * (number % 97)) % 97);
        prop_assert_eq!(clean(Cleaner::Vat, &vat), Some(vat.clone()));
        prop_assert_eq!(clean(Cleaner::Siren, &vat), Some(siren));
    }
}
