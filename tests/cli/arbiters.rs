//! Whole runs that ask a mock server about rows that the scores leave open.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use matchflow_mock_server::{Behaviour, Faults, MockServer, Responder, agreement_chat, agreement_webhook, json};

use crate::support::World;
use crate::tables::{Row, count, csv_rows};

pub(crate) const CHECKPOINT: &str = "out/asked.duckdb";
pub(crate) const CSV: &str = "out/asked.csv";
/// A secret that no file and no message may contain.
pub(crate) const SECRET: &str = "sk-not-to-be-seen-0123456789";

/// Two companies for each name; a row's address identifies one. Every seventh row has an unknown address.
pub(crate) fn world(rows: usize, server: &MockServer, arbiter: &str, more: &str) -> World {
    let mut world = World::empty();
    let (mut suppliers, mut registry) = ("Code,Nom,Adresse\n".to_owned(), "siret,siren,name,address\n".to_owned());
    for number in 0..rows {
        let address = if number % 7 == 3 { "elsewhere".to_owned() } else { format!("{} rue B", number + 1) };
        writeln!(suppliers, "F{number},TAXI {number},{address}").unwrap();
        for (street, letter) in ["A", "B"].iter().enumerate() {
            let siren = 100_000_000 + number * 2 + street;
            writeln!(registry, "{siren}00001,{siren},TAXI {number},{} rue {letter}", number + 1).unwrap();
        }
    }
    world.write("suppliers.csv", suppliers);
    world.write("registry.csv", registry);
    world.write("asked.yaml", pipeline(server, arbiter, more));
    world.set_variable("MOCK_KEY", SECRET);
    world
}

fn pipeline(server: &MockServer, arbiter: &str, more: &str) -> String {
    let url = server.url("/v1");
    let parameters = match arbiter {
        "llm-arbiter" => format!("{{ url: \"{url}\", model: mock, key: MOCK_KEY }}"),
        _ => format!("{{ url: \"{url}\", key: MOCK_KEY }}"),
    };
    format!(
        r#"name: asked
source: {{ csv: {{ path: suppliers.csv }}, id: Code, fields: {{ name: Nom, address: Adresse }} }}
reference:
  csv: {{ path: registry.csv }}
  id: siret
  group: siren
  fields: {{ name: name, address: address }}
stages:
  - candidates: {{ exact: {{ name: name }} }}
  - decide: {{ accept: 0.9, review: 0.5, margin: 0.1 }}
  - arbitrate:
      plugin: ../plugins/dist/{arbiter}.wasm
      parameters: {parameters}
      row: address
      hosts: ["{}"]
      secrets: MOCK_KEY
      fixtures: fixtures.json
{more}sink: {{ checkpoint: out/asked.duckdb, batch_size: 20 }}
outputs: [{{ csv: out/asked.csv }}]
execution: {{ in_flight: 200, chunk: 8 }}
tests:
  - name: the address tells them apart
    suppliers: [{{ Code: F1, Nom: TAXI 1, Adresse: 2 rue B }}]
    registry:
      - {{ siret: "10000000200001", siren: "100000002", name: TAXI 1, address: 2 rue A }}
      - {{ siret: "10000000300001", siren: "100000003", name: TAXI 1, address: 2 rue B }}
    expect: [{{ outcome: matched, id: "10000000300001" }}]
"#,
        server.address()
    )
}

pub(crate) fn judge(behaviour: Behaviour) -> MockServer {
    MockServer::start(behaviour, agreement_chat()).unwrap()
}

fn find<'a>(rows: &'a [Row], key: &str) -> &'a Row {
    rows.iter().find(|row| row["key"] == key).unwrap()
}

/// The number of rows that match none of their candidates: every seventh, from the fourth on.
pub(crate) fn none(rows: usize) -> u64 {
    (0..rows).filter(|number| number % 7 == 3).count() as u64
}

