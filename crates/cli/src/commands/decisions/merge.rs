//! `matchflow decisions merge`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use matchflow_decisions::{DecisionLog, Decisions};

use super::decided_pipeline::{DecidedPipeline, READING, WRITING, print, print_disagreements, refused};
use crate::args::DecisionsMergeArgs;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::messages::DecisionText;

/// Adds the records of other files.
pub(super) fn merge(args: &DecisionsMergeArgs) -> Result<ExitCode, Failure> {
    let pipeline = DecidedPipeline::load(&args.pipeline)?;
    let mut others = Vec::new();
    for file in &args.files {
        if let Err(error) = std::fs::metadata(file) {
            return Err(Failure::Refused(ExitReason::InputMissing, format!("error: `{}`: {error}", file.display())));
        }
        let log = DecisionLog::read(file).while_doing(READING)?;
        if let Some(problem) = log.problems.first() {
            let (file, line) = (file.display().to_string(), problem.line);
            return Err(refused(DecisionText::UnreadableLine { file, line, problem: problem.problem.clone() }));
        }
        others.push(log);
    }
    let mut log = pipeline.lock()?;
    let mut new = BTreeMap::new();
    for (id, line) in others.into_iter().flat_map(|other| other.records) {
        if !log.log().records.contains_key(&id) {
            new.insert(id, line);
        }
    }
    let added = new.len() as u64;
    log.append(new.into_values().collect()).while_doing(WRITING)?;
    print(&DecisionText::Merged { added, files: args.files.len() as u64 });
    let decisions = Decisions::new(log.log().records.clone());
    print_disagreements(&decisions, &pipeline.words);
    Ok(ExitCode::SUCCESS)
}
