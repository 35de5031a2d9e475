//! Runs over a supplier file that was run before: removed rows, nothing to do, a file that changes during the run.

use std::fs;

use serde_json::Value;

use crate::small::{ROWS, small};
use crate::support::{Ended, World};
use crate::tables::{count, csv_rows};

const RUN: &[&str] = &["run", "small.yaml"];
const CHECKPOINT: &str = "out/small.duckdb";
const CSV: &str = "out/results.csv";

/// The supplier file without the rows with these keys.
fn without(world: &World, keys: &[&str]) -> String {
    let text = String::from_utf8(world.read("suppliers.csv")).unwrap();
    let is_kept = |line: &&str| !keys.iter().any(|key| line.starts_with(&format!("{key},")));
    text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
}

fn has_key(world: &World, key: &str) -> bool {
    csv_rows(world, CSV).iter().any(|row| row.values().any(|value| value == key))
}

#[test]
fn removed_suppliers_are_left_out_counted_and_named() {
    let world = small();
    let all = world.read("suppliers.csv");
    world.succeed(RUN);
    let complete = world.read(CSV);
    world.write("suppliers.csv", without(&world, &["F2", "F5"]));
    let ended = world.succeed(RUN);
    assert_eq!((ended.after("matched "), ended.after("unmatched ")), (4, 1), "{ended:?}");
    assert!(ended.stdout.contains("2 rows that are no longer in the supplier file are left out (F2, F5)"), "{ended:?}");
    assert_eq!(csv_rows(&world, CSV).len() as u64, ROWS - 2);
    assert!(!has_key(&world, "F2") && has_key(&world, "F1"));
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM removed"), 2);
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM latest"), ROWS - 2);
    let explained = world.succeed(&["explain", CHECKPOINT, "F2"]);
    assert!(explained.stdout.contains("GARAGE DU LAC") && explained.stdout.contains("no longer in the supplier file"));
    // A run that does not read the file to the end removes nothing.
    world.write("suppliers.csv", without(&world, &["F1"]).replace("F3,ZOLA", "F3,NEW ZOLA"));
    world.succeed(&["run", "small.yaml", "--limit", "1"]);
    // In French, and the row is back in the file.
    world.write("suppliers.csv", &all);
    let back = world.succeed(&["run", "small.yaml", "--set", "language=fr"]);
    assert!(!back.stdout.contains("absentes"), "{back:?}");
    assert_eq!(csv_rows(&world, CSV).len() as u64, ROWS);
    world.write("suppliers.csv", without(&world, &["F7"]));
    let french = world.succeed(&["run", "small.yaml", "--set", "language=fr"]);
    assert!(french.stdout.contains("1 ligne absente du fichier fournisseurs est écartée (F7)"), "{french:?}");
    world.write("suppliers.csv", &all);
    world.succeed(RUN);
    assert!(world.read(CSV) == complete, "a row that comes back has the result that it had");
}

/// The number of entries that a run read, from its last event.
fn registry_rows(ended: &Ended) -> u64 {
    let events = ended.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let end = events.into_iter().rfind(|event| event["event"] == "end").unwrap();
    let stages = end["stages"].as_array().unwrap();
    let read = stages.iter().find(|stage| stage["stage"] == "read registry");
    read.map_or(0, |stage| stage["rows"].as_u64().unwrap())
}

#[test]
fn a_run_with_nothing_to_do_does_not_read_the_registry() {
    let world = small();
    let json = ["run", "small.yaml", "--progress", "json"];
    assert!(registry_rows(&world.succeed(&json)) > 0);
    let results = world.read(CSV);
    fs::remove_file(world.path(CSV)).unwrap();
    let idle = world.succeed(&json);
    assert_eq!((registry_rows(&idle), idle.before(" skipped")), (0, ROWS), "{idle:?}");
    assert!(idle.stderr.contains("nothing to do"), "{idle:?}");
    assert!(world.read(CSV) == results, "the results are written all the same");
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM runs WHERE status = 'complete' AND rows_read = 7"), 2);

    // One new row at the end, one changed in the middle: the rest is skipped.
    let text = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", text.replace("ZOLA", "ZOLLA") + "F8,DUPONT PLOMBERIE,69003\n");
    let ended = world.succeed(&json);
    assert_eq!((ended.before(" skipped"), ended.after("this run: ")), (ROWS - 1, 2), "{ended:?}");
    assert!(registry_rows(&ended) > 0);

    // A registry that no run has read is read even if there is nothing to do.
    let registry = String::from_utf8(world.read("registry.csv")).unwrap();
    world.write("registry.csv", registry + "80067890100013,800678901,NEW COMPANY,75001,A\n");
    let changed = world.succeed(&json);
    assert!(registry_rows(&changed) > 0, "{changed:?}");
    assert_eq!(registry_rows(&world.succeed(&json)), 0);
}

#[test]
fn a_file_rewritten_while_it_is_read_mixes_no_rows() {
    let world = small();
    let rows = |name: &str| -> String {
        let row = |row| format!("F{row},{name},74000\n");
        "Code,Nom,Postal\n".to_owned() + &(0..20_000).map(row).collect::<String>()
    };
    world.write("suppliers.csv", rows("GARAGE DU LAC"));
    let run = ["run", "small.yaml", "-w", "1", "--set", "execution={in_flight: 64, chunk: 16}"];
    let paused = world.start_paused("read suppliers:100", &run);
    world.write("suppliers.csv", rows("ZOLA DES MERS"));
    world.open_gate();
    let ended = paused.end();
    assert_eq!(ended.code, Some(68), "{ended:?}");
    assert!(
        ended.stderr.contains("the supplier file `") && ended.stderr.contains("changed during the run"),
        "{ended:?}"
    );
    let mixed = "SELECT count(*) FROM results WHERE input LIKE '%ZOLA%'";
    assert_eq!(count(&world, CHECKPOINT, mixed), 0);
    assert!(count(&world, CHECKPOINT, "SELECT count(*) FROM results") > 0);
    fs::remove_file(world.path("gate")).unwrap();
    let again = world.succeed(&run[..2]);
    assert_eq!(again.after("this run: "), 20_000, "every row has changed: {again:?}");
}

