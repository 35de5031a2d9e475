//! The parameters in the pipeline.

use matchflow_plugin_api::arbiter::host_of;
use serde_json::{Map, Value};

const REASKS_MAX: usize = 3;

const NAMES: &str = "url, model, key, key_header, system, prompt, answer_format, reasks, extra";

/// The parameters. Parsed by hand: derived deserialization would make the component a tenth larger.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// The URL of the API, up to `/chat/completions`.
    pub(crate) url: String,
    /// The service's name of the model.
    pub(crate) model: String,
    /// The environment variable with the key; `None` for a service without one.
    pub(crate) key: Option<String>,
    /// The header with the key.
    pub(crate) key_header: String,
    /// The system prompt.
    pub(crate) system: Option<String>,
    /// The prompt about a row.
    pub(crate) prompt: Option<String>,
    /// How it is instructed to answer in JSON.
    pub(crate) answer_format: AnswerFormat,
    /// Maximum number of retries after an answer that cannot be read.
    pub(crate) reasks: usize,
    /// Other members of the request.
    pub(crate) extra: Map<String, Value>,
}

/// How a model is instructed to answer in JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AnswerFormat {
    /// By a JSON Schema.
    JsonSchema,
    /// By asking for any JSON object.
    JsonObject,
    /// Only by the prompt.
    Text,
}

impl Parameters {
    /// The parameters in a JSON object, or their problem and what is allowed.
    pub(crate) fn read(text: &str) -> Result<Parameters, String> {
        let mut given: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut parameters = Parameters {
            url: text_of(&mut given, "url")?.unwrap_or_else(|| "https://api.openai.com/v1".to_owned()),
            model: text_of(&mut given, "model")?.ok_or("`model` is missing; name the model as the service calls it")?,
            key: text_of(&mut given, "key")?,
            key_header: text_of(&mut given, "key_header")?.unwrap_or_else(|| "authorization".to_owned()),
            system: text_of(&mut given, "system")?,
            prompt: text_of(&mut given, "prompt")?,
            answer_format: AnswerFormat::of(text_of(&mut given, "answer_format")?.as_deref())?,
            reasks: 1,
            extra: Map::new(),
        };
        match given.remove("reasks").map(|value| value.as_u64()) {
            None => {}
            Some(Some(reasks)) if reasks <= REASKS_MAX as u64 => parameters.reasks = reasks as usize,
            Some(_) => return Err(format!("`reasks` must be 0 to {REASKS_MAX}")),
        }
        match given.remove("extra") {
            None => {}
            Some(Value::Object(extra)) => parameters.extra = extra,
            Some(_) => return Err("`extra` must be a map".to_owned()),
        }
        if let Some(name) = given.keys().next() {
            return Err(format!("unknown parameter `{name}`; allowed: {NAMES}"));
        }
        if host_of(&parameters.url).is_none() {
            return Err(format!("`url` must be like `https://host/v1`, not `{}`", parameters.url));
        }
        if parameters.model.trim().is_empty() {
            return Err("`model` is empty; name the model as the service calls it".to_owned());
        }
        let variable = |name: &&String| {
            let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            name.is_empty() || !letters || name.starts_with(|first: char| first.is_ascii_digit())
        };
        if let Some(key) = parameters.key.as_ref().filter(variable) {
            let length = key.len();
            return Err(format!("`key` is the name of an environment variable, not a key ({length} characters)"));
        }
        if let Some(name) =
            parameters.extra.keys().find(|name| matches!(name.as_str(), "model" | "messages" | "stream"))
        {
            return Err(format!("`extra` cannot set `{name}`"));
        }
        Ok(parameters)
    }
}

impl AnswerFormat {
    fn of(word: Option<&str>) -> Result<AnswerFormat, String> {
        match word {
            None | Some("json_schema") => Ok(AnswerFormat::JsonSchema),
            Some("json_object") => Ok(AnswerFormat::JsonObject),
            Some("text") => Ok(AnswerFormat::Text),
            Some(other) => Err(format!("`answer_format` is `{other}`; allowed: json_schema, json_object, text")),
        }
    }
}

fn text_of(given: &mut Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match given.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` must be text")),
    }
}
