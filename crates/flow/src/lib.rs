//! The matching dataflow: a timely operator for each stage of a plan, on several workers.
//!
//! # Invariants
//!
//! - A timely worker never waits: other threads read files, run guests, send requests and commit epochs, and wake the
//!   operator that continues.
//! - Rows between the source and the commit thread are bounded by credits (`execution.in_flight`), so memory is bounded
//!   at any latency; every queue has a bound that follows from it.
//! - A row read has exactly one outcome. The capability of its time is retained until that outcome is durable, and at the
//!   end the number of rows read is compared with the outcomes committed.
//! - No panic and no error leaves an operator: the first cause ends the run on every worker.
//! - Results do not depend on the number of workers or processes, the schedule or the order of arrival.
//!
//! # How
//!
//! ```text
//! read registry ──by group──> clean registry ──> index ──> vocabulary ──┐ ready
//! source ──by key──> clean ──> ask ─to all processes> search <──────────┘
//!                               └──────────> gather <──home──┘ ──> score ──> decide ──> outcomes ──> commit thread
//!                                                              pool of WASM instances
//! ```
//!
//! A plan can contain a kind of stage several times. Rows decided by a `decide` leave immediately, the others continue.
//! After the last `decide`, rows left for review go to the `arbitrate` stages, if there are any: one thread per stage
//! calls the plug-in and passes its requests to the HTTP client; each row leaves as soon as its own answer arrives.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod abort;
mod arbitration;
mod commit_thread;
mod credits;
mod dataflow;
mod error;
mod feed;
mod indexing;
mod intake;
mod ipc;
mod memory;
mod operators;
mod pool;
mod processes;
mod progress;
mod run;
mod shards;
mod supervisor;
mod times;

pub use arbitration::ArbiterInput;
pub use error::{FeedError, FlowError};
pub use indexing::index_registry;
pub use intake::{is_done, skip_done_rows};
pub use memory::memory_peak_bytes;
pub use processes::{
    ConfigDigests, GroupMember, Hosts, HostsError, PROCESSES_MAX, ProcessGroup, ProcessGroupError, SECRET_BYTES_MIN,
    SharedSecret,
};
pub use progress::{EpochReport, Observer, Progress, SilentObserver};
pub use run::{RunError, RunInputs, Summary, WorkerInputs, batch_rows, run, run_worker};
pub use shards::{IndexOptions, StoreIndex};
pub use times::{StageTime, StageWait, ThreadRole, Wait};
