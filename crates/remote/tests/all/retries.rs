//! Failures of requests, and their consequences.

use matchflow_model::request_failure::RequestFailure;
use std::time::Duration;

use crate::common::{ask, ask_all, faulty, live, plan, request, server, text};
use matchflow_mock_server::{Behaviour, Faults, Latency};
use matchflow_model::plan::RemotePlan;

#[test]
fn a_server_error_is_retried() {
    let server = faulty(Faults { server_error: 1.0, tries: 2, ..Faults::default() });
    let remote = live(plan(&server));
    let answer = ask(&remote, request(&server, "one")).unwrap();
    assert_eq!((answer.status, answer.tries, server.log().requests()), (200, 3, 3));
    assert!(text(&answer).contains("echo one"));
    assert_eq!((remote.counters().tries(), remote.counters().answered(), remote.counters().failed()), (3, 1, 0));
}

#[test]
fn a_closed_connection_and_a_truncated_body_are_retried() {
    let server = faulty(Faults { cut: 1.0, tries: 1, ..Faults::default() });
    let answer = ask(&live(plan(&server)), request(&server, "one")).unwrap();
    assert_eq!((answer.status, answer.tries), (200, 2));
    let always = faulty(Faults { cut: 1.0, ..Faults::default() });
    let error = ask(&live(RemotePlan { tries_max: 2, ..plan(&always) }), request(&always, "one")).unwrap_err();
    assert!(
        matches!(error.cause, RequestFailure::Connection { .. }) && error.tries == 2 && error.is_retryable(),
        "{error}"
    );
    assert!(error.to_string().starts_with(&always.address().to_string()), "{error}");
}

#[test]
fn an_unreachable_host_is_named() {
    let server = faulty(Faults::default());
    let (plan, request) = (RemotePlan { tries_max: 1, ..plan(&server) }, request(&server, "one"));
    let address = server.address().to_string();
    drop(server);
    let error = ask(&live(plan), request).unwrap_err();
    let message = error.to_string();
    assert!(message.contains(&address) && message.contains("refused") && message.contains("1 try"), "{message}");
}

#[test]
fn retry_after_applies_to_the_whole_host() {
    let retry_after = Duration::from_secs(1);
    let faults = Faults { too_many: 0.5, retry_after, tries: 1, ..Faults::default() };
    let server = faulty(faults);
    let remote = live(plan(&server));
    let requests = (0..20).map(|number| request(&server, &format!("row {number}"))).collect();
    let outcomes: Vec<_> = ask_all(&remote, requests).iter().take(20).collect();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()), "{outcomes:?}");
    let exchanges = server.log().exchanges();
    let refused: Vec<_> = exchanges.iter().filter(|exchange| exchange.status == 429).collect();
    assert!((3..18).contains(&refused.len()), "{} of 20 were refused", refused.len());
    for exchange in &refused {
        let again = exchanges.iter().find(|later| later.body_digest == exchange.body_digest && later.tried == 1);
        let pause = again.unwrap().received - exchange.answered.unwrap();
        assert!(pause >= Duration::from_millis(990), "it came back after {pause:?}");
    }
}

#[test]
fn a_pause_beyond_the_deadline_is_not_waited_for() {
    let retry_after = Duration::from_secs(3600);
    let server = faulty(Faults { too_many: 1.0, retry_after, ..Faults::default() });
    let error = ask(&live(plan(&server)), request(&server, "one")).unwrap_err();
    assert!(
        matches!(&error.cause, RequestFailure::RetryTooLate { last, .. } if last.to_string().contains("429")),
        "{error}"
    );
    assert!(error.is_retryable() && error.tries == 1);
}

#[test]
fn very_long_requested_pauses_are_reported() {
    let retry_after = Duration::from_secs(10_000_000_000_000_000_000);
    let server = faulty(Faults { too_many: 1.0, retry_after, ..Faults::default() });
    let error = ask(&live(plan(&server)), request(&server, "one")).unwrap_err();
    assert!(
        matches!(&error.cause, RequestFailure::RetryTooLate { last, .. } if last.to_string().contains("429")),
        "{error}"
    );
}

#[test]
fn requests_do_not_wait_for_a_host_that_is_paused_for_longer_than_their_deadline() {
    let retry_after = Duration::from_secs(86_400);
    for tries_max in [1, 4] {
        let server = faulty(Faults { too_many: 1.0, retry_after, ..Faults::default() });
        let remote = live(RemotePlan { tries_max, ..plan(&server) });
        ask(&remote, request(&server, "one")).unwrap_err();
        let requests = (0..100).map(|number| request(&server, &format!("row {number}"))).collect();
        for (_, outcome) in ask_all(&remote, requests).iter().take(100) {
            let error = outcome.unwrap_err();
            let said = "no answer within 30000 ms: the host requested a pause of another 86";
            assert!(error.is_retryable() && error.tries == 0 && error.to_string().contains(said), "{error}");
        }
        assert_eq!((server.log().requests(), remote.counters().failed()), (1, 101));
    }
}

