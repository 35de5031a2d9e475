//! Applies a clean stage to a batch of either side.
//!
//! A step is skipped on a side that has none of its inputs. If a step overwrites a field, the raw text is kept under
//! [`RAW_PREFIX`], so that results show the original values.

use std::sync::Arc;

use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use matchflow_model::arrow::compute::is_not_null;
use matchflow_model::arrow::compute::kernels::zip::zip;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_model::columns::{self, ALTERNATIVE, RAW_PREFIX};
use matchflow_model::plan::{CleanPlan, CleanStep, Plan, StageKind};

use crate::error::{MatchError, StepError};
use crate::field_fill::{FieldFills, FillCounter};

/// Supplier rows after all clean stages of a plan.
///
/// # Errors
///
/// Rows with another schema than the plan's.
pub fn clean_rows(plan: &Plan, rows: RecordBatch) -> Result<RecordBatch, MatchError> {
    let mut rows = rows;
    for stage in &plan.stages {
        if let StageKind::Clean(steps) = &stage.kind {
            rows = clean_batch(rows, steps).map_err(|error| MatchError::stage(&stage.label, error))?;
        }
    }
    Ok(rows)
}

/// The batch after one clean stage: every step applied, in order.
///
/// # Errors
///
/// A column to clean that is not text.
pub fn clean_batch(batch: RecordBatch, plan: &CleanPlan) -> Result<RecordBatch, StepError> {
    plan.steps.iter().try_fold(batch, |batch, step| apply(batch, step, None))
}

/// Like [`clean_batch`] for supplier rows, also counting non-empty cells before and after in `fills`.
///
/// # Errors
///
/// As for [`clean_batch`].
pub fn clean_batch_counted(
    batch: RecordBatch,
    plan: &CleanPlan,
    fills: &mut FieldFills,
) -> Result<RecordBatch, StepError> {
    let before = batch.clone();
    let mut counter = FillCounter::new(&before);
    let cleaned = plan.steps.iter().try_fold(batch, |batch, step| apply(batch, step, Some(&mut counter)))?;
    fills.merge(counter.finish());
    Ok(cleaned)
}

/// Cleans supplier rows with all clean stages of a plan, and adds the counts of each stage to `fills`.
///
/// # Errors
///
/// As for [`clean_rows`].
pub fn count_fills(plan: &Plan, rows: RecordBatch, fills: &mut Vec<(String, FieldFills)>) -> Result<(), MatchError> {
    let mut rows = rows;
    for stage in &plan.stages {
        let StageKind::Clean(steps) = &stage.kind else { continue };
        let mut counts = FieldFills::default();
        let cleaned = clean_batch_counted(rows, steps, &mut counts);
        rows = cleaned.map_err(|error| MatchError::stage(&stage.label, error))?;
        match fills.iter_mut().find(|(label, _)| *label == stage.label) {
            Some((_, known)) => known.merge(counts),
            None => fills.push((stage.label.clone(), counts)),
        }
    }
    Ok(())
}

fn apply(
    batch: RecordBatch,
    step: &CleanStep,
    mut counter: Option<&mut FillCounter<'_>>,
) -> Result<RecordBatch, StepError> {
    let cleaner = matchflow_text::cleaner(step.cleaner.name()).ok_or(matchflow_text::UnknownCleaner(step.cleaner))?;
    let mut cleaned: Option<StringArray> = None;
    for input in step.inputs.iter().filter(|input| batch.column_by_name(input).is_some()) {
        let column = columns::text(&batch, input)?;
        let more = cleaner.column(column);
        if let Some(counter) = &mut counter {
            counter.count(cleaner, input, column, &more);
        }
        cleaned = Some(match cleaned {
            None => more,
            Some(before) if step.all_inputs => union_of(&before, &more),
            Some(first) => first_or_second(&first, &more)?,
        });
    }
    let town = step.town_field.as_deref().filter(|town| batch.column_by_name(town).is_some());
    if let (Some(names), Some(town)) = (&mut cleaned, town) {
        *names = without_towns(names, columns::text(&batch, town)?);
    }
    match cleaned {
        None => Ok(batch),
        Some(column) => replace(batch, &step.output, Arc::new(column)),
    }
}

/// Each alternative of a name, without the row's town at its end.
fn without_towns(names: &StringArray, towns: &StringArray) -> StringArray {
    let without = |(cell, town): (Option<&str>, Option<&str>)| {
        let (Some(cell), Some(town)) = (cell, town) else { return cell.map(str::to_owned) };
        Some(distinct_alternatives(columns::alternatives(cell).map(|name| matchflow_text::without_town(name, town))))
    };
    names.iter().zip(towns).map(without).collect()
}

