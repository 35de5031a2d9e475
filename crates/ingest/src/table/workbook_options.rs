//! The options of a table in a workbook, shared by all workbook formats.

use matchflow_model::header::{HIDDEN, ROW, SHEET};
use matchflow_model::plan::TablePlan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::{FormatKey, KeyConflict, KeyType, TableOptions};

/// Which part of a workbook to read, and how. By default: the first visible sheet, starting at the first non-empty row;
/// hidden rows and totals are records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkbookOptions {
    /// The sheet.
    pub sheet: SheetChoice,
    /// The part of the sheet.
    pub area: AreaChoice,
    /// The location of the header.
    pub header: HeaderChoice,
    /// Whether hidden rows are records.
    pub hidden_rows: HiddenRows,
    /// Whether all cells of a merged area have the value of the first.
    pub merged: MergedCells,
    /// Whether a row of totals at the bottom is a record.
    pub totals: Totals,
}

/// Which sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetChoice {
    /// The first visible one.
    #[default]
    First,
    /// By name, as written on its tab.
    Name(String),
    /// By position, from 1.
    Position(usize),
}

/// Which part of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaChoice {
    /// All of it.
    #[default]
    Sheet,
    /// The named table, on any sheet.
    Table(String),
    /// Cells like `B3:F500` or `B:F`, optionally with a sheet (`Feuille1!B3:F500`); or the name of such a range.
    Range(String),
}

/// The location of the header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderChoice {
    /// The first non-empty row.
    #[default]
    First,
    /// The sheet's row with this number, from 1.
    Row(u32),
    /// Among the first non-empty rows, the one with the most of these names; the first one if none has any.
    Names(Vec<String>),
}

/// How rows hidden by hand or by a filter are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenRows {
    /// They are records.
    #[default]
    #[serde(rename = "keep")]
    Include,
    /// They are skipped.
    Skip,
    /// They are records, and the column `_hidden` marks them.
    Flag,
}

/// The values of merged cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergedCells {
    /// The first cell has the value, the others are empty.
    #[default]
    TopLeft,
    /// Each cell has the value of the first, in rows that also have other values.
    Fill,
}

/// Whether a row of totals at the bottom is a record. The totals row of a named table never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Totals {
    /// It is a record.
    #[default]
    #[serde(rename = "keep")]
    Include,
    /// The last row is skipped if its first text begins with `Total` or the like.
    Skip,
}

pub(super) const SHEET_KEY: FormatKey = FormatKey {
    name: "sheet",
    about: "The sheet's name, or its position from 1. Default: the first visible one.",
    is_required: false,
    value: KeyType::Sheet,
};
pub(super) const TABLE_KEY: FormatKey = FormatKey {
    name: "table",
    about: "The named table to read, wherever it is in the workbook; it knows its header and its totals. Default: none.",
    is_required: false,
    value: KeyType::Text,
};
pub(super) const RANGE_KEY: FormatKey = FormatKey {
    name: "range",
    about: "The cells to read: `B3:F500`, `B:F`, `Feuille1!B3:F500`, or the name of a range. Default: the whole sheet.",
    is_required: false,
    value: KeyType::Text,
};
pub(super) const HEADER_KEY: FormatKey = FormatKey {
    name: "header",
    about: "The row of the header, from 1, or `auto`: the one of the first 50 rows that has most of the columns named \
            here. Default: auto.",
    is_required: false,
    value: KeyType::HeaderRow,
};
pub(super) const HIDDEN_ROWS_KEY: FormatKey = FormatKey {
    name: "hidden_rows",
    about: "Whether hidden rows are read. `keep`: They are read like the others. `skip`: They are left out. `flag`: They \
            are read, and the column `_hidden` marks them. Default: keep.",
    is_required: false,
    value: KeyType::Word { what: "a way with hidden rows", words: &["keep", "skip", "flag"] },
};
pub(super) const MERGED_KEY: FormatKey = FormatKey {
    name: "merged",
    about: "The value of merged cells. `top_left`: Only the first cell has it. `fill`: Each cell has it. Default: \
            top_left.",
    is_required: false,
    value: KeyType::Word { what: "a way with merged cells", words: &["top_left", "fill"] },
};
pub(super) const TOTALS_KEY: FormatKey = FormatKey {
    name: "totals",
    about: "Whether a last row that begins with `Total` is read. `keep`: It is read like the others. `skip`: It is left \
            out. Default: keep.",
    is_required: false,
    value: KeyType::Word { what: "a way with totals", words: &["keep", "skip"] },
};

impl WorkbookOptions {
    /// A plan with these options.
    pub fn plan(&self, format: &str, path: impl Into<std::path::PathBuf>) -> TablePlan {
        TablePlan { options: self.to_options(), ..TablePlan::new(format, path.into()) }
    }

