//! Splits a row of delimited text into cells, under one quoting rule.
//!
//! Quotes are as in RFC 4180, and as other programs write them: after spaces (`a, "b"`), with a guard against
//! spreadsheets (`="06300"`). A quote that is neither closed nor doubled is text on a single line; across line breaks
//! the row is [`LexOutcome::Broken`], since the end of the cell is unknown.

use memchr::{memchr_iter, memchr2, memchr3};

/// A file's delimiter, quotes and line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    /// Whether a lone carriage return always ends a row. Otherwise it only ends a row that is complete, and is text in
    /// others.
    pub(super) return_ends_rows: bool,
}

/// How quotes inside a quoted cell are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteRule {
    /// `""`.
    Doubled,
    /// `\"`.
    Escaped,
    /// Like any other character: a cell ends where another quoted one or the next line begins.
    Plain,
    /// `""`; and a cell that is not closed on its line is not quoted.
    WithinLine,
}

/// The result of reading the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LexOutcome {
    /// A row.
    Row,
    /// The start of a row: more of the file has to be decoded.
    More,
    /// A quoted cell that is never closed.
    Open,
    /// A quoted cell with a line break, and a quote that neither closes the cell nor is doubled.
    Broken {
        /// Whether that quote follows a backslash.
        is_escaped: bool,
    },
}

/// A row with more carriage returns is not a single row.
const RETURNS_MAX: usize = 64;

/// The cells of a row.
#[derive(Debug, Default)]
pub(super) struct CellRanges {
    cells: Vec<CellRange>,
    /// The unescaped texts of quoted cells with quotes.
    unquoted: String,
    /// Length of the row in bytes, including its line end.
    pub(super) length: usize,
    /// Whether a quoted cell contains a line break.
    pub(super) has_line_breaks: bool,
    /// Whether there is a quote that neither is doubled nor closes its cell, or a carriage return that ends no row.
    pub(super) is_irregular: bool,
    /// Number of quoted cells.
    pub(super) quoted: usize,
    /// The first cell whose quote is not closed on its line.
    pub(super) open: Option<usize>,
    /// Carriage returns in unquoted cells.
    pub(super) returns: usize,
}

#[derive(Debug, Clone, Copy)]
struct CellRange {
    start: usize,
    end: usize,
    /// Whether it is a range of [`CellRanges::unquoted`] instead of the file's text.
    is_unquoted: bool,
}

/// The end of a quoted cell.
enum CellEnd {
    /// At the delimiter or line end at this position.
    At(usize),
    /// The row cannot be read.
    Not(LexOutcome),
    /// The cell is not quoted.
    Unquoted,
}

