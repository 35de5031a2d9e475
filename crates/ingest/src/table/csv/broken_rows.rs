//! Rows that line breaks without quotes have broken.
//!
//! A broken row is several rows of the file, one behind the other, with fewer cells than the header has; their cells are as
//! many as the header's if the two that each break has parted count as one. The first piece is read as it is: its cells
//! stand right. Of the others no cell is used.
//!
//! **Limits.** [`PIECES_MAX`] pieces. A break before the second cell or within the last one leaves a row of all cells and is
//! not found. A file that leaves out empty cells at the end of its rows has rows that only look like pieces: from the first
//! short row on that is no part of a broken one, none is taken for one.

use super::lexer::Dialect;
use super::row::{RowCondition, RowReader, RowReading, RowWidth};
use crate::trim::{is_blank, trim};

/// Pieces of a row that are looked for.
const PIECES_MAX: usize = 32;

/// Rows with fewer cells than the header.
#[derive(Debug, Default)]
pub(super) struct ShortRows {
    /// The first piece of the broken row that is read, and how many of its pieces follow.
    broken: Option<(u64, usize)>,
    /// Whether there was a short row that is no part of a broken one.
    has_whole: bool,
}

impl ShortRows {
    /// Adds the row `row`; the first piece where it is another piece of a broken row. `count` counts the pieces that begin
    /// with it.
    pub(super) fn add(&mut self, row: u64, count: impl FnOnce() -> Option<usize>) -> Option<u64> {
        if let Some((first, left)) = self.broken.take() {
            self.broken = (left > 1).then_some((first, left - 1));
            return Some(first);
        }
        if !self.has_whole {
            match count() {
                Some(pieces) => self.broken = Some((row, pieces - 1)),
                None => self.has_whole = true,
            }
        }
        None
    }

    /// Whether the pieces of a row have to be counted.
    pub(super) fn needs_count(&self) -> bool {
        self.broken.is_none() && !self.has_whole
    }
}

/// What is known of the pieces of a row.
pub(super) enum PieceCount {
    /// So many, at least two.
    Pieces(usize),
    /// The row is no piece.
    Whole,
    /// More of the file has to be decoded.
    More,
}

/// Counts the pieces of the row at the start of `text`, which is all that is left of the file if it `is_complete`.
pub(super) fn count_pieces(text: &str, is_complete: bool, dialect: Dialect, width: RowWidth) -> PieceCount {
    let mut reader = RowReader::default();
    let (mut place, mut joined, mut pieces) = (0, 0, 0);
    let mut first_shape = String::new();
    while pieces < PIECES_MAX {
        let rest = text.get(place..).unwrap_or_default();
        if rest.is_empty() && is_complete {
            return PieceCount::Whole;
        }
        match reader.read(rest, is_complete, dialect, Some(width)) {
            RowReading::Row(RowCondition::Sound) => {}
            RowReading::More => return PieceCount::More,
            RowReading::Row(_) | RowReading::Unclosed => return PieceCount::Whole,
        }
        place += reader.cells.length;
        if reader.cells.iter(rest).all(is_blank) {
            continue;
        }
        let cells = reader.cells.len();
        let shape = shape(reader.cells.iter(rest).next().unwrap_or_default());
        pieces += 1;
        joined = if pieces == 1 { cells } else { joined + cells - 1 };
        let is_complete_row = (width.least..=width.most).contains(&joined);
        // Of three and more short rows many add up by chance: those that begin as the first one does are rows.
        let is_row_by_itself = cells > 1 && shape == first_shape && !(pieces == 2 && is_complete_row);
        if cells >= width.least || joined > width.most || (pieces > 1 && is_row_by_itself) {
            return PieceCount::Whole;
        }
        if pieces > 1 && is_complete_row {
            return PieceCount::Pieces(pieces);
        }
        if pieces == 1 {
            first_shape = shape;
        }
    }
    PieceCount::Whole
}

/// A text with a letter for each run of letters, and a digit for each run of digits: `F12` and `G7` are alike.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for character in trim(text).chars() {
        let class = match character {
            letter if letter.is_alphabetic() => 'a',
            digit if digit.is_numeric() => '0',
            other => other,
        };
        if !shape.ends_with(class) {
            shape.push(class);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> usize {
        let dialect = Dialect { delimiter: b';', quote: None, return_ends_rows: false };
        match count_pieces(text, true, dialect, RowWidth { least: 6, most: 7 }) {
            PieceCount::Pieces(pieces) => pieces,
            PieceCount::Whole => 1,
            PieceCount::More => 0,
        }
    }

    #[test]
    fn the_pieces_of_a_row_are_counted() {
        for (text, expected) in [
            ("F2;ORVALINE;11 QUAI\nDES TANNEURS;21000;DIJON;FR\nF3;A;B;C;D;E\n", 2),
            ("F2;ORVALINE;11\nQUAI\nDES TANNEURS;21000;DIJON;FR\n", 3),
            ("F2;ORVALINE;11\nQUAI\n\nDES\nTANNEURS;21000;DIJON;FR\n", 4),
            ("F4;KERVADEC;1\nRUE X;29200;BREST\nCEDEX;FR\n", 3),
            ("F4;KERVADEC;1\nRUE X;29200;BREST\nCEDEX;FR;\n", 3),
            // Rows that leave out empty cells: they begin as the first one does.
            ("F4;KERVADEC;1\nF5;A;B\nF6;C\n", 1),
            ("F4;A\nF5;B\nF6;C\nF7;D\nF8;E\n", 1),
            // A row with all cells ends the search, as does the end of the file.
            ("F4;A\nF5;B;C;D;E;F\n", 1),
            ("F4;A\n", 1),
            ("F4;A;B;C\nX;Y;Z;U;V\n", 1),
        ] {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn how_much_is_decoded_does_not_change_the_count() {
        let text = "F2;ORVALINE;11\nQUAI\nDES TANNEURS;21000;DIJON;FR\nF3;A;B;C;D;E\n";
        let dialect = Dialect { delimiter: b';', quote: None, return_ends_rows: false };
        for length in 0..=text.len() {
            match count_pieces(&text[..length], false, dialect, RowWidth { least: 6, most: 6 }) {
                PieceCount::More => {}
                PieceCount::Pieces(pieces) => assert_eq!(pieces, 3, "{length}"),
                PieceCount::Whole => panic!("{length}: it is not known yet"),
            }
        }
    }
}
