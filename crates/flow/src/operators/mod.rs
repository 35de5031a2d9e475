//! The operators, one file each. Each is a function from streams to streams; what they compute is in the modules above.

pub(crate) mod candidates;
pub(crate) mod clean;
pub(crate) mod decide;
pub(crate) mod index;
pub(crate) mod outcomes;
pub(crate) mod reference;
pub(crate) mod score;
pub(crate) mod source;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use timely::dataflow::Stream;

use crate::abort::Abort;
use crate::chunk::{Chunk, Settled};
use crate::progress::Progress;

/// The time of every stream: the number of the source batch.
pub(crate) type Time = u64;
/// Rows under way.
pub(crate) type Chunks<'scope> = Stream<'scope, Time, Vec<Chunk>>;
/// Rows that have come to their outcome.
pub(crate) type Outcomes<'scope> = Stream<'scope, Time, Vec<Settled>>;

/// What every operator of a worker shares.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) abort: Abort,
    pub(crate) progress: Arc<Progress>,
    /// When the run began.
    pub(crate) started: Instant,
    /// The registry, as messages name it.
    pub(crate) reference: Arc<str>,
    /// The labels of the plan's stages.
    pub(crate) labels: Arc<[String]>,
    /// The supplier fields that results show.
    pub(crate) input_fields: Arc<[String]>,
    /// The registry fields that results show.
    pub(crate) entry_fields: Arc<[String]>,
}

/// Rows between the source and the commit thread. Both ends are on the first worker.
#[derive(Clone)]
pub(crate) struct Credits {
    used: Rc<Cell<usize>>,
    rows_max: usize,
}

impl Credits {
    pub(crate) fn new(rows_max: usize) -> Credits {
        Credits { used: Rc::default(), rows_max }
    }

    /// Takes credits for `rows`; a chunk larger than the whole allowance passes alone.
    pub(crate) fn take(&self, rows: usize) -> bool {
        let used = self.used.get();
        let free = used == 0 || used + rows <= self.rows_max;
        if free {
            self.used.set(used + rows);
        }
        free
    }

    pub(crate) fn give_back(&self, rows: usize) {
        self.used.set(self.used.get().saturating_sub(rows));
    }
}
