use super::*;
use matchflow_plugin_api::arbiter::{Candidate, Field, Response};

fn row() -> Row {
    let fields = |name: &str| vec![Field { name: "name".to_owned(), value: name.to_owned() }];
    let candidate =
        |id: &str, name: &str| Candidate { id: id.to_owned(), group: id.to_owned(), score: 0.75, fields: fields(name) };
    Row {
        fields: fields("TAXI \"B\""),
        candidates: vec![candidate("1a", "TAXI BERNARD"), candidate("2b", "TAXI BENOIT")],
    }
}

fn arbiter(parameters: &str) -> LlmArbiter {
    LlmArbiter::configure(parameters).unwrap()
}

fn completion(content: &str) -> String {
    json!({ "choices": [{ "message": { "role": "assistant", "content": content }, "finish_reason": "stop" }] })
        .to_string()
}

fn exchange(request: Request, body: &str) -> Exchange {
    Exchange { request, response: Response { status: 200, content_type: None, body: body.as_bytes().to_vec() } }
}

/// The result for a row whose answers have these bodies.
fn fold(parameters: &str, bodies: &[String]) -> Step {
    let (arbiter, rows) = (arbiter(parameters), [row()]);
    let mut request = arbiter.plan(&rows).unwrap().requests.remove(0);
    let mut exchanges = Vec::new();
    for body in bodies {
        exchanges.push(exchange(request.clone(), body));
        let mut step = arbiter.fold(&rows, &exchanges).unwrap();
        if exchanges.len() == bodies.len() {
            return step;
        }
        request = step.requests.remove(0);
    }
    panic!("no body")
}

