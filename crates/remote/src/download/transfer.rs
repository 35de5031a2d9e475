//! One download: attempts, the pauses between them, and the checks at the end.

use std::fs::File;
use std::io::Read;
use std::time::{Duration, SystemTime};

use matchflow_model::digest::Hasher;
use matchflow_model::fault;
use reqwest::header::{
    CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use reqwest::{Response, StatusCode};
use tokio::time::sleep;

use super::partial::{PartialFile, RemoteFileFacts};
use super::{DownloadError, DownloadOutcome, DownloadProgress, DownloadRequest, DownloadedFile};
use crate::messages::{FAILURE_CHARS_MAX, error_chain, one_line};
use crate::retry;

/// Attempts in a row in which no byte arrived.
const TRIES_MAX: u32 = 8;
/// The first pause; it doubles up to the maximum.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// The longest pause that the server may request; for a longer one, the user is asked to come back.
const PAUSE_REQUESTED_MAX: Duration = Duration::from_secs(15 * 60);
/// Interval at which a pause checks whether the user has stopped the command.
const STOP_CHECK: Duration = Duration::from_millis(100);
/// Digests of the bytes (RFC 9530, and RFC 3230 before it).
const DIGEST_HEADERS: [HeaderName; 2] = [HeaderName::from_static("repr-digest"), HeaderName::from_static("digest")];
/// The moment of publication, as GLEIF's server names it.
const PUBLISHED: HeaderName = HeaderName::from_static("x-gleif-publish-date");
const BUFFER_BYTES: usize = 1 << 20;

/// A download in progress.
pub(super) struct Transfer<'a, 'p> {
    pub(super) client: &'a reqwest::Client,
    pub(super) request: &'a DownloadRequest<'a>,
    pub(super) stopped: &'a (dyn Fn() -> bool + Send + Sync),
    pub(super) progress: DownloadProgress<'p>,
}

/// The end of an attempt that is not an error.
enum AttemptEnd {
    Complete,
    NotModified,
}

/// Why an attempt failed.
enum AttemptFailure {
    /// It is tried again after a pause, which the server may have requested.
    Again(DownloadError, Option<Duration>),
    Final(DownloadError),
}

impl From<DownloadError> for AttemptFailure {
    fn from(error: DownloadError) -> Self {
        AttemptFailure::Final(error)
    }
}

impl Transfer<'_, '_> {
    pub(super) async fn run(&mut self) -> Result<DownloadOutcome, DownloadError> {
        let mut partial = PartialFile::open(self.request.path, self.request.url);
        let mut fruitless = 0;
        loop {
            let before = partial.bytes;
            let (error, requested) = match self.attempt(&mut partial).await {
                Ok(AttemptEnd::NotModified) => return Ok(DownloadOutcome::NotModified),
                Ok(AttemptEnd::Complete) => return self.check(&mut partial).map(DownloadOutcome::Complete),
                Err(AttemptFailure::Final(error)) => return Err(error),
                Err(AttemptFailure::Again(error, requested)) => (error, requested),
            };
            fruitless = if partial.bytes > before { 0 } else { fruitless + 1 };
            if fruitless >= TRIES_MAX {
                return Err(error);
            }
            let own = PAUSE_FIRST.saturating_mul(1 << fruitless.min(16)).min(PAUSE_MAX);
            self.pause(requested.unwrap_or(own), &partial).await?;
        }
    }

    async fn attempt(&mut self, partial: &mut PartialFile) -> Result<AttemptEnd, AttemptFailure> {
        self.check_stop(partial)?;
        let mut builder = self.client.get(self.request.url);
        let facts = partial.facts.clone();
        let is_complete = partial.bytes > 0 && facts.bytes == Some(partial.bytes);
        let is_resumed = partial.bytes > 0 && !is_complete;
        match (facts.validator(), self.request.known_etag) {
            // An earlier process has all of it: it is used if it is still what the server has.
            (Some(_), _) if is_complete => match (facts.etag, facts.last_modified) {
                (Some(etag), _) => builder = builder.header(IF_NONE_MATCH, etag),
                (None, Some(modified)) => builder = builder.header(IF_MODIFIED_SINCE, modified),
                (None, None) => {}
            },
            (Some(validator), _) if is_resumed => {
                builder = builder.header(RANGE, format!("bytes={}-", partial.bytes)).header(IF_RANGE, validator);
            }
            (_, Some(etag)) => builder = builder.header(IF_NONE_MATCH, etag),
            _ => {}
        }
        let response = builder.send().await.map_err(|error| self.connection(error, partial))?;
        let (status, after) = (response.status(), retry::retry_after(response.headers()));
        match status {
            StatusCode::NOT_MODIFIED if is_complete => return Ok(AttemptEnd::Complete),
            StatusCode::NOT_MODIFIED if !is_resumed => return Ok(AttemptEnd::NotModified),
            StatusCode::PARTIAL_CONTENT if continues(response.headers(), partial) => {}
            StatusCode::OK => {
                let facts = self.facts_of(&response);
                let response = self.refuse_page(response).await?;
                partial.restart(facts)?;
                return self.receive(response, partial).await;
            }
            // The range does not fit the server's file: it is another one now.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                partial.discard();
                let error = self.status(response).await;
                return Err(AttemptFailure::Again(error, Some(Duration::ZERO)));
            }
            _ => {
                let error = self.status(response).await;
                return Err(match after {
                    Some(pause) if pause > PAUSE_REQUESTED_MAX => AttemptFailure::Final(DownloadError::Pause {
                        url: self.request.url.to_owned(),
                        status: status.as_u16(),
                        seconds: pause.as_secs(),
                    }),
                    _ if retry::is_retryable(status.as_u16()) => AttemptFailure::Again(error, after),
                    _ => AttemptFailure::Final(error),
                });
            }
        }
        self.receive(response, partial).await
    }

    /// Writes the bytes of a response.
    async fn receive(
        &mut self,
        mut response: Response,
        partial: &mut PartialFile,
    ) -> Result<AttemptEnd, AttemptFailure> {
        let mut file = partial.append()?;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.connection(error, partial))? {
            partial.write(&mut file, &chunk)?;
            fault::point("download");
            (self.progress)(partial.bytes, partial.facts.bytes);
            self.check_stop(partial)?;
        }
        match partial.facts.bytes {
            Some(expected) if partial.bytes < expected => {
                let reason = format!("the connection ended after {} of {expected} bytes", partial.bytes);
                let url = self.request.url.to_owned();
                Err(AttemptFailure::Again(DownloadError::Connection { url, reason, bytes: partial.bytes }, None))
            }
            _ => Ok(AttemptEnd::Complete),
        }
    }

    /// Checks the length and the digest of a complete file.
    fn check(&self, partial: &mut PartialFile) -> Result<DownloadedFile, DownloadError> {
        let url = self.request.url.to_owned();
        let bytes = partial.bytes;
        if let Some(expected) = partial.facts.bytes.filter(|expected| *expected != bytes) {
            partial.discard();
            return Err(DownloadError::Length { url, bytes, expected });
        }
        let found = sha256_of(self.request.path).map_err(|source| partial.failed(source))?;
        let expected = [self.request.sha256, partial.facts.sha256.as_deref()];
        let other = expected.into_iter().flatten().find(|expected| !expected.eq_ignore_ascii_case(&found));
        if let Some(expected) = other.map(str::to_owned) {
            partial.discard();
            return Err(DownloadError::Digest { url, found, expected });
        }
        let facts = &partial.facts;
        let modified = facts.last_modified.as_deref().and_then(|text| httpdate::parse_http_date(text).ok());
        Ok(DownloadedFile {
            bytes,
            sha256: found,
            etag: facts.etag.clone(),
            modified: modified.map(day),
            published: facts.published.clone(),
        })
    }

    fn facts_of(&self, response: &Response) -> RemoteFileFacts {
        let headers = response.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        RemoteFileFacts {
            url: self.request.url.to_owned(),
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
            bytes: response.content_length(),
            sha256: DIGEST_HEADERS.into_iter().find_map(|name| sha256_of_header(&text(name)?)),
            published: text(PUBLISHED).and_then(|moment| moment.get(..10).map(str::to_owned)),
        }
    }

    /// A page instead of a file.
    async fn refuse_page(&self, response: Response) -> Result<Response, AttemptFailure> {
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        if !content_type.starts_with("text/html") && !content_type.starts_with("application/xhtml") {
            return Ok(response);
        }
        let text = start_of(response).await;
        let url = self.request.url.to_owned();
        Err(AttemptFailure::Final(DownloadError::Page { url, content_type, text }))
    }

    async fn status(&self, response: Response) -> DownloadError {
        let (url, status) = (self.request.url.to_owned(), response.status().as_u16());
        DownloadError::Status { url, status, text: start_of(response).await }
    }

    fn connection(&self, error: reqwest::Error, partial: &PartialFile) -> AttemptFailure {
        let is_final = error.is_builder() || error.is_redirect();
        let error = DownloadError::Connection {
            url: self.request.url.to_owned(),
            reason: error_chain(&error.without_url()),
            bytes: partial.bytes,
        };
        if is_final { AttemptFailure::Final(error) } else { AttemptFailure::Again(error, None) }
    }

    async fn pause(&self, time: Duration, partial: &PartialFile) -> Result<(), DownloadError> {
        let mut left = time;
        while !left.is_zero() {
            self.check_stop(partial)?;
            let step = left.min(STOP_CHECK);
            sleep(step).await;
            left = left.saturating_sub(step);
        }
        Ok(())
    }

    fn check_stop(&self, partial: &PartialFile) -> Result<(), DownloadError> {
        if (self.stopped)() {
            return Err(DownloadError::Stopped { url: self.request.url.to_owned(), bytes: partial.bytes });
        }
        Ok(())
    }
}

