//! Requests, their identity, and answers.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::cost::Usage;

/// A request of an arbiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// The complete address: `https://api.openai.com/v1/chat/completions`.
    pub url: String,
    /// Headers; values may contain `{{secret:NAME}}`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Identity of a request: the SHA-256 of its content, with secrets by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestKey(pub [u8; 32]);

impl Request {
    /// The request's key. Every field is preceded by its length, so no two requests share their bytes.
    pub fn key(&self) -> RequestKey {
        let mut hasher = Sha256::new();
        let mut hash = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        hash(self.method.as_bytes());
        hash(self.url.as_bytes());
        hash(&(self.headers.len() as u64).to_le_bytes());
        for (name, value) in &self.headers {
            hash(name.to_ascii_lowercase().as_bytes());
            hash(value.as_bytes());
        }
        hash(&self.body);
        RequestKey(hasher.finalize().into())
    }
}

/// An answer with a status of 2xx. Clones share the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status, 200 to 299.
    pub status: u16,
    /// The content type of the body, if the service gave one.
    pub content_type: Option<String>,
    /// The body, without secrets.
    pub body: Arc<[u8]>,
    /// Tokens as the service counted them.
    pub usage: Usage,
    /// Its cost when it was requested.
    pub cost: f64,
    /// How often the request was sent; 0 if the answer was recorded.
    pub tries: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_every_part_and_its_end() {
        let request = Request {
            method: "POST".to_owned(),
            url: "https://a.example/b".to_owned(),
            headers: vec![("Accept".to_owned(), "x".to_owned())],
            body: b"body".to_vec(),
        };
        let other = |change: &dyn Fn(&mut Request)| {
            let mut request = request.clone();
            change(&mut request);
            request.key()
        };
        let same = other(&|request| request.headers = vec![("accept".to_owned(), "x".to_owned())]);
        assert_eq!(same, request.key(), "names of headers have no case");
        let different = [
            other(&|request| request.method = "PUT".to_owned()),
            other(&|request| request.url.push('c')),
            other(&|request| request.headers.clear()),
            other(&|request| request.headers = vec![("accept".to_owned(), "y".to_owned())]),
            other(&|request| request.headers = vec![("acceptx".to_owned(), String::new())]),
            other(&|request| request.body.push(b' ')),
        ];
        for (at, key) in different.iter().enumerate() {
            assert_ne!(*key, request.key(), "{at}");
            assert!(!different[..at].contains(key), "{at}");
        }
    }
}
