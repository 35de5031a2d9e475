//! The table of a `source` or a `reference`: its format, files and options.

use matchflow_ingest::TableOptions;
use matchflow_model::header;
use matchflow_model::plan::TablePlan;

use super::Check;
use crate::decode::{NamedMap, ShortOrLong, Spanned, TableChoice};
use crate::error::Place;
use crate::raw::Field;

/// The places of a table's keys, for reporting faults.
pub(super) type Places = Vec<(&'static str, Place)>;

/// A table, and the places of its keys.
pub(super) struct PlacedTable {
    pub(super) plan: TablePlan,
    pub(super) places: Places,
    /// Columns that the reader adds.
    pub(super) row_columns: Vec<&'static str>,
}

/// The columns that the pipeline names, without duplicates.
pub(super) fn names_of<'a>(
    others: impl Iterator<Item = &'a Spanned<String>>,
    fields: Option<&'a Spanned<NamedMap<Field>>>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let is_made = [super::input::INDEX, header::SHEET, header::ROW, header::HIDDEN, header::FILE].contains(&name);
        if !is_made && header::letter(name).is_none() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    others.for_each(|name| add(&name.value));
    for (_, field) in fields.iter().flat_map(|fields| &fields.value.0) {
        match &field.value {
            ShortOrLong::Short(column) => add(column),
            ShortOrLong::Long(field) => {
                let many = field.columns.iter().chain(&field.synonyms).flat_map(|names| &names.value.0);
                field.column.iter().chain(many).for_each(|name| add(&name.value));
            }
        }
    }
    names
}

impl Check<'_> {
    /// The plan of a table; `expected` are the columns by which its header can be found.
    pub(super) fn table(&mut self, choice: &TableChoice, expected: &[String]) -> Option<PlacedTable> {
        let TableChoice { format, files, options } = choice;
        let files_placed = files.iter().map(|(key, path)| (*key, path.place));
        let places: Places = files_placed.chain(options.iter().map(|(key, option)| (*key, option.place))).collect();
        let given = options.iter().map(|(key, option)| ((*key).to_owned(), option.value.clone()));
        let options: TableOptions = given.collect();
        let place = |key: &str| places.iter().find(|(known, _)| *known == key).map(|(_, place)| *place);
        for conflict in format.conflicts(&options) {
            let (other, label) = conflict.other;
            let problem = self.problems.at(place(conflict.key).unwrap_or_default(), conflict.message);
            problem.see(place(other).unwrap_or_default(), label).help(conflict.help);
        }
        if format.keys().iter().any(|key| key.is_required && place(key.name).is_none()) {
            return None;
        }
        let plan = TablePlan {
            format: format.name().to_owned(),
            files: files.iter().map(|(key, path)| ((*key).to_owned(), self.path_or_stream(path))).collect(),
            options: format.options(options, expected),
        };
        let plan = match self.environment.with_files(plan.clone(), self.checkpoint.as_deref()) {
            Ok(plan) => plan,
            Err(fault) => {
                let place = places.first().map_or(Place::default(), |(_, place)| *place);
                self.problems.at(place, fault.message).condition(fault.condition);
                return None;
            }
        };
        let mut row_columns = format.row_columns(&plan).to_vec();
        if plan.files.len() > 1 {
            row_columns.push(header::FILE);
        }
        Some(PlacedTable { plan, places, row_columns })
    }
}
