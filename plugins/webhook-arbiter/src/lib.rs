//! Asks a company's own service which candidate a row is; see the README for the protocol.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[cfg(test)]
mod tests;

use matchflow_plugin_api::arbiter::{
    Arbiter, Candidate, Exchange, Field, Needs, Row, Step, Verdict, host_of, post_json, secret,
};
use matchflow_plugin_api::export_arbiter;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The version of the protocol.
const VERSION_OF_BODY: u32 = 1;

/// The parameters in the pipeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The URL of the service.
    url: String,
    /// The environment variable with its key.
    key: Option<String>,
    /// The header with the key.
    #[serde(default = "authorization")]
    key_header: String,
}

fn authorization() -> String {
    "authorization".to_owned()
}

/// The arbiter.
#[derive(Debug)]
pub struct WebhookArbiter {
    parameters: Parameters,
}

/// The service's answer.
#[derive(Debug, Deserialize)]
struct Answer {
    decisions: Vec<Said>,
}

/// The decision on a row. `id` is the candidate's; null if none of them is the row's.
#[derive(Debug, Deserialize)]
struct Said {
    row: usize,
    #[serde(default, deserialize_with = "present")]
    id: Option<Option<String>>,
    confidence: Option<f32>,
    reason: Option<String>,
}

/// Distinguishes a null from a missing key.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn object(fields: &[Field]) -> Value {
    let fields = fields.iter().map(|field| (field.name.clone(), Value::from(field.value.clone())));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn body(rows: &[Row]) -> Value {
    let candidate = |candidate: &Candidate| {
        let Candidate { id, group, score, fields } = candidate;
        json!({ "id": id, "group": group, "score": (score * 1e6).round() / 1e6, "fields": object(fields) })
    };
    let row = |(place, row): (usize, &Row)| {
        let candidates: Vec<Value> = row.candidates.iter().map(candidate).collect();
        json!({ "row": place, "fields": object(&row.fields), "candidates": candidates })
    };
    json!({ "version": VERSION_OF_BODY, "rows": rows.iter().enumerate().map(row).collect::<Vec<_>>() })
}

impl Said {
    /// The verdict, or how the service violated the protocol.
    fn verdict(&self, rows: &[Row]) -> Result<Verdict, String> {
        let row = rows.get(self.row).ok_or_else(|| format!("it decides row {} of {}", self.row, rows.len()))?;
        match &self.id {
            None => Ok(Verdict::Abstain),
            Some(None) => Ok(Verdict::None),
            Some(Some(id)) => {
                let place = row.candidates.iter().position(|candidate| candidate.id == *id);
                let place = place.ok_or_else(|| format!("`{id}` is not a candidate of row {}", self.row))?;
                Ok(Verdict::Candidate(place as u32))
            }
        }
    }
}

impl Arbiter for WebhookArbiter {
    const NAME: &'static str = "webhook-arbiter";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str = "Asks a company's own service which candidate a row is";
    const PARAMETERS: &'static str = include_str!("parameters.json");

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        match host_of(&parameters.url) {
            Some(_) => Ok(WebhookArbiter { parameters }),
            None => Err(format!("`url` must be like `https://host/path`, not `{}`", parameters.url)),
        }
    }

    fn needs(&self) -> Needs {
        let hosts = host_of(&self.parameters.url).map(str::to_owned).into_iter().collect();
        Needs { hosts, secrets: self.parameters.key.iter().cloned().collect() }
    }

    fn plan(&self, rows: &[Row]) -> Result<Step, String> {
        let mut request = post_json(&self.parameters.url, body(rows).to_string());
        request.rows = (0..rows.len() as u32).collect();
        if let Some(key) = &self.parameters.key {
            let value = match self.parameters.key_header.eq_ignore_ascii_case("authorization") {
                true => format!("Bearer {}", secret(key)),
                false => secret(key),
            };
            request = request.header(&self.parameters.key_header, value);
        }
        Ok(Step { requests: vec![request], ..Step::default() })
    }

    fn fold(&self, rows: &[Row], exchanges: &[Exchange]) -> Result<Step, String> {
        let mut step = Step::default();
        for exchange in exchanges {
            let answer: Answer = serde_json::from_slice(&exchange.response.body)
                .map_err(|error| format!("the service's answer cannot be read: {error}"))?;
            for said in answer.decisions {
                let verdict =
                    said.verdict(rows).map_err(|problem| format!("the service's answer is wrong: {problem}"))?;
                step.decide(said.row, verdict, said.confidence.unwrap_or(1.0), said.reason.unwrap_or_default());
            }
        }
        Ok(step)
    }
}

export_arbiter!(WebhookArbiter);
