//! The cases of a `tests:` block.

use matchflow_ingest::inline_table;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{InlineTable, Plan};

/// A test case: rows of both files and the expected results.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineTest {
    /// What the test shows.
    pub name: String,
    /// The supplier rows, with every column that the pipeline names.
    pub suppliers: InlineTable,
    /// The registry rows, with every column that the pipeline names. By default, an entry is open and passes the
    /// filters.
    pub registry: InlineTable,
    /// The expected results.
    pub expect: Vec<Expectation>,
}

/// The expected result of a row; fields that are `None` are not checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// The row's key; `None` in a case with one supplier row.
    pub key: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The entry's id.
    pub id: Option<String>,
    /// The entry's group.
    pub group: Option<String>,
    /// The label of the stage that found the entry.
    pub stage: Option<String>,
    /// Keys of rows in the same cluster.
    pub same_as: Vec<String>,
    /// Keys of rows in other clusters.
    pub different_from: Vec<String>,
    /// Minimum score.
    pub score_min: Option<f64>,
    /// Maximum score.
    pub score_max: Option<f64>,
}

impl PipelineTest {
    /// The pipeline's plan with the rows of the case instead of its files.
    pub fn plan(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        plan.source.table = inline_table(&self.suppliers);
        let entries = if plan.dedupe.is_some() { &self.suppliers } else { &self.registry };
        plan.reference.table = inline_table(entries);
        plan.outputs.clear();
        plan.execution.limit_rows = None;
        plan
    }
}

impl Expectation {
    /// The differences between `decision` and the expectation: `(what, expected, found)`.
    pub fn differences(&self, decision: &Decision) -> Vec<(&'static str, String, String)> {
        let text = |value: Option<&str>| value.unwrap_or("nothing").to_owned();
        let texts = [
            ("outcome", self.outcome.map(Outcome::as_str), Some(decision.outcome.as_str())),
            ("id", self.id.as_deref(), decision.id.as_deref()),
            ("group", self.group.as_deref(), decision.group.as_deref()),
            ("stage", self.stage.as_deref(), decision.stage.as_deref()),
        ];
        let wrong = texts.into_iter().filter(|(_, expected, found)| expected.is_some() && expected != found);
        let mut differences: Vec<_> =
            wrong.map(|(what, expected, found)| (what, text(expected), text(found))).collect();
        let score = decision.score.map_or("nothing".to_owned(), |score| format!("{score:.3}"));
        if let Some(low) = self.score_min.filter(|low| decision.score.is_none_or(|score| score < *low)) {
            differences.push(("score", format!("at least {low}"), score.clone()));
        }
        if let Some(high) = self.score_max.filter(|high| decision.score.is_some_and(|score| score > *high)) {
            differences.push(("score", format!("at most {high}"), score));
        }
        differences
    }
}
