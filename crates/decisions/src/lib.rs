//! What people decide about rows, recorded for good: who, what, when, why, and what they were given to decide by.
//!
//! - [`DecisionLog`]: the file, `<checkpoint>.decisions.jsonl`, to read and, locked, to append to.
//! - [`FollowedLog`]: the same in memory, kept up with what others append.
//! - [`Decisions`]: the records that count, whatever files they are from; [`Decisions::row_verdict`] is what a run applies
//!   to a row, [`Decisions::pair_verdicts`] what people decided about rows that may be the same.
//!
//! # The file
//!
//! JSON lines, and not a DuckDB file: several people and a run use it at once, where DuckDB lets one process in; it is read
//! without a program, also in ten years; and a crash can damage its last line alone, which nobody was told is stored. A
//! line begins with its `id`, the digest of the rest of the line, so that a changed line is found, and the same record from
//! two files is one. The records of one act (an import) carry its `act` and how many there are: they count when all of
//! them are there, so nothing is half imported. The file is a set of lines: their order does not matter, and files can be
//! joined with `cat`.
//!
//! # Invariants
//!
//! - Nothing is deleted or changed: a record is undone or replaced by a later one that names its `id`.
//! - What [`LockedLog::append`] returns `Ok` for survives the death of the process and of the machine.
//! - A line that cannot be read is reported with its number, and the others count.
//! - What counts follows from the set of records, not from the order of lines, files or merges.
//!
//! # Limits
//!
//! All records are in memory, about 1 kB each. The lock is the file system's: on a network drive it is as good as that.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod decisions;
mod error;
mod followed_log;
mod log;
mod pair_verdict;
mod record;
mod validity;

pub use decisions::{Decisions, Disagreement};
pub use error::DecisionError;
pub use followed_log::FollowedLog;
pub use log::{DecisionLog, LineProblem, LockedLog, log_path};
pub use pair_verdict::{PairConstraint, PairConstraints};
pub use record::{DecidedRow, DecisionContent, DecisionRecord, ProposedResult, RecordLine, RowDecision, act_lines};
