//! What a run reports while it starts, goes on and ends, in English and French.

/// A message of a run for the person at the terminal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// Something to look at; `detail` is an error's message, which is in English.
    Warning {
        detail: String,
    },
    /// What a run is about to do.
    Start {
        pipeline: String,
        /// The supplier rows, where the file has their number.
        rows: Option<u64>,
        done: u64,
        workers: u64,
        scoring_threads: u64,
        processes: u64,
    },
    NothingToDo,
    /// Rows that are tried again, as `max_cost` allows requests now.
    RetryingUnasked(u64),
    ReadingRegistry,
    /// `rate` is in entries per second; both are digits in groups.
    IndexingRegistry {
        entries: String,
        rate: String,
    },
    /// How later runs start at once.
    IndexHint {
        pipeline: String,
    },
    IndexLoaded {
        file: String,
        entries: u64,
        ms: u64,
    },
    /// The index is built anew: why not, unless it was not there.
    IndexBuilt {
        file: String,
        why: Option<String>,
    },
    IndexNotForProcesses {
        file: String,
    },
    IndexNotWritten {
        file: String,
        detail: String,
    },
    /// A signal to end came.
    Stopping,
    StoppedWithRows(u64),
    StoppedBeforeResults,
    /// Rows committed before a failure.
    RowsCommitted(u64),
    /// Another process has the checkpoint.
    Waiting {
        detail: String,
    },
    FallbackUnused {
        detail: String,
    },
    /// Another checkpoint is used.
    FellBack {
        path: String,
    },
    Imported(u64),
    /// A line of the file of decisions that cannot be read.
    UnreadableDecision {
        file: String,
        line: u64,
        problem: String,
    },
    /// Decisions that were being written when their process ended.
    IncompleteDecisions {
        file: String,
        acts: u64,
    },
    /// Rows decided with other settings, which are not matched again.
    StaleKept {
        rows: u64,
        changed: String,
    },
    /// The same, which are.
    StaleRedone {
        rows: u64,
        changed: String,
    },
    RecordedAnswers {
        answers: u64,
        file: String,
    },
    Requests(RequestFigures),
}

/// The requests of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct RequestFigures {
    pub(crate) answered: u64,
    pub(crate) recorded: u64,
    pub(crate) failed: u64,
    pub(crate) tokens_read: u64,
    pub(crate) tokens_written: u64,
    pub(crate) cost: f64,
    pub(crate) over_budget: u64,
}
