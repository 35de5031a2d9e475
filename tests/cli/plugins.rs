//! Plug-ins are values of the pipeline: another file gives other results. Their faults affect only their rows.

use crate::small::{ROWS, small};
use crate::support::World;
use crate::tables::{count, csv_rows};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, SCORE, guest};

/// Another plug-in in all three score stages.
const EXACT: [&str; 6] = [
    "--set",
    "stages.SCORE.company_name.plugin=../plugins/dist/exact.wasm",
    "--set",
    "stages.SCORE_2.company_name.plugin=../plugins/dist/exact.wasm",
    "--set",
    "stages.SCORE_3.company_name.plugin=../plugins/dist/exact.wasm",
];

/// Traps if a left name has a `z`; otherwise every pair scores 0.
pub(crate) fn traps_on_z() -> Vec<u8> {
    traps_on_z_as("(unreachable)")
}

/// The same with another fault.
fn traps_on_z_as(misdeed: &str) -> Vec<u8> {
    let search = format!(
        "(local $at i32) (local $end i32)
        (local.set $at (i32.load offset=8 (local.get 0)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=12 (local.get 0))))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 122)) (then {misdeed}))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))"
    );
    guest(DESCRIBE, CONFIGURE, &format!("{search} {SCORE}"))
}

#[test]
fn another_plugin_gives_other_scores_without_a_build() {
    let world = World::sample();
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "suppliers.yaml", "--limit", "300"];
        arguments.extend_from_slice(more);
        let ended = world.succeed(&arguments);
        (ended, csv_rows(&world, "out/suppliers-results.csv"))
    };
    let (_, names) = run(&[]);
    let mut with_exact = EXACT.to_vec();
    with_exact.extend(["--set", "sink.checkpoint=out/exact.duckdb"]);
    let (_, exact) = run(&with_exact);
    assert_eq!(names.len(), exact.len());
    let differing = names.iter().zip(&exact).filter(|(left, right)| left["score"] != right["score"]).count();
    assert!(differing > 50, "{differing} scores differ");
}

/// The message of `plan` and `run` about a plug-in that has changed.
const CHANGED: &str =
    "decided before these changed: plug-in `company_name` of SCORE, plug-in `company_name` of SCORE_2";

#[test]
fn rows_scored_by_another_plugin_are_reported_and_kept() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "200"]);
    let with_exact = |command: &'static str| [&[command, "suppliers.yaml"][..], &EXACT].concat();
    let same = world.succeed(&["plan", "suppliers.yaml"]);
    assert!(same.stdout.contains("200 rows are done") && !same.stdout.contains("decided before"), "{same:?}");
    let plan = world.succeed(&with_exact("plan"));
    assert!(plan.stdout.contains(&format!("200 of them were {CHANGED}")), "{plan:?}");
    let arguments = [&with_exact("run")[..], &["--limit", "10"]].concat();
    let run = world.succeed(&arguments);
    assert!(run.stderr.contains(&format!("200 rows were {CHANGED}")), "{run:?}");
    assert_eq!((run.after("this run: "), run.before(" skipped")), (10, 200), "{run:?}");
}

