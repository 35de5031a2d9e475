//! The search of a `candidates` stage: checks its parameters by the types declared in the table of searches, and fills
//! in defaults.

use matchflow_candidates::ParameterType;
use matchflow_model::plan::{CandidatesPlan, ExactKey, InputPair, KeyExpression, Search, SearchValue};

use super::Check;
use super::fields::to_size;
use super::scope::{Side, Sides};
use crate::decode::{FieldPairs, ParameterValue, SearchChoice, Spanned};
use crate::raw::{Candidates, SearchCondition};

impl Check<'_> {
    pub(super) fn candidates(&mut self, raw: &Candidates, sides: &Sides) -> Option<CandidatesPlan> {
        let search = raw.search.as_ref().and_then(|search| self.search(search, sides));
        let only_if_none = raw.when.as_ref().is_some_and(|when| when.value == SearchCondition::NoCandidates);
        let candidates_max = to_size(raw.keep.as_ref().map(|keep| keep.value.0), 50);
        Some(CandidatesPlan { search: search?, only_if_none, candidates_max })
    }

    /// `None` if a required parameter is missing, which is reported. All parameters are checked in any case.
    fn search(&mut self, raw: &SearchChoice, sides: &Sides) -> Option<Search> {
        let mut search = Search::new(raw.kind.name);
        let mut is_complete = true;
        for parameter in raw.kind.parameters {
            let value = match raw.parameter(parameter.name) {
                Some(given) => self.parameter(parameter.value, given, sides),
                None => default_value(parameter.value),
            };
            match value {
                Some(value) => search = search.with(parameter.name, value),
                None => is_complete = false,
            }
        }
        is_complete.then_some(search)
    }

    fn parameter(
        &mut self,
        value_type: ParameterType,
        given: &Spanned<ParameterValue>,
        sides: &Sides,
    ) -> Option<SearchValue> {
        Some(match &given.value {
            ParameterValue::Pairs(pairs) => match value_type {
                ParameterType::Keys { .. } => SearchValue::Keys(self.keys(pairs, sides)),
                ParameterType::Field if pairs.0.len() > 1 => {
                    let problem = self.problems.at(given.place, "only one pair of name fields can be compared");
                    problem.help("join the columns in one field: `name: {columns: [...], join: alternatives}`");
                    return None;
                }
                _ => SearchValue::Pairs(self.pairs(pairs, sides, &[])),
            },
            ParameterValue::Number(number) => SearchValue::Number(to_size(Some(*number), 0)),
            ParameterValue::Word(word) => SearchValue::Word((*word).to_owned()),
        })
    }

    fn key(&mut self, raw: &Spanned<String>, side: &Side, extra: &[&str]) {
        match KeyExpression::parse(&raw.value) {
            Ok(expression) => {
                for part in expression.parts {
                    let field = Spanned { value: part.field, place: raw.place, sound: raw.sound };
                    side.require_text(&field, extra, self.problems);
                }
            }
            Err(error) => {
                let problem = self.problems.at(raw.place, format!("`{}` cannot be part of a key", error.part));
                problem.help("fields, or characters of them counted from 0, joined by `+`: `name[0:4] + postcode`");
            }
        }
    }

    /// Pairs of key expressions; the registry's may name the entry's id or group.
    fn keys(&mut self, raw: &FieldPairs, sides: &Sides) -> Vec<ExactKey> {
        for pair in &raw.0 {
            self.key(&pair.left, &sides.left, &[]);
            self.key(&pair.right, &sides.right, self.entry_keys());
        }
        raw.0.iter().map(|pair| ExactKey { left: pair.left.value.clone(), right: pair.right.value.clone() }).collect()
    }

    pub(super) fn pairs(&mut self, raw: &FieldPairs, sides: &Sides, extra: &[&str]) -> Vec<InputPair> {
        for pair in &raw.0 {
            sides.left.require_text(&pair.left, &[], self.problems);
            sides.right.require_text(&pair.right, extra, self.problems);
        }
        raw.0.iter().map(|pair| InputPair { left: pair.left.value.clone(), right: pair.right.value.clone() }).collect()
    }
}

/// The value of an omitted parameter; `None` if it is required.
fn default_value(value_type: ParameterType) -> Option<SearchValue> {
    match value_type {
        ParameterType::Keys { required: true } | ParameterType::Field => None,
        ParameterType::Keys { required: false } => Some(SearchValue::Keys(Vec::new())),
        ParameterType::Fields { default } => {
            let pair = |field: &&str| InputPair { left: (*field).to_owned(), right: (*field).to_owned() };
            Some(SearchValue::Pairs(default.iter().map(pair).collect()))
        }
        ParameterType::Number { default, .. } => Some(SearchValue::Number(to_size(Some(default), 0))),
        ParameterType::Choice { default, .. } => Some(SearchValue::Word(default.to_owned())),
    }
}
