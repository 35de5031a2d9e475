//! The arbiters of `plugins/dist`, end to end without a network, and components that are not arbiters.

use crate::common::{dist, host};
use matchflow_plugin_host::arbitration::{ArbiterRow, Candidate, Exchange, Field, Response, Verdict};
use matchflow_plugin_host::{ARBITER_INTERFACE, Arbiter, HostError, Limits, Plugin};

fn row() -> ArbiterRow {
    let fields = |name: &str| vec![Field { name: "name".to_owned(), value: name.to_owned() }];
    let candidate = |id: &str| Candidate { id: id.to_owned(), group: id.to_owned(), score: 0.5, fields: fields(id) };
    ArbiterRow { fields: fields("TAXI"), candidates: vec![candidate("a"), candidate("b")] }
}

fn answered(body: &str) -> Response {
    Response { status: 200, content_type: Some("application/json".to_owned()), body: body.as_bytes().to_vec() }
}

#[test]
fn a_model_is_asked_and_its_answer_is_a_decision() {
    let arbiter = Arbiter::load(&host(), dist("llm-arbiter")).unwrap();
    let parameters = r#"{"model": "small", "key": "MODEL_KEY", "url": "http://localhost:11434/v1"}"#;
    let needs = arbiter.check(parameters).unwrap();
    assert_eq!((needs.hosts, needs.secrets), (vec!["localhost:11434".to_owned()], vec!["MODEL_KEY".to_owned()]));
    let mut instance = arbiter.instance(parameters, Limits::default()).unwrap();
    let rows = [row()];
    let mut step = instance.plan(&rows).unwrap();
    let request = step.requests.remove(0);
    assert_eq!((request.rows.as_slice(), request.method.as_str()), ([0].as_slice(), "POST"));
    assert!(request.headers.iter().any(|header| header.value == "Bearer {{secret:MODEL_KEY}}"));
    let exchange = |content: &str| Exchange {
        request: request.clone(),
        response: answered(&serde_json::json!({ "choices": [{ "message": { "content": content } }] }).to_string()),
    };
    let good = exchange(r#"{"reason": "same", "choice": "2", "confidence": 0.5}"#);
    let decision = instance.fold(&rows, &[good]).unwrap().decisions.remove(0);
    assert_eq!((decision.verdict, decision.confidence, decision.reason.as_str()), (Verdict::Candidate(1), 0.5, "same"));
    let bad = exchange("no idea");
    let again = instance.fold(&rows, std::slice::from_ref(&bad)).unwrap();
    assert_eq!((again.decisions.len(), again.requests.len()), (0, 1));
    let given_up = instance.fold(&rows, &[bad.clone(), bad]).unwrap();
    assert_eq!(given_up.decisions[0].verdict, Verdict::Abstain);
}

#[test]
fn a_service_is_asked_about_several_rows_and_its_answers_are_checked() {
    let arbiter = Arbiter::load(&host(), dist("webhook-arbiter")).unwrap();
    let mut instance = arbiter.instance(r#"{"url": "https://match.example/"}"#, Limits::default()).unwrap();
    let rows = [row(), row()];
    let request = instance.plan(&rows).unwrap().requests.remove(0);
    assert_eq!(request.rows, [0, 1]);
    let fold = |instance: &mut matchflow_plugin_host::ArbiterInstance, body: &str| {
        instance.fold(&rows, &[Exchange { request: request.clone(), response: answered(body) }])
    };
    let step = fold(&mut instance, r#"{"decisions": [{"row": 1, "id": "b"}, {"row": 0, "id": null}]}"#).unwrap();
    let verdicts: Vec<_> = step.decisions.iter().map(|decision| (decision.row, decision.verdict)).collect();
    assert_eq!(verdicts, [(1, Verdict::Candidate(1)), (0, Verdict::None)]);
    let refused = fold(&mut instance, "<html>").unwrap_err();
    assert!(matches!(refused, HostError::Refused { subject: "rows", .. }), "{refused}");
    let twice = r#"{"decisions": [{"row": 1, "id": "b"}, {"row": 1, "id": "a"}]}"#;
    let error = fold(&mut instance, twice).unwrap_err();
    assert!(error.to_string().contains("two decisions on row 1"), "{error}");
    let unsure = r#"{"decisions": [{"row": 1, "id": "b", "confidence": 1.5}]}"#;
    assert!(fold(&mut instance, unsure).unwrap_err().to_string().contains("1.5 as a confidence"));
    assert_eq!(fold(&mut instance, r#"{"decisions": []}"#).unwrap().decisions, [], "a fresh instance goes on");
}

#[test]
fn a_scorer_is_not_an_arbiter_and_vice_versa() {
    let host = host();
    let error = Arbiter::load(&host, dist("exact")).err().unwrap().to_string();
    assert!(error.contains(&format!("supports {ARBITER_INTERFACE}")) && error.contains("/scoring@"), "{error}");
    let error = Plugin::load(&host, dist("llm-arbiter")).err().unwrap().to_string();
    assert!(error.contains("supports matchflow:plugin/scoring") && error.contains("/arbitration@"), "{error}");
}

#[test]
fn an_arbiter_describes_itself_and_checks_its_parameters() {
    let arbiter = Arbiter::load(&host(), dist("llm-arbiter")).unwrap();
    let description = arbiter.description();
    assert_eq!(
        (description.name.as_str(), description.hosts.as_slice()),
        ("llm-arbiter", ["api.openai.com".to_owned()].as_slice())
    );
    let error = arbiter.check(r#"{"model": "m", "key": "sk-proj-0123"}"#).unwrap_err().to_string();
    assert!(error.contains("the name of an environment variable, not a key") && !error.contains("sk-proj"), "{error}");
}