/// Whether a partial response is what follows the bytes so far, of a file of the same length.
fn continues(headers: &HeaderMap, partial: &PartialFile) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let Some((span, all)) = range.and_then(|range| range.trim().strip_prefix("bytes ")?.split_once('/')) else {
        return false;
    };
    let starts_here = span.split_once('-').is_some_and(|(first, _)| first.trim().parse() == Ok(partial.bytes));
    let is_same_length = partial.facts.bytes.is_none_or(|bytes| all.trim() == "*" || all.trim().parse() == Ok(bytes));
    starts_here && is_same_length
}

/// `sha-256=:BASE64:` and `SHA-256=BASE64` among other digests.
fn sha256_of_header(text: &str) -> Option<String> {
    let value = text.split(',').find_map(|one| {
        let (name, value) = one.trim().split_once('=')?;
        name.eq_ignore_ascii_case("sha-256").then_some(value)
    })?;
    let bytes = base64_bytes(value.trim().trim_matches(':'))?;
    (bytes.len() == 32).then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.decode(text).ok()
}

async fn start_of(mut response: Response) -> String {
    // The text is only for the message, so errors while reading it are ignored.
    let chunk = response.chunk().await.ok().flatten().unwrap_or_default();
    one_line(&String::from_utf8_lossy(&chunk), FAILURE_CHARS_MAX)
}

