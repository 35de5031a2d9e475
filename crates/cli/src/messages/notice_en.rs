//! The notices of a run, in English.

use matchflow_labels::texts;
use matchflow_model::language::Language;

use super::notice::{Notice, RequestFigures};
use super::text;

const LANGUAGE: Language = Language::English;

pub(super) fn notice(notice: &Notice) -> String {
    let warning = texts::WARNING.get(LANGUAGE);
    match notice {
        Notice::Warning { detail } => text!("{warning}: {detail}", warning, detail),
        Notice::Start { pipeline, rows, done, workers, scoring_threads, processes } => {
            let about = rows.map(|rows| text!("about {rows|row|rows}, ", rows)).unwrap_or_default();
            let each =
                if *processes > 1 { text!(" in each of {processes} processes", processes) } else { String::new() };
            text!(
                "[pipeline] {pipeline}: {about}{done} done by earlier runs; {workers|worker|workers}, \
                 {scoring_threads|scoring thread|scoring threads}{each}",
                pipeline,
                about,
                done,
                workers,
                scoring_threads,
                each
            )
        }
        Notice::NothingToDo => "[pipeline] nothing to do: all rows are done; the registry was not read".to_owned(),
        Notice::RetryingUnasked(rows) => text!(
            "[pipeline] retrying {rows|row that was|rows that were} skipped because `max_cost` had been reached",
            rows
        ),
        Notice::ReadingRegistry => "reading the registry".to_owned(),
        Notice::IndexingRegistry { entries, rate } => {
            text!("indexing the registry: {entries} entries | {rate}/s", entries, rate)
        }
        Notice::UncleanedPairs => text!(
            "hint: the plug-in got these values as they are. A run cleans fields first, company names to words in lower case: \
             `--clean company_name`"
        ),
        Notice::IndexHint { pipeline } => text!(
            "hint: `matchflow index {pipeline}` indexes the registry once, and later runs start at once",
            pipeline
        ),
        Notice::Stopping => {
            "\nstopping: finishing and committing the rows in progress; press Ctrl-C again to exit immediately"
                .to_owned()
        }
        Notice::StoppedWithRows(rows) => {
            text!("[pipeline] stopped: {rows|row|rows} committed; the next run resumes from there", rows)
        }
        Notice::StoppedBeforeResults => {
            "[pipeline] stopped: all rows are committed; the next run writes the results".to_owned()
        }
        Notice::RowsCommitted(rows) => {
            text!("{rows|row was|rows were} committed before the failure and {rows?is|are} kept", rows)
        }
        Notice::Requests(figures) => format!("[pipeline] {}", requests(figures)),
        other => index_notice(other).or_else(|| checkpoint_notice(other)).unwrap_or_default(),
    }
}

/// Notices about the index of the registry.
fn index_notice(notice: &Notice) -> Option<String> {
    let warning = texts::WARNING.get(LANGUAGE);
    Some(match notice {
        Notice::IndexLoaded { file, entries, ms } => text!(
            "[pipeline] index `{file}`: {entries|entry|entries} loaded in {ms} ms; the registry is not read",
            file,
            entries,
            ms
        ),
        Notice::IndexBuilt { file, why } => {
            let why = why.as_deref().unwrap_or("not built yet");
            text!("[pipeline] index `{file}`: {why}; building it from the registry", file, why)
        }
        Notice::IndexNotForProcesses { file } => {
            text!("[pipeline] index `{file}`: not used by a run on several processes; reading the registry", file)
        }
        Notice::IndexNotWritten { file, detail } => {
            text!("{warning}: the index `{file}` cannot be written: {detail}", warning, file, detail)
        }
        _ => return None,
    })
}

/// Notices about the checkpoint and its contents.
fn checkpoint_notice(notice: &Notice) -> Option<String> {
    let warning = texts::WARNING.get(LANGUAGE);
    Some(match notice {
        Notice::Waiting { detail } => text!("[pipeline] waiting: {detail}", detail),
        Notice::FallbackUnused { detail } => {
            text!("{warning}: the fallback `temp` is not used: {detail}", warning, detail)
        }
        Notice::FellBack { path } => text!("{warning}: using `{path}` instead", warning, path),
        Notice::Imported(results) => {
            text!("[pipeline] {results|result was|results were} imported from the other checkpoint", results)
        }
        Notice::UnreadableDecision { file, line, problem } => text!(
            "{warning}: line {line} of the decisions `{file}` does not count: {problem}",
            warning,
            line,
            file,
            problem
        ),
        Notice::IncompleteDecisions { file, acts } => text!(
            "{warning}: `{file}` has {acts|import|imports} that ended too soon, of which nothing counts: import {acts?the file|the \
             files} again",
            warning,
            file,
            acts
        ),
        Notice::StaleKept { rows, changed } => text!(
            "{warning}: {rows|row was|rows were} decided before these changed: {changed}. {rows?Its result is|Their results \
             are} not updated; `--resume redo` matches {rows?it|them} again",
            warning,
            rows,
            changed
        ),
        Notice::StaleRedone { rows, changed } => {
            text!("[pipeline] matching {rows|row|rows} again because these changed: {changed}", rows, changed)
        }
        Notice::RecordedAnswers { answers, file } => {
            text!("[pipeline] {answers|recorded answer|recorded answers} in `{file}`", answers, file)
        }
        _ => return None,
    })
}

fn requests(figures: &RequestFigures) -> String {
    let RequestFigures { answered, recorded, failed, tokens_read, tokens_written, cost, over_budget } = figures;
    let tokens = match tokens_read + tokens_written {
        0 => String::new(),
        _ => text!("; {tokens_read|token|tokens} read, {tokens_written} written", tokens_read, tokens_written),
    };
    let cost = if *cost > 0.0 { format!("; cost {cost:.4}") } else { String::new() };
    text!(
        "arbiters: {answered|answer|answers}, {recorded} recorded or shared, {failed|request|requests} \
         failed{tokens}{cost}<; {over_budget} not sent because `max_cost` was reached>",
        answered,
        recorded,
        failed,
        tokens,
        cost,
        over_budget
    )
}
