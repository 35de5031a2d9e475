//! The pipelines for registries of other countries, over their invented samples in the publishers' layouts.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{World, copy, root};
use crate::tables::csv_rows;

/// The outcome and the id of each row of a shipped pipeline, by its key. Its own tests pass too.
fn results(name: &str) -> BTreeMap<String, (String, String)> {
    let world = World::empty();
    fs::copy(root().join(format!("pipelines/{name}.yaml")), world.path(&format!("{name}.yaml"))).unwrap();
    copy(&root().join("pipelines/data"), &world.path("data"));
    let file = format!("{name}.yaml");
    let tested = world.succeed(&["test", &file]);
    assert!(tested.stdout.contains(", 0 failed"), "{tested:?}");
    world.succeed(&["run", &file]);
    let rows = csv_rows(&world, &format!("out/{name}-results.csv"));
    rows.iter().map(|row| (row["key"].clone(), (row["outcome"].clone(), row["id"].clone()))).collect()
}

fn assert_results(found: &BTreeMap<String, (String, String)>, expected: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(key, outcome, id)| found.get(*key) != Some(&((*outcome).to_owned(), (*id).to_owned())))
        .map(|(key, outcome, id)| format!("{key}: {:?}, expected {outcome} {id}", found.get(*key)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(found.len(), expected.len());
}

#[test]
fn companies_house_has_blanks_in_headers_and_former_names() {
    assert_results(
        &results("companies-house"),
        &[
            ("S1", "matched", "01982345"),
            ("S2", "matched", "01982345"),
            ("S3", "matched", "00445871"),
            ("S4", "matched", "SC123456"),
            ("S5", "matched", "NC000812"),
            ("S6", "matched", "03456789"),
            ("S7", "matched", "07654321"),
            ("S8", "unmatched", ""),
        ],
    );
}

#[test]
fn gleif_has_names_in_any_script_two_addresses_and_national_numbers() {
    assert_results(
        &results("gleif"),
        &[
            ("P1", "matched", "529900ORWALDBAU01008"),
            ("P2", "matched", "529900ORWALDHOL02005"),
            ("P3", "unmatched", ""),
            ("P4", "matched", "353800AOZORATRD03003"),
            ("P5", "matched", "253400SVETLZARY04062"),
            ("P6", "matched", "213800RODINIAVG06025"),
            ("P7", "matched", "969500CLAIRMATN05096"),
            ("P8", "matched", "549300TARNHILLF07064"),
            ("P9", "matched", "549300TARNHILLO08097"),
            ("P10", "unmatched", ""),
        ],
    );
}
