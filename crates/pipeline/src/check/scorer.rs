//! `score` stages: their plug-ins, parameters and the fields that they compare.

use matchflow_model::digest::canonical_json;
use matchflow_model::plan::{CleanerId, OnFailure, ScorePlan, ScorerPlan};

use super::fields::to_size;
use super::scope::{Side, Sides};
use super::{Check, CheckedPlugin};
use crate::decode::{FieldPairs, NamedMap, Spanned};
use crate::environment::{PluginFacts, PluginInput};
use crate::error::Place;
use crate::raw::Scorer;

/// The kind of an input that takes any text.
const ANY_KIND: &str = "text";

impl Check<'_> {
    pub(super) fn score(
        &mut self,
        raw: &Spanned<NamedMap<Scorer>>,
        stage: &str,
        sides: &Sides,
        plugins: &mut Vec<CheckedPlugin>,
    ) -> ScorePlan {
        if raw.value.0.is_empty() {
            let problem = self.problems.at(raw.place, "the stage has no scorer");
            problem.help("add at least one: `name: {plugin: ..., compare: [...]}`");
        }
        let mut scorers = Vec::new();
        for (name, scorer) in &raw.value.0 {
            let Some((plan, facts)) = self.scorer(name, &scorer.value, sides) else { continue };
            plugins.push(CheckedPlugin { stage: stage.to_owned(), scorer: name.value.clone(), facts });
            scorers.push(plan);
        }
        let model = self.match_model(&scorers, raw.place);
        ScorePlan { scorers, model, of_pairs: self.prior.is_some() }
    }

    fn scorer(&mut self, name: &Spanned<String>, raw: &Scorer, sides: &Sides) -> Option<(ScorerPlan, PluginFacts)> {
        let inputs = raw.compare.as_ref().map(|compare| self.pairs(&compare.value, sides, self.entry_keys()));
        let path = raw.plugin.as_ref()?;
        let plugin = self.plugin_path(path);
        let facts = match self.plugin(&plugin) {
            Ok(facts) => facts,
            Err(fault) => {
                self.problems.at(path.place, fault.message);
                return None;
            }
        };
        let parameters = self.scorer_parameters(&facts, name, raw, &plugin)?;
        let (inputs, compare) = (inputs?, raw.compare.as_ref()?);
        self.input_count(&facts, inputs.len(), compare.place);
        self.input_kinds(&facts, &compare.value, sides);
        let plan = ScorerPlan {
            name: name.value.clone(),
            plugin,
            digest: facts.digest.clone(),
            inputs,
            weight: raw.weight.as_ref().map_or(1.0, |weight| weight.value.0),
            parameters,
            timeout_ms: raw.timeout.as_ref().map_or(5_000, |timeout| timeout.value.0),
            memory_bytes_max: to_size(raw.memory.as_ref().map(|memory| memory.value.0), 64 << 20),
            output_bytes_max: to_size(raw.output.as_ref().map(|output| output.value.0), 16 << 20),
            on_failure: raw.on_failure.as_ref().map_or(OnFailure::FailRows, |on_failure| on_failure.value),
        };
        Some((plan, facts))
    }

    /// Checks the parameters, first with the plug-in's schema, which locates mistakes, then with the plug-in.
    fn scorer_parameters(
        &mut self,
        facts: &PluginFacts,
        name: &Spanned<String>,
        raw: &Scorer,
        plugin: &std::path::Path,
    ) -> Option<String> {
        let given = raw.parameters.as_ref();
        if given.is_some_and(|given| !given.sound)
            || !self.fits(&facts.name, &facts.parameters, given.map(|given| &given.value), name.place)
        {
            return None;
        }
        // Rows are matched again when this text changes: the order of keys must not matter.
        let parameters = given.map_or_else(|| "{}".to_owned(), |given| canonical_json(&given.value.value));
        match self.configure(plugin, &parameters) {
            Ok(()) => Some(parameters),
            Err(fault) => {
                self.problems.at(given.map_or(name.place, |given| given.place), fault.message);
                None
            }
        }
    }

    fn input_count(&mut self, facts: &PluginFacts, count: usize, place: Place) {
        let required = facts.inputs.iter().filter(|input| input.required).count();
        if (required..=facts.inputs.len()).contains(&count) {
            return;
        }
        let name = |input: &PluginInput| match input.required {
            true => format!("`{}`", input.name),
            false => format!("`{}` (optional)", input.name),
        };
        let names: Vec<String> = facts.inputs.iter().map(name).collect();
        let message = format!("the plug-in {} cannot compare {count} pairs of fields", facts.name);
        self.problems.at(place, message).help(format!("it compares, in this order: {}", names.join(", ")));
    }

    /// Warns about fields that were not cleaned as the plug-in expects, which makes its scores less reliable.
    fn input_kinds(&mut self, facts: &PluginFacts, compared: &FieldPairs, sides: &Sides) {
        for (input, pair) in facts.inputs.iter().zip(&compared.0) {
            let expected = input.kind.replace('-', "_");
            if expected == ANY_KIND || matchflow_text::cleaner(&expected).is_none() {
                continue;
            }
            let (left, right) = (
                cleaned_otherwise(&expected, &pair.left, &sides.left),
                cleaned_otherwise(&expected, &pair.right, &sides.right),
            );
            let both = pair.left.place == pair.right.place && left == right;
            let sides = [(&pair.left, left, "supplier "), (&pair.right, right.filter(|_| !both), "registry ")];
            for (name, found, side) in sides {
                let Some((found, cleaned)) = found else { continue };
                let (side, field) = (if both { "" } else { side }, &name.value);
                let message = format!("the {side}field `{field}` is {found}; {} expects `{expected}`", facts.name);
                let problem = self.problems.warn(name.place, message);
                problem.help(format!("add it to a `clean` stage before this one: `{field}: {expected}`"));
                if let Some(place) = cleaned {
                    problem.see(place, "cleaned here");
                }
            }
        }
    }
}

/// How and where a field was cleaned, if not as expected.
fn cleaned_otherwise(expected: &str, name: &Spanned<String>, side: &Side) -> Option<(String, Option<Place>)> {
    let field = side.find(&name.value)?;
    let found = field.cleaner.map(CleanerId::name);
    match (found, field.cleaned) {
        (Some(found), _) if found == expected => None,
        (Some(found), place) => Some((format!("cleaned as `{found}`"), place)),
        // A misspelt cleaner has been reported already.
        (None, Some(_)) => None,
        (None, None) => Some(("not cleaned".to_owned(), None)),
    }
}
