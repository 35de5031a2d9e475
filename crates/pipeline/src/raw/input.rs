//! `source` and `reference`.

use matchflow_model::plan::{FieldType, Join};

use crate::decode::{Brief, Delimiter, Encoding, Entries, OneOrMany, Path, Sheet, Whole, record, words};

record! {
    /// The supplier file.
    Source {
        /// An Excel workbook.
        Either xlsx: Xlsx,
        /// Delimited text.
        Either csv: Csv,
        /// A Parquet file.
        Either parquet: Parquet,
        /// A row's key: the first of these columns that is not empty; `index` is the row's number. Default: `index`.
        Optional id: OneOrMany<String>,
        /// The fields that stages work on, and the columns they are made of.
        Required fields: Entries<Field>,
    }
}

record! {
    /// The registry.
    Reference {
        /// A Parquet file, an entry a row.
        Either parquet: Parquet,
        /// Delimited text, an entry a row.
        Either csv: Csv,
        /// An Excel workbook, an entry a row.
        Either xlsx: Xlsx,
        /// INSEE's two Parquet files, joined on `siren`.
        Either sirene: Sirene,
        /// The column with the entry's id (`siret`).
        Required id: String,
        /// The column with what entries belong to (`siren`). Default: every entry stands alone.
        Optional group: String,
        /// The fields that stages work on, and the columns they are made of.
        Required fields: Entries<Field>,
        /// Only entries whose column has the value, or one of the values, are read.
        Optional filter: Entries<OneOrMany<String>>,
        /// How to tell open entries from closed ones. Default: all are open.
        Optional status: Status,
        /// Whether closed entries are read too. Default: false.
        Optional closed: bool,
    }
}

record! {
    /// An Excel workbook.
    Xlsx {
        /// The `.xlsx` file, relative to the pipeline file.
        Required path: Path,
        /// The sheet's name, or its position from 1. Default: the first visible one.
        Optional sheet: Sheet,
        /// The row of the header, from 1. Default: the first row that has a cell.
        Optional header: Whole<1, 1_048_576>,
    }
}

record! {
    /// Delimited text.
    Csv {
        /// The file, relative to the pipeline file.
        Required path: Path,
        /// The character between values. Default: found in the header among `,`, `;`, tab and `|`.
        Optional delimiter: Delimiter,
        /// The text encoding. Default: found.
        Optional encoding: Encoding,
    }
}

record! {
    /// A Parquet file.
    Parquet {
        /// The file, relative to the pipeline file.
        Required path: Path,
    }
}

record! {
    /// INSEE's two Parquet files.
    Sirene {
        /// The `StockUniteLegale` file.
        Required units: Path,
        /// The `StockEtablissement` file.
        Required establishments: Path,
    }
}

record! {
    /// How to tell open entries from closed ones.
    Status {
        /// The column.
        Required column: String,
        /// The value, or the values, that mean open.
        Required open: OneOrMany<String>,
    }
}

/// A field: the column it is, or how it is made of columns.
pub(crate) type Field = Brief<String, LongField>;

record! {
    /// How a field is made of columns.
    LongField {
        /// The column that the field is.
        Either column: String,
        /// The columns that the field is made of.
        Either columns: OneOrMany<String>,
        /// How several columns become one value. Default: space.
        Optional join: Join,
        /// What the cells must be; a cell that is not is reported and left out. Default: text.
        Optional r#type: FieldType,
    }
}

words!(Join, "a way to join columns" {
    "space" => Join::Space,
    "alternatives" => Join::Alternatives,
});

words!(FieldType, "a type" {
    "text" => FieldType::Text,
    "integer" => FieldType::Integer,
    "decimal" => FieldType::Decimal,
    "date" => FieldType::Date,
    "boolean" => FieldType::Boolean,
});
