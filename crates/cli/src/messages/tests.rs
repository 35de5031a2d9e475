//! Lines and notices in every language.

use matchflow_model::plan::FieldType;

use super::*;

/// All lines with counts, each of them `count`.
fn lines(count: u64) -> Vec<SummaryLine> {
    let text = || "x".to_owned();
    let figures = RunFigures { rows: count, skipped: count, pairs: count, entries: count, epochs: count, seconds: 2.0 };
    let tally = RowTally { rows: count, first: 7 };
    let notes = [
        Note::RejectedCells(count),
        Note::BlankRows(count),
        Note::UnreadRows(count),
        Note::SkippedRows(count),
        Note::DuplicateKeys(count),
        Note::DroppedTimes(count),
        Note::MissingKeys(count),
        Note::NewRowsNotTried(count),
        Note::EntriesWithoutId(count),
        Note::EntriesWithoutGroup(count),
        Note::SharedCompanies { rows: count, companies: count },
        Note::OneToOneConflicts(count),
        Note::ClosedEntries(count),
        Note::LargeGroups { groups: count, rows: count, rows_max: 5 },
        Note::CompaniesOnly(count),
        Note::RejectedEntryCells(count),
        Note::IrregularRows { table: TableRole::Source, kind: RowIrregularity::Long, tally },
    ];
    let cells = CellCounts { read: 2 * count, filled: count, emitted: count, rejected: count, outside: count };
    let losses = [
        FieldLoss::Cleaned { cleaners: vec![text()], cells: count, lost: count, example: text(), is_warning: true },
        FieldLoss::NotLatin { cells: count, example: text() },
        FieldLoss::Typed {
            declared: FieldType::Date,
            cells: count,
            rejected: count,
            example: text(),
            better: FieldType::Text,
        },
    ];
    let mut lines = vec![
        SummaryLine::Run(figures),
        SummaryLine::DedupeRun { figures, clustering_s: 2.0 },
        SummaryLine::Cells(cells),
        SummaryLine::RemovedRows { rows: count, keys: vec![text()] },
        SummaryLine::Decisions(DecisionFigures {
            applied: count,
            postponed: count,
            row_changed: count,
            entry_changed: count,
            entry_closed: count,
            entry_missing: count,
            contradictions: count,
            unanchored: count,
            unanchored_keys: vec![text()],
        }),
        SummaryLine::ReviewWorth(vec![ReviewBand { from: 0.2, to: 0.4, rows: count, expected: 0.3 }]),
        SummaryLine::Edition { edition: text(), licence: text() },
        SummaryLine::ScoredWithout { stage: text(), scorer: text(), rows: count },
        SummaryLine::File { path: text(), table: None, rows: count },
        SummaryLine::File { path: text(), table: Some(text()), rows: count },
        SummaryLine::Failed(count),
    ];
    lines.extend(notes.map(SummaryLine::Note));
    lines.extend(losses.map(|loss| SummaryLine::Field { field: text(), loss }));
    lines
}

/// All notices, with their counts set to `count`.
fn notices(count: u64) -> Vec<Notice> {
    let text = || "x".to_owned();
    let requests = RequestFigures {
        answered: count,
        recorded: count,
        failed: count,
        tokens_read: count,
        tokens_written: count,
        cost: 0.5,
        over_budget: count,
    };
    vec![
        Notice::Warning { detail: text() },
        Notice::Start {
            pipeline: text(),
            rows: Some(count),
            done: count,
            workers: count,
            scoring_threads: count,
            processes: 3,
        },
        Notice::NothingToDo,
        Notice::RetryingUnasked(count),
        Notice::ReadingRegistry,
        Notice::UncleanedPairs,
        Notice::IndexHint { pipeline: text() },
        Notice::IndexLoaded { file: text(), entries: count, ms: 5 },
        Notice::IndexBuilt { file: text(), why: None },
        Notice::IndexNotForProcesses { file: text() },
        Notice::IndexNotWritten { file: text(), detail: text() },
        Notice::Stopping,
        Notice::StoppedWithRows(count),
        Notice::StoppedBeforeResults,
        Notice::RowsCommitted(count),
        Notice::Waiting { detail: text() },
        Notice::FallbackUnused { detail: text() },
        Notice::FellBack { path: text() },
        Notice::Imported(count),
        Notice::UnreadableDecision { file: text(), line: count, problem: text() },
        Notice::IncompleteDecisions { file: text(), acts: count },
        Notice::StaleKept { rows: count, changed: text() },
        Notice::StaleRedone { rows: count, changed: text() },
        Notice::RecordedAnswers { answers: count, file: text() },
        Notice::Requests(requests),
    ]
}

