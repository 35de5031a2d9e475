//! The decisions of people in a run: read before its first row, compared with the results of earlier runs, counted at its end.
//!
//! **Invariants.** A row is done again where what people decided about it is not what its result has, or where it was
//! decided with other settings or another registry; and only there. The counts are of all rows of the supplier file, not
//! of those that this run did.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use matchflow_checkpoint::CheckpointTables;
use matchflow_decisions::{DecisionLog, Decisions, log_path};
use matchflow_files::follow_links;
use matchflow_model::plan::Plan;
use matchflow_model::review_verdict::ReviewDecision;
use matchflow_model::store::DoneRows;

use crate::console;
use crate::decision_figures::DecisionFigures;
use crate::failure::{Failure, FailureContext};
use crate::messages::{Notice, SummaryLine};

const READING: &str = "reading the decisions";

/// The file of decisions of a pipeline: it is beside the checkpoint, wherever that is a link to.
pub(crate) fn decisions_path(plan: &Plan) -> PathBuf {
    let checkpoint = &plan.sink.checkpoint;
    log_path(&follow_links(checkpoint).unwrap_or_else(|_| checkpoint.clone()))
}

/// The decisions beside the checkpoint of a pipeline; what cannot be read of them is reported.
pub(crate) fn read_decisions(plan: &Plan) -> Result<Arc<Decisions>, Failure> {
    let path = decisions_path(plan);
    let log = DecisionLog::read(&path).while_doing(READING)?;
    for problem in &log.problems {
        let (file, line) = (path.display().to_string(), problem.line);
        console::notice(&Notice::UnreadableDecision { file, line, problem: problem.problem.clone() });
    }
    if log.incomplete_acts > 0 {
        console::notice(&Notice::IncompleteDecisions { file: path.display().to_string(), acts: log.incomplete_acts });
    }
    Ok(Arc::new(Decisions::new(log.records)))
}

/// Opens the rows again that people have decided about since they were done.
pub(crate) fn reopen_rows(
    done: &mut DoneRows,
    decisions: &Decisions,
    tables: CheckpointTables<'_>,
) -> Result<(), Failure> {
    let found = tables.review_decisions().while_doing("reading the results from the checkpoint")?;
    let before: HashMap<String, ReviewDecision> = found.into_iter().collect();
    if before.is_empty() && decisions.is_empty() {
        return Ok(());
    }
    for (key, row) in done.iter_mut() {
        let now = decisions.row_verdict(key, row.digest);
        let records = now.as_ref().map(|verdict| verdict.decision.records());
        // A row that was decided is looked at again with every registry: its entry may be another one.
        row.reopened = records != before.get(key).map(ReviewDecision::records) || (row.stale && records.is_some());
    }
    Ok(())
}

/// What became of the decisions, for the summary; nothing where there are none.
pub(crate) fn decision_lines(decisions: &Decisions, tables: CheckpointTables<'_>) -> Result<Vec<SummaryLine>, Failure> {
    let found = tables.review_decisions().while_doing("reading the results from the checkpoint")?;
    let applied: BTreeSet<String> =
        found.iter().flat_map(|(_, decision)| decision.records()).map(str::to_owned).collect();
    Ok(figures_line(&DecisionFigures::new(&found, &decisions.unanchored(&applied))).into_iter().collect())
}

/// What became of decisions, for people and for programs; nothing where there are none.
pub(crate) fn figures_line(figures: &DecisionFigures) -> Option<SummaryLine> {
    if figures.is_empty() {
        return None;
    }
    console::event(&figures.to_json());
    Some(SummaryLine::Decisions(figures.clone()))
}
