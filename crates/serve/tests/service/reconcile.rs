//! The reconciliation API, checked against the schemas and examples of its specification if available.

use std::path::{Path, PathBuf};

use matchflow_testkit::http_client::HttpAnswer;
use serde_json::{Value, json};

use crate::common::{TestServer, json};

/// The specification's files, which are not in this repository.
fn specification() -> Option<PathBuf> {
    let folder =
        std::env::var_os("MATCHFLOW_SHARED").map(|shared| PathBuf::from(shared).join("data/reconciliation-specs"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("MATCHFLOW_SHARED is not set or has no `data/reconciliation-specs`: schemas are not checked");
    }
    folder
}

/// The violations of a schema in a version of the specification.
fn violations(version: &str, schema: &str, value: &Value) -> Vec<String> {
    let Some(folder) = specification() else { return Vec::new() };
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(version).join("schemas").join(format!("{name}.json"))).unwrap();
        // From another specification, and only available online.
        let text =
            text.replace("http://swagger.io/v2/schema.json#/definitions/securityDefinitions/additionalProperties", "#");
        serde_json::from_str(&text).unwrap()
    };
    let mut schema = read(schema);
    // Schemas name each other by file.
    for name in ["type", "lang", "dir"] {
        if folder.join(version).join("schemas").join(format!("{name}.json")).is_file() {
            let mut part = read(name);
            let members = part.as_object_mut().unwrap();
            members.retain(|member, _| !member.starts_with('$'));
            schema["definitions_of_files"][name] = part;
        }
    }
    let mut text = schema.to_string();
    for name in ["type", "lang", "dir"] {
        text =
            text.replace(&format!("\"$ref\":\"{name}.json\""), &format!("\"$ref\":\"#/definitions_of_files/{name}\""));
    }
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    schema.as_object_mut().unwrap().retain(|member, _| !member.starts_with('$'));
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

fn assert_valid(version: &str, schema: &str, value: &Value) {
    assert_eq!(violations(version, schema, value), Vec::<String>::new(), "{schema} of {version}: {value}");
}

fn encoded(value: &Value) -> String {
    value.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Sends a batch of version 0.2 as a form.
fn form(server: &TestServer, name: &str, batch: &Value) -> HttpAnswer {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = format!("{name}={}", encoded(batch));
    server.client().request("POST", "/v1/companies/reconcile", &headers, body.as_bytes())
}

#[test]
fn queries_of_version_0_2_have_the_candidates_of_the_matcher() {
    let server = TestServer::start();
    let manifest = server.get("/v1/companies/reconcile");
    assert_eq!(manifest.header("access-control-allow-origin"), Some("*"));
    assert_valid("0.2", "manifest", &json(&manifest));
    let batch = json!({
        "q0": { "query": "garage des alpes", "limit": 3, "type": ["entry", "group"] },
        "q1": { "query": "garage", "properties": [{ "pid": "town", "v": "lyon" }] },
        "q2": { "properties": [{ "pid": "SIREN", "v": { "id": "100000004", "name": "x" } }] },
        "q3": { "query": "" },
    });
    assert_valid("0.2", "reconciliation-query-batch", &batch);
    let answer = form(&server, "queries", &batch);
    let results = json(&answer);
    assert_valid("0.2", "reconciliation-result-batch", &results);
    assert_eq!(
        json(&server.get(&format!("/v1/companies/reconcile?queries={}", encoded(&batch)))),
        results,
        "by GET too"
    );
    let best = &results["q0"]["result"][0];
    assert_eq!((&best["id"], &best["match"]), (&json!("10000000200001"), &json!(true)));
    assert_eq!(results["q2"]["result"][0]["match"], true);
    assert_eq!(results["q3"], json!({ "result": [] }));
    // Each query on its own equals the row of a request, and is accepted if that row is.
    for (query, row) in
        [("q0", json!({ "name": "garage des alpes" })), ("q1", json!({ "name": "garage", "town": "lyon" }))]
    {
        let matched = json(&server.post("/v1/companies/match", &json!({ "rows": [row] })));
        let is_accepted = matched["results"][0]["outcome"] == "matched";
        let candidates = results[query]["result"].as_array().unwrap();
        let matches = candidates.iter().filter(|candidate| candidate["match"] == true).count();
        assert_eq!(matches, usize::from(is_accepted), "{query}: {candidates:?}");
    }
}

#[test]
fn queries_of_the_draft_have_the_same_candidates() {
    let server = TestServer::start();
    assert_valid("1.0-draft", "manifest", &json(&server.get("/v1/companies/reconcile/1.0")));
    let name = |value: &str| json!({ "matchType": "name", "propertyValue": value });
    let batch = json!({ "queries": [
        { "conditions": [name("garage des alpes")] },
        { "limit": 1, "conditions": [name("garage"), { "matchType": "property", "propertyId": "town", "propertyValue": ["lyon"] }] },
        { "conditions": [{ "matchType": "id", "propertyValue": "10000000400001" }] },
    ] });
    assert_valid("1.0-draft", "reconciliation-query-batch", &batch);
    let results = json(&server.post("/v1/companies/reconcile/1.0/match", &batch));
    assert_valid("1.0-draft", "reconciliation-result-batch", &results);
    let ids: Vec<&Value> =
        results["results"].as_array().unwrap().iter().map(|result| &result["candidates"][0]["id"]).collect();
    assert_eq!((ids[0], ids[2]), (&json!("10000000200001"), &json!("10000000400001")));
    let old = form(&server, "queries", &json!({ "q": { "query": "garage des alpes" } }));
    assert_eq!(json(&old)["q"]["result"][0]["score"], results["results"][0]["candidates"][0]["score"]);
}

#[test]
fn fields_of_the_registry_are_fetched_by_extend() {
    let server = TestServer::start();
    for (version, target) in
        [("0.2", "/v1/companies/reconcile/properties"), ("1.0-draft", "/v1/companies/reconcile/1.0/extend/propose")]
    {
        let proposal = json(&server.get(&format!("{target}?type=entry&limit=3")));
        assert_valid(version, "data-extension-property-proposal", &proposal);
        assert_eq!(proposal["properties"].as_array().unwrap().len(), 3);
    }
    let query =
        json!({ "ids": ["10000000300001", "100000004", "none"], "properties": [{ "id": "town" }, { "id": "_group" }] });
    assert_valid("0.2", "data-extension-query", &query);
    let old = json(&form(&server, "extend", &query));
    assert_valid("0.2", "data-extension-response", &old);
    assert_eq!(
        old["rows"]["10000000300001"],
        json!({ "town": [{ "str": "lyon" }], "_group": [{ "str": "100000003" }] })
    );
    assert_eq!(old["rows"]["100000004"]["town"], json!([{ "str": "annecy" }]), "a group too");
    assert_eq!(old["rows"]["none"], json!({ "town": [], "_group": [] }));
    let new = json(&server.post("/v1/companies/reconcile/1.0/extend", &query));
    assert_valid("1.0-draft", "data-extension-response", &new);
    assert_eq!(new["rows"][0]["properties"][0], json!({ "id": "town", "values": [{ "str": "lyon" }] }));
    let unknown = form(&server, "extend", &json!({ "ids": [], "properties": [{ "id": "phone" }] }));
    assert_eq!((unknown.status, &json(&unknown)["errors"][0]["pointer"]), (422, &json!("/properties/0/id")));
}

#[test]
fn suggestions_and_previews() {
    let server = TestServer::start();
    for (version, base) in [("0.2", "/v1/companies/reconcile"), ("1.0-draft", "/v1/companies/reconcile/1.0")] {
        for (what, prefix, schema) in
            [("entity", "gar", "entities"), ("property", "to", "properties"), ("type", "si", "types")]
        {
            let found = json(&server.get(&format!("{base}/suggest/{what}?prefix={prefix}")));
            assert_valid(version, &format!("suggest-{schema}-response"), &found);
            assert!(!found["result"].as_array().unwrap().is_empty(), "{what}");
        }
        let page = server.get(&format!("{base}/preview?id=10000000500001"));
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.text().contains("&lt;b&gt;") && !page.text().contains("<b>"), "{}", page.text());
        assert_eq!(server.get(&format!("{base}/preview?id=x")).status, 404);
    }
    let next = json(&server.get("/v1/companies/reconcile/1.0/suggest/entity?prefix=gar&limit=1&offset=1"));
    assert_eq!(next["result"][0]["id"], "10000000200001");
}