impl CellRanges {
    /// The number of cells.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cells; `text` is the text they were read from.
    #[inline]
    pub(super) fn iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.cells.iter().map(move |cell| {
            let source = if cell.is_unquoted { self.unquoted.as_str() } else { text };
            source.get(cell.start..cell.end).unwrap_or_default()
        })
    }

    fn clear(&mut self) {
        self.cells.clear();
        self.unquoted.clear();
        (self.length, self.quoted, self.returns) = (0, 0, 0);
        (self.has_line_breaks, self.is_irregular, self.open) = (false, false, None);
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize) {
        self.cells.push(CellRange { start, end, is_unquoted: false });
    }

    /// Reads the row at the start of `text` if it has no quotes, as is usual.
    #[inline]
    pub(super) fn read_plain(&mut self, text: &[u8], dialect: Dialect) -> bool {
        let found = match dialect.quote {
            Some(quote) => memchr3(quote, b'\n', b'\r', text),
            None => memchr2(b'\n', b'\r', text),
        };
        let Some(end) = found else { return false };
        let length = match (text.get(end), text.get(end + 1)) {
            (Some(b'\n'), _) => end + 1,
            (Some(b'\r'), Some(b'\n')) => end + 2,
            _ => return false,
        };
        self.clear();
        let mut start = 0;
        for at in memchr_iter(dialect.delimiter, text.get(..end).unwrap_or_default()) {
            self.push(start, at);
            start = at + 1;
        }
        self.push(start, end);
        self.length = length;
        true
    }

    /// Reads the row at the start of `text`, which is the rest of the file if `is_complete`. A row of at least `width`
    /// cells is complete.
    pub(super) fn read(
        &mut self,
        text: &str,
        is_complete: bool,
        dialect: Dialect,
        rule: QuoteRule,
        width: usize,
    ) -> LexOutcome {
        self.clear();
        let source = RowText { text, bytes: text.as_bytes(), is_complete, dialect, rule };
        let mut at = 0;
        loop {
            let found = match source.opening_quote(at) {
                Some(quote) => self.quoted_cell(&source, quote),
                None => CellEnd::Unquoted,
            };
            let end = match found {
                CellEnd::At(end) => end,
                CellEnd::Not(lexed) => return lexed,
                CellEnd::Unquoted => match self.plain_cell(&source, at, width) {
                    CellEnd::At(end) => end,
                    _ => return LexOutcome::More,
                },
            };
            if source.bytes.get(end) == Some(&dialect.delimiter) {
                at = end + 1;
                continue;
            }
            let Some(length) = source.line_end(end) else { return LexOutcome::More };
            self.length = length;
            return LexOutcome::Row;
        }
    }

    fn plain_cell(&mut self, source: &RowText<'_>, start: usize, width: usize) -> CellEnd {
        let mut from = start;
        loop {
            let rest = source.bytes.get(from..).unwrap_or_default();
            let Some(end) = memchr3(source.dialect.delimiter, b'\n', b'\r', rest).map(|at| from + at) else {
                if !source.is_complete {
                    return CellEnd::Not(LexOutcome::More);
                }
                self.push(start, source.bytes.len());
                return CellEnd::At(source.bytes.len());
            };
            let is_whole = self.cells.len() + 1 >= width || self.returns >= RETURNS_MAX;
            if source.is_lone_return(end) && !source.dialect.return_ends_rows && !is_whole {
                self.returns += 1;
                self.is_irregular = true;
                from = end + 1;
                continue;
            }
            self.push(start, end);
            return CellEnd::At(end);
        }
    }

    /// Reads the cell whose text begins after the quote at `quote`.
    fn quoted_cell(&mut self, source: &RowText<'_>, quote: usize) -> CellEnd {
        let (mut from, mut at) = (quote + 1, quote + 1);
        let (first, was_irregular) = (self.unquoted.len(), self.is_irregular);
        let mark = source.dialect.quote.unwrap_or(b'"');
        let mut is_irregular = false;
        loop {
            let Some(found) = memchr3(mark, b'\n', b'\r', source.bytes.get(at..).unwrap_or_default()) else {
                if source.rule == QuoteRule::WithinLine && source.is_complete {
                    return self.unquote(first, is_irregular);
                }
                return CellEnd::Not(if source.is_complete { LexOutcome::Open } else { LexOutcome::More });
            };
            at += found;
            if source.bytes.get(at) != Some(&mark) {
                if source.rule == QuoteRule::WithinLine {
                    self.is_irregular = was_irregular;
                    return self.unquote(first, is_irregular);
                }
                if is_irregular {
                    return CellEnd::Not(LexOutcome::Broken { is_escaped: false });
                }
                self.has_line_breaks = true;
                at += 1;
                continue;
            }
            if source.rule == QuoteRule::Escaped && source.is_escaped(from, at) {
                self.unquoted.push_str(source.text.get(from..at - 1).unwrap_or_default());
                (from, at) = (at, at + 1);
                continue;
            }
            match source.closing_quote(at) {
                QuoteMeaning::Unknown => return CellEnd::Not(LexOutcome::More),
                QuoteMeaning::Doubled => {
                    self.unquoted.push_str(source.text.get(from..at + 1).unwrap_or_default());
                    (from, at) = (at + 2, at + 2);
                }
                QuoteMeaning::At(end) => {
                    self.push_quoted(source, first, from, at);
                    return CellEnd::At(end);
                }
                QuoteMeaning::No if self.has_line_breaks => {
                    return CellEnd::Not(LexOutcome::Broken { is_escaped: source.is_escaped(from, at) });
                }
                QuoteMeaning::No => {
                    (is_irregular, self.is_irregular) = (true, true);
                    at += 1;
                }
            }
        }
    }

    fn push_quoted(&mut self, source: &RowText<'_>, first: usize, from: usize, end: usize) {
        self.quoted += 1;
        if self.unquoted.len() == first {
            self.push(from, end);
            return;
        }
        self.unquoted.push_str(source.text.get(from..end).unwrap_or_default());
        self.cells.push(CellRange { start: first, end: self.unquoted.len(), is_unquoted: true });
    }

    /// Treats the cell as not quoted: its quote is a character like any other.
    fn unquote(&mut self, first: usize, has_quotes: bool) -> CellEnd {
        if has_quotes {
            self.is_irregular = true;
        } else {
            self.open = self.open.or(Some(self.cells.len()));
        }
        self.unquoted.truncate(first);
        CellEnd::Unquoted
    }
}

