//! What is read: the supplier file, the registry, and the fields made of their columns.

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
/// What a format is called, which keys it takes and what its options mean is known to its reader alone: one file of
/// `matchflow-ingest` for each format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TablePlan {
    /// The format's name, as pipeline files write it.
    pub format: String,
    /// The files under their keys in the pipeline file (`path`), the main one first; none for rows in the pipeline file.
    /// Several under the first key are parts of one table, in this order.
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

    /// The file that messages name and next to which its index is stored; `None` for rows in the pipeline file.
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

/// A small table held in memory: rows written in the pipeline file (its tests).
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

/// A field of the engine, made of one or more columns of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldPlan {
    /// The field's name: lower-case letters, digits and `_`, not starting with `_`.
    pub name: String,
    /// The columns it is made of, at least one.
    pub columns: Vec<String>,
    /// How several columns become one value.
    pub join: Join,
    /// What the cells must be.
    pub data_type: FieldType,
}

/// How several columns become one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Joined with a space, empty ones left out (an address in three columns).
    Space,
    /// Separate alternatives without empty ones and repetitions (the names of a company).
    Alternatives,
}

/// What the cells of a field must be. Anything else is a [`crate::reject::Reject`].
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
    /// Its table, an entry a row.
    pub table: TablePlan,
    /// The column with the entry's id (SIRET).
    pub id: String,
    /// The column with what entries belong to (SIREN).
    pub group: Option<String>,
    /// The fields, in the order of the batch's columns.
    pub fields: Vec<FieldPlan>,
    /// Only entries that pass every filter are read; pushed down into Parquet.
    pub filters: Vec<Filter>,
    /// How to tell open entries from closed ones; `None`: all count as open.
    pub status: Option<StatusPlan>,
    /// How many digits ids and groups have.
    #[serde(skip_serializing_if = "IdWidths::is_unknown")]
    pub id_widths: IdWidths,
    /// The file of its index between runs; `None`: next to the registry, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_path: Option<PathBuf>,
}

/// How many digits ids and groups have, where the pipeline compares them with numbers of a fixed length (SIRET, SIREN). A
/// file that stores them as numbers has lost their leading zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IdWidths {
    /// Of ids; `None` if ids are any text.
    pub id: Option<usize>,
    /// Of groups; `None` if groups are any text.
    pub group: Option<usize>,
}

impl IdWidths {
    /// Whether both are any text.
    pub fn is_unknown(&self) -> bool {
        *self == IdWidths::default()
    }
}

/// Keeps the entries whose `column` is one of `values`, or begins with one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// The values kept.
    pub values: Vec<String>,
    /// How they are compared. Left out where it is the default: plans from before are the same.
    #[serde(skip_serializing_if = "ValueComparison::is_equal")]
    pub comparison: ValueComparison,
}

/// How a cell is compared with the values of a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueComparison {
    /// It is one of them.
    #[default]
    Equal,
    /// It begins with one of them: departments by their postcodes.
    Prefix,
}

impl ValueComparison {
    fn is_equal(&self) -> bool {
        *self == ValueComparison::Equal
    }
}

/// How to tell open entries from closed ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusPlan {
    /// The column.
    pub column: String,
    /// The values that mean open.
    pub open: Vec<String>,
    /// Whether closed entries are read too.
    pub include_closed: bool,
}
