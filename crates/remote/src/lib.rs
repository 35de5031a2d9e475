//! The remote end of arbiters: sends HTTP requests for plug-ins that cannot, and keeps every answer.
//!
//! **Limits.** HTTP/1.1 with or without TLS, no proxy, no redirects, no cookies. Bodies: 4 MiB out, in as the plan says.
//! One thread of its own drives all requests; hundreds are in flight at once.
//!
//! **Invariants.**
//! - Only hosts that the plan names are spoken to, with their methods. A name that leads to a private, loopback or
//!   link-local address is refused at the moment of the connection, whatever it led to before, unless the plan says
//!   `private`.
//! - The value of a secret is put into a header when a try is sent and is nowhere else: not in what identifies a
//!   request, not in recorded answers, not in an error, and where a remote end repeats it, it is taken out.
//! - A request whose answer is recorded is not sent again. An answer is written to its file before anyone sees it, and
//!   is durable ([`DURABLE_WITHIN`]) soon after, however the process ends.
//! - All tries of a request share one deadline.
//!
//! **How.** [`Remote::start`] takes a checked plan; [`Remote::ask`] takes a request and calls back with its [`Answer`] or
//! the [`AskError`] that stands for it. [`Answers`] is the file of recorded answers, [`Fixtures`] are recorded answers
//! for tests.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod addresses;
mod answers;
mod asking;
mod budget;
mod client;
mod cost;
mod counters;
mod error;
mod fixtures;
mod gate;
mod policy;
#[cfg(test)]
mod rebinding_tests;
mod request;
mod resolver;
mod retry;
mod secrets;
mod sending;
mod words;

pub use addresses::is_public;
pub use answers::{Answers, DURABLE_WITHIN, Opened};
pub use client::{Done, Remote, Settings, Source};
pub use cost::{Usage, cost};
pub use counters::Counters;
pub use error::{AskError, Cause, RemoteError};
pub use fixtures::Fixtures;
pub use request::{Answer, Key, Request};
pub use secrets::{Secrets, placeholder};
