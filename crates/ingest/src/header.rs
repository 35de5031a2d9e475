//! The header of a table: column names and positions, and how names in the plan are resolved.
//!
//! How names are compared is in [`matchflow_model::header`]. The second column named `Nom` becomes `Nom_2`. A column
//! without a name is selected by its letter (`$C`).

use std::collections::{HashMap, HashSet};

use matchflow_model::header::{FILE, HIDDEN, ROW, SHEET, collapse, find, letter, letters};

use crate::error::IngestError;
use crate::trim::cut;

/// Longer column names are truncated: they are repeated in messages, and in numbered copies.
pub(crate) const NAME_CHARACTERS_MAX: usize = 1_000;
/// Minimum similarity of a name to be suggested (1 is equal).
const SUGGESTION_SIMILARITY_MIN: f64 = 0.6;

/// A column that can be selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderColumn {
    /// The name, unique in the table.
    pub(crate) name: String,
    /// Where its cells come from.
    pub(crate) place: ColumnSource,
}

/// The source of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    /// The file, at this position from 0.
    At(usize),
    /// The reader: the sheet's name.
    Sheet,
    /// The reader: the row's number.
    Row,
    /// The reader: whether the row is hidden.
    Hidden,
    /// The reader: the file.
    File,
    /// A folder of the file (`dept=75`).
    Partition,
}

impl HeaderColumn {
    /// The position in the file, from 0.
    pub(crate) fn position(&self) -> Option<usize> {
        match self.place {
            ColumnSource::At(position) => Some(position),
            _ => None,
        }
    }
}

/// How cell addresses are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressForm {
    /// `C12`.
    Letters,
    /// `Postal:12`.
    Names,
}

/// What is known about a table before its rows are read.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// The file, as shown in messages.
    pub(crate) file: String,
    /// The sheet; empty if the format has none.
    pub(crate) sheet: String,
    /// Every sheet of the workbook, hidden ones too.
    pub(crate) sheets: Vec<String>,
    /// The named columns, in the order of the file, followed by those selected in other ways.
    pub(crate) columns: Vec<HeaderColumn>,
    /// The number of columns named in the file.
    pub(crate) named: usize,
    /// Columns that can be selected by letter: this many from the left.
    pub(crate) width: usize,
    /// Columns that the reader can add.
    pub(crate) extras: &'static [ColumnSource],
    /// Whether the table consists of several files: then `_file` is available too.
    pub(crate) has_file: bool,
    /// Rows of the files before the current one, to be subtracted for numbers within a file.
    pub(crate) rows_before: u64,
    /// How addresses are written.
    pub(crate) addressing: AddressForm,
    /// The header's row in the file, if it is not always the first.
    pub(crate) header_row: Option<u64>,
    /// Expected number of records; only a hint.
    pub(crate) rows_hint: Option<u64>,
    /// Remarks on how the file is read.
    pub(crate) notes: Vec<String>,
}

impl Header {
    /// A header of only these columns.
    pub(crate) fn new(file: String, addressing: AddressForm, columns: Vec<HeaderColumn>) -> Self {
        let named = columns.len();
        let (sheet, sheets, notes) = (String::new(), Vec::new(), Vec::new());
        let (width, extras, header_row, rows_hint): (_, &[ColumnSource], _, _) = (0, &[], None, None);
        let (has_file, rows_before) = (false, 0);
        Header {
            file,
            sheet,
            sheets,
            columns,
            named,
            width,
            extras,
            has_file,
            rows_before,
            addressing,
            header_row,
            rows_hint,
            notes,
        }
    }

    /// The index in [`Header::columns`] of the column that the plan calls `name`. Columns that the file does not name
    /// are added.
    pub(crate) fn resolve(&mut self, name: &str) -> Result<usize, IngestError> {
        if let Ok(column) = self.find(name) {
            return Ok(column);
        }
        let known = |place: ColumnSource| {
            matches!(
                (place, name),
                (ColumnSource::Sheet, SHEET) | (ColumnSource::Row, ROW) | (ColumnSource::Hidden, HIDDEN)
            )
        };
        let extra = self.extras.iter().copied().find(|place| known(*place));
        let extra = extra.or_else(|| (self.has_file && name == FILE).then_some(ColumnSource::File));
        let place = extra.or_else(|| letter(name).filter(|position| *position < self.width).map(ColumnSource::At));
        let Some(place) = place else { return self.find(name) };
        if let Some(column) = self.columns.iter().position(|column| column.place == place) {
            return Ok(column);
        }
        self.columns.push(HeaderColumn { name: name.to_owned(), place });
        Ok(self.columns.len() - 1)
    }

