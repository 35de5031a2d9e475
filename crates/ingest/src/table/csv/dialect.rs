//! Detects the delimiter, quotes, line ends and header of a file from its first rows.
//!
//! Every combination is tried. The best has the most columns that the plan names, then the most rows of equal width,
//! then the widest header.
//!
//! **Limits.** The first [`ROWS_MAX`] rows, as far as they are decoded.

use std::collections::HashMap;

use matchflow_model::header::find;

use super::lexer::Dialect;
use super::row::{RowReader, RowReading};
use crate::block::CellKind;
use crate::header::columns;
use crate::sheet::{EarlyCell, HeaderSearch, MergedAreas, StoredValue};
use crate::table::HeaderChoice;
use crate::trim::trim;

const ROWS_MAX: usize = 50;
/// In order of preference if equally good: the delimiter of French spreadsheets comes first.
const DELIMITERS: [u8; 4] = [b';', b'\t', b',', b'|'];
const QUOTES: [Option<u8>; 2] = [Some(b'"'), Some(b'\'')];

/// Settings fixed by the plan, or by the file's first line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KnownDialect {
    pub(super) delimiter: Option<u8>,
    /// `Some(None)`: no quotes.
    pub(super) quote: Option<Option<u8>>,
}

/// The detected dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FoundDialect {
    pub(super) dialect: Dialect,
    /// The header row; `None` if no row can be one.
    pub(super) header: Option<u64>,
}

/// The line that Excel puts above the header to name the delimiter (`sep=;`): the delimiter, and the line's length.
pub(super) fn separator_line(text: &str) -> Option<(u8, usize)> {
    let line = text.get(..text.find(['\n', '\r'])?)?;
    let plain = line.trim_start_matches('\u{feff}').trim_matches('"');
    let (name, delimiter) = plain.split_at_checked(4)?;
    let [delimiter] = *delimiter.as_bytes() else { return None };
    let is_delimiter = name.eq_ignore_ascii_case("sep=") && delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric();
    let rest = text.get(line.len()..)?;
    let end = if rest.starts_with("\r\n") { 2 } else { 1 };
    is_delimiter.then_some((delimiter, line.len() + end))
}

/// Detects the dialect of a file that begins with this text. `row` is the number of its first row. `None` if not even
/// one row can be read.
pub(super) fn find_dialect(
    text: &str,
    is_complete: bool,
    row: u64,
    known: KnownDialect,
    choice: &HeaderChoice,
) -> Option<FoundDialect> {
    let has_lone_return = text.replace("\r\n", "").contains('\r');
    let delimiters = known.delimiter.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let quotes = known.quote.map_or(QUOTES.to_vec(), |quote| vec![quote]);
    let mut best: Option<(Score, FoundDialect)> = None;
    for return_ends_rows in [false, true].into_iter().filter(|returns| !returns || has_lone_return) {
        for delimiter in &delimiters {
            for quote in &quotes {
                let dialect = Dialect { delimiter: *delimiter, quote: *quote, return_ends_rows };
                let sample = Sample::read(text, is_complete, dialect);
                if sample.rows.is_empty() || (quotes.len() > 1 && *quote == Some(b'\'') && !sample.is_quoted()) {
                    continue;
                }
                let (score, header) = sample.score(row, choice);
                if best.is_none_or(|(best, _)| score > best) {
                    best = Some((score, FoundDialect { dialect, header }));
                }
            }
        }
    }
    best.map(|(_, found)| found)
}

/// Ordered by importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    /// Columns of the header that the plan names.
    expected: usize,
    /// Rows as wide as the header; if the plan names no columns, rows of the most frequent width.
    alike: usize,
    /// Whether no cell is left with a leading quote.
    has_no_stray_quote: bool,
    /// Number of cells in the header.
    header: usize,
    quoted: usize,
    rows: usize,
}

/// The first rows, read with a dialect.
struct Sample {
    rows: Vec<Vec<String>>,
    quoted: usize,
    is_irregular: bool,
    /// A cell begins with a quote that does not quote it.
    has_stray_quote: bool,
}

impl Sample {
    fn read(text: &str, is_complete: bool, dialect: Dialect) -> Self {
        let mut sample = Sample { rows: Vec::new(), quoted: 0, is_irregular: false, has_stray_quote: false };
        let (mut reader, mut rest) = (RowReader::default(), text);
        while !rest.is_empty()
            && sample.rows.len() < ROWS_MAX
            && reader.read(rest, is_complete, dialect, None) != RowReading::More
        {
            sample.rows.push(reader.cells.iter(rest).map(|cell| super::guards::unguarded(trim(cell)).into()).collect());
            sample.quoted += reader.cells.quoted;
            sample.is_irregular |= reader.cells.is_irregular;
            sample.has_stray_quote |= sample.rows.last().is_some_and(|row| row.iter().any(|c| c.starts_with('"')));
            rest = rest.get(reader.cells.length..).unwrap_or_default();
        }
        sample
    }

    /// Whether most cells are quoted: required of quotes other than `"`, which also occur in names.
    fn is_quoted(&self) -> bool {
        let filled = self.rows.iter().flatten().filter(|cell| !cell.is_empty()).count();
        !self.is_irregular && self.quoted * 2 > filled
    }

