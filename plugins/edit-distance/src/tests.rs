//! The measures against known values and an independent implementation, and the laws of every score.

use super::*;
use matchflow_plugin_api::testing;
use proptest::prelude::*;

const MEASURES: [&str; 4] = [
    r#"{"measure": "levenshtein"}"#,
    r#"{"measure": "jaro_winkler"}"#,
    r#"{"measure": "ngram", "n": 2}"#,
    r#"{"measure": "ngram", "n": 6}"#,
];

fn score(parameters: &str, left: &str, right: &str) -> Option<f32> {
    testing::score(&EditDistance::configure(parameters).unwrap(), &[left], &[right])
}

#[test]
fn known_values_are_computed() {
    let cases = [
        ("{}", "kitten", "sitting", 1.0 - 3.0 / 7.0),
        ("{}", "été", "ete", 1.0 - 2.0 / 3.0),
        ("{}", "abc", "", f32::NAN),
        (r#"{"measure": "jaro_winkler"}"#, "martha", "marhta", 0.9611),
        (r#"{"measure": "jaro_winkler", "prefix_weight": 0}"#, "martha", "marhta", 0.9444),
        (r#"{"measure": "jaro_winkler"}"#, "dwayne", "duane", 0.84),
        (r#"{"measure": "ngram", "n": 2}"#, "night", "nacht", 0.5),
        (r#"{"measure": "ngram", "n": 1}"#, "abcd", "dcba", UNEQUAL_MAX),
    ];
    for (parameters, left, right, expected) in cases {
        match score(parameters, left, right) {
            None => assert!(expected.is_nan(), "{left} {right}"),
            Some(found) => assert!((found - expected).abs() < 1e-4, "{parameters} {left} {right}: {found}"),
        }
    }
}

#[test]
fn the_best_alternative_counts_and_is_explained() {
    let scorer = EditDistance::configure("{}").unwrap();
    assert_eq!(testing::score(&scorer, &["x\u{1f}dupont"], &["y\u{1f}dupont"]), Some(1.0));
    let evidence = testing::evidence(&scorer, &["x\u{1f}dupont"], &["dupond"]);
    assert_eq!(evidence, r#"{"value":{"left":"dupont","right":"dupond","measure":"levenshtein","edits":1}}"#);
}

#[test]
fn wrong_parameters_are_refused_with_what_is_allowed() {
    let cases = [
        (r#"{"measure": "soundex"}"#, "expected one of `levenshtein`, `jaro_winkler`, `ngram`"),
        (r#"{"n": 7}"#, "from 1 to 6"),
        (r#"{"n": 0}"#, "from 1 to 6"),
        (r#"{"prefix_weight": 0.3}"#, "from 0 to 0.25"),
        (r#"{"edits": 1}"#, "unknown field"),
    ];
    for (parameters, expected) in cases {
        let message = EditDistance::configure(parameters).unwrap_err();
        assert!(message.contains(expected), "{parameters}: {message}");
    }
    let schema: serde_json::Value = serde_json::from_str(EditDistance::PARAMETERS).unwrap();
    assert_eq!(schema["properties"]["n"]["maximum"], ngrams::N_MAX);
}

proptest! {
    #[test]
    fn scores_are_symmetric_in_range_and_one_only_for_equal_texts(
        left in "[a-cé ]{1,12}", right in "[a-cé ]{1,12}", measure in 0usize..4,
    ) {
        let scorer = EditDistance::configure(MEASURES[measure]).unwrap();
        let of = |left: &str, right: &str| testing::score(&scorer, &[left], &[right]).unwrap();
        let value = of(&left, &right);
        prop_assert!((0.0..=1.0).contains(&value));
        prop_assert_eq!(value, of(&right, &left));
        prop_assert_eq!(value == 1.0, left == right);
    }

    #[test]
    fn levenshtein_equals_the_textbook_algorithm(left in "[ab]{0,9}x", right in "[abc]{0,9}x") {
        let (one, other): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (at, letter) in one.iter().enumerate() {
            let mut before = std::mem::replace(&mut row[0], at + 1);
            for place in 0..other.len() {
                let kept = before + usize::from(*letter != other[place]);
                before = row[place + 1];
                row[place + 1] = kept.min(before + 1).min(row[place] + 1);
            }
        }
        let expected = 1.0 - row[other.len()] as f32 / one.len().max(other.len()) as f32;
        let found = score("{}", &left, &right).unwrap();
        prop_assert!((found - expected).abs() < 1e-6);
    }
}
