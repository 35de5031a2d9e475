//! Downloads of large files: redirects are followed, cut transfers resumed, pauses that the server requests observed.
//!
//! **Limits.** HTTP/1.1. The proxies of `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are used. At most
//! [`REDIRECTS_MAX`] redirects, none of them from https to http.
//!
//! **Invariants.**
//! - A download is two files: the bytes so far, and beside them what they are of (address, ETag, length). A transfer is
//!   only resumed where the server confirms that the file is the same (`If-Range`), in this process or a later one.
//! - A complete file has the length and, where the server or the caller names one, the SHA-256 that it must have.
//!   Otherwise its bytes are removed and nothing is returned.

mod error;
mod partial;
mod transfer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

pub use self::error::DownloadError;
use self::transfer::Transfer;
use crate::messages::error_chain;

/// Redirects of one request.
const REDIRECTS_MAX: usize = 10;
/// Time limit for connecting.
const CONNECT_MAX: Duration = Duration::from_secs(20);
/// A connection without a byte for this long is cut, and the transfer resumed.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A file to download.
#[derive(Debug, Clone)]
pub struct DownloadRequest<'a> {
    /// Its address.
    pub url: &'a str,
    /// Where its bytes go.
    pub path: &'a Path,
    /// The ETag of the copy that the caller has: the same file is not downloaded again.
    pub known_etag: Option<&'a str>,
    /// The SHA-256 that it must have, in hexadecimal.
    pub sha256: Option<&'a str>,
}

/// A file on this machine, and what the server calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadedFile {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The server's ETag.
    pub etag: Option<String>,
    /// The server's `Last-Modified`, as `YYYY-MM-DD`.
    pub modified: Option<String>,
    /// The date in the header that the publisher names its edition with, as `YYYY-MM-DD`.
    pub published: Option<String>,
}

/// How a download ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadOutcome {
    /// The file is here.
    Complete(DownloadedFile),
    /// It is still the one of [`DownloadRequest::known_etag`].
    NotModified,
}

/// Called with the bytes so far, and all if the server states them.
pub type DownloadProgress<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// Downloads files one after the other.
pub struct Downloader {
    client: reqwest::Client,
    runtime: Runtime,
    stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Downloader {
    /// A downloader that ends when `stopped` does.
    pub fn new(stopped: Arc<dyn Fn() -> bool + Send + Sync>) -> Result<Downloader, DownloadError> {
        let failed = |reason: String| DownloadError::Client { reason };
        // Another crate may have installed a provider already; any works.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = client().map_err(|error| failed(error_chain(&error)))?;
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        Ok(Downloader { client, runtime: runtime.map_err(|error| failed(error.to_string()))?, stopped })
    }

    /// Downloads a file, or the rest of it.
    pub fn download(
        &self,
        request: &DownloadRequest<'_>,
        progress: DownloadProgress<'_>,
    ) -> Result<DownloadOutcome, DownloadError> {
        let mut transfer = Transfer { client: &self.client, request, stopped: &*self.stopped, progress };
        self.runtime.block_on(transfer.run())
    }
}

fn client() -> reqwest::Result<reqwest::Client> {
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("matchflow/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::custom(redirect))
            .referer(false)
            .connect_timeout(CONNECT_MAX)
            .read_timeout(SILENCE_MAX)
    };
    // A machine without certificates can still reach a mirror without TLS.
    builder().build().or_else(|_| builder().tls_certs_only([]).build())
}

/// Follows a redirect, unless it gives up encryption.
fn redirect(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let was_encrypted = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_encrypted && attempt.url().scheme() != "https" {
        return attempt.error("it redirects from https to an address without encryption");
    }
    if attempt.previous().len() > REDIRECTS_MAX {
        return attempt.error("it redirects too often");
    }
    attempt.follow()
}