/// All lines and notices in a language.
fn texts(count: u64, language: Language) -> Vec<String> {
    let lines = lines(count).into_iter().map(|line| summary_line(&line, language));
    lines.chain(notices(count).iter().map(|notice| notice_text(notice, language))).collect()
}

#[test]
fn nouns_and_verbs_agree_with_their_number() {
    for language in Language::ALL {
        for text in texts(1, language) {
            let words: Vec<&str> = text.split([' ', '(', ')', ',', ';', ':']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2).filter(|pair| pair[0] == "1") {
                // Words that end in s in the singular.
                let is_singular = matches!(pair[1], "s" | "fois" | "hors" | "sans");
                let is_plural = pair[1].ends_with('s') && !is_singular;
                assert!(!is_plural, "`{} {}` in: {text}", pair[0], pair[1]);
            }
            assert!(!text.contains(['{', '|', '<', '>']), "{text}");
        }
    }
    let start = Notice::StoppedWithRows(1);
    assert_eq!(
        notice_text(&start, Language::English),
        "[pipeline] stopped: 1 row committed; the next run resumes from there"
    );
    let failed = |rows, language| summary_line(&SummaryLine::Failed(rows), language);
    assert_eq!(failed(1, Language::English), "1 row failed: `--retry-errors` retries it");
    assert_eq!(failed(2, Language::English), "2 rows failed: `--retry-errors` retries them");
    assert_eq!(failed(1, Language::French), "1 ligne en erreur : relancer avec `--retry-errors`");
}

#[test]
fn every_line_and_notice_is_in_every_language() {
    for (english, french) in texts(2, Language::English).into_iter().zip(texts(2, Language::French)) {
        assert!(!english.is_empty() && !french.is_empty() && english != french, "{english} / {french}");
    }
}

#[test]
fn fixed_texts_have_the_same_values_in_both_languages() {
    let names = |words: &str| {
        let places = words.split('{').skip(1).filter_map(|place| place.split(['}', '|', '?']).next());
        places.map(str::to_owned).collect::<std::collections::BTreeSet<String>>()
    };
    for label in result_texts::ALL {
        assert!(!label.en.is_empty() && label.en != label.fr, "{label:?}");
        assert_eq!(names(label.en), names(label.fr), "{label:?}");
    }
}

#[test]
fn lines_are_in_both_languages() {
    let counts = Counts { matched: 3, review: 2, unmatched: 1, failed: 0, ..Counts::default() };
    let outcomes = SummaryLine::Outcomes(counts);
    assert_eq!(summary_line(&outcomes, Language::English), "matched 3 · review 2 · unmatched 1 · failed 0");
    assert_eq!(summary_line(&outcomes, Language::French), "rapproché 3 · à vérifier 2 · non rapproché 1 · en erreur 0");
    let note = SummaryLine::Note(Note::ClosedEntries(77));
    assert_eq!(
        summary_line(&note, Language::English),
        "note: 77 rows matched a closed establishment; `reason` names the successor or the open establishments"
    );
    assert!(summary_line(&note, Language::French).starts_with("remarque : 77 lignes"));
    let note = SummaryLine::Note(Note::IrregularRows {
        table: TableRole::Source,
        kind: RowIrregularity::Short,
        tally: RowTally { rows: 2, first: 3 },
    });
    assert_eq!(
        summary_line(&note, Language::English),
        "note: rows of the supplier file with fewer cells than the header: 2, the first is row 3; the missing cells \
         are empty"
    );
    assert!(summary_line(&note, Language::French).contains(": 2, la première est la ligne 3"));
}

#[test]
fn cells_that_do_not_add_up_are_reported() {
    let cells = CellCounts { read: 6, emitted: 3, rejected: 0, outside: 3, ..CellCounts::default() };
    let line = summary_line(&SummaryLine::Cells(cells), Language::English);
    assert_eq!(line, "cells: 6 read = 3 used + 0 rejected + 3 outside the columns and rows in use");
    let line = summary_line(&SummaryLine::Cells(CellCounts { read: 7, ..cells }), Language::French);
    assert!(line.contains("le compte n'est pas juste"), "{line}");
}
