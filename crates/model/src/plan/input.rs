//! The inputs: the supplier file, the registry, and the fields composed of their columns.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The supplier file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourcePlan {
    /// Its table.
    pub table: TablePlan,
    /// The record's key is the first of these that is not empty.
    pub id: Vec<IdColumn>,
    /// The fields, in the order of the batch's columns.
    pub fields: Vec<FieldPlan>,
}

/// A table with a header: its format, its files, and how they are read.
///
/// The name of a format, its keys and the meaning of its options are known only to its reader: one file in
/// `matchflow-ingest` for each format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TablePlan {
    /// The format's name, as in pipeline files.
    pub format: String,
    /// The files under their keys in the pipeline file (`path`), the main one first; none for rows in the pipeline
    /// file. Several under the first key are parts of one table, in this order.
    #[serde(serialize_with = "files_as_map")]
    pub files: Vec<(String, PathBuf)>,
    /// The options of the format's reader.
    pub options: Map<String, Value>,
}

impl TablePlan {
    /// A table in one file, read with the format's defaults.
    pub fn new(format: &str, path: PathBuf) -> Self {
        TablePlan { format: format.to_owned(), files: vec![("path".to_owned(), path)], options: Map::new() }
    }

    /// The file to name in messages, next to which its index is stored; `None` for rows in the pipeline file.
    pub fn main_file(&self) -> Option<&Path> {
        self.files.first().map(|(_, path)| path.as_path())
    }

    /// The file under `key`.
    pub fn file(&self, key: &str) -> Option<&Path> {
        self.files.iter().find(|(known, _)| known == key).map(|(_, path)| path.as_path())
    }
}

impl std::fmt::Display for TablePlan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((key, path)) = self.files.first() else { return out.write_str("rows in the pipeline file") };
        match self.files.iter().skip(1).filter(|(known, _)| known == key).count() {
            0 => path.display().fmt(out),
            more => write!(out, "{} (+{more})", path.display()),
        }
    }
}

fn files_as_map<S: serde::Serializer>(files: &[(String, PathBuf)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut keys: Vec<&String> = files.iter().map(|(key, _)| key).collect();
    keys.dedup();
    serializer.collect_map(keys.into_iter().map(|key| {
        let of_key =
            files.iter().filter(|(known, _)| known == key).map(|(_, path)| Value::from(path.to_string_lossy()));
        let paths: Vec<Value> = of_key.collect();
        (key, if let [path] = paths.as_slice() { path.clone() } else { Value::Array(paths) })
    }))
}

/// A small in-memory table: rows written in the pipeline file (its tests).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineTable {
    /// The column names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A column that may hold the record's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdColumn {
    /// The value of a column.
    Column(String),
    /// The row's number in its file, never empty.
    Index,
}

/// A field of the engine, composed of one or more columns of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldPlan {
    /// The field's name: lower-case letters, digits and `_`, not starting with `_`.
    pub name: String,
    /// The columns that it is composed of, at least one.
    pub columns: Vec<String>,
    /// How several columns are joined into one value.
    pub join: Join,
    /// The type of the cells.
    pub data_type: FieldType,
}

/// How several columns are joined into one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Joined with a space, empty ones left out (an address in three columns).
    Space,
    /// Separate alternatives, without empty ones and duplicates (the names of a company).
    Alternatives,
}

/// The type of the cells of a field. Other cells are a [`crate::reject::Reject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// `Utf8`: the text of the cell; a number keeps its digits.
    Text,
    /// `Int64`.
    Integer,
    /// `Float64`.
    Decimal,
    /// `Date32`.
    Date,
    /// `Boolean`.
    Boolean,
}

/// The registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferencePlan {
    /// Its table, one entry per row.
    pub table: TablePlan,
    /// The column with the entry's id (SIRET).
    pub id: String,
    /// The column with the group of entries (SIREN).
    pub group: Option<String>,
    /// The fields, in the order of the batch's columns.
    pub fields: Vec<FieldPlan>,
    /// Only entries that pass every filter are read; pushed down into Parquet.
    pub filters: Vec<Filter>,
    /// How open entries are distinguished from closed ones; `None`: all are open.
    pub status: Option<StatusPlan>,
    /// The number of digits of ids and groups.
    #[serde(skip_serializing_if = "IdWidths::is_unknown")]
    pub id_widths: IdWidths,
    /// The file in which its index is stored; `None`: next to the registry, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_path: Option<PathBuf>,
}

/// The number of digits of ids and groups, if the pipeline compares them with numbers of a fixed length (SIRET, SIREN).
/// A file that stores them as numbers has lost their leading zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IdWidths {
    /// Digits of ids; `None` if ids are any text.
    pub id: Option<usize>,
    /// Digits of groups; `None` if groups are any text.
    pub group: Option<usize>,
}

impl IdWidths {
    /// Whether both may be any text.
    pub fn is_unknown(&self) -> bool {
        *self == IdWidths::default()
    }
}

/// Keeps the entries whose `column` is one of `values`, or begins with one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// The values to keep.
    pub values: Vec<String>,
    /// How they are compared. Not serialized if it is the default, so that older plans stay equal.
    #[serde(skip_serializing_if = "ValueComparison::is_equal")]
    pub comparison: ValueComparison,
}

/// How a cell is compared with the values of a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueComparison {
    /// Equal to one of them.
    #[default]
    Equal,
    /// Begins with one of them: departments by their postcodes.
    Prefix,
}

impl ValueComparison {
    fn is_equal(&self) -> bool {
        *self == ValueComparison::Equal
    }
}

/// How open entries are distinguished from closed ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusPlan {
    /// The column.
    pub column: String,
    /// The values that mean open.
    pub open: Vec<String>,
    /// Whether closed entries are read too.
    pub include_closed: bool,
}
