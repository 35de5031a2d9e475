//! The number of field values of supplier rows that are left after cleaning.
//!
//! A cell is lost if it has text but no step of a clean stage gives a value for it: an invalid SIRET, a foreign
//! postcode, a name made of punctuation. Placeholders (`N/A`, `-`, `00000`) are not text.
//!
//! **Limits.** A field counts in the first stage that cleans it. Steps whose cleaner finds nothing in most values
//! (`place_country`) count only where they find something.
//!
//! **Invariant:** the counts, and the example of each field, do not depend on how rows are batched.

use std::collections::BTreeMap;

use matchflow_model::arrow::array::{Array, RecordBatch, StringArray};
use matchflow_model::arrow::buffer::BooleanBuffer;
use matchflow_model::columns;
use matchflow_text::{CleanerInfo, ValueKind, has_latin_letters, is_identifier, is_missing};
use serde::{Deserialize, Serialize};

/// A field of the supplier file, before and after cleaning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFill {
    /// The cleaners that read it, each once, in the order of the steps.
    pub cleaners: Vec<String>,
    /// Cells with text.
    pub cells: u64,
    /// Those without a value from any cleaner.
    pub lost: u64,
    /// The first lost cell: its row and its text.
    pub lost_example: Option<(u64, String)>,
    /// Cells of names without a Latin letter or a digit, which are compared in their own script first.
    pub not_latin: u64,
    /// The first of them.
    pub not_latin_example: Option<(u64, String)>,
}

/// The fields that are cleaned, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFills(pub BTreeMap<String, FieldFill>);

impl FieldFills {
    /// Adds the counts of other rows.
    pub fn merge(&mut self, others: FieldFills) {
        for (name, other) in others.0 {
            let fill = self.0.entry(name).or_default();
            for cleaner in other.cleaners {
                if !fill.cleaners.contains(&cleaner) {
                    fill.cleaners.push(cleaner);
                }
            }
            fill.cells += other.cells;
            fill.lost += other.lost;
            fill.not_latin += other.not_latin;
            keep_first(&mut fill.lost_example, other.lost_example);
            keep_first(&mut fill.not_latin_example, other.not_latin_example);
        }
    }
}

/// Counts the fields of one batch while the steps of a stage clean it.
pub(crate) struct FillCounter<'a> {
    batch: &'a RecordBatch,
    /// Whether each row's cell has given a value, by field.
    used: BTreeMap<String, BooleanBuffer>,
    fills: FieldFills,
}

impl<'a> FillCounter<'a> {
    /// A counter for a batch as it is before the stage.
    pub(crate) fn new(batch: &'a RecordBatch) -> Self {
        FillCounter { batch, used: BTreeMap::new(), fills: FieldFills::default() }
    }

    /// Records that a step turned `column`, the cells of the field `name`, into `cleaned`.
    pub(crate) fn count(&mut self, cleaner: &CleanerInfo, name: &str, column: &StringArray, cleaned: &StringArray) {
        // An earlier step of the stage may have replaced the field: its own cells are counted already.
        let is_field = self.batch.column_by_name(name).and_then(|field| field.as_any().downcast_ref::<StringArray>());
        if !is_field.is_some_and(|field| std::ptr::eq(field.value_data(), column.value_data())) {
            return;
        }
        let filled = |array: &StringArray| match array.nulls() {
            Some(nulls) => nulls.inner().clone(),
            None => BooleanBuffer::new_set(array.len()),
        };
        let used = filled(cleaned);
        match self.used.get_mut(name) {
            Some(known) => *known = &*known | &used,
            None => drop(self.used.insert(name.to_owned(), used)),
        }
        // Such a step on its own loses nothing.
        if cleaner.kind == ValueKind::Hint {
            return;
        }
        let fill = self.fills.0.entry(name.to_owned()).or_default();
        if !fill.cleaners.iter().any(|known| known == cleaner.name) {
            fill.cleaners.push(cleaner.name.to_owned());
        }
        if cleaner.kind == ValueKind::Name && !cleaned.value_data().is_ascii() {
            // The first alternative is the name as it was written.
            let written = |row: usize| columns::alternatives(cleaned.value(row)).next();
            let foreign = |row: &usize| cleaned.is_valid(*row) && !written(*row).is_some_and(has_latin_letters);
            let rows: Vec<usize> = (0..cleaned.len()).filter(foreign).collect();
            fill.not_latin = rows.len() as u64;
            fill.not_latin_example = rows.first().and_then(|row| example(self.batch, column, *row));
        }
    }

