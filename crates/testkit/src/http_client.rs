//! A small HTTP/1.1 client for tests of servers: one request at a time over one connection, or raw bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }
}

/// A connection.
pub struct HttpClient<Stream: Read + Write = TcpStream> {
    stream: BufReader<Stream>,
    /// The header `Host` of requests.
    host: String,
}

impl HttpClient {
    /// Connects.
    pub fn connect(address: SocketAddr) -> HttpClient {
        HttpClient::over(TcpStream::connect(address).expect("the server listens"))
    }

    /// Connects to a server that it calls by another name.
    pub fn connect_as(address: SocketAddr, host: &str) -> HttpClient {
        HttpClient { host: host.to_owned(), ..HttpClient::connect(address) }
    }
}

impl<Stream: Read + Write> HttpClient<Stream> {
    /// A client over any stream.
    pub fn over(stream: Stream) -> HttpClient<Stream> {
        HttpClient { stream: BufReader::new(stream), host: "test".to_owned() }
    }

    /// Sends a request and reads its answer.
    pub fn request(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpAnswer {
        self.send(method, target, headers, body);
        self.answer(method).expect("the request has an answer")
    }

    /// Sends a request without reading the answer.
    pub fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.send_bytes(&bytes);
    }

    /// Sends these bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        // If the server closes the connection early, this is detected when its answer is read.
        let _ = self.stream.get_mut().write_all(bytes);
        let _ = self.stream.get_mut().flush();
    }

    /// Reads an answer; `None` if the connection was closed before it.
    pub fn answer(&mut self, method: &str) -> Option<HttpAnswer> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.expect("the first line has a status");
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line()?.split_once(':') {
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut answer = HttpAnswer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a length is a number"));
        if method != "HEAD" {
            answer.body = vec![0; length];
            self.stream.read_exact(&mut answer.body).ok()?;
        }
        Some(answer)
    }

    /// Whether the server closes the connection; waits until it does.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        // A reset also ends the connection.
        let _ = self.stream.read_to_end(&mut rest);
        rest.is_empty()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