    fn to_options(&self) -> TableOptions {
        match serde_json::to_value(self) {
            Ok(Value::Object(options)) => options,
            // Strings and numbers under string keys always serialize to an object.
            _ => TableOptions::new(),
        }
    }
}

/// The plan's options, from the keys of the pipeline file.
pub(super) fn options(keys: &TableOptions, expected: &[String]) -> TableOptions {
    let text = |key: &str| keys.get(key).and_then(Value::as_str).map(str::to_owned);
    let position = keys.get("sheet").and_then(Value::as_u64).and_then(|position| usize::try_from(position).ok());
    WorkbookOptions {
        sheet: match (position, text("sheet")) {
            (Some(position), _) => SheetChoice::Position(position),
            (None, Some(name)) => SheetChoice::Name(name),
            (None, None) => SheetChoice::First,
        },
        area: match (text("table"), text("range")) {
            (Some(table), _) => AreaChoice::Table(table),
            (None, Some(range)) => AreaChoice::Range(range),
            (None, None) => AreaChoice::Sheet,
        },
        header: header_choice(keys, expected),
        hidden_rows: match text("hidden_rows").as_deref() {
            Some("skip") => HiddenRows::Skip,
            Some("flag") => HiddenRows::Flag,
            _ => HiddenRows::Include,
        },
        merged: if text("merged").as_deref() == Some("fill") { MergedCells::Fill } else { MergedCells::TopLeft },
        totals: totals_choice(keys),
    }
    .to_options()
}

/// The choice under `header`; `expected` are the columns that the pipeline names.
pub(super) fn header_choice(keys: &TableOptions, expected: &[String]) -> HeaderChoice {
    match keys.get("header").and_then(Value::as_u64).and_then(|row| u32::try_from(row).ok()) {
        Some(row) => HeaderChoice::Row(row),
        None if expected.is_empty() => HeaderChoice::First,
        None => HeaderChoice::Names(expected.to_vec()),
    }
}

/// The choice under `totals`.
pub(super) fn totals_choice(keys: &TableOptions) -> Totals {
    if keys.get("totals").and_then(Value::as_str) == Some("skip") { Totals::Skip } else { Totals::Include }
}

/// A table implies its sheet, its header and its totals; a range may imply its sheet.
pub(super) fn conflicts(keys: &TableOptions) -> Vec<KeyConflict> {
    let mut conflicts = Vec::new();
    if keys.contains_key("table") {
        let others = ["sheet", "range", "header", "totals"].into_iter().filter(|key| keys.contains_key(*key));
        conflicts.extend(others.map(|key| KeyConflict {
            key,
            message: format!("`{key}` has no effect beside `table`, which knows its own"),
            other: ("table", "the table"),
            help: "remove one of the two",
        }));
    }
    let has_sheet = |range: &Value| range.as_str().is_some_and(|range| range.contains('!'));
    if keys.contains_key("sheet") && keys.get("range").is_some_and(has_sheet) {
        conflicts.push(KeyConflict {
            key: "sheet",
            message: "the range names its sheet already".to_owned(),
            other: ("range", "the range"),
            help: "remove `sheet`, or the sheet of the range",
        });
    }
    conflicts
}

/// The columns that readers of workbooks add.
pub(super) fn row_columns(table: &TablePlan) -> &'static [&'static str] {
    match read(table).hidden_rows {
        HiddenRows::Flag => &[SHEET, ROW, HIDDEN],
        HiddenRows::Include | HiddenRows::Skip => &[SHEET, ROW],
    }
}

/// Describes a table of a workbook.
pub(super) fn describe(table: &TablePlan) -> String {
    let options = read(table);
    let mut text = format!("{} {table}", table.format);
    let sheet = match &options.sheet {
        SheetChoice::First => "first sheet".to_owned(),
        SheetChoice::Name(name) => format!("sheet {name}"),
        SheetChoice::Position(position) => format!("sheet {position}"),
    };
    text += &match &options.area {
        AreaChoice::Sheet => format!(", {sheet}"),
        AreaChoice::Table(table) => format!(", table {table}"),
        AreaChoice::Range(range) if range.contains('!') => format!(", range {range}"),
        AreaChoice::Range(range) => format!(", {sheet}, range {range}"),
    };
    if let HeaderChoice::Row(row) = options.header {
        text += &format!(", header in row {row}");
    }
    text += match options.hidden_rows {
        HiddenRows::Include => "",
        HiddenRows::Skip => ", without hidden rows",
        HiddenRows::Flag => ", hidden rows flagged",
    };
    text += if options.merged == MergedCells::Fill { ", merged cells filled" } else { "" };
    text += if options.totals == Totals::Skip { ", without totals" } else { "" };
    text
}

/// Options for descriptions, which cannot fail: the defaults if the options are not those of a workbook.
fn read(table: &TablePlan) -> WorkbookOptions {
    crate::format::read_options(table).unwrap_or_default()
}
