//! Rows and cells of a sheet, and how a cell's characters become its value.

use crate::reference;
use crate::xml::text::Form;

/// A row's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowStart {
    /// From 1.
    pub number: u32,
    /// Whether it is hidden, by hand or by a filter.
    pub is_hidden: bool,
}

impl RowStart {
    /// The value of the attribute `hidden`.
    #[inline]
    pub(crate) fn hides(value: &[u8]) -> bool {
        matches!(value, b"1" | b"true")
    }
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell<'a> {
    /// From 1.
    pub row: u32,
    /// From 0.
    pub column: u32,
    /// The index of its format in [`crate::Styles`].
    pub style: u32,
    /// The value.
    pub value: Value<'a>,
}

/// The content of a cell as written in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// No value; possibly a format.
    Empty,
    /// A formula without a cached result.
    Uncalculated,
    /// A number's characters, unchecked and not empty; possibly a date, depending on its style.
    Number(&'a str),
    /// A shared string.
    Shared(u32),
    /// Text stored in the cell itself: typed, or the result of a formula; possibly empty.
    Text(&'a str),
    /// True or false.
    Boolean(bool),
    /// A date in ISO 8601 (strict workbooks).
    Date(&'a str),
    /// An error value (`#N/A`), or the replacement of a value that cannot be read.
    Error(&'a str),
}

/// The attribute `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellType {
    Number,
    Shared,
    Text,
    Inline,
    Boolean,
    Date,
    Error,
}

impl CellType {
    #[inline]
    pub(crate) fn read(value: &[u8]) -> CellType {
        match value {
            b"s" => CellType::Shared,
            b"n" => CellType::Number,
            b"b" => CellType::Boolean,
            b"inlineStr" | b"is" => CellType::Inline,
            b"d" => CellType::Date,
            b"e" => CellType::Error,
            // `str`, and what the standard does not know: what it holds is kept as it is.
            _ => CellType::Text,
        }
    }

    #[inline]
    pub(crate) fn form(self) -> Form {
        if matches!(self, CellType::Text | CellType::Inline) { Form::Escaped } else { Form::Plain }
    }
}

/// A value of a type from its characters.
#[inline]
pub(crate) fn value(kind: CellType, text: &str) -> Value<'_> {
    if kind == CellType::Text || kind == CellType::Inline {
        return Value::Text(text);
    }
    let text = text.trim_ascii();
    if text.is_empty() {
        return Value::Empty;
    }
    match kind {
        CellType::Number => Value::Number(text),
        CellType::Shared => reference::integer(text.as_bytes()).map_or(Value::Error(text), Value::Shared),
        CellType::Boolean => match text {
            "1" => Value::Boolean(true),
            "0" => Value::Boolean(false),
            _ if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
            _ if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
            _ => Value::Error(text),
        },
        CellType::Date => Value::Date(text),
        CellType::Error | CellType::Text | CellType::Inline => Value::Error(text),
    }
}
