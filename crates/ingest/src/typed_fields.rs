//! How well the cells of a typed field fit its type, and which type would fit better.

use matchflow_model::plan::FieldType;

use crate::block::TextCell;
use crate::value;

/// A typed field, its number of cells, and how many were rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedFieldFacts {
    /// The field's name.
    pub name: String,
    /// Its declared type.
    pub data_type: FieldType,
    /// Cells with text.
    pub cells: u64,
    /// Cells that do not fit the type.
    pub rejected: u64,
    /// The first rejected cell.
    pub example: Option<String>,
    /// Number of rejected cells that fit each of [`OTHER_TYPES`].
    fitting: [u64; OTHER_TYPES.len()],
}

/// Types to suggest, narrowest first.
const OTHER_TYPES: [FieldType; 4] = [FieldType::Boolean, FieldType::Integer, FieldType::Decimal, FieldType::Date];
const EXAMPLE_CHARACTERS_MAX: usize = 40;

impl TypedFieldFacts {
    pub(crate) fn new(name: &str, data_type: FieldType) -> Self {
        let (name, fitting) = (name.to_owned(), [0; OTHER_TYPES.len()]);
        TypedFieldFacts { name, data_type, cells: 0, rejected: 0, example: None, fitting }
    }

    /// Counts a cell that does not fit.
    pub(crate) fn reject(&mut self, cell: TextCell<'_>) {
        self.rejected += 1;
        self.example.get_or_insert_with(|| cell.text.chars().take(EXAMPLE_CHARACTERS_MAX).collect());
        for (other, count) in OTHER_TYPES.iter().zip(&mut self.fitting) {
            *count += u64::from(fits(cell, *other));
        }
    }

    /// Adds the counts of further rows.
    pub(crate) fn merge(&mut self, later: TypedFieldFacts) {
        self.cells += later.cells;
        self.rejected += later.rejected;
        self.example = self.example.take().or(later.example);
        self.fitting.iter_mut().zip(later.fitting).for_each(|(count, later)| *count += later);
    }

    /// The type that fits all cells: `Decimal` for integers with some fractions, `Text` if no other is known to fit.
    /// `None` if the declared type fits.
    pub fn better_type(&self) -> Option<FieldType> {
        if self.rejected == 0 {
            return None;
        }
        let fits_accepted = |other: FieldType| {
            self.rejected == self.cells || (self.data_type, other) == (FieldType::Integer, FieldType::Decimal)
        };
        let mut others = OTHER_TYPES.iter().zip(self.fitting);
        let found = others.find(|(other, count)| *count == self.rejected && fits_accepted(**other));
        Some(found.map_or(FieldType::Text, |(other, _)| *other))
    }
}

fn fits(cell: TextCell<'_>, data_type: FieldType) -> bool {
    match data_type {
        FieldType::Text => true,
        FieldType::Integer => value::integer(cell).is_some(),
        FieldType::Decimal => value::decimal(cell).is_some(),
        FieldType::Date => value::date(cell).is_some(),
        FieldType::Boolean => value::boolean(cell).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::CellKind;

    #[test]
    fn the_suggested_type_fits_all_cells() {
        let facts = |data_type, cells, rejected: &[&str]| {
            let mut facts = TypedFieldFacts { cells, ..TypedFieldFacts::new("field", data_type) };
            rejected.iter().for_each(|text| facts.reject(TextCell { kind: CellKind::Text, text }));
            facts.better_type()
        };
        assert_eq!(facts(FieldType::Integer, 9, &["9120.5", "3,25"]), Some(FieldType::Decimal));
        assert_eq!(facts(FieldType::Integer, 2, &["31/03/2024", "2024-03-31"]), Some(FieldType::Date));
        assert_eq!(facts(FieldType::Integer, 3, &["31/03/2024", "2024-03-31"]), Some(FieldType::Text));
        assert_eq!(facts(FieldType::Date, 2, &["12", "13"]), Some(FieldType::Integer));
        assert_eq!(facts(FieldType::Date, 2, &["oui", "non"]), Some(FieldType::Boolean));
        assert_eq!(facts(FieldType::Date, 2, &["soon"]), Some(FieldType::Text));
        assert_eq!(facts(FieldType::Date, 2, &[]), None);
    }
}
