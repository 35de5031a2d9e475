//! What the commands on decisions share: the pipeline with its file of decisions, what they print, who decides.

use std::path::PathBuf;

use chrono::SecondsFormat;
use matchflow_decisions::{DecisionLog, Decisions, LockedLog};
use matchflow_labels::Words;
use matchflow_model::plan::Plan;

use crate::args::PipelineArgs;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::load;
use crate::messages::{DecisionText, decision_text};
use crate::run_decisions::decisions_path;

/// The environment variables that name the user.
const USER_VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];
pub(super) const READING: &str = "reading the decisions";
pub(super) const WRITING: &str = "storing the decisions";

/// The plan of a pipeline, and its file of decisions.
pub(super) struct DecidedPipeline {
    pub(super) plan: Plan,
    pub(super) path: PathBuf,
    pub(super) words: Words,
}

impl DecidedPipeline {
    pub(super) fn load(args: &PipelineArgs) -> Result<DecidedPipeline, Failure> {
        let plan = load(args)?.checked.plan;
        Ok(DecidedPipeline { path: decisions_path(&plan), words: crate::report::words(&plan), plan })
    }

    pub(super) fn read(&self) -> Result<DecisionLog, Failure> {
        DecisionLog::read(&self.path).while_doing(READING)
    }

    pub(super) fn lock(&self) -> Result<LockedLog, Failure> {
        LockedLog::open(&self.path).while_doing(READING)
    }
}

/// Prints a text in the language of the pipeline.
pub(super) fn print(text: &DecisionText) {
    message!("{}", decision_text(text, console::language()));
}

/// The failure of a command that did nothing.
pub(super) fn refused(text: DecisionText) -> Failure {
    Failure::Refused(ExitReason::DecisionsRefused, decision_text(&text, console::language()))
}

/// Lists the rows that people disagree about.
pub(super) fn print_disagreements(decisions: &Decisions, words: &Words) {
    let disagreements = decisions.disagreements();
    if disagreements.is_empty() {
        return;
    }
    print(&DecisionText::Disagreements(disagreements.len() as u64));
    for disagreement in disagreements {
        let verdicts = disagreement.decision.verdicts.iter().map(|note| words.verdict_note(note)).collect::<Vec<_>>();
        print(&DecisionText::Disagreement { key: disagreement.key, verdicts: verdicts.join(" / ") });
    }
}

/// Who decides: as `option` of the command line names them, else the user of this machine.
pub(crate) fn person(given: Option<&str>, option: &'static str) -> Result<String, Failure> {
    let named = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let user = || USER_VARIABLES.iter().find_map(|variable| named(std::env::var(variable).ok()?));
    let name = match given {
        Some(given) => named(given.to_owned()),
        None => user().or_else(|| named(whoami::username().ok()?)),
    };
    name.ok_or_else(|| Failure::Usage(decision_text(&DecisionText::NoName { option }, console::language())))
}

/// The time now, as records have it.
pub(crate) fn now() -> String {
    console::now(SecondsFormat::Millis)
}
