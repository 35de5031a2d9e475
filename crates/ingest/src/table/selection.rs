//! The rows and columns that a plan selects from a table, and where the cells of a row go.

use std::collections::HashSet;

use crate::block::{CellKind, TextBlock};
use crate::header::{ColumnSource, Header};

/// Maximum number of rows in a block, whatever the plan requests: readers hold a block in memory.
pub(crate) const BLOCK_ROWS_MAX: usize = 1 << 16;

/// Keeps the rows whose cell in `column` passes a condition.
#[derive(Debug, Clone)]
pub(crate) struct ColumnFilter {
    /// The column, as an index in the header.
    pub(crate) column: usize,
    /// The condition.
    pub(crate) condition: TextCondition,
}

/// A condition on the trimmed text of a cell.
#[derive(Debug, Clone)]
pub(crate) enum TextCondition {
    /// Is one of these.
    OneOf(HashSet<String>),
    /// Begins with one of these.
    StartsWith(Vec<String>),
}

impl TextCondition {
    /// Whether a cell passes.
    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            TextCondition::OneOf(values) => values.contains(text),
            TextCondition::StartsWith(prefixes) => prefixes.iter().any(|prefix| text.starts_with(prefix.as_str())),
        }
    }

    /// Whether a cell between `least` and `greatest`, including surrounding whitespace, may pass.
    pub(crate) fn may_hold(&self, least: &str, greatest: &str) -> bool {
        match self {
            TextCondition::OneOf(values) => values.iter().any(|value| may_begin_with(least, greatest, value)),
            TextCondition::StartsWith(prefixes) => {
                prefixes.iter().any(|prefix| may_begin_with(least, greatest, prefix))
            }
        }
    }
}

/// Whether a text from `least` to `greatest` may begin with `value` after trimming. For a text that equals `value` with
/// trailing whitespace, the question is the same.
fn may_begin_with(least: &str, greatest: &str, value: &str) -> bool {
    // Leading whitespace: ASCII's sorts before any value, the rest of Unicode's begins at U+0085.
    let padded = least.chars().next().is_none_or(|first| first <= ' ') || greatest.chars().next() >= Some('\u{7f}');
    // Texts that begin with `value` sort from `value` itself up to the last text with this prefix.
    padded || (value <= greatest && (least <= value || least.starts_with(value)))
}

/// The columns and rows that a caller needs from a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// The columns of the blocks, as indices in the header, without duplicates.
    pub(crate) columns: Vec<usize>,
    /// Rows that do not pass all of these are not needed; see [`super::Table::applies_filters`].
    pub(crate) filters: Vec<ColumnFilter>,
    /// Maximum number of rows per block.
    pub(crate) rows_max: usize,
}

impl Selection {
    /// Rows per block, within the bounds of every reader.
    pub(crate) fn block_rows(&self) -> usize {
        self.rows_max.clamp(1, BLOCK_ROWS_MAX)
    }
}

/// Where the cells of a row go: the [`Selection`] in terms of the columns of the file.
#[derive(Debug, Default)]
pub(crate) struct ColumnSelection {
    /// For each column of the file, its position in the selection.
    pub(crate) slots: Vec<Option<usize>>,
    /// The positions in the selection that the reader fills itself.
    pub(crate) reader_slots: Vec<(usize, ColumnSource)>,
    /// Number of columns in a block.
    pub(crate) width: usize,
    /// Maximum number of rows per block.
    pub(crate) rows_max: usize,
}

impl ColumnSelection {
    pub(crate) fn new(header: &Header, selection: &Selection) -> Self {
        let (mut slots, mut reader_slots) = (Vec::new(), Vec::new());
        for (slot, column) in selection.columns.iter().enumerate() {
            match header.columns.get(*column).map(|column| column.place) {
                Some(ColumnSource::At(position)) => {
                    slots.resize(slots.len().max(position + 1), None);
                    if let Some(known) = slots.get_mut(position) {
                        *known = Some(slot);
                    }
                }
                Some(place) => reader_slots.push((slot, place)),
                None => {}
            }
        }
        ColumnSelection { slots, reader_slots, width: selection.columns.len(), rows_max: selection.block_rows() }
    }