/// A text and how to read it.
struct RowText<'a> {
    text: &'a str,
    bytes: &'a [u8],
    is_complete: bool,
    dialect: Dialect,
    rule: QuoteRule,
}

/// The meaning of a quote inside a quoted cell.
enum QuoteMeaning {
    /// The first half of a doubled quote.
    Doubled,
    /// The end of the cell; the delimiter or line end is at this position.
    At(usize),
    /// Neither.
    No,
    /// What follows is not decoded yet.
    Unknown,
}

impl RowText<'_> {
    /// The position of the quote that opens the cell at `start`.
    #[inline]
    fn opening_quote(&self, start: usize) -> Option<usize> {
        let mark = self.dialect.quote?;
        let mut at = self.skip_blanks(start);
        if self.bytes.get(at) == Some(&b'=') && self.bytes.get(at + 1) == Some(&mark) {
            at += 1;
        }
        (self.bytes.get(at) == Some(&mark)).then_some(at)
    }

    fn closing_quote(&self, at: usize) -> QuoteMeaning {
        let end = self.skip_blanks(at + 1);
        let closes = match self.bytes.get(end) {
            None if !self.is_complete => return QuoteMeaning::Unknown,
            None | Some(b'\n' | b'\r') => true,
            Some(byte) => *byte == self.dialect.delimiter,
        };
        let is_plain = self.rule == QuoteRule::Plain && self.bytes.get(end) == Some(&self.dialect.delimiter);
        if is_plain && !self.is_complete && self.skip_blanks(end + 1) >= self.bytes.len() {
            return QuoteMeaning::Unknown;
        }
        match () {
            () if closes && !(is_plain && self.opening_quote(end + 1).is_none()) => QuoteMeaning::At(end),
            () if self.bytes.get(at + 1) == self.dialect.quote.as_ref() => QuoteMeaning::Doubled,
            () => QuoteMeaning::No,
        }
    }

    /// Whether the quote at `at` follows an odd number of backslashes, which begin at `from` at the earliest.
    fn is_escaped(&self, from: usize, at: usize) -> bool {
        let before = self.bytes.get(from..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    }

    /// Skips invisible characters next to a quote: spaces, NUL, a byte-order mark.
    #[inline]
    fn skip_blanks(&self, mut at: usize) -> usize {
        loop {
            at += match self.bytes.get(at..).unwrap_or_default() {
                [b' ' | b'\0', ..] => 1,
                [b'\t', ..] if self.dialect.delimiter != b'\t' => 1,
                [0xC2, 0xA0, ..] => 2,
                [0xEF, 0xBB, 0xBF, ..] | [0xE2, 0x80, 0x8B, ..] => 3,
                _ => return at,
            };
        }
    }

    /// Whether there is a carriage return at `at` that is not followed by a line feed.
    fn is_lone_return(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let returns = rest.iter().take_while(|byte| **byte == b'\r').count();
        returns > 0 && rest.get(returns).is_none_or(|byte| *byte != b'\n')
    }

    /// The start of the next row after the line end (or end of the file) at `at`; `None` if that is not decoded yet.
    /// Carriage returns before a line feed belong to the same line end.
    fn line_end(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let returns = rest.iter().take_while(|byte| **byte == b'\r').count();
        match rest.get(returns) {
            Some(b'\n') => Some(at + returns + 1),
            None if !self.is_complete => None,
            _ => Some(at + returns.min(1)),
        }
    }
}
