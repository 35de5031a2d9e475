//! A client with a mock server.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use matchflow_mock_server::{Behaviour, Faults, MockServer, ReceivedRequest, Responder, chat};
use matchflow_model::plan::{HostPlan, Prices, RemotePlan};
use matchflow_remote::{Answer, AskError, Counters, Remote, Request, Secrets, Settings, Source};

pub(crate) type Outcome = Result<Answer, AskError>;

/// A server that answers `echo` and the body, and the requests it received.
pub(crate) fn server(behaviour: Behaviour) -> (MockServer, Arc<Mutex<Vec<ReceivedRequest>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let responder: Responder = chat(move |received| {
        notes.lock().unwrap().push(received.clone());
        format!("echo {}", String::from_utf8_lossy(&received.body))
    });
    (MockServer::start(behaviour, responder).unwrap(), seen)
}

pub(crate) fn faulty(faults: Faults) -> MockServer {
    server(Behaviour { faults, ..Behaviour::default() }).0
}

/// A plan that allows POST to the server.
pub(crate) fn plan(server: &MockServer) -> RemotePlan {
    let host = HostPlan {
        name: "127.0.0.1".to_owned(),
        port: Some(server.address().port()),
        methods: vec!["POST".to_owned()],
        private: true,
        secrets: vec!["KEY".to_owned()],
        in_flight_max: 64,
        rate: None,
    };
    RemotePlan {
        hosts: vec![host],
        timeout_ms: 20_000,
        deadline_ms: 30_000,
        tries_max: 4,
        response_bytes_max: 1 << 20,
        prices: Prices { input: 1e6, cached_input: None, output: 0.0, request: 0.0 },
        fixtures: None,
    }
}

pub(crate) fn settings(plan: RemotePlan, source: Source) -> Settings {
    Settings {
        stage: "ASK".to_owned(),
        plan,
        cost_max: None,
        secrets: Secrets::read(["KEY"], |_| Some("sk-0123456789".to_owned())).unwrap(),
        source,
        counters: Arc::new(Counters::default()),
        stopped: Arc::new(|| false),
    }
}

pub(crate) fn live(plan: RemotePlan) -> Remote {
    Remote::start(settings(plan, Source::Live(None))).unwrap()
}

pub(crate) fn request(server: &MockServer, body: &str) -> Request {
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    Request { method: "POST".to_owned(), url: server.url("/v1"), headers, body: body.as_bytes().to_vec() }
}

/// Sends all requests concurrently; returns the outcomes in order of completion, with the number of their request.
pub(crate) fn ask_all(remote: &Remote, requests: Vec<Request>) -> Receiver<(usize, Outcome)> {
    let (send, outcomes) = channel();
    for (number, request) in requests.into_iter().enumerate() {
        let send = send.clone();
        remote.ask(request, Box::new(move |outcome| send.send((number, outcome)).unwrap()));
    }
    outcomes
}

pub(crate) fn ask(remote: &Remote, request: Request) -> Outcome {
    ask_all(remote, vec![request]).recv().unwrap().1
}

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
