//! `matchflow inspect`: describes a table, and prints the `source` block that reads it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use matchflow_ingest::{
    ColumnFacts, Inspection, KINDS, SheetState, TYPES, TableFormat, TableOptions, TableRole, WorkbookFacts,
    inspect as inspect_table, inspect_workbook, part_key, table_plan,
};
use matchflow_model::header::fold;
use matchflow_model::language::Language;
use matchflow_model::printable::{excerpt, is_obeyed, printable};
use matchflow_profile::{TableChoice, choose_table};

use crate::args::InspectArgs;
use crate::commands::guided::{format_of, unreadable};
use crate::failure::Failure;
use crate::messages::result_texts::{self as texts, fill_label};
use crate::messages::{GuidedTable, Note, SummaryLine, summary_line};
use crate::standard_input::{copy_next_to, is_standard_input, remove_temporary};

/// Examples are truncated to this many characters.
const EXAMPLE_CHARACTERS_MAX: usize = 24;

/// Prints a description of the file.
pub(crate) fn inspect(args: &InspectArgs) -> Result<ExitCode, Failure> {
    let fatal = |error: matchflow_ingest::IngestError| unreadable(&error, GuidedTable::Any);
    let file = if is_standard_input(&args.file) {
        copy_next_to(None).map_err(|error| Failure::fatal(&error, "reading the table"))?
    } else {
        args.file.clone()
    };
    let format = format_of(&file)?;
    let workbook = inspect_workbook(&table_plan(format, file.clone(), TableOptions::new())).map_err(fatal)?;
    let choice = choose_table(format, &file, args.sheet.as_deref(), args.header).map_err(fatal)?;
    let inspection = inspect_table(&choice.table).map_err(fatal)?;
    remove_temporary();
    let language = Language::from_environment(|name| std::env::var(name).ok());
    let mut text = String::new();
    workbook_lines(&mut text, &workbook, language);
    let is_database = workbook.sheets.iter().any(|sheet| sheet.state == SheetState::DatabaseTable);
    column_lines(&mut text, format, &inspection, is_database, language);
    let _ = writeln!(text, "\n{}\n", texts::PIPELINE_BLOCK.get(language));
    source_block(&mut text, format, &args.file, &choice, &inspection);
    crate::console::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Writing to a `String` never fails, here and below.
fn workbook_lines(text: &mut String, workbook: &WorkbookFacts, language: Language) {
    for sheet in &workbook.sheets {
        let state = sheet.state.label().get(language);
        let name = excerpt(&sheet.name);
        let line = match sheet.state {
            SheetState::DatabaseTable => fill_label!(texts::DATABASE_TABLE, language, "name": name),
            _ => fill_label!(texts::SHEET, language, "name": name, "state": state, "area": sheet.area),
        };
        let _ = writeln!(text, "{line}");
        for (name, area) in &sheet.tables {
            let line = fill_label!(texts::SHEET_TABLE, language, "name": excerpt(name), "area": *area);
            let _ = writeln!(text, "  {line}");
        }
    }
    for (name, cells) in &workbook.ranges {
        let line = fill_label!(texts::RANGE, language, "name": excerpt(name), "cells": excerpt(cells));
        let _ = writeln!(text, "{line}");
    }
}

fn column_lines(
    text: &mut String,
    format: &dyn TableFormat,
    inspection: &Inspection,
    is_database: bool,
    language: Language,
) {
    let label = if is_database { texts::DATABASE_TABLE_ROWS } else { texts::TABLE };
    let line = fill_label!(label, language, "sheet": inspection.sheet.as_deref().map(excerpt),
        "header": inspection.header_row, "columns": inspection.columns.len(), "rows": inspection.rows,
        "blank": inspection.rows_blank);
    let _ = writeln!(text, "\n{line}");
    irregular_lines(text, inspection, language);
    if inspection.has_totals && has_key(format, "totals") {
        let _ = writeln!(text, "{}", texts::TOTALS.get(language));
    }
    for (_, reason) in &inspection.unreadable {
        let _ = writeln!(text, "{}", fill_label!(texts::NOT_READ, language, "reason": printable(reason).into_owned()));
    }
    let named = inspection.columns.iter().map(|column| (column, true));
    for (column, is_named) in named.chain(inspection.unnamed.iter().map(|column| (column, false))) {
        let remark = match (is_named, column.is_key) {
            (false, _) => Some(texts::UNNAMED_COLUMN),
            (_, true) => Some(texts::KEY_COLUMN),
            _ => None,
        };
        let remark = remark.map_or(String::new(), |remark| format!("  ({})", remark.get(language)));
        let _ = writeln!(text, "\n  {}{remark}", excerpt(&column.name));
        let kinds = KINDS.iter().zip(column.kinds).filter(|(_, count)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(kind, count)| format!("{} {count}", kind.get(language))).collect();
        let _ = writeln!(text, "    {}", kinds.join(", "));
        if column.filled() == 0 {
            continue;
        }
        let examples: Vec<String> = column.examples.iter().map(|example| quoted_example(example)).collect();
        let _ = writeln!(text, "    {}", fill_label!(texts::EXAMPLES, language, "examples": examples.join(", ")));
        let _ = writeln!(text, "    {}", losses(column, language));
    }
}

fn irregular_lines(text: &mut String, inspection: &Inspection, language: Language) {
    for (kind, tally) in inspection.irregular.kinds() {
        let note = Note::IrregularRows { table: TableRole::Source, kind, tally };
        let _ = writeln!(text, "{}", summary_line(&SummaryLine::Note(note), language));
    }
    if inspection.faults > 0 {
        let _ = writeln!(text, "{}", fill_label!(texts::REJECTS, language, "count": inspection.faults));
    }
    for fault in &inspection.first_faults {
        let line = fill_label!(texts::REJECT, language, "row": fault.row, "raw": fault.raw.escape_debug().to_string(),
            "expected": fault.expected.words(language));
        let _ = writeln!(text, "  {line}");
    }
}

fn losses(column: &ColumnFacts, language: Language) -> String {
    let fit = |(name, count): (&&str, u64)| {
        let label = match count {
            0 => texts::ALL_FIT,
            count if count == column.filled() => texts::NONE_FITS,
            _ => texts::REJECTED_CELLS,
        };
        fill_label!(label, language, "type": *name, "count": count)
    };
    let mut parts: Vec<String> = TYPES.iter().zip(column.rejected).map(fit).collect();
    if column.zeros > 0 {
        parts.push(fill_label!(texts::LEADING_ZEROS, language, "count": column.zeros));
    }
    parts.join(texts::BETWEEN_FITS.get(language))
}

fn quoted_example(example: &str) -> String {
    let mut cut: String = example.chars().take(EXAMPLE_CHARACTERS_MAX).collect();
    if cut.len() < example.len() {
        cut.push('…');
    }
    format!("`{}`", cut.escape_debug())
}

fn has_key(format: &dyn TableFormat, name: &str) -> bool {
    format.keys().iter().any(|key| key.name == name)
}

/// A `source` that `validate` accepts.
fn source_block(
    text: &mut String,
    format: &dyn TableFormat,
    path: &Path,
    choice: &TableChoice,
    inspection: &Inspection,
) {
    let key = format.name();
    let _ = writeln!(text, "source:\n  {key}:\n    path: {}", quoted(&path.display().to_string()));
    if let (Some(sheet), Some(key)) = (&inspection.sheet, part_key(format)) {
        let _ = writeln!(text, "    {key}: {}", quoted(sheet));
    }
    if let Some(row) = inspection.header_row.filter(|_| has_key(format, "header")) {
        let _ = writeln!(text, "    header: {row}");
    }
    if choice.is_nested() {
        text.push_str("    nested: dotted\n");
    }
    if inspection.has_totals && has_key(format, "totals") {
        text.push_str("    totals: skip\n");
    }
    let id = inspection.columns.iter().find(|column| column.is_key && column.name != "index");
    let id = id.map_or("index".to_owned(), |column| format!("[{}, index]", quoted(&column.name)));
    let _ = writeln!(text, "  id: {id}\n  fields:");
    let mut names: Vec<String> = Vec::new();
    for column in &inspection.columns {
        let name = field_name(&column.name, &names);
        let column_name = quoted(&column.name);
        let _ = match column.type_meant() {
            Some(data_type) => writeln!(text, "    {name}: {{ column: {column_name}, type: {data_type} }}"),
            None => writeln!(text, "    {name}: {column_name}"),
        };
        names.push(name);
    }
}

/// A quoted YAML scalar, without hidden characters.
fn quoted(value: &str) -> String {
    let json = serde_json::Value::from(value).to_string();
    let mut quoted = String::with_capacity(json.len());
    for character in json.chars() {
        match u32::from(character) {
            code if !is_obeyed(character) => quoted.extend(char::from_u32(code)),
            code @ ..=0xFFFF => quoted.push_str(&format!("\\u{code:04x}")),
            code => quoted.push_str(&format!("\\U{code:08x}")),
        }
    }
    quoted
}

/// A field's name: lower-case letters, digits and `_`, a letter first, unique.
fn field_name(column: &str, taken: &[String]) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { ' ' };
    let spaced: String = fold(column).chars().map(plain).collect();
    let mut name = spaced.split_whitespace().collect::<Vec<_>>().join("_");
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name = format!("c_{name}").trim_end_matches('_').to_owned();
    }
    let free = (2_usize..).map(|count| format!("{name}_{count}")).find(|name| !taken.contains(name));
    if taken.contains(&name) { free.unwrap_or(name) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_are_valid_in_pipelines() {
        let mut taken = Vec::new();
        for (column, expected) in [
            ("Code tiers", "code_tiers"),
            ("Dénomination / Société", "denomination_societe"),
            ("CODE  TIERS", "code_tiers_2"),
            ("2024", "c_2024"),
            ("€", "c"),
            ("n°", "n"),
        ] {
            let name = field_name(column, &taken);
            assert_eq!(name, expected);
            taken.push(name);
        }
    }
}
