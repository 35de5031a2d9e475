//! The notices of a run while it starts, runs and ends, in English and French.

/// A notice of a run to the user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// A warning; `detail` is an error's message, which is in English.
    Warning {
        detail: String,
    },
    /// What a run is about to do.
    Start {
        pipeline: String,
        /// The number of supplier rows, if the file states it.
        rows: Option<u64>,
        done: u64,
        workers: u64,
        scoring_threads: u64,
        processes: u64,
    },
    NothingToDo,
    /// Rows that are retried, since `max_cost` allows requests now.
    RetryingUnasked(u64),
    ReadingRegistry,
    /// `rate` is in entries per second; both are grouped digits.
    IndexingRegistry {
        entries: String,
        rate: String,
    },
    /// Values of `plugin test --pair` that a run would have cleaned.
    UncleanedPairs,
    /// How to make later runs start immediately.
    IndexHint {
        pipeline: String,
    },
    IndexLoaded {
        file: String,
        entries: u64,
        ms: u64,
    },
    /// The index is rebuilt, and why, unless it was missing.
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
    /// A signal to stop was received.
    Stopping,
    StoppedWithRows(u64),
    StoppedBeforeResults,
    /// Rows committed before a failure.
    RowsCommitted(u64),
    /// Another process is using the checkpoint.
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
    /// Rows decided with other settings that are matched again.
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
