//! Declares a table of results once: `columns!` generates its struct, its Arrow schema, the conversion of batches in
//! both directions, the parsing of CSV cells, and for each column a [`ResultColumn`], from which the checkpoint's DDL,
//! the exports' headings and the reference documentation are made.
//!
//! ```text
//! /// The best entry's score, 0 to 1.
//! score: Option<f64> => Export::Value, "score", "score";
//! ```
//!
//! A line has the meaning of the column, its name, its Rust type, where exports show it, its heading in English and in
//! French. Everything else is determined by the type ([`ColumnValue`]).

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field};

use crate::columns::{MissingColumn, value};
use crate::formula;
use crate::language::Label;

pub use crate::invalid_cell::InvalidCell;

/// One column of a table of results.
#[derive(Debug, Clone, Copy)]
pub struct ResultColumn {
    /// Its name in the checkpoint and, without an expansion, in CSV files.
    pub name: &'static str,
    /// The kind of its values.
    pub content: Content,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// Where exports show it.
    pub export: Export,
    /// Its heading in a workbook. `{id}` and `{group}` are replaced by the registry's names for them.
    pub heading: Label,
    /// The lines of its description.
    pub meaning: &'static [&'static str],
}

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A text, or JSON.
    Text,
    /// The word of an [`Outcome`](crate::outcome::Outcome).
    Outcome,
    /// The word of a [`MatchLevel`](crate::outcome::MatchLevel).
    Level,
    /// [`Reasons`](crate::reason::Reasons), as JSON.
    Reasons,
    /// A [`RowError`](crate::row_error::RowError), as JSON.
    Error,
    /// A [`ReviewDecision`](crate::review_verdict::ReviewDecision), as JSON.
    Review,
    /// A row's number in its file, or a digest.
    Number,
    /// A count.
    Count,
    /// A score, a probability, a weight.
    Fraction,
    /// Yes or no.
    Flag,
    /// A list of [`Alternative`](crate::evidence::Alternative)s.
    Alternatives,
    /// A list of [`ScorerScore`](crate::reason::ScorerScore)s.
    Scores,
    /// A list of [`ComparisonLevel`](crate::reason::ComparisonLevel)s.
    Comparisons,
}

/// Where exports show a column, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// Nowhere.
    Hidden,
    /// In every file.
    Value,
    /// In every file of a run with a match model.
    WeighedValue,
    /// In every file of a run against a registry whose entries have groups.
    GroupValue,
    /// In every file of a run against a registry that has open and closed entries.
    StatusValue,
    /// In every file of a run that people have decided rows of.
    ReviewValue,
    /// The supplier's fields, a column each.
    InputFields,
    /// The registry entry's fields, each in a column.
    EntryFields,
    /// As JSON in CSV files, as one column for each entry in workbooks, as lists in Parquet.
    Alternatives,
    /// One column for the score of each scorer, as lists in Parquet.
    Scores,
    /// In Parquet alone, as lists.
    Comparisons,
    /// As JSON in files for programs.
    Evidence,
}

impl Content {
    /// The Arrow type of a column.
    pub fn data_type(self) -> DataType {
        match self {
            Content::Text | Content::Outcome | Content::Level | Content::Reasons | Content::Error | Content::Review => {
                DataType::Utf8
            }
            Content::Number => DataType::UInt64,
            Content::Count => DataType::UInt32,
            Content::Fraction => DataType::Float64,
            Content::Flag => DataType::Boolean,
            Content::Alternatives => list_type(&["id", "group", "stage", "entry", "evidence"], &["score", "weight"]),
            Content::Scores => list_type(&["scorer"], &["score"]),
            Content::Comparisons => list_type(&["comparison", "level"], &["bits"]),
        }
    }

    /// The SQL type of a column.
    pub const fn sql_type(self) -> &'static str {
        match self {
            Content::Text | Content::Outcome | Content::Level | Content::Reasons | Content::Error | Content::Review => {
                "VARCHAR"
            }
            Content::Number => "UBIGINT",
            Content::Count => "UINTEGER",
            Content::Fraction => "DOUBLE",
            Content::Flag => "BOOLEAN",
            Content::Alternatives => {
                "STRUCT(id VARCHAR, \"group\" VARCHAR, stage VARCHAR, entry VARCHAR, evidence VARCHAR, score DOUBLE, weight DOUBLE)[]"
            }
            Content::Scores => "STRUCT(scorer VARCHAR, score DOUBLE)[]",
            Content::Comparisons => "STRUCT(comparison VARCHAR, \"level\" VARCHAR, bits DOUBLE)[]",
        }
    }
}

