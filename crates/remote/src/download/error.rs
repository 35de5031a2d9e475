//! Why a file was not downloaded.

use std::path::PathBuf;

/// A file that was not downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The HTTP client does not start.
    #[error("cannot start the HTTP client: {reason}")]
    Client {
        /// The client's error.
        reason: String,
    },
    /// No connection, or it was cut again and again.
    #[error("{url} cannot be reached: {reason}; the {bytes} bytes that have arrived are used by the next attempt")]
    Connection {
        /// The address.
        url: String,
        /// The last error.
        reason: String,
        /// Bytes that have arrived.
        bytes: u64,
    },
    /// The server refuses.
    #[error("{url} answers with status {status}{}", detail(text))]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// The start of its text.
        text: String,
    },
    /// The server requests a pause that is too long to wait for.
    #[error("{url} answers with status {status} and requests a pause of {seconds} s; try again then")]
    Pause {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// The pause.
        seconds: u64,
    },
    /// A page instead of a file: a proxy's login, an error page.
    #[error("{url} is a page ({content_type}), not a file: is there a proxy or a login between? {text}")]
    Page {
        /// The address.
        url: String,
        /// Its type.
        content_type: String,
        /// The start of its text.
        text: String,
    },
    /// More bytes than the server stated.
    #[error("{url} has {bytes} bytes, where {expected} were announced; nothing of it is used")]
    Length {
        /// The address.
        url: String,
        /// Bytes received.
        bytes: u64,
        /// Bytes announced.
        expected: u64,
    },
    /// The bytes are not those that they should be.
    #[error("{url} has the SHA-256 {found}, where {expected} is expected; nothing of it is used")]
    Digest {
        /// The address.
        url: String,
        /// The digest of the bytes.
        found: String,
        /// The digest that is expected.
        expected: String,
    },
    /// A file of the download cannot be written or read.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The user stopped it.
    #[error("the download of {url} was stopped after {bytes} bytes; the next attempt continues there")]
    Stopped {
        /// The address.
        url: String,
        /// Bytes that have arrived.
        bytes: u64,
    },
}

fn detail(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