#[test]
fn only_the_reconciliation_api_allows_cross_origin_requests() {
    let server = TestServer::start();
    let preflight = |target: &str| {
        server.client().request(
            "OPTIONS",
            target,
            &[("Origin", "https://x"), ("Access-Control-Request-Method", "POST")],
            b"",
        )
    };
    let allowed = preflight("/v1/companies/reconcile/1.0/match");
    assert_eq!((allowed.status, allowed.header("access-control-allow-methods")), (204, Some("POST")));
    let refused = preflight("/v1/companies/match");
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (405, None));
}

#[test]
fn an_invalid_batch_is_refused_with_its_place() {
    let server = TestServer::start();
    for (batch, pointer) in [
        (json!([]), "/queries"),
        (json!({ "q0": {} }), "/queries/q0"),
        (json!({ "q0": { "properties": [] } }), "/queries/q0"),
        (json!({ "q0": { "query": "a", "property": [] } }), "/queries/q0/property"),
        (json!({ "q0": { "query": "a", "type": "person" } }), "/queries/q0/type"),
        (
            json!({ "a": { "query": "a" }, "b": { "query": "b", "properties": [{ "pid": "phone", "v": "1" }] } }),
            "/queries/b/phone",
        ),
    ] {
        let answer = form(&server, "queries", &batch);
        assert_eq!((answer.status, &json(&answer)["errors"][0]["pointer"]), (422, &json!(pointer)), "{batch}");
    }
}

/// Every invalid example of the specification is refused, and no valid one is malformed: they are refused only for
/// types and properties that this registry does not have.
#[test]
fn examples_of_the_specification() {
    let Some(folder) = specification() else { return };
    let server = TestServer::start();
    let send = |version: &str, batch: &Value| match version {
        "0.2" => form(&server, "queries", batch),
        _ => server.post("/v1/companies/reconcile/1.0/match", batch),
    };
    let mut seen = 0;
    for version in ["0.2", "1.0-draft"] {
        let examples = |kind: &str| -> Vec<(PathBuf, Value)> {
            let folder: &Path = &folder.join(version).join("examples/reconciliation-query-batch").join(kind);
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            files
                .map(|path| (path.clone(), serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()))
                .collect()
        };
        for (path, batch) in examples("invalid") {
            seen += 1;
            assert_eq!(send(version, &batch).status, 422, "{}", path.display());
        }
        for (path, batch) in examples("valid") {
            seen += 1;
            let answer = send(version, &batch);
            let problem = json(&answer);
            let errors = problem["errors"].as_array().cloned().unwrap_or_default();
            let is_unknown_name = |error: &Value| error["detail"].as_str().unwrap().contains("no ");
            assert!(answer.status == 200 || errors.iter().all(is_unknown_name), "{}: {problem}", path.display());
        }
    }
    assert!(seen > 10);
}
