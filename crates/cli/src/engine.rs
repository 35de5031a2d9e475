//! Joins the parts for a run: readers, plug-ins, a place for outcomes, the flow.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use matchflow_flow::{FeedError, Inputs, Observer, Progress, RowBatch, RunError, Summary, batch_rows};
use matchflow_ingest::{IngestError, ReferenceFacts, SourceFacts, open_reference, open_source};
use matchflow_model::plan::Plan;
use matchflow_model::store::{Done, EpochStore};
use matchflow_plugin_host::Plugin;

/// Registry entries read at once.
const ENTRIES_AT_ONCE: usize = 8_192;

/// What the readers counted, updated as they read.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    source: Arc<Mutex<SourceFacts>>,
    reference: Arc<Mutex<ReferenceFacts>>,
}

impl Facts {
    pub(crate) fn source(&self) -> SourceFacts {
        *lock(&self.source)
    }

    pub(crate) fn reference(&self) -> ReferenceFacts {
        *lock(&self.reference)
    }
}

/// A value that a run and its caller both hold.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The readers of a plan, opened.
pub(crate) struct Engine {
    inputs: Inputs,
    facts: Facts,
    rows_hint: Option<u64>,
}

impl Engine {
    /// Opens the supplier file and the registry.
    pub(crate) fn open(
        plan: &Arc<Plan>,
        plugins: Vec<Vec<Plugin>>,
        store: Box<dyn EpochStore>,
    ) -> Result<Engine, IngestError> {
        let facts = Facts::default();
        let mut source = open_source(&plan.source, batch_rows(plan))?;
        let mut reference = open_reference(&plan.reference, ENTRIES_AT_ONCE)?;
        let rows_hint = source.rows_hint();
        let (counted, counted_too) = (facts.clone(), facts.clone());
        let inputs = Inputs {
            plan: Arc::clone(plan),
            rows: Box::new(move || {
                let batch = source.next_batch().map_err(|error| Box::new(error) as FeedError)?;
                *lock(&counted.source) = source.facts();
                Ok(batch.map(|batch| RowBatch { rows: batch.rows, rejects: batch.rejects }))
            }),
            entries: Box::new(move || {
                let batch = reference.next_batch().map_err(|error| Box::new(error) as FeedError)?;
                *lock(&counted_too.reference) = reference.facts();
                Ok(batch.map(|batch| batch.rows))
            }),
            plugins,
            store,
            done: Done::new(),
            observer: Box::new(matchflow_flow::Silent),
            progress: Progress::new(),
        };
        Ok(Engine { inputs, facts, rows_hint })
    }

    /// Leaves out what earlier runs did.
    pub(crate) fn resume(mut self, done: Done) -> Engine {
        self.inputs.done = done;
        self
    }

    /// Tells `observer` of every commit.
    pub(crate) fn observe(mut self, observer: Box<dyn Observer>) -> Engine {
        self.inputs.observer = observer;
        self
    }

    /// The run's counters and its stop switch.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.inputs.progress)
    }

    /// What the readers count.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.clone()
    }

    /// The rows of the supplier file, where its format says.
    pub(crate) fn rows_hint(&self) -> Option<u64> {
        self.rows_hint
    }

    /// Runs to the end, to a stop, or to the first error.
    pub(crate) fn run(self) -> Result<Summary, Box<RunError>> {
        matchflow_flow::run(self.inputs)
    }
}
