//! Finds the header row: the one given in the plan, the first, or the one with the most expected names.

use matchflow_model::header::{find, letter};
use std::sync::Arc;

use super::{MergedAreas, StoredValue};
use crate::header::{NAME_CHARACTERS_MAX, columns};
use crate::strings::StringTable;
use crate::table::HeaderChoice;
use crate::trim::cut;

/// A header is searched by its names in this many non-empty rows,
const ROWS_LOOKED_AT: usize = 50;
/// and in this many cells with this much text, which are buffered meanwhile.
const CELLS_LOOKED_AT: usize = 1 << 17;
const TEXT_LOOKED_AT: usize = 1 << 26;

/// A cell buffered until the header is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EarlyCell {
    pub(crate) row: u32,
    pub(crate) is_hidden: bool,
    pub(crate) column: u32,
    pub(crate) stored: StoredValue,
}

/// The header, and the cells read before it was known.
#[derive(Debug, Default)]
pub(crate) struct FoundHeader {
    /// Its row, and its names by position; `None` if there is no cell.
    pub(crate) header: Option<(u32, Vec<(usize, String)>)>,
    /// Cells in the header and above it.
    pub(crate) cells_above: u64,
    /// Cells of the rows below it.
    pub(crate) below: Vec<EarlyCell>,
}

/// Searches for the header among the first rows.
pub(crate) struct HeaderSearch {
    choice: HeaderChoice,
    strings: Option<Arc<StringTable>>,
    cells: Vec<EarlyCell>,
    text_bytes: usize,
    /// Cells skipped above a header whose row is known.
    cells_passed: u64,
    /// The start of each non-empty row in `cells`.
    rows: Vec<usize>,
}

impl HeaderSearch {
    pub(crate) fn new(choice: HeaderChoice, strings: Option<Arc<StringTable>>) -> Self {
        HeaderSearch { choice, strings, cells: Vec::new(), text_bytes: 0, cells_passed: 0, rows: Vec::new() }
    }

    /// Adds a non-empty cell; returns true once the header is determined.
    pub(crate) fn push(&mut self, cell: EarlyCell, merged: &MergedAreas) -> bool {
        if let HeaderChoice::Row(row) = self.choice
            && cell.row < row
            && !merged.reaches(cell.row, cell.column, row)
        {
            self.cells_passed += 1;
            return false;
        }
        let is_new_row = self.cells.last().is_none_or(|last| last.row != cell.row);
        let is_known = match &self.choice {
            HeaderChoice::First => is_new_row && !self.cells.is_empty(),
            HeaderChoice::Row(row) => cell.row > *row,
            HeaderChoice::Names(names) => {
                let has_all =
                    is_new_row && self.rows.last().is_some_and(|row| self.score(*row, names) == names_in_header(names));
                has_all || (is_new_row && self.rows.len() >= ROWS_LOOKED_AT)
            }
        };
        self.text_bytes += cell.stored.bytes();
        if is_new_row {
            self.rows.push(self.cells.len());
        }
        self.cells.push(cell);
        is_known || self.cells.len() >= CELLS_LOOKED_AT || self.text_bytes >= TEXT_LOOKED_AT
    }

    /// The header, given the cells seen.
    pub(crate) fn finish(self, merged: &MergedAreas) -> FoundHeader {
        let first = self.cells.first().map(|cell| cell.row);
        let row = match &self.choice {
            HeaderChoice::First => first,
            HeaderChoice::Row(row) => Some(*row).filter(|_| self.cells_passed > 0 || first.is_some()),
            HeaderChoice::Names(names) => self.best(names).or(first),
        };
        let Some(row) = row else { return FoundHeader::default() };
        let is_header = |cell: &EarlyCell| cell.row == row;
        let start = self.cells.iter().position(is_header).unwrap_or(self.cells.len());
        let length = self.cells.iter().skip(start).take_while(|cell| is_header(cell)).count();
        let name = |cell: &EarlyCell| cut(self.text(cell), NAME_CHARACTERS_MAX).to_owned();
        let header = self.cells.iter().skip(start).take(length);
        let mut names: Vec<(usize, String)> = header.map(|cell| (cell.column as usize, name(cell))).collect();
        merged.name(row, &self.cells, name, &mut names);
        names.sort_by_key(|(position, _)| *position);
        names.dedup_by_key(|(position, _)| *position);
        // A header row that begins a second time is out of order, like any other such row.
        let is_below = |at: usize, cell: &EarlyCell| cell.row > row || (is_header(cell) && at >= start + length);
        let cells = self.cells.into_iter().enumerate();
        let (below, above): (Vec<_>, Vec<_>) = cells.partition(|(at, cell)| is_below(*at, cell));
        let below = below.into_iter().map(|(_, cell)| cell).collect();
        FoundHeader { header: Some((row, names)), cells_above: above.len() as u64 + self.cells_passed, below }
    }

