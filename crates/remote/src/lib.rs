//! The HTTP client of arbiters: sends requests on behalf of plug-ins, and records every answer.
//!
//! **Limits.** HTTP/1.1 with or without TLS, no proxy, no redirects, no cookies. Request bodies have at most 4 MiB;
//! the plan limits responses. One thread drives all requests; hundreds are in flight at a time.
//!
//! **Invariants.**
//! - Only hosts that the plan names are contacted, with their methods. A name that resolves to a private, loopback or
//!   link-local address is refused when connecting, whatever it resolved to before, unless the plan sets `private`.
//! - The value of a secret exists only in the header of a request being sent: not in the identity of a request, not in
//!   recorded answers, not in errors. If a service repeats it, it is replaced by its name.
//! - A request whose answer is recorded is not sent again. An answer is written to its file before it is used, and
//!   is durable ([`DURABLE_WITHIN`]) soon after, however the process ends.
//! - All attempts of a request share one deadline.
//!
//! Downloads of large files have rules of their own: see [`Downloader`].
//!
//! **How.** [`Remote::start`] takes a checked plan; [`Remote::ask`] takes a request and calls back with its [`Answer`] or
//! an [`AskError`]. [`Answers`] is the file of recorded answers, [`Fixtures`] are recorded answers
//! for tests.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod addresses;
mod answers;
mod attempts;
mod budget;
mod client;
mod cost;
mod counters;
mod download;
mod error;
mod executor;
mod fixtures;
mod gate;
mod messages;
mod policy;
#[cfg(test)]
mod rebinding_tests;
mod request;
mod resolver;
mod retry;
mod secrets;

pub use addresses::is_public;
pub use answers::{Answers, DURABLE_WITHIN, OpenedAnswers};
pub use client::{AnswerCallback, Remote, Settings, Source};
pub use cost::{Usage, cost};
pub use counters::Counters;
pub use download::{DownloadError, DownloadOutcome, DownloadProgress, DownloadRequest, DownloadedFile, Downloader};
pub use error::{AskError, RemoteError};
pub use fixtures::Fixtures;
pub use request::{Answer, Request, RequestKey};
pub use secrets::{Secrets, placeholder};
