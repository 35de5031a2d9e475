//! The file of recorded answers, next to the checkpoint: append-only, a checksum per record, read completely at the
//! start.
//!
//! **Invariants.**
//! - An answer is written to the file (and so survives a kill of the process) before [`Answers::store`] returns, and is
//!   synced to disk (and so survives a crash of the machine) within [`DURABLE_WITHIN`] plus the time of two syncs.
//!   Writing an answer never waits for a sync.
//! - An incomplete last record is removed when the file is opened; its answer was never used.
//! - A file damaged in any other way is renamed, never deleted, and all of its intact answers are recovered.
//! - One process writes the file.

mod format;
mod scan;
mod store;
mod writer;

pub use store::{Answers, OpenedAnswers};
pub use writer::DURABLE_WITHIN;