#[test]
fn ties_are_settled_by_a_model_and_secrets_stay_secret() {
    let faults = Faults { server_error: 0.1, cut: 0.1, tries: 2, ..Faults::default() };
    let server = judge(Behaviour { faults, ..Behaviour::default() });
    let prices = "      prices: { input: 1, output: 2 }\n";
    let world = world(60, &server, "llm-arbiter", prices);
    let ended = world.succeed(&["run", "asked.yaml"]);
    assert_eq!((ended.before(" · review"), ended.after("unmatched ")), (60 - none(60), none(60)), "{ended:?}");
    assert!(ended.stderr.contains("arbiters: 60 answers, 0 recorded or shared, 0 requests failed"), "{ended:?}");
    assert!(ended.stderr.contains("; cost 0.0"), "{ended:?}");
    let rows = csv_rows(&world, CSV);
    let first = find(&rows, "F0");
    assert_eq!((first["id"].as_str(), first["outcome"].as_str()), ("10000000100001", "matched"), "{first:?}");
    assert!(first["reason"].contains("`llm-arbiter` chose candidate 2 (confidence 0.90): 1 fields agree"), "{first:?}");
    assert!(find(&rows, "F3")["reason"].contains("rejected all candidates"), "{:?}", find(&rows, "F3"));
    let said =
        count(&world, CHECKPOINT, "SELECT count(*) FROM results WHERE evidence LIKE '%\"_arbiter\":%llm-arbiter%'");
    assert_eq!(said, 60 - none(60));
    // The server got the secret; no file and no message contains it.
    assert!(server.log().requests() >= 60);
    for name in world.files("out") {
        let bytes = world.read(&format!("out/{name}"));
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{name}");
    }
    assert!(!format!("{ended:?}").contains(SECRET));
}

#[test]
fn a_second_run_sends_no_requests_even_if_the_checkpoint_is_gone() {
    let server = judge(Behaviour::default());
    let world = world(30, &server, "llm-arbiter", "");
    world.succeed(&["run", "asked.yaml"]);
    let before = world.read(CSV);
    world.succeed(&["run", "asked.yaml"]);
    std::fs::remove_file(world.path(CHECKPOINT)).unwrap();
    let again = world.succeed(&["run", "asked.yaml"]);
    assert!(again.stderr.contains("30 recorded answers in") && again.stderr.contains("30 recorded"), "{again:?}");
    assert_eq!((server.log().requests(), world.read(CSV) == before), (30, true));
}

#[test]
fn failed_requests_fail_their_rows_and_can_be_retried() {
    let healthy = Arc::new(AtomicBool::new(false));
    let (good, state) = (agreement_chat(), Arc::clone(&healthy));
    let responder: Responder = Arc::new(move |received| {
        let refused = !state.load(Ordering::Acquire) && String::from_utf8_lossy(&received.body).contains("5 rue B");
        match refused {
            true => json(403, &serde_json::json!({ "error": "not for you" })),
            false => good(received),
        }
    });
    let server = MockServer::start(Behaviour::default(), responder).unwrap();
    let world = world(12, &server, "llm-arbiter", "");
    let ended = world.run(&["run", "asked.yaml"]);
    assert_eq!((ended.code, ended.after("failed ")), (Some(3), 1), "{ended:?}");
    let rows = csv_rows(&world, CSV);
    let error = &find(&rows, "F4")["error"];
    let address = server.address();
    assert!(error.starts_with(&format!("arbiter `llm-arbiter`: {address}: answered 403: ")), "{error}");
    assert!(error.contains("not for you") && error.ends_with("(1 try)"), "{error}");
    let sent = server.log().requests();
    healthy.store(true, Ordering::Release);
    let retried = world.succeed(&["run", "asked.yaml", "--retry-errors"]);
    assert_eq!((retried.after("failed "), server.log().requests()), (0, sent + 1), "{retried:?}");
    assert_eq!(find(&csv_rows(&world, CSV), "F4")["outcome"], "matched");
}

