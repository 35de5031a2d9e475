//! `source` and `reference`.

use matchflow_model::plan::{FieldType, HiddenRows, Join, MergedCells, Totals};

use crate::decode::{Brief, Delimiter, Encoding, Entries, HeaderRow, OneOrMany, Path, Sheet, record, words};

record! {
    /// The supplier file.
    Source {
        /// An Excel workbook.
        Either xlsx: Xlsx,
        /// An Excel 97 to 2003 workbook; slower than `.xlsx`.
        Either xls: Old,
        /// An Excel binary workbook; slower than `.xlsx`.
        Either xlsb: Old,
        /// An OpenDocument workbook; slower than `.xlsx`.
        Either ods: Old,
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
        /// INSEE's Parquet files, joined on `siren` and `siret`.
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
        /// Where the index of the registry is kept: the first run writes it, and later ones start at once. Default: beside
        /// the registry, if `matchflow index` has put it there.
        Optional index: Path,
    }
}

record! {
    /// An Excel workbook.
    Xlsx {
        /// The `.xlsx` file, relative to the pipeline file.
        Required path: Path,
        /// The sheet's name, or its position from 1. Default: the first visible one.
        Optional sheet: Sheet,
        /// The named table to read, wherever it is in the workbook; it knows its header and its totals.
        Optional table: String,
        /// The cells to read: `B3:F500`, `B:F`, `Feuille1!B3:F500`, or the name of a range. Default: the whole sheet.
        Optional range: String,
        /// The row of the header, from 1; or `auto`: of the first 50 rows the one with most of the columns named here.
        /// Default: auto.
        Optional header: HeaderRow,
        /// Whether hidden rows are read: `keep`, `skip`, or `flag`, which reads them and says in the column `_hidden`
        /// which they are. Default: keep.
        Optional hidden_rows: HiddenRows,
        /// What merged cells say: only the first one says it (`top_left`), or each does (`fill`). Default: top_left.
        Optional merged: MergedCells,
        /// Whether a last row that begins with `Total` is read: `keep` or `skip`. Default: keep.
        Optional totals: Totals,
    }
}

record! {
    /// A workbook of another format.
    Old {
        /// The file, relative to the pipeline file.
        Required path: Path,
        /// The sheet's name, or its position from 1. Default: the first visible one.
        Optional sheet: Sheet,
        /// The cells to read: `B3:F500`, `B:F`, `Feuille1!B3:F500`, or the name of a range. Default: the whole sheet.
        Optional range: String,
        /// The row of the header, from 1; or `auto`: of the first 50 rows the one with most of the columns named here.
        /// Default: auto.
        Optional header: HeaderRow,
        /// Whether a last row that begins with `Total` is read: `keep` or `skip`. Default: keep.
        Optional totals: Totals,
    }
}

words!(HiddenRows, "a way with hidden rows" {
    "keep" => HiddenRows::Keep,
    "skip" => HiddenRows::Skip,
    "flag" => HiddenRows::Flag,
});

words!(MergedCells, "a way with merged cells" {
    "top_left" => MergedCells::TopLeft,
    "fill" => MergedCells::Fill,
});

words!(Totals, "a way with totals" {
    "keep" => Totals::Keep,
    "skip" => Totals::Skip,
});

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
        /// The `StockEtablissementLiensSuccession` file: establishments get a column `siretEtablissementSuccesseur`.
        /// As the field `successor` it is told with an entry that is closed.
        Optional successions: Path,
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
        /// The column that the field is: its name, or its letter as `$C`.
        Either column: String,
        /// The columns that the field is made of, each by its name, or by its letter as `$C`.
        Either columns: OneOrMany<String>,
        /// Other names that the column may have: the first that the file has is taken.
        Optional synonyms: OneOrMany<String>,
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
