//! Each registry entry is assigned to at most one supplier.

use std::collections::BTreeMap;

use crate::small::{ROWS, small};
use crate::support::World;
use crate::tables::csv_rows;

const RUN: &[&str] = &["run", "small.yaml", "--set", "stages.DECIDE.one_to_one=true"];
const CSV: &str = "out/results.csv";

/// The outcome and the reason of each row.
fn outcomes(world: &World) -> BTreeMap<String, (String, String)> {
    let rows = csv_rows(world, CSV);
    rows.iter().map(|row| (row["key"].clone(), (row["outcome"].clone(), row["reason"].clone()))).collect()
}

fn outcome(world: &World, key: &str) -> String {
    outcomes(world)[key].0.clone()
}

#[test]
fn one_of_two_suppliers_keeps_the_entry_and_the_other_goes_to_review() {
    let world = small();
    let ended = world.succeed(RUN);
    // F2 and F6 are the same garage, equally probable: the first in the file keeps it.
    assert_eq!((ended.after("matched "), ended.after("review ")), (5, 1), "{ended:?}");
    assert!(
        ended.stdout.contains("1 row was sent to review because another row has its entry (one-to-one)"),
        "{ended:?}"
    );
    assert_eq!(outcome(&world, "F2"), "matched");
    let (outcome, reason) = outcomes(&world)["F6"].clone();
    assert_eq!(outcome, "review");
    assert!(reason.contains("; one-to-one: ") && reason.contains(" is assigned to row F2 ("), "{reason}");
    let told = world.succeed(&["explain", "out/small.duckdb", "F6"]);
    assert!(told.stdout.contains("is assigned to row F2 ("), "{told:?}");
}

#[test]
fn assignments_depend_neither_on_workers_nor_on_a_kill() {
    let expected = {
        let world = small();
        world.succeed(RUN);
        world.read(CSV)
    };
    for workers in ["1", "2", "4"] {
        let world = small();
        world.succeed(&[RUN, &["-w", workers]].concat());
        assert!(world.read(CSV) == expected, "{workers} workers");
    }
    for place in ["between append and commit:2", "before the settlement is committed", "before a result has its name"] {
        let world = small();
        let killed = world.run_with_fault(&format!("kill@{place}"), RUN);
        assert_eq!(killed.code, None, "{place}: {killed:?}");
        world.succeed(RUN);
        assert!(world.read(CSV) == expected, "after a kill {place}");
    }
}

#[test]
fn an_entry_that_becomes_free_goes_to_the_next_supplier() {
    let world = small();
    world.succeed(RUN);
    let suppliers = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", suppliers.replace("F2,GARAGE DU LAC,74000", "F2,NOBODY,13001"));
    let ended = world.succeed(RUN);
    assert_eq!(ended.before(" skipped"), ROWS - 1, "{ended:?}");
    assert_eq!((outcome(&world, "F2").as_str(), outcome(&world, "F6").as_str()), ("unmatched", "matched"));
    // Once disabled, every row has its individual result again, and none is recomputed.
    world.write("suppliers.csv", suppliers);
    world.succeed(RUN);
    assert_eq!(outcome(&world, "F6"), "review");
    let ended = world.succeed(&["run", "small.yaml"]);
    assert_eq!((ended.before(" skipped"), outcome(&world, "F6").as_str()), (ROWS, "matched"), "{ended:?}");
}

#[test]
fn only_the_last_decision_can_be_one_to_one() {
    let world = small();
    let pipeline = String::from_utf8(world.read("small.yaml")).unwrap();
    let twice = pipeline.replace(
        "  - decide: { accept: 0.45 }\n",
        "  - decide: { accept: 0.9, one_to_one: true }\n  - candidates: { token: { name: name } }\n  - decide: { accept: 0.45 }\n",
    );
    world.write("small.yaml", twice);
    let refused = world.run(&["validate", "small.yaml"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("only the last `decide` can be one-to-one"), "{refused:?}");
}
