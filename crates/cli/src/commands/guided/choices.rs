//! Maps kinds of columns to the fields of a pipeline.

use matchflow_profile::ColumnKind;

/// A field that a preset of stages uses, and the kind of column that it is read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldRule {
    /// The field's name in the pipeline.
    pub(crate) name: &'static str,
    /// The kind of its column.
    pub(crate) kind: ColumnKind,
    /// The kind to use if the table has no column of the first.
    pub(crate) instead: Option<ColumnKind>,
    /// Whether several columns are joined.
    pub(crate) is_joined: bool,
    /// Whether a doubtful guess justifies a question.
    pub(crate) is_asked: bool,
}

const fn rule(name: &'static str, kind: ColumnKind) -> FieldRule {
    FieldRule { name, kind, instead: None, is_joined: false, is_asked: true }
}

const NAME: FieldRule = rule("name", ColumnKind::Name);
const ADDRESS: FieldRule = FieldRule { is_joined: true, ..rule("address", ColumnKind::Address) };
const POSTCODE: FieldRule = FieldRule { instead: Some(ColumnKind::Place), ..rule("postcode", ColumnKind::Postcode) };
const TOWN: FieldRule = FieldRule { instead: Some(ColumnKind::Place), ..rule("town", ColumnKind::Town) };
const COUNTRY: FieldRule = FieldRule { is_asked: false, ..rule("country", ColumnKind::Country) };
const VAT: FieldRule = rule("vat", ColumnKind::Vat);

/// The fields of the presets `suppliers` and `duplicates`.
pub(crate) const FRENCH_FIELDS: &[FieldRule] = &[
    NAME,
    ADDRESS,
    POSTCODE,
    TOWN,
    COUNTRY,
    rule("siret", ColumnKind::Siret),
    rule("siren_number", ColumnKind::Siren),
    VAT,
];

/// The fields of the preset `companies`.
pub(crate) const COMPANY_FIELDS: &[FieldRule] = &[
    NAME,
    ADDRESS,
    POSTCODE,
    TOWN,
    COUNTRY,
    FieldRule { is_asked: false, ..rule("identifier", ColumnKind::CompanyNumber) },
    VAT,
];
