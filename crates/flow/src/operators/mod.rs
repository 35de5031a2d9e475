//! The operators, one file each. Each is a function from streams to streams; the computation is in other modules.

pub(crate) mod arbitrate;
pub(crate) mod candidates;
pub(crate) mod clean;
pub(crate) mod decide;
pub(crate) mod index;
pub(crate) mod outcomes;
pub(crate) mod reference;
pub(crate) mod score;
pub(crate) mod source;

use std::sync::Arc;
use std::time::Instant;

use matchflow_matcher::{Chunk, OutcomeBatch, ResultFields, SharedVocabulary};
use timely::dataflow::Stream;

use crate::abort::Abort;
pub(crate) use crate::credits::Credits;
use crate::operators::reference::EntrySteps;
use crate::progress::Progress;

/// The time of every stream: the number of the source batch.
pub(crate) type Time = u64;
/// Chunks of rows in flight.
pub(crate) type Chunks<'scope> = Stream<'scope, Time, Vec<Chunk>>;
/// Outcomes of rows.
pub(crate) type Outcomes<'scope> = Stream<'scope, Time, Vec<OutcomeBatch>>;

/// Context that all operators of a worker share.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) abort: Abort,
    pub(crate) progress: Arc<Progress>,
    /// Start of the run.
    pub(crate) started: Instant,
    /// Workers of each process.
    pub(crate) workers: usize,
    /// The name of the registry in messages.
    pub(crate) reference: Arc<str>,
    pub(crate) entry_steps: EntrySteps,
    /// The words of all shards, set when the registry is indexed.
    pub(crate) vocabulary: SharedVocabulary,
    /// The fields that outcomes contain.
    pub(crate) shown: Arc<ResultFields>,
}
