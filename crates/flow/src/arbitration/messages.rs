//! Messages between the operator of an `arbitrate` stage and its thread.

use crossbeam_channel::Sender;
use matchflow_matcher::ArbiterDecision;
use matchflow_plugin_host::arbitration::ArbiterRow;
use matchflow_remote::{Answer, AskError};
use timely::scheduling::SyncActivator;

/// Rows that one call of the plug-in covers.
pub(crate) struct ArbiterQuery {
    pub(crate) rows: Vec<ArbiterRow>,
    /// The number of their chunk, given by its operator.
    pub(crate) chunk: u64,
    /// The index of each row in the chunk.
    pub(crate) chunk_rows: Vec<usize>,
    pub(crate) reply: Sender<ArbiterReply>,
    pub(crate) activator: SyncActivator,
}

/// Decisions on some or all rows of a query.
pub(crate) struct ArbiterReply {
    pub(crate) chunk: u64,
    /// Each with the index of its row in the chunk.
    pub(crate) decisions: Vec<(usize, ArbiterDecision)>,
}

/// A task of an arbiter thread.
pub(crate) enum ArbiterTask {
    /// A new query.
    Query(ArbiterQuery),
    /// The answer to a request of a batch.
    Answer { batch: u64, request: usize, outcome: Result<Answer, AskError> },
    /// The run is over.
    Close,
}
