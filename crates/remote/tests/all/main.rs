//! The client against real sockets on loopback, and its files on a real disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod common;
mod limits;
mod retries;
mod secrets;
