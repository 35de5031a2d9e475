//! Names that resolve differently on the second lookup: the resolver is fake, the sockets are real.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use matchflow_mock_server::{Behaviour, MockServer, chat};
use matchflow_model::plan::{HostPlan, Prices, RemotePlan};
use matchflow_model::request_failure::{RequestFailure, RequestRule};

use crate::client::{Remote, Settings, Source};
use crate::counters::Counters;
use crate::request::Request;
use crate::resolver::Lookup;
use crate::secrets::Secrets;

/// Returns these answers to successive lookups of a name, the last one forever.
fn looks(answers: Vec<Vec<IpAddr>>) -> (Lookup, Arc<Mutex<Vec<String>>>) {
    let (next, asked) = (AtomicUsize::new(0), Arc::new(Mutex::new(Vec::new())));
    let notes = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |name| {
        notes.lock().unwrap().push(name);
        let at = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        let found = answers[at].clone();
        Box::pin(async move { Ok(found) })
    });
    (lookup, asked)
}

fn remote(private: bool, port: u16, lookup: Lookup) -> Remote {
    let host = HostPlan {
        name: "service.example".to_owned(),
        port: Some(port),
        methods: vec!["POST".to_owned()],
        private,
        secrets: Vec::new(),
        in_flight_max: 4,
        rate: None,
    };
    let plan = RemotePlan {
        hosts: vec![host],
        timeout_ms: 2_000,
        deadline_ms: 3_000,
        tries_max: 3,
        response_bytes_max: 1 << 20,
        prices: Prices::default(),
        fixtures: None,
    };
    let settings = Settings {
        stage: "ASK".to_owned(),
        plan,
        cost_max: None,
        secrets: Secrets::default(),
        source: Source::Live(None),
        counters: Arc::new(Counters::default()),
        stopped: Arc::new(|| false),
    };
    Remote::start_with(settings, lookup).unwrap()
}

fn ask(remote: &Remote, scheme: &str, port: u16) -> Result<crate::Answer, crate::AskError> {
    let url = format!("{scheme}://service.example:{port}/v1");
    let request = Request { method: "POST".to_owned(), url, headers: Vec::new(), body: b"one".to_vec() };
    let (send, outcome) = channel();
    remote.ask(request, Box::new(move |outcome| send.send(outcome).unwrap()));
    outcome.recv().unwrap()
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_public_name_that_resolves_to_loopback_is_refused_on_connecting() {
    let server = MockServer::start(Behaviour::default(), chat(|_| String::new())).unwrap();
    let port = server.address().port();
    for home in [&["127.0.0.1"][..], &["1.1.1.1", "127.0.0.1"], &["::ffff:127.0.0.1"], &["169.254.169.254"]] {
        let (lookup, asked) = looks(vec![addresses(home)]);
        let error = ask(&remote(false, port, lookup), "https", port).unwrap_err();
        let refused = matches!(&error.cause, RequestFailure::Refused { rule: RequestRule::PrivateAddress { .. } });
        assert!(refused && error.tries == 1 && !error.is_retryable(), "{home:?}: {error}");
        assert_eq!(asked.lock().unwrap().len(), 1, "{home:?}");
    }
    assert_eq!(server.log().requests(), 0);
}

#[test]
fn each_connection_is_checked() {
    let server = MockServer::start(Behaviour::default(), chat(|_| String::new())).unwrap();
    let port = server.address().port();
    // The first lookup finds nothing, which is retried; at the second one, the name resolves to loopback.
    let (lookup, asked) = looks(vec![addresses(&[]), addresses(&["127.0.0.1"])]);
    let error = ask(&remote(false, port, lookup), "https", port).unwrap_err();
    assert!(matches!(&error.cause, RequestFailure::Refused { .. }), "{error}");
    assert_eq!((error.tries, asked.lock().unwrap().len(), server.log().requests()), (2, 2, 0));
}

#[test]
fn a_host_that_may_be_private_is_reached() {
    let server = MockServer::start(Behaviour::default(), chat(|_| String::new())).unwrap();
    let port = server.address().port();
    let (lookup, asked) = looks(vec![addresses(&["127.0.0.1"])]);
    let answer = ask(&remote(true, port, lookup), "http", port).unwrap();
    assert_eq!((answer.status, asked.lock().unwrap().as_slice()), (200, ["service.example".to_owned()].as_slice()));
}
