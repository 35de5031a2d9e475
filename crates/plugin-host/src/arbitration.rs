//! The records of `matchflow:plugin/arbitration@1.0.0` as Rust types, field by field as in `plugin-api/wit/arbiter.wit`.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A value of a row or an entry, as results show it.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A registry entry that may be the row's.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Candidate {
    /// The entry's id.
    pub id: String,
    /// What it belongs to.
    pub group: String,
    /// What the scores came to, 0 to 1.
    pub score: f64,
    /// Its fields that have a value.
    pub fields: Vec<Field>,
}

/// A supplier row that was left open.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Row {
    /// Its fields that have a value.
    pub fields: Vec<Field>,
    /// Its candidates, the best first; at least one.
    pub candidates: Vec<Candidate>,
}

/// A header; `{{secret:NAME}}` in its value stands for a secret.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What to ask.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Request {
    /// The rows that it is about, by their place.
    pub rows: Vec<u32>,
    /// `POST`.
    pub method: String,
    /// `https://host/path`.
    pub url: String,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer with a status of 200 to 299.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// What kind of content the body is.
    #[component(name = "content-type")]
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Exchange {
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub response: Response,
}

/// What an arbiter says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(variant)]
pub enum Verdict {
    /// This candidate, by its place, is the row's entry.
    #[component(name = "candidate")]
    Candidate(u32),
    /// None of the candidates is.
    #[component(name = "none")]
    None,
    /// It cannot be told.
    #[component(name = "abstain")]
    Abstain,
}

/// A verdict on a row.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Decision {
    /// The row, by its place.
    pub row: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Why, for people.
    pub reason: String,
}

/// What is decided and what is still to ask.
#[derive(Debug, Clone, PartialEq, Default, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Step {
    /// Rows that are decided, each once.
    pub decisions: Vec<Decision>,
    /// What is to ask.
    pub requests: Vec<Request>,
}

/// What a configured arbiter cannot do without.
#[derive(Debug, Clone, PartialEq, Eq, Default, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Needs {
    /// `name` or `name:port`.
    pub hosts: Vec<String>,
    /// Environment variables.
    pub secrets: Vec<String>,
}

/// What an arbiter says it is.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// Fields that rows must have.
    #[component(name = "row-fields")]
    pub row_fields: Vec<String>,
    /// Fields that entries must have.
    #[component(name = "entry-fields")]
    pub entry_fields: Vec<String>,
    /// A JSON Schema of its parameters.
    pub parameters: String,
    /// The hosts that it speaks to unless parameters say otherwise.
    pub hosts: Vec<String>,
}
