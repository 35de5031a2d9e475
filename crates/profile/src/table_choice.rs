//! Chooses the sheet of a workbook that has the table, and its header row.

use std::path::Path;

use matchflow_ingest::{
    IngestError, Inspection, SheetState, TableFormat, TableOptions, guess_header, inspect, inspect_workbook, part_key,
    table_facts, table_plan,
};
use matchflow_model::plan::TablePlan;
use serde_json::Value;

use crate::classify::{ColumnGuess, classify};
use crate::column_sample::{ColumnSample, sample};

/// The key of a format whose parts are tables of a database.
const TABLE: &str = "table";

/// A sheet, or the only table of a file, and where its header is.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChoice {
    /// The plan to read it.
    pub table: TablePlan,
    /// The sheet; `None` if the format has none.
    pub sheet: Option<String>,
    /// The header row, if it is not always the first.
    pub header: Option<u32>,
    /// Its columns, with their first rows.
    pub samples: Vec<ColumnSample>,
}

impl TableChoice {
    /// Whether its columns are parts of nested objects.
    pub fn is_nested(&self) -> bool {
        self.table.options.contains_key("nested") && self.samples.iter().any(|sample| sample.name.contains('.'))
    }

    /// The cells of the sample: a larger table has more.
    pub fn cells(&self) -> usize {
        self.samples.iter().map(|sample| sample.values.len()).sum()
    }
}

/// A table and the kinds of its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct TableProfile {
    /// The table.
    pub choice: TableChoice,
    /// The contents of all its rows.
    pub inspection: Inspection,
    /// The detected kind of each column.
    pub columns: Vec<ColumnGuess>,
}

/// Chooses a sheet, unless `sheet` names one, and the header row, unless `header` gives it.
pub fn choose_table(
    format: &dyn TableFormat,
    path: &Path,
    sheet: Option<&str>,
    header: Option<u32>,
) -> Result<TableChoice, IngestError> {
    let mut choices = sheet_choices(format, path, sheet, header)?;
    let last = choices.pop();
    // Among equally large ones, the first.
    let largest = choices.into_iter().fold(None, |best: Option<TableChoice>, choice| match best {
        Some(best) if best.cells() >= choice.cells() => Some(best),
        _ => Some(choice),
    });
    match (largest, last) {
        (Some(largest), Some(last)) if last.cells() <= largest.cells() => Ok(largest),
        (_, Some(last)) => Ok(last),
        (Some(largest), None) => Ok(largest),
        // A workbook without a visible sheet: the reader reports it.
        (None, None) => table_choice(format, path, None, header),
    }
}

/// All visible sheets that can be read, or the one named `sheet`.
pub fn sheet_choices(
    format: &dyn TableFormat,
    path: &Path,
    sheet: Option<&str>,
    header: Option<u32>,
) -> Result<Vec<TableChoice>, IngestError> {
    let workbook = inspect_workbook(&table_plan(format, path.to_owned(), TableOptions::new()))?;
    let sheets: Vec<&str> = workbook
        .sheets
        .iter()
        .filter(|sheet| matches!(sheet.state, SheetState::Visible | SheetState::DatabaseTable))
        .map(|sheet| sheet.name.as_str())
        .collect();
    let has_sheets = part_key(format) != Some(TABLE);
    if sheet.is_none() && sheets.len() > 1 && !has_sheets {
        // Tables of a database are not variants of one: the reader lists them.
        return table_choice(format, path, None, header).map(|choice| vec![choice]);
    }
    if sheet.is_some() || sheets.len() <= 1 {
        let position = sheet.filter(|_| has_sheets).and_then(|sheet| sheet.parse::<usize>().ok()).map(Value::from);
        let named = || sheet.or(sheets.first().copied()).map(Value::from);
        return table_choice(format, path, position.or_else(named), header).map(|choice| vec![choice]);
    }
    // An unreadable sheet is only chosen if all are unreadable.
    let choice = |sheet: &&str| table_choice(format, path, Some((*sheet).into()), header);
    let choices: Vec<_> = sheets.iter().map(choice).collect();
    let (read, mut failed): (Vec<_>, Vec<_>) = choices.into_iter().partition(Result::is_ok);
    match (read.is_empty(), failed.pop()) {
        (true, Some(Err(error))) => Err(error),
        _ => Ok(read.into_iter().flatten().collect()),
    }
}

fn table_choice(
    format: &dyn TableFormat,
    path: &Path,
    sheet: Option<Value>,
    header: Option<u32>,
) -> Result<TableChoice, IngestError> {
    let plan = |header: Option<u32>| {
        let part = part_key(format).zip(sheet.clone()).map(|(key, sheet)| (key.to_owned(), sheet));
        let header = header.map(|row| ("header".to_owned(), row.into()));
        // Names and towns may be inside of objects; formats without the key ignore it.
        let nested = ("nested".to_owned(), Value::from("dotted"));
        table_plan(format, path.to_owned(), part.into_iter().chain(header).chain([nested]).collect())
    };
    let facts = table_facts(&plan(header))?;
    let header = match header {
        None => guess_header(&plan(None), facts.sheet.as_deref().unwrap_or_default())?,
        row => row,
    };
    let table = plan(header);
    let facts = if header.is_some() { table_facts(&table)? } else { facts };
    // A column of lists, say, is no field, and no reason to refuse the others.
    let is_readable = |column: &&String| !facts.unreadable.iter().any(|(name, _)| name == *column);
    let columns: Vec<String> = facts.columns.iter().filter(is_readable).cloned().collect();
    let samples = sample(&table, &columns)?;
    Ok(TableChoice { table, sheet: facts.sheet, header, samples })
}

/// Reads a whole table and detects the kinds of its columns.
pub fn profile(choice: TableChoice) -> Result<TableProfile, IngestError> {
    let inspection = inspect(&choice.table)?;
    let columns = classify(&choice.samples);
    Ok(TableProfile { choice, inspection, columns })
}