    /// The index in [`Header::columns`] of the column named `name` in the file.
    pub(crate) fn find(&self, name: &str) -> Result<usize, IngestError> {
        let names = self.names();
        find(&names, name).ok_or_else(|| IngestError::ColumnNotFound {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            column: name.to_owned(),
            closest: closest(&name.to_lowercase(), &names),
            columns: names,
        })
    }

    /// The names in the file, in its order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns.iter().take(self.named).map(|column| column.name.clone()).collect()
    }

    /// The address of a cell; `column` is an index in [`Header::columns`], `row` is numbered as in the file.
    pub(crate) fn address(&self, column: Option<usize>, row: u64) -> String {
        let column = column.and_then(|column| self.columns.get(column));
        match (column, self.addressing) {
            (Some(HeaderColumn { place: ColumnSource::At(position), .. }), AddressForm::Letters) => {
                format!("{}{row}", letters(*position))
            }
            (Some(column), AddressForm::Names) => format!("{}:{row}", column.name),
            _ => row.to_string(),
        }
    }
}

/// The columns of a header row; blank cells have no name.
pub(crate) fn columns<'a>(cells: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<HeaderColumn> {
    let mut columns: Vec<HeaderColumn> = cells
        .into_iter()
        .map(|(position, text)| HeaderColumn {
            name: collapse(cut(text, NAME_CHARACTERS_MAX)),
            place: ColumnSource::At(position),
        })
        .filter(|column| !column.name.is_empty())
        .collect();
    let mut taken: HashSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    // Occurrences of each name, from which the search for a free one continues.
    let mut counts: HashMap<String, u64> = HashMap::new();
    for column in &mut columns {
        let count = counts.entry(column.name.clone()).or_default();
        *count += 1;
        if *count == 1 {
            continue;
        }
        let mut name = format!("{}_{count}", column.name);
        while !taken.insert(name.clone()) {
            *count += 1;
            name = format!("{}_{count}", column.name);
        }
        column.name = name;
    }
    columns
}

fn closest(lower: &str, names: &[String]) -> Option<String> {
    let similarity = |name: &str| strsim::normalized_damerau_levenshtein(lower, &name.to_lowercase());
    names
        .iter()
        .map(|name| (similarity(name), name))
        .filter(|(similarity, _)| *similarity >= SUGGESTION_SIMILARITY_MIN)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_take_the_next_free_number() {
        let cells = ["Nom", " ", "Nom", "Nom_2", "Code\r\n  SIRET", "Nom"];
        let columns = columns(cells.into_iter().enumerate()).into_iter();
        let names: Vec<(usize, String)> = columns.map(|column| (column.position().unwrap(), column.name)).collect();
        let expected = [(0, "Nom"), (2, "Nom_3"), (3, "Nom_2"), (4, "Code SIRET"), (5, "Nom_4")];
        assert_eq!(names, expected.map(|(position, name)| (position, name.to_owned())));
    }

    #[test]
    fn exact_names_take_precedence_over_other_case() {
        let columns = columns([(0, "NOM"), (1, "Nom"), (2, "Code SIRET")]);
        let header = Header::new("f.csv".into(), AddressForm::Names, columns);
        let mut header = Header { width: 5, extras: &[ColumnSource::Row], ..header };
        assert_eq!(header.find("Nom").unwrap(), 1);
        assert_eq!(header.find("nom").unwrap(), 0);
        assert_eq!(header.find("code\nsiret ").unwrap(), 2);
        assert_eq!(header.resolve("$B").unwrap(), 1);
        assert_eq!((header.resolve("$E").unwrap(), header.resolve("_row").unwrap()), (3, 4));
        assert_eq!((header.resolve("_row").unwrap(), header.resolve("$E").unwrap()), (4, 3));
        assert!(header.resolve("$F").is_err() && header.resolve("_sheet").is_err());
        assert_eq!(header.names().len(), 3);
        let text = header.resolve("Code SIERT").unwrap_err().to_string();
        let missing = "`f.csv` has no column `Code SIERT` (did you mean `Code SIRET`?)";
        assert_eq!(text, format!("{missing}; its columns are `NOM`, `Nom`, `Code SIRET`"));
    }
}
