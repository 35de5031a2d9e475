//! No file of a run overwrites another, however its path is written; only regular files are replaced.

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::Command;

use crate::small::{MATCHED, ROWS, small};
use crate::support::{Ended, World};
use crate::tables::{count, csv_rows};

const CHECKPOINT: &str = "out/small.duckdb";

/// Existing files of a run, with the names that messages give them.
const PROTECTED: [(&str, &str); 5] = [
    ("suppliers.csv", "the supplier file"),
    ("registry.csv", "the registry"),
    ("small.yaml", "the pipeline"),
    ("../plugins/dist/company-name.wasm", "a plug-in"),
    (CHECKPOINT, "the checkpoint"),
];

/// A world that has run once, with additional names for each file.
fn world_with_links() -> World {
    let world = small();
    world.succeed(&["run", "small.yaml", "--limit", "2"]);
    symlink(".", world.path("here")).unwrap();
    world
}

/// All other ways to write the path of a file.
fn spellings(world: &World, file: &str) -> Vec<String> {
    let link = format!("link-{}", file.replace('/', "-"));
    let hard = format!("hard-{}", file.replace('/', "-"));
    if !world.path(&link).exists() {
        symlink(world.path(file), world.path(&link)).unwrap();
        fs::hard_link(world.path(file), world.path(&hard)).unwrap();
    }
    let absolute = world.path(file).display().to_string();
    vec![absolute, format!("./{file}"), format!("out/../{file}"), format!("here/here/{file}"), link, hard]
}

#[test]
fn every_spelling_of_a_files_path_is_refused_everywhere() {
    let world = world_with_links();
    for (file, role) in PROTECTED {
        let before = world.read(file);
        for spelling in spellings(&world, file) {
            let set = |key: &str| format!("{key}={spelling}");
            let csv = format!("outputs=[{{csv: {spelling}}}]");
            let xlsx = format!("outputs=[{{xlsx: {spelling}}}]");
            let index = set("reference.index");
            let commands: [(&[&str], i32); 9] = [
                (&["run", "small.yaml", "--trace", &spelling], 64),
                (&["run", "small.yaml", "--log", &spelling], 64),
                (&["run", "small.yaml", "--set", &csv], 2),
                (&["run", "small.yaml", "--set", &xlsx], 2),
                (&["run", "small.yaml", "--set", &index], 2),
                (&["index", "small.yaml", "--set", &index], 2),
                (&["bench", "--pipeline", "small.yaml", "--given", "--json", &spelling], 64),
                (&["bench", "--pipeline", "small.yaml", "--given", "--plot", &spelling], 64),
                (&["serve", "small.yaml", "--listen", "127.0.0.1:0", "--access-log", &spelling], 64),
            ];
            for (command, code) in commands {
                let ended = world.run(command);
                assert_eq!(ended.code, Some(code), "{command:?}: {ended:?}");
                assert!(ended.stderr.contains("would overwrite"), "{command:?}: {ended:?}");
                // The plug-in's digest, and a path that occurs in the pipeline, are caught by an earlier check.
                assert!(ended.stderr.contains(role), "{command:?}: {ended:?}");
            }
            assert!(world.read(file) == before, "{spelling} was written");
        }
    }
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM results"), 2);
}

