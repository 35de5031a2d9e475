//! Delimited text: encoding, delimiter, quotes, line ends and header are detected; one record is in memory at a time.
//!
//! **Limits.** A row has at most [`ROW_BYTES_MAX`] bytes, so an unclosed quote is an error and does not fill the
//! memory. A stray delimiter could be anywhere in a row: if a row has more cells than the header, none of its cells is
//! used.
//!
//! **Invariants.** Each row is a record, whatever its quotes: a row that cannot be read reliably is a reject with its
//! number, or ends the reading. Rows are numbered as in a spreadsheet: blank lines count, line breaks inside quotes do
//! not.
//!
//! **How.** [`dialect`] inspects the first rows, [`row`] chooses between the readings of a row that [`lexer`] offers,
//! and [`rows`] makes records of them.

mod broken_rows;
mod dialect;
mod guards;
mod lexer;
mod row;
mod rows;

use matchflow_model::plan::TablePlan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::workbook_options::{HEADER_KEY, TOTALS_KEY, header_choice, totals_choice};
use super::{HeaderChoice, Table, Totals};
use crate::error::IngestError;
use crate::format::{
    FormatKey, FormatReader, KeyType, PATH_KEY, TableFormat, TableOptions, TableRole, main_file, read_options,
};
use crate::sheets::HeaderGuess;
use rows::{CsvRows, CsvTable};

const ROW_BYTES_MAX: usize = 1 << 24;

/// Delimited text.
#[derive(Debug)]
pub(crate) struct Csv;

/// The options of a [`Csv`] table.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct CsvOptions {
    /// `None`: detected.
    delimiter: Option<char>,
    /// `None`: detected.
    quote: Option<QuoteChoice>,
    /// The encoding's WHATWG label; `None`: detected.
    encoding: Option<String>,
    header: HeaderChoice,
    totals: Totals,
}

/// The character around cells that contain delimiters or line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum QuoteChoice {
    Double,
    Single,
    None,
}

impl QuoteChoice {
    fn character(self) -> Option<u8> {
        match self {
            QuoteChoice::Double => Some(b'"'),
            QuoteChoice::Single => Some(b'\''),
            QuoteChoice::None => None,
        }
    }
}

static KEYS: [FormatKey; 6] = [
    PATH_KEY,
    FormatKey {
        name: "delimiter",
        about: "The character between values. Default: found in the first rows among `,`, `;`, tab and `|`.",
        is_required: false,
        value: KeyType::Delimiter,
    },
    FormatKey {
        name: "quote",
        about: "The character around values that contain delimiters or line breaks: `double` (`\"`), `single` (`'`) or \
                `none`, where quotes are characters like any other. Default: found in the first rows.",
        is_required: false,
        value: KeyType::Word { what: "a quote", words: &["double", "single", "none"] },
    },
    FormatKey {
        name: "encoding",
        about: "The text encoding. Default: found.",
        is_required: false,
        value: KeyType::Encoding,
    },
    HEADER_KEY,
    TOTALS_KEY,
];

impl TableFormat for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "Delimited text, also in gzip, Zstandard or zip.",
            TableRole::Reference => "Delimited text, an entry a row; also in gzip, Zstandard or zip.",
        })
    }

    fn summary(&self) -> &'static str {
        "Delimited text."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }

    fn options(&self, mut options: TableOptions, expected: &[String]) -> TableOptions {
        let own = CsvOptions {
            header: header_choice(&options, expected),
            totals: totals_choice(&options),
            ..CsvOptions::default()
        };
        if let Ok(Value::Object(own)) = serde_json::to_value(own) {
            options.extend(own.into_iter().filter(|(key, _)| key == HEADER_KEY.name || key == TOTALS_KEY.name));
        }
        options
    }

    fn describe(&self, table: &TablePlan) -> String {
        let options: CsvOptions = read_options(table).unwrap_or_default();
        let header = match options.header {
            HeaderChoice::Row(row) => format!(", header in row {row}"),
            HeaderChoice::First | HeaderChoice::Names(_) => String::new(),
        };
        let totals = if options.totals == Totals::Skip { ", without totals" } else { "" };
        format!("{} {table}{header}{totals}", self.name())
    }
}

impl FormatReader for Csv {
    fn takes_compressed(&self) -> bool {
        true
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(CsvTable::open(main_file(table)?, &read_options(table)?)?))
    }

    fn guess_header(&self, table: &TablePlan, _sheet: &str) -> Result<Option<u32>, IngestError> {
        let (mut rows, _) = CsvRows::open(main_file(table)?, &read_options(table)?)?;
        let mut guess = HeaderGuess::default();
        while rows.read()?.is_some() {
            let row = u32::try_from(rows.number()).unwrap_or(u32::MAX);
            if !rows.cells().all(|text| guess.add_text(row, text)) {
                break;
            }
            rows.advance();
        }
        Ok(guess.row())
    }
}
