//! `matchflow decisions import`: verdicts that people filled in.
//!
//! **Invariants.** All files are read and understood before anything is stored, and what is stored is one act: nothing is
//! half imported. The same file again adds nothing. A verdict replaces what its person decided before, and the verdicts of
//! others that the file had in the row; others that the person did not know of stay, and contradict it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::ExitCode;

use matchflow_checkpoint::{ReviewableResult, read_results};
use matchflow_decisions::{DecidedRow, DecisionContent, DecisionRecord, Decisions, RowDecision, act_lines};
use matchflow_evaluate::{NamedRow, NamedTable};
use matchflow_labels::{VerdictWord, texts};
use matchflow_model::digest::sha256_hex;
use matchflow_model::review_verdict::ReviewVerdict;
use matchflow_review::row_decision;

use super::decided_pipeline::{DecidedPipeline, WRITING, now, person, print, print_disagreements, refused};
use super::filled_row::{FilledColumns, FilledRow};
use crate::args::DecisionsImportArgs;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::messages::{CellProblem, DecisionText, decision_text};

/// Problems that are printed at most.
const PROBLEMS_MAX: usize = 20;
/// Keys that are looked up at once.
const KEYS_AT_ONCE: usize = 1_000;
/// Characters of the digest of a file that records have.
const SOURCE_DIGITS: usize = 16;

/// Rows with a verdict of one import, and what is wrong with others.
#[derive(Default)]
struct FilledRows {
    /// Each with its word and the digest of its file.
    rows: Vec<(FilledRow, VerdictWord, String)>,
    problems: Vec<(String, CellProblem)>,
    comments_alone: u64,
}

/// Stores the verdicts of files.
pub(super) fn import(args: &DecisionsImportArgs) -> Result<ExitCode, Failure> {
    let pipeline = DecidedPipeline::load(&args.pipeline)?;
    let checkpoint = &pipeline.plan.sink.checkpoint;
    if !checkpoint.exists() {
        let text = DecisionText::NoCheckpoint { file: checkpoint.display().to_string() };
        return Err(Failure::Refused(ExitReason::InputMissing, decision_text(&text, console::language())));
    }
    let mut filled = FilledRows::default();
    for file in &args.files {
        read_file(file, args.files.len() > 1, &pipeline, &mut filled)?;
    }
    let results = read_keys(checkpoint, &filled)?;
    let mut log = pipeline.lock()?;
    let decisions = Decisions::new(log.log().records.clone());
    let mut import = Import { pipeline: &pipeline, decisions: &decisions, results, by: args.by.as_deref(), at: now() };
    let ImportedRecords { records, known, ended } = import.records(&mut filled)?;
    if !filled.problems.is_empty() {
        return Err(refused(problems_text(&filled.problems)));
    }
    let added = records.len() as u64;
    log.append(act_lines(records)).while_doing(WRITING)?;
    print(&DecisionText::Imported { added, known, ended });
    if filled.comments_alone > 0 {
        print(&DecisionText::CommentsAlone(filled.comments_alone));
    }
    print_disagreements(&Decisions::new(log.log().records.clone()), &pipeline.words);
    if added > 0 {
        print(&DecisionText::RunNext);
    }
    Ok(ExitCode::SUCCESS)
}

/// The verdicts that a pipeline can have.
fn allowed(pipeline: &DecidedPipeline) -> Vec<ReviewVerdict> {
    let is_dedupe = pipeline.plan.dedupe.is_some();
    ReviewVerdict::ALL.into_iter().filter(|verdict| verdict.is_of_duplicates() == is_dedupe).collect()
}

