//! The matching dataflow: a timely operator for each stage of a plan, on several workers.
//!
//! # Invariants
//!
//! - A timely worker never waits: files are read, guests run, requests are sent and epochs are committed on other
//!   threads, which wake the operator that is to go on.
//! - Rows between the source and the commit thread are bounded by credits (`execution.in_flight`), so memory is bounded
//!   whatever the latencies; every queue has a bound that follows from it.
//! - A row read has exactly one outcome. The capability of its time is held until that outcome is durable, and at the
//!   end the rows read are compared with the outcomes committed.
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
//! A stage can stand in the plan several times; rows settled by a `decide` leave at once, the others go on. After the
//! last `decide`, rows left for review go to the `arbitrate` stages, where there are any: a clerk thread a stage calls the
//! plug-in and hands its requests to the HTTP side; each row leaves as soon as its own answer is there.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod abort;
mod arbitration;
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
mod writer;

pub use arbitration::ArbiterInput;
pub use error::{FeedError, FlowError};
pub use indexing::index_registry;
pub use intake::is_kept;
pub use memory::memory_peak_bytes;
pub use processes::{Cluster, ClusterError, Hosts, HostsError, Member, PROCESSES_MAX, Parts};
pub use progress::{EpochReport, Observer, Progress, Silent};
pub use run::{Inputs, RunError, Share, Summary, assist, batch_rows, run};
pub use shards::{Keep, Kept};
pub use times::{Place, StageTime, Wait, Waited};
