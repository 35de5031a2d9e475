//! Checkpoints that cannot be used: the run continues with the fallback and reports it, or stops immediately.

use std::fs;

use crate::small::{MATCHED, ROWS, small};
use crate::support::World;
use crate::tables::count;

const RUN: &[&str] = &["run", "small.yaml"];
const NO_FALLBACK: &[&str] = &["run", "small.yaml", "--set", "sink.fallback=null"];
const CHECKPOINT: &str = "out/small.duckdb";
const FALLBACK: &str = "out/other.duckdb";

fn with_text_as_checkpoint() -> World {
    let world = small();
    fs::create_dir(world.path("out")).unwrap();
    world.write(CHECKPOINT, "a diary, not a database\n".repeat(1_000));
    world
}

#[test]
fn a_file_that_is_not_a_database_is_left_alone() {
    let world = with_text_as_checkpoint();
    let before = world.read(CHECKPOINT);
    let refused = world.run(NO_FALLBACK);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("`out/small.duckdb` is not a DuckDB database"), "{refused:?}");
    assert_eq!(world.files("out"), ["small.duckdb"]);
    let ended = world.succeed(RUN);
    assert!(ended.stderr.contains("`out/small.duckdb` is not a DuckDB database"), "{ended:?}");
    assert!(ended.stderr.contains("using `out/other.duckdb` instead"), "{ended:?}");
    assert_eq!(ended.after("matched "), MATCHED);
    assert_eq!(count(&world, FALLBACK, "SELECT count(*) FROM results"), ROWS);
    assert_eq!(world.succeed(RUN).before(" skipped"), ROWS, "resume looks at the fallback");
    assert!(world.read(CHECKPOINT) == before);
}

#[test]
fn a_locked_checkpoint_is_named_with_the_process_that_has_it() {
    let world = small();
    world.succeed(&["run", "small.yaml", "--limit", "3"]);
    let holder = duckdb::Connection::open(world.path(CHECKPOINT)).unwrap();
    let refused = world.run(NO_FALLBACK);
    assert_eq!(refused.code, Some(75), "{refused:?}");
    let says = format!("`out/small.duckdb` is in use by another process (PID {})", std::process::id());
    assert!(refused.stderr.contains(&says), "{refused:?}");
    let plan = world.succeed(&["plan", "small.yaml"]);
    assert!(plan.stdout.contains("in use by another process"), "{plan:?}");
    // A fallback would do all rows a second time.
    let refused = world.run(RUN);
    assert_eq!(refused.code, Some(75), "{refused:?}");
    assert!(refused.stderr.contains(&says) && refused.stderr.contains("`--wait`"), "{refused:?}");
    assert!(!world.path(FALLBACK).exists());
    let short = world.run(&["run", "small.yaml", "--wait=0"]);
    assert_eq!(short.code, Some(75), "{short:?}");
    let mut waiting = world.start(&["run", "small.yaml", "--wait"]);
    waiting.wait_for_line(|line| line.contains("waiting: ") && line.contains(&says));
    drop(holder);
    let ended = waiting.end();
    assert_eq!((ended.code, ended.before(" skipped"), ended.after("this run: ")), (Some(0), 3, ROWS - 3), "{ended:?}");
}

#[test]
fn another_pipeline_s_checkpoint_is_refused() {
    let world = small();
    world.succeed(RUN);
    let before = world.read(CHECKPOINT);
    let refused = world.run(&[NO_FALLBACK, &["--set", "name=other"]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("is the checkpoint of pipeline `small`, not of `other`"), "{refused:?}");
    assert!(world.read(CHECKPOINT) == before);
}

#[test]
fn failures_of_a_run_are_in_french_where_the_locale_is() {
    let mut world = small();
    world.succeed(RUN);
    world.set_variable("LC_ALL", "fr_FR.UTF-8");
    let other = world.run(&[NO_FALLBACK, &["--set", "name=other"]].concat());
    assert!(other.stderr.starts_with("erreur : `out/small.duckdb` est le checkpoint du pipeline `small`"), "{other:?}");
    assert!(other.stderr.contains("pendant : ouverture du checkpoint"), "{other:?}");
    world.write(CHECKPOINT, "pas une base");
    let broken = world.run(NO_FALLBACK);
    assert!(broken.stderr.contains("n'est pas une base DuckDB"), "{broken:?}");
    for ended in [other, broken] {
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(!ended.stderr.contains("error") && !ended.stderr.contains("while "), "{ended:?}");
    }
}

#[test]
fn a_foreign_database_is_refused() {
    let world = small();
    fs::create_dir(world.path("out")).unwrap();
    let connection = duckdb::Connection::open(world.path(CHECKPOINT)).unwrap();
    connection.execute_batch("CREATE TABLE results(mine INTEGER)").unwrap();
    drop(connection);
    let refused = world.run(NO_FALLBACK);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("not a matchflow checkpoint"), "{refused:?}");
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM results"), 0, "the table is as it was");
    assert_eq!(world.files("out"), ["small.duckdb"]);
}

#[test]
fn a_run_without_a_usable_place_stops_before_any_work() {
    let world = with_text_as_checkpoint();
    world.write(FALLBACK, "nor this\n".repeat(1_000));
    let ended = world.run(RUN);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("out/small.duckdb") && ended.stderr.contains("out/other.duckdb"), "{ended:?}");
    assert_eq!(world.files("out"), ["other.duckdb", "small.duckdb"]);
}
