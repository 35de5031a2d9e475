//! Misbehaving clients do not keep others from their answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use matchflow_testkit::http_client::HttpClient;
use serde_json::{Value, json};

use crate::common::{TestServer, json};

const ROWS: &str = r#"{"rows": [{"Nom": "garage des alpes"}]}"#;

#[test]
fn endless_headers_close_only_their_connection() {
    let server = TestServer::with(|options| options.limits.header_timeout = Duration::from_millis(100));
    let mut slow = server.client();
    slow.send_bytes(b"POST /v1/companies/match HTTP/1.1\r\nHost: x\r\nX-A: ");
    assert_eq!(server.post("/v1/companies/match", &serde_json::from_str(ROWS).unwrap()).status, 200);
    // Closed without an answer, or with one that gives the reason.
    let answer = slow.answer("POST");
    assert!(answer.is_none_or(|answer| answer.status == 408));
    assert!(slow.is_closed());
}

#[test]
fn a_body_that_never_ends_has_a_deadline() {
    let server = TestServer::with(|options| options.limits.deadline = Duration::from_millis(100));
    let mut slow = server.client();
    slow.send_bytes(b"POST /v1/companies/match HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"rows\"");
    let answer = slow.answer("POST").unwrap();
    assert!([408, 504].contains(&answer.status), "{answer:?}");
}

#[test]
fn idle_connections_make_room_for_new_ones() {
    let server = TestServer::with(|options| options.limits.connections_max = 3);
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..50 {
        idle.push(TcpStream::connect(server.address).unwrap());
        assert_eq!(server.get("/healthz").status, 200);
    }
    let metrics = server.get("/metrics");
    let closed = metrics.text().lines().find(|line| line.starts_with("matchflow_closed_connections_total")).unwrap();
    assert!(closed.rsplit(' ').next().unwrap().parse::<u64>().unwrap() >= 45, "{closed}");
    // The first of them was closed by the server.
    let mut byte = [0];
    assert!(idle[0].read(&mut byte).is_ok_and(|read| read == 0));
}

#[test]
fn any_bytes_get_an_answer_or_a_closed_connection() {
    let server = TestServer::start();
    let post = |body: &str| {
        format!("POST /v1/companies/match HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let mut inputs: Vec<Vec<u8>> = vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\n\r\n\r\n\r\n".to_vec(),
        b"POST /v1/companies/match HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n".to_vec(),
        b"POST /v1/companies/match HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef".to_vec(),
        b"POST /v1/companies/match HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n".to_vec(),
        post(&format!("{{\"rows\": {}1{}}}", "[".repeat(500), "]".repeat(500))).into_bytes(),
        post(&"\0".repeat(1_000)).into_bytes(),
        [b"GET /".to_vec(), vec![b'a'; 1 << 20], b" HTTP/1.1\r\n\r\n".to_vec()].concat(),
        [b"GET / HTTP/1.1\r\n".to_vec(), b"A: b\r\n".repeat(5_000), b"\r\n".to_vec()].concat(),
    ];
    // A valid request with one byte changed, at every position.
    let good = post(ROWS).into_bytes();
    inputs.extend((0..good.len()).map(|place| {
        let mut bytes = good.clone();
        bytes[place] ^= 0x55;
        bytes
    }));
    for input in &inputs {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let _ = stream.write_all(input);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert_eq!(server.post("/v1/companies/match", &serde_json::from_str(ROWS).unwrap()).status, 200);
    assert!(!server.get("/metrics").text().contains("garage"));
}

#[test]
fn a_request_beyond_the_limits_is_refused_whatever_its_headers_declare() {
    let server = TestServer::with(|options| {
        options.limits.body_bytes_max = 1_000;
        options.limits.rows_max = 2;
    });
    let long = json!({ "rows": [{ "Nom": "a".repeat(2_000) }] });
    assert_eq!(server.post("/v1/companies/match", &long).status, 413);
    let mut chunked = server.client();
    chunked.send_bytes(b"POST /v1/companies/match HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..20 {
        chunked.send_bytes(b"64\r\n");
        chunked.send_bytes(&[b' '; 100]);
        chunked.send_bytes(b"\r\n");
    }
    assert_eq!(chunked.answer("POST").unwrap().status, 413);
    let rows = |count: usize| json!({ "rows": vec![json!({ "Nom": "a" }); count] });
    assert_eq!(server.post("/v1/companies/match", &rows(3)).status, 413);
    assert_eq!(server.post("/v1/companies/match", &rows(2)).status, 200);
}

#[test]
fn accepted_requests_are_answered_after_a_stop() {
    let server = TestServer::start();
    let mut client = server.client();
    let head = format!(
        "POST /v1/companies/match HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        ROWS.len()
    );
    client.send_bytes(head.as_bytes());
    // The server waits for the body: the request is in progress.
    assert_eq!(client.answer("POST").unwrap().status, 100);
    server.handle.stop();
    client.send_bytes(ROWS.as_bytes());
    let answer = client.answer("POST").unwrap();
    assert_eq!(json(&answer)["results"][0]["id"], "10000000200001");
    assert!(client.is_closed());
    let address = server.address;
    assert!(server.wait(), "all requests were answered");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn no_request_fails_while_the_pipelines_are_reloaded() {
    let server = TestServer::start();
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| (0..20).filter(|_| server.handle.load().is_ok()).count());
        let mut client: HttpClient = server.client();
        for _ in 0..200 {
            assert_eq!(client.request("POST", "/v1/companies/match", &[], ROWS.as_bytes()).status, 200);
        }
        assert_eq!(loading.join().unwrap(), 20);
    });
    let ready: Value = json(&server.get("/readyz"));
    assert_eq!(ready["pipelines"][0], json!({ "name": "companies", "entries": 5 }));
}
