//! `--watch-plugins`: a new file under the same name takes over during the run, a broken one does not.

use std::collections::HashSet;

use matchflow_model::digest::sha256_hex;

use crate::support::World;
use crate::tables::{count, csv_rows};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, guest};

/// Scores every pair 1 after `turns` loop iterations.
fn scorer(turns: u32) -> Vec<u8> {
    let score = format!(
        "(local $at i32) (local $left i32)
        (local.set $left (i32.const {turns}))
        (loop $turn
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $turn (i32.gt_s (local.get $left) (i32.const 0))))
        (i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get 5)))
            (f32.store (i32.add (i32.const 65536) (i32.mul (local.get $at) (i32.const 4))) (f32.const 1))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (i32.const 3072)"
    );
    guest(DESCRIBE, CONFIGURE, &score)
}

#[test]
fn a_changed_plugin_takes_over_and_a_broken_one_does_not() {
    let world = World::sample();
    let (slow, fast) = (scorer(20_000_000), scorer(1));
    world.write("mine.wasm", &slow);
    let mut arguments =
        vec!["run", "suppliers.yaml", "--watch-plugins", "--set", "execution.chunk=1", "--set", "evidence=all"];
    for stage in ["SCORE", "SCORE_2", "SCORE_3"] {
        arguments
            .extend(["--set", Box::leak(format!("stages.{stage}.company_name.plugin=mine.wasm").into_boxed_str())]);
    }
    let mut run = world.start(&arguments);
    // The first rows are committed, most are still to come: with the slow plug-in alone it would take minutes.
    run.wait_for_line(|line| line.starts_with("[pipeline] 100/"));
    world.write("mine.wasm", b"not WebAssembly");
    run.wait_for_line(|line| {
        line.contains("warning: plug-in mine.wasm is a text file") && line.contains("still using")
    });
    world.write("mine.wasm.new", &fast);
    std::fs::rename(world.path("mine.wasm.new"), world.path("mine.wasm")).unwrap();
    let (old, new) = (sha256_hex(&slow), sha256_hex(&fast));
    let told = format!("changed: sha256 {} replaces sha256 {}", &new[..12], &old[..12]);
    run.wait_for_line(|line| line.starts_with("[pipeline] plug-in `hostile`") && line.contains(&told));
    let ended = run.end();
    let rows = csv_rows(&world, "out/suppliers-results.csv");
    let failed: Vec<_> = rows.iter().filter(|row| row["outcome"] == "failed").map(|row| &row["error"]).collect();
    assert_eq!(ended.code, Some(0), "{failed:?}: {ended:?}");
    let mut digests = HashSet::new();
    for row in rows {
        if row["evidence"].is_empty() {
            continue;
        }
        let evidence: serde_json::Value = serde_json::from_str(&row["evidence"]).unwrap();
        digests.insert(evidence["company_name"]["plugin"].as_str().unwrap().to_owned());
    }
    assert_eq!(digests, HashSet::from([old, new]), "each result says what scored it");
    // Only the evidence shows which rows the old one scored: the checkpoint assigns all later rows to neither.
    let mixed = "SELECT count(*) FROM results WHERE config_digest LIKE 'mixed%'";
    let before = "SELECT count(*) FROM results WHERE config_digest NOT LIKE 'mixed%'";
    let (mixed, before) = (count(&world, "out/suppliers.duckdb", mixed), count(&world, "out/suppliers.duckdb", before));
    assert!(mixed > 0 && before >= 100 && mixed + before == 2_500, "{mixed} and {before}");
}
