//! Workbooks: those written by a run, through their index of columns; any other by its first visible sheet.
//!
//! **How.** The index sheet lists sheet, heading and id of each column. The second column of a sheet with the same
//! heading is `heading_2`, as named by `ingest`. Rows that do not fit on a sheet are in `name 2`, `name 3`... Columns
//! may have been moved or removed since.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use matchflow_ingest::{TableFormat, TableOptions, formats, inspect_workbook, open_fields, table_facts, table_plan};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{Array, AsArray};
use matchflow_model::arrow::datatypes::UInt64Type;
use matchflow_model::columns::MissingColumn;
use matchflow_model::header;
use matchflow_model::plan::{FieldPlan, FieldType, Join, TablePlan};
use matchflow_model::workbook_index::{INDEX_COLUMNS, INDEX_SHEET};

use super::{NamedRow, NamedTable, text_of};
use crate::error::EvaluateError;

/// The magic bytes of a zip archive, and thus of an `.xlsx` file.
const ZIP_START: &[u8] = b"PK\x03\x04";

/// Rows per batch.
const BATCH_ROWS: usize = 4_096;

/// The format of a workbook, by contents or by extension; `None` for anything else.
pub(super) fn format_of(path: &Path, start: &[u8]) -> Option<&'static dyn TableFormat> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let of_extension = |extension: &str| formats().find(|format| format.extensions().contains(&extension));
    let is_workbook = |format: &&'static dyn TableFormat| format.keys().iter().any(|key| key.name == "sheet");
    let of_contents = || if start.starts_with(ZIP_START) { of_extension("xlsx") } else { None };
    of_extension(&extension).filter(is_workbook).or_else(of_contents)
}

/// A sheet and its columns: each with the heading by which it is found, and its id.
struct SheetColumns {
    sheet: Option<String>,
    columns: Vec<(String, String)>,
}

pub(super) fn open(
    path: &Path,
    format: &'static dyn TableFormat,
    required: &[&str],
) -> Result<NamedTable<'static>, EvaluateError> {
    let path_read = path.to_owned();
    let plan = move |sheet: Option<&str>| {
        let sheet = sheet.map(|sheet| ("sheet".to_owned(), sheet.into()));
        table_plan(format, path_read.clone(), sheet.into_iter().collect::<TableOptions>())
    };
    let facts = inspect_workbook(&plan(None))?;
    let names: Vec<&str> = facts.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let sheets = if names.contains(&INDEX_SHEET) {
        indexed_sheets(&plan(Some(INDEX_SHEET)), &names, required)?
    } else {
        let columns = table_facts(&plan(None))?.columns.into_iter().map(|column| (column.clone(), column));
        vec![SheetColumns { sheet: None, columns: columns.collect() }]
    };
    let mut columns: Vec<String> = Vec::new();
    for (_, id) in sheets.iter().flat_map(|sheet| &sheet.columns) {
        if !columns.contains(id) {
            columns.push(id.clone());
        }
    }
    let places: HashMap<String, usize> = columns.iter().cloned().enumerate().map(|(at, id)| (id, at)).collect();
    let (name, width) = (path.display().to_string(), columns.len());
    let file = name.clone();
    let read = move |SheetColumns { sheet, columns }: SheetColumns| -> Result<SheetRows, EvaluateError> {
        let called = sheet.as_ref().map_or(file.clone(), |sheet| format!("{file}`, sheet `{sheet}"));
        let slots = columns.iter().filter_map(|(_, id)| places.get(id).copied()).collect();
        let rows = SheetRows::open(&plan(sheet.as_deref()), called, &columns, slots, width)?;
        Ok(SheetRows { sheet: sheet.map(Arc::from), ..rows })
    };
    // A sheet is only opened once the previous one has been read.
    let rows = sheets.into_iter().flat_map(move |sheet| match read(sheet) {
        Ok(rows) => Box::new(rows) as Box<dyn Iterator<Item = Result<NamedRow, EvaluateError>>>,
        Err(error) => Box::new(std::iter::once(Err(error))),
    });
    Ok(NamedTable::new(name, columns, rows))
}

