//! Joins the parts for a run: readers, plug-ins, a place for outcomes, the flow.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use matchflow_flow::{
    ArbiterInput, Cluster, FeedError, Inputs, Kept, Observer, Progress, RunError, Summary, batch_rows,
};
use matchflow_ingest::{
    IngestError, ReferenceFacts, ReferenceReader, SourceFacts, SourceReader, open_reference, open_source,
};
use matchflow_matcher::{Replacements, RowBatch};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::Plan;
use matchflow_model::store::{Done, EpochStore};
use matchflow_plugin_host::Plugin;

use crate::duplicates::{Comparison, OrderedRows};

/// Registry entries read at once.
pub(crate) const ENTRIES_AT_ONCE: usize = 8_192;

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
    plan: Arc<Plan>,
    plugins: Vec<Vec<Plugin>>,
    replacements: Replacements,
    arbiters: Vec<ArbiterInput>,
    kept: Kept,
    source: SourceReader,
    reference: Entries,
    comparison: Option<Arc<Comparison>>,
    facts: Facts,
    progress: Arc<Progress>,
    cluster: Option<Cluster>,
}

/// What rows are compared with.
enum Entries {
    Registry(ReferenceReader),
    /// The supplier file, read a second time.
    Rows(SourceReader),
}

/// Readers as the flow takes them.
pub(crate) type Feed<T> = Box<dyn FnMut() -> Result<Option<T>, FeedError> + Send>;

impl Engine {
    /// Opens the supplier file and the registry.
    pub(crate) fn open(plan: &Arc<Plan>, plugins: Vec<Vec<Plugin>>) -> Result<Engine, IngestError> {
        Engine::open_for(plan, plugins, 1)
    }

    /// The same for the first of so many processes.
    pub(crate) fn open_for(
        plan: &Arc<Plan>,
        plugins: Vec<Vec<Plugin>>,
        processes: usize,
    ) -> Result<Engine, IngestError> {
        Ok(Engine {
            plan: Arc::clone(plan),
            plugins,
            replacements: Replacements::default(),
            arbiters: Vec::new(),
            kept: Kept::default(),
            source: open_source(&plan.source, batch_rows(plan, processes))?,
            reference: match plan.dedupe {
                Some(_) => Entries::Rows(open_source(&plan.source, ENTRIES_AT_ONCE)?),
                None => Entries::Registry(open_reference(&plan.reference, ENTRIES_AT_ONCE)?),
            },
            comparison: None,
            facts: Facts::default(),
            progress: Progress::new(),
            cluster: None,
        })
    }

    /// Gives the plan's `arbitrate` stages their arbiters.
    pub(crate) fn with_arbiters(self, arbiters: Vec<ArbiterInput>) -> Engine {
        Engine { arbiters, ..self }
    }

    /// Compares the rows with each other.
    pub(crate) fn with_comparison(self, comparison: Option<Arc<Comparison>>) -> Engine {
        Engine { comparison, ..self }
    }

    /// Runs together with other processes.
    pub(crate) fn with_cluster(self, cluster: Option<Cluster>) -> Engine {
        Engine { cluster, ..self }
    }

    /// Gives the run an index that is kept, or what keeps its own.
    pub(crate) fn with_kept(self, kept: Kept) -> Engine {
        Engine { kept, ..self }
    }

    /// The run's counters and its stop switch.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Where plug-ins take over while the run goes on.
    pub(crate) fn replacements(&self) -> Replacements {
        self.replacements.clone()
    }

    /// What the readers count.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.clone()
    }

    /// The rows of the supplier file, where its format says.
    pub(crate) fn rows_hint(&self) -> Option<u64> {
        self.source.rows_hint()
    }

    /// What is to be known of the way in which the supplier file is read.
    pub(crate) fn notes(&self) -> &[String] {
        self.source.notes()
    }

    /// Runs to the end, to a stop, or to the first error, leaving out the rows that are done.
    pub(crate) fn run(
        self,
        store: Box<dyn EpochStore>,
        done: Arc<Done>,
        observer: Box<dyn Observer>,
    ) -> Result<Summary, Box<RunError>> {
        let Engine { plan, plugins, replacements, arbiters, kept, source, reference, comparison, .. } = self;
        let (facts, progress, cluster) = (self.facts, self.progress, self.cluster);
        let comparison = comparison.or_else(|| plan.dedupe.as_ref().map(|_| Comparison::first(&plan, &done)));
        let rows = match &comparison {
            Some(comparison) => ordered(OrderedRows::new(source, Arc::clone(comparison)), Arc::clone(&facts.source)),
            None => plain(source, Arc::clone(&facts.source)),
        };
        let entries = match (reference, comparison) {
            (Entries::Registry(registry), _) => registered(registry, facts),
            (Entries::Rows(source), Some(comparison)) => {
                let mut rows = OrderedRows::new(source, comparison);
                Box::new(move || rows.next_entries())
            }
            (Entries::Rows(_), None) => Box::new(|| Ok(None)),
        };
        matchflow_flow::run(Inputs {
            plan,
            rows,
            entries,
            kept,
            plugins,
            replacements,
            arbiters,
            store,
            done,
            observer,
            progress,
            cluster,
        })
    }
}

fn plain(mut source: SourceReader, counted: Arc<Mutex<SourceFacts>>) -> Feed<RowBatch> {
    Box::new(move || {
        let batch = source.next_batch().map_err(|error| Box::new(error) as FeedError)?;
        *lock(&counted) = source.facts();
        Ok(batch.map(|batch| RowBatch { rows: batch.rows, rejects: batch.rejects }))
    })
}

fn ordered(mut rows: OrderedRows, counted: Arc<Mutex<SourceFacts>>) -> Feed<RowBatch> {
    Box::new(move || {
        let batch = rows.next_rows()?;
        *lock(&counted) = rows.facts();
        Ok(batch)
    })
}

/// The registry, counted into `facts`.
pub(crate) fn registered(mut registry: ReferenceReader, facts: Facts) -> Feed<RecordBatch> {
    Box::new(move || {
        let batch = registry.next_batch().map_err(|error| Box::new(error) as FeedError)?;
        *lock(&facts.reference) = registry.facts();
        Ok(batch.map(|batch| batch.rows))
    })
}
