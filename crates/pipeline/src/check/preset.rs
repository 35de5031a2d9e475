//! Presets: adds them to the pipeline, without the parts for which the files have no columns.
//!
//! A preset is read like the file itself and goes through every check; its parts are identified by having places in
//! sources of their own. What the user has written is never dropped.

use matchflow_model::header;
use matchflow_model::plan::{KeyExpression, ReferencePlan};

use super::Check;
use super::scope::{Side, Sides};
use crate::decode::{self, Decode, NamedMap, OneOrMany, Pair, ShortOrLong, Spanned};
use crate::error::{Place, Problems, Source};
use crate::raw::{Clean, Field, Pipeline, PresetRegistry, PresetStages, Reference, Stage};
use crate::tree::parse;

/// Adds what the pipeline lacks from its presets. The texts of the presets become further `sources`.
pub(super) fn add_presets(raw: &mut Pipeline, sources: &mut Vec<Source>, problems: &mut Problems) {
    if let Some(preset) = &raw.preset {
        if let Some(stages) = &raw.stages {
            let problem = problems.at(preset.place, "`preset` and `stages` exclude each other");
            problem.see(stages.place, "the stages").help("remove one of the two");
        } else if let Some(stages) = read::<PresetStages>(preset.value.source(), sources, problems) {
            raw.stages = stages.value.stages;
            raw.model = raw.model.take().or(stages.value.model);
        }
    }
    let Some(reference) = raw.reference.as_mut().map(|reference| &mut reference.value) else { return };
    let Some(preset) = reference.preset.as_ref().map(|preset| preset.value) else { return };
    let Some(registry) = read::<PresetRegistry>(preset.source(), sources, problems) else { return };
    let PresetRegistry { id, group, fields, filter, status, closed } = registry.value;
    reference.id = reference.id.take().or(id);
    reference.group = reference.group.take().or(group);
    reference.fields = reference.fields.take().or(fields);
    reference.filter = reference.filter.take().or(filter);
    reference.closed = reference.closed.take().or(closed.filter(|_| reference.status.is_none()));
    reference.status = reference.status.take().or(status);
}

fn read<T: Decode>(
    (name, text): (&str, &str),
    sources: &mut Vec<Source>,
    problems: &mut Problems,
) -> Option<Spanned<T>> {
    let number = sources.len();
    sources.push(Source { name: name.to_owned(), text: text.to_owned() });
    let root = parse(text, number, problems)?;
    decode::spanned(&root, problems)
}

/// Identifies the places that are in presets.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresetPlaces {
    /// The number of the first source that is a preset.
    pub(super) first_source: usize,
}

impl PresetPlaces {
    fn has(self, place: Place) -> bool {
        place.source >= self.first_source
    }

    /// The registry without the columns of its preset that are missing in the file.
    pub(super) fn fitting_registry(self, raw: &Reference, columns: &[String]) -> Reference {
        let has = |column: &Spanned<String>| !self.has(column.place) || header::find(columns, &column.value).is_some();
        let mut fitting = raw.clone();
        fitting.group = fitting.group.filter(has);
        if let Some(fields) = fitting.fields.as_mut().filter(|fields| self.has(fields.place)) {
            let all = std::mem::take(&mut fields.value.0);
            fields.value.0 = all.into_iter().filter_map(|(name, field)| fitting_field(field, &has, name)).collect();
        }
        if let Some(filter) = &mut fitting.filter {
            filter.value.0.retain(|(column, _)| has(column));
        }
        if fitting.status.as_ref().is_some_and(|status| status.value.column.as_ref().is_some_and(|one| !has(one))) {
            fitting.status = None;
            fitting.closed = fitting.closed.filter(|closed| !self.has(closed.place));
        }
        fitting
    }

    /// The stages without the parts of a preset for which neither side has a field.
    pub(super) fn fitting_stages(
        self,
        raw: Spanned<Vec<Spanned<Stage>>>,
        sides: &Sides,
        entry_keys: &'static [&'static str],
    ) -> Spanned<Vec<Spanned<Stage>>> {
        if !self.has(raw.place) {
            return raw;
        }
        let (left, right) = (SideFields::new(&sides.left), SideFields::new(&sides.right));
        let mut fields = FieldNames { left, right, entry_keys };
        let mut stages: Vec<Spanned<Stage>> = Vec::new();
        // Candidates since the last decision, and out-of-scope rows of a dropped decision.
        let (mut has_candidates, mut out_of_scope) = (false, None);
        for mut stage in raw.value {
            let is_left = match &mut stage.value {
                Stage { clean: Some(clean), .. } => fields.clean(&mut clean.value),
                Stage { candidates: Some(candidates), .. } => {
                    let search = candidates.value.search.as_mut();
                    let is_left = search.is_some_and(|search| search.retain_pairs(|pair| fields.have(pair)));
                    has_candidates |= is_left;
                    is_left
                }
                Stage { score: Some(score), .. } => {
                    let has_fields = |pair: &Pair| fields.have(pair);
                    let has_all = |compare: &Spanned<decode::FieldPairs>| compare.value.0.iter().all(has_fields);
                    score.value.0.retain(|(_, scorer)| scorer.value.compare.as_ref().is_some_and(has_all));
                    has_candidates && !score.value.0.is_empty()
                }
                Stage { decide: Some(decide), .. } => {
                    let scope = decide.value.out_of_scope.take().filter(|scope| fields.out_of_scope(&scope.value));
                    out_of_scope = out_of_scope.take().or(scope);
                    if has_candidates {
                        decide.value.out_of_scope = out_of_scope.take().map(|scope| fields.fitting_scope(scope));
                    }
                    std::mem::take(&mut has_candidates)
                }
                _ => true,
            };
            stages.extend(is_left.then_some(stage));
        }
        Spanned { value: stages, ..raw }
    }
}

