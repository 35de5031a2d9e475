//! Parses the answers of a model.

use matchflow_plugin_api::arbiter::Verdict;
use serde_json::{Map, Value};

use crate::{NONE, UNSURE};

/// Maximum number of characters of an answer quoted in a reason.
const SHOWN_CHARS_MAX: usize = 200;

/// The choice of a model.
#[derive(Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) verdict: Verdict,
    pub(crate) confidence: f32,
    pub(crate) reason: String,
}

/// The assistant's text in a chat completion, and the choice that it contains, or why it is not one.
pub(crate) fn read(body: &[u8], candidates: usize) -> (Option<String>, Result<Choice, String>) {
    let completion: Value = match serde_json::from_slice(body) {
        Ok(completion) => completion,
        Err(error) => return (None, Err(format!("it is not JSON ({error})"))),
    };
    if let Some(message) = completion.pointer("/error/message").and_then(Value::as_str) {
        return (None, Err(format!("the service says: {}", excerpt(message))));
    }
    let Some(message) = completion.pointer("/choices/0/message") else {
        return (None, Err("it has no `choices[0].message`".to_owned()));
    };
    if let Some(refusal) = message.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        let reason = format!("the model refuses: {}", excerpt(refusal));
        return (None, Ok(Choice { verdict: Verdict::Abstain, confidence: 1.0, reason }));
    }
    let Some(content_text) = content(message) else {
        return (None, Err("it has no text".to_owned()));
    };
    let choice = choice(&content_text, candidates);
    let cut = completion.pointer("/choices/0/finish_reason").and_then(Value::as_str) == Some("length");
    let choice =
        choice.map_err(|problem| if cut { format!("{problem}; it was cut at the token limit") } else { problem });
    (Some(content_text), choice)
}

/// The text of a message: one part, or several.
fn content(message: &Value) -> Option<String> {
    match message.get("content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            Some(texts.collect::<String>())
        }
        _ => None,
    }
}

fn choice(content_text: &str, candidates: usize) -> Result<Choice, String> {
    let object = json_object(content_text)?;
    let reason = object.get("reason").and_then(Value::as_str).map(excerpt).unwrap_or_default();
    let confidence = match object.get("confidence") {
        None | Some(Value::Null) => 1.0,
        Some(value) => confidence(value).ok_or("`confidence` is not a number from 0 to 1")?,
    };
    let chosen = match object.get("choice") {
        Some(Value::String(text)) => text.trim().to_lowercase(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null) => NONE.to_owned(),
        _ => return Err("it has no `choice`".to_owned()),
    };
    let verdict = match chosen.as_str() {
        NONE | "0" => Verdict::None,
        UNSURE => Verdict::Abstain,
        number => match number.parse::<usize>() {
            Ok(number) if (1..=candidates).contains(&number) => Verdict::Candidate(number as u32 - 1),
            _ => return Err(format!("`choice` is `{}`, which is not one of those allowed", excerpt(number))),
        },
    };
    Ok(Choice { verdict, confidence, reason })
}

fn confidence(value: &Value) -> Option<f32> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    (0.0..=1.0).contains(&number).then_some(number as f32)
}

/// The JSON object in a text: models put it between fences and words, regardless of instructions.
fn json_object(content_text: &str) -> Result<Map<String, Value>, String> {
    let (Some(start), Some(end)) = (content_text.find('{'), content_text.rfind('}')) else {
        return Err("it has no JSON object".to_owned());
    };
    let text = content_text.get(start..=end).ok_or("it has no JSON object")?;
    serde_json::from_str(text).map_err(|error| format!("its JSON is broken ({error})"))
}

fn excerpt(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
