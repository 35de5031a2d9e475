//! The truth: for each supplier key, the accepted registry entries, or that there is none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use crate::error::EvaluateError;
use crate::identifier::Identifier;
use crate::table::NamedTable;

/// The level at which two entries are the same. Users see the truth's names for the levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The same entry (in SIRENE, an establishment).
    Id,
    /// The same group of entries (in SIRENE, a company).
    Group,
}

/// The accepted entries by key.
///
/// Read from CSV with a header, delimited by comma, semicolon or tab, from a workbook or from Parquet:
/// - the key: the column `key` or `left_id`, else the first one;
/// - `siret`, `id` or `right_id`: the accepted id; `siren` or `group`: the accepted group; at least one of the two columns;
/// - if all of them are empty, the row is not in the registry; a key may have several rows, each with an accepted
///   entry;
///
/// - `kind`: why the row is hard, as words joined by `+` (`case+siret-missing`); optional.
///
/// In a column `siret`, an id implies its group, the SIREN, if none is given. Numbers in columns `siret` and `siren`
/// may lack their leading zero. If only the group of a row is known, the row is not judged by its id.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    accepted: HashMap<String, AcceptedEntries>,
    /// The column of ids, if there is one.
    ids: Option<LevelColumn>,
    groups: Option<LevelColumn>,
}

/// The column of a level.
#[derive(Debug, Clone)]
struct LevelColumn {
    name: String,
    identifier: Identifier,
}

impl LevelColumn {
    fn new(name: &str) -> LevelColumn {
        LevelColumn { name: name.trim().to_owned(), identifier: Identifier::of_column(name) }
    }
}

#[derive(Debug, Clone, Default)]
struct AcceptedEntries {
    ids: Vec<String>,
    groups: Vec<String>,
    kind: Option<Box<str>>,
}

impl Truth {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Truth, EvaluateError> {
        Truth::from_table(NamedTable::open(path, &[])?)
    }

    /// Reads CSV; `name` is used in errors.
    pub fn read(input: impl Read, name: &str) -> Result<Truth, EvaluateError> {
        Truth::from_table(NamedTable::read_csv(input, name)?)
    }

    fn from_table(table: NamedTable<'_>) -> Result<Truth, EvaluateError> {
        let columns = ColumnPositions::find(&table)?;
        let column = |position: Option<usize>| Some(LevelColumn::new(table.columns.get(position?)?));
        let mut truth = Truth { ids: column(columns.id), groups: column(columns.group), ..Truth::default() };
        let name = table.name.clone();
        for row in table {
            let row = row?;
            let Some(key) = row.cell(Some(columns.key)) else {
                let value =
                    row.cells.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect::<Vec<_>>().join(",");
                let (file, line) = (name, row.line);
                return Err(EvaluateError::Cell { file, line, column: "key", value, expected: "a row with a key" });
            };
            truth.add(key, row.cell(columns.id), row.cell(columns.group), row.cell(columns.kind));
        }
        Ok(truth)
    }

    /// Accepts an entry for a key; without id and group, the key is not in the registry.
    fn add(&mut self, key: &str, id: Option<&str>, group: Option<&str>, kind: Option<&str>) {
        let ids = self.identifier(Level::Id);
        let id = id.map(|id| ids.canonical(id));
        let group = group.map(|group| self.identifier(Level::Group).canonical(group));
        let group = group.or_else(|| id.as_deref().and_then(|id| ids.group_of(id)).map(Cow::Borrowed));
        let accepted = self.accepted.entry(key.to_owned()).or_default();
        if group.is_some() {
            self.groups.get_or_insert_with(|| LevelColumn::new("siren"));
        }
        if accepted.kind.is_none() {
            accepted.kind = kind.map(Box::from);
        }
        for (list, value) in [(&mut accepted.ids, &id), (&mut accepted.groups, &group)] {
            if let Some(value) = value.as_deref().filter(|value| !list.iter().any(|known| known == value)) {
                list.push(value.to_owned());
            }
        }
    }

