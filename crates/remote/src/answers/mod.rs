//! The file of recorded answers, beside the checkpoint: append-only, a checksum a record, read whole at the start.
//!
//! **Invariants.**
//! - An answer is in the file (written, so that a killed process has it) before [`Answers::keep`] returns, and on the
//!   disk (synced, so that a machine that stops has it) within [`DURABLE_WITHIN`] and the time of two syncs. No answer
//!   waits for a sync to be written.
//! - A last record that was not written whole is cut off when the file is opened; its answer was never seen.
//! - A file that is damaged otherwise is moved aside, never deleted, and every answer that is whole is kept.
//! - One process writes the file.

mod format;
mod scan;
mod store;
mod writer;

pub use store::{Answers, Opened};
pub use writer::DURABLE_WITHIN;
