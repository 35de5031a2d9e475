//! Whole runs that ask a mock server: rows in flight, commits, schedules, progress, a raised limit.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use matchflow_mock_server::{Behaviour, Latency, MockServer, Responder, agreement_chat};

use crate::arbiters::{CHECKPOINT, CSV, judge, world};
use crate::support::Running;
use crate::tables::count;

/// A mock server that runs a hook before it answers.
fn judge_after(before: impl Fn(&str) + Send + Sync + 'static) -> MockServer {
    let judge = agreement_chat();
    let responder: Responder = Arc::new(move |received| {
        before(&String::from_utf8_lossy(&received.body));
        judge(received)
    });
    MockServer::start(Behaviour::default(), responder).unwrap()
}

/// Exactly as many requests as rows allowed in flight are open at the same time.
#[test]
fn hundreds_of_rows_are_in_flight_and_no_more_than_allowed() {
    const IN_FLIGHT: usize = 200;
    let (open, all) = (AtomicUsize::new(0), Barrier::new(IN_FLIGHT));
    // The first requests are answered once all of them have arrived.
    let server = judge_after(move |_| {
        if open.fetch_add(1, Ordering::Relaxed) < IN_FLIGHT {
            all.wait();
        }
    });
    let world = world(600, &server, "llm-arbiter", "      concurrency: 1000\n");
    let ended = world.succeed(&["run", "asked.yaml", "--set", "execution.chunk=1"]);
    assert_eq!(ended.after("this run: "), 600, "{ended:?}");
    assert_eq!((server.log().in_flight_max(), server.log().requests()), (IN_FLIGHT, 600));
}

/// A row whose answer is missing delays only its own commit.
#[test]
fn a_stuck_request_delays_no_commit_of_other_rows() {
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let server = judge_after(move |body| {
        if body.contains("\"101 rue B") || body.contains("\\\"101 rue B") {
            let _ = gate.lock().unwrap().recv();
        }
    });
    let world = world(201, &server, "llm-arbiter", "");
    let mut run = world.start(&["run", "asked.yaml"]);
    run.wait_for_line(|line| line.starts_with("[pipeline] 200/"));
    assert_eq!(server.log().in_flight(), 1);
    open.send(()).unwrap();
    let ended = run.end();
    assert_eq!((ended.code, ended.after("this run: ")), (Some(0), 201), "{ended:?}");
}