#[test]
fn a_modified_output_is_kept_under_another_name() {
    let world = small();
    world.succeed(RUN);
    let names = ["results.csv", "results.xlsx", "small.duckdb"];
    world.succeed(RUN);
    assert_eq!(world.files("out"), names, "what a run wrote is replaced");
    let edited = String::from_utf8(world.read(CSV)).unwrap() + "a note of mine\n";
    world.write(CSV, &edited);
    let kept = world.succeed(&["run", "small.yaml", "--quiet"]);
    let says = "`out/results.csv` was changed since it was written, or written by something else: it is now \
                `out/results.edited.csv`";
    assert!(kept.stdout.contains(says), "{kept:?}");
    assert_eq!(world.read("out/results.edited.csv"), edited.as_bytes());
    assert_eq!(csv_rows(&world, CSV).len() as u64, ROWS);
    world.write("out/results.xlsx", "a workbook with verdicts");
    let again = world.succeed(&["run", "small.yaml", "--set", "language=fr"]);
    assert!(again.stdout.contains("il s'appelle maintenant `out/results.edited.xlsx`"), "{again:?}");
    // A file that existed before the first run with this checkpoint is kept too.
    world.write(CSV, "mine");
    world.succeed(&["run", "small.yaml", "--set", "sink.checkpoint=new.duckdb"]);
    assert_eq!(world.read("out/results.edited-2.csv"), b"mine");
    assert!(
        world.run(&["run", "small.yaml"]).stdout.contains("results.edited"),
        "another checkpoint's results are kept"
    );
    // After a kill just before or after a file gets its name, a run doesn't mistake its own files for foreign ones.
    let world = small();
    world.succeed(RUN);
    for pass in ["1", "2"] {
        world.write(
            "suppliers.csv",
            String::from_utf8(world.read("suppliers.csv")).unwrap() + &format!("K{pass},X,1\n"),
        );
        world.run_with_fault(&format!("kill@before a result has its name:{pass}"), RUN);
        world.succeed(RUN);
        assert_eq!(world.files("out"), names);
    }
}

#[test]
fn quiet_prints_the_outcomes_and_verbose_where_the_time_went() {
    let world = small();
    let quiet = world.succeed(&["run", "small.yaml", "--quiet", "--log", "run.log"]);
    assert_eq!((quiet.stderr.as_str(), quiet.stdout.lines().count()), ("", 1), "{quiet:?}");
    assert!(quiet.stdout.starts_with("matched 6 "), "{quiet:?}");
    let log = String::from_utf8(world.read("run.log")).unwrap();
    assert!(log.contains("this run: 7 rows") && log.contains("stage ") && log.contains("cells: "), "{log}");
    fs::remove_dir_all(world.path("out")).unwrap();
    let plain = world.succeed(RUN);
    assert!(!plain.stderr.contains("busy: ") && !plain.stdout.contains("cells: "), "{plain:?}");
    fs::remove_dir_all(world.path("out")).unwrap();
    let verbose = world.succeed(&["run", "small.yaml", "-v"]);
    assert!(verbose.stderr.contains("busy: ") && verbose.stdout.contains("cells: "), "{verbose:?}");
    assert_eq!(world.run(&["run", "small.yaml", "-v", "-q"]).code, Some(64));
}

#[test]
fn events_name_their_run_their_time_and_their_level() {
    let world = small();
    let events = |ended: &Ended| -> Vec<Value> {
        ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    };
    let good = events(&world.succeed(&["run", "small.yaml", "--progress", "json"]));
    assert!(good.iter().all(|event| event["time"].as_str().is_some_and(|time| time.ends_with('Z'))), "{good:?}");
    let end = good.iter().find(|event| event["event"] == "end").unwrap();
    assert_eq!(end["pipeline"], "small");
    assert_eq!(
        count(
            &world,
            CHECKPOINT,
            &format!("SELECT count(*) FROM runs WHERE run_id = {}", end["run_id"]).replace('"', "'")
        ),
        1
    );
    let summary = good.iter().find(|event| event["event"] == "summary").unwrap();
    assert_eq!(summary["files"][0]["rows"], 7, "{summary}");

    let bad =
        world.run(&["run", "small.yaml", "--progress", "json", "--set", "reference.id=nowhere", "--set", "bogus=1"]);
    assert_eq!(bad.code, Some(2), "{bad:?}");
    let bad = events(&bad);
    let problems: Vec<&Value> = bad.iter().filter(|event| event["event"] == "problem").collect();
    assert_eq!(problems.len(), 2, "{bad:?}");
    assert!(problems.iter().all(|problem| problem["level"] == "error" && problem["file"] == "--set"), "{bad:?}");
    let last = bad.last().unwrap();
    assert_eq!((&last["level"], &last["code"]), (&"error".into(), &"pipeline".into()), "{last}");
    world.write("small.yaml", String::from_utf8(world.read("small.yaml")).unwrap().replace("id: Code", "id: Kode"));
    let bad = events(&world.run(&["run", "small.yaml", "--progress", "json"]));
    let problem = bad.iter().find(|event| event["event"] == "problem").unwrap();
    assert_eq!((&problem["file"], &problem["line"], &problem["column"]), (&"small.yaml".into(), &4.into(), &7.into()));
}
