//! A new plug-in in each language, from `plugin new` to a whole run with it. If a language's tools are not installed,
//! its test prints that and passes: `.ci/run` installs what it can.

use std::sync::Arc;

use matchflow_mock_server::{Behaviour, MockServer, Responder, json};

use crate::arbiters;
use crate::small::{MATCHED, small};
use crate::support::World;

/// Part of `plugin build`'s message about missing tools, which names them and how to get them.
const MISSING: &str = " was not found: ";

/// Makes and tests a plug-in called `mine`; false if the tools are missing.
fn made(world: &World, language: &str, kind: &str) -> bool {
    world.succeed(&["plugin", "new", "mine", "--lang", language, "--world", kind]);
    let mut command = world.command(&["plugin", "test", "mine"]);
    // Rust's standard library is compiled once for all of them.
    let ended = command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/examples")).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&ended.stderr), String::from_utf8_lossy(&ended.stdout));
    if !ended.status.success() && said.contains(MISSING) {
        println!("the {kind} in {language} is skipped: {}", said.trim());
        return false;
    }
    assert!(ended.status.success() && told.contains(", 0 failed"), "{language} {kind}: {told}{said}");
    true
}

/// A scorer, from scratch to a run.
fn scorer(language: &str) {
    let world = small();
    if !made(&world, language, "scorer") {
        return;
    }
    let pair = world.succeed(&["plugin", "test", "mine/mine.wasm", "--pair", "dupont plomberie|dupont electricite"]);
    assert!(pair.stdout.starts_with("0.5000"), "{pair:?}");
    if matches!(language, "python" | "javascript") {
        let built = world.read("mine/mine.wasm");
        world.succeed(&["plugin", "test", "mine", "--pair", "a|b"]);
        assert!(world.read("mine/mine.wasm") == built, "nothing changed: it is not built again");
    }
    world.succeed(&["plugin", "bench", "mine/mine.wasm", "--pairs", "1024"]);
    let ended = world.succeed(&["run", "small.yaml", "--set", "stages.SCORE.name.plugin=mine/mine.wasm"]);
    assert_eq!(ended.after("matched "), MATCHED, "{ended:?}");
}

/// Answers with the candidate that has the row's address.
fn service() -> Responder {
    Arc::new(|received| {
        let asked: serde_json::Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let candidates = asked["candidates"].as_array().cloned().unwrap_or_default();
        let chosen = candidates.iter().find(|candidate| candidate["address"] == asked["row"]["address"]);
        json(200, &serde_json::json!({ "id": chosen.map(|candidate| &candidate["id"]), "reason": "the address" }))
    })
}

/// An arbiter, from scratch to a run.
fn arbiter(language: &str) {
    let server = MockServer::start(Behaviour::default(), service()).unwrap();
    let rows = 20;
    let world = arbiters::world(rows, &server, "webhook-arbiter", "");
    if !made(&world, language, "arbiter") {
        return;
    }
    let text = String::from_utf8(world.read("asked.yaml")).unwrap();
    let text = text.replace("../plugins/dist/webhook-arbiter.wasm", "mine/mine.wasm").replace(", key: MOCK_KEY", "");
    world.write("asked.yaml", text);
    let ended = world.succeed(&["run", "asked.yaml"]);
    let none = arbiters::none(rows);
    assert_eq!((ended.after("matched "), ended.after("unmatched ")), (rows as u64 - none, none), "{ended:?}");
    assert_eq!(server.log().requests(), rows);
}

#[test]
fn rust_from_scratch_to_a_run() {
    scorer("rust");
    arbiter("rust");
}

#[test]
fn python_from_scratch_to_a_run() {
    scorer("python");
    arbiter("python");
}

#[test]
fn javascript_from_scratch_to_a_run() {
    scorer("javascript");
    arbiter("javascript");
}

#[test]
fn c_from_scratch_to_a_run() {
    scorer("c");
}