/// The SHA-256 of a file, in hexadecimal.
fn sha256_of(path: &std::path::Path) -> std::io::Result<String> {
    let (mut file, mut hasher) = (File::open(path)?, Hasher::default());
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish_hex()),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// The day of a moment, in UTC.
fn day(time: SystemTime) -> String {
    let text = httpdate::HttpDate::from(time);
    // `Sun, 06 Nov 1994 08:49:37 GMT`
    let text = text.to_string();
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let (Some(day), Some(month), Some(year)) = (parts.get(1), parts.get(2), parts.get(3)) else { return String::new() };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name == month).map_or(0, |at| at + 1);
    format!("{year}-{month:02}-{day}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_and_days_are_read_from_headers() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        for header in [format!("sha-256=:{base64}:"), format!("md5=AAAA, SHA-256={base64}")] {
            assert_eq!(sha256_of_header(&header).as_deref(), Some(hex), "{header}");
        }
        for header in ["", "sha-256", "sha-256=::", "sha-256=:AAAA:", "sha-512=:AAAA:"] {
            assert_eq!(sha256_of_header(header), None, "{header}");
        }
        let day_of = |text: &str| httpdate::parse_http_date(text).map(day).unwrap();
        assert_eq!(day_of("Sun, 01 Nov 2026 03:12:45 GMT"), "2026-11-01");
        assert_eq!(day_of("Wed, 31 Dec 2025 23:59:59 GMT"), "2025-12-31");
    }

    #[test]
    fn a_range_continues_only_where_the_bytes_end() {
        let facts = RemoteFileFacts { bytes: Some(100), ..RemoteFileFacts::default() };
        let partial = PartialFile::of(facts, 40);
        let headers = |range: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, range.parse().unwrap());
            headers
        };
        assert!(continues(&headers("bytes 40-99/100"), &partial) && continues(&headers("bytes 40-99/*"), &partial));
        for other in ["bytes 39-99/100", "bytes 40-99/101", "bytes */100", "items 40-99/100", ""] {
            assert!(!continues(&headers(other), &partial), "{other}");
        }
        assert!(!continues(&HeaderMap::new(), &partial));
    }
}
