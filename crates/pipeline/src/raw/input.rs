//! `source` and `reference`.

use matchflow_model::plan::{FieldType, Join};

use crate::decode::{Brief, Entries, OneOrMany, Path, record, words};

record! {
    /// The supplier file.
    Source with the table of Source {
        /// A row's key: the first of these columns that is not empty; `index` is the row's number. Default: `index`.
        Optional id: OneOrMany<String>,
        /// The fields that stages work on, and the columns they are made of.
        Required fields: Entries<Field>,
    }
}

record! {
    /// The registry.
    Reference with the table of Reference {
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
