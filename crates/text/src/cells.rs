//! Cleaning of values, of cells that hold several, and of whole columns.

use std::collections::HashMap;

use matchflow_model::arrow::array::{Array, StringArray, StringBuilder};
use matchflow_model::columns::{ALTERNATIVE, alternatives};
use matchflow_model::plan::Cleaner;

/// Cleans one value; `None` when nothing usable is left.
pub fn clean(cleaner: Cleaner, value: &str) -> Option<String> {
    match cleaner {
        Cleaner::Text => crate::fold(value),
        Cleaner::CompanyName => crate::company_name(value),
        Cleaner::PersonName => crate::person_name(value),
        Cleaner::Address => crate::address(value),
        Cleaner::Postcode => crate::postcode(value),
        Cleaner::Town => crate::town(value),
        Cleaner::Country => crate::country(value),
        Cleaner::VatCountry => crate::vat_country(value),
        Cleaner::PlaceCountry => crate::place_country(value),
        Cleaner::Siren => crate::siren(value),
        Cleaner::Siret => crate::siret(value),
        Cleaner::Vat => crate::vat(value),
        Cleaner::Iban => crate::iban(value),
    }
}

/// Cleans each alternative of a cell by itself. Those that become nothing, or the same as an earlier one, are left out;
/// the order stays. Of a company name there can be several where one was: what else it may be called by.
pub fn clean_cell(cleaner: Cleaner, cell: &str) -> Option<String> {
    if cleaner == Cleaner::CompanyName {
        return company_names(cell);
    }
    if !cell.contains(ALTERNATIVE) {
        return clean(cleaner, cell);
    }
    let mut kept: Vec<String> = Vec::new();
    for value in alternatives(cell).filter_map(|value| clean(cleaner, value)) {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    (!kept.is_empty()).then(|| kept.join("\u{1f}"))
}

fn company_names(cell: &str) -> Option<String> {
    let mut names = Vec::new();
    for value in alternatives(cell) {
        crate::company_name::company_names(value, &mut names);
    }
    crate::company_name::add_shorter(&mut names);
    // Of one name, which is nearly every one, no copy is made.
    if let [_] = names.as_slice() { names.pop() } else { (!names.is_empty()).then(|| names.join("\u{1f}")) }
}

/// Cleans a column cell by cell: `Utf8` to `Utf8` of the same length. Null stays null, and a cell of which nothing is
/// left becomes null.
pub fn clean_column(cleaner: Cleaner, column: &StringArray) -> StringArray {
    let mut cleaned = StringBuilder::with_capacity(column.len(), column.value_data().len());
    if !is_of_few_values(cleaner) {
        column.iter().for_each(|cell| cleaned.append_option(cell.and_then(|cell| clean_cell(cleaner, cell))));
        return cleaned.finish();
    }
    let mut known: HashMap<&str, Option<String>> = HashMap::new();
    for cell in column {
        let value = cell.and_then(|cell| known.entry(cell).or_insert_with(|| clean_cell(cleaner, cell)).as_deref());
        cleaned.append_option(value);
    }
    cleaned.finish()
}

/// Whether a column says the same few things again and again: each is cleaned once.
fn is_of_few_values(cleaner: Cleaner) -> bool {
    matches!(cleaner, Cleaner::Postcode | Cleaner::Town | Cleaner::Country | Cleaner::PlaceCountry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_cleaned_one_by_one() {
        let cell = "SARL Dupont\u{1f}DUPONT\u{1f}[ND]\u{1f}\u{1f}Chez Léa";
        assert_eq!(clean_cell(Cleaner::CompanyName, cell).as_deref(), Some("dupont\u{1f}chez lea"));
        assert_eq!(clean_cell(Cleaner::CompanyName, "nan\u{1f}-"), None);
        assert_eq!(clean_cell(Cleaner::Postcode, "6000\u{1f}06000").as_deref(), Some("06000"));
    }

    #[test]
    fn a_column_keeps_its_length_and_its_nulls() {
        let column = StringArray::from(vec![Some("6000"), None, Some("nan"), Some("75 001")]);
        let expected = StringArray::from(vec![Some("06000"), None, None, Some("75001")]);
        assert_eq!(clean_column(Cleaner::Postcode, &column), expected);
    }
}