/// Lists of structs with these members, each of which may be missing. The names and the order are those that DuckDB has, so
/// that batches that go in and come out have the same type.
fn list_type(texts: &[&str], numbers: &[&str]) -> DataType {
    let text = texts.iter().map(|name| Field::new(*name, DataType::Utf8, true));
    let members = text.chain(numbers.iter().map(|name| Field::new(*name, DataType::Float64, true)));
    DataType::List(Arc::new(Field::new("l", DataType::Struct(members.collect()), true)))
}

impl ResultColumn {
    /// Its Arrow field.
    pub fn field(&self) -> Field {
        Field::new(self.name, self.content.data_type(), self.nullable)
    }

    /// Its description as one text.
    pub fn description(&self) -> String {
        self.meaning.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }
}

/// A Rust type that a column of results may have.
pub trait ColumnValue: Sized {
    /// The kind of its values.
    const CONTENT: Content;
    /// Whether a value may be missing.
    const NULLABLE: bool;
    /// The Arrow array of such a column.
    type Array: Array + 'static;

    /// Converts the values to a column.
    fn column<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;

    /// The value at `row`, which is below the array's length.
    fn read(array: &Self::Array, row: usize) -> Self;

    /// Parses a cell of a CSV file; an error has the allowed values. `None`: an empty cell, or no such column.
    fn parse(cell: Option<&str>) -> Result<Self, &'static str>;
}

/// The column of a batch with values of type `T`.
pub(crate) fn typed<'a, T: ColumnValue>(batch: &'a RecordBatch, name: &str) -> Result<&'a T::Array, MissingColumn> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    column.ok_or_else(|| MissingColumn { column: name.to_owned(), expected: T::CONTENT.type_name() })
}

impl Content {
    /// The Arrow type's name, for messages and documentation.
    pub const fn type_name(self) -> &'static str {
        match self {
            Content::Text | Content::Outcome | Content::Level | Content::Reasons | Content::Error | Content::Review => {
                "Utf8"
            }
            Content::Number => "UInt64",
            Content::Count => "UInt32",
            Content::Fraction => "Float64",
            Content::Flag => "Boolean",
            Content::Alternatives | Content::Scores | Content::Comparisons => "List",
        }
    }
}

pub(crate) fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    values.for_each(|value| builder.append_option(value));
    Arc::new(builder.finish())
}

impl ColumnValue for String {
    const CONTENT: Content = Content::Text;
    const NULLABLE: bool = false;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
        texts(values.map(|value| Some(value.as_str())))
    }

    fn read(array: &StringArray, row: usize) -> String {
        value(array, row).unwrap_or_default().to_owned()
    }

    fn parse(cell: Option<&str>) -> Result<String, &'static str> {
        Ok(formula::unescape(cell.unwrap_or_default()).to_owned())
    }
}

impl ColumnValue for Option<String> {
    const CONTENT: Content = Content::Text;
    const NULLABLE: bool = true;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Option<String>>) -> ArrayRef {
        texts(values.map(Option::as_deref))
    }

    fn read(array: &StringArray, row: usize) -> Option<String> {
        value(array, row).map(str::to_owned)
    }

    fn parse(cell: Option<&str>) -> Result<Option<String>, &'static str> {
        Ok(cell.map(|cell| formula::unescape(cell).to_owned()))
    }
}

impl ColumnValue for Option<bool> {
    const CONTENT: Content = Content::Flag;
    const NULLABLE: bool = true;
    type Array = BooleanArray;

    fn column<'a>(values: impl Iterator<Item = &'a Option<bool>>) -> ArrayRef {
        Arc::new(values.copied().collect::<BooleanArray>())
    }

    fn read(array: &BooleanArray, row: usize) -> Option<bool> {
        array.is_valid(row).then(|| array.value(row))
    }

    fn parse(cell: Option<&str>) -> Result<Option<bool>, &'static str> {
        cell.map(|cell| cell.parse().map_err(|_| "`true` or `false`")).transpose()
    }
}

impl ColumnValue for Option<f64> {
    const CONTENT: Content = Content::Fraction;
    const NULLABLE: bool = true;
    type Array = Float64Array;

