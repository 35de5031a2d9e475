//! The replies of a server.

use std::sync::Arc;

/// A request as passed to a responder.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// `POST`.
    pub method: String,
    /// The path with its query: `/v1/chat/completions`.
    pub path: String,
    /// Names in lower case, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How often this body had been received before.
    pub tried: u32,
}

impl ReceivedRequest {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The connection ends after this many bytes of the body.
    pub cut_after: Option<usize>,
}

impl Reply {
    /// A reply without headers.
    pub fn of(status: u16, body: &[u8]) -> Reply {
        Reply { status, headers: Vec::new(), body: body.to_vec(), cut_after: None }
    }

    /// The reply with another header.
    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Computes the reply to a request.
pub type Responder = Arc<dyn Fn(&ReceivedRequest) -> Reply + Send + Sync>;

/// A JSON body with this status.
pub fn json(status: u16, body: &serde_json::Value) -> Reply {
    Reply::of(status, body.to_string().as_bytes()).with("content-type", "application/json")
}

/// Replies like an OpenAI-compatible chat endpoint: `content` computes the assistant's message for a request. `usage`
/// counts one token for every four bytes of the request and of the message.
pub fn chat(content: impl Fn(&ReceivedRequest) -> String + Send + Sync + 'static) -> Responder {
    Arc::new(move |received| {
        let content = content(received);
        let prompt_tokens = received.body.len().div_ceil(4);
        let completion_tokens = content.len().div_ceil(4);
        json(
            200,
            &serde_json::json!({
                "id": "chatcmpl-mock",
                "object": "chat.completion",
                "model": "mock",
                "choices": [{
                    "index": 0,
                    "message": { "role": "assistant", "content": content },
                    "finish_reason": "stop",
                }],
                "usage": { "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens },
            }),
        )
    })
}
