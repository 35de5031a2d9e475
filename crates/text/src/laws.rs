//! Properties that hold for every text, not only for those in the tables.

use proptest::prelude::*;

use crate::{CLEANERS, CleanedForm, luhn, siren, siret, vat};

/// Text made of the pieces that rules look for, in any order.
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

/// Digits with a check digit appended, such that they pass the Luhn check.
fn with_check_digit(digits: &str) -> String {
    (0..10).map(|check| format!("{digits}{check}")).find(|digits| luhn(digits)).unwrap()
}

fn siren_digits() -> impl Strategy<Value = String> {
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
    fn cleaning_is_idempotent(text in any_text()) {
        for cleaner in CLEANERS {
            if let Some(once) = (cleaner.clean)(&text) {
                prop_assert!(!once.is_empty(), "{:?}", cleaner);
                prop_assert_eq!((cleaner.clean)(&once), Some(once), "{:?} of {:?}", cleaner, text);
            }
            if let Some(once) = cleaner.cell(&text) {
                prop_assert_eq!(cleaner.cell(&once), Some(once), "{:?} of {:?}", cleaner, text);
            }
        }
    }

    #[test]
    fn cleaned_values_have_the_form_of_their_cleaner(text in any_text()) {
        for cleaner in CLEANERS {
            let Some(cleaned) = (cleaner.clean)(&text) else { continue };
            let has_form = match cleaner.form {
                CleanedForm::Words => cleaned.split(' ').all(|word| {
                    let is_lower = |one: char| !one.is_uppercase() && !one.is_whitespace();
                    let is_ascii_word = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit();
                    !word.is_empty() && word.chars().all(|one| is_lower(one) && (!one.is_ascii() || is_ascii_word(one)))
                }),
                CleanedForm::Code => cleaned.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
                CleanedForm::Labelled => cleaned.split_once(':').is_some_and(|(kind, code)| {
                    crate::cleaner(kind).is_some()
                        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                }),
                CleanedForm::LowerCase => {
                    !cleaned.contains(char::is_whitespace) && cleaned.to_lowercase() == cleaned
                }
            };
            prop_assert!(has_form, "{:?} gave {:?}", cleaner, cleaned);
        }
    }

    #[test]
    fn case_and_outer_spaces_do_not_matter(text in "[A-Za-z0-9 .'&@<>-]{0,30}") {
        for cleaner in CLEANERS {
            let typed = (cleaner.clean)(&text);
            prop_assert_eq!(&(cleaner.clean)(&format!(" {} ", text.to_uppercase())), &typed, "{:?}", cleaner);
            prop_assert_eq!(&(cleaner.clean)(&text.to_lowercase()), &typed, "{:?}", cleaner);
        }
    }

    #[test]
    fn a_siren_passes_and_no_other_digit_does(digits in siren_digits()) {
        prop_assert_eq!(siren(&digits), Some(digits.clone()));
        for wrong in one_digit_off(&digits) {
            prop_assert_eq!(siren(&wrong), None, "{}", wrong);
        }
    }

    #[test]
    fn a_siret_passes_and_no_other_digit_does(company in siren_digits(), nic in "[0-9]{4}") {
        prop_assume!(company != "356000000");
        let digits = with_check_digit(&format!("{company}{nic}"));
        prop_assert_eq!(siret(&digits), Some(digits.clone()));
        prop_assert_eq!(siren(&digits), Some(company));
        for wrong in one_digit_off(&digits) {
            prop_assert_eq!(siret(&wrong), None, "{}", wrong);
        }
    }

    #[test]
    fn a_vat_number_contains_its_siren(digits in siren_digits()) {
        let number: u64 = digits.parse().unwrap();
        let written = format!("FR{:02}{digits}", (12 + 3 * (number % 97)) % 97);
        prop_assert_eq!(vat(&written), Some(written.clone()));
        prop_assert_eq!(siren(&written), Some(digits));
    }
}

#[test]
fn names_are_unique_and_examples_are_true() {
    for (place, cleaner) in CLEANERS.iter().enumerate() {
        assert!(CLEANERS.iter().take(place).all(|earlier| earlier.name != cleaner.name), "{cleaner:?} is there twice");
        let (input, output) = cleaner.example;
        assert_eq!((cleaner.clean)(input).as_deref(), Some(output), "the example of {cleaner:?}");
        assert!(cleaner.help.ends_with('.') && cleaner.version > 0, "{cleaner:?}");
    }
}