/// The sheets of the index with all of the columns `required`; if there are none, all of them.
fn indexed_sheets(index: &TablePlan, names: &[&str], required: &[&str]) -> Result<Vec<SheetColumns>, EvaluateError> {
    let columns = INDEX_COLUMNS.map(|column| (column.to_owned(), column.to_owned()));
    let name = index.to_string();
    let lines = SheetRows::open(index, name, &columns, vec![0, 1, 2], INDEX_COLUMNS.len())?;
    let mut listed: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in lines {
        let line = line?;
        let [Some(sheet), Some(heading), Some(id)] = [0, 1, 2].map(|at| line.cell(Some(at)).map(str::to_owned)) else {
            continue;
        };
        match listed.iter_mut().find(|(name, _)| *name == sheet) {
            Some((_, columns)) => columns.push((heading, id)),
            None => listed.push((sheet, vec![(heading, id)])),
        }
    }
    let has = |columns: &[(String, String)], id: &str| columns.iter().any(|(_, known)| known == id);
    if listed.iter().any(|(_, columns)| required.iter().all(|id| has(columns, id))) {
        listed.retain(|(_, columns)| required.iter().all(|id| has(columns, id)));
    }
    let parts = listed.into_iter().flat_map(|(name, columns)| {
        let columns = unique_headings(columns);
        let parts = names.iter().filter(|sheet| is_part(sheet, &name));
        let part = |sheet: &&str| SheetColumns { sheet: Some((*sheet).to_owned()), columns: columns.clone() };
        parts.map(part).collect::<Vec<_>>()
    });
    Ok(parts.collect())
}