#[test]
fn results_depend_neither_on_the_schedule_nor_on_the_order_of_answers() {
    let mut results = Vec::new();
    let ways = [
        ("1", "1", "1", "unordered"),
        ("2", "8", "200", "unordered"),
        ("4", "3", "30", "chunked"),
        ("2", "7", "9", "chunked"),
    ];
    for (seed, (workers, chunk, in_flight, schedule)) in ways.into_iter().enumerate() {
        let latency = Latency::LogNormal { median: Duration::from_millis(2), sigma: 1.0 };
        let server = judge(Behaviour { seed: seed as u64, latency, ..Behaviour::default() });
        let world = world(60, &server, "llm-arbiter", "");
        let set = [
            format!("execution.chunk={chunk}"),
            format!("execution.in_flight={in_flight}"),
            format!("execution.schedule={schedule}"),
        ];
        let set = set.iter().flat_map(|set| ["--set", set]);
        world.succeed(&["run", "asked.yaml", "-w", workers].into_iter().chain(set).collect::<Vec<_>>());
        results.push(world.read(CSV));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn json_events_report_requests_and_cost_of_arbiters() {
    let server = judge(Behaviour::default());
    let world = world(40, &server, "llm-arbiter", "      prices: { request: 0.5 }\n");
    let ended = world.succeed(&["run", "asked.yaml", "--progress", "json"]);
    let mut events = ended.stderr.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let last = events.rfind(|event| event["event"] == "progress").unwrap();
    let told = serde_json::json!({ "in_flight": 0, "waiting": 0, "answered": 40, "failed": 0 });
    assert_eq!((&last["requests"], &last["cost"]), (&told, &20.0.into()), "{last}");
}

#[test]
fn a_higher_limit_on_the_cost_asks_about_the_rows_left_out() {
    let server = judge(Behaviour::default());
    let limit = "      prices: { request: 1 }\n      max_cost: 10\n      concurrency: 1\n";
    let world = world(30, &server, "llm-arbiter", limit);
    let review = "SELECT count(*) FROM latest WHERE reason LIKE '%arbiter_not_called%'";
    let first = world.succeed(&["run", "asked.yaml"]);
    assert_eq!((server.log().requests(), count(&world, CHECKPOINT, review)), (10, 20), "{first:?}");
    let same = world.succeed(&["run", "asked.yaml"]);
    assert_eq!((same.before(" skipped"), server.log().requests()), (30, 10), "nothing is left to spend: {same:?}");
    let raised = world.succeed(&["run", "asked.yaml", "--set", "stages.ARBITRATE.max_cost=15"]);
    assert!(
        raised.stderr.contains("retrying 20 rows that were skipped because `max_cost` had been reached"),
        "{raised:?}"
    );
    assert!(!raised.stderr.contains("decided before these changed"), "{raised:?}");
    assert_eq!((raised.before(" skipped"), raised.after("this run: ")), (10, 20), "{raised:?}");
    assert_eq!((server.log().requests(), count(&world, CHECKPOINT, review)), (15, 15));
    let unlimited = world.succeed(&["run", "asked.yaml", "--set", "stages.ARBITRATE.max_cost=1000"]);
    assert_eq!((server.log().requests(), count(&world, CHECKPOINT, review)), (30, 0), "{unlimited:?}");
    assert_eq!(world.succeed(&["run", "asked.yaml"]).before(" skipped"), 30);
}

/// A signal ends a run while an arbiter's plug-in, request or recording is slow, and commits what is finished.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_with_unresponsive_arbiters() {
    for place in ["arbiter thread:3", "http:3", "record an answer:3", "arbitrate:3"] {
        let server = judge(Behaviour::default());
        let world = world(12, &server, "llm-arbiter", "");
        let set = ["--set", "execution.chunk=1", "--set", "execution.in_flight=2"];
        let run = world.start_paused(place, &[&["run", "asked.yaml"][..], &set].concat());
        run.signal("TERM");
        // The gate stays closed.
        let ended = run.end();
        assert_eq!(ended.code, Some(130), "{place}: {ended:?}");
        assert!(count(&world, CHECKPOINT, "SELECT count(*) FROM results") > 0, "{place}: {ended:?}");
    }
}

/// Answers are written while earlier ones are still being synced; a kill then loses none of them.
#[cfg(unix)]
#[test]
fn answers_are_written_while_others_are_synced() {
    let server = judge(Behaviour::default());
    let world = world(300, &server, "llm-arbiter", "");
    // A single epoch, so its line is not delayed.
    let arguments = ["run", "asked.yaml", "--limit", "250", "--set", "sink.batch_size=250"];
    let mut command = world.command(&arguments);
    command.env("MATCHFLOW_FAULT", "pause@sync answers").env("MATCHFLOW_FAULT_GATE", world.path("gate"));
    let mut run = Running::of(command);
    // A fast machine has answered all of them before the first sync is due.
    let (paused, done) = (Cell::new(false), Cell::new(false));
    run.wait_for_line(|line| {
        paused.set(paused.get() || line.contains("paused at"));
        done.set(done.get() || line.starts_with("[pipeline] 250/"));
        paused.get() && done.get()
    });
    run.kill();
    let resumed = world.succeed(&["run", "asked.yaml"]);
    assert!(resumed.stderr.contains("250 recorded answers in"), "{resumed:?}");
    assert_eq!((server.log().requests(), server.log().repeats().len()), (300, 0));
}