/// The value of the first array, or of the second where the first has none.
fn first_or_second(first: &StringArray, second: &StringArray) -> Result<StringArray, StepError> {
    if first.null_count() == 0 {
        return Ok(first.clone());
    }
    let merged = zip(&is_not_null(first)?, first, second)?;
    Ok(StringArray::from(merged.to_data()))
}

/// The values of both arrays as alternatives, without duplicates.
fn union_of(first: &StringArray, second: &StringArray) -> StringArray {
    let both = |(first, second): (Option<&str>, Option<&str>)| match (first, second) {
        (Some(first), Some(second)) => {
            Some(distinct_alternatives(columns::alternatives(first).chain(columns::alternatives(second))))
        }
        (one, other) => one.or(other).map(str::to_owned),
    };
    first.iter().zip(second).map(both).collect()
}

/// A cell with these alternatives, without duplicates, in order.
fn distinct_alternatives<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct.join(ALTERNATIVE.encode_utf8(&mut [0; 4]))
}

/// The batch with the field `name` set to `column`; its earlier value becomes the raw field.
fn replace(batch: RecordBatch, name: &str, column: ArrayRef) -> Result<RecordBatch, StepError> {
    let schema = batch.schema();
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    let cleaned = Arc::new(Field::new(name, DataType::Utf8, true));
    match schema.index_of(name) {
        Err(_) => {
            fields.push(cleaned);
            columns.push(column);
        }
        Ok(place) => {
            let raw = format!("{RAW_PREFIX}{name}");
            if let (Some(field), Some(slot)) = (fields.get_mut(place), columns.get_mut(place)) {
                let before = std::mem::replace(field, cleaned);
                let raw_column = std::mem::replace(slot, column);
                if schema.index_of(&raw).is_err() {
                    fields.push(Arc::new(Field::new(raw, before.data_type().clone(), true)));
                    columns.push(raw_column);
                }
            }
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use matchflow_model::plan::CleanerId;

    fn batch(columns: &[(&str, &[Option<&str>])]) -> RecordBatch {
        let columns = columns.iter().map(|(name, values)| {
            let array: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
            (*name, array, true)
        });
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn step(inputs: &[&str], output: &str, cleaner: &'static str) -> CleanPlan {
        let inputs = inputs.iter().map(|input| (*input).to_owned()).collect();
        CleanPlan {
            steps: vec![CleanStep {
                inputs,
                all_inputs: false,
                output: output.to_owned(),
                cleaner: CleanerId::new(cleaner),
                town_field: None,
            }],
        }
    }

    #[test]
    fn all_inputs_are_used_if_all_are_kept() {
        let rows = batch(&[
            ("name", &[Some("CHEZ DANIEL\u{1f}DANIEL"), Some("DUPONT"), None, None]),
            ("person", &[Some("Stéphane Roussel"), Some("Dupont"), Some("Laura Durand"), None]),
        ]);
        let mut plan = step(&["name", "person", "absent"], "name", "text");
        plan.steps[0].all_inputs = true;
        let cleaned = clean_batch(rows, &plan).unwrap();
        let names: Vec<_> = columns::text(&cleaned, "name").unwrap().iter().collect();
        let all = "chez daniel\u{1f}daniel\u{1f}stephane roussel";
        assert_eq!(names, [Some(all), Some("dupont"), Some("laura durand"), None]);
    }

    #[test]
    fn the_raw_text_is_kept_next_to_the_cleaned_one() {
        let cleaned =
            clean_batch(batch(&[("town", &[Some("LYON CEDEX 03")])]), &step(&["town"], "town", "town")).unwrap();
        assert_eq!(columns::text(&cleaned, "town").unwrap().value(0), "lyon");
        assert_eq!(columns::text(&cleaned, "_raw_town").unwrap().value(0), "LYON CEDEX 03");
    }

    #[test]
    fn a_new_field_takes_the_first_input_with_a_value() {
        let rows = batch(&[
            ("siret", &[Some("73282932000074"), Some("12"), None]),
            ("vat", &[None, Some("FR44732829320"), Some("x")]),
        ]);
        let cleaned = clean_batch(rows, &step(&["siret", "vat", "absent"], "siren", "siren")).unwrap();
        let siren: Vec<_> = columns::text(&cleaned, "siren").unwrap().iter().collect();
        assert_eq!(siren, [Some("732829320"), Some("732829320"), None]);
        assert_eq!(columns::text(&cleaned, "siret").unwrap().value(1), "12", "inputs that are not the output stay");
    }

    #[test]
    fn a_step_without_its_input_is_skipped() {
        let rows = batch(&[("name", &[Some("A")])]);
        let cleaned = clean_batch(rows.clone(), &step(&["town"], "town", "town")).unwrap();
        assert_eq!(cleaned, rows);
    }
}