fn decided(content: &str) -> (Verdict, f32, String) {
    let mut step = fold(r#"{"model": "m", "reasks": 0}"#, &[completion(content)]);
    assert_eq!((step.decisions.len(), step.requests.len()), (1, 0), "{content}");
    let decision = step.decisions.remove(0);
    (decision.verdict, decision.confidence, decision.reason)
}

#[test]
fn a_request_has_the_format_of_chat_services() {
    let parameters = r#"{"model": "small", "key": "OPENAI_API_KEY", "extra": {"temperature": 0}}"#;
    let request = arbiter(parameters).plan(&[row()]).unwrap().requests.remove(0);
    assert_eq!((request.method.as_str(), request.rows.as_slice()), ("POST", [0].as_slice()));
    assert_eq!(request.url, "https://api.openai.com/v1/chat/completions");
    assert_eq!(request.headers[1].value, "Bearer {{secret:OPENAI_API_KEY}}");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["model"], &body["temperature"]), (&json!("small"), &json!(0)));
    let choices = &body["response_format"]["json_schema"]["schema"]["properties"]["choice"]["enum"];
    assert_eq!(choices, &json!(["1", "2", "none", "unsure"]));
    let asked = body["messages"][1]["content"].as_str().unwrap();
    assert!(asked.contains(r#"{"name":"TAXI \"B\""}"#), "{asked}");
    assert!(asked.contains(r#"{"candidate":"2","id":"2b","name":"TAXI BENOIT"}"#), "{asked}");
    assert_eq!(body["messages"][0]["role"], "system");
}

#[test]
fn urls_of_other_services_are_supported() {
    for (url, expected) in [
        ("http://localhost:11434/v1/", "http://localhost:11434/v1/chat/completions"),
        (
            "https://host/deployments/d/chat/completions?api-version=1",
            "https://host/deployments/d/chat/completions?api-version=1",
        ),
        ("https://host/openai/chat/completions", "https://host/openai/chat/completions"),
    ] {
        assert_eq!(arbiter(&json!({ "model": "m", "url": url }).to_string()).url, expected);
    }
    let azure =
        arbiter(r#"{"model": "m", "key": "AZURE", "key_header": "api-key", "url": "https://a.example:444/v1"}"#);
    let request = azure.plan(&[row()]).unwrap().requests.remove(0);
    assert_eq!((request.headers[1].name.as_str(), request.headers[1].value.as_str()), ("api-key", "{{secret:AZURE}}"));
    assert_eq!(
        (azure.needs().hosts, azure.needs().secrets),
        (vec!["a.example:444".to_owned()], vec!["AZURE".to_owned()])
    );
    let text = arbiter(r#"{"model": "m", "answer_format": "text", "system": ""}"#);
    let body: Value = serde_json::from_slice(&text.plan(&[row()]).unwrap().requests[0].body).unwrap();
    assert!(body.get("response_format").is_none() && body["messages"][0]["role"] == "user", "{body}");
}

#[test]
fn choices_are_read_in_any_notation() {
    let cases = [
        (r#"{"reason": "same", "choice": "2", "confidence": 0.75}"#, Verdict::Candidate(1), 0.75),
        (r#"{"choice": 1}"#, Verdict::Candidate(0), 1.0),
        ("Sure!\n```json\n{\"choice\": \" 2 \", \"confidence\": \"0.5\"}\n```", Verdict::Candidate(1), 0.5),
        (r#"{"choice": "None"}"#, Verdict::None, 1.0),
        (r#"{"choice": null}"#, Verdict::None, 1.0),
        (r#"{"choice": "unsure", "confidence": 0}"#, Verdict::Abstain, 0.0),
    ];
    for (content, verdict, confidence) in cases {
        let (found, sure, _) = decided(content);
        assert!(found == verdict && sure == confidence, "{content}: {found:?} {sure}");
    }
    assert_eq!(decided(cases[0].0).2, "same");
}

#[test]
fn an_unreadable_answer_is_requested_again_once() {
    let broken = [
        "no JSON here",
        "{\"choice\": ",
        r#"{"choice": "3"}"#,
        r#"{"choice": -1}"#,
        r#"{"choice": "TAXI BERNARD"}"#,
        r#"{"confidence": 0.5}"#,
        r#"{"choice": "1", "confidence": 7}"#,
    ];
    for content in broken {
        let step = fold(r#"{"model": "m"}"#, &[completion(content)]);
        assert_eq!((step.decisions.len(), step.requests.len()), (0, 1), "{content}");
        let body: Value = serde_json::from_slice(&step.requests[0].body).unwrap();
        assert_eq!(body["messages"][2], json!({ "role": "assistant", "content": content }));
        assert!(body["messages"][3]["content"].as_str().unwrap().contains("one of: 1, 2, none, unsure"));
        let good = completion(r#"{"choice": "1"}"#);
        let step = fold(r#"{"model": "m"}"#, &[completion(content), good]);
        assert!(matches!(step.decisions[0].verdict, Verdict::Candidate(0)), "{content}");
        let step = fold(r#"{"model": "m"}"#, &[completion(content), completion(content)]);
        assert!(matches!(step.decisions[0].verdict, Verdict::Abstain), "{content}");
        assert!(step.decisions[0].reason.contains("could not be read"), "{}", step.decisions[0].reason);
    }
    for body in ["", "<html>", "{}", r#"{"choices": []}"#, r#"{"error": {"message": "overloaded"}}"#] {
        let step = fold(r#"{"model": "m"}"#, &[body.to_owned()]);
        let asked: Value = serde_json::from_slice(&step.requests[0].body).unwrap();
        assert_eq!(asked["messages"].as_array().unwrap().len(), 3, "{body}: another request than the first");
    }
}

#[test]
fn a_refusal_is_an_abstention() {
    let body = json!({ "choices": [{ "message": { "content": null, "refusal": "I cannot" } }] }).to_string();
    let step = fold(r#"{"model": "m"}"#, &[body]);
    assert!(matches!(step.decisions[0].verdict, Verdict::Abstain) && step.decisions[0].reason.contains("I cannot"));
}

#[test]
fn prompts_can_be_customized() {
    let parameters = json!({ "model": "m", "prompt": "Is {{ row.name }} ({{row.town}}) one of\n{{candidates}}?" });
    let request = arbiter(&parameters.to_string()).plan(&[row()]).unwrap().requests.remove(0);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert!(
        body["messages"][1]["content"].as_str().unwrap().starts_with("Is TAXI \"B\" () one of\n{\"candidate\":\"1\"")
    );
}

#[test]
fn wrong_parameters_are_refused_with_what_is_allowed() {
    for (parameters, expected) in [
        ("{}", "`model` is missing"),
        (r#"{"model": " "}"#, "`model` is empty"),
        (r#"{"model": "m", "url": "api.openai.com"}"#, "like `https://host/v1`"),
        (r#"{"model": "m", "key": "sk-proj-12"}"#, "the name of an environment variable, not a key (10 characters)"),
        (r#"{"model": "m", "prompt": "{{rows}} {{candidates}}"}"#, "it may have `{{row}}`"),
        (r#"{"model": "m", "prompt": "{{row}}"}"#, "must have `{{row}}`"),
        (r#"{"model": 7}"#, "`model` must be text"),
        (r#"{"model": "m", "temperature": 0}"#, "unknown parameter `temperature`; allowed: url, model"),
        (r#"{"model": "m", "reasks": 9}"#, "0 to 3"),
        (r#"{"model": "m", "extra": {"messages": []}}"#, "cannot set `messages`"),
        (r#"{"model": "m", "answer_format": "xml"}"#, "allowed: json_schema, json_object, text"),
    ] {
        let error = LlmArbiter::configure(parameters).unwrap_err();
        assert!(error.contains(expected), "{parameters}: {error}");
    }
}

#[test]
fn the_schema_names_every_parameter() {
    let schema: Value = serde_json::from_str(LlmArbiter::PARAMETERS).unwrap();
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["url", "model", "key", "key_header", "system", "prompt", "answer_format", "reasks", "extra"]);
}
