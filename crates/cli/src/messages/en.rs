//! The lines in English.

use matchflow_ingest::{RowIrregularity, RowTally, TableRole};

use matchflow_model::language::Language;

use super::{
    DecisionFigures, DuplicatesFigure, FieldLoss, Note, RunFigures, SummaryLine, first_keys, outcomes, review_worth,
    share, text, type_name,
};

const LANGUAGE: Language = Language::English;

pub(super) fn summary_line(line: &SummaryLine) -> String {
    match line {
        SummaryLine::Outcomes(counts) => outcomes(*counts, LANGUAGE),
        SummaryLine::Run(figures) => run_line(figures),
        SummaryLine::DedupeRun { figures, clustering_s } => dedupe_run_line(figures, *clustering_s),
        SummaryLine::Cells(cells) => {
            let filled = if cells.filled > 0 { format!(" + {} filled in", cells.filled) } else { String::new() };
            let sum = format!(
                "cells: {} read{filled} = {} used + {} rejected + {} outside the columns and rows in use",
                cells.read, cells.emitted, cells.rejected, cells.outside
            );
            if cells.balances() { sum } else { format!("{sum}; these do not add up: please report the file") }
        }
        SummaryLine::RemovedRows { rows, keys } => {
            let keys = first_keys(*rows, keys);
            text!(
                "note: {rows|row that is|rows that are} no longer in the supplier file {rows?is|are} left out ({keys}); \
                 `matchflow explain` has {rows?it|them}",
                rows,
                keys
            )
        }
        SummaryLine::Decisions(figures) => decisions_line(figures),
        SummaryLine::ReviewWorth(bands) => review_worth(bands, LANGUAGE),
        SummaryLine::Edition { edition, licence } => format!("registry: {edition} ({licence})"),
        SummaryLine::Note(note) => format!("note: {}", note_text(*note)),
        SummaryLine::ScoredWithout { stage, scorer, rows } => {
            text!(
                "note: {stage} scored {rows|row|rows} without `{scorer}`, which failed on {rows?it|them}",
                stage,
                rows,
                scorer
            )
        }
        SummaryLine::Field { field, loss } => field_loss(field, loss),
        SummaryLine::File { path, table: None, rows } => text!("{path} ({rows|row|rows})", path, rows),
        SummaryLine::File { path, table: Some(table), rows } => {
            text!("{path}, table {table} ({rows|row|rows})", path, table, rows)
        }
        SummaryLine::EditedOutput { path, backup } => {
            format!(
                "note: `{path}` was changed since it was written, or written by something else: it is now `{backup}`"
            )
        }
        SummaryLine::Failed(rows) => {
            text!("{rows|row|rows} failed: `--retry-errors` retries {rows?it|them}", rows)
        }
        SummaryLine::Duplicates(figure) => format!("{}: {}", figure_label(figure), figure.value()),
        SummaryLine::LargestGroup(group) => format!("most rows: {group}"),
        SummaryLine::MostAtStake { group, amount } => format!("most at stake: {group} with {amount:.2}"),
    }
}

fn decisions_line(figures: &DecisionFigures) -> String {
    let DecisionFigures { applied, postponed, row_changed, entry_changed, .. } = figures;
    let DecisionFigures { entry_closed, entry_missing, contradictions, unanchored, .. } = figures;
    let keys = first_keys(*unanchored, &figures.unanchored_keys);
    text!(
        "decisions: {applied} applied<, {postponed} put off><, {row_changed} stale: the row has changed><, {entry_changed} stale: \
         the entry has changed><, {entry_closed} stale: the entry has closed><, {entry_missing} stale: the registry does not have \
         the entry><, {contradictions} contradictory><, {unanchored} without a row in the supplier file ({keys})>",
        applied,
        postponed,
        row_changed,
        entry_changed,
        entry_closed,
        entry_missing,
        contradictions,
        unanchored,
        keys
    )
}

