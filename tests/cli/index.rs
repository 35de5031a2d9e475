//! The cached index of a registry: the same results, and an index that doesn't fit is never used.

use std::fs;

use crate::small::small;
use crate::support::{Ended, World};

const BESIDE: &str = "data/registry.parquet.suppliers.index";

/// A run from scratch, with separate results from earlier runs; returns its CSV.
fn results(world: &World, number: usize, more: &[&str]) -> (Ended, Vec<u8>) {
    let checkpoint = format!("sink.checkpoint=out/{number}.duckdb");
    let outputs = format!("outputs=[{{csv: out/{number}.csv}}]");
    let mut arguments = vec!["run", "suppliers.yaml", "--limit", "400", "--set", &checkpoint, "--set", &outputs];
    arguments.extend_from_slice(more);
    let ended = world.succeed(&arguments);
    (ended, world.read(&format!("out/{number}.csv")))
}

#[test]
fn results_are_the_same_with_and_without_an_index_for_all_workers() {
    let world = World::sample();
    let (ended, wanted) = results(&world, 0, &[]);
    assert!(!ended.stderr.contains("index `"), "{ended:?}");
    let mut runs = 0;
    for shards in ["1", "2", "3"] {
        let _ = fs::remove_file(world.path(BESIDE));
        let ended = world.succeed(&["index", "suppliers.yaml", "-w", shards]);
        assert!(ended.stdout.contains("written: ") && ended.stdout.contains(&format!("{shards} shard")), "{ended:?}");
        for workers in ["1", "2", "4"] {
            runs += 1;
            let (ended, csv) = results(&world, runs, &["-w", workers]);
            assert!(ended.stderr.contains("the registry is not read"), "{ended:?}");
            assert!(!ended.stderr.contains("read registry"), "{ended:?}");
            assert!(csv == wanted, "{shards} shards, {workers} workers");
        }
    }
    let ended = world.succeed(&["index", "suppliers.yaml"]);
    assert!(ended.stdout.contains("up to date"), "{ended:?}");
}

#[test]
fn the_first_run_writes_the_index_requested_by_the_pipeline() {
    let world = World::sample();
    let asked = ["--set", "reference.index=kept/registry.index"];
    fs::create_dir(world.path("kept")).unwrap();
    let (first, wanted) = results(&world, 0, &asked);
    assert!(first.stderr.contains("not built yet; building it from the registry"), "{first:?}");
    assert_eq!(world.files("kept"), ["registry.index"]);
    let (second, csv) = results(&world, 1, &asked);
    assert!(second.stderr.contains("the registry is not read"), "{second:?}");
    assert!(csv == wanted);
    assert!(!world.path(BESIDE).exists(), "without being asked a run leaves nothing beside the registry");
    // A run succeeds even if the index cannot be stored.
    world.write("file", "no folder");
    let (without, csv) = results(&world, 2, &["--set", "reference.index=file/registry.index"]);
    assert!(without.stderr.contains("warning: the index `file/registry.index` cannot be written"), "{without:?}");
    assert!(csv == wanted);
}

#[test]
fn an_index_that_is_damaged_or_of_other_settings_is_built_again() {
    let world = World::sample();
    let (_, wanted) = results(&world, 0, &[]);
    world.succeed(&["index", "suppliers.yaml"]);
    let whole = world.read(BESIDE);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    world.write(BESIDE, &damaged);
    let (ended, csv) = results(&world, 1, &[]);
    assert!(ended.stderr.contains("the index is damaged"), "{ended:?}");
    assert!(csv == wanted);
    assert!(results(&world, 2, &[]).0.stderr.contains("the registry is not read"), "it was written anew");

    // Other cleaning or another registry gives other entries.
    let other = ["--set", "reference.closed=false"];
    let (ended, _) = results(&world, 3, &other);
    assert!(ended.stderr.contains("the index is of another registry"), "{ended:?}");
    let (ended, csv) = results(&world, 4, &[]);
    assert!(ended.stderr.contains("the index is of another registry") && csv == wanted, "{ended:?}");
    // A setting that does not affect the index leaves it unchanged.
    let (ended, _) = results(&world, 5, &["--set", "stages.BROAD.token.top=3"]);
    assert!(ended.stderr.contains("the registry is not read"), "{ended:?}");
}

#[test]
fn a_kill_while_the_index_is_written_leaves_no_index() {
    let world = World::sample();
    let killed = world.run_with_fault("kill@index written", &["index", "suppliers.yaml"]);
    assert_ne!(killed.code, Some(0), "{killed:?}");
    assert!(!world.path(BESIDE).exists());
    world.succeed(&["index", "suppliers.yaml"]);
    assert!(results(&world, 0, &[]).0.stderr.contains("the registry is not read"));
}

#[test]
fn a_registry_that_changes_while_it_is_indexed_gives_no_index() {
    let world = small();
    let arguments = ["index", "small.yaml", "--set", "reference.index=r.index"];
    let running = world.start_paused("read registry", &arguments);
    let text = String::from_utf8(world.read("registry.csv")).unwrap();
    world.write("registry.csv", text.replace("PLOMBERIE", "CHAUFFAGE"));
    world.open_gate();
    let ended = running.end();
    assert!(ended.code == Some(68) && ended.stderr.contains("while it was read"), "{ended:?}");
    assert!(!world.path("r.index").exists());
    let again = world.succeed(&arguments);
    assert!(again.stdout.contains("written: "), "{again:?}");
}
