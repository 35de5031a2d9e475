//! The header of a table: its column names, where they stand, and how a name that the plan uses is found.
//!
//! Names are compared after whitespace (line breaks too) is collapsed: first exactly, then without regard to case.
//! The second column called `Nom` is `Nom_2`. Columns without a name cannot be asked for.

use std::collections::HashSet;

use crate::error::IngestError;

/// A name must be this like another one to be suggested (1 is equal).
const SUGGESTION_SIMILARITY_MIN: f64 = 0.6;

/// A column that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The name, unique in the table.
    pub(crate) name: String,
    /// The position in the file, from 0.
    pub(crate) position: usize,
}

/// How a cell's address is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Addressing {
    /// `C12`.
    Letters,
    /// `Postal:12`.
    Names,
}

/// What is known of a table before its rows are read.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// The file, as messages show it.
    pub(crate) file: String,
    /// The sheet; empty where the format has none.
    pub(crate) sheet: String,
    /// Every sheet of the workbook, hidden ones too.
    pub(crate) sheets: Vec<String>,
    /// The columns that have a name, in the order of the file.
    pub(crate) columns: Vec<Column>,
    /// How addresses are written.
    pub(crate) addressing: Addressing,
    /// Records expected; a hint, never a promise.
    pub(crate) rows_hint: Option<u64>,
}

impl Header {
    /// The index in [`Header::columns`] of the column that the plan calls `name`.
    pub(crate) fn find(&self, name: &str) -> Result<usize, IngestError> {
        let wanted = collapse(name);
        let folded = wanted.to_lowercase();
        let exact = self.columns.iter().position(|column| column.name == wanted);
        let index = exact.or_else(|| self.columns.iter().position(|column| column.name.to_lowercase() == folded));
        index.ok_or_else(|| IngestError::ColumnNotFound {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            column: name.to_owned(),
            closest: closest(&folded, &self.columns),
            columns: self.names(),
        })
    }

    /// The column names in the order of the file.
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The address of a cell; `column` is an index in [`Header::columns`], `row` counts as the file does.
    pub(crate) fn address(&self, column: usize, row: u64) -> String {
        match (self.columns.get(column), self.addressing) {
            (Some(column), Addressing::Letters) => format!("{}{row}", letters(column.position)),
            (Some(column), Addressing::Names) => format!("{}:{row}", column.name),
            (None, _) => row.to_string(),
        }
    }
}

/// The columns of a header row; cells that say nothing have no name.
pub(crate) fn columns<'a>(cells: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<Column> {
    let mut columns: Vec<Column> = cells
        .into_iter()
        .map(|(position, text)| Column { name: collapse(text), position })
        .filter(|column| !column.name.is_empty())
        .collect();
    let mut taken: HashSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut seen = HashSet::new();
    for column in &mut columns {
        if seen.insert(column.name.clone()) {
            continue;
        }
        let free = (2_u64..).map(|count| format!("{}_{count}", column.name)).find(|name| taken.insert(name.clone()));
        if let Some(name) = free {
            column.name = name;
        }
    }
    columns
}

/// Whitespace trimmed and each run of it made one space.
pub(crate) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters of a spreadsheet column: 0 is `A`, 26 is `AA`.
fn letters(position: usize) -> String {
    let mut rest = position + 1;
    let mut reversed = Vec::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        reversed.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    reversed.iter().rev().collect()
}

fn closest(folded: &str, columns: &[Column]) -> Option<String> {
    let similarity = |column: &Column| strsim::normalized_damerau_levenshtein(folded, &column.name.to_lowercase());
    columns
        .iter()
        .map(|column| (similarity(column), column))
        .filter(|(similarity, _)| *similarity >= SUGGESTION_SIMILARITY_MIN)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, column)| column.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_as_spreadsheets_do() {
        for (position, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(position), expected);
        }
    }

    #[test]
    fn repeated_names_take_the_next_free_number() {
        let cells = ["Nom", " ", "Nom", "Nom_2", "Code\r\n  SIRET", "Nom"];
        let names: Vec<(usize, String)> =
            columns(cells.into_iter().enumerate()).into_iter().map(|column| (column.position, column.name)).collect();
        let expected = [(0, "Nom"), (2, "Nom_3"), (3, "Nom_2"), (4, "Code SIRET"), (5, "Nom_4")];
        assert_eq!(names, expected.map(|(position, name)| (position, name.to_owned())));
    }

    #[test]
    fn names_are_found_exactly_before_they_are_found_without_case() {
        let header = Header {
            file: "f.csv".into(),
            sheet: String::new(),
            sheets: Vec::new(),
            columns: columns([(0, "NOM"), (1, "Nom"), (2, "Code SIRET")]),
            addressing: Addressing::Names,
            rows_hint: None,
        };
        assert_eq!(header.find("Nom").unwrap(), 1);
        assert_eq!(header.find("nom").unwrap(), 0);
        assert_eq!(header.find("code\nsiret ").unwrap(), 2);
        let text = header.find("Code SIERT").unwrap_err().to_string();
        let missing = "`f.csv` has no column `Code SIERT` (did you mean `Code SIRET`?)";
        assert_eq!(text, format!("{missing}; its columns are `NOM`, `Nom`, `Code SIRET`"));
    }
}
