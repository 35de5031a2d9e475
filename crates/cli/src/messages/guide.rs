//! Texts of `match`, `dedupe` and `init`, in English and French.

use matchflow_profile::ColumnKind;

/// A text of the commands that need no pipeline file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GuideText {
    /// The detected table.
    Table {
        file: String,
        sheet: Option<String>,
        header: Option<u64>,
        rows: u64,
        has_totals: bool,
    },
    /// The titles of the list of columns, separated by `|`.
    Titles,
    /// Unused columns.
    Unused {
        columns: Vec<String>,
    },
    /// The registry, with its columns if they were guessed.
    Registry {
        files: String,
        columns: Option<Vec<String>>,
    },
    /// Which sheet has the suppliers?
    WhichSheet,
    /// Which column holds this?
    WhichColumn {
        kind: ColumnKind,
    },
    YourChoice,
    NotAChoice {
        last: usize,
    },
    NoneOfThem,
    /// A question that could not be asked.
    OpenQuestion {
        question: Box<GuideText>,
        guess: Option<String>,
        flag: String,
    },
    /// Why nothing was done.
    Error(GuideError),
    PipelineWritten {
        path: String,
    },
    /// What to do after a run.
    NextStep {
        output: Option<String>,
        checkpoint: String,
        pipeline: Option<String>,
        is_dedupe: bool,
    },
}

/// Why a command that needs no pipeline file did nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GuideError {
    /// These questions are open, and there is no terminal to ask on.
    OpenQuestions {
        questions: Vec<String>,
    },
    /// No column has names, and none has identifiers.
    NoNameColumn {
        columns: Vec<String>,
    },
    /// One of INSEE's files is missing.
    OtherSireneFile {
        file: String,
        is_units: bool,
    },
    /// There is no registry file, or several.
    WhichRegistry {
        files: Vec<String>,
    },
    RegistryWithoutId {
        file: String,
        columns: Vec<String>,
    },
    RegistryWithoutName {
        file: String,
        columns: Vec<String>,
    },
    /// A table cannot be read; `error` is in the language already.
    Unreadable {
        table: GuidedTable,
        error: String,
    },
    /// The supplier file has a header alone.
    NoRows {
        file: String,
    },
    NoTable,
    UnknownExtension {
        file: String,
        known: Vec<String>,
    },
    StandardInputNoTable,
    /// A `--column` that cannot be followed.
    ColumnSetting {
        setting: String,
        fault: ColumnSettingFault,
    },
    NoFreeName {
        file: String,
    },
    /// Something that is no result of matchflow has the name of the results.
    ForeignOutput {
        output: String,
        checkpoint: String,
    },
    PipelineExists {
        path: String,
    },
    PipelineUnwritable {
        path: String,
        error: String,
    },
    FolderUnreadable {
        folder: String,
        error: String,
    },
}

/// The table that was being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuidedTable {
    Suppliers,
    Registry,
    /// That of `inspect`.
    Any,
    StandardInput,
}

/// What is wrong with a `--column`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ColumnSettingFault {
    NoKind,
    /// Another setting has named a column for a kind that a table has once.
    NamedTwice {
        word: String,
    },
    /// The cells are no amounts, or no dates.
    OtherCells {
        word: String,
        example: String,
    },
    UnknownKind {
        word: String,
        known: Vec<String>,
    },
    UnknownColumn {
        column: String,
        columns: Vec<String>,
    },
}
