//! Requests and answers, and what makes two requests the same.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::cost::Usage;

/// A request of an arbiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// The whole address: `https://api.openai.com/v1/chat/completions`.
    pub url: String,
    /// Headers; values may hold `{{secret:NAME}}`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What makes a request the same as another: the SHA-256 of all that it says, secrets by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

impl Request {
    /// The request's key. Every part is preceded by its length, so no two requests share their bytes.
    pub fn key(&self) -> Key {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(self.method.as_bytes());
        part(self.url.as_bytes());
        part(&(self.headers.len() as u64).to_le_bytes());
        for (name, value) in &self.headers {
            part(name.to_ascii_lowercase().as_bytes());
            part(value.as_bytes());
        }
        part(&self.body);
        Key(hasher.finalize().into())
    }
}

/// An answer with a status of 2xx. Cloning shares the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status, 200 to 299.
    pub status: u16,
    /// What kind of content the body is, where the remote end said.
    pub content_type: Option<String>,
    /// The body, without secrets.
    pub body: Arc<[u8]>,
    /// What the remote end counted.
    pub usage: Usage,
    /// What it cost when it was asked for.
    pub cost: f64,
    /// How often the request was sent for it; 0 where it was recorded before.
    pub tries: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_sees_every_part_and_where_it_ends() {
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
