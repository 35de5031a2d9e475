//! Problems with a request, as RFC 9457 problem details: `application/problem+json`.
//!
//! **Invariants.** A problem names the part of the request that it concerns and what is allowed there. It repeats field
//! names of a supplier row, but never a value.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

/// The type of the body.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// The prefix of problem types.
const TYPE_PREFIX: &str = "urn:matchflow:problem:";
/// Maximum number of errors listed in one answer.
const ERRORS_MAX: usize = 20;

/// A kind of problem: its status, its name, its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The request cannot be read.
    Malformed,
    /// It needs a token.
    Unauthorized,
    /// It comes from another page, or names another host.
    Forbidden,
    /// There is no such pipeline.
    UnknownPipeline,
    /// There is nothing of this name.
    NotFound,
    /// The method is not allowed here.
    Method,
    /// It did not arrive in time.
    Timeout,
    /// The answer cannot have this type.
    NotAcceptable,
    /// Something has changed since the client read it.
    Conflict,
    /// It is too large.
    TooLarge,
    /// The type of its body is not known.
    MediaType,
    /// It is not valid.
    Invalid,
    /// The queue is full.
    Busy,
    /// The pipelines could not be loaded again.
    Reload,
    /// The server failed.
    Internal,
    /// The service is not ready.
    Unavailable,
    /// The answer was not ready in time.
    Deadline,
}

impl ProblemKind {
    /// Every kind of `serve`, for the API documentation.
    pub(crate) const ALL: [ProblemKind; 15] = [
        ProblemKind::Malformed,
        ProblemKind::Unauthorized,
        ProblemKind::UnknownPipeline,
        ProblemKind::NotFound,
        ProblemKind::Method,
        ProblemKind::Timeout,
        ProblemKind::NotAcceptable,
        ProblemKind::TooLarge,
        ProblemKind::MediaType,
        ProblemKind::Invalid,
        ProblemKind::Busy,
        ProblemKind::Reload,
        ProblemKind::Internal,
        ProblemKind::Unavailable,
        ProblemKind::Deadline,
    ];

    fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            ProblemKind::Malformed => (400, "malformed", "The request cannot be read"),
            ProblemKind::Unauthorized => (401, "unauthorized", "A token is required"),
            ProblemKind::Forbidden => (403, "forbidden", "The request is not allowed"),
            ProblemKind::UnknownPipeline => (404, "unknown-pipeline", "There is no such pipeline"),
            ProblemKind::NotFound => (404, "not-found", "There is nothing of this name"),
            ProblemKind::Method => (405, "method", "The method is not allowed here"),
            ProblemKind::NotAcceptable => (406, "not-acceptable", "The answer cannot have this type"),
            ProblemKind::Timeout => (408, "timeout", "The request did not arrive in time"),
            ProblemKind::Conflict => (409, "conflict", "Something has changed"),
            ProblemKind::TooLarge => (413, "too-large", "The request is too large"),
            ProblemKind::MediaType => (415, "media-type", "The type of the body is not known"),
            ProblemKind::Invalid => (422, "invalid", "The request is not valid"),
            ProblemKind::Busy => (429, "busy", "The queue is full"),
            ProblemKind::Reload => (500, "reload", "The pipelines could not be loaded again"),
            ProblemKind::Internal => (500, "internal", "The rows could not be matched"),
            ProblemKind::Unavailable => (503, "unavailable", "The service is not ready"),
            ProblemKind::Deadline => (504, "deadline", "The answer was not ready in time"),
        }
    }

    /// The status code.
    pub fn status(self) -> u16 {
        self.row().0
    }

    /// The type, a URN.
    pub fn type_urn(self) -> String {
        format!("{TYPE_PREFIX}{}", self.row().1)
    }
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The part: a JSON Pointer into the body (`/rows/0/Postal`), or a parameter (`?limit`).
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
    /// The allowed values, if they form a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

/// A problem with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// What is wrong, and what is allowed.
    pub detail: String,
    /// The parts that it concerns.
    pub errors: Vec<FieldError>,
    /// Number of errors that are not listed.
    pub errors_left_out: usize,
    /// Seconds after which the request may succeed.
    pub retry_after: Option<u64>,
    /// The methods allowed.
    pub methods: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            errors_left_out: 0,
            retry_after: None,
            methods: None,
        }
    }

    /// A problem with one part of the request.
    pub fn of_part(kind: ProblemKind, error: FieldError) -> Problem {
        Problem { errors: vec![error.clone()], ..Problem::new(kind, error.detail) }
    }

    /// A problem with several parts of the request, at least one.
    pub fn of_parts(mut errors: Vec<FieldError>) -> Problem {
        let errors_left_out = errors.len().saturating_sub(ERRORS_MAX);
        errors.truncate(ERRORS_MAX);
        let detail = match errors.as_slice() {
            [error] => format!("{}: {}", error.pointer, error.detail),
            errors => format!("{} parts of the request are not valid", errors.len() + errors_left_out),
        };
        Problem { errors, errors_left_out, ..Problem::new(ProblemKind::Invalid, detail) }
    }

    /// The answer.
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let (status, _, title) = self.kind.row();
        let mut body = json!({
            "type": self.kind.type_urn(), "title": title, "status": status, "detail": self.detail,
        });
        if let Some(body) = body.as_object_mut() {
            if !self.errors.is_empty() {
                body.insert("errors".to_owned(), json!(self.errors));
            }
            if self.errors_left_out > 0 {
                body.insert("errors_left_out".to_owned(), self.errors_left_out.into());
            }
        }
        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.methods.and_then(|methods| HeaderValue::from_str(&methods).ok()) {
            headers.insert(ALLOW, methods);
        }
        if self.kind == ProblemKind::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl FieldError {
    /// What is wrong with a part.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), detail: detail.into(), allowed: Vec::new() }
    }

    /// The same with the list of what is allowed.
    #[must_use]
    pub fn allowing(self, allowed: impl IntoIterator<Item = impl Into<String>>) -> FieldError {
        FieldError { allowed: allowed.into_iter().map(Into::into).collect(), ..self }
    }
}

/// A part of a JSON Pointer, escaped.
pub(crate) fn pointer_segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