/// Reads the rows of a file that somebody has filled in.
fn read_file(
    file: &Path,
    names_file: bool,
    pipeline: &DecidedPipeline,
    filled: &mut FilledRows,
) -> Result<(), Failure> {
    const READING: &str = "reading the verdicts";
    let bytes = std::fs::read(file).map_err(|error| {
        Failure::Refused(ExitReason::InputMissing, format!("error: `{}`: {error}; nothing was done", file.display()))
    })?;
    let mut source = sha256_hex(&bytes);
    source.truncate(SOURCE_DIGITS);
    drop(bytes);
    let table = NamedTable::open(file, &["key", "verdict"]).while_doing(READING)?;
    let columns = FilledColumns::of(&table, &pipeline.plan);
    if columns.key.is_none() || columns.verdict.is_none() {
        let missing = if columns.key.is_none() { "`key`" } else { "`verdict`" };
        return Err(Failure::Refused(ExitReason::DecisionsRefused, format!("{}", table.no_column(missing))));
    }
    let allowed = allowed(pipeline);
    let count = filled.rows.len() + filled.problems.len();
    let first = filled.rows.len();
    let mut together: HashMap<String, Vec<String>> = HashMap::new();
    for row in table {
        let row = row.while_doing(READING)?;
        let place = place_of(&row, names_file.then_some(file), pipeline);
        let row = columns.read(&row, place);
        if let (Some(group), Some(key)) = (&row.together, &row.key) {
            together.entry(group.clone()).or_default().push(key.clone());
        }
        match row.word(&pipeline.words, &allowed) {
            Ok(Some(_)) if row.key.is_none() => filled.problems.push((row.place, CellProblem::NoKey)),
            Ok(Some(word)) => filled.rows.push((row, word, source.clone())),
            Ok(None) => filled.comments_alone += u64::from(row.comment.is_some()),
            Err(problem) => filled.problems.push((row.place, problem)),
        }
    }
    // Of a cluster or a pair, the other rows are those that the file has with it.
    for (row, word, _) in filled.rows.iter_mut().skip(first) {
        let is_of_rows = matches!(word, VerdictWord::Verdict(verdict) if verdict.is_of_duplicates());
        let is_alone = *word == VerdictWord::Verdict(ReviewVerdict::NeverMerge);
        if is_of_rows && !is_alone && row.others.is_empty() {
            let keys = row.together.as_ref().and_then(|group| together.get(group)).into_iter().flatten();
            row.others = keys.filter(|key| row.key.as_ref() != Some(key)).cloned().collect();
        }
    }
    if filled.rows.len() + filled.problems.len() == count {
        print(&DecisionText::NothingFilled { file: file.display().to_string() });
    }
    Ok(())
}

/// Where a row is, in words.
fn place_of(row: &NamedRow, file: Option<&Path>, pipeline: &DecidedPipeline) -> String {
    let words = &pipeline.words;
    let file = file.map(|file| format!("{}, ", file.display())).unwrap_or_default();
    let sheet = row.sheet.as_ref().map(|sheet| format!("{} `{sheet}`, ", words.text(texts::SHEET))).unwrap_or_default();
    format!("{file}{sheet}{} {}", words.text(texts::ROW), row.line)
}

/// The newest results of the rows.
fn read_keys(checkpoint: &Path, filled: &FilledRows) -> Result<HashMap<String, ReviewableResult>, Failure> {
    const READING: &str = "reading the results from the checkpoint";
    let of_row = |(row, ..): &'_ (FilledRow, VerdictWord, String)| {
        row.key.iter().chain(&row.others).cloned().collect::<Vec<_>>()
    };
    let keys: BTreeSet<String> = filled.rows.iter().flat_map(of_row).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let reader = read_results(checkpoint).while_doing("opening the checkpoint")?;
    let mut results = HashMap::new();
    for keys in keys.chunks(KEYS_AT_ONCE) {
        let found = reader.tables().reviewable(keys).while_doing(READING)?;
        results.extend(found.into_iter().map(|result| (result.decision.key.clone(), result)));
    }
    Ok(results)
}

/// An import in progress.
struct Import<'a> {
    pipeline: &'a DecidedPipeline,
    decisions: &'a Decisions,
    results: HashMap<String, ReviewableResult>,
    by: Option<&'a str>,
    at: String,
}

/// The verdict on a row, and where the files have it.
struct FilledVerdict {
    place: String,
    word: VerdictWord,
    other: Option<String>,
}

/// What an import adds.
#[derive(Default)]
struct ImportedRecords {
    records: Vec<DecisionRecord>,
    /// Verdicts that count already.
    known: u64,
    /// Verdicts of the same file that were undone or replaced since.
    ended: u64,
}

