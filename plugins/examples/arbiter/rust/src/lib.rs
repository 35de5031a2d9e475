//! Asks a service which candidate a row is.

use matchflow_plugin_api::arbiter::{Arbiter, Candidate, Exchange, Field, Needs, Row, Step, Verdict, host_of, post_json};
use matchflow_plugin_api::export_arbiter;
use serde_json::{Map, Value, json};

/// The arbiter, with its parameters.
pub struct AskService {
    url: String,
}

impl Arbiter for AskService {
    const NAME: &'static str = "ask-service";
    const VERSION: &'static str = "0.1.0";
    const SUMMARY: &'static str = "Asks a service which candidate a row is";
    const PARAMETERS: &'static str = r#"{
        "type": "object",
        "properties": { "url": { "type": "string", "description": "Where the service is: https://host/path" } },
        "required": ["url"],
        "additionalProperties": false
    }"#;

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Value = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        let url = parameters["url"].as_str().unwrap_or_default().to_owned();
        match host_of(&url) {
            Some(_) => Ok(AskService { url }),
            None => Err(format!("`url` must be like `https://host/path`, not `{url}`")),
        }
    }

    /// The hosts and secrets that it requires; the pipeline must allow them.
    fn needs(&self) -> Needs {
        Needs { hosts: host_of(&self.url).map(str::to_owned).into_iter().collect(), secrets: Vec::new() }
    }

    /// One request per row.
    fn plan(&self, rows: &[Row]) -> Result<Step, String> {
        let mut step = Step::default();
        for (number, row) in rows.iter().enumerate() {
            step.ask(number, post_json(&self.url, question(row).to_string()));
        }
        Ok(step)
    }

    /// `exchanges` are all requests so far with their answers. To send more requests, return them here.
    fn fold(&self, rows: &[Row], exchanges: &[Exchange]) -> Result<Step, String> {
        let mut step = Step::default();
        for exchange in exchanges {
            let answer: Value = serde_json::from_slice(&exchange.response.body).unwrap_or_default();
            let reason = answer["reason"].as_str().unwrap_or_default();
            for &number in &exchange.request.rows {
                let Some(row) = rows.get(number as usize) else { continue };
                step.decide(number as usize, verdict(&answer, row), 1.0, reason);
            }
        }
        Ok(step)
    }
}

export_arbiter!(AskService);

fn question(row: &Row) -> Value {
    let candidate = |candidate: &Candidate| {
        let mut shown = object(&candidate.fields);
        shown.insert("id".to_owned(), candidate.id.clone().into());
        Value::Object(shown)
    };
    let candidates: Vec<Value> = row.candidates.iter().map(candidate).collect();
    json!({ "row": object(&row.fields), "candidates": candidates })
}

fn object(fields: &[Field]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.clone(), field.value.clone().into())).collect()
}

/// A useless answer leaves the row unchanged.
fn verdict(answer: &Value, row: &Row) -> Verdict {
    match answer.get("id") {
        Some(Value::Null) => Verdict::None,
        Some(Value::String(id)) => {
            let place = row.candidates.iter().position(|candidate| candidate.id == *id);
            place.map_or(Verdict::Abstain, |place| Verdict::Candidate(place as u32))
        }
        _ => Verdict::Abstain,
    }
}
