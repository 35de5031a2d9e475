//! `clean` stages: the fields that they read and write.

use matchflow_model::plan::{CleanPlan, CleanStep, CleanerId, FieldType};

use super::Check;
use super::scope::{KnownField, Sides};
use crate::decode::{NamedMap, ShortOrLong, Spanned};
use crate::error::Place;
use crate::raw::{Clean, InputSelection};
use crate::suggest::listed;

/// The cleaner of the field that `strip_town` names.
const TOWN: CleanerId = CleanerId::new("town");

impl Check<'_> {
    /// Checks a clean stage. `found`: a search for candidates precedes it.
    pub(super) fn clean(&mut self, raw: &Spanned<NamedMap<Clean>>, found: bool, sides: &mut Sides) -> CleanPlan {
        if raw.value.0.is_empty() {
            self.problems.at(raw.place, "the stage cleans nothing").help("add `field: cleaner`, or remove the stage");
        }
        let mut steps = Vec::new();
        for (output, clean) in &raw.value.0 {
            let output_only = [output.clone()];
            let mut town_field = None;
            let (inputs, cleaner, all_inputs): (&[Spanned<String>], Option<CleanerId>, bool) = match &clean.value {
                ShortOrLong::Short(cleaner) => (&output_only, Some(*cleaner), false),
                ShortOrLong::Long(long) => {
                    let from = long.from.as_ref().map_or(&[][..], |from| &from.value.0);
                    town_field = long.strip_town.as_ref();
                    let all_inputs = long.keep.as_ref().is_some_and(|keep| keep.value == InputSelection::All);
                    (from, long.r#as.as_ref().map(|cleaner| cleaner.value), all_inputs)
                }
            };
            for input in inputs.iter().chain(town_field) {
                self.clean_input(input, sides);
            }
            if let Some(town) = town_field {
                self.cleaned_town(town, sides);
            }
            self.clean_output(output, inputs, found, sides);
            let names: Vec<String> = inputs.iter().map(|input| input.value.clone()).collect();
            write(output, &names, cleaner, sides);
            if let Some(cleaner) = cleaner {
                let town_field = town_field.map(|town| town.value.clone());
                steps.push(CleanStep { inputs: names, all_inputs, output: output.value.clone(), cleaner, town_field });
            }
        }
        if !raw.sound {
            sides.forget();
        }
        CleanPlan { steps }
    }

    fn clean_input(&mut self, input: &Spanned<String>, sides: &mut Sides) {
        let name = &input.value;
        if !sides.has(name) {
            let mut names: Vec<&str> = Vec::new();
            for field in sides.left.fields.iter().chain(&sides.right.fields) {
                if !names.contains(&field.name.as_str()) {
                    names.push(&field.name);
                }
            }
            let help = listed("fields: ", name, names.into_iter());
            self.problems.at(input.place, format!("neither side has a field `{name}` at this point")).help(help);
        }
        let typed =
            |side: &&mut super::scope::Side| side.find(name).is_some_and(|field| field.data_type != FieldType::Text);
        if sides.both().iter().any(typed) {
            let problem = self.problems.at(input.place, format!("`{name}` is not text; only text can be cleaned"));
            problem.help("remove its `type`");
        }
    }

    /// A town is removed from cleaned names, so it must have been cleaned too.
    fn cleaned_town(&mut self, town: &Spanned<String>, sides: &Sides) {
        let is_raw =
            |side: &super::scope::Side| side.find(&town.value).is_some_and(|field| field.cleaner != Some(TOWN));
        if is_raw(&sides.left) || is_raw(&sides.right) {
            let problem = self.problems.at(town.place, format!("`{}` is not cleaned as a town here", town.value));
            problem.help(format!("add `{}: town` before this field", town.value));
        }
    }

    fn clean_output(&mut self, output: &Spanned<String>, inputs: &[Spanned<String>], found: bool, sides: &Sides) {
        let name = &output.value;
        let in_place = inputs.iter().any(|input| input.value == *name);
        let known = [&sides.left, &sides.right].into_iter().filter_map(|side| side.find(name));
        let cleaned: Option<Place> = known.clone().find_map(|field| field.cleaned);
        let exists = known.count() > 0;
        let new_name = format!("write a new field: `{name}_2: {{from: {name}, as: ...}}`");
        if let Some(first) = cleaned {
            let problem = self.problems.at(output.place, format!("`{name}` has already been cleaned"));
            problem.help(new_name).see(first, "cleaned here");
        } else if exists && !in_place {
            let problem = self.problems.at(output.place, format!("this would overwrite the field `{name}`"));
            problem.help("choose a new name, or include the field: `from: [..., {name}]`".replace("{name}", name));
        } else if exists && found {
            let message = format!("`{name}` cannot be cleaned in place after a `candidates` stage");
            let problem = self.problems.at(output.place, message);
            problem.help(format!(
                "the registry is cleaned once, before it is indexed; move this before the search, or {new_name}"
            ));
        } else if !exists {
            self.field_name(output);
        }
    }
}

/// Declares the field that a step writes, on the sides that have an input for it.
fn write(output: &Spanned<String>, inputs: &[String], cleaner: Option<CleanerId>, sides: &mut Sides) {
    for side in sides.both() {
        if !inputs.iter().any(|input| side.find(input).is_some()) {
            continue;
        }
        match side.find_mut(&output.value) {
            Some(field) => (field.cleaned, field.cleaner) = (Some(output.place), cleaner),
            None => side.fields.push(KnownField {
                name: output.value.clone(),
                data_type: FieldType::Text,
                cleaned: Some(output.place),
                cleaner,
            }),
        }
    }
}