#[test]
fn files_that_do_not_exist_yet_are_protected_too() {
    let world = small();
    fs::create_dir(world.path("out")).unwrap();
    symlink("out", world.path("other")).unwrap();
    for file in ["small.duckdb", "small.duckdb.wal", "small.duckdb.answers", "other.duckdb", "results.csv"] {
        let trace = world.run(&["run", "small.yaml", "--trace", &format!("other/{file}")]);
        assert_eq!(trace.code, Some(64), "{file}: {trace:?}");
        assert!(trace.stderr.contains("would overwrite"), "{file}: {trace:?}");
        assert_eq!(world.files("out"), [""; 0], "{file}");
    }
    let same = "outputs=[{csv: out/a.csv}, {xlsx: other/a.csv}]";
    let ended = world.run(&["run", "small.yaml", "--set", same]);
    assert!(ended.code == Some(2) && ended.stderr.contains("are one file"), "{ended:?}");
    symlink("suppliers.csv", world.path("linked.duckdb")).unwrap();
    let before = world.read("suppliers.csv");
    let ended = world.run(&["run", "small.yaml", "--set", "sink.checkpoint=linked.duckdb"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("the supplier file"), "{ended:?}");
    assert!(world.read("suppliers.csv") == before);
}

#[test]
fn the_log_and_the_trace_may_be_new_files_or_devices() {
    let world = small();
    world.succeed(&["run", "small.yaml", "--log", "run.log", "--trace", "/dev/null"]);
    world.succeed(&["run", "small.yaml", "--log", "run.log", "--trace", "trace.json"]);
    let log = String::from_utf8(world.read("run.log")).unwrap();
    assert_eq!(log.matches("done by earlier runs").count(), 2, "{log}");
}

#[test]
fn devices_and_pipes_are_written_to_and_not_replaced() {
    let world = small();
    let null = fs::metadata("/dev/null").unwrap();
    symlink("/dev/null", world.path("null.xlsx")).unwrap();
    let outputs = "outputs=[{csv: /dev/null}, {xlsx: null.xlsx}, {csv: /dev/null}]";
    world.succeed(&["run", "small.yaml", "--set", outputs]);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device() && null.file_type().is_char_device());
    assert!(fs::symlink_metadata(world.path("null.xlsx")).unwrap().is_symlink());
    let full = world.run(&["run", "small.yaml", "--set", "outputs=[{csv: /dev/full}]"]);
    assert_eq!(full.code, Some(1), "{full:?}");
    assert!(full.stderr.contains("`/dev/full` cannot be written"), "{full:?}");
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().unwrap().success());
    let reader = Command::new("cat").arg(world.path("pipe")).stdout(std::process::Stdio::piped()).spawn().unwrap();
    world.succeed(&["run", "small.yaml", "--set", "outputs=[{csv: pipe}]"]);
    let read = Ended::of(reader.wait_with_output().unwrap());
    assert_eq!(read.stdout.lines().count() as u64, ROWS + 1, "{read:?}");
    assert!(fs::metadata(world.path("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn two_outputs_are_two_files_under_any_spelling() {
    let world = small();
    fs::create_dir(world.path("folder")).unwrap();
    symlink("a.csv", world.path("link.csv")).unwrap();
    for (one, other) in
        [("a.csv", "./a.csv"), ("./a.csv", "a.csv"), ("a.csv", "folder/../a.csv"), ("a.csv", "link.csv")]
    {
        let set = format!("outputs=[{{csv: {one}}}, {{xlsx: {other}}}]");
        let ended = world.run(&["run", "small.yaml", "--set", &set]);
        assert!(ended.code == Some(2) && ended.stderr.contains("nothing was done"), "{one} {other}: {ended:?}");
        assert!(!world.path("a.csv").exists() && !world.path(CHECKPOINT).exists(), "{one} {other}");
    }
    let ended = world.run(&["run", "small.yaml", "--set", "outputs=[{csv: folder}]"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("is a folder"), "{ended:?}");
    let both = ["bench", "--pipeline", "small.yaml", "--given", "--json", "x", "--plot", "./x"];
    assert_eq!(world.run(&both).code, Some(64));
}

#[test]
fn standard_streams_under_the_names_of_the_system_are_not_replaced() {
    let world = small();
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let set = format!("outputs=[{{csv: {name}}}]");
        let file = fs::File::create(world.path("redirected")).unwrap();
        let mut command = world.command(&["run", "small.yaml", "--set", &set]);
        assert!(command.stdout(file).status().unwrap().success());
        let rows = String::from_utf8(world.read("redirected")).unwrap();
        assert_eq!(rows.lines().count() as u64, ROWS + 1, "{name}: {rows}");
        assert!(!world.path("redirected.edited").exists());
    }
    let file = fs::File::create(world.path("redirected")).unwrap();
    let mut command = world.command(&["run", "small.yaml", "--set", "outputs=[{csv: /dev/stderr}]"]);
    assert!(command.stderr(file).status().unwrap().success());
    let text = String::from_utf8(world.read("redirected")).unwrap();
    assert!(text.contains("[pipeline]") && text.contains("F1,"), "{text}");
}

#[test]
fn results_go_to_standard_output_alone_with_a_hyphen() {
    let world = small();
    let ended = world.succeed(&["run", "small.yaml", "--set", "outputs=[{csv: '-'}, {csv: out/results.csv}]"]);
    assert_eq!(ended.stdout.as_bytes(), world.read("out/results.csv"));
    assert!(ended.stderr.contains(&format!("matched {MATCHED} ")), "{ended:?}");
    assert!(!world.path("-").exists());
}

#[test]
fn an_output_that_is_a_link_keeps_its_link() {
    let world = small();
    fs::create_dir(world.path("elsewhere")).unwrap();
    fs::create_dir(world.path("out")).unwrap();
    symlink("../elsewhere/real.csv", world.path("out/results.csv")).unwrap();
    world.succeed(&["run", "small.yaml"]);
    assert!(fs::symlink_metadata(world.path("out/results.csv")).unwrap().is_symlink());
    assert_eq!(csv_rows(&world, "elsewhere/real.csv").len() as u64, ROWS);
}

#[test]
fn leftovers_of_a_killed_export_are_removed_by_the_next_run() {
    let world = small();
    let ended = world.run_with_fault("kill@before a result has its name", &["run", "small.yaml"]);
    assert_eq!(ended.code, None, "{ended:?}");
    let is_leftover = |name: &String| name.contains(".new-");
    assert_eq!(world.files("out").iter().filter(|name| is_leftover(name)).count(), 2, "{:?}", world.files("out"));
    world.write("out/.results.csv.new-mine", "a file of somebody");
    world.succeed(&["run", "small.yaml"]);
    assert_eq!(
        world.files("out"),
        [".results.csv.new-mine", "results.csv", "results.xlsx", "small.duckdb"],
        "only own leftovers are removed"
    );
}

#[test]
fn folders_of_the_log_and_the_trace_are_created() {
    let world = small();
    world.succeed(&["run", "small.yaml", "--log", "logs/2026/run.log", "--trace", "traces/run.json"]);
    assert!(!world.read("logs/2026/run.log").is_empty() && !world.read("traces/run.json").is_empty());
    // A folder that cannot be created ends the run before any work.
    let ended = world.run(&["run", "small.yaml", "--log", "suppliers.csv/run.log"]);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("suppliers.csv/run.log"), "{ended:?}");
}
