//! The OpenAPI document and the routes match each other; suggestions and entries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{TestServer, json};

/// A validator for a schema of the document.
fn validator(document: &Value, name: &str) -> jsonschema::Validator {
    let mut schema = document.clone();
    schema["$ref"] = format!("#/components/schemas/{name}").into();
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_valid(document: &Value, name: &str, value: &Value) {
    let errors: Vec<String> = validator(document, name).iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
}

#[test]
fn every_documented_route_answers_according_to_its_schemas() {
    let server = TestServer::start();
    let document = json(&server.get("/openapi.json"));
    assert_eq!(document["openapi"], "3.1.0");
    let mut routes = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            routes.insert(format!("{method} {path}"));
            let target = path.replace("{pipeline}", "companies").replace("{id}", "10000000300001");
            let query: Vec<String> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["required"] == true && parameter["in"] == "query")
                .map(|parameter| format!("{}=100000003", parameter["name"].as_str().unwrap()))
                .collect();
            let answer =
                server.client().request(&method.to_uppercase(), &format!("{target}?{}", query.join("&")), &[], b"");
            let status = answer.status.to_string();
            assert!(operation["responses"].get(&status).is_some(), "{method} {path}: {status} {}", answer.text());
            // Only routes with a body are refused without one.
            assert_eq!(
                answer.status != 200,
                operation.get("requestBody").is_some(),
                "{method} {path}: {}",
                answer.text()
            );
            if answer.status != 200 {
                assert_valid(&document, "Problem", &json(&answer));
            }
        }
    }
    assert!(routes.contains("post /v1/{pipeline}/match") && routes.len() > 20, "{routes:?}");
    let rows = json!({ "rows": [{ "Nom": "garage des alpes" }, { "Nom": "garage" }, { "Nom": "zzz" }, { "SIREN": "100000003" }] });
    assert_valid(&document, "Rows", &rows);
    for query in ["", "?evidence=true"] {
        let results = json(&server.post(&format!("/v1/companies/match{query}"), &rows));
        assert_valid(&document, "Results", &results);
        let outcomes: Vec<&Value> =
            results["results"].as_array().unwrap().iter().map(|result| &result["outcome"]).collect();
        assert_eq!(
            (outcomes[0], outcomes[2], outcomes[3]),
            (&json!("matched"), &json!("unmatched"), &json!("matched"))
        );
    }
    assert_valid(&document, "Entry", &json(&server.get("/v1/companies/entries/10000000300001")));
    assert_valid(&document, "Suggestions", &json(&server.get("/v1/companies/suggest?q=gar")));
}

#[test]
fn suggestions_start_with_the_typed_text() {
    let server = TestServer::start();
    let names = |query: &str| -> Vec<String> {
        let found = json(&server.get(&format!("/v1/companies/suggest?q={query}")));
        found["suggestions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("gar"), ["garage martin", "garage des alpes"]);
    assert_eq!(names("garage%20ann"), ["garage des alpes"], "of a place");
    assert_eq!(names("Garage+M"), ["garage martin"]);
    assert_eq!(names("100000004"), ["imprimerie du lac"]);
    assert_eq!(
        names("10000000"),
        ["menuiserie bertrand", "garage des alpes", "garage martin", "imprimerie du lac", "<b>épicerie</b>"]
    );
    assert!(names("zzz").is_empty() && names("%20").is_empty());
    assert_eq!(server.get("/v1/companies/suggest").status, 422);
}