    /// Number of rows of the most frequent width, if most rows have it and it is more than one cell.
    fn alike(&self) -> usize {
        let mut widths: HashMap<usize, usize> = HashMap::new();
        self.rows.iter().filter(|cells| cells.len() > 1).for_each(|cells| *widths.entry(cells.len()).or_default() += 1);
        widths.into_values().max().filter(|rows| rows * 2 > self.rows.len()).unwrap_or(0)
    }

    fn score(&self, row: u64, choice: &HeaderChoice) -> (Score, Option<u64>) {
        let mut search = HeaderSearch::new(choice.clone(), None);
        'rows: for (number, cells) in (u32::try_from(row).unwrap_or(1)..).zip(&self.rows) {
            for (column, text) in (0..).zip(cells).filter(|(_, text)| is_name(text)) {
                let stored = StoredValue::Text(CellKind::Text, text.as_str().into());
                if search.push(EarlyCell { row: number, is_hidden: false, column, stored }, &MergedAreas::default()) {
                    break 'rows;
                }
            }
        }
        let header = search.finish(&MergedAreas::default()).header;
        let names: Vec<String> = header.iter().flat_map(|(_, names)| names).map(|(_, name)| name.clone()).collect();
        let names: Vec<String> =
            columns(names.iter().map(String::as_str).enumerate()).into_iter().map(|column| column.name).collect();
        let expected = match choice {
            HeaderChoice::Names(expected) => expected.iter().filter(|name| find(&names, name).is_some()).count(),
            HeaderChoice::First | HeaderChoice::Row(_) => 0,
        };
        let header_width =
            header.as_ref().and_then(|(at, _)| self.rows.get((u64::from(*at) - row) as usize)).map(Vec::len);
        let alike = match header_width {
            Some(width) if expected > 0 => self.rows.iter().filter(|cells| cells.len() == width).count(),
            _ => self.alike(),
        };
        let score = Score {
            expected,
            alike,
            has_no_stray_quote: !self.has_stray_quote,
            header: names.len(),
            quoted: self.quoted,
            rows: self.rows.len(),
        };
        (score, header.map(|(row, _)| u64::from(row)))
    }
}

/// Whether a cell can be a column name: it has more than white space and delimiters.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !u8::try_from(c).is_ok_and(|byte| DELIMITERS.contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, choice: &HeaderChoice) -> (char, char, bool, Option<u64>) {
        let found = find_dialect(text, true, 1, KnownDialect::default(), choice).unwrap();
        let Dialect { delimiter, quote, return_ends_rows } = found.dialect;
        (delimiter.into(), quote.unwrap_or(b' ').into(), return_ends_rows, found.header)
    }

    #[test]
    fn the_delimiter_gives_rows_of_equal_width() {
        for (text, expected) in [
            ("a;b;c\n1,2;3,4;5", ';'),
            ("a,b,c", ','),
            ("\r\n\r\na\tb\r\n", '\t'),
            ("\"a;b;c\",d\n", ','),
            ("a|b\n;;;;", '|'),
            (" \n;;;\na\tb", '\t'),
            ("alone", ';'),
            ("Code|Nom, usage, a, b|Ville\nF1|A|B\nF2|C, D|E", '|'),
            ("Liste des tiers, au 31/12, en euros\nCode;Nom\nF1;A\nF2;B\n", ';'),
            ("Code;Nom;Adresse\nF1;A;3, RUE B, C\nF2;B;4, RUE C, D\n", ';'),
            ("a;b,c;\n1;2,5;\n3;4,5;\n", ';'),
        ] {
            assert_eq!(found(text, &HeaderChoice::First).0, expected, "{text:?}");
        }
        let names = HeaderChoice::Names(vec!["Nom, usage".to_owned()]);
        assert_eq!(found("Code|Nom, usage\nF1, x|a\nF2, y|b, c", &names).0, '|');
    }

    #[test]
    fn quotes_and_line_ends_are_detected() {
        let names = |names: &[&str]| HeaderChoice::Names(names.iter().map(|name| (*name).to_owned()).collect());
        let first = HeaderChoice::First;
        assert_eq!(found("'Code','Nom'\n'F1','A, B'\n", &first), (',', '\'', false, Some(1)));
        assert_eq!(found("Code,Nom\n'tHart,A\n'F2',B\n", &first), (',', '"', false, Some(1)));
        assert_eq!(found("Code;Nom\rF1;\"A\nB\"\rF2;C\r", &first), (';', '"', true, Some(1)));
        assert_eq!(found("Code;Nom\rF1;A\rF2;B\nF3;C\r\n", &first), (';', '"', true, Some(1)));
        assert_eq!(found("Co\rde;Nom\r\nF1;A\r\nF2;B\r\n", &first), (';', '"', false, Some(1)));
        assert!(found("Nom\rA\rB\r", &first).2 && found("Nom\rA", &first).2);
        assert_eq!(found("Liste\n\nCode;Nom\nF1;A\n", &names(&["nom"])), (';', '"', false, Some(3)));
        assert_eq!(found("Liste\nCode;Nom\nF1;A\n", &names(&["Pays"])).3, Some(1));
    }

    #[test]
    fn excels_line_names_the_delimiter() {
        for (text, expected) in [
            ("sep=;\r\na", Some((b';', 7))),
            ("SEP=\t\na", Some((b'\t', 6))),
            ("\"sep=|\"\ra", Some((b'|', 8))),
            ("sep=;", None),
            ("sep=a\n", None),
            ("sep=;;\n", None),
            ("separateur\n", None),
        ] {
            assert_eq!(separator_line(text), expected, "{text:?}");
        }
    }
}