    fn column<'a>(values: impl Iterator<Item = &'a Option<f64>>) -> ArrayRef {
        Arc::new(values.copied().collect::<Float64Array>())
    }

    fn read(array: &Float64Array, row: usize) -> Option<f64> {
        array.is_valid(row).then(|| array.value(row))
    }

    fn parse(cell: Option<&str>) -> Result<Option<f64>, &'static str> {
        let number = |cell: &str| cell.parse::<f64>().ok().filter(|number| number.is_finite());
        cell.map(|cell| number(cell).ok_or("a number")).transpose()
    }
}

/// A column of integers or flags: never null, and with a default for missing CSV cells.
macro_rules! plain_column {
    ($type:ty, $array:ty, $content:expr, $allowed:literal) => {
        impl ColumnValue for $type {
            const CONTENT: Content = $content;
            const NULLABLE: bool = false;
            type Array = $array;

            fn column<'a>(values: impl Iterator<Item = &'a $type>) -> ArrayRef {
                Arc::new(<$array>::from(values.copied().collect::<Vec<$type>>()))
            }

            fn read(array: &$array, row: usize) -> $type {
                array.value(row)
            }

            fn parse(cell: Option<&str>) -> Result<$type, &'static str> {
                cell.map_or(Ok(<$type>::default()), |cell| cell.parse().map_err(|_| $allowed))
            }
        }
    };
}

plain_column!(u64, UInt64Array, Content::Number, "an integer");
plain_column!(u32, UInt32Array, Content::Count, "an integer");
plain_column!(bool, BooleanArray, Content::Flag, "`true` or `false`");

/// Declares a table of results.
macro_rules! columns {
    (
        $(#[$outer:meta])*
        $visibility:vis struct $row:ident {
            $(
                $(#[doc = $doc:literal])+
                $name:ident: $type:ty => $export:expr, $en:literal, $fr:literal;
            )+
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
        $visibility struct $row {
            $( $(#[doc = $doc])+ pub $name: $type, )+
        }

        /// The columns, in the order of the table.
        pub const COLUMNS: &[$crate::result_table::ResultColumn] = &[
            $( $crate::result_table::ResultColumn {
                name: stringify!($name),
                content: <$type as $crate::result_table::ColumnValue>::CONTENT,
                nullable: <$type as $crate::result_table::ColumnValue>::NULLABLE,
                export: $export,
                heading: $crate::language::Label { en: $en, fr: $fr },
                meaning: &[$($doc),+],
            }, )+
        ];

        /// The Arrow schema of the table.
        pub fn schema() -> arrow::datatypes::SchemaRef {
            let fields: Vec<_> = COLUMNS.iter().map($crate::result_table::ResultColumn::field).collect();
            std::sync::Arc::new(arrow::datatypes::Schema::new(fields))
        }

        /// The rows as one batch of [`schema`].
        pub fn to_batch(rows: &[$row]) -> Result<arrow::array::RecordBatch, arrow::error::ArrowError> {
            let columns = vec![
                $( <$type as $crate::result_table::ColumnValue>::column(rows.iter().map(|row| &row.$name)), )+
            ];
            arrow::array::RecordBatch::try_new(schema(), columns)
        }

        /// The rows of a batch of [`schema`], as passed to [`to_batch`].
        pub fn from_batch(batch: &arrow::array::RecordBatch) -> Result<Vec<$row>, $crate::columns::MissingColumn> {
            $( let $name = $crate::result_table::typed::<$type>(batch, stringify!($name))?; )+
            let row = |at: usize| $row {
                $( $name: <$type as $crate::result_table::ColumnValue>::read($name, at), )+
            };
            Ok((0..batch.num_rows()).map(row).collect())
        }

        impl $row {
            /// The row of a CSV file whose cells are given by `cell`, by column. Columns missing in the file are empty.
            pub fn from_cells<'c>(
                cell: impl Fn(&str) -> Option<&'c str>,
            ) -> Result<$row, $crate::result_table::InvalidCell> {
                Ok($row {
                    $( $name: {
                        let cell = cell(stringify!($name));
                        <$type as $crate::result_table::ColumnValue>::parse(cell).map_err(|expected| {
                            let value = cell.unwrap_or_default().to_owned();
                            $crate::result_table::InvalidCell { column: stringify!($name), value, expected }
                        })?
                    }, )+
                })
            }
        }
    };
}
pub(crate) use columns;
