//! Messages of every kind.

use super::*;
use crate::expectation::Expectation;
use crate::plugin_output::OutputProblem;
use crate::request_failure::{RequestFailure, RequestRule};
use crate::row_error::RowError;

const TABLES: [&[MessageKind]; 5] =
    [Expectation::KINDS, RowError::KINDS, OutputProblem::KINDS, RequestFailure::KINDS, RequestRule::KINDS];

/// The placeholders of a text, sorted by name.
fn places(words: &str) -> Vec<&str> {
    let mut names: Vec<&str> = words.split('{').skip(1).filter_map(|part| part.split(['|', '?', '}']).next()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn every_place_has_a_value_in_every_language_and_codes_are_unique() {
    for kinds in TABLES {
        for (place, kind) in kinds.iter().enumerate() {
            let mut values = kind.values.to_vec();
            values.sort_unstable();
            for language in Language::ALL {
                let words = kind.words.get(language);
                assert_eq!(places(words), values, "{}: {words}", kind.code);
                assert_eq!(words.matches('<').count(), words.matches('>').count(), "{words}");
            }
            let is_repeated = kinds.iter().skip(place + 1).any(|other| other.code == kind.code);
            assert!(!is_repeated, "two kinds have the code `{}`", kind.code);
            let is_code = kind.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_code, "`{}` is not a code", kind.code);
        }
    }
}

#[test]
fn messages_round_trip_through_json() {
    for error in RowError::examples() {
        assert_eq!(RowError::from_json(&error.to_json()), error);
    }
    for expectation in Expectation::examples() {
        assert_eq!(Expectation::from_json(&expectation.to_json()), expectation);
    }
    assert_eq!(Expectation::CellsMax { cells: 3 }.to_json(), r#"{"code":"cells_max","cells":3}"#);
}

#[test]
fn texts_of_old_checkpoints_are_shown_unchanged() {
    let text = "a {date} [of 1999], \"quoted\"";
    let expectation = Expectation::from_json(text);
    assert_eq!(expectation, Expectation::Text { text: text.to_owned() });
    for language in Language::ALL {
        assert_eq!(expectation.words(language), text);
        assert_eq!(RowError::from_json(text).words(language), text);
    }
}

#[test]
fn numbers_have_the_form_of_their_noun() {
    let words = |cells, language| Expectation::CellsMax { cells }.words(language);
    assert_eq!(words(1, Language::English), "at most 1 cell");
    assert_eq!(words(0, Language::English), "at most 0 cells");
    assert_eq!(words(2, Language::French), "2 cellules au plus");
    assert_eq!(words(0, Language::French), "0 cellule au plus");
}

#[test]
fn words_agree_with_a_number_in_another_place() {
    let words = |rows: u64, language| {
        let find = |name: &str| (name == "rows").then_some(&rows as &dyn MessageValue);
        fill("{rows|row|rows} {rows?is|are} here", language, &find)
    };
    assert_eq!(words(1, Language::English), "1 row is here");
    assert_eq!(words(2, Language::English), "2 rows are here");
}

#[test]
fn optional_parts_without_a_value_are_omitted() {
    let failure = |status, text: &str| RequestFailure::Status { status, text: text.to_owned() };
    let error = |tries| RowError::Request { host: String::new(), cause: Box::new(failure(503, "")), tries };
    assert_eq!(error(0).to_string(), "answered 503");
    assert_eq!(error(1).to_string(), "answered 503 (1 try)");
    let error = RowError::Request { host: "a.example".to_owned(), cause: Box::new(failure(400, "no")), tries: 2 };
    assert_eq!(error.to_string(), "a.example: answered 400: no (2 tries)");
    assert_eq!(error.words(Language::French), "a.example\u{a0}: réponse 400\u{a0}: no (2 tentatives)");
}
