//! Names from pipelines in headings: common fields in the reader's language, identifiers in capitals.

use matchflow_model::language::{Label, Language};

/// Names that registries commonly use for the same fields.
const FIELDS: [(&str, Label); 24] = [
    ("name", Label { en: "name", fr: "nom" }),
    ("company_name", Label { en: "name", fr: "nom" }),
    ("person", Label { en: "person", fr: "personne" }),
    ("address", Label { en: "address", fr: "adresse" }),
    ("postcode", Label { en: "postcode", fr: "code postal" }),
    ("town", Label { en: "town", fr: "commune" }),
    ("city", Label { en: "city", fr: "ville" }),
    ("country", Label { en: "country", fr: "pays" }),
    ("place", Label { en: "place", fr: "lieu" }),
    ("identifier", Label { en: "identifier", fr: "identifiant" }),
    ("born", Label { en: "born", fr: "naissance" }),
    ("last_movement", Label { en: "last movement", fr: "dernier mouvement" }),
    ("head_office", Label { en: "head office", fr: "siège" }),
    ("successor", Label { en: "successor", fr: "successeur" }),
    ("closed_on", Label { en: "closing date", fr: "date de fermeture" }),
    ("status", Label { en: "status", fr: "état" }),
    ("phone", Label { en: "phone", fr: "téléphone" }),
    ("email", Label { en: "email", fr: "courriel" }),
    ("siret", Label { en: "SIRET", fr: "SIRET" }),
    ("siren", Label { en: "SIREN", fr: "SIREN" }),
    ("vat", Label { en: "VAT", fr: "TVA" }),
    ("lei", Label { en: "LEI", fr: "LEI" }),
    ("iban", Label { en: "IBAN", fr: "IBAN" }),
    ("naf", Label { en: "NAF", fr: "NAF" }),
];

/// The name of a field, or of a comparison, which are often called after fields, in the reader's language.
pub fn field(name: &str, language: Language) -> String {
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.replace('_', " "), |(_, label)| label.get(language).to_owned())
}

/// The name of an identifier: in capitals if it is a known one.
pub(crate) fn name(name: &str) -> String {
    let known = FIELDS.iter().map(|(_, label)| label.en).find(|known| known.to_lowercase() == name.to_lowercase());
    known.map_or_else(|| name.replace('_', " "), str::to_owned)
}
