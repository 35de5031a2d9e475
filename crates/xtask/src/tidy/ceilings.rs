//! `tidy/ceilings.json`: values that currently exceed a limit, and may only shrink.

use std::collections::BTreeMap;

use super::{TidyError, Violation};

/// The data file, relative to the root.
pub(super) const FILE: &str = "crates/xtask/tidy/ceilings.json";

/// A number that a rule limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The rule's name.
    pub rule: &'static str,
    /// What is measured: a file, a crate, a name.
    pub key: String,
    /// The number.
    pub value: usize,
    /// The maximum that the rule allows.
    pub limit: usize,
    /// Where to look first.
    pub file: String,
    /// The line there, from 1.
    pub line: usize,
    /// The problem in words, with the numbers.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Values allowed above the limits, by rule and key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceilings {
    by_rule: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Ceilings {
    /// Reads the data file.
    pub fn parse(text: &str) -> Result<Self, TidyError> {
        match serde_json::from_str(text) {
            Ok(by_rule) => Ok(Self { by_rule }),
            Err(error) => Err(TidyError::Data { file: FILE, line: error.line(), problem: error.to_string() }),
        }
    }

    /// The data file's text.
    pub fn render(&self) -> String {
        let text = serde_json::to_string_pretty(&self.by_rule).unwrap_or_default();
        format!("{text}\n")
    }

    /// The ceilings under which everything measured passes.
    pub fn from_measures(measures: &[Measure]) -> Self {
        let mut by_rule: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for measure in measures.iter().filter(|measure| measure.value > measure.limit) {
            by_rule.entry(measure.rule.to_owned()).or_default().insert(measure.key.clone(), measure.value);
        }
        Self { by_rule }
    }

    /// Each ceiling lowered to the measured value; ceilings that are no longer needed are removed.
    #[must_use]
    pub fn lowered(&self, measures: &[Measure]) -> Self {
        let mut ceilings = Self::from_measures(measures);
        ceilings.by_rule.retain(|rule, keys| {
            keys.retain(|key, value| match self.ceiling(rule, key) {
                Some(ceiling) => {
                    *value = ceiling.min(*value);
                    true
                }
                None => false,
            });
            !keys.is_empty()
        });
        ceilings
    }

    /// Measures above both their limit and their ceiling.
    pub fn exceeded(&self, measures: &[Measure]) -> Vec<Violation> {
        let above = measures.iter().filter(|measure| {
            measure.value > measure.limit.max(self.ceiling(measure.rule, &measure.key).unwrap_or_default())
        });
        let violations = above.map(|measure| Violation {
            file: measure.file.clone(),
            line: measure.line,
            rule: measure.rule,
            problem: match self.ceiling(measure.rule, &measure.key) {
                Some(ceiling) => format!("{} (today's ceiling: {ceiling})", measure.problem),
                None => measure.problem.clone(),
            },
            remedy: measure.remedy.clone(),
        });
        violations.collect()
    }

    /// Ceilings that exceed the measured values.
    pub fn loose(&self, measures: &[Measure]) -> Vec<String> {
        let mut loose = Vec::new();
        for (rule, keys) in &self.by_rule {
            for (key, ceiling) in keys {
                let measured = measures.iter().find(|measure| measure.rule == rule && &measure.key == key);
                let value = measured.map_or(0, |measure| measure.value);
                if value < *ceiling {
                    loose.push(format!("{rule} {key}: {value} < {ceiling}"));
                }
            }
        }
        loose
    }

    fn ceiling(&self, rule: &str, key: &str) -> Option<usize> {
        self.by_rule.get(rule)?.get(key).copied()
    }
}