#[test]
fn all_attempts_share_one_deadline() {
    let server = faulty(Faults { server_error: 1.0, ..Faults::default() });
    let plan = RemotePlan { tries_max: 1000, deadline_ms: 2_000, ..plan(&server) };
    let error = ask(&live(plan), request(&server, "one")).unwrap_err();
    assert!(
        matches!(
            error.cause,
            RequestFailure::Deadline { deadline_ms: 2_000, .. }
                | RequestFailure::RetryTooLate { deadline_ms: 2_000, .. }
        ),
        "{error}"
    );
    assert!(error.tries < 1000 && server.log().requests() <= error.tries as usize, "{error}");
}

#[test]
fn a_hanging_attempt_times_out_and_is_retried() {
    let stuck = Some(("stuck".to_owned(), Duration::from_secs(3600)));
    let (server, _) = server(Behaviour { stuck, ..Behaviour::default() });
    let plan = RemotePlan { timeout_ms: 100, tries_max: 2, ..plan(&server) };
    let error = ask(&live(plan), request(&server, "stuck row")).unwrap_err();
    // On a slow machine, an attempt may not even have connected.
    assert!(error.to_string().contains("no response within 100 ms (2 tries)"), "{error}");
}

#[test]
fn a_slow_body_is_waited_for_up_to_the_limit() {
    let slow_body_time = Duration::from_millis(300);
    let server = faulty(Faults { slow_body: 1.0, slow_body_time, ..Faults::default() });
    assert!(text(&ask(&live(plan(&server)), request(&server, "one")).unwrap()).contains("echo one"));
    let brief = RemotePlan { timeout_ms: 50, tries_max: 1, ..plan(&server) };
    assert!(ask(&live(brief), request(&server, "two")).is_err());
}

#[test]
fn client_errors_are_not_retried() {
    let server = matchflow_mock_server::MockServer::start(
        Behaviour::default(),
        std::sync::Arc::new(|_| {
            matchflow_mock_server::json(404, &serde_json::json!({"error": {"message": "no model `small`"}}))
        }),
    )
    .unwrap();
    let error = ask(&live(plan(&server)), request(&server, "one")).unwrap_err();
    assert!(!error.is_retryable() && error.tries == 1 && server.log().requests() == 1);
    assert!(error.to_string().contains("answered 404") && error.to_string().contains("no model `small`"), "{error}");
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = faulty(Faults::default());
    let target = Box::leak(elsewhere.url("/").into_boxed_str());
    let server = faulty(Faults { redirect: 1.0, redirect_to: target, ..Faults::default() });
    let error = ask(&live(plan(&server)), request(&server, "one")).unwrap_err();
    assert!(error.to_string().contains("answered 302: redirects are not followed"), "{error}");
    assert_eq!((elsewhere.log().requests(), server.log().requests()), (0, 1));
}

#[test]
fn an_answer_that_is_too_large_is_refused() {
    let server = faulty(Faults::default());
    let plan = RemotePlan { response_bytes_max: 100, ..plan(&server) };
    let error = ask(&live(plan), request(&server, "one")).unwrap_err();
    assert!(matches!(error.cause, RequestFailure::TooLarge { bytes_max: 100 }) && !error.is_retryable(), "{error}");
}

#[test]
fn a_slow_answer_does_not_delay_others() {
    let stuck = Some(("stuck".to_owned(), Duration::from_secs(3600)));
    let latency = Latency::Uniform { from: Duration::from_millis(1), to: Duration::from_millis(20) };
    let (server, _) = server(Behaviour { stuck, latency, ..Behaviour::default() });
    let remote = live(plan(&server));
    let mut requests = vec![request(&server, "stuck row")];
    requests.extend((0..200).map(|number| request(&server, &format!("row {number}"))));
    let outcomes = ask_all(&remote, requests);
    let done: Vec<usize> =
        outcomes.iter().take(200).map(|(number, outcome)| outcome.map(|_| number).unwrap()).collect();
    assert!(!done.contains(&0));
    assert_ne!(done, (1..=200).collect::<Vec<_>>(), "answers come as they are ready");
    assert_eq!(remote.counters().in_flight(), 1);
}
