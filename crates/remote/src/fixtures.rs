//! Recorded requests and answers for tests: a JSON file that people can read and edit.
//!
//! ```json
//! { "exchanges": [ {
//!     "request": { "method": "POST", "url": "https://api.example/v1", "body": { "model": "small" } },
//!     "response": { "status": 200, "body": { "choice": 1 } }
//! } ] }
//! ```
//!
//! A request is found by its method, its address and its body; JSON bodies are compared as JSON, so neither spaces nor
//! the order of keys matter. Headers are neither compared nor recorded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cost::Usage;
use crate::error::RemoteError;
use crate::request::{Answer, Request};

/// Fixtures in memory. Clones share them.
#[derive(Clone)]
pub struct Fixtures(Arc<FixtureFile>);

struct FixtureFile {
    path: PathBuf,
    exchanges: Mutex<Vec<FixtureEntry>>,
}

struct FixtureEntry {
    exchange: RecordedExchange,
    used: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FixtureDocument {
    exchanges: Vec<RecordedExchange>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedExchange {
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedRequest {
    #[serde(default = "post")]
    method: String,
    url: String,
    #[serde(default)]
    body: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(default)]
    body: Value,
}

fn post() -> String {
    "POST".to_owned()
}

fn ok() -> u16 {
    200
}

impl Fixtures {
    /// Reads the file. With `may_be_missing`, a missing file counts as empty.
    pub fn open(path: &Path, may_be_missing: bool) -> Result<Fixtures, RemoteError> {
        let failed = |reason: String| RemoteError::Fixtures { path: path.to_owned(), action: "read", reason };
        let document = match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?,
            Err(error) if may_be_missing && error.kind() == std::io::ErrorKind::NotFound => FixtureDocument::default(),
            Err(error) => return Err(failed(error.to_string())),
        };
        let exchanges = document.exchanges.into_iter().map(|exchange| FixtureEntry { exchange, used: false }).collect();
        Ok(Fixtures(Arc::new(FixtureFile { path: path.to_owned(), exchanges: Mutex::new(exchanges) })))
    }

    /// No fixtures: no request has an answer.
    pub fn none(path: &Path) -> Fixtures {
        Fixtures(Arc::new(FixtureFile { path: path.to_owned(), exchanges: Mutex::default() }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The answer recorded for a request.
    pub(crate) fn get(&self, request: &Request) -> Option<Answer> {
        let request = RecordedRequest::new(request);
        let mut exchanges = self.0.exchanges.lock();
        let entry = exchanges.iter_mut().find(|entry| entry.exchange.request == request)?;
        entry.used = true;
        let response = &entry.exchange.response;
        let body = match &response.body {
            Value::Null => Vec::new(),
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        };
        let usage = Usage::from_body(&body);
        let content_type = response.content_type.clone();
        Some(Answer { status: response.status, content_type, body: body.into(), usage, cost: 0.0, tries: 0 })
    }

    /// Adds a request and its answer.
    pub(crate) fn add(&self, request: &Request, answer: &Answer) {
        let response = RecordedResponse {
            status: answer.status,
            content_type: answer.content_type.clone(),
            body: value(&answer.body),
        };
        let exchange = RecordedExchange { request: RecordedRequest::new(request), response };
        self.0.exchanges.lock().push(FixtureEntry { exchange, used: true });
    }

    /// Rewrites the file with only the exchanges used since it was read, sorted so that diffs are small.
    pub fn save(&self) -> Result<usize, RemoteError> {
        let path = &self.0.path;
        let failed = |reason: String| RemoteError::Fixtures { path: path.clone(), action: "written", reason };
        let mut exchanges: Vec<RecordedExchange> =
            self.0.exchanges.lock().iter().filter(|entry| entry.used).map(|entry| entry.exchange.clone()).collect();
        exchanges.sort_by_cached_key(|exchange| (exchange.request.url.clone(), exchange.request.body.to_string()));
        let count = exchanges.len();
        let text =
            serde_json::to_string_pretty(&FixtureDocument { exchanges }).map_err(|error| failed(error.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        let write = || {
            let (staged, mut file) = matchflow_files::StagedFile::create(path, "the fixtures")?;
            std::io::Write::write_all(&mut file, (text + "\n").as_bytes())?;
            staged.publish()
        };
        write().map_err(|error| failed(error.to_string()))?;
        Ok(count)
    }
}

impl RecordedRequest {
    fn new(request: &Request) -> RecordedRequest {
        RecordedRequest {
            method: request.method.to_ascii_uppercase(),
            url: request.url.clone(),
            body: value(&request.body),
        }
    }
}

/// A body as JSON if it is JSON, else as text.
fn value(body: &[u8]) -> Value {
    match body {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Request {
        let (method, url) = ("POST".to_owned(), "https://api.example/v1".to_owned());
        Request { method, url, headers: vec![("x".to_owned(), "y".to_owned())], body: body.as_bytes().to_vec() }
    }

    fn answer(body: &str) -> Answer {
        let (content_type, body) = (Some("application/json".to_owned()), body.as_bytes().into());
        Answer { status: 200, content_type, body, usage: Usage::default(), cost: 0.0, tries: 1 }
    }

    #[test]
    fn recorded_exchanges_are_found_and_unused_ones_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/fixtures.json");
        let fixtures = Fixtures::open(&path, true).unwrap();
        assert!(fixtures.get(&request("{}")).is_none());
        fixtures.add(&request(r#"{"b": 1, "a": [2]}"#), &answer(r#"{"choice": 1}"#));
        fixtures.add(&request("plain"), &answer("plain too"));
        assert_eq!(fixtures.save().unwrap(), 2);
        let again = Fixtures::open(&path, false).unwrap();
        let found = again.get(&request(r#"{"a":[2],"b":1}"#)).unwrap();
        assert_eq!((found.status, &*found.body), (200, br#"{"choice":1}"#.as_slice()));
        assert!(again.get(&request(r#"{"a":[3],"b":1}"#)).is_none());
        assert_eq!(again.save().unwrap(), 1, "what nobody asked for is gone");
        assert!(Fixtures::open(&path, false).unwrap().get(&request("plain")).is_none());
    }

    #[test]
    fn an_invalid_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fixtures.json");
        assert!(Fixtures::open(&path, false).is_err());
        std::fs::write(&path, r#"{"exchanges": [{"request": {"url": "x", "bodyy": 1}, "response": {}}]}"#).unwrap();
        let error = Fixtures::open(&path, true).err().unwrap().to_string();
        assert!(error.contains("fixtures.json") && error.contains("bodyy"), "{error}");
    }
}
