//! Chooses between several possible readings of a row.
//!
//! A row is read as in RFC 4180. If its quotes are invalid, or it does not have as many cells as the header, other ways
//! to write quotes are tried, and one that gives as many cells as the header is taken. A quoted cell with line breaks
//! could also be an unclosed quote: if each of its lines is a valid row, the lines are rows.
//!
//! **Invariants.** No reading swallows a row: a quote that is never closed is [`RowReading::Unclosed`]. How much of the
//! file is decoded does not affect the result.

use super::lexer::{CellRanges, Dialect, LexOutcome, QuoteRule};
use crate::trim::is_blank;

/// The number of cells that a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowWidth {
    /// Up to the last named column.
    pub(super) least: usize,
    /// As many as the header, named or not; blank ones may follow.
    pub(super) most: usize,
}

/// How a row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowCondition {
    /// Valid by RFC 4180, whatever the number of its cells.
    Sound,
    /// Its quotes are written in another way, or a carriage return is inside a cell; it has as many cells as the
    /// header.
    Repaired,
    /// A quote opens a cell and is not closed; without it, the line has as many cells as the header.
    LeftOpen,
    /// No way of reading its quotes gives as many cells as the header.
    Unreadable,
}

/// The result of reading the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowReading {
    Row(RowCondition),
    /// More of the file has to be decoded.
    More,
    /// A quote that opens a cell is never closed in the file. The cells are those of the line without it.
    Unclosed,
}

/// Reads rows one after the other.
#[derive(Debug, Default)]
pub(super) struct RowReader {
    /// The row read last.
    pub(super) cells: CellRanges,
    other: CellRanges,
}

impl RowReader {
    /// Reads the row at the start of `text`, which is the rest of the file if `is_complete`.
    #[inline]
    pub(super) fn read(
        &mut self,
        text: &str,
        is_complete: bool,
        dialect: Dialect,
        width: Option<RowWidth>,
    ) -> RowReading {
        if self.cells.read_plain(text.as_bytes(), dialect) {
            return RowReading::Row(RowCondition::Sound);
        }
        self.read_quoted(text, is_complete, dialect, width)
    }

    fn read_quoted(&mut self, text: &str, is_complete: bool, dialect: Dialect, width: Option<RowWidth>) -> RowReading {
        let least = width.map_or(usize::MAX, |width| width.least);
        let mut lexed = self.cells.read(text, is_complete, dialect, QuoteRule::Doubled, least);
        if lexed == LexOutcome::Row && self.cells.returns > 0 && !fits(&self.cells, text, width) {
            lexed = self.cells.read(text, is_complete, dialect, QuoteRule::Doubled, 0);
        }
        if lexed == LexOutcome::More {
            return RowReading::More;
        }
        let is_fitting = lexed == LexOutcome::Row && fits(&self.cells, text, width);
        if is_fitting && !self.cells.is_irregular && !self.cells.has_line_breaks {
            return RowReading::Row(RowCondition::Sound);
        }
        if self.other.read(text, is_complete, dialect, QuoteRule::WithinLine, least) != LexOutcome::Row {
            return RowReading::More;
        }
        if is_fitting && !self.cells.is_irregular {
            if !self.has_lines_like_rows(text, dialect, width) {
                return RowReading::Row(RowCondition::Sound);
            }
            // The check for such lines has overwritten the other cells.
            self.cells.read(text, is_complete, dialect, QuoteRule::WithinLine, least);
            return RowReading::Row(RowCondition::LeftOpen);
        }
        self.read_irregular(lexed, is_fitting, (text, is_complete), dialect, width)
    }