    fn text<'a>(&'a self, cell: &'a EarlyCell) -> &'a str {
        cell.stored.value().resolve(self.strings.as_deref()).text
    }

    /// Treats all cells as records, under a header that the sheet does not show, as if it were in the row `row`.
    pub(crate) fn without_header(self, row: u32, names: Vec<(usize, String)>) -> FoundHeader {
        FoundHeader { header: Some((row, names)), cells_above: 0, below: self.cells }
    }

    /// The first row with the most names, if any row has one.
    fn best(&self, names: &[String]) -> Option<u32> {
        let scored = self.rows.iter().map(|start| (self.score(*start, names), *start));
        let best = scored.filter(|(score, _)| *score > 0).max_by_key(|(score, start)| (*score, usize::MAX - start));
        best.and_then(|(_, start)| self.cells.get(start)).map(|cell| cell.row)
    }

    /// The number of `names` in the row that starts at `start`.
    fn score(&self, start: usize, names: &[String]) -> usize {
        let cells = self.cells.get(start..).unwrap_or_default();
        let row = cells.first().map(|cell| cell.row);
        let cells = cells.iter().take_while(|cell| Some(cell.row) == row);
        let found = columns(cells.map(|cell| (cell.column as usize, self.text(cell))));
        let found: Vec<String> = found.into_iter().map(|column| column.name).collect();
        names.iter().filter(|name| letter(name).is_none() && find(&found, name).is_some()).count()
    }
}

/// The number of names that can be in a header.
fn names_in_header(names: &[String]) -> usize {
    names.iter().filter(|name| letter(name).is_none()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::CellKind;

    fn search(choice: HeaderChoice, rows: &[(u32, &[&str])]) -> (Option<(u32, usize)>, u64, usize) {
        let mut search = HeaderSearch::new(choice, None);
        let cells = rows.iter().flat_map(|(row, texts)| {
            (0..).zip(*texts).map(|(column, text)| EarlyCell {
                row: *row,
                is_hidden: false,
                column,
                stored: StoredValue::Text(CellKind::Text, (*text).into()),
            })
        });
        for cell in cells {
            if search.push(cell, &MergedAreas::default()) {
                break;
            }
        }
        let found = search.finish(&MergedAreas::default());
        (found.header.map(|(row, names)| (row, names.len())), found.cells_above, found.below.len())
    }

    #[test]
    fn the_header_is_found() {
        let names = |names: &[&str]| HeaderChoice::Names(names.iter().map(|name| (*name).to_owned()).collect());
        let rows: [(u32, &[&str]); 4] =
            [(2, &["Export", "Nom"]), (4, &["Code\ntiers", "NOM", "Ville"]), (5, &["F1", "Nom"]), (6, &["F2"])];
        for (choice, expected) in [
            (HeaderChoice::First, (Some((2, 2)), 2, 1)),
            (HeaderChoice::Row(4), (Some((4, 3)), 5, 1)),
            (HeaderChoice::Row(3), (Some((3, 0)), 2, 1)),
            (HeaderChoice::Row(9), (Some((9, 0)), 8, 0)),
            // Known once a row with all of them is complete.
            (names(&["Code tiers", "ville", "nom"]), (Some((4, 3)), 5, 1)),
            // The best of all rows; among equals, the first.
            (names(&["ville", "nom", "Pays", "$Z"]), (Some((4, 3)), 5, 3)),
            (names(&["nom", "Pays"]), (Some((2, 2)), 2, 6)),
            // No row has any: the first.
            (names(&["Pays"]), (Some((2, 2)), 2, 6)),
            (names(&[]), (Some((2, 2)), 2, 1)),
        ] {
            assert_eq!(search(choice.clone(), &rows), expected, "{choice:?}");
        }
        assert_eq!(search(names(&["a"]), &[]), (None, 0, 0));
        let many: Vec<(u32, &[&str])> = (1..80).map(|row| (row, if row == 60 { &["a"][..] } else { &["x"] })).collect();
        assert_eq!(search(names(&["a"]), &many).0, Some((1, 1)), "beyond the rows that are looked at");
    }
}
