//! What a log shows while a run is in progress.

use crate::support::World;

/// The rows done and all rows of a progress line, `[pipeline] 300/2440 | rate=812.4/s | ETA=0.0m`.
pub(crate) fn parts(line: &str) -> Option<(u64, u64)> {
    let mut parts = line.strip_prefix("[pipeline] ")?.split(" | ");
    let (done, total) = parts.next()?.split_once('/')?;
    let rate = parts.next()?.strip_prefix("rate=")?.strip_suffix("/s")?;
    let eta = parts.next()?.strip_prefix("ETA=")?.strip_suffix('m')?;
    let one_decimal = |number: &str| {
        let (whole, decimal) = number.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole) && digits(decimal) && decimal.len() == 1).then_some(())
    };
    one_decimal(rate)?;
    one_decimal(eta)?;
    if parts.next().is_some() {
        return None;
    }
    Some((done.parse().ok()?, total.parse().ok()?))
}

#[test]
fn progress_lines_have_the_expected_form_and_count_up() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "200"]);
    let ended = world.succeed(&["run", "suppliers.yaml"]);
    let lines: Vec<(u64, u64)> = ended.stderr.lines().filter_map(parts).collect();
    assert!(!lines.is_empty(), "{ended:?}");
    assert!(lines.iter().all(|(_, total)| *total == 2_500), "{lines:?}");
    assert!(lines.windows(2).all(|pair| pair[0].0 < pair[1].0), "{lines:?}");
    assert!(lines[0].0 > 0, "{lines:?}");
    assert_eq!(lines.last(), Some(&(2_500, 2_500)), "the last line is that of the last epoch");
    let others: Vec<&str> = ended.stderr.lines().filter(|line| parts(line).is_none()).collect();
    assert_eq!(others.len(), 1, "besides, only what the run starts from: {others:?}");
    assert!(others[0].starts_with("[pipeline] suppliers: about 2500 rows, 200 done by earlier runs"), "{others:?}");
}

#[test]
fn json_progress_is_complete_and_the_log_has_every_line() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "200", "--log", "run.log"]);
    let ended = world.succeed(&["run", "suppliers.yaml", "--progress", "json", "--log", "run.log"]);
    let events: Vec<serde_json::Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let last = of("progress").last().copied().unwrap().clone();
    assert_eq!((&last["done"], &last["total"], &last["resumed"]), (&2_500.into(), &2_500.into(), &200.into()));
    assert_eq!((&last["committed"], &last["failed"], &last["in_flight"]), (&2_300.into(), &0.into(), &0.into()));
    assert!(last["rate"].as_f64().unwrap() > 0.0 && last["eta_s"] == 0.0, "{last}");
    assert_eq!((of("end").len(), &of("end")[0]["status"]), (1, &"complete".into()));
    assert!(of("message").iter().any(|event| event["text"].as_str().unwrap().contains("200 done by earlier runs")));
    let log = String::from_utf8(world.read("run.log")).unwrap();
    assert!(log.lines().all(|line| line.as_bytes()[10] == b'T' && line.as_bytes()[19] == b'Z'), "{log}");
    for words in ["[pipeline] 200/2500 | rate=", "[pipeline] 2500/2500 | rate=", "Z matched ", "Z this run: 2300 rows"]
    {
        assert_eq!(log.matches(words).count(), if words == "Z matched " { 2 } else { 1 }, "{words}: {log}");
    }
    let refused = world.run(&["run", "suppliers.yaml", "--log", "suppliers.yaml/run.log"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert!(refused.stderr.contains("suppliers.yaml/run.log"), "{refused:?}");
    let silent = world.succeed(&["run", "suppliers.yaml", "--progress", "none", "--set", "sink.checkpoint=new.duckdb"]);
    assert!(silent.stderr.lines().all(|line| parts(line).is_none()), "{silent:?}");
}

#[test]
fn results_go_to_standard_output_and_progress_does_not() {
    let world = World::sample();
    let ended = world.succeed(&["run", "suppliers.yaml", "--limit", "100"]);
    assert!(!ended.stdout.contains("[pipeline]"), "{ended:?}");
    assert!(ended.stdout.starts_with("matched "), "{ended:?}");
    assert!(!(ended.stdout + &ended.stderr).contains('\u{1b}'), "no colours off a terminal");
}

#[test]
fn a_run_reports_its_times_and_writes_one_trace() {
    let world = World::sample();
    let ended = world.succeed(&["run", "suppliers.yaml", "--limit", "300", "--trace", "trace.json"]);
    let row = |stage: &str| {
        let line = ended.stderr.lines().find(|line| line.starts_with(stage)).unwrap_or_else(|| panic!("{ended:?}"));
        let rows = line.trim_start_matches(stage).split_whitespace().next().unwrap().replace(',', "");
        rows.parse::<u64>().unwrap_or_else(|_| panic!("{line}"))
    };
    assert_eq!((row("read suppliers"), row("CLEAN"), row("commit")), (300, 300, 300));
    assert_eq!(row("read registry"), row("clean registry"));
    assert!(row("BROAD ") < 300, "rows settled before do not reach the last search");
    assert!(ended.stderr.lines().any(|line| line.starts_with("busy: ")), "{ended:?}");

    let trace: serde_json::Value = serde_json::from_slice(&world.read("trace.json")).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let named = |name: &'static str| events.iter().filter(move |event| event["name"] == name);
    let committed: u64 = named("commit").map(|event| event["args"]["rows"].as_u64().unwrap()).sum();
    assert_eq!(committed, 300);
    let threads: Vec<&str> = named("thread_name").map(|event| event["args"]["name"].as_str().unwrap()).collect();
    for thread in ["commit", "read suppliers", "read registry", "score-0"] {
        assert!(threads.contains(&thread), "{threads:?}");
    }

    let ended = world.succeed(&["run", "suppliers.yaml", "--limit", "200", "--progress", "json"]);
    let mut events = ended.stderr.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let end = events.rfind(|event| event["event"] == "end").unwrap();
    let stages = end["stages"].as_array().unwrap();
    let commit = stages.iter().find(|stage| stage["stage"] == "commit").unwrap();
    assert_eq!(commit["rows"], 200);
    assert!(stages.iter().all(|stage| stage["busy_s"].as_f64().unwrap() >= 0.0), "{end}");
    assert!(end["memory_peak_mib"].is_null() || end["memory_peak_mib"].as_f64().unwrap() > 1.0, "{end}");

    let refused = world.run(&["run", "suppliers.yaml", "--trace", "suppliers.yaml/trace.json"]);
    assert_eq!(refused.code, Some(64), "said before anything is done: {refused:?}");
}
