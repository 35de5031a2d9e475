//! Plug-ins are values of the pipeline: another file is another result. What they do wrong costs their rows only.

use crate::guest::{CONFIGURE, DESCRIBE, SCORE, guest};
use crate::small::{ROWS, small};
use crate::support::World;
use crate::tables::{count, csv_rows};

/// Another plug-in in all three score stages.
const EXACT: [&str; 6] = [
    "--set",
    "stages.SCORE.company_name.plugin=../plugins/dist/exact.wasm",
    "--set",
    "stages.SCORE_2.company_name.plugin=../plugins/dist/exact.wasm",
    "--set",
    "stages.SCORE_3.company_name.plugin=../plugins/dist/exact.wasm",
];

/// Traps when a left name holds a `z`; else every pair scores 0.
fn traps_on_z() -> Vec<u8> {
    let search = "(local $at i32) (local $end i32)
        (local.set $at (i32.load offset=8 (local.get 0)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=12 (local.get 0))))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 122)) (then (unreachable)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))";
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

#[test]
fn rows_done_by_other_plugins_are_told_and_kept() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "200"]);
    let with_exact = |command: &'static str| [&[command, "suppliers.yaml"][..], &EXACT].concat();
    let same = world.succeed(&["plan", "suppliers.yaml"]);
    assert!(same.stdout.contains("200 rows are done") && !same.stdout.contains("other plug-ins"), "{same:?}");
    let plan = world.succeed(&with_exact("plan"));
    assert!(plan.stdout.contains("200 of them were decided by other plug-ins"), "{plan:?}");
    let arguments = [&with_exact("run")[..], &["--limit", "10"]].concat();
    let run = world.succeed(&arguments);
    assert!(run.stderr.contains("200 of the rows done were decided by other plug-ins"), "{run:?}");
    assert_eq!((run.after("this run: "), run.before(" skipped")), (10, 200), "{run:?}");
}

#[test]
fn a_moved_plugin_is_the_same_plugin() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    std::fs::copy(world.path("../plugins/dist/company-name.wasm"), world.path("mine.wasm")).unwrap();
    let plan = world.succeed(&["plan", "small.yaml", "--set", "stages.SCORE.name.plugin=mine.wasm"]);
    assert!(plan.stdout.contains("7 rows are done") && !plan.stdout.contains("other plug-ins"), "{plan:?}");
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
fn failed_rows_are_tried_again_when_asked() {
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
fn files_that_are_no_plugin_are_usage_errors_with_their_place() {
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