impl Import<'_> {
    fn records(&mut self, filled: &mut FilledRows) -> Result<ImportedRecords, Failure> {
        let mut imported = ImportedRecords::default();
        let mut filled_rows: HashMap<(String, Vec<String>), FilledVerdict> = HashMap::new();
        for (row, word, source) in std::mem::take(&mut filled.rows) {
            let key = row.key.clone().unwrap_or_default();
            // A pair may be filled in at either of its rows.
            let of_row = match row.others.as_slice() {
                [other] => (key.clone().min(other.clone()), vec![key.clone().max(other.clone())]),
                others => (key.clone(), others.to_vec()),
            };
            if let Some(FilledVerdict { place, word: earlier, other }) = filled_rows.get(&of_row) {
                if (*earlier, other) != (word, &row.other) {
                    filled.problems.push((row.place, CellProblem::TwoVerdicts { key, place: place.clone() }));
                }
                continue;
            }
            let verdict = FilledVerdict { place: row.place.clone(), word, other: row.other.clone() };
            filled_rows.insert(of_row, verdict);
            match self.decision(&row, word) {
                Err(problem) => filled.problems.push((row.place, problem)),
                Ok(decision) => self.add(row, RowDecision { source: Some(source), ..decision }, &mut imported)?,
            }
        }
        Ok(imported)
    }

    fn decision(&self, row: &FilledRow, word: VerdictWord) -> Result<RowDecision, CellProblem> {
        let find = |key: &str| self.results.get(key).ok_or_else(|| CellProblem::UnknownKey { key: key.to_owned() });
        let result = find(row.key.as_deref().unwrap_or_default())?;
        match word {
            VerdictWord::Verdict(verdict) if verdict.is_of_duplicates() => {
                let others = row.others.iter().map(|key| find(key)).collect::<Result<Vec<_>, _>>()?;
                if others.is_empty() && verdict != ReviewVerdict::NeverMerge {
                    return Err(CellProblem::NeedsOther { verdict: row.verdict.clone().unwrap_or_default() });
                }
                let others = others
                    .iter()
                    .map(|other| DecidedRow { key: other.decision.key.clone(), digest: other.decision.digest });
                Ok(RowDecision { others: others.collect(), ..row_decision(verdict, result, None) })
            }
            _ => row.decision(word, result, &self.pipeline.plan),
        }
    }

    /// Adds a verdict, unless it is there.
    fn add(&self, row: FilledRow, decision: RowDecision, imported: &mut ImportedRecords) -> Result<(), Failure> {
        let by = match row.by.clone() {
            Some(by) => by,
            None => person(self.by, "--by")?,
        };
        let is_same = |other: &RowDecision| {
            let of = |one: &RowDecision| {
                (one.row.clone(), one.verdict, one.entry.clone(), one.group.clone(), one.others.clone())
            };
            of(other) == of(&decision)
        };
        let records = self.decisions.records().values();
        let verdicts = || records.clone().filter_map(|line| Some((line, line.record.verdict()?)));
        let is_counted = verdicts().any(|(line, other)| {
            self.decisions.counts(&line.id)
                && line.record.by == by
                && is_same(other)
                && (row.comment.is_none() || line.record.why == row.comment)
        });
        if is_counted {
            imported.known += 1;
            return Ok(());
        }
        if verdicts().any(|(line, other)| other.source == decision.source && line.record.by == by && is_same(other)) {
            imported.ended += 1;
            return Ok(());
        }
        // What the person knew of: their own verdicts, those that the file had in the row, and the record of an exported row.
        let of_row = |other: &RowDecision| other.row.key == decision.row.key && other.others == decision.others;
        let is_known = |id: &str, person: &str| person == by || row.knew_verdicts || row.record.as_deref() == Some(id);
        let replaces = verdicts()
            .filter(|(line, other)| {
                self.decisions.counts(&line.id) && of_row(other) && is_known(&line.id, &line.record.by)
            })
            .map(|(line, _)| line.id.clone());
        let replaces = self.decisions.with_replaced(replaces);
        imported.records.push(DecisionRecord {
            act: String::new(),
            of: 0,
            by,
            at: row.at.clone().unwrap_or_else(|| self.at.clone()),
            why: row.comment.clone(),
            content: DecisionContent::Verdict(Box::new(RowDecision { replaces, ..decision })),
        });
        Ok(())
    }
}

/// What is wrong, a line each.
fn problems_text(problems: &[(String, CellProblem)]) -> DecisionText {
    let language = console::language();
    let listed = problems.iter().take(PROBLEMS_MAX).map(|(place, problem)| {
        decision_text(&DecisionText::Problem { place: place.clone(), problem: problem.clone() }, language)
    });
    let mut lines: Vec<String> = listed.collect();
    if problems.len() > PROBLEMS_MAX {
        lines.push(decision_text(&DecisionText::MoreProblems((problems.len() - PROBLEMS_MAX) as u64), language));
    }
    DecisionText::Refused { problems: problems.len() as u64, list: lines.join("\n") }
}
