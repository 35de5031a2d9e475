//! `source` and `reference`.

use matchflow_ingest::TableRole;
use matchflow_model::plan::{FieldType, Join};

use super::RegistryPreset;
use crate::decode::{FilePath, NamedMap, OneOrMany, ShortOrLong, TableChoice, keywords, record};

record! {
    /// The supplier file.
    Source with table: TableChoice(TableRole::Source) {
        /// The columns with the row's key: the first that is not empty counts; `index` is the row's number. Example:
        /// `[Code, index]`.
        Optional id: OneOrMany<String> = "index",
        /// The fields that stages use, by name, each with its column or columns. Example: `{name: Nom, town: Ville}`.
        Required fields: NamedMap<Field>,
        /// The columns of the file that results show: those of `fields`, or `all`, so that a comment or a date in the
        /// file is next to its match.
        Optional columns: SourceColumns = "fields",
        /// The field with the row's amount of money, a number: workbooks sum it by outcome and sort the rows to review
        /// by it. Default: none. Example: `spend`.
        Optional amount: String,
    }
}

/// The columns of the supplier file that results show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceColumns {
    /// Those used by fields.
    Fields,
    /// All.
    All,
}

keywords!(SourceColumns, "a choice of columns" {
    "fields" => SourceColumns::Fields, "The columns that fields are made of.",
    "all" => SourceColumns::All, "All columns; the others are fields of type `text`, named after their headers.",
});

record! {
    /// The registry.
    Reference with table: TableChoice(TableRole::Reference) {
        /// The columns of a well-known registry: it provides `id`, `group`, `fields`, `filter`, `status` and `closed`
        /// if they are not given, without the columns that are missing in the file. Default: none. Example: `sirene`.
        Optional preset: RegistryPreset,
        /// The column with the entry's id; not required with `preset`. Example: `siret`.
        UnlessPreset id: String,
        /// The column with the group that the entry belongs to. Default: each entry is a group of its own. Example:
        /// `siren`.
        Optional group: String,
        /// The fields that stages use, by name, each with its column or columns; not required with `preset`.
        UnlessPreset fields: NamedMap<Field>,
        /// Conditions on entries to read: `column: value`, `column: [values]`, or `column: {starts_with: [values]}`. Default:
        /// all entries are read. Example: `{codePostalEtablissement: {starts_with: [75, 92]}}`.
        Optional filter: NamedMap<FilterValues>,
        /// How open entries are distinguished from closed ones. Default: all are open.
        Optional status: Status,
        /// Whether closed entries are read too. Requires `status`.
        Optional closed: bool = false,
        /// The address of a company's page in a public register, which workbooks link to: `{id}` and `{group}` are
        /// replaced by its ids. Default: `https://annuaire-entreprises.data.gouv.fr/entreprise/{group}` if `group` is
        /// `siren`, otherwise none. Example: `https://search.gleif.org/#/record/{id}`.
        Optional page: String,
        /// The file with the index of the registry: the first run writes it, and later runs start faster. Default: the
        /// file next to the registry, if `matchflow index` wrote one.
        Optional index: FilePath,
    }
}

/// The values of a filter, or their prefixes.
pub(crate) type FilterValues = ShortOrLong<OneOrMany<String>, FilterPrefixes>;

record! {
    /// A condition on the beginning of a cell.
    FilterPrefixes {
        /// The beginning of the cell, or several alternatives: for postcodes, the departments. Example: `[75, 92]`.
        Required starts_with: OneOrMany<String>,
    }
}

record! {
    /// How open entries are distinguished from closed ones.
    Status {
        /// The column.
        Required column: String,
        /// The value, or the values, that mean open. Example: `A`.
        Required open: OneOrMany<String>,
    }
}

/// A field: its column, or how it is composed of columns.
pub(crate) type Field = ShortOrLong<String, FieldOptions>;

record! {
    /// How a field is composed of columns.
    FieldOptions {
        /// The field's column: its name, or its letter as `$C`.
        Either column: String,
        /// The field's columns: each by its name, or by its letter as `$C`.
        Either columns: OneOrMany<String>,
        /// Other names that the column may have: the first that exists in the file counts. Default: none.
        Optional synonyms: OneOrMany<String>,
        /// How several columns are joined into one value.
        Optional join: Join = "space",
        /// The type of the cells; a cell of another type is reported and left out.
        Optional r#type: FieldType = "text",
    }
}

keywords!(Join, "a way to join columns" {
    "space" => Join::Space, "Joined with a space, empty ones left out (an address in three columns).",
    "alternatives" => Join::Alternatives, "Alternatives, of which the closest counts when they are compared (the names of a \
        company).",
});

keywords!(FieldType, "a type" {
    "text" => FieldType::Text, "Text; a number keeps its digits.",
    "integer" => FieldType::Integer, "An integer.",
    "decimal" => FieldType::Decimal, "A decimal number.",
    "date" => FieldType::Date, "A date.",
    "boolean" => FieldType::Boolean, "True or false.",
});
