//! The columns of the sheets with rows: the user's own, the result, those for a reviewer to fill in, and, collapsed,
//! the figures behind the result.
//!
//! **Invariant:** a column's id is the same in every language and in CSV files; headings are for people.

use matchflow_labels::texts;
use matchflow_model::outcome::COLUMNS;
use matchflow_model::plan::FieldType;
use matchflow_model::result_table::{Content, Export, ResultColumn};

use super::styles::{ColumnOwner, Style};
use crate::layout::{FieldColumn, Layout};

/// Alternatives with columns in a workbook; a decision has no more.
const ALTERNATIVES: usize = 5;

/// The registry field, and the result column, with the date on which an entry was closed.
const CLOSED_ON: &str = "closed_on";

/// The number of them that is visible where a person has to choose.
const ALTERNATIVES_IN_SIGHT: usize = 3;

/// The source of a column's cells.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CellSource {
    /// A column of the table of results, by its index there.
    Column(usize, &'static ResultColumn),
    /// A field of the supplier.
    Input(usize),
    /// A field of the entry.
    Entry(usize),
    /// The company's page in a public register.
    Page,
    /// Another candidate.
    Alternative(usize),
    /// The score of a scorer.
    Score(usize),
    /// What a reviewer decides.
    Verdict,
    /// Empty: for notes of the reviewer.
    Blank,
}

/// A column of a sheet.
#[derive(Debug, Clone)]
pub(crate) struct SheetColumn {
    /// Its machine-readable name.
    pub(crate) id: String,
    /// Its display name.
    pub(crate) heading: String,
    pub(crate) source: CellSource,
    pub(crate) style: Style,
    pub(crate) owner: ColumnOwner,
    /// The width in characters, unless it follows from the content.
    pub(crate) width: Option<usize>,
}

/// The purpose of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetPurpose {
    /// A person decides: candidates are visible.
    Review,
    /// A person looks up decisions.
    Reading,
}

/// The columns of a sheet, technical ones last.
pub(crate) fn sheet_columns(layout: &Layout, purpose: SheetPurpose) -> Vec<SheetColumn> {
    let mut columns = supplier_columns(layout);
    columns.extend(["outcome", "reason"].iter().filter_map(|name| result_column(layout, name)));
    let (in_sight, folded): (Vec<SheetColumn>, Vec<SheetColumn>) =
        entry_columns(layout).into_iter().partition(|column| column.owner == ColumnOwner::Result);
    columns.extend(in_sight);
    columns.extend(["id", "group"].iter().filter_map(|name| result_column(layout, name)));
    columns.extend(page_column(layout));
    columns.extend(state_columns(layout).iter().filter_map(|name| result_column(layout, name)));
    columns.extend(["level", "score", "decision"].iter().filter_map(|name| result_column(layout, name)));
    columns.extend(reviewer_columns(layout));
    let alternatives = if purpose == SheetPurpose::Review { ALTERNATIVES_IN_SIGHT } else { 0 };
    columns.extend((0..alternatives).filter_map(|place| alternative_column(layout, place, ColumnOwner::Result)));
    let technical = ["row", "stage", "margin", "entry_score", "weight", "candidates", "error"];
    columns.extend(technical.iter().filter_map(|name| result_column(layout, name)));
    columns.extend(folded);
    columns.extend(score_columns(layout));
    columns.extend(
        (alternatives..ALTERNATIVES).filter_map(|place| alternative_column(layout, place, ColumnOwner::Technical)),
    );
    columns
}

/// The columns of the sheet of rows that share a company.
pub(crate) fn shared_company_columns(layout: &Layout) -> Vec<SheetColumn> {
    let mut columns: Vec<SheetColumn> =
        result_column(layout, if layout.has_groups { "group" } else { "id" }).into_iter().collect();
    columns.extend(entry_columns(layout).into_iter().next());
    columns.extend(supplier_columns(layout));
    let names = if layout.has_groups { &["id", "level", "closed", "score"][..] } else { &["closed", "score"] };
    columns.extend(names.iter().filter_map(|name| result_column(layout, name)));
    columns.extend(page_column(layout));
    columns
}

/// The key, and the supplier's fields under the headers of their file.
fn supplier_columns(layout: &Layout) -> Vec<SheetColumn> {
    let mut columns = Vec::new();
    if let Some(mut key) = result_column(layout, "key") {
        key.owner = ColumnOwner::Supplier;
        if !layout.key_header.is_empty() {
            key.heading.clone_from(&layout.key_header);
        }
        columns.push(key);
    }
    // If the key is one of the fields, it is not repeated.
    let fields = layout.input_fields.iter().enumerate();
    let fields = fields.filter(|(_, field)| layout.key_header.is_empty() || field.header != layout.key_header);
    columns.extend(fields.map(|(place, field)| SheetColumn {
        id: format!("in_{}", field.name),
        heading: field.header.clone(),
        source: CellSource::Input(place),
        style: field_style(field),
        owner: ColumnOwner::Supplier,
        width: None,
    }));
    columns
}