impl Check<'_> {
    /// The stages without the parts of a preset for which the files have no columns.
    pub(super) fn fitting_stages(
        &mut self,
        stages: Spanned<Vec<Spanned<Stage>>>,
        raw: &Pipeline,
        sides: &Sides,
        reference: Option<&ReferencePlan>,
    ) -> Spanned<Vec<Spanned<Stage>>> {
        let mut fitting = self.places.fitting_stages(stages, sides, self.entry_keys_of(reference));
        let has_search = fitting.value.iter().any(|stage| stage.value.candidates.is_some());
        if let (Some(preset), false, true) = (&raw.preset, has_search, self.places.has(fitting.place)) {
            let problem = self.problems.at(preset.place, "the preset has no search for these fields");
            problem.help("both sides need a field `name`, or an identifier: `matchflow init` finds the columns");
            // Further missing fields in the stages follow from this.
            fitting.sound = false;
            fitting.value.clear();
        }
        fitting
    }
}

/// A field without the columns that are missing in the file; `None` if none is left.
fn fitting_field(
    mut field: Spanned<Field>,
    has: &impl Fn(&Spanned<String>) -> bool,
    name: Spanned<String>,
) -> Option<(Spanned<String>, Spanned<Field>)> {
    let is_left = match &mut field.value {
        ShortOrLong::Short(column) => has(&Spanned { value: column.clone(), place: field.place, sound: true }),
        ShortOrLong::Long(options) => {
            options.column = options.column.take().filter(has);
            if let Some(columns) = &mut options.columns {
                columns.value.0.retain(has);
            }
            options.column.is_some() || options.columns.as_ref().is_some_and(|columns| !columns.value.0.is_empty())
        }
    };
    is_left.then_some((name, field))
}

/// The fields of a side at a point in the chain.
struct SideFields {
    names: Vec<String>,
    /// False if a reported mistake hides fields: then any field may exist.
    is_complete: bool,
}

impl SideFields {
    fn new(side: &Side) -> Self {
        Self { names: side.fields.iter().map(|field| field.name.clone()).collect(), is_complete: side.complete }
    }

    fn has(&self, name: &str) -> bool {
        !self.is_complete || self.names.iter().any(|known| known == name)
    }
}

/// The fields of both sides at a point in the chain.
struct FieldNames {
    left: SideFields,
    right: SideFields,
    /// Names of an entry's values other than fields.
    entry_keys: &'static [&'static str],
}

impl FieldNames {
    fn has_either(&self, name: &Spanned<String>) -> bool {
        self.left.has(&name.value) || self.right.has(&name.value)
    }

    /// Drops fields that neither side has, and declares those that the others write. False if nothing is left.
    fn clean(&mut self, clean: &mut NamedMap<Clean>) -> bool {
        let steps = std::mem::take(&mut clean.0);
        for (output, mut step) in steps {
            let inputs: Vec<String> = match &mut step.value {
                ShortOrLong::Short(_) => vec![output.value.clone()],
                ShortOrLong::Long(options) => {
                    options.strip_town = options.strip_town.take().filter(|town| self.has_either(town));
                    let from = options.from.as_mut().map(|from| &mut from.value.0);
                    from.map_or_else(Vec::new, |from| {
                        from.retain(|input| self.has_either(input));
                        from.iter().map(|input| input.value.clone()).collect()
                    })
                }
            };
            let mut is_left = false;
            for side in [&mut self.left, &mut self.right] {
                if inputs.iter().any(|input| side.has(input)) {
                    is_left = true;
                    side.names.push(output.value.clone());
                }
            }
            clean.0.extend(is_left.then_some((output, step)));
        }
        !clean.0.is_empty()
    }

    /// Whether both sides have the fields of a pair, which may be key expressions.
    fn have(&self, pair: &Pair) -> bool {
        let has_all = |expression: &str, side: &SideFields, others: &[&str]| {
            KeyExpression::parse(expression).is_ok_and(|expression| {
                let has = |field: &str| side.has(field) || others.contains(&field);
                expression.parts.iter().all(|part| has(&part.field))
            })
        };
        has_all(&pair.left.value, &self.left, &[]) && has_all(&pair.right.value, &self.right, self.entry_keys)
    }

    fn out_of_scope(&self, scope: &crate::raw::OutOfScope) -> bool {
        let has = |field: &Spanned<String>| self.left.has(&field.value);
        scope.field.as_ref().is_some_and(|fields| fields.value.0.iter().any(has))
    }

    fn fitting_scope(&self, mut scope: Spanned<crate::raw::OutOfScope>) -> Spanned<crate::raw::OutOfScope> {
        if let Some(Spanned { value: OneOrMany(fields), .. }) = &mut scope.value.field {
            fields.retain(|field| self.left.has(&field.value));
        }
        scope
    }
}
