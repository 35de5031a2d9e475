//! Exit codes: the single table of how a command can end. `--help`, the reference pages and the tests use it.

/// Why a command ended. Its number is the exit code.
///
/// Codes from 64 on are those of `sysexits.h`, if it has one for the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitReason {
    Success = 0,
    Fatal = 1,
    Pipeline = 2,
    FailedRows = 3,
    DecisionsRefused = 4,
    OlderEdition = 5,
    SuppliersChanged = 6,
    ConditionMet = 7,
    CommandLine = 64,
    InputDamaged = 65,
    InputMissing = 66,
    InputEmpty = 67,
    InputChanged = 68,
    SystemLimit = 71,
    Locked = 75,
    Interrupted = 130,
}

/// Every reason, its name in JSON events, and its meaning.
pub(crate) const EXIT_REASONS: [(ExitReason, &str, &str); 16] = [
    (ExitReason::Success, "success", "The command succeeded. A run that `--limit` ended is one too."),
    (
        ExitReason::Fatal,
        "fatal",
        "Any other error, results below a floor (`evaluate --min-f1`, `--min-precision`), or failed `tests`. What was \
         committed stays.",
    ),
    (ExitReason::Pipeline, "pipeline", "The pipeline file, or a value set with `--set`, is invalid; nothing was done."),
    (
        ExitReason::FailedRows,
        "failed_rows",
        "The run finished, and some rows failed; `run --retry-errors` tries them again.",
    ),
    (
        ExitReason::DecisionsRefused,
        "decisions_refused",
        "A file with verdicts has cells that cannot be understood, or `decisions undo` names no decision; nothing was done.",
    ),
    (
        ExitReason::OlderEdition,
        "older_edition",
        "The registry is of an older edition than that of the last run; nothing was done. `run --allow-older-edition` uses it.",
    ),
    (
        ExitReason::SuppliersChanged,
        "suppliers_changed",
        "`watch` found suppliers that closed, moved or changed otherwise; the list is complete. Without any it ends with 0.",
    ),
    (
        ExitReason::ConditionMet,
        "condition_met",
        "A condition of `report --fail-if` is met. What was to be written is complete.",
    ),
    (ExitReason::CommandLine, "command_line", "The command line is invalid; nothing was done."),
    (ExitReason::InputDamaged, "input_damaged", "The supplier file or the registry is damaged, or of another format."),
    (
        ExitReason::InputMissing,
        "input_missing",
        "The supplier file or the registry does not exist, or may not be read.",
    ),
    (ExitReason::InputEmpty, "input_empty", "The supplier file or the registry has no bytes, or no rows."),
    (
        ExitReason::InputChanged,
        "input_changed",
        "The supplier file or the registry was changed while the run read it. What was committed stays.",
    ),
    (
        ExitReason::SystemLimit,
        "system_limit",
        "The system refused a thread, memory or an open file (`ulimit -u`, `-v`, `-n`, or a container's limit). What was \
         committed stays.",
    ),
    (ExitReason::Locked, "locked", "Another process uses the checkpoint; nothing was done. `run --wait` waits for it."),
    (
        ExitReason::Interrupted,
        "interrupted",
        "Stopped by Ctrl-C or SIGTERM. What was committed stays, and the next run resumes from there.",
    ),
];

impl ExitReason {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The name in JSON events.
    pub(crate) fn name(self) -> &'static str {
        let row = EXIT_REASONS.iter().find(|(reason, ..)| *reason == self);
        row.map_or("fatal", |(_, name, _)| name)
    }
}

impl From<ExitReason> for std::process::ExitCode {
    fn from(reason: ExitReason) -> std::process::ExitCode {
        std::process::ExitCode::from(reason.code())
    }
}