#[test]
fn resume_redo_repeats_only_rows_affected_by_a_change() {
    let world = small();
    world.succeed(&["run", "small.yaml", "--limit", "3"]);
    let redo = |set: &str| {
        let mut arguments = vec!["run", "small.yaml", "--resume", "redo"];
        arguments.extend((!set.is_empty()).then_some(["--set", set]).into_iter().flatten());
        let ended = world.succeed(&arguments);
        (ended.after("this run: "), ended.before(" skipped"), ended.stderr)
    };
    let (done, skipped, said) = redo("");
    assert_eq!((done, skipped), (ROWS - 3, 3), "nothing changed: rows done are never done again");
    assert!(!said.contains("changed"), "{said}");
    for (set, what) in [
        ("stages.SCORE.name.plugin=../plugins/dist/exact.wasm", "plug-in `name` of SCORE"),
        ("stages.SCORE.name.weight=0.5", "plug-in `name` of SCORE, stage SCORE"),
        ("stages.DECIDE.accept=0.5", "stage DECIDE, stage SCORE"),
    ] {
        let (done, skipped, said) = redo(set);
        assert_eq!((done, skipped), (ROWS, 0), "{set}: {said}");
        let says = format!("matching {ROWS} rows again because these changed: {what}");
        assert!(said.contains(&says), "{set}: {said}");
        let again = redo(set);
        assert_eq!((again.0, again.1), (0, ROWS), "{set}: once");
    }
    let text = String::from_utf8(world.read("registry.csv")).unwrap();
    world.write("registry.csv", text + "80067890600010,800678906,NOWHERE LIMITED,13001,A\n");
    let (done, _, said) = redo("");
    assert!(done == ROWS && said.contains("the registry"), "{said}");
    let row = &csv_rows(&world, "out/results.csv")[6];
    assert_eq!((row["key"].as_str(), row["outcome"].as_str()), ("F7", "matched"), "it is in the registry now");
}

#[test]
fn a_moved_plugin_is_the_same_plugin() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    std::fs::copy(world.path("../plugins/dist/company-name.wasm"), world.path("mine.wasm")).unwrap();
    let plan = world.succeed(&["plan", "small.yaml", "--set", "stages.SCORE.name.plugin=mine.wasm"]);
    assert!(plan.stdout.contains("7 rows are done") && !plan.stdout.contains("decided before"), "{plan:?}");
}

#[test]
fn a_trap_fails_its_rows_and_no_others() {
    for chunk in ["1", "64"] {
        let world = small();
        world.write("traps.wasm", traps_on_z());
        let chunk = format!("execution.chunk={chunk}");
        let scorer = "stages.SCORE.extra={plugin: traps.wasm, compare: name}";
        let arguments = ["run", "small.yaml", "--set", scorer, "--set", &chunk];
        let ended = world.run(&arguments);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert_eq!((ended.after("matched "), ended.after("failed ")), (5, 1), "{ended:?}");
        assert!(ended.stdout.contains("--retry-errors"), "{ended:?}");
        let rows = csv_rows(&world, "out/results.csv");
        assert_eq!(rows.len() as u64, ROWS);
        for row in rows {
            let failed = row["key"] == "F3";
            assert_eq!(row["outcome"] == "failed", failed, "{row:?}");
            assert_eq!(row["error"].contains("hostile") && row["error"].contains("unreachable"), failed, "{row:?}");
        }
        let partial = "SELECT count(*) FROM runs WHERE status = 'partial' AND failed = 1";
        assert_eq!(count(&world, "out/small.duckdb", partial), 1);
    }
}

#[test]
fn the_pipeline_determines_what_happens_when_a_plugin_fails() {
    let run = |on_failure: &str| {
        let world = small();
        world.write("traps.wasm", traps_on_z());
        let scorer = format!("stages.SCORE.extra={{plugin: traps.wasm, compare: name, on_failure: {on_failure}}}");
        let ended = world.run(&["run", "small.yaml", "--set", &scorer, "--set", "execution.chunk=1"]);
        (world, ended)
    };
    let (_world, fails) = run("fail-rows");
    assert_eq!((fails.code, fails.after("failed ")), (Some(3), 1), "{fails:?}");
    let (world, skips) = run("skip-plugin");
    assert_eq!((skips.code, skips.after("failed ")), (Some(0), 0), "{skips:?}");
    assert!(skips.stdout.contains("note: SCORE scored 1 row without `extra`, which failed on it"), "{skips:?}");
    for row in csv_rows(&world, "out/results.csv") {
        if !row["evidence"].is_empty() {
            let said: serde_json::Value = serde_json::from_str(&row["evidence"]).unwrap();
            assert_eq!(said["extra"]["failed"]["code"] == "scorer", row["key"] == "F3", "{row:?}");
        }
    }
    let (_world, stops) = run("stop");
    assert_eq!(stops.code, Some(1), "{stops:?}");
    for said in ["scorer `extra` failed on row `F3`", "`on_failure` is `stop`", "unreachable"] {
        assert!(stops.stderr.contains(said), "{said}: {stops:?}");
    }
}

