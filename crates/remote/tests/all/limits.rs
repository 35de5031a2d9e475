//! Concurrency, rate, cost, and equal requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::common::{ask, ask_all, faulty, live, plan, request, server, settings};
use matchflow_mock_server::{Behaviour, Faults, Latency, MockServer, Responder, chat, json};
use matchflow_model::plan::Rate;
use matchflow_model::request_failure::{RequestFailure, RequestRule};
use matchflow_remote::{Fixtures, Remote, Settings, Source};

fn slow(ms: u64) -> Behaviour {
    Behaviour { latency: Latency::Fixed(Duration::from_millis(ms)), ..Behaviour::default() }
}

/// A server that repeatedly answers only once this number of requests is open.
fn together(requests: usize) -> MockServer {
    let barrier = Barrier::new(requests);
    let responder: Responder = chat(move |_| {
        barrier.wait();
        String::new()
    });
    MockServer::start(Behaviour::default(), responder).unwrap()
}

#[test]
fn concurrency_is_limited_per_host() {
    let server = together(5);
    let mut plan = plan(&server);
    plan.hosts[0].in_flight_max = 5;
    let remote = live(plan);
    let requests = (0..40).map(|number| request(&server, &format!("row {number}"))).collect();
    assert_eq!(ask_all(&remote, requests).iter().take(40).filter(|(_, outcome)| outcome.is_ok()).count(), 40);
    assert_eq!(server.log().in_flight_max(), 5);
}

#[test]
fn hundreds_of_requests_are_concurrently_open() {
    let server = together(300);
    let mut plan = plan(&server);
    plan.hosts[0].in_flight_max = 300;
    let remote = live(plan);
    let requests = (0..300).map(|number| request(&server, &format!("row {number}"))).collect();
    assert_eq!(ask_all(&remote, requests).iter().take(300).filter(|(_, outcome)| outcome.is_ok()).count(), 300);
    assert_eq!(server.log().in_flight_max(), 300);
}

#[test]
fn requests_start_no_faster_than_the_rate() {
    let server = faulty(Faults::default());
    let mut plan = plan(&server);
    plan.hosts[0].rate = Some(Rate { requests: 50, period_ms: 1_000 });
    let remote = live(plan);
    let began = Instant::now();
    let requests = (0..26).map(|number| request(&server, &format!("row {number}"))).collect();
    assert_eq!(ask_all(&remote, requests).iter().take(26).filter(|(_, outcome)| outcome.is_ok()).count(), 26);
    assert!(began.elapsed() >= Duration::from_millis(495), "26 in {:?}", began.elapsed());
}

#[test]
fn equal_requests_are_sent_once() {
    let (server, _) = server(slow(50));
    let remote = live(plan(&server));
    let requests = (0..30).map(|number| request(&server, &format!("row {}", number % 3))).collect();
    let outcomes: Vec<_> = ask_all(&remote, requests).iter().take(30).map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!((outcomes.len(), server.log().requests()), (30, 3));
    let paid = outcomes.iter().filter(|answer| answer.cost > 0.0).count();
    assert_eq!((paid, remote.counters().answered(), remote.counters().recorded()), (3, 3, 27));
}

#[test]
fn tokens_and_cost_are_counted_from_the_answers() {
    let server = faulty(Faults::default());
    let remote = live(plan(&server));
    // The mock server counts one token for every four bytes; a token costs 1.
    let answer = ask(&remote, request(&server, "twelve bytes")).unwrap();
    assert_eq!((answer.usage.input, answer.cost), (3, 3.0));
    ask(&remote, request(&server, "four")).unwrap();
    let (input, output) = remote.counters().tokens();
    assert_eq!((input, remote.counters().cost()), (4, 4.0));
    assert!(output > 0);
}

#[test]
fn nothing_is_sent_once_the_cost_limit_is_reached() {
    let server = faulty(Faults::default());
    let mut settings = settings(plan(&server), Source::Live(None));
    settings.cost_max = Some(10.0);
    let remote = Remote::start(settings).unwrap();
    let outcomes: Vec<_> = (0..20).map(|number| ask(&remote, request(&server, &format!("row {number:>4}")))).collect();
    // Eight bytes are two tokens: five answers cost 10.
    let asked = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((asked, server.log().requests(), remote.counters().over_budget()), (5, 5, 15));
    let error = outcomes[19].as_ref().unwrap_err();
    assert!(matches!(error.cause, RequestFailure::CostLimit { .. }) && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains("the answers so far cost 10.0000, and `max_cost` is 10"), "{error}");
}

#[test]
fn hosts_not_in_the_plan_are_never_contacted() {
    let (server, other) = (faulty(Faults::default()), faulty(Faults::default()));
    let remote = live(plan(&server));
    let error = ask(&remote, request(&other, "one")).unwrap_err();
    assert!(matches!(&error.cause, RequestFailure::Refused { rule: RequestRule::UnknownHost { .. } }), "{error}");
    let mut get = request(&server, "");
    get.method = "GET".to_owned();
    assert!(matches!(ask(&remote, get).unwrap_err().cause, RequestFailure::Refused { .. }));
    assert_eq!((server.log().requests(), other.log().requests()), (0, 0));
}

#[test]
fn an_ending_run_sends_no_new_requests() {
    let stop = Arc::new(AtomicBool::new(false));
    let (stopping, stopped) = (Arc::clone(&stop), Arc::clone(&stop));
    // The run ends when the first attempt has failed.
    let responder: Responder = Arc::new(move |_| {
        stopping.store(true, Ordering::Release);
        json(500, &serde_json::json!({}))
    });
    let server = MockServer::start(Behaviour::default(), responder).unwrap();
    let settings = Settings {
        stopped: Arc::new(move || stopped.load(Ordering::Acquire)),
        ..settings(plan(&server), Source::Live(None))
    };
    let remote = Remote::start(settings).unwrap();
    for body in ["one", "two"] {
        assert_eq!(ask(&remote, request(&server, body)).unwrap_err().cause, RequestFailure::Stopped);
    }
    assert_eq!(server.log().requests(), 1);
}

#[test]
fn fixtures_replace_the_network() {
    let server = faulty(Faults::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixtures.json");
    let recording = Fixtures::open(&path, true).unwrap();
    let remote = Remote::start(settings(plan(&server), Source::Record(recording.clone()))).unwrap();
    let answer = ask(&remote, request(&server, "one")).unwrap();
    ask(&remote, request(&server, "one")).unwrap();
    assert_eq!((recording.save().unwrap(), server.log().requests()), (1, 1));
    let written = std::fs::read_to_string(&path).unwrap();
    let plan = plan(&server);
    let request = |body: &str| request(&server, body);
    let (one, two) = (request("one"), request("another one"));
    drop(remote);
    drop(server);
    let replay = Fixtures::open(&path, false).unwrap();
    let remote = Remote::start(settings(plan, Source::Replay(replay))).unwrap();
    assert_eq!(ask(&remote, one).unwrap().body.len(), answer.body.len());
    let error = ask(&remote, two).unwrap_err().to_string();
    assert!(error.contains("another one") && error.contains("fixtures.json") && error.contains("--record"), "{error}");
    assert!(!written.contains("sk-") && !written.contains("text/plain"), "{written}");
}
