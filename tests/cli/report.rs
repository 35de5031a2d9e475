//! `report`: its numbers, the causes of changes, conditions, and that a report without rows has no cell.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::decisions::decide;
use crate::small::{edited_registry, edited_suppliers, small};
use crate::support::{World, root};
use crate::tables::csv_rows;

fn report(world: &World, pipeline: &str) -> Value {
    let ended = world.succeed(&["report", pipeline, "--json", "-"]);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn figure(report: &Value, name: &str) -> f64 {
    report["figures"][name].as_f64().unwrap_or_else(|| panic!("{name}: {report}"))
}

/// The changes of a report: `lost row 1`.
fn changes(world: &World) -> Vec<String> {
    let report = report(world, "small.yaml");
    let changes = report["changes"]["changes"].as_array().unwrap_or_else(|| panic!("{report}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let causes = |change: &Value| change["causes"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("+");
    changes.iter().map(|change| format!("{} {} {}", text(&change["kind"]), causes(change), change["rows"])).collect()
}

#[test]
fn the_sample_has_its_known_counts() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    let arguments = ["report", "suppliers.yaml", "--truth", "data/truth.csv", "--html", "r.html", "--json", "r.json"];
    world.succeed(&arguments);
    let page = world.read("r.html");
    assert!(page.len() < 5_000_000, "{}", page.len());
    let found: Value = serde_json::from_slice(&world.read("r.json")).unwrap();
    for (name, expected) in [("rows", 2_500.0), ("matched", 2_094.0), ("review", 15.0), ("unmatched", 391.0)] {
        assert_eq!(figure(&found, name), expected, "{name}");
    }
    assert!((figure(&found, "matched_share") - 0.8376).abs() < 1e-9);
    assert!(found["figures"]["lost"].is_null() && found["changes"].is_null(), "the first run has nothing before it");
    let evaluated = world.succeed(&["evaluate", "out/suppliers.duckdb", "--truth", "data/truth.csv", "--json"]);
    let evaluated: Value = serde_json::from_str(&evaluated.stdout).unwrap();
    for name in ["precision", "recall", "f1"] {
        let expected = evaluated["group"][name].as_f64().unwrap();
        assert!((figure(&found, name) - expected).abs() < 1e-9, "{name}");
    }
    // Each threshold judges every row, and the lowest has every row with a score.
    let thresholds = found["thresholds"].as_array().unwrap();
    assert_eq!(thresholds.len(), 201);
    for threshold in thresholds {
        let count = |name: &str| threshold[name].as_u64().unwrap();
        let judged: u64 = ["right", "wrong", "missed", "rightly_none"].map(count).iter().sum();
        assert_eq!(judged, 2_500, "{threshold}");
        assert_eq!(count("right") + count("wrong"), count("rows"), "{threshold}");
    }
    let bands: u64 = found["scores"].as_array().unwrap().iter().map(|band| band["rows"].as_u64().unwrap()).sum();
    assert_eq!(bands, thresholds[0]["rows"].as_u64().unwrap());
}

#[test]
fn a_report_without_rows_has_no_cell_of_either_side() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    world.succeed(&["report", "suppliers.yaml", "--no-rows", "--html", "r.html", "--json", "r.json"]);
    world.succeed(&["report", "suppliers.yaml", "--html", "with-rows.html"]);
    let is_of_a_row = |heading: &str| {
        let of_entry = heading.starts_with("entry_") && heading != "entry_score";
        ["key", "id", "group"].contains(&heading) || heading.starts_with("in_") || of_entry
    };
    let rows = csv_rows(&world, "out/suppliers-results.csv");
    let cells: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.iter().filter(|(heading, _)| is_of_a_row(heading)))
        .map(|(_, cell)| cell.as_str())
        .filter(|cell| cell.chars().count() > 4 && !["false", "true"].contains(cell))
        .collect();
    assert!(cells.len() > 10_000, "{}", cells.len());
    // The digits of a number and letters within a word of the page are no cell.
    let in_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || "_.".contains(letter));
    let has = |text: &str, cell: &str| {
        text.match_indices(cell).any(|(at, _)| {
            let (before, after) = (text[..at].chars().next_back(), text[at + cell.len()..].chars().next());
            !in_word(before) && !in_word(after)
        })
    };
    let found = |name: &str| -> Vec<&str> {
        let text = String::from_utf8(world.read(name)).unwrap();
        cells.iter().copied().filter(|cell| has(&text, cell)).collect()
    };
    assert_eq!(found("r.html"), Vec::<&str>::new());
    assert_eq!(found("r.json"), Vec::<&str>::new());
    assert!(found("with-rows.html").len() > 100, "the test finds cells where they are");
}

#[test]
fn sums_of_few_rows_are_left_out_without_rows() {
    let world = small();
    let pipeline = String::from_utf8(world.read("small.yaml")).unwrap();
    let pipeline = pipeline.replace(
        "postcode: Postal }",
        "postcode: Postal, spend: { column: Montant, type: decimal } }\n  amount: spend",
    );
    world.write("small.yaml", pipeline);
    let amounts = edited_suppliers(&[("Code,Nom,Postal", "Code,Nom,Postal,Montant")]);
    let amounts = amounts
        .lines()
        .enumerate()
        .map(|(row, line)| if row == 0 { format!("{line}\n") } else { format!("{line},{}\n", 1000 + row) });
    world.write("suppliers.csv", amounts.collect::<String>());
    world.succeed(&["run", "small.yaml"]);
    let whole = report(&world, "small.yaml");
    assert_eq!((figure(&whole, "amount"), figure(&whole, "unmatched_amount")), (7_028.0, 1_007.0));
    let ended = world.succeed(&["report", "small.yaml", "--no-rows", "--json", "-"]);
    assert!(!ended.stdout.contains("1007"), "the amount of the only unmatched row: {}", ended.stdout);
    assert!(ended.stdout.contains("6021"), "{}", ended.stdout);
}