fn run_line(figures: &RunFigures) -> String {
    let RunFigures { rows, skipped, pairs, entries, epochs, seconds } = figures;
    let rate = *rows as f64 / seconds.max(f64::EPSILON);
    let rate = if *rows > 0 { format!(" ({rate:.0} rows/s)") } else { String::new() };
    let seconds = format!("{seconds:.1} s{rate}");
    text!(
        "this run: {rows|row|rows} in {seconds}, {pairs|pair|pairs} scored, {entries|entry|entries}, \
         {epochs|epoch|epochs}; {skipped} skipped (done before)",
        rows,
        seconds,
        pairs,
        entries,
        epochs,
        skipped
    )
}

fn dedupe_run_line(figures: &RunFigures, clustering_s: f64) -> String {
    let RunFigures { rows, skipped, pairs, epochs, seconds, .. } = figures;
    let (seconds, clustering) = (format!("{seconds:.1} s"), format!("{clustering_s:.1} s"));
    text!(
        "this run: {rows|row|rows} compared in {seconds}, {pairs|pair|pairs} scored, {epochs|epoch|epochs}; \
         {skipped} skipped (done before); clusters in {clustering}",
        rows,
        seconds,
        pairs,
        epochs,
        skipped,
        clustering
    )
}

fn field_loss(field: &str, loss: &FieldLoss) -> String {
    match loss {
        FieldLoss::Cleaned { cleaners, cells, lost, example, is_warning } => {
            let label = if *is_warning { "warning" } else { "note" };
            let noun = if cleaners.len() == 1 { "cleaner" } else { "cleaners" };
            let names = cleaners.iter().map(|cleaner| format!("`{cleaner}`")).collect::<Vec<_>>().join(" and ");
            let cleaners = format!("{noun} {names}");
            let share = share(*lost, *cells);
            let remedy = if *is_warning {
                "; another cleaner may fit this column, such as `text`, or it is the wrong column"
            } else {
                ""
            };
            text!(
                "{label}: `{field}`: the {cleaners} found no value in {lost} of {cells|cell|cells} ({share} %), such \
                 as `{example}`{remedy}",
                label,
                field,
                cleaners,
                lost,
                cells,
                share,
                example,
                remedy
            )
        }
        FieldLoss::NotLatin { cells, example } => text!(
            "note: `{field}`: {cells|row has|rows have} a name without Latin letters, such as `{example}`: it \
             is compared in its own script and, unless it has Chinese characters, in Latin letters",
            field,
            cells,
            example
        ),
        FieldLoss::Typed { declared, cells, rejected, example, better } => {
            let (share, declared, better) = (share(*rejected, *cells), type_name(*declared), type_name(*better));
            text!(
                "warning: `{field}`: {rejected} of {cells|cell|cells} ({share} %) {rejected?is|are} not of the type \
                 {declared}, such as `{example}`; `type: {better}` fits all of them",
                field,
                rejected,
                cells,
                share,
                declared,
                example,
                better
            )
        }
    }
}

fn note_text(note: Note) -> String {
    match note {
        Note::RejectedCells(rejects) => text!(
            "{rejects|reject|rejects}: cells without the type of their field, or rows that cannot be read; see the results",
            rejects
        ),
        Note::RejectedEntryCells(rejects) => text!(
            "{rejects|reject|rejects} in the registry: cells without the type of their field, or rows that cannot be read",
            rejects
        ),
        Note::BlankRows(rows) => {
            text!("{rows|blank row|blank rows} of the supplier file {rows?was|were} skipped", rows)
        }
        Note::UnreadRows(rows) => text!(
            "{rows|row is|rows are} empty in every column that is read; {rows?it is a supplier|they are suppliers} without \
             any data",
            rows
        ),
        Note::SkippedRows(rows) => {
            text!("{rows|hidden row or total was|hidden rows or totals were} skipped, as configured", rows)
        }
        Note::DuplicateKeys(rows) => text!(
            "{rows|row has|rows have} the key of an earlier row; {rows?its key is `key#2`|their keys are `key#2` and so on}",
            rows
        ),
        Note::DroppedTimes(dates) => text!(
            "{dates|date|dates} lost {dates?its|their} time of day: {dates?its|their} field has the type date",
            dates
        ),
        Note::MissingKeys(rows) => {
            text!("{rows|row has|rows have} no key; {rows?its|their} row number is used instead", rows)
        }
        Note::NewRowsNotTried(rows) => {
            text!("{rows|new row was|new rows were} not matched: run without `--retry-errors`", rows)
        }
        Note::EntriesWithoutId(rows) => {
            text!("{rows|registry row|registry rows} without an id {rows?was|were} skipped", rows)
        }
        Note::EntriesWithoutGroup(rows) => {
            text!("{rows|registry row|registry rows} without a group {rows?was|were} skipped", rows)
        }
        Note::TotalsRow(row) => {
            format!("row {row}, the last one, looks like totals and was read as a supplier: `totals: skip` skips it")
        }
        Note::IrregularRows { table, kind, tally } => irregular_rows(table, kind, tally),
        other => result_note(other).unwrap_or_default(),
    }
}

