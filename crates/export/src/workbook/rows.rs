//! From a result to the cells of its row.

use matchflow_labels::{Words, displayed_score};
use matchflow_model::outcome::{MatchLevel, Outcome};
use matchflow_model::plan::FieldType;
use matchflow_model::result_table::{Content, ResultColumn};
use rust_xlsxwriter::ExcelDateTime;

use super::cells::Cell;
use super::columns::{CellSource, SheetColumn};
use super::styles::Shade;
use crate::error::ExportError;
use crate::layout::{FieldColumn, Layout};
use crate::record::{ColumnCell, Record};

/// Whole numbers up to this are exact in a workbook.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

/// Texts of a result that several columns use.
struct RowTexts {
    input: Vec<Option<String>>,
    entry: Vec<Option<String>>,
    alternatives: Vec<String>,
    scores: Vec<Option<f64>>,
}

/// The cells of a result in the order of `columns`.
pub(crate) fn row_cells(
    record: &Record<'_>,
    layout: &Layout,
    columns: &[SheetColumn],
) -> Result<Vec<Cell>, ExportError> {
    let words = &layout.words;
    let alternatives = record.alternatives()?;
    let alternatives = alternatives.iter().map(|one| one.to_text(&layout.entry_fields, |score| words.score(score)));
    let texts = RowTexts {
        input: record.input_fields()?,
        entry: record.entry_fields()?,
        alternatives: alternatives.collect(),
        scores: record.scores(),
    };
    let cells: Vec<_> = record.cells().collect();
    let cell = |column: &SheetColumn| match column.source {
        CellSource::Column(place, result) => {
            cells.get(place).map_or(Cell::Empty, |(_, cell)| result_cell(result, *cell, words))
        }
        CellSource::Input(place) => field_cell(layout.input_fields.get(place), texts.input.get(place), words),
        CellSource::Entry(place) => field_cell(layout.entry_fields.get(place), texts.entry.get(place), words),
        CellSource::Page => page_cell(record, layout),
        CellSource::Alternative(place) => Cell::text(texts.alternatives.get(place).cloned()),
        CellSource::Score(place) => Cell::number(texts.scores.get(place).copied().flatten()),
        CellSource::Verdict | CellSource::Blank => Cell::Empty,
    };
    Ok(columns.iter().map(cell).collect())
}

fn result_cell(column: &ResultColumn, cell: ColumnCell<'_>, words: &Words) -> Cell {
    match (column.content, cell) {
        (Content::Outcome, ColumnCell::Text(Some(word))) => {
            let outcome = Outcome::from_word(word).unwrap_or(Outcome::Failed);
            Cell::Shaded(words.outcome(outcome).to_owned(), outcome_shade(outcome))
        }
        (Content::Level, ColumnCell::Text(Some(word))) => match MatchLevel::from_word(word) {
            Some(level @ MatchLevel::Company) => Cell::Shaded(words.level(level).to_owned(), Shade::Attention),
            level => Cell::text(level.map(|level| words.level(level))),
        },
        (_, ColumnCell::Text(text)) if column.name == "closed_on" => date_cell(text.unwrap_or_default()),
        (content, ColumnCell::Text(text)) => Cell::text(words.column_text(content, text)),
        (_, ColumnCell::Number(number)) => Cell::Number(number as f64),
        (_, ColumnCell::Count(count)) => Cell::Number(f64::from(count)),
        (_, ColumnCell::Fraction(number)) if column.name == "score" => Cell::number(number.map(displayed_score)),
        (_, ColumnCell::Fraction(number)) => Cell::number(number),
        (_, ColumnCell::Flag(Some(true))) if column.name == "closed" => {
            Cell::Shaded(words.state(true).to_owned(), Shade::Bad)
        }
        (_, ColumnCell::Flag(flag)) if column.name == "closed" => Cell::text(flag.map(|closed| words.state(closed))),
        (_, ColumnCell::Flag(flag)) => Cell::text(flag.map(|flag| words.yes_or_no(flag))),
        (_, ColumnCell::List) => Cell::Empty,
    }
}

fn outcome_shade(outcome: Outcome) -> Shade {
    match outcome {
        Outcome::Matched => Shade::Good,
        Outcome::Review => Shade::Attention,
        Outcome::Unmatched => Shade::Neutral,
        Outcome::Failed => Shade::Bad,
    }
}

/// The value of a field by its type; a text if the cell has no such value.
fn field_cell(field: Option<&FieldColumn>, text: Option<&Option<String>>, words: &Words) -> Cell {
    let (Some(field), Some(Some(text))) = (field, text) else { return Cell::Empty };
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    match field.data_type {
        FieldType::Decimal => number(text).map_or_else(|| Cell::text(Some(text.as_str())), Cell::Number),
        FieldType::Integer => {
            let exact = number(text).filter(|number| number.abs() <= INTEGER_MAX);
            exact.map_or_else(|| Cell::text(Some(text.as_str())), Cell::Number)
        }
        FieldType::Date => date_cell(text),
        FieldType::Text | FieldType::Boolean => match text.as_str() {
            "true" => Cell::text(Some(words.yes_or_no(true))),
            "false" => Cell::text(Some(words.yes_or_no(false))),
            text => Cell::text(Some(text)),
        },
    }
}

/// A date as a spreadsheet serial number; a text before 1900, which spreadsheets do not support.
fn date_cell(text: &str) -> Cell {
    let date = ExcelDateTime::parse_from_str(text).ok().map(|date| date.to_excel());
    date.filter(|serial| *serial >= 1.0).map_or_else(|| Cell::text(Some(text)), Cell::Number)
}

fn page_cell(record: &Record<'_>, layout: &Layout) -> Cell {
    let Some(page) = &layout.page else { return Cell::Empty };
    let (id, group) = (record.text("id").unwrap_or_default(), record.text("group").unwrap_or_default());
    let needs = |placeholder: &str, value: &str| page.contains(placeholder) && value.is_empty();
    if needs("{id}", id) || needs("{group}", group) || (id.is_empty() && group.is_empty()) {
        return Cell::Empty;
    }
    let address = page.replace("{id}", &encoded(id)).replace("{group}", &encoded(group));
    Cell::Link(address, layout.words.text(matchflow_labels::texts::OPEN_PAGE).to_owned())
}

/// A value escaped for a web address.
fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(byte).collect()
}
