//! The records of `matchflow:plugin/arbitration@1.0.0` as Rust types, field by field as in `plugin-api/wit/arbiter.wit`.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A value of a row or an entry, in the form of the results.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A registry entry that may match the row.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Candidate {
    /// The entry's id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// The combined score, 0 to 1.
    pub score: f64,
    /// Its fields, if they have a value.
    pub fields: Vec<Field>,
}

/// A supplier row without a decision.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct ArbiterRow {
    /// Its fields, if they have a value.
    pub fields: Vec<Field>,
    /// Its candidates, best first; at least one.
    pub candidates: Vec<Candidate>,
}

/// A header; `{{secret:NAME}}` in its value is replaced by a secret.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A request to a remote service.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Request {
    /// The rows that it is about, by index.
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
    /// The content type of the body.
    #[component(name = "content-type")]
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    /// Its answer.
    pub response: Response,
}

/// An arbiter's judgement of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lower, Lift)]
#[component(variant)]
pub enum Verdict {
    /// This candidate, by index, is the match.
    #[component(name = "candidate")]
    Candidate(u32),
    /// None of the candidates is the match.
    #[component(name = "none")]
    None,
    /// Undecided.
    #[component(name = "abstain")]
    Abstain,
}

/// A verdict on a row.
#[derive(Debug, Clone, PartialEq, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Decision {
    /// The row, by index.
    pub row: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// Confidence, 0 to 1.
    pub confidence: f32,
    /// The reason, for people.
    pub reason: String,
}

/// Decisions so far and requests still to send.
#[derive(Debug, Clone, PartialEq, Default, ComponentType, Lower, Lift)]
#[component(record)]
pub struct ArbiterStep {
    /// Decisions, at most one per row.
    pub decisions: Vec<Decision>,
    /// Requests to send.
    pub requests: Vec<Request>,
}

/// Requirements of a configured arbiter.
#[derive(Debug, Clone, PartialEq, Eq, Default, ComponentType, Lower, Lift)]
#[component(record)]
pub struct Needs {
    /// `name` or `name:port`.
    pub hosts: Vec<String>,
    /// Environment variables.
    pub secrets: Vec<String>,
}

/// An arbiter's description of itself.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lower, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Fields that rows must have.
    #[component(name = "row-fields")]
    pub row_fields: Vec<String>,
    /// Fields that entries must have.
    #[component(name = "entry-fields")]
    pub entry_fields: Vec<String>,
    /// A JSON Schema of its parameters.
    pub parameters: String,
    /// The hosts that it contacts unless parameters name others.
    pub hosts: Vec<String>,
}
