//! What the server of a review has in memory.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use matchflow_checkpoint::{CheckpointError, CheckpointTables, ReviewableResult, read_results};
use matchflow_labels::Words;
use matchflow_model::language::Language;
use matchflow_model::plan::Plan;
use matchflow_serve::{PageRequest, Problem, ProblemKind, RegistryEntry, ServedPipeline};
use parking_lot::Mutex;

use crate::decision_board::DecisionBoard;
use crate::error::ReviewError;
use crate::result_cache::ResultCache;
use crate::row_list::{ListedRow, RowList};
use crate::row_order::RowOrders;
use crate::session_guard::SessionGuard;

/// The time now, as records have it.
pub type Clock = fn() -> String;

/// The rows, the decisions, the registry.
pub(crate) struct ReviewState {
    pub(crate) plan: Plan,
    pub(crate) reviewer: String,
    pub(crate) language: Option<Language>,
    pub(crate) clock: Clock,
    pub(crate) guard: SessionGuard,
    /// Known once the server listens.
    pub(crate) address: OnceLock<SocketAddr>,
    pub(crate) list: RowList,
    pub(crate) orders: RowOrders,
    pub(crate) board: Mutex<DecisionBoard>,
    /// The registry, or why it cannot be searched.
    pub(crate) registry: OnceLock<Result<ServedPipeline, String>>,
    results: ResultCache,
    checkpoint: PathBuf,
    /// When the results were last changed before they were read.
    changed: Option<SystemTime>,
}

/// What a review is made of.
pub struct ReviewOptions {
    /// The pipeline.
    pub plan: Plan,
    /// Its results.
    pub checkpoint: PathBuf,
    /// The file of decisions.
    pub decisions: PathBuf,
    /// Who decides, unless the page names somebody else.
    pub reviewer: String,
    /// The language of the page; otherwise the browser's.
    pub language: Option<Language>,
    /// The time.
    pub clock: Clock,
}

impl ReviewState {
    pub(crate) fn open(options: ReviewOptions) -> Result<ReviewState, ReviewError> {
        let ReviewOptions { plan, checkpoint, decisions, reviewer, language, clock } = options;
        let changed = modified(&checkpoint);
        let reader = read_results(&checkpoint)?;
        let list = RowList::read(&plan, reader.tables())?;
        drop(reader);
        let (orders, board) = (RowOrders::new(&list), DecisionBoard::open(&decisions, &list)?);
        Ok(ReviewState {
            guard: SessionGuard::new().map_err(ReviewError::Random)?,
            address: OnceLock::new(),
            registry: OnceLock::new(),
            results: ResultCache::default(),
            board: Mutex::new(board),
            plan,
            reviewer,
            language,
            clock,
            list,
            orders,
            checkpoint,
            changed,
        })
    }

    /// The words of a request's language.
    pub(crate) fn words(&self, request: &PageRequest) -> Words {
        Words {
            language: self.language.or(request.language()).unwrap_or(self.plan.language),
            id: self.plan.reference.id.clone(),
            group: self.plan.reference.group.clone().unwrap_or_default(),
        }
    }

    /// The row with a key.
    pub(crate) fn row(&self, key: &str) -> Result<(usize, &ListedRow), Problem> {
        let none = || Problem::new(ProblemKind::NotFound, "the supplier file has no row with this key");
        let number = self.list.find(key).ok_or_else(none)?;
        Ok((number, self.list.rows.get(number).ok_or_else(none)?))
    }

    /// The result of a row, as it was when the review began.
    pub(crate) fn result(&self, number: usize) -> Result<Arc<ReviewableResult>, Problem> {
        if self.is_outdated() {
            return Err(outdated());
        }
        if let Some(result) = self.results.get(number) {
            return Ok(result);
        }
        self.read(|tables| self.read_result(number, tables))?.ok_or_else(outdated)
    }

    /// Reads the results of rows that come next, on another thread, before anybody waits for them.
    pub(crate) fn read_ahead(self: &Arc<ReviewState>, numbers: &[usize]) {
        let missing = self.results.missing(numbers);
        if missing.len() <= numbers.len() / 2 {
            return;
        }
        ResultCache::fill(
            self,
            |state| &state.results,
            move |state| {
                let read = |tables: CheckpointTables<'_>| {
                    missing.iter().try_for_each(|number| state.read_result(*number, tables).map(drop))
                };
                // What cannot be read is reported to whoever needs it.
                let _ = state.read(read);
            },
        );
    }

    fn read_result(
        &self,
        number: usize,
        tables: CheckpointTables<'_>,
    ) -> Result<Option<Arc<ReviewableResult>>, CheckpointError> {
        let Some(row) = self.list.rows.get(number) else { return Ok(None) };
        let found = tables.reviewable_at(row.row, row.place)?;
        let is_it = |found: &ReviewableResult| *found.decision.key == *row.key && found.decision.digest == row.digest;
        Ok(found.filter(is_it).map(|found| self.results.insert(number, found)))
    }

    /// Reads the results. The file is open no longer than that: a run may use it meanwhile.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(CheckpointTables<'_>) -> Result<T, CheckpointError>,
    ) -> Result<T, Problem> {
        let busy = |error: CheckpointError| {
            let detail = format!("the results cannot be read now; a run may be using them: {error}");
            Problem { retry_after: Some(5), ..Problem::new(ProblemKind::Unavailable, detail) }
        };
        let reader = read_results(&self.checkpoint).map_err(busy)?;
        if self.is_outdated() {
            return Err(outdated());
        }
        read(reader.tables()).map_err(busy)
    }

    /// Whether a run has changed the results since they were read.
    pub(crate) fn is_outdated(&self) -> bool {
        modified(&self.checkpoint) != self.changed
    }

    /// The registry.
    ///
    /// # Errors
    ///
    /// It is not loaded yet, or cannot be.
    pub(crate) fn registry(&self) -> Result<&ServedPipeline, Problem> {
        match self.registry.get() {
            Some(Ok(pipeline)) => Ok(pipeline),
            Some(Err(why)) => {
                Err(Problem::new(ProblemKind::Internal, format!("the registry cannot be searched: {why}")))
            }
            None => {
                let detail = "the registry is being loaded";
                Err(Problem { retry_after: Some(1), ..Problem::new(ProblemKind::Unavailable, detail) })
            }
        }
    }

    /// An entry of the registry; `None` too while it is being loaded.
    pub(crate) fn registry_entry(&self, id: &str) -> Option<RegistryEntry> {
        self.registry().ok().and_then(|registry| RegistryEntry::find(registry, id).ok().flatten())
    }
}

fn modified(path: &std::path::Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

pub(crate) fn outdated() -> Problem {
    Problem::new(ProblemKind::Conflict, "a run has changed the results since the review began: start it again")
}
