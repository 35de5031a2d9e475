//! `matchflow decisions undo`: a record that names those that no longer count.

use std::process::ExitCode;

use matchflow_decisions::{DecisionContent, DecisionRecord, Decisions, act_lines};

use super::decided_pipeline::{DecidedPipeline, WRITING, now, person, print, refused};
use crate::args::DecisionsUndoArgs;
use crate::failure::{Failure, FailureContext};
use crate::messages::DecisionText;

/// Undoes records, whole acts, or what was decided about a row.
pub(super) fn undo(args: &DecisionsUndoArgs) -> Result<ExitCode, Failure> {
    let pipeline = DecidedPipeline::load(&args.pipeline)?;
    let by = person(args.by.as_deref(), "--by")?;
    let mut log = pipeline.lock()?;
    let decisions = Decisions::new(log.log().records.clone());
    let mut undoes = Vec::new();
    for id in &args.ids {
        undoes.extend(records_of(&decisions, id)?);
    }
    if let Some(key) = &args.key {
        let verdicts = decisions.verdicts();
        let of_key = verdicts.into_iter().filter(|(_, verdict)| verdict.row.key == *key);
        let found: Vec<String> = of_key.map(|(line, _)| line.id.clone()).collect();
        if found.is_empty() {
            return Err(refused(DecisionText::NoDecisionOnKey { key: key.clone() }));
        }
        undoes.extend(found);
    }
    undoes.sort_unstable();
    undoes.dedup();
    let count = undoes.len() as u64;
    let content = DecisionContent::Undo { undoes };
    let record = DecisionRecord { act: String::new(), of: 0, by, at: now(), why: args.why.clone(), content };
    log.append(act_lines(vec![record])).while_doing(WRITING)?;
    print(&DecisionText::Undone(count));
    print(&DecisionText::RunNext);
    Ok(ExitCode::SUCCESS)
}

/// The records that count and whose id, or whose act, begins with these characters.
fn records_of(decisions: &Decisions, id: &str) -> Result<Vec<String>, Failure> {
    let counted = || decisions.records().values().filter(|line| decisions.counts(&line.id));
    let of_act: Vec<String> =
        counted().filter(|line| id.len() >= 4 && line.record.act.starts_with(id)).map(|line| line.id.clone()).collect();
    let acts: std::collections::BTreeSet<&str> =
        counted().filter(|line| of_act.contains(&line.id)).map(|line| line.record.act.as_str()).collect();
    let of_id: Vec<String> =
        counted().filter(|line| id.len() >= 4 && line.id.starts_with(id)).map(|line| line.id.clone()).collect();
    match (of_id.len(), acts.len()) {
        (1, 0) => Ok(of_id),
        (0, 1) => Ok(of_act),
        (0, 0) => Err(refused(DecisionText::NoRecord { id: id.to_owned() })),
        (records, acts) => {
            Err(refused(DecisionText::Ambiguous { id: id.to_owned(), records: (records + acts) as u64 }))
        }
    }
}
