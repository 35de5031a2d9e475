//! The kinds of contents that a column can have.

use crate::cell_pattern as cell;

/// The kind of a column's contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ColumnKind {
    /// The name of a company.
    Name,
    /// A street and number, or a line of an address.
    Address,
    /// A postcode.
    Postcode,
    /// A town.
    Town,
    /// A postcode and a town in one cell.
    Place,
    /// A region, province or state.
    Region,
    /// A country.
    Country,
    /// The number of a French establishment.
    Siret,
    /// The number of a French company.
    Siren,
    /// A VAT number.
    Vat,
    /// The number of a company in a register or with a tax office.
    CompanyNumber,
    /// An international bank account number.
    Iban,
    /// The code of a bank.
    Bic,
    /// An e-mail address.
    Email,
    /// A telephone or fax number.
    Phone,
    /// The address of a website.
    Website,
    /// The code of an activity.
    Activity,
    /// An amount of money.
    Amount,
    /// A date.
    Date,
    /// The row's own code.
    Key,
    /// The name of a person.
    Person,
    /// Anything else.
    Other,
}

/// A kind, and how it is recognised.
#[derive(Debug)]
pub struct KindInfo {
    /// The kind.
    pub kind: ColumnKind,
    /// Its word in `header_words.txt` and in tests.
    pub word: &'static str,
    /// Whether a table has at most one column of it.
    pub is_single: bool,
    /// Whether cells that do not fit count against it, whatever the header.
    pub is_strict: bool,
    /// The confidence from cells that all fit, without a header, from 0 to 1.
    pub(crate) cells_alone: f64,
    /// Whether a cell fits.
    pub(crate) fits: fn(&str) -> bool,
}

macro_rules! kinds {
    ($($kind:ident $word:literal $single:literal $strict:literal $alone:literal $fits:path,)*) => {
        &[$(KindInfo {
            kind: ColumnKind::$kind,
            word: $word,
            is_single: $single,
            is_strict: $strict,
            cells_alone: $alone,
            fits: $fits,
        },)*]
    };
}

/// All kinds except [`ColumnKind::Other`]. If two kinds have the same evidence, the first one wins.
pub const COLUMN_KINDS: &[KindInfo] = kinds![
    // kind        word             single strict alone  cells that fit
    Siret         "siret"          true   true   1.0    cell::is_siret,
    Iban          "iban"           false  true   1.0    cell::is_iban,
    Email         "email"          false  true   1.0    cell::is_email,
    Website       "website"        false  false  0.9    cell::is_website,
    Vat           "vat"            true   false  0.9    cell::is_vat,
    Bic           "bic"            false  false  0.7    cell::is_bic,
    Siren         "siren"          true   true   0.75   cell::is_siren,
    Date          "date"           false  true   0.9    cell::is_date,
    Activity      "activity"       false  false  0.7    cell::is_activity,
    Place         "place"          true   false  0.8    cell::is_place,
    Phone         "phone"          false  false  0.65   cell::is_phone,
    Postcode      "postcode"       true   false  0.62   cell::is_postcode,
    Country       "country"        true   false  0.6    cell::is_country,
    Name          "name"           true   false  0.62   cell::is_company_name,
    Address       "address"        false  false  0.7    cell::is_address,
    Town          "town"           true   false  0.5    cell::is_town,
    Amount        "amount"         false  true   0.6    cell::is_amount,
    CompanyNumber "company_number" false  false  0.0    cell::is_code,
    Key           "key"            false  false  0.0    cell::is_code,
    Region        "region"         true   false  0.0    cell::is_town,
    Person        "person"         false  false  0.4    cell::is_person,
];

impl ColumnKind {
    /// How the kind is recognised; `None` for [`ColumnKind::Other`].
    pub fn info(self) -> Option<&'static KindInfo> {
        COLUMN_KINDS.iter().find(|info| info.kind == self)
    }

    /// Its word: `postcode`.
    pub fn word(self) -> &'static str {
        self.info().map_or("other", |info| info.word)
    }

    /// The kind with this word.
    pub fn of_word(word: &str) -> Option<ColumnKind> {
        let known = COLUMN_KINDS.iter().find(|info| info.word == word).map(|info| info.kind);
        known.or((word == "other").then_some(ColumnKind::Other))
    }
}
