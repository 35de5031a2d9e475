//! Names as people type them, and the laws of the score.

use super::*;
use matchflow_plugin_api::testing;
use proptest::prelude::*;

fn score_with(parameters: &str, left: &str, right: &str) -> Option<f32> {
    testing::score(&CompanyName::configure(parameters).unwrap(), &[left], &[right])
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

/// As the host has them of a registry of a million companies.
fn rarity(word: &str) -> f32 {
    match word {
        "ineo" | "jacquet" => 0.7,
        "martin" | "plomberie" | "auto" | "ecole" => 0.45,
        "services" | "france" => 0.2,
        "de" | "du" => 0.1,
        "dupont" => 0.5,
        "plombrie" => 0.5,
        _ => 1.0,
    }
}

fn weighed(left: &str, right: &str) -> f32 {
    testing::score_with_rarity(&CompanyName::configure("{}").unwrap(), &[left], &[right], rarity).unwrap()
}

#[test]
fn a_name_that_others_must_bear_too_is_not_sure() {
    assert_eq!(weighed("sncf", "sncf"), 1.0);
    assert_eq!(weighed("dupont plomberie martin", "dupont plomberie martin"), 1.0, "together they are rare");
    for common in ["ineo", "jacquet", "martin", "services france"] {
        assert!((0.8..0.99).contains(&weighed(common, common)), "{common}: {}", weighed(common, common));
    }
    assert!(weighed("jacquet", "jacquet") > weighed("martin", "martin"));
}

#[test]
fn rare_words_decide() {
    assert!(weighed("sides services", "sides") > weighed("sides services", "services"));
    assert!(weighed("sides plomberie", "sides martin") > weighed("sides plomberie", "durant plomberie"));
    let unweighed = score("martin vernay", "martin dumoulin");
    assert!(weighed("martin vernay", "martin dumoulin") < unweighed, "martin is half as rare");
}

fn information(left: &str, right: &str) -> f32 {
    let scorer = CompanyName::configure("{}").unwrap();
    testing::information(&scorer, &[left], &[right], rarity).unwrap()
}

#[test]
fn an_agreement_tells_what_the_words_in_common_do() {
    let close = |left: f32, right: f32| (left - right).abs() < 1e-6;
    assert!(close(information("dupont martin", "dupont martin"), 0.95), "equal names: the sum of their words");
    assert!(close(information("martin dupont", "dupont martin"), 0.95), "in any order");
    assert!(close(information("dupont martin", "dupont services"), 0.5), "one word in common");
    assert!(close(information("dupont\u{1f}sides", "sides"), 1.0), "of the alternatives those that decide");
    assert_eq!(information("dupont", "martin"), 0.0);
    assert_eq!(information("", "martin"), 0.0, "nothing to compare");
    // Near words in proportion: the nearer, the more, and less than equal ones.
    let others = ["sides constellations", "sides constelations", "sides constelatons"];
    let [equal, one_edit, two_edits] = others.map(|other| information("sides constellations", other));
    assert!(close(equal, 2.0) && equal > one_edit && one_edit > two_edits && two_edits > 1.0, "{one_edit} {two_edits}");
}

#[test]
fn the_words_of_a_family_tell_no_more_than_the_rarest_of_them() {
    let close = |left: f32, right: f32| (left - right).abs() < 1e-6;
    assert!(close(information("jacquet dupont vernay", "jacquet dupont moulin"), 0.7), "each has a word of its own");
    assert!(close(information("jacquet dupont vernay", "jacquet dupont"), 1.2), "one of them alone has");
    assert!(close(information("jacquet dupont services", "jacquet dupont france"), 1.2), "generic words are none");
}

#[test]
fn words_of_trades_and_regions_tell_little_however_rare() {
    let close = |left: f32, right: f32| (left - right).abs() < 1e-6;
    assert!(close(information("menuiserie sides", "menuiserie sides"), 1.4));
    assert!(close(information("menuiserie sides", "menuiserie bretagne"), 0.4));
    assert!(close(information("groupe bretagne", "groupe bretagne"), 0.8), "generic words too");
}

#[test]
fn without_rarity_an_agreement_tells_nothing() {
    let scorer = CompanyName::configure("{}").unwrap();
    let columns = |value: &'static str| [testing::column([value])];
    let (left, right) = (columns("dupont"), columns("dupont"));
    let scores = matchflow_plugin_api::score_pairs(&scorer, &left, &right, &[0], &[0], false).unwrap();
    assert_eq!((scores.values, scores.information), (vec![1.0], vec![0.0]));
}

#[test]
fn a_misspelt_common_word_is_not_a_rare_one() {
    let (misspelt, whole) = (weighed("sides plombrie", "sides plomberie"), score("sides plombrie", "sides plomberie"));
    assert!((misspelt - whole).abs() < 0.05, "{misspelt} {whole}");
    assert!(weighed("autoecole martin", "auto ecole martin") > 0.95);
    assert!(weighed("boulangerie du port", "bdp") > 0.4 && weighed("s n c f", "sncf") > 0.9);
}

#[test]
fn evidence_says_what_met_and_what_did_not() {
    let scorer = CompanyName::configure("{}").unwrap();
    let evidence = testing::evidence(&scorer, &["martin\u{1f}dupont plombrie sud"], &["dupont plomberie"]);
    let expected = concat!(
        r#"{"name":{"left":"dupont plombrie sud","right":"dupont plomberie","left_found":0.7,"right_found":0.93,"#,
        r#""near":["plombrie","plomberie"],"left_only":["sud"]}}"#
    );
    assert_eq!(evidence, expected);
    assert_eq!(testing::evidence(&scorer, &["sncf"], &["sncf"]), r#"{"name":{"left":"sncf","right":"sncf"}}"#);
}

#[test]
fn another_legal_form_is_a_hint() {
    let scorer = CompanyName::configure("{}").unwrap();
    let score = |left: [&str; 2], right: [&str; 2]| testing::score(&scorer, &left, &right).unwrap();
    let (gmbh, ag) = (["orwald holding", "gmbh"], ["orwald holding", "ag"]);
    assert_eq!(score(gmbh, gmbh), 1.0);
    assert!((0.95..UNEQUAL_MAX).contains(&score(gmbh, ag)), "{}", score(gmbh, ag));
    for other in ["", "ag\u{1f}gmbh"] {
        assert_eq!(score(gmbh, ["orwald holding", other]), 1.0, "{other}");
    }
    assert_eq!(testing::score(&scorer, &["orwald holding"], &["orwald holding"]), Some(1.0), "not compared");
    let evidence = testing::evidence(&scorer, &gmbh, &ag);
    assert!(evidence.contains(r#""form":{"left":"gmbh","right":"ag"}"#), "{evidence}");
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
    fn rarity_keeps_the_range_and_the_order_of_sides(
        left in "[a-d]{1,6}( [a-d]{1,6}){0,4}", right in "[a-d]{1,6}( [a-d]{1,6}){0,4}",
    ) {
        let scorer = CompanyName::configure("{}").unwrap();
        let rarity = |word: &str| word.bytes().map(|byte| f32::from(byte % 5)).sum::<f32>() / (4.0 * word.len() as f32);
        let score = |left: &str, right: &str| testing::score_with_rarity(&scorer, &[left], &[right], rarity).unwrap();
        prop_assert!((0.0..=1.0).contains(&score(&left, &right)));
        prop_assert!(score(&left, &left) >= score(&left, &right), "a name is most like itself");
    }

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