/// Notes on the results.
fn result_note(note: Note) -> Option<String> {
    Some(match note {
        Note::SharedCompanies { rows, companies } => text!(
            "{rows|row shares its|rows share their} company with another row ({companies|company|companies})",
            rows,
            companies
        ),
        Note::OneToOneConflicts(rows) => text!(
            "{rows|row was|rows were} sent to review because another row has {rows?its|their} entry (one-to-one)",
            rows
        ),
        Note::LargeGroups { groups: 1, rows, rows_max } => text!(
            "a group of {rows|row|rows} exceeds max_cluster_size: {rows_max}; equal rows are never separated",
            rows,
            rows_max
        ),
        Note::LargeGroups { groups, rows, rows_max } => text!(
            "{groups|group|groups} of up to {rows|row|rows} exceed max_cluster_size: {rows_max}; equal rows are never \
             separated",
            groups,
            rows,
            rows_max
        ),
        Note::ClosedEntries(rows) => text!(
            "{rows|row|rows} matched a closed establishment; `reason` names the successor or the open establishments",
            rows
        ),
        Note::CompaniesOnly(rows) => text!(
            "{rows|row|rows} matched a company, not one of its establishments: `level` is `company`, the address is empty",
            rows
        ),
        _ => return None,
    })
}

fn irregular_rows(table: TableRole, kind: RowIrregularity, tally: RowTally) -> String {
    let file = match table {
        TableRole::Source => "the supplier file",
        TableRole::Reference => "the registry",
    };
    let (which, then) = match kind {
        RowIrregularity::Short => ("with fewer cells than the header", "the missing cells are empty"),
        RowIrregularity::Long => ("with more cells than the header", "none of their cells is used"),
        RowIrregularity::Quotes => {
            ("with quotes that are not closed or not doubled", "each was read as its number of cells requires")
        }
        RowIrregularity::Unreadable => ("that cannot be read with certainty", "none of their cells is used"),
        RowIrregularity::RepeatedHeader => ("that repeat the header", "they were skipped"),
    };
    format!("rows of {file} {which}: {}, the first is row {}; {then}", tally.rows, tally.first)
}

pub(super) fn figure_label(figure: &DuplicatesFigure) -> String {
    match figure {
        DuplicatesFigure::SupplierFile(_) => "supplier file".to_owned(),
        DuplicatesFigure::Rows(_) => "rows of the supplier file".to_owned(),
        DuplicatesFigure::Groups(_) => "groups of duplicates".to_owned(),
        DuplicatesFigure::RowsInGroups(_) => "rows in them".to_owned(),
        DuplicatesFigure::RedundantRows(_) => "redundant rows".to_owned(),
        DuplicatesFigure::AtStake { field, .. } => format!("at stake (sum of `{field}` of these rows)"),
        DuplicatesFigure::PairsToReview(_) => "pairs to review".to_owned(),
        DuplicatesFigure::PairsCut(_) => "pairs cut (likely, but their groups contradict each other)".to_owned(),
        DuplicatesFigure::FailedRows(_) => "rows that failed in this run".to_owned(),
    }
}
