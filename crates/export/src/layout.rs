//! Which columns the files have, and what the summary says.

use matchflow_model::reject::Reject;

/// Alternatives that a workbook has columns for; a decision has no more.
pub(crate) const ALTERNATIVES: usize = 5;

/// The columns that depend on the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The supplier's fields, in order.
    pub input_fields: Vec<String>,
    /// The registry's fields, in order.
    pub entry_fields: Vec<String>,
    /// The scorers in the evidence, in order.
    pub scorers: Vec<String>,
    /// Whether a match model weighs: results have the entry's own probability and the match weight then.
    pub is_weighed: bool,
    /// What the registry calls an entry's id (`siret`): the header in a workbook.
    pub id_label: String,
    /// What the registry calls a group (`siren`): the header in a workbook.
    pub group_label: String,
}

/// What a workbook's other sheets say besides the counts, which are taken from the results themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The pipeline's name.
    pub pipeline: String,
    /// Facts of the run, each with its label, in order.
    pub facts: Vec<(String, String)>,
    /// Cells that did not fit their declared type, or the first of them.
    pub rejects: Vec<Reject>,
    /// How many there are in all.
    pub rejects_total: u64,
}

impl Layout {
    /// Headers of the CSV file: snake case, `in_` and `entry_` before the fields.
    pub(crate) fn csv_headers(&self) -> Vec<String> {
        let mut headers = words(&["key", "row"]);
        headers.extend(self.input_fields.iter().map(|field| format!("in_{field}")));
        headers.extend(words(&["outcome", "score", "stage", "id", "group"]));
        headers.extend(self.entry_fields.iter().map(|field| format!("entry_{field}")));
        headers.push("margin".to_owned());
        headers.extend(if self.is_weighed { words(&["entry_score", "weight"]) } else { Vec::new() });
        headers.extend(words(&["candidates", "reason", "alternatives", "evidence", "error"]));
        headers
    }

    /// Headers of the workbook, for people.
    pub(crate) fn workbook_headers(&self) -> Vec<String> {
        let label = |label: &str, otherwise| format!("registry {}", if label.is_empty() { otherwise } else { label });
        let mut headers = words(&["key", "row"]);
        headers.extend(self.input_fields.iter().cloned());
        headers.extend(words(&["outcome", "score", "stage"]));
        headers.push(label(&self.id_label, "id"));
        headers.push(label(&self.group_label, "group"));
        headers.extend(self.entry_fields.iter().map(|field| format!("registry {field}")));
        headers.push("margin".to_owned());
        if self.is_weighed {
            headers.push(format!("{} score", label(&self.id_label, "id")));
            headers.push("match weight, bits".to_owned());
        }
        headers.extend(words(&["candidates", "reason"]));
        headers.extend((1..=ALTERNATIVES).map(|number| format!("alternative {number}")));
        headers.extend(self.scorers.iter().map(|scorer| format!("{scorer} score")));
        headers.push("error".to_owned());
        headers
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