    /// The key of the row in the truth. The engine gives the second row with the same key `key#2`: it is judged like
    /// the first, unless the truth has `key#2` itself.
    pub fn key_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        if self.accepted.contains_key(key) {
            return Some(key);
        }
        let (first, number) = key.rsplit_once('#')?;
        (number.parse::<u64>().is_ok() && self.accepted.contains_key(first)).then_some(first)
    }

    /// The accepted entries of a key; if empty, it is not in the registry; `None` if it is not judged at this level.
    pub fn accepted(&self, key: &str, level: Level) -> Option<&[String]> {
        let accepted = self.accepted.get(key)?;
        let (at_level, at_other) = match level {
            Level::Id => (&accepted.ids, &accepted.groups),
            Level::Group => (&accepted.groups, &accepted.ids),
        };
        (self.judges(level) && (!at_level.is_empty() || at_other.is_empty())).then_some(at_level)
    }

    /// Whether the truth covers this level.
    pub fn judges(&self, level: Level) -> bool {
        self.column(level).is_some()
    }

    /// The truth's name for a level (`siret`, `id`); `None` if it does not judge it.
    pub fn level_name(&self, level: Level) -> Option<&str> {
        self.column(level).map(|column| column.name.as_str())
    }

    /// The kind of a level's values.
    pub(crate) fn identifier(&self, level: Level) -> Identifier {
        self.column(level).map_or(Identifier::Text, |column| column.identifier)
    }

    fn column(&self, level: Level) -> Option<&LevelColumn> {
        match level {
            Level::Id => self.ids.as_ref(),
            Level::Group => self.groups.as_ref(),
        }
    }

    /// Why the row is hard, in words.
    pub(crate) fn kinds(&self, key: &str) -> impl Iterator<Item = &str> {
        let kind = self.accepted.get(key).and_then(|accepted| accepted.kind.as_deref());
        kind.into_iter().flat_map(|kind| kind.split('+')).map(str::trim).filter(|kind| !kind.is_empty())
    }

    /// The keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.accepted.keys().map(String::as_str)
    }
}

struct ColumnPositions {
    key: usize,
    id: Option<usize>,
    group: Option<usize>,
    kind: Option<usize>,
}

impl ColumnPositions {
    fn find(table: &NamedTable<'_>) -> Result<ColumnPositions, EvaluateError> {
        let find = |names: &[&str]| names.iter().find_map(|name| table.position(name));
        let key = find(&["key", "left_id"]).unwrap_or(0);
        let other = |names| find(names).filter(|at| *at != key);
        let [id, group] = [&["siret", "id", "right_id"][..], &["siren", "group"]].map(other);
        let columns = ColumnPositions { key, id, group, kind: other(&["kind"]) };
        if columns.id.is_none() && columns.group.is_none() {
            let expected = "`siret` or `siren` (or `id`, `group`; or `left_id` and `right_id`) and the key";
            return Err(table.no_column(expected));
        }
        Ok(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Truth {
        Truth::read(text.as_bytes(), "truth.csv").unwrap()
    }

    fn accepted(truth: &Truth, key: &str, level: Level) -> Option<String> {
        truth.accepted(key, level).map(|list| list.join("+"))
    }

    #[test]
    fn all_forms_of_truth_files() {
        // Text, key, accepted at id level, accepted at group level ("-": not judged).
        let cases = [
            ("Auxiliaire,siren\nA,732829320\n", "A", "-", "732829320"),
            ("Auxiliaire,siren\nA,\n", "A", "-", ""),
            ("Auxiliaire,siren\nA,\n", "B", "-", "-"),
            ("key;siret\nA;73282932000074\n", "A", "73282932000074", "732829320"),
            ("\u{feff}key\tsiret\nA\t732 829 320 00074\n", "A", "73282932000074", "732829320"),
            ("siret,key\n73282932000074,A\n", "A", "73282932000074", "732829320"),
            ("key,siret,siren\nA,,732829320\n", "A", "-", "732829320"),
            ("key,siret,siren\nA,,\n", "A", "", ""),
            ("key,SIREN\nA,87281242\n", "A", "-", "087281242"),
            ("left_id,right_id\nrec-1,rec-9\nrec-1,rec-8\n", "rec-1", "rec-9+rec-8", "-"),
            ("left_id,right_id\nrec-1,rec-9\n", "rec-1#2", "rec-9", "-"),
            ("key,siren\nA,1\nA,1\nA,\n", "A", "-", "1"),
            // An EAN-13 is an id as it is, and implies no group.
            ("key,id\nA,4006381333931\n", "A", "4006381333931", "-"),
            ("key,id\nA,73282932000074\n", "A", "73282932000074", "-"),
        ];
        for (text, key, id, group) in cases {
            let truth = read(text);
            let key = truth.key_of(key).unwrap_or(key);
            for (level, expected) in [(Level::Id, id), (Level::Group, group)] {
                let found = accepted(&truth, key, level).unwrap_or("-".to_owned());
                assert_eq!(found, expected, "{key} {level:?} in {text:?}");
            }
        }
    }

    #[test]
    fn errors_name_the_place() {
        let cases = [
            (
                "key,name\nA,x\n",
                "`truth.csv`, line 1: no column `siret` or `siren` (or `id`, `group`; or `left_id` and \
              `right_id`) and the key; the header has: `key`, `name`",
            ),
            ("key,siren\nA,1\nB,2,3\n", "`truth.csv`, line 3: not a CSV row in UTF-8 with as many cells as the header"),
            ("key,siren\nA,1\n,2\n", "`truth.csv`, line 3, column `key`: `,2` is not a row with a key"),
        ];
        for (text, message) in cases {
            assert_eq!(Truth::read(text.as_bytes(), "truth.csv").unwrap_err().to_string(), message);
        }
        let missing = Truth::open(Path::new("no/such/truth.csv")).unwrap_err();
        assert_eq!(missing.to_string(), "`no/such/truth.csv` cannot be opened");
    }
}
