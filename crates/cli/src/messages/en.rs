//! The lines in English.

use matchflow_ingest::{RowIrregularity, RowTally, TableRole};

use super::{DuplicatesFigure, FieldLoss, Note, RunFigures, SummaryLine, counted, first_keys, share, type_name};

pub(super) fn summary_line(line: &SummaryLine) -> String {
    match line {
        SummaryLine::Outcomes(counts) => format!(
            "matched {} · review {} · unmatched {} · failed {}",
            counts.matched, counts.review, counts.unmatched, counts.failed
        ),
        SummaryLine::Run(figures) => {
            let RunFigures { rows, skipped, pairs, entries, epochs, seconds } = figures;
            let rate = *rows as f64 / seconds.max(f64::EPSILON);
            let rate = if *rows > 0 { format!(" ({rate:.0} rows/s)") } else { String::new() };
            let epochs = counted(*epochs, "epoch");
            format!(
                "this run: {rows} rows in {seconds:.1} s{rate}, {pairs} pairs scored, {entries} entries, {epochs}; \
                 {skipped} skipped (done before)"
            )
        }
        SummaryLine::DedupeRun { figures, clustering_s } => {
            let RunFigures { rows, skipped, pairs, epochs, seconds, .. } = figures;
            let epochs = counted(*epochs, "epoch");
            format!(
                "this run: {rows} rows compared in {seconds:.1} s, {pairs} pairs scored, {epochs}; {skipped} \
                 skipped (done before); clusters in {clustering_s:.1} s"
            )
        }
        SummaryLine::Cells(cells) => {
            let filled = if cells.filled > 0 { format!(" + {} filled in", cells.filled) } else { String::new() };
            let sum = format!(
                "cells: {} read{filled} = {} used + {} rejected + {} outside the columns and rows in use",
                cells.read, cells.emitted, cells.rejected, cells.outside
            );
            if cells.balances() { sum } else { format!("{sum}; these do not add up: please report the file") }
        }
        SummaryLine::RemovedRows { rows, keys } => format!(
            "note: {rows} rows that are no longer in the supplier file are left out ({}); `matchflow explain` has them",
            first_keys(*rows, keys)
        ),
        SummaryLine::Note(note) => format!("note: {}", note_text(*note)),
        SummaryLine::ScoredWithout { stage, scorer, rows } => {
            format!("note: {stage} scored {rows} rows without `{scorer}`, which failed on them")
        }
        SummaryLine::Field { field, loss } => field_loss(field, loss),
        SummaryLine::File { path, rows } => format!("{path} ({rows} rows)"),
        SummaryLine::EditedOutput { path, backup } => {
            format!(
                "note: `{path}` was changed since it was written, or written by something else: it is now `{backup}`"
            )
        }
        SummaryLine::Failed(rows) => format!("{rows} rows failed: `--retry-errors` retries them"),
        SummaryLine::Duplicates(figure) => format!("{}: {}", figure_label(figure), figure.value()),
        SummaryLine::LargestGroup(group) => format!("most rows: {group}"),
        SummaryLine::MostAtStake { group, amount } => format!("most at stake: {group} with {amount:.2}"),
    }
}

fn field_loss(field: &str, loss: &FieldLoss) -> String {
    match loss {
        FieldLoss::Cleaned { cleaners, cells, lost, example, is_warning } => {
            let label = if *is_warning { "warning" } else { "note" };
            let cleaners = cleaners.iter().map(|cleaner| format!("`{cleaner}`")).collect::<Vec<_>>().join(" and ");
            let share = share(*lost, *cells);
            let remedy = if *is_warning {
                "; another cleaner may fit this column, such as `text`, or it is the wrong column"
            } else {
                ""
            };
            format!(
                "{label}: `{field}`: the cleaner {cleaners} found no value in {lost} of {cells} cells ({share} %), such as \
                 `{example}`{remedy}"
            )
        }
        FieldLoss::NotLatin { cells, example } => format!(
            "note: `{field}`: {cells} rows have a name without Latin letters, such as `{example}`: it cannot be compared \
             with names in Latin letters, only letter by letter with its equal"
        ),
        FieldLoss::Typed { declared, cells, rejected, example, better } => format!(
            "warning: `{field}`: {rejected} of {cells} cells ({} %) are not of the type {}, such as `{example}`; `type: {}` \
             fits all of them",
            share(*rejected, *cells),
            type_name(*declared),
            type_name(*better)
        ),
    }
}

fn note_text(note: Note) -> String {
    match note {
        Note::RejectedCells(rejects) => {
            format!(
                "{rejects} rejects: cells without the type of their field, or rows that cannot be read; see the results"
            )
        }
        Note::RejectedEntryCells(rejects) => {
            format!(
                "{rejects} rejects in the registry: cells without the type of their field, or rows that cannot be read"
            )
        }
        Note::BlankRows(rows) => format!("{rows} blank rows of the supplier file were skipped"),
        Note::UnreadRows(rows) => {
            format!("{rows} rows are empty in every column that is read; they are suppliers without any data")
        }
        Note::SkippedRows(rows) => format!("{rows} hidden rows or totals were skipped, as configured"),
        Note::DuplicateKeys(rows) => {
            format!("{rows} rows have the key of an earlier row; their keys are `key#2` and so on")
        }
        Note::DroppedTimes(dates) => format!("{dates} dates lost their time of day: their field has the type date"),
        Note::MissingKeys(rows) => format!("{rows} rows have no key; their row number is used instead"),
        Note::NewRowsNotTried(rows) => format!("{rows} new rows were not matched: run without `--retry-errors`"),
        Note::EntriesWithoutId(rows) => format!("{rows} registry rows without an id were skipped"),
        Note::EntriesWithoutGroup(rows) => format!("{rows} registry rows without a group were skipped"),
        Note::SharedCompanies { rows, companies } => {
            format!("{rows} rows share their company with another row ({companies} companies)")
        }
        Note::OneToOneConflicts(rows) => {
            format!("{rows} rows were sent to review because another row has their entry (one-to-one)")
        }
        Note::LargeGroups { groups: 1, rows, rows_max } => {
            format!("a group of {rows} rows exceeds max_cluster_size: {rows_max}; equal rows are never separated")
        }
        Note::LargeGroups { groups, rows, rows_max } => format!(
            "{groups} groups of up to {rows} rows exceed max_cluster_size: {rows_max}; equal rows are never separated"
        ),
        Note::ClosedEntries(rows) => format!(
            "{rows} rows matched a closed establishment; `reason` names the successor or the open establishments"
        ),
        Note::CompaniesOnly(rows) => {
            format!(
                "{rows} rows matched a company, not one of its establishments: `level` is `company`, the address is empty"
            )
        }
        Note::TotalsRow(row) => {
            format!("row {row}, the last one, looks like totals and was read as a supplier: `totals: skip` skips it")
        }
        Note::IrregularRows { table, kind, tally } => irregular_rows(table, kind, tally),
    }
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