    /// The counts of the batch.
    pub(crate) fn finish(mut self) -> FieldFills {
        for (name, fill) in &mut self.fills.0 {
            let (Ok(column), Some(used)) = (columns::text(self.batch, name), self.used.get(name)) else { continue };
            let holds_identifiers = fill
                .cleaners
                .iter()
                .all(|name| matchflow_text::cleaner(name).is_some_and(|cleaner| cleaner.kind == ValueKind::Identifier));
            let filled = column.len() - column.null_count();
            fill.cells = filled as u64;
            if used.count_set_bits() >= filled {
                continue;
            }
            for row in (0..column.len()).filter(|row| column.is_valid(*row) && !used.value(*row)) {
                // A valid number of another kind is not a SIREN, but not an error either.
                let is_valid_other = || holds_identifiers && is_identifier(column.value(row));
                if is_missing(column.value(row)) {
                    fill.cells -= 1;
                } else if !is_valid_other() {
                    fill.lost += 1;
                    if fill.lost_example.is_none() {
                        fill.lost_example = example(self.batch, column, row);
                    }
                }
            }
        }
        self.fills
    }
}

/// A cell with the number of its row.
fn example(batch: &RecordBatch, column: &StringArray, row: usize) -> Option<(u64, String)> {
    const CHARACTERS_MAX: usize = 40;
    let number = columns::numbers(batch, columns::ROW).ok().and_then(|numbers| numbers.values().get(row).copied());
    let value = column.value(row);
    let cut: String = value.chars().take(CHARACTERS_MAX).collect();
    Some((number.unwrap_or(row as u64), if cut.len() < value.len() { format!("{cut}…") } else { cut }))
}

fn keep_first(known: &mut Option<(u64, String)>, other: Option<(u64, String)>) {
    match (&*known, &other) {
        (Some(first), Some(second)) if first <= second => {}
        (_, None) => {}
        _ => *known = other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use matchflow_model::arrow::array::{ArrayRef, UInt64Array};
    use matchflow_model::plan::{CleanPlan, CleanStep, CleanerId};

    use super::*;
    use crate::clean::clean_batch_counted;

    fn step(inputs: &[&str], output: &str, cleaner: &'static str) -> CleanStep {
        CleanStep {
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            all_inputs: false,
            output: output.to_owned(),
            cleaner: CleanerId::new(cleaner),
            town_field: None,
        }
    }

    fn fills(rows: std::ops::Range<usize>) -> FieldFills {
        let text = |values: &[Option<&str>]| -> ArrayRef { Arc::new(StringArray::from(values[rows.clone()].to_vec())) };
        let numbers: ArrayRef = Arc::new(UInt64Array::from((2..7).collect::<Vec<u64>>()[rows.clone()].to_vec()));
        let columns = [
            (columns::ROW, numbers),
            ("name", text(&[Some("Dupont"), Some("Ρόδινη"), Some("!!!"), Some("Léa"), None])),
            ("siret", text(&[Some("73282932000074"), Some("12 34"), Some("n/a"), Some("732829320"), Some("FR 1")])),
            ("vat", text(&[Some("DE136695976"), None, Some("0000"), Some("x"), None])),
            ("postcode", text(&[Some("SW1A 1AA"), Some("06300"), None, Some("75001 X"), None])),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        let plan = CleanPlan {
            steps: vec![
                step(&["name"], "name", "company_name"),
                step(&["siret", "vat"], "siren", "siren"),
                step(&["siret"], "siret", "siret"),
                step(&["postcode"], "country", "place_country"),
                step(&["postcode"], "postcode", "postcode"),
            ],
        };
        let mut fills = FieldFills::default();
        clean_batch_counted(batch, &plan, &mut fills).unwrap();
        fills
    }

    #[test]
    fn a_cell_is_lost_if_no_step_gives_a_value() {
        let all = fills(0..5);
        let counts = |name: &str| (all.0[name].cells, all.0[name].lost, all.0[name].not_latin);
        assert_eq!(counts("name"), (3, 0, 1), "punctuation is no name");
        assert_eq!(all.0["name"].not_latin_example, Some((3, "Ρόδινη".to_owned())));
        assert_eq!(counts("siret"), (4, 2, 0), "a SIREN is used by `siren`");
        assert_eq!(all.0["siret"].lost_example, Some((3, "12 34".to_owned())));
        assert_eq!(all.0["siret"].cleaners, ["siren", "siret"]);
        assert_eq!(counts("vat"), (2, 1, 0), "a German number is no SIREN, and no loss");
        assert_eq!(counts("postcode"), (3, 0, 0), "`place_country` makes a country of the British one");
    }

    #[test]
    fn counts_do_not_depend_on_batches() {
        let mut parts = fills(3..5);
        parts.merge(fills(0..1));
        parts.merge(fills(1..3));
        assert_eq!(parts, fills(0..5));
    }
}
