//! Mocks a competent model or service: chooses the candidate that agrees with the row in the most fields. The same
//! request gets the same answer.

use serde_json::{Map, Value, json};

use crate::replies::{ReceivedRequest, Responder, chat, json as reply};

/// Answers the requests of `llm-arbiter` with its default prompt: the row is the first line that is a JSON object, the
/// candidates are the others.
pub fn agreement_chat() -> Responder {
    chat(|received| {
        let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let prompt = body.pointer("/messages/1/content").and_then(Value::as_str).unwrap_or_default();
        let mut objects = prompt.lines().filter_map(|line| serde_json::from_str::<Map<String, Value>>(line).ok());
        let row = objects.next().unwrap_or_default();
        let candidates: Vec<_> = objects.collect();
        let choice = best(&row, candidates.iter());
        let word = choice.map_or("none".to_owned(), |(place, _)| (place + 1).to_string());
        let agreeing = choice.map_or(0, |(_, agreeing)| agreeing);
        json!({ "reason": format!("{agreeing} fields agree"), "choice": word, "confidence": 0.9 }).to_string()
    })
}

/// Answers the requests of `webhook-arbiter`.
pub fn agreement_webhook() -> Responder {
    std::sync::Arc::new(|received: &ReceivedRequest| {
        let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let fields = |value: &Value| value.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
        let decision = |row: &Value| {
            let candidates = list(row, "candidates");
            let candidate_fields: Vec<_> = candidates.iter().map(fields).collect();
            let chosen = best(&fields(row), candidate_fields.iter()).and_then(|(place, _)| candidates.get(place));
            json!({
                "row": row.get("row"),
                "id": chosen.and_then(|candidate| candidate.get("id")),
                "confidence": 0.9,
                "reason": "most fields agree",
            })
        };
        let decisions: Vec<Value> = list(&body, "rows").iter().map(decision).collect();
        reply(200, &json!({ "decisions": decisions }))
    })
}

/// The candidate that agrees in the most fields (the first among equals) and their number; none if nothing agrees.
fn best<'a>(
    row: &Map<String, Value>,
    candidates: impl Iterator<Item = &'a Map<String, Value>>,
) -> Option<(usize, usize)> {
    let folded = |value: &Value| value.as_str().map(str::to_lowercase);
    let agreeing = |candidate: &Map<String, Value>| {
        let agrees = |(name, value): &(&String, &Value)| {
            candidate.get(*name).is_some_and(|other| folded(other) == folded(value))
        };
        row.iter().filter(agrees).count()
    };
    let counted = candidates.map(agreeing).enumerate().filter(|(_, count)| *count > 0);
    counted.max_by_key(|(place, count)| (*count, std::cmp::Reverse(*place)))
}
