//! Rows broken by line breaks without quotes.
//!
//! A broken row is several consecutive rows of the file, each with fewer cells than the header; together they have as
//! many cells as the header, counting the two cells split by each break as one. The first piece is read as it is, since
//! its cells are in the right columns. No cell of the other pieces is used.
//!
//! **Limits.** At most [`PIECES_MAX`] pieces. A break before the second cell or within the last one leaves a row with
//! all cells and is not detected. A file that omits empty cells at the end of its rows has short rows that only look
//! like pieces: after the first short row that is not part of a broken one, no row is treated as broken.

use super::lexer::Dialect;
use super::row::{RowCondition, RowReader, RowReading, RowWidth};
use crate::trim::{is_blank, trim};

/// Maximum number of pieces of a row.
const PIECES_MAX: usize = 32;

/// Rows with fewer cells than the header.
#[derive(Debug, Default)]
pub(super) struct ShortRows {
    /// The first piece of the current broken row, and how many of its pieces follow.
    broken: Option<(u64, usize)>,
    /// Whether there was a short row that is not part of a broken one.
    has_whole: bool,
}

impl ShortRows {
    /// Adds the row `row`; returns the first piece if it is another piece of a broken row. `count` counts the pieces
    /// starting with it.
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

    /// Whether the pieces of the next row have to be counted.
    pub(super) fn needs_count(&self) -> bool {
        self.broken.is_none() && !self.has_whole
    }
}

/// The number of pieces of a row.
pub(super) enum PieceCount {
    /// This many, at least two.
    Pieces(usize),
    /// The row is not a piece.
    Whole,
    /// More of the file has to be decoded.
    More,
}

/// Counts the pieces of the row at the start of `text`, which is the rest of the file if `is_complete`.
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
        // Three or more short rows often add up by chance: those that begin like the first one are rows of their own.
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

/// Replaces each run of letters with a letter and each run of digits with a digit: `F12` and `G7` have the same shape.
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
            // Rows that omit empty cells: they begin like the first one.
            ("F4;KERVADEC;1\nF5;A;B\nF6;C\n", 1),
            ("F4;A\nF5;B\nF6;C\nF7;D\nF8;E\n", 1),
            // The search ends at a row with all cells, or at the end of the file.
            ("F4;A\nF5;B;C;D;E;F\n", 1),
            ("F4;A\n", 1),
            ("F4;A;B;C\nX;Y;Z;U;V\n", 1),
        ] {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_count_does_not_depend_on_how_much_is_decoded() {
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