    /// The position in the selection of the file's column `position`.
    #[inline]
    pub(crate) fn slot(&self, position: usize) -> Option<usize> {
        self.slots.get(position).copied().flatten()
    }

    /// An empty block of the selected columns.
    pub(crate) fn block(&self) -> TextBlock {
        TextBlock::new(self.width, None)
    }

    /// Adds a row to the block, filling the columns that the reader provides.
    #[inline]
    pub(crate) fn push_row(&self, block: &mut TextBlock, sheet: &str, row: u64, is_hidden: bool) {
        block.push_row(row);
        if !self.reader_slots.is_empty() {
            self.fill_reader_cells(block, sheet, row, is_hidden);
        }
    }

    fn fill_reader_cells(&self, block: &mut TextBlock, sheet: &str, row: u64, is_hidden: bool) {
        for (slot, place) in &self.reader_slots {
            let number;
            let (kind, text) = match place {
                ColumnSource::At(_) | ColumnSource::File | ColumnSource::Partition => continue,
                ColumnSource::Sheet => (CellKind::Text, sheet),
                ColumnSource::Row => {
                    number = row.to_string();
                    (CellKind::Number, number.as_str())
                }
                ColumnSource::Hidden => (CellKind::Boolean, if is_hidden { "true" } else { "false" }),
            };
            if !block.set(*slot, kind, text) {
                block.refuse(*slot, text, 0);
            }
            block.read_counts.filled += u64::from(block.is_set(*slot));
        }
    }

    /// Sets a cell of the block's last row to a non-blank text, and counts it. Returns the cell's position in the
    /// selection; `None` if its column is not selected, or if its text is too long and therefore rejected.
    #[inline]
    pub(crate) fn fill(&self, block: &mut TextBlock, position: usize, kind: CellKind, text: &str) -> Option<usize> {
        block.read_counts.read += 1;
        let Some(slot) = self.slot(position) else {
            block.read_counts.outside += 1;
            return None;
        };
        if block.set(slot, kind, text) {
            return Some(slot);
        }
        block.refuse(slot, text, 1);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_group_is_skipped_only_where_it_cannot_hold_the_value() {
        for (least, greatest, value, expected) in [
            ("A", "F", "A", true),
            ("A", "F", "C", true),
            ("A", "F", "G", false),
            ("B", "F", "A", false),
            ("A ", "A ", "A", true),
            ("AB", "F", "A", true),
            (" F", " F", "F", true),
            ("", "A", "F", true),
            ("A", "\u{a0}F", "F", true),
        ] {
            let condition = TextCondition::OneOf(HashSet::from([value.to_owned()]));
            assert_eq!(condition.may_hold(least, greatest), expected, "{least:?} {greatest:?} {value:?}");
        }
    }

    #[test]
    fn a_row_group_is_skipped_only_if_no_value_has_the_prefix() {
        for (least, greatest, prefix, expected) in [
            ("75001", "75020", "75", true),
            ("74000", "76000", "75", true),
            ("75020", "92100", "75", true),
            ("01000", "75", "75", true),
            ("01000", "74999", "75", false),
            ("76000", "92100", "75", false),
            (" 76", " 99", "75", true),
        ] {
            let condition = TextCondition::StartsWith(vec![prefix.to_owned()]);
            assert_eq!(condition.may_hold(least, greatest), expected, "{least:?} {greatest:?} {prefix:?}");
        }
    }

    #[test]
    fn a_row_group_with_a_matching_value_is_never_skipped() {
        // All texts of up to three letters of this alphabet, alone in their row group or between two others.
        let letters = ["", " ", "0", "7", "75", "9", "\u{a0}", "é"];
        let mut texts = vec![String::new()];
        for _ in 0..3 {
            texts = texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect();
        }
        for prefix in ["7", "75", "0", "é"] {
            let condition = TextCondition::StartsWith(vec![prefix.to_owned()]);
            for text in texts.iter().filter(|text| condition.holds(crate::trim::trim(text))) {
                for least in texts.iter().filter(|least| *least <= text).step_by(7) {
                    assert!(condition.may_hold(least, text), "{least:?} {text:?} {prefix:?}");
                }
            }
        }
    }
}