/// Whether a sheet is the one named `name`, or a continuation of it.
fn is_part(sheet: &str, name: &str) -> bool {
    let rest = sheet.strip_prefix(name);
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix(' ').is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

/// Headings made unique like a reader of the sheet does.
fn unique_headings(columns: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let unique = |(heading, id): (String, String)| {
        let count = counts.entry(heading.clone()).or_default();
        *count += 1;
        let heading = if *count == 1 { heading } else { format!("{heading}_{count}") };
        (heading, id)
    };
    columns.into_iter().map(unique).collect()
}

/// The rows of a sheet.
struct SheetRows {
    reader: matchflow_ingest::SourceReader,
    /// The name of the file and the sheet in errors.
    name: String,
    /// The sheet, where the workbook names its columns.
    sheet: Option<Arc<str>>,
    /// Where the cells of the columns read belong.
    slots: Vec<usize>,
    width: usize,
    batch: std::vec::IntoIter<NamedRow>,
}

impl SheetRows {
    fn open(
        plan: &TablePlan,
        name: String,
        columns: &[(String, String)],
        slots: Vec<usize>,
        width: usize,
    ) -> Result<SheetRows, EvaluateError> {
        let there = table_facts(plan)?.columns;
        let pairs = columns.iter().zip(slots).filter(|((heading, _), _)| header::find(&there, heading).is_some());
        let field = |(at, heading): (usize, &String)| FieldPlan {
            name: format!("c{at}"),
            columns: vec![heading.clone()],
            join: Join::Space,
            data_type: FieldType::Text,
        };
        let (headings, slots): (Vec<&String>, Vec<usize>) = pairs.map(|((heading, _), slot)| (heading, slot)).unzip();
        let fields: Vec<FieldPlan> = headings.into_iter().enumerate().map(field).collect();
        let reader = open_fields(plan, &fields, BATCH_ROWS)?;
        Ok(SheetRows { reader, name, sheet: None, slots, width, batch: Vec::new().into_iter() })
    }

    fn blank(&self, line: u64) -> NamedRow {
        NamedRow { sheet: self.sheet.clone(), line, cells: vec![None; self.width] }
    }

    fn rows(&self, RowBatch { rows: batch, rejects }: &RowBatch) -> Result<Vec<NamedRow>, EvaluateError> {
        if let Some(reject) = rejects.first() {
            let (file, line, value) = (self.name.clone(), reject.row, reject.raw.clone());
            return Err(EvaluateError::Unreadable { file, line, value, expected: reject.expected.to_string() });
        }
        let missing = |expected| MissingColumn { column: header::ROW.to_owned(), expected };
        let numbers = batch.column(0).as_primitive_opt::<UInt64Type>().ok_or_else(|| missing("UInt64"))?;
        let mut rows: Vec<NamedRow> = numbers.values().iter().map(|line| self.blank(*line)).collect();
        for (slot, column) in self.slots.iter().zip(batch.columns().iter().skip(1)) {
            let texts = column.as_string_view_opt().ok_or_else(|| missing("Utf8View"))?;
            for (at, row) in rows.iter_mut().enumerate() {
                if let Some(cell) = row.cells.get_mut(*slot).filter(|_| texts.is_valid(at)) {
                    *cell = text_of(texts.value(at));
                }
            }
        }
        Ok(rows)
    }
}

impl Iterator for SheetRows {
    type Item = Result<NamedRow, EvaluateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.batch.next() {
                return Some(Ok(row));
            }
            match self
                .reader
                .next_batch()
                .map_err(EvaluateError::from)
                .and_then(|batch| batch.map(|batch| self.rows(&batch)).transpose())
            {
                Ok(Some(rows)) => self.batch = rows.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::Workbook;

    use super::*;

    /// Sheets of texts, each with its name.
    type Sheets<'a> = &'a [(&'a str, &'a [&'a [&'a str]])];

    fn read(sheets: Sheets<'_>, required: &[&str]) -> Result<(Vec<String>, Vec<NamedRow>), EvaluateError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.xlsx");
        let mut workbook = Workbook::new();
        for (name, rows) in sheets {
            let sheet = workbook.add_worksheet();
            sheet.set_name(*name).unwrap();
            sheet.set_very_hidden(*name == INDEX_SHEET);
            for (row, cells) in rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    sheet.write_string(row as u32, column as u16, *cell).unwrap();
                }
            }
        }
        workbook.save(&path).unwrap();
        let table = NamedTable::open(&path, required)?;
        let columns = table.columns.clone();
        Ok((columns, table.collect::<Result<_, _>>()?))
    }

    fn cells(rows: &[NamedRow], column: usize) -> Vec<Option<&str>> {
        rows.iter().map(|row| row.cell(Some(column))).collect()
    }

    const INDEX: (&str, &[&[&str]]) = (
        INDEX_SHEET,
        &[
            &INDEX_COLUMNS,
            &["Rapprochés", "Code", "key"],
            &["Rapprochés", "Résultat", "outcome"],
            &["Rapprochés", "Résultat", "in_result"],
            &["À vérifier", "Code", "key"],
            &["À vérifier", "Résultat", "outcome"],
            &["À vérifier", "Candidat 1", "alternative_1"],
            &["En erreur", "Code", "key"],
            &["En erreur", "Résultat", "outcome"],
            &["Doublons", "SIREN", "group"],
        ],
    );

    #[test]
    fn sheets_in_the_index_are_one_table_even_if_columns_moved() {
        let sheets: Sheets<'_> = &[
            ("Synthèse", &[&["Rapport"]]),
            // One column was moved to the front, and a user's column added.
            ("Rapprochés", &[&["Note", "Résultat", "Code", "Résultat"], &["vu", "rapproché", "F1", "brut"]]),
            ("Rapprochés 2", &[&["Code", "Résultat", "Résultat"], &["F2", "rapproché", ""]]),
            ("Rapprochés bis", &[&["Code", "Résultat"], &["F9", "rapproché"]]),
            ("À vérifier", &[&["Code", "Résultat"], &["F3", "à vérifier"]]),
            ("Doublons", &[&["SIREN"], &["1"]]),
            INDEX,
        ];
        let (columns, rows) = read(sheets, &["key", "outcome"]).unwrap();
        assert_eq!(columns, ["key", "outcome", "in_result", "alternative_1"]);
        assert_eq!(cells(&rows, 0), [Some("F1"), Some("F2"), Some("F3")]);
        assert_eq!(cells(&rows, 1), [Some("rapproché"), Some("rapproché"), Some("à vérifier")]);
        assert_eq!(cells(&rows, 2), [Some("brut"), None, None]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 2, 2]);
    }

    #[test]
    fn any_other_workbook_is_read_by_its_first_sheet() {
        let sheets: Sheets<'_> = &[("Vérité", &[&["key", "siren"], &["A", "087281242"], &["B"]]), ("Autre", &[&["x"]])];
        let (columns, rows) = read(sheets, &[]).unwrap();
        assert_eq!(columns, ["key", "siren"]);
        assert_eq!(cells(&rows, 1), [Some("087281242"), None]);
    }
}
