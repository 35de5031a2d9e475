//! The subset of HTTP/1.1 that a mock server needs.

use std::io::{BufRead, Read, Write};

use crate::replies::{ReceivedRequest, Reply};

const HEAD_BYTES_MAX: u64 = 64 * 1024;
const BODY_BYTES_MAX: usize = 16 << 20;

/// The next request of a connection; `None` at its end, and for anything that is not HTTP.
pub(crate) fn read(stream: &mut impl BufRead) -> Option<ReceivedRequest> {
    let mut head = stream.take(HEAD_BYTES_MAX);
    let mut line = String::new();
    if head.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if head.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    if length > BODY_BYTES_MAX {
        return None;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(ReceivedRequest { method, path, headers, body, tried: 0 })
}

/// The head of an answer with a body of `length` bytes.
pub(crate) fn head(reply: &Reply, length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status)).into_bytes();
    for (name, value) in &reply.headers {
        // Writing to a Vec cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "content-length: {length}\r\n\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        206 => "Partial Content",
        200..=299 => "OK",
        304 => "Not Modified",
        300..=399 => "Found",
        429 => "Too Many Requests",
        400..=499 => "Bad Request",
        _ => "Error",
    }
}