    /// Reads a row that RFC 4180 does not split into as many cells as the header; [`RowReader::other`] holds its first
    /// line.
    fn read_irregular(
        &mut self,
        lexed: LexOutcome,
        is_fitting: bool,
        (text, is_complete): (&str, bool),
        dialect: Dialect,
        width: Option<RowWidth>,
    ) -> RowReading {
        let line = text.get(..self.other.length).unwrap_or_default();
        let is_open = self.other.open.is_some();
        let mut attempt = CellRanges::default();
        let mut try_rule = |rule: QuoteRule, text: &str, is_complete: bool| {
            let lexed = attempt.read(text, is_complete, dialect, rule, 0);
            let is_right = fits(&attempt, text, width) && (rule == QuoteRule::Plain || !attempt.is_irregular);
            if lexed == LexOutcome::Row && !is_right { LexOutcome::Open } else { lexed }
        };
        let found = if lexed == (LexOutcome::Broken { is_escaped: true }) {
            try_rule(QuoteRule::Escaped, text, is_complete)
        } else {
            let has_quotes = lexed != LexOutcome::Row || self.cells.is_irregular || self.cells.quoted > 0;
            let mut found = LexOutcome::Open;
            if has_quotes && line.contains('\\') {
                found = try_rule(QuoteRule::Escaped, line, true);
            }
            if has_quotes && found != LexOutcome::Row && !is_fitting {
                found = try_rule(QuoteRule::Plain, line, true);
            }
            found
        };
        match found {
            LexOutcome::More => return RowReading::More,
            LexOutcome::Row => {
                self.cells = attempt;
                return RowReading::Row(RowCondition::Repaired);
            }
            LexOutcome::Open | LexOutcome::Broken { .. } => {}
        }
        match lexed {
            LexOutcome::Open if is_open => {
                std::mem::swap(&mut self.cells, &mut self.other);
                return RowReading::Unclosed;
            }
            _ if is_fitting => return RowReading::Row(RowCondition::Repaired),
            _ => {}
        }
        if fits(&self.other, text, width) {
            std::mem::swap(&mut self.cells, &mut self.other);
            return RowReading::Row(if is_open { RowCondition::LeftOpen } else { RowCondition::Repaired });
        }
        if lexed == LexOutcome::Row && !self.cells.is_irregular {
            return RowReading::Row(RowCondition::Sound);
        }
        std::mem::swap(&mut self.cells, &mut self.other);
        RowReading::Row(RowCondition::Unreadable)
    }

    /// Whether each line of the row is a row of its own if no quote extends beyond its line. If all cells are quoted,
    /// line breaks inside quotes are intentional.
    fn has_lines_like_rows(&mut self, text: &str, dialect: Dialect, width: Option<RowWidth>) -> bool {
        let filled = self.cells.iter(text).filter(|cell| !is_blank(cell)).count();
        let quotes_all = self.cells.quoted >= filled.max(2);
        let cells = self.other.len();
        let width = width.unwrap_or(RowWidth { least: cells, most: cells });
        if quotes_all || width.most < 2 {
            return false;
        }
        let mut rest = text.get(..self.cells.length).unwrap_or_default();
        while !rest.is_empty() {
            let lexed = self.other.read(rest, true, dialect, QuoteRule::WithinLine, width.least);
            if lexed != LexOutcome::Row || !fits(&self.other, rest, Some(width)) {
                return false;
            }
            rest = rest.get(self.other.length..).unwrap_or_default();
        }
        true
    }
}

/// Whether a row has as many cells as the header, apart from trailing blank ones.
fn fits(cells: &CellRanges, text: &str, width: Option<RowWidth>) -> bool {
    width.is_none_or(|width| cells.len() >= width.least && !has_more(cells, text, width))
}

