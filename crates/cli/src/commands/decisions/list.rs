//! `matchflow decisions list`.

use std::io::Write;
use std::process::ExitCode;

use matchflow_decisions::{DecisionContent, Decisions, RecordLine};
use serde_json::json;

use super::decided_pipeline::{DecidedPipeline, print, print_disagreements};
use crate::args::DecisionsListArgs;
use crate::console;
use crate::failure::{Failure, FailureContext};
use crate::messages::{DecisionText, Notice, decision_text};

/// Prints the decisions, the oldest first, and the rows that people disagree about.
pub(super) fn list(args: &DecisionsListArgs) -> Result<ExitCode, Failure> {
    let pipeline = DecidedPipeline::load(&args.pipeline)?;
    let log = pipeline.read()?;
    let file = pipeline.path.display().to_string();
    for problem in &log.problems {
        let (file, line, problem) = (file.clone(), problem.line, problem.problem.clone());
        console::notice(&Notice::UnreadableDecision { file, line, problem });
    }
    if log.incomplete_acts > 0 {
        console::notice(&Notice::IncompleteDecisions { file: file.clone(), acts: log.incomplete_acts });
    }
    let decisions = Decisions::new(log.records);
    let mut records: Vec<&RecordLine> =
        decisions.records().values().filter(|line| args.all || decisions.counts(&line.id)).collect();
    records.sort_by(|one, other| (&one.record.at, &one.id).cmp(&(&other.record.at, &other.id)));
    if args.json {
        let values = records.iter().map(|line| {
            let record = serde_json::from_str::<serde_json::Value>(&line.line).unwrap_or_default();
            json!({ "record": record, "counts": decisions.counts(&line.id) })
        });
        let json = json!({ "decisions": values.collect::<Vec<_>>(), "disagreements": decisions.disagreements() });
        let json = serde_json::to_string_pretty(&json).while_doing("writing JSON")?;
        writeln!(std::io::stdout(), "{json}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = console::stdout();
    for line in &records {
        let state = match decisions.counts(&line.id) {
            true => String::new(),
            false => format!("  [{}]", decision_text(&DecisionText::UndoneOrReplaced, console::language())),
        };
        writeln!(out, "{}  {}  {}{state}", line.id, line.record.act, about(line, &pipeline))?;
    }
    drop(out);
    let verdicts = records.iter().filter(|line| line.record.verdict().is_some()).count() as u64;
    print(&DecisionText::Listed { verdicts, file });
    print_disagreements(&decisions, &pipeline.words);
    Ok(ExitCode::SUCCESS)
}

/// A record in words.
fn about(line: &RecordLine, pipeline: &DecidedPipeline) -> String {
    match &line.record.content {
        DecisionContent::Verdict(verdict) => {
            let others: Vec<&str> = verdict.others.iter().map(|other| other.key.as_str()).collect();
            let others = if others.is_empty() { String::new() } else { format!(" ~ {}", others.join(", ")) };
            let note = pipeline.words.verdict_note(&verdict.note(&line.id, &line.record));
            format!("{}{others}  {note}", verdict.row.key)
        }
        DecisionContent::Undo { undoes } => {
            let why = line.record.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!("undo {}  {}{why}", undoes.join(", "), line.record.by)
        }
    }
}