#[test]
fn a_failure_can_leave_rows_in_review_or_end_the_run() {
    let faults = Faults { redirect: 1.0, ..Faults::default() };
    let server = judge(Behaviour { faults, ..Behaviour::default() });
    let skipping = world(5, &server, "llm-arbiter", "      on_failure: skip-plugin\n");
    let ended = skipping.succeed(&["run", "asked.yaml"]);
    assert_eq!(ended.after("review "), 5, "{ended:?}");
    let rows = csv_rows(&skipping, CSV);
    let reason = &find(&rows, "F0")["reason"];
    assert!(reason.contains("too close") && reason.contains("redirects are not followed"), "{reason}");
    let stopping = world(5, &server, "llm-arbiter", "      on_failure: stop\n");
    let ended = stopping.run(&["run", "asked.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("stage ARBITRATE: arbiter `llm-arbiter`: 127.0.0.1"), "{ended:?}");
}

#[test]
fn rows_beyond_the_cost_limit_stay_in_review_with_a_reason() {
    let server = judge(Behaviour::default());
    let limit = "      prices: { request: 1 }\n      max_cost: 10\n      concurrency: 2\n";
    let world = world(30, &server, "llm-arbiter", limit);
    let ended = world.succeed(&["run", "asked.yaml"]);
    let asked = server.log().requests() as u64;
    assert!((10..=11).contains(&asked), "{asked} requests were sent");
    assert_eq!(ended.after("review "), 30 - asked, "{ended:?}");
    assert!(ended.stderr.contains("not sent because `max_cost` was reached"), "{ended:?}");
    let reasons = "SELECT count(*) FROM results WHERE reason LIKE '%too_close%arbiter_not_called%'";
    assert_eq!(count(&world, CHECKPOINT, reasons), 30 - asked);
}

#[test]
fn tests_run_from_recorded_answers_without_network_and_secrets() {
    let server = judge(Behaviour::default());
    let world = world(3, &server, "llm-arbiter", "");
    let first = world.run(&["test", "asked.yaml"]);
    assert!(first.code == Some(1) && first.stderr.contains("fixtures.json cannot be read"), "{first:?}");
    let recorded = world.succeed(&["test", "asked.yaml", "--record"]);
    assert!(recorded.stdout.contains("fixtures.json (1 recorded answers)"), "{recorded:?}");
    drop(server);
    let replayed = world.succeed(&["test", "asked.yaml"]);
    assert!(replayed.stdout.contains("1 passed, 0 failed"), "{replayed:?}");
    let text = String::from_utf8(world.read("asked.yaml")).unwrap();
    world.write("asked.yaml", text.replace("Adresse: 2 rue B", "Adresse: 2 rue C"));
    let other = world.run(&["test", "asked.yaml"]);
    assert!(other.code == Some(1) && other.stdout.contains("no recorded answer"), "{other:?}");
}

#[test]
fn a_missing_secret_is_named_before_anything_runs() {
    let server = judge(Behaviour::default());
    let mut world = world(3, &server, "llm-arbiter", "");
    world.set_variable("MOCK_KEY", "");
    let ended = world.run(&["run", "asked.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("missing environment variable `MOCK_KEY`") && server.log().requests() == 0,
        "{ended:?}"
    );
}

#[test]
fn a_custom_service_decides_rows_in_batches() {
    let server = MockServer::start(Behaviour::default(), agreement_webhook()).unwrap();
    let world = world(40, &server, "webhook-arbiter", "      rows: 4\n");
    let ended = world.succeed(&["run", "asked.yaml", "--workers", "1"]);
    assert_eq!((ended.before(" · review"), ended.after("unmatched ")), (40 - none(40), none(40)), "{ended:?}");
    // A single worker keeps chunks of eight rows together: two requests each.
    assert_eq!(server.log().requests(), 10);
}

#[test]
fn resume_depends_on_the_arbiter_and_its_settings() {
    let server = judge(Behaviour::default());
    let world = world(6, &server, "llm-arbiter", "");
    world.succeed(&["run", "asked.yaml"]);
    let set = "stages.ARBITRATE.parameters.model=other";
    let changed = world.succeed(&["run", "asked.yaml", "--set", set]);
    assert!(changed.stderr.contains("parameters of `llm-arbiter` of ARBITRATE"), "{changed:?}");
    let limits = "stages.ARBITRATE.concurrency=3";
    let same = world.succeed(&["run", "asked.yaml", "--set", limits]);
    assert!(!same.stderr.contains("of ARBITRATE"), "{same:?}");
}