/// Whether a row has non-blank cells beyond the header.
pub(super) fn has_more(cells: &CellRanges, text: &str, width: RowWidth) -> bool {
    cells.len() > width.most && cells.iter(text).skip(width.most).any(|cell| !is_blank(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), return_ends_rows: false };

    fn rows(text: &str, dialect: Dialect, cells: usize) -> Vec<(RowCondition, Vec<String>)> {
        let width = Some(RowWidth { least: cells, most: cells });
        let (mut reader, mut rest, mut rows) = (RowReader::default(), text, Vec::new());
        while !rest.is_empty() {
            let RowReading::Row(condition) = reader.read(rest, true, dialect, width) else { break };
            // A text truncated anywhere asks for more, or gives the same row.
            for (at, _) in rest.char_indices() {
                let mut cut = RowReader::default();
                let reading = cut.read(&rest[..at], false, dialect, width);
                if reading != RowReading::More {
                    assert_eq!(reading, RowReading::Row(condition), "{:?} of {rest:?}", &rest[..at]);
                    assert_eq!(cut.cells.length, reader.cells.length, "{rest:?}");
                    assert!(cut.cells.iter(rest).eq(reader.cells.iter(rest)), "{rest:?}");
                }
            }
            rows.push((condition, reader.cells.iter(rest).map(|cell| cell.trim().to_owned()).collect()));
            rest = &rest[reader.cells.length..];
        }
        rows
    }

    fn row(text: &str) -> (RowCondition, String) {
        let mut rows = rows(text, COMMA, 3);
        assert_eq!(rows.len(), 1, "{text:?}: {rows:?}");
        let (condition, cells) = rows.remove(0);
        (condition, cells.join("|"))
    }

    #[test]
    fn all_ways_to_write_quotes_are_read() {
        use RowCondition::{Repaired, Sound};
        for (text, condition, cells) in [
            ("a,b,c\r\n", Sound, "a|b|c"),
            ("\"a\",\"b, \"\"x\"\"\",c", Sound, "a|b, \"x\"|c"),
            ("\"a\", \"b, x\" ,\t\"\"\n", Sound, "a|b, x|"),
            ("\u{feff}\"a,\"\0,=\"06300\",c\n", Sound, "a,|06300|c"),
            ("a,\"b\r\nc\",\"d\n\"\n", Sound, "a|b\r\nc|d"),
            ("a,12\" TV,c \"d\"\n", Sound, "a|12\" TV|c \"d\""),
            ("\"a\",\"b \\\"x\\\", y\",\"c\"\n", Repaired, "a|b \"x\", y|c"),
            ("\"a\",\"b \\\", y\",\"c\"\n", Repaired, "a|b \", y|c"),
            ("\"a\",\"C:\\\",\"c\"\n", Sound, "a|C:\\|c"),
            ("\"a\",\"b\n\\\"x\\\"\",\"c\"\n", Repaired, "a|b\n\"x\"|c"),
            ("\"a\",\"b \"x\" y\",\"c\"\n", Repaired, "a|b \"x\" y|c"),
            ("\"a\",\"b \"x\", y\",\"c\"\n", Repaired, "a|b \"x\", y|c"),
            ("a,\"LE BON\" COIN,c\n", Repaired, "a|\"LE BON\" COIN|c"),
            ("a,b\r,c\n", Repaired, "a|b|c"),
            ("a,b,c\r\r\n", Sound, "a|b|c"),
            ("a,b", Sound, "a|b"),
        ] {
            assert_eq!(row(text), (condition, cells.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_quote_left_open_swallows_no_row() {
        use RowCondition::{LeftOpen, Sound, Unreadable};
        for (text, expected) in [
            ("a,\"b,c\nd,e,f\ng,\"h\",i\n", &[(LeftOpen, 3), (Sound, 3), (Sound, 3)][..]),
            ("a,\"b,c\nd,e \",f\n", &[(LeftOpen, 3), (Sound, 3)]),
            ("a,\"b,c\nd,e,\"f\ng,h,i\n", &[(LeftOpen, 3)]),
            ("a,\"b,\"c\nd,e,f\n", &[(LeftOpen, 3), (Sound, 3)]),
            ("a,\"b,\"c,x\nd,e,f\n", &[(Unreadable, 4), (Sound, 3)]),
            ("a,b,\"c\nd, e, f\"\n", &[(LeftOpen, 3), (Sound, 3)]),
            ("a,b,\"c\nd, e\"\n", &[(Sound, 3)]),
            ("\"a\",\"b,c\nd,e,f\",\"c\"\n", &[(Sound, 3)]),
            ("a,b,\"c\n", &[]),
        ] {
            let found: Vec<(RowCondition, usize)> =
                rows(text, COMMA, 3).into_iter().map(|(condition, cells)| (condition, cells.len())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn returns_end_whole_rows_only_where_feeds_end_the_others() {
        let mixed = rows("a,b,c\rd,\re,f\ng,h\ni,j,k\r", COMMA, 3);
        let cells: Vec<String> = mixed.into_iter().map(|(_, cells)| cells.join("|")).collect();
        assert_eq!(cells, ["a|b|c", "d|e|f", "g|h", "i|j|k"]);
        let returns = rows("a,b\r\"d\ne\",f,g\r\r", Dialect { return_ends_rows: true, ..COMMA }, 3);
        let cells: Vec<String> = returns.into_iter().map(|(_, cells)| cells.join("|")).collect();
        assert_eq!(cells, ["a|b", "d\ne|f|g", ""]);
    }
}
