//! Text of messages.

use crate::request::Request;

/// Characters of a service's answer quoted in an error.
pub(crate) const FAILURE_CHARS_MAX: usize = 300;

/// An error with its sources.
pub(crate) fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(one) = source {
        let more = one.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = one.source();
    }
    text
}

/// A text on one line, truncated for a message.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split(|letter: char| letter.is_whitespace() || letter.is_control()).collect();
    let text = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The host and port of a request's address; empty if the address is invalid.
pub(crate) fn host_of(request: &Request) -> String {
    reqwest::Url::parse(&request.url)
        .ok()
        .and_then(|url| {
            let host = url.host_str()?;
            Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        })
        .unwrap_or_default()
}
