//! Replies like a publisher's server of large files: ETags, ranges, redirects, and the faults that such servers have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::replies::{ReceivedRequest, Reply, Responder};

/// A file of a server, and how it is served.
#[derive(Debug, Clone, Default)]
pub struct ServedFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its type; none is sent if this is empty.
    pub content_type: String,
    /// Its `ETag`; none is sent if this is empty.
    pub etag: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Where it is: requests are redirected there.
    pub redirect_to: Option<String>,
    /// The faults of the next requests, in this order; without any, the file is served.
    pub faults: Vec<FileFault>,
}

/// A fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// The connection ends after this many bytes of the body, of which all are announced.
    CutAfter(usize),
    /// `429 Too Many Requests` with this `Retry-After`, in seconds.
    TooMany(u64),
    /// This status.
    Status(u16),
    /// The range of the request is ignored, as by a server that does not have ranges.
    WithoutRange,
}

/// A request: its path, and its `Range`.
pub type FileRequest = (String, Option<String>);

/// The files of a server by their paths; they may be replaced while it runs.
#[derive(Clone, Default)]
pub struct FileServer {
    files: Arc<Mutex<HashMap<String, ServedFile>>>,
    requests: Arc<Mutex<Vec<FileRequest>>>,
}

impl FileServer {
    /// Adds or replaces a file.
    pub fn put(&self, path: &str, file: ServedFile) {
        self.files.lock().insert(path.to_owned(), file);
    }

    /// Serves a file at another path too.
    pub fn copy(&self, from: &str, to: &str) {
        let mut files = self.files.lock();
        if let Some(file) = files.get(from).cloned() {
            files.insert(to.to_owned(), file);
        }
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        self.files.lock().remove(path);
    }

    /// The requests so far: path and `Range`.
    pub fn requests(&self) -> Vec<FileRequest> {
        self.requests.lock().clone()
    }

    /// The paths that were requested.
    pub fn paths(&self) -> HashSet<String> {
        self.requests.lock().iter().map(|(path, _)| path.clone()).collect()
    }

    /// The server's replies.
    pub fn responder(&self) -> Responder {
        let server = self.clone();
        Arc::new(move |received| server.reply(received))
    }

    fn reply(&self, received: &ReceivedRequest) -> Reply {
        let range = received.header("range").map(str::to_owned);
        self.requests.lock().push((received.path.clone(), range.clone()));
        let mut files = self.files.lock();
        let Some(file) = files.get_mut(&received.path) else { return Reply::of(404, b"there is no such file") };
        let fault = (!file.faults.is_empty()).then(|| file.faults.remove(0));
        match fault {
            Some(FileFault::TooMany(seconds)) => {
                return Reply::of(429, b"too many requests").with("retry-after", &seconds.to_string());
            }
            Some(FileFault::Status(status)) => return Reply::of(status, b"the server has a problem"),
            _ => {}
        }
        if let Some(to) = &file.redirect_to {
            return Reply::of(302, b"").with("location", to);
        }
        if !file.etag.is_empty() && received.header("if-none-match") == Some(&file.etag) {
            return file.headed(Reply::of(304, b""));
        }
        let is_same = received.header("if-range").is_none_or(|validator| validator == file.etag);
        let from = range.filter(|_| is_same && fault != Some(FileFault::WithoutRange));
        let from = from.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        let all = file.bytes.len();
        let mut reply = match from {
            Some(from) if from >= all => return Reply::of(416, b"").with("content-range", &format!("bytes */{all}")),
            Some(from) => Reply::of(206, file.bytes.get(from..).unwrap_or_default())
                .with("content-range", &format!("bytes {from}-{}/{all}", all - 1)),
            None => Reply::of(200, &file.bytes),
        };
        if let Some(FileFault::CutAfter(bytes)) = fault {
            reply.cut_after = Some(bytes);
        }
        file.headed(reply)
    }
}

impl ServedFile {
    /// A reply with the headers of the file.
    fn headed(&self, mut reply: Reply) -> Reply {
        for (name, value) in [("etag", &self.etag), ("content-type", &self.content_type)] {
            if !value.is_empty() {
                reply = reply.with(name, value);
            }
        }
        reply.headers.extend(self.headers.iter().cloned());
        reply
    }
}
