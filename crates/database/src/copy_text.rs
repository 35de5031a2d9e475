//! Rows as PostgreSQL's COPY reads them in its text format.

use matchflow_model::arrow::array::{Array, RecordBatch};
use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::util::display::array_value_to_string;
use serde_json::Value;

use crate::json_value::json_value;

/// Adds the rows. PostgreSQL has no NUL characters: they become U+FFFD.
pub(crate) fn write_rows(rows: &RecordBatch, text: &mut String) -> Result<(), ArrowError> {
    for row in 0..rows.num_rows() {
        for (place, column) in rows.columns().iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            write_value(column.as_ref(), row, text)?;
        }
        text.push('\n');
    }
    Ok(())
}

fn write_value(column: &dyn Array, row: usize, text: &mut String) -> Result<(), ArrowError> {
    if column.is_null(row) {
        text.push_str("\\N");
        return Ok(());
    }
    let value = match column.data_type() {
        DataType::List(_) | DataType::Struct(_) => without_nul(json_value(column, row)?).to_string(),
        _ => array_value_to_string(column, row)?,
    };
    escape(&value, text);
    Ok(())
}

/// The value without the character that `jsonb` does not have.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(members) => members.into_iter().map(|(name, member)| (name, without_nul(member))).collect(),
        other => other,
    }
}

fn escape(value: &str, text: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\0' => text.push(char::REPLACEMENT_CHARACTER),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut text = String::new();
        escape("a\tb\\c\nd\re\0", &mut text);
        assert_eq!(text, "a\\tb\\\\c\\nd\\re\u{fffd}");
        let value = without_nul(serde_json::json!([{ "a": "x\0y", "b": "\\u0000" }]));
        assert_eq!(value.to_string(), "[{\"a\":\"x\u{fffd}y\",\"b\":\"\\\\u0000\"}]");
    }
}
