use super::*;
use matchflow_plugin_api::arbiter::Response;

fn rows() -> Vec<Row> {
    let fields = |name: &str| vec![Field { name: "name".to_owned(), value: name.to_owned() }];
    let candidate = |id: &str| Candidate { id: id.to_owned(), group: "g".to_owned(), score: 0.75, fields: fields(id) };
    let row = |name: &str| Row { fields: fields(name), candidates: vec![candidate("a"), candidate("b")] };
    vec![row("TAXI"), row("BUS"), row("TRAM")]
}

fn arbiter() -> WebhookArbiter {
    WebhookArbiter::configure(r#"{"url": "https://match.example:8443/v1", "key": "MATCH_KEY"}"#).unwrap()
}

fn fold(body: &str) -> Result<Step, String> {
    let request = arbiter().plan(&rows()).unwrap().requests.remove(0);
    let response = Response { status: 200, content_type: None, body: body.as_bytes().to_vec() };
    arbiter().fold(&rows(), &[Exchange { request, response }])
}

#[test]
fn rows_and_candidates_are_sent_as_documented() {
    let step = arbiter().plan(&rows()).unwrap();
    assert_eq!((step.requests.len(), step.requests[0].rows.as_slice()), (1, [0, 1, 2].as_slice()));
    let body: Value = serde_json::from_slice(&step.requests[0].body).unwrap();
    assert_eq!(body["version"], 1);
    let expected = json!({ "id": "b", "group": "g", "score": 0.75, "fields": { "name": "b" } });
    assert_eq!(body["rows"][2]["candidates"][1], expected);
    assert_eq!(body["rows"][1]["fields"]["name"], "BUS");
    let header = &step.requests[0].headers[1];
    assert_eq!((header.name.as_str(), header.value.as_str()), ("authorization", "Bearer {{secret:MATCH_KEY}}"));
    let needs = arbiter().needs();
    assert_eq!((needs.hosts, needs.secrets), (vec!["match.example:8443".to_owned()], vec!["MATCH_KEY".to_owned()]));
}

#[test]
fn a_service_chooses_by_id_or_null_or_omits_a_row() {
    let step = fold(
        r#"{"decisions": [{"row": 2, "id": "b", "confidence": 0.5, "reason": "known"}, {"row": 0, "id": null},
            {"row": 1}]}"#,
    )
    .unwrap();
    let said: Vec<_> = step.decisions.iter().map(|one| (one.row, one.confidence, one.reason.as_str())).collect();
    assert_eq!(said, [(2, 0.5, "known"), (0, 1.0, ""), (1, 1.0, "")]);
    let verdicts: Vec<_> = step.decisions.iter().map(|one| one.verdict).collect();
    assert!(matches!(verdicts[..], [Verdict::Candidate(1), Verdict::None, Verdict::Abstain]), "{verdicts:?}");
    assert!(fold(r#"{"decisions": []}"#).unwrap().decisions.is_empty());
}

#[test]
fn protocol_violations_are_reported() {
    let cases = [
        ("<html>", "cannot be read"),
        (r#"{"decision": []}"#, "missing field `decisions`"),
        (r#"{"decisions": [{"row": 3, "id": "a"}]}"#, "row 3 of 3"),
        (r#"{"decisions": [{"row": 0, "id": "c"}]}"#, "`c` is not a candidate of row 0"),
    ];
    for (body, expected) in cases {
        let error = fold(body).err().unwrap();
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[test]
fn wrong_parameters_are_refused_with_what_is_allowed() {
    for (parameters, expected) in [
        ("{}", "missing field `url`"),
        (r#"{"url": "match.example"}"#, "like `https://host/path`"),
        (r#"{"url": "https://a/", "token": "x"}"#, "unknown field `token`"),
    ] {
        let error = WebhookArbiter::configure(parameters).unwrap_err();
        assert!(error.contains(expected), "{parameters}: {error}");
    }
}