#[test]
fn a_plugin_that_spins_costs_its_rows_only() {
    let world = small();
    let spin = traps_on_z_as("(loop $again (br $again))");
    world.write("spins.wasm", spin);
    let scorer = "stages.SCORE.extra={plugin: spins.wasm, compare: name, timeout: 500ms}";
    let ended = world.run(&["run", "small.yaml", "--set", scorer, "--set", "execution.chunk=64"]);
    assert_eq!((ended.code, ended.after("matched "), ended.after("failed ")), (Some(3), 5, 1), "{ended:?}");
    let rows = csv_rows(&world, "out/results.csv");
    let failed: Vec<_> = rows.iter().filter(|row| row["outcome"] == "failed").collect();
    assert!(failed.len() == 1 && failed[0]["error"].contains("did not finish within 500 ms"), "{failed:?}");
}

#[test]
fn concurrently_started_processes_share_a_cache() {
    let world = small();
    let cache = world.path("cache");
    let plan = || {
        let mut command = world.command(&["plan", "small.yaml"]);
        command.env("MATCHFLOW_CACHE_DIR", &cache);
        command.spawn().unwrap()
    };
    let started: Vec<_> = (0..4).map(|_| plan()).collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(world.files("cache/plugins").len(), 1, "one plug-in, one entry, nothing half written");
}

#[test]
fn parameters_are_checked_with_their_place() {
    let world = small();
    let text = String::from_utf8(world.read("small.yaml")).unwrap();
    let (before, line) = text.split_at(text.find("company-name.wasm").unwrap());
    let line = line.replacen("company-name.wasm", "company-name.wasm, parameters: { generic_wieght: 2 }", 1);
    world.write("small.yaml", format!("{before}{line}"));
    let ended = world.run(&["validate", "small.yaml"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for said in ["unknown parameter `generic_wieght`", "did you mean `generic_weight`?", "small.yaml:16:"] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
}

#[test]
fn failed_rows_are_retried_on_request() {
    let world = small();
    world.write("traps.wasm", traps_on_z());
    let traps = ["run", "small.yaml", "--set", "stages.SCORE.extra={plugin: traps.wasm, compare: name}"];
    assert_eq!(world.run(&traps).code, Some(3));
    let kept = world.run(&["run", "small.yaml"]);
    assert_eq!((kept.code, kept.after("this run: "), kept.after("failed ")), (Some(3), 0, 1), "{kept:?}");
    let again = world.succeed(&["run", "small.yaml", "--retry-errors"]);
    assert_eq!((again.after("this run: "), again.after("matched "), again.after("failed ")), (1, 6, 0), "{again:?}");
}

#[test]
fn files_that_are_not_plugins_are_usage_errors_with_their_place() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("gone.wasm", b"", "plug-in gone.wasm cannot be read"),
        ("text.wasm", b"name: small\n", "text"),
        ("empty.wasm", b"", "empty"),
        ("module.wasm", b"\0asm\x01\0\0\0", "component"),
    ];
    for (file, bytes, says) in cases {
        let world = small();
        if file != "gone.wasm" {
            world.write(file, bytes);
        }
        let text = String::from_utf8(world.read("small.yaml")).unwrap();
        world.write("small.yaml", text.replace("../plugins/dist/company-name.wasm", file));
        let ended = world.run(&["run", "small.yaml"]);
        assert_eq!(ended.code, Some(2), "{file}: {ended:?}");
        assert!(ended.stderr.contains(says) && ended.stderr.contains("small.yaml:16:"), "{file}: {ended:?}");
        assert!(ended.stderr.contains("nothing was done"), "{file}: {ended:?}");
        assert_eq!(world.files("out"), [""; 0], "{file}");
    }
}