#[test]
fn an_edited_row_is_changed_by_itself() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    world.write(
        "suppliers.csv",
        edited_suppliers(&[("DUPONT PLOMBERIE", "AUTRE CHOSE"), ("F5,TRANSPORTS LEGRAND,44600\n", "F9,ZOLA,37000\n")]),
    );
    world.succeed(&["run", "small.yaml"]);
    assert_eq!(changes(&world), ["lost row 1", "new_row row 1", "removed_row row 1"]);
    let found = report(&world, "small.yaml");
    assert_eq!(
        (figure(&found, "changed"), figure(&found, "changed_by_row"), figure(&found, "changed_by_plan")),
        (1.0, 1.0, 0.0)
    );
    assert_eq!(found["rows"]["changed"][0]["key"], "F1");
    // A run that finds nothing to do changes nothing.
    world.succeed(&["run", "small.yaml"]);
    assert_eq!(changes(&world), [""; 0]);
}

#[test]
fn a_changed_entry_is_a_change_of_the_registry() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    world.write("registry.csv", edited_registry(&[("DUPONT PLOMBERIE", "AUTRE CHOSE")]));
    world.succeed(&["run", "small.yaml", "--resume", "redo"]);
    assert_eq!(changes(&world), ["lost entry 1"]);
    assert_eq!(report(&world, "small.yaml")["changes"]["settings"][0]["name"], "the registry");
}

#[test]
fn an_entry_that_closed_is_a_change_of_the_registry() {
    let world = small();
    let run = ["run", "small.yaml", "--resume", "redo", "--set", "reference.closed=true"];
    world.succeed(&run);
    world.write("registry.csv", edited_registry(&[("DUPONT PLOMBERIE,69003,A", "DUPONT PLOMBERIE,69003,F")]));
    world.succeed(&run);
    assert_eq!(changes(&world), ["closed entry 1"]);
    assert_eq!(figure(&report(&world, "small.yaml"), "newly_closed"), 1.0);
}

#[test]
fn another_plugin_and_another_plan_are_causes_of_their_own() {
    let world = small();
    let plugin = |name: &str| std::fs::read(root().join("plugins/dist").join(name)).unwrap();
    let pipeline = String::from_utf8(world.read("small.yaml")).unwrap();
    let pipeline = pipeline.replace("../plugins/dist/company-name.wasm", "scorer.wasm");
    world.write("small.yaml", &pipeline);
    world.write("scorer.wasm", plugin("company-name.wasm"));
    world.write("suppliers.csv", edited_suppliers(&[("DUPONT PLOMBERIE", "DUPONT PLOMBERY")]));
    let run = ["run", "small.yaml", "--resume", "redo"];
    world.succeed(&run);
    world.write("scorer.wasm", plugin("exact.wasm"));
    world.succeed(&run);
    assert_eq!(changes(&world), ["lost plugin 1"]);
    world.write("scorer.wasm", plugin("company-name.wasm"));
    world.succeed(&run);
    assert_eq!(changes(&world), ["gained plugin 1"]);
    world.write("small.yaml", pipeline.replace("accept: 0.45", "accept: 0.999"));
    world.succeed(&run);
    assert_eq!(changes(&world), ["lost plan 1"]);
}

#[test]
fn a_verdict_is_a_change_by_a_person() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    decide(&world, "Alice", "F7,accept,80045678200013,\n");
    world.succeed(&["run", "small.yaml"]);
    assert_eq!(changes(&world), ["gained person 1"]);
    assert_eq!(figure(&report(&world, "small.yaml"), "changed_by_person"), 1.0);
}

#[test]
fn runs_that_were_cut_short_and_the_one_that_ends_them_are_one_change() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    world.write(
        "suppliers.csv",
        edited_suppliers(&[("DUPONT PLOMBERIE", "AUTRE CHOSE"), ("ZOLA MENUISERIE", "RIEN DE TEL")]),
    );
    world.succeed(&["run", "small.yaml", "--limit", "1"]);
    assert_eq!(changes(&world), ["lost row 1"]);
    world.succeed(&["run", "small.yaml"]);
    assert_eq!(changes(&world), ["lost row 2"]);
}

#[test]
fn a_condition_that_is_met_has_its_own_exit_code_and_an_invalid_one_lists_what_is_allowed() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    let check = |condition: &str| world.run(&["report", "small.yaml", "--fail-if", condition]);
    assert_eq!(check("matched_share < 0.8").code, Some(0));
    let met = check("matched_share < 0.9 and unmatched >= 1");
    assert_eq!(met.code, Some(7), "{met:?}");
    assert!(met.stderr.contains("unmatched = 1"), "{met:?}");
    let unknown = check("matchd_share < 0.9");
    assert_eq!(unknown.code, Some(64), "{unknown:?}");
    assert!(unknown.stderr.contains("`matchd_share`") && unknown.stderr.contains("`matched_share`"), "{unknown:?}");
    let missing = check("lost > 1");
    assert_eq!(missing.code, Some(64), "{missing:?}");
    assert!(missing.stderr.contains("a run before the last one"), "{missing:?}");
    let nothing = world.run(&["report", "small.yaml"]);
    assert_eq!(nothing.code, Some(64), "{nothing:?}");
}
