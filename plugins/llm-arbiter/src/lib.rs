//! Asks a language model which candidate a row is, over the OpenAI-compatible chat interface; see the README.
//!
//! One request per row. The model must choose one of the candidates, `none` or `unsure`; an answer that cannot be read
//! is requested again with a description of the error, then the row is left unchanged.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod answer;
mod parameters;
mod prompt;

#[cfg(test)]
mod tests;

use matchflow_plugin_api::arbiter::{
    Arbiter, Exchange, Needs, Request, Row, Step, Verdict, host_of, post_json, secret,
};
use matchflow_plugin_api::export_arbiter;
use serde_json::{Map, Value, json};

use crate::answer::{Choice, read};
use crate::parameters::{AnswerFormat, Parameters};
use crate::prompt::Prompt;

/// The choices besides a number.
pub(crate) const NONE: &str = "none";
pub(crate) const UNSURE: &str = "unsure";

/// The arbiter.
#[derive(Debug)]
pub struct LlmArbiter {
    parameters: Parameters,
    prompt: Prompt,
    url: String,
}

impl LlmArbiter {
    /// The request about a row; `said` are the messages after the first two.
    fn request(&self, row: &Row, said: Vec<Value>) -> Request {
        let parameters = &self.parameters;
        let mut messages = Vec::with_capacity(2 + said.len());
        messages.extend(self.prompt.system().map(|text| json!({ "role": "system", "content": text })));
        messages.push(json!({ "role": "user", "content": self.prompt.user(row) }));
        messages.extend(said);
        let mut body = Map::new();
        body.insert("model".to_owned(), parameters.model.clone().into());
        body.insert("messages".to_owned(), messages.into());
        match parameters.answer_format {
            AnswerFormat::JsonSchema => {
                let schema = json!({ "name": "choice", "strict": true, "schema": schema(row.candidates.len()) });
                body.insert("response_format".to_owned(), json!({ "type": "json_schema", "json_schema": schema }));
            }
            AnswerFormat::JsonObject => {
                body.insert("response_format".to_owned(), json!({ "type": "json_object" }));
            }
            AnswerFormat::Text => {}
        }
        for (name, value) in &parameters.extra {
            body.insert(name.clone(), value.clone());
        }
        let request = post_json(&self.url, Value::Object(body).to_string());
        match &parameters.key {
            None => request,
            Some(key) if parameters.key_header.eq_ignore_ascii_case("authorization") => {
                request.header("authorization", format!("Bearer {}", secret(key)))
            }
            Some(key) => request.header(&parameters.key_header, secret(key)),
        }
    }

    /// Judges a row by its last answer, `exchange`, the `asked`th.
    fn judge(&self, step: &mut Step, place: usize, row: &Row, exchange: &Exchange, asked: usize) {
        let (said, choice) = read(&exchange.response.body, row.candidates.len());
        let problem = match choice {
            Ok(Choice { verdict, confidence, reason }) => return step.decide(place, verdict, confidence, reason),
            Err(problem) => problem,
        };
        if asked > self.parameters.reasks {
            let reason = format!("the model's answer could not be read: {problem}");
            return step.decide(place, Verdict::Abstain, 1.0, reason);
        }
        let choices = choices(row.candidates.len()).join(", ");
        let again = format!(
            "Your answer could not be read: {problem}. Answer again, with nothing but a JSON object with the keys \
             `reason`, `choice` (one of: {choices}) and `confidence` (0 to 1)."
        );
        let mut more = Vec::new();
        more.extend(said.map(|said| json!({ "role": "assistant", "content": said })));
        more.push(json!({ "role": "user", "content": again }));
        step.ask(place, self.request(row, more));
    }
}

/// The model's choices among this many candidates. Strings, because not every service supports numbers here.
fn choices(candidates: usize) -> Vec<String> {
    let fixed = [NONE.to_owned(), UNSURE.to_owned()];
    (1..=candidates).map(|number| number.to_string()).chain(fixed).collect()
}

/// The JSON Schema of an answer. The reason comes first: a model that explains itself first chooses better.
fn schema(candidates: usize) -> Value {
    json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string", "description": "One short sentence" },
            "choice": { "type": "string", "enum": choices(candidates) },
            "confidence": { "type": "number", "description": "0 to 1" },
        },
        "required": ["reason", "choice", "confidence"],
        "additionalProperties": false,
    })
}

impl Arbiter for LlmArbiter {
    const NAME: &'static str = "llm-arbiter";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str =
        "Asks a language model which candidate a row is, over the OpenAI-compatible chat interface";
    const PARAMETERS: &'static str = include_str!("parameters.json");
    const HOSTS: &'static [&'static str] = &["api.openai.com"];

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters = Parameters::read(parameters)?;
        let prompt = Prompt::new(parameters.system.as_deref(), parameters.prompt.as_deref())?;
        let base = parameters.url.trim_end_matches('/');
        let url = match base.ends_with("/chat/completions") || base.contains('?') {
            true => base.to_owned(),
            false => format!("{base}/chat/completions"),
        };
        Ok(LlmArbiter { parameters, prompt, url })
    }

    fn needs(&self) -> Needs {
        let hosts = host_of(&self.url).map(str::to_owned).into_iter().collect();
        Needs { hosts, secrets: self.parameters.key.iter().cloned().collect() }
    }

    fn plan(&self, rows: &[Row]) -> Result<Step, String> {
        let mut step = Step::default();
        for (place, row) in rows.iter().enumerate() {
            step.ask(place, self.request(row, Vec::new()));
        }
        Ok(step)
    }

    fn fold(&self, rows: &[Row], exchanges: &[Exchange]) -> Result<Step, String> {
        let mut step = Step::default();
        for (place, row) in rows.iter().enumerate() {
            let of_row = || exchanges.iter().filter(|exchange| exchange.request.rows.first() == Some(&(place as u32)));
            if let Some(last) = of_row().next_back() {
                self.judge(&mut step, place, row, last, of_row().count());
            }
        }
        Ok(step)
    }
}

export_arbiter!(LlmArbiter);
