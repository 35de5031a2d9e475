//! Names as people type them, and the laws of the score.

use super::*;
use matchflow_plugin_api::Column;
use proptest::prelude::*;

fn score_with(parameters: &str, left: &str, right: &str) -> Option<f32> {
    let scorer = CompanyName::configure(parameters).unwrap();
    let column = |text: &str| {
        [Column { offsets: vec![0, text.len() as u32], data: text.as_bytes().to_vec(), valid: Vec::new() }]
    };
    let (left, right) = (column(left), column(right));
    scorer.score(&scorer.prepare(Row::new(&left, 0)), &scorer.prepare(Row::new(&right, 0)))
}

fn score(left: &str, right: &str) -> f32 {
    score_with("{}", left, right).unwrap()
}

#[test]
fn scores_fall_into_bands() {
    let same = [
        ("dupont plomberie", "dupont plombrie"),
        ("dupont plomberie", "plomberie dupont"),
        ("carrefour", "carre four"),
        ("s n c f", "sncf"),
        ("boulangerie de la gare", "boulangerie la gare"),
        ("sides", "sides france"),
        ("constructions metalliques du rhone", "construction metallique du rhone"),
    ];
    for (left, right) in same {
        assert!((0.85..1.0).contains(&score(left, right)), "{left} | {right}: {}", score(left, right));
    }
    let likely = [
        ("sncf", "societe nationale des chemins de fer"),
        ("j dupont plomberie", "jean dupont plomberie"),
        ("sides", "sides incendie"),
        ("etab moreau", "etablissement moreau"),
        ("garage du centre martin", "garage martin"),
    ];
    for (left, right) in likely {
        assert!((0.6..0.97).contains(&score(left, right)), "{left} | {right}: {}", score(left, right));
    }
    let other = [
        ("dupont plomberie", "dupont electricite"),
        ("dupont plomberie", "durand plomberie"),
        ("transports martin", "transports durand"),
        ("france", "france telecom"),
        ("services", "sides services"),
        ("agence 12", "agence 21"),
        ("martin", "durand"),
    ];
    for (left, right) in other {
        assert!(score(left, right) < 0.6, "{left} | {right}: {}", score(left, right));
    }
}

#[test]
fn a_typing_error_ranks_above_a_missing_word_above_another_word() {
    let name = "dupont plomberie";
    let ranked =
        [score(name, name), score(name, "dupont plombrie"), score(name, "dupont"), score(name, "dupont electricite")];
    assert!(ranked.windows(2).all(|pair| pair[0] > pair[1] + 0.05), "{ranked:?}");
    assert!(score("sides", "sides service") > score("sides", "sides incendie"), "a generic word weighs less");
}

#[test]
fn the_table_in_the_readme_is_true() {
    let rows: Vec<&str> = include_str!("../README.md").lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let cells: Vec<&str> = row.split(['|', '`']).map(str::trim).filter(|cell| !matches!(*cell, "" | ",")).collect();
        let [left, right, expected] = cells.as_slice() else { panic!("{row} is not a pair and a score") };
        assert_eq!(format!("{:.2}", score(left, right)), *expected, "{row}");
    }
}

#[test]
fn the_best_alternative_counts() {
    assert_eq!(score("dupont\u{1f}plomberie du lac", "martin\u{1f}plomberie du lac"), 1.0);
    assert_eq!(score_with("{}", "dupont", ""), None);
}

#[test]
fn generic_words_can_be_given() {
    let own = r#"{"generic_words": ["plomberie"], "generic_weight": 0.1}"#;
    assert!(score_with(own, "dupont", "dupont plomberie") > score_with("{}", "dupont", "dupont plomberie"));
    for (parameters, expected) in [
        (r#"{"generic_weight": 0}"#, "above 0"),
        (r#"{"generic": []}"#, "expected `generic_words` or `generic_weight`"),
        ("", "EOF"),
    ] {
        let message = CompanyName::configure(parameters).unwrap_err();
        assert!(message.contains(expected), "{parameters}: {message}");
    }
    let schema: serde_json::Value = serde_json::from_str(CompanyName::PARAMETERS).unwrap();
    assert_eq!(schema["properties"]["generic_weight"]["default"], f64::from(3) / 10.0);
}

proptest! {
    #[test]
    fn a_score_is_in_range_and_one_only_for_equal_names(
        left in "[a-d]{1,6}( [a-d]{1,6}){0,4}", right in "[a-d]{1,6}( [a-d]{1,6}){0,4}",
    ) {
        let value = score(&left, &right);
        prop_assert!((0.0..=1.0).contains(&value));
        prop_assert_eq!(value == 1.0, left == right);
    }

    #[test]
    fn a_row_is_most_like_itself(name in "[a-z]{3,9}( [a-z]{3,9}){0,3}", other in "[a-z]{3,9}( [a-z]{3,9}){0,3}") {
        prop_assert!(score(&name, &name) >= score(&name, &other));
    }
}
