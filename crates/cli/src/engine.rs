//! Assembles a run from its readers, plug-ins, checkpoint and dataflow.

use std::sync::Arc;

use matchflow_decisions::Decisions;
use matchflow_flow::{
    ArbiterInput, FeedError, IndexOptions, Observer, ProcessGroup, Progress, RunError, RunInputs, Summary, batch_rows,
    skip_done_rows,
};
use matchflow_ingest::{IngestError, ReferenceReader, SourceReader, open_reference, open_source};
use matchflow_matcher::PluginReplacements;
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::Plan;
use matchflow_model::store::{DoneRows, EpochStore};
use matchflow_plugin_host::Plugin;

use crate::duplicates::{Comparison, OrderedRows, RowEntries};
use crate::ingest_counts::IngestCounts;
use crate::input_files::InputFiles;
use crate::present_rows::PresentRows;

/// Registry entries per batch.
pub(crate) const REGISTRY_BATCH_ROWS: usize = 8_192;

/// A plan with its files open, ready to run.
pub(crate) struct Engine {
    plan: Arc<Plan>,
    plugins: Vec<Vec<Plugin>>,
    replacements: PluginReplacements,
    arbiters: Vec<ArbiterInput>,
    index: IndexOptions,
    source: SourceReader,
    reference: Entries,
    comparison: Option<Arc<Comparison>>,
    counts: IngestCounts,
    progress: Arc<Progress>,
    group: Option<ProcessGroup>,
    inputs: Arc<InputFiles>,
    present: PresentRows,
    decisions: Arc<Decisions>,
    /// The batch that was read to find out whether there is anything to do.
    first: Option<RowBatch>,
}

/// The entries that rows are compared with.
enum Entries {
    Registry(ReferenceReader),
    /// The supplier file, read a second time.
    Rows(SourceReader),
}

/// A reader in the form that the dataflow pulls from.
pub(crate) type Feed<T> = Box<dyn FnMut() -> Result<Option<T>, FeedError> + Send>;

impl Engine {
    /// Opens the supplier file and the registry.
    pub(crate) fn open(plan: &Arc<Plan>, plugins: Vec<Vec<Plugin>>) -> Result<Engine, IngestError> {
        Engine::open_for(plan, plugins, 1)
    }

    /// Opens the inputs for the first of several processes.
    pub(crate) fn open_for(
        plan: &Arc<Plan>,
        plugins: Vec<Vec<Plugin>>,
        processes: usize,
    ) -> Result<Engine, IngestError> {
        Ok(Engine {
            plan: Arc::clone(plan),
            plugins,
            replacements: PluginReplacements::default(),
            arbiters: Vec::new(),
            index: IndexOptions::default(),
            source: open_source(&plan.source, batch_rows(plan, processes))?,
            reference: match plan.dedupe {
                Some(_) => Entries::Rows(open_source(&plan.source, REGISTRY_BATCH_ROWS)?),
                None => Entries::Registry(open_reference(&plan.reference, REGISTRY_BATCH_ROWS)?),
            },
            comparison: None,
            counts: IngestCounts::default(),
            progress: Progress::new(),
            group: None,
            inputs: Arc::default(),
            present: PresentRows::default(),
            decisions: Arc::default(),
            first: None,
        })
    }

    /// Gives the plan's `arbitrate` stages their arbiters.
    pub(crate) fn with_arbiters(self, arbiters: Vec<ArbiterInput>) -> Engine {
        Engine { arbiters, ..self }
    }

    /// Sets up a comparison of the rows with each other.
    pub(crate) fn with_comparison(self, comparison: Option<Arc<Comparison>>) -> Engine {
        Engine { comparison, ..self }
    }

    /// Sets up a run together with other processes.
    pub(crate) fn with_group(self, group: Option<ProcessGroup>) -> Engine {
        Engine { group, ..self }
    }

    /// Checks after every batch that the files have not changed.
    pub(crate) fn with_inputs(self, inputs: Arc<InputFiles>) -> Engine {
        Engine { inputs, ..self }
    }

    /// Applies what people decided.
    pub(crate) fn with_decisions(self, decisions: Arc<Decisions>) -> Engine {
        Engine { decisions, ..self }
    }

    /// Notes which rows of earlier runs are in the supplier file.
    pub(crate) fn with_present_rows(self, present: PresentRows) -> Engine {
        Engine { present, ..self }
    }