fn entry_columns(layout: &Layout) -> Vec<SheetColumn> {
    let column = |(place, field): (usize, &FieldColumn)| SheetColumn {
        id: format!("entry_{}", field.name),
        heading: layout.words.registry_field(&field.name),
        source: CellSource::Entry(place),
        style: field_style(field),
        owner: if is_technical(field) { ColumnOwner::Technical } else { ColumnOwner::Result },
        width: None,
    };
    layout.entry_fields.iter().enumerate().map(column).collect()
}

/// Whether an entry's field is technical, or has a separate column.
fn is_technical(field: &FieldColumn) -> bool {
    field.data_type == FieldType::Boolean || matches!(field.name.as_str(), "head_office" | "successor" | CLOSED_ON)
}

/// The columns for whether an entry is closed, and since when if the registry has that.
fn state_columns(layout: &Layout) -> &'static [&'static str] {
    let has_day = layout.entry_fields.iter().any(|field| field.name == CLOSED_ON);
    if has_day { &["closed", CLOSED_ON] } else { &["closed"] }
}

fn page_column(layout: &Layout) -> Option<SheetColumn> {
    layout.page.as_ref()?;
    Some(own_column(layout, "page", texts::PAGE, CellSource::Page, Style::Link, ColumnOwner::Result, 9))
}

fn reviewer_columns(layout: &Layout) -> [SheetColumn; 3] {
    let column =
        |id, label, source, width| own_column(layout, id, label, source, Style::Entry, ColumnOwner::Reviewer, width);
    [
        column("verdict", texts::VERDICT, CellSource::Verdict, 20),
        column("other_id", texts::OTHER_ID, CellSource::Blank, 16),
        column("comment", texts::COMMENT, CellSource::Blank, 20),
    ]
}

fn own_column(
    layout: &Layout,
    id: &str,
    label: matchflow_model::language::Label,
    source: CellSource,
    style: Style,
    owner: ColumnOwner,
    width: usize,
) -> SheetColumn {
    let heading = layout.words.heading(label);
    SheetColumn { id: id.to_owned(), heading, source, style, owner, width: Some(width) }
}

fn alternative_column(layout: &Layout, place: usize, owner: ColumnOwner) -> Option<SheetColumn> {
    let mut column = result_column(layout, "alternatives")?;
    column.id = format!("alternative_{}", place + 1);
    column.heading = format!("{} {}", column.heading, place + 1);
    column.source = CellSource::Alternative(place);
    column.owner = owner;
    // Collapsed columns do not increase the row height.
    column.style = if owner == ColumnOwner::Technical { Style::Text } else { Style::Wrapped };
    column.width = Some(30);
    Some(column)
}

fn score_columns(layout: &Layout) -> Vec<SheetColumn> {
    let column = |(place, scorer): (usize, &String)| SheetColumn {
        id: format!("score_{scorer}"),
        heading: layout.words.score_of(scorer),
        source: CellSource::Score(place),
        style: Style::Fraction,
        owner: ColumnOwner::Technical,
        width: Some(10),
    };
    layout.scorers.iter().enumerate().map(column).collect()
}

/// A column of the table of results; `None` if these results do not have it.
fn result_column(layout: &Layout, name: &str) -> Option<SheetColumn> {
    let (place, column) = COLUMNS.iter().enumerate().find(|(_, column)| column.name == name)?;
    if !layout.has(column) {
        return None;
    }
    let is_main =
        matches!(name, "outcome" | "reason" | "id" | "group" | "closed" | "closed_on" | "level" | "score" | "decision");
    let style = match (name, column.content) {
        ("reason" | "decision", _) => Style::Wrapped,
        ("score" | "entry_score", _) => Style::Score,
        ("closed_on", _) => Style::Date,
        (_, Content::Number) => Style::Integer,
        (_, Content::Count) => Style::Count,
        (_, Content::Fraction) => Style::Fraction,
        _ => Style::Text,
    };
    Some(SheetColumn {
        id: column.name.to_owned(),
        heading: layout.words.column_heading(column.heading),
        source: CellSource::Column(place, column),
        style,
        owner: if is_main { ColumnOwner::Result } else { ColumnOwner::Technical },
        width: match (name, column.export) {
            ("reason", _) => Some(60),
            ("decision", _) => Some(40),
            (_, Export::Alternatives) => Some(30),
            _ => None,
        },
    })
}

fn field_style(field: &FieldColumn) -> Style {
    match field.data_type {
        FieldType::Text | FieldType::Boolean => Style::Text,
        FieldType::Integer => Style::Integer,
        FieldType::Decimal => Style::Decimal,
        FieldType::Date => Style::Date,
    }
}
