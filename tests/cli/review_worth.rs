//! The rows left for people are worth it: at least one in five has its entry among the candidates, whatever the file.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::World;
use crate::tables::{Row, csv_rows};

/// A run of the sample's pipeline over generated files: the rows of its results.
fn run(world: &World, folder: &str, name: &str, set: &[&str]) -> (Vec<Row>, String) {
    let files = [
        format!("source.xlsx.path={folder}/suppliers.xlsx"),
        format!("reference.parquet.path={folder}/registry.parquet"),
        format!("sink.checkpoint=out/{name}.duckdb"),
        format!("outputs=[{{csv: out/{name}.csv}}]"),
    ];
    let all: Vec<&str> = files.iter().map(String::as_str).chain(set.iter().copied()).collect();
    let all = all.into_iter().flat_map(|value| ["--set", value]);
    let arguments: Vec<&str> = ["run", "suppliers.yaml"].into_iter().chain(all).collect();
    let printed = world.succeed(&arguments).stdout;
    (csv_rows(world, &format!("out/{name}.csv")), printed)
}

fn keys<'a>(rows: &'a [Row], outcome: &str) -> BTreeSet<&'a str> {
    rows.iter().filter(|row| row["outcome"] == outcome).map(|row| row["key"].as_str()).collect()
}

fn siren_of(world: &World, folder: &str) -> BTreeMap<String, String> {
    let rows = csv_rows(world, &format!("{folder}/truth.csv"));
    rows.into_iter().map(|row| (row["key"].clone(), row["siren"].clone())).collect()
}

#[test]
fn one_in_five_rows_in_review_has_its_entry_among_the_candidates() {
    let world = World::sample();
    for (seed, strangers) in [("61", "0"), ("62", "0.2"), ("63", "0.2")] {
        let folder = format!("data{seed}");
        world.succeed(&[
            "generate",
            "--suppliers",
            "3000",
            "--establishments",
            "60000",
            "--seed",
            seed,
            "--strangers",
            strangers,
            "--out",
            &folder,
        ]);
        let (rows, printed) = run(&world, &folder, &folder, &[]);
        let truth = siren_of(&world, &folder);
        let review: Vec<&Row> = rows.iter().filter(|row| row["outcome"] == "review").collect();
        let is_right = |row: &&&Row| {
            let siren = truth.get(row["key"].split('#').next().unwrap_or_default());
            siren.is_some_and(|siren| {
                !siren.is_empty() && (row["group"] == *siren || row["alternatives"].contains(&format!("\"{siren}\"")))
            })
        };
        let right = review.iter().filter(is_right).count();
        eprintln!("seed {seed}, strangers {strangers}: {right} of {} rows in review", review.len());
        assert!(!review.is_empty() && right * 5 >= review.len(), "seed {seed}: {right} of {}", review.len());
        assert!(printed.contains("review: the right entry is expected among the candidates of"), "{printed}");
        let planned =
            world.succeed(&["plan", "suppliers.yaml", "--set", &format!("sink.checkpoint=out/{folder}.duckdb")]);
        assert!(planned.stdout.contains("is expected among the candidates of"), "{}", planned.stdout);
    }
}

#[test]
fn a_stricter_review_is_a_part_of_a_laxer_one_and_touches_no_match() {
    let world = World::sample();
    world.succeed(&[
        "generate",
        "--suppliers",
        "1500",
        "--establishments",
        "30000",
        "--seed",
        "64",
        "--strangers",
        "0.2",
        "--out",
        "data64",
    ]);
    let at = |worth: &str, workers: &str| {
        let set = [format!("stages.DECIDE_3.review_worth={worth}"), format!("execution.workers={workers}")];
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        run(&world, "data64", &format!("w{}-{workers}", worth.replace('.', "")), &set).0
    };
    let all = at("0", "1");
    assert!(!keys(&all, "review").is_empty());
    let mut before = all.clone();
    for worth in ["0.1", "0.2", "0.5", "1"] {
        let rows = at(worth, "1");
        assert_eq!(keys(&rows, "matched"), keys(&all, "matched"), "{worth}");
        assert!(keys(&rows, "review").is_subset(&keys(&before, "review")), "{worth}");
        for row in rows.iter().filter(|row| row["reason"].contains("too little for a review")) {
            assert!(row["outcome"] == "unmatched" && row["alternatives"] != "[]", "{row:?}");
        }
        before = rows;
    }
    assert_eq!(at("0.2", "1"), at("0.2", "3"), "one worker and several");
}