    /// Skips the batches without an open row at the start of the supplier file. Returns whether any open row follows:
    /// if not, a run needs no registry.
    pub(crate) fn skip_done_rows(&mut self, done: &DoneRows) -> Result<bool, FeedError> {
        let execution = self.plan.execution.clone();
        while !self.progress.is_stopped() && execution.limit_rows != Some(0) {
            let read = self.source.next_batch();
            self.inputs.check_source()?;
            let batch = read?;
            self.counts.set_source(self.source.facts());
            self.present.note(batch.as_ref().map(|batch| &batch.rows));
            let Some(batch) = batch else { return Ok(false) };
            if !skip_done_rows(&batch.rows, &execution, done, &self.progress)? {
                self.first = Some(batch);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Uses a stored index, or stores the one that the run builds.
    pub(crate) fn with_index(self, index: IndexOptions) -> Engine {
        Engine { index, ..self }
    }

    /// Whether a stored index is used, so that the registry is not read.
    pub(crate) fn is_indexed(&self) -> bool {
        self.index.loaded.is_some()
    }

    /// The run's counters and its stop switch.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Where a changed plug-in is placed to replace the loaded one.
    pub(crate) fn replacements(&self) -> PluginReplacements {
        self.replacements.clone()
    }

    /// The readers' counters.
    pub(crate) fn counts(&self) -> IngestCounts {
        self.counts.clone()
    }

    /// The number of rows of the supplier file, if its format states it.
    pub(crate) fn rows_hint(&self) -> Option<u64> {
        self.source.rows_hint()
    }

    /// Notes on how the supplier file is read.
    pub(crate) fn notes(&self) -> &[String] {
        self.source.notes()
    }

    /// Runs to the end, to a stop, or to the first error; skips done rows.
    pub(crate) fn run(
        self,
        store: Box<dyn EpochStore>,
        done: Arc<DoneRows>,
        observer: Box<dyn Observer>,
    ) -> Result<Summary, Box<RunError>> {
        let Engine { plan, plugins, replacements, arbiters, index, source, reference, comparison, .. } = self;
        let (counts, progress, group, inputs) = (self.counts, self.progress, self.group, self.inputs);
        let comparison = comparison.or_else(|| plan.dedupe.as_ref().map(|_| Comparison::first(&plan, &done)));
        let rows = match &comparison {
            Some(comparison) => ordered(OrderedRows::new(source, Arc::clone(comparison)), counts.clone()),
            None => plain(source, self.first, counts.clone(), Arc::clone(&inputs), self.present),
        };
        let entries = match (reference, comparison) {
            (Entries::Registry(registry), _) => registered(registry, counts, inputs),
            (Entries::Rows(source), Some(comparison)) => {
                let mut rows = RowEntries::new(source, comparison);
                Box::new(move || rows.next_entries())
            }
            (Entries::Rows(_), None) => Box::new(|| Ok(None)),
        };
        matchflow_flow::run(RunInputs {
            plan,
            rows,
            entries,
            index,
            plugins,
            replacements,
            arbiters,
            store,
            done,
            decisions: self.decisions,
            observer,
            progress,
            group,
        })
    }
}

fn plain(
    mut source: SourceReader,
    mut first: Option<RowBatch>,
    counts: IngestCounts,
    inputs: Arc<InputFiles>,
    present: PresentRows,
) -> Feed<RowBatch> {
    Box::new(move || {
        if let Some(batch) = first.take() {
            return Ok(Some(batch));
        }
        let read = source.next_batch();
        // Before the reader's error: a file that shrinks looks damaged.
        inputs.check_source()?;
        let batch = read?;
        counts.set_source(source.facts());
        present.note(batch.as_ref().map(|batch| &batch.rows));
        Ok(batch)
    })
}

fn ordered(mut rows: OrderedRows, counts: IngestCounts) -> Feed<RowBatch> {
    Box::new(move || {
        let batch = rows.next_rows()?;
        counts.set_source(rows.facts());
        Ok(batch)
    })
}

/// The registry, with counts recorded in `counts`.
pub(crate) fn registered(
    mut registry: ReferenceReader,
    counts: IngestCounts,
    inputs: Arc<InputFiles>,
) -> Feed<RecordBatch> {
    Box::new(move || {
        let read = registry.next_batch();
        inputs.check_reference()?;
        let batch = read?;
        counts.set_reference(registry.facts());
        Ok(batch.map(|batch| batch.rows))
    })
}
