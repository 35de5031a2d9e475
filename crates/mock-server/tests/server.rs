//! The mock server over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use matchflow_mock_server::{Behaviour, Faults, Latency, MockServer, chat};

/// Sends `body` and reads until the server closes the connection or the answer is complete.
fn post(server: &MockServer, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head =
        format!("POST /v1/chat HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn with(faults: Faults) -> MockServer {
    let behaviour = Behaviour { faults, ..Behaviour::default() };
    MockServer::start(behaviour, chat(|received| format!("echo {}", String::from_utf8_lossy(&received.body)))).unwrap()
}

#[test]
fn it_answers_and_logs_requests() {
    let server = with(Faults::default());
    assert!(post(&server, "one").contains("echo one"));
    assert!(post(&server, "two").starts_with("HTTP/1.1 200"));
    assert!(post(&server, "one").contains("\"prompt_tokens\":1"));
    let log = server.log();
    assert_eq!((log.requests(), log.distinct(), log.repeats().len(), log.in_flight()), (3, 2, 1, 0));
    let (first, again) = log.repeats()[0];
    assert!(again > first);
}

#[test]
fn every_fault_has_its_effect() {
    let one = |faults| post(&with(faults), "body");
    let retry_after = Duration::from_secs(3);
    let too_many = one(Faults { too_many: 1.0, retry_after, ..Faults::default() });
    assert!(too_many.starts_with("HTTP/1.1 429") && too_many.contains("retry-after: 3\r\n"), "{too_many}");
    assert!(one(Faults { server_error: 1.0, ..Faults::default() }).starts_with("HTTP/1.1 500"));
    let redirect = one(Faults { redirect: 1.0, ..Faults::default() });
    assert!(redirect.starts_with("HTTP/1.1 302") && redirect.contains("location: http://"), "{redirect}");
    let whole = one(Faults::default());
    let cut = one(Faults { cut: 1.0, ..Faults::default() });
    assert!(cut.starts_with("HTTP/1.1 200") && cut.len() < whole.len(), "{cut}");
    assert!(whole.starts_with(&cut));
    let slow = one(Faults { slow_body: 1.0, slow_body_time: Duration::from_millis(20), ..Faults::default() });
    assert_eq!(slow, whole);
    let bad = one(Faults { bad_json: 1.0, ..Faults::default() });
    let (_, body) = bad.split_once("\r\n\r\n").unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(body).is_err(), "{body}");
    let once = with(Faults { server_error: 1.0, tries: 1, ..Faults::default() });
    assert!(post(&once, "body").starts_with("HTTP/1.1 500") && post(&once, "body").starts_with("HTTP/1.1 200"));
    assert_eq!(once.log().repeats().len(), 0, "a failed try is no answer");
}

#[test]
fn an_answer_to_a_disconnected_client_does_not_count() {
    let gone = Arc::new(Barrier::new(2));
    let told = Arc::clone(&gone);
    let responder = chat(move |_| {
        told.wait();
        String::new()
    });
    let server = MockServer::start(Behaviour::default(), responder).unwrap();
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n").unwrap();
    let log = server.log();
    while log.in_flight() == 0 {
        std::thread::yield_now();
    }
    drop(client);
    gone.wait();
    while log.in_flight() > 0 {
        std::thread::yield_now();
    }
    let exchange = &log.exchanges()[0];
    assert_eq!((exchange.status, exchange.answered), (0, None));
}

#[test]
fn a_dropped_server_does_not_wait_for_clients() {
    let latency = Latency::Fixed(Duration::from_secs(3600));
    let behaviour = Behaviour { latency, ..Behaviour::default() };
    let server = MockServer::start(behaviour, chat(|_| String::new())).unwrap();
    let mut stuck = TcpStream::connect(server.address()).unwrap();
    stuck.write_all(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n").unwrap();
    let log = server.log();
    while log.in_flight() == 0 {
        std::thread::yield_now();
    }
    let idle = TcpStream::connect(server.address()).unwrap();
    drop(server);
    let mut answer = Vec::new();
    let _ = stuck.read_to_end(&mut answer);
    assert!(answer.is_empty(), "{answer:?}");
    assert_eq!(log.exchanges()[0].answered, None);
    drop(idle);
}
