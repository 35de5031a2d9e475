//! All rows in memory, in short: what the queue lists, filters, counts and orders.
//!
//! **Limits.** Some 300 bytes a row. Of a field with more than [`VALUES_MAX`] reasons, the later ones count as one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use matchflow_checkpoint::{CheckpointError, CheckpointTables, ReviewRow};
use matchflow_model::columns::ALTERNATIVE;
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::Plan;
use matchflow_model::reason::{Reason, Reasons};
use serde_json::{Map, Value};

/// Different reasons: one bit each.
const VALUES_MAX: usize = 128;

/// A row in short.
#[derive(Debug, Clone)]
pub(crate) struct ListedRow {
    pub(crate) key: Box<str>,
    pub(crate) row: u64,
    pub(crate) digest: u64,
    /// Where its result is.
    pub(crate) place: i64,
    /// The supplier's name, as the file has it.
    pub(crate) name: Box<str>,
    pub(crate) outcome: Outcome,
    /// Numbers of texts of the list.
    pub(crate) stage: u32,
    pub(crate) town: u32,
    /// A bit for each reason.
    pub(crate) reasons: u128,
    pub(crate) score: Option<f64>,
    pub(crate) margin: Option<f64>,
    pub(crate) amount: Option<f64>,
    pub(crate) is_closed: Option<bool>,
    /// The entry and the group that the result names.
    pub(crate) id: Option<Box<str>>,
    pub(crate) group: Option<Box<str>>,
    /// The number of its run.
    pub(crate) run: u32,
    /// What rows with the same name and postcode share; `None` without a name.
    pub(crate) alike: Option<u64>,
    /// The name, the town and the key, as they are searched.
    pub(crate) searched: Box<str>,
}

impl ListedRow {
    /// Whether the result names an entry or a group.
    pub(crate) fn has_proposal(&self) -> bool {
        self.id.is_some() || self.group.is_some()
    }
}

/// Different texts, each with a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextNumbers {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl TextNumbers {
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// The rows of a pipeline, in the order of the supplier file.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowList {
    pub(crate) rows: Vec<ListedRow>,
    pub(crate) stages: TextNumbers,
    pub(crate) towns: TextNumbers,
    /// `+same name`, `-other town`, `!closed_entry`: what agrees, what differs, and other reasons by their codes.
    pub(crate) reasons: TextNumbers,
    /// The runs that decided them.
    pub(crate) runs: Vec<ReviewedRun>,
    run_ids: TextNumbers,
    by_key: HashMap<Box<str>, usize>,
}

/// A run, and what it was made of.
#[derive(Debug, Clone)]
pub(crate) struct ReviewedRun {
    pub(crate) id: String,
    /// The digests of its registry and of its plan.
    pub(crate) registry: String,
    pub(crate) plan: String,
}

/// The supplier's fields that the list knows.
struct ListedFields {
    name: Option<String>,
    amount: Option<String>,
}

impl RowList {
    /// Reads the newest results of a pipeline.
    pub(crate) fn read(plan: &Plan, tables: CheckpointTables<'_>) -> Result<RowList, CheckpointError> {
        let has = |name: &&str| plan.source.fields.iter().any(|field| field.name == **name);
        let name = ["name", "company_name"].iter().find(|name| has(name)).map(|name| (*name).to_owned());
        let fields = ListedFields {
            name: name.or_else(|| plan.source.fields.first().map(|field| field.name.clone())),
            amount: plan.report.amount.clone(),
        };
        let mut list = RowList::default();
        tables.review_rows(|row| list.add(row, &fields))?;
        list.by_key = list.rows.iter().enumerate().map(|(number, row)| (row.key.clone(), number)).collect();
        Ok(list)
    }

    /// The number of the row with this key.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    fn add(&mut self, row: ReviewRow<'_>, fields: &ListedFields) {
        let input: Map<String, Value> = serde_json::from_str(row.input).unwrap_or_default();
        let text = |name: &str| input.get(name).map(text_of).unwrap_or_default();
        let name = fields.name.as_deref().map(text).unwrap_or_default();
        let town = ["town", "city"].into_iter().map(text).find(|town| !town.is_empty()).unwrap_or_default();
        let amount = fields.amount.as_deref().map(text).and_then(|amount| amount.parse().ok());
        let folded = matchflow_text::fold(&name);
        let alike = folded.as_ref().map(|name| {
            let mut hasher = DefaultHasher::new();
            (name, text("postcode")).hash(&mut hasher);
            hasher.finish()
        });
        let folded_town = matchflow_text::fold(&town).unwrap_or_default();
        let reasons = reason_texts(row.reasons);
        let reasons = reasons.iter().fold(0, |bits, text| {
            let number = (self.reasons.number(text) as usize).min(VALUES_MAX - 1);
            bits | 1_u128 << number
        });
        let run = self.run_ids.number(row.run_id);
        if run as usize == self.runs.len() {
            let [registry, plan] = [row.reference_digest, row.plan_digest].map(str::to_owned);
            self.runs.push(ReviewedRun { id: row.run_id.to_owned(), registry, plan });
        }
        self.rows.push(ListedRow {
            key: row.key.into(),
            row: row.row,
            digest: row.digest,
            place: row.place,
            outcome: row.outcome,
            stage: self.stages.number(row.stage.unwrap_or_default()),
            // One town in different spellings is one.
            town: self.towns.number(&folded_town.to_uppercase()),
            reasons,
            score: row.score,
            margin: row.margin,
            amount,
            is_closed: row.is_closed,
            id: row.id.map(Into::into),
            group: row.group.map(Into::into),
            run,
            alike,
            searched: format!("{} {folded_town} {}", folded.unwrap_or_default(), row.key.to_lowercase()).into(),
            name: name.into(),
        });
    }
}

/// The text of a field as the result has it.
pub(crate) fn text_of(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.split(ALTERNATIVE).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// The reasons of a result as facets list them.
fn reason_texts(json: &str) -> Vec<String> {
    let mut found = Vec::new();
    for reason in Reasons::from_json(json).0 {
        if let Reason::Agreement { agrees, differs } = &reason {
            found.extend(agrees.iter().map(|one| format!("+{}", one.level)));
            found.extend(differs.iter().map(|one| format!("-{}", one.level)));
            continue;
        }
        let code = serde_json::to_value(&reason).ok();
        let code = code.as_ref().and_then(|reason| reason.get("code")?.as_str());
        found.extend(code.map(|code| format!("!{code}")));
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A list of these rows alone.
    pub(crate) fn list_of(rows: Vec<ListedRow>) -> RowList {
        RowList { rows, ..RowList::default() }
    }

    /// A row in review.
    pub(crate) fn listed(key: &str, score: Option<f64>, amount: Option<f64>) -> ListedRow {
        ListedRow {
            key: key.into(),
            row: 2,
            digest: 7,
            place: 0,
            name: key.into(),
            outcome: Outcome::Review,
            stage: 0,
            town: 0,
            reasons: 0,
            score,
            margin: None,
            amount,
            is_closed: None,
            id: None,
            group: None,
            run: 0,
            alike: None,
            searched: "".into(),
        }
    }

    #[test]
    fn reasons_are_what_agrees_what_differs_and_codes() {
        let json = r#"[{"code":"agreement","agrees":[{"comparison":"name","level":"same name"}],
            "differs":[{"comparison":"place","level":"elsewhere"}]},{"code":"no_candidate"}]"#;
        assert_eq!(reason_texts(json), ["+same name", "-elsewhere", "!no_candidate"]);
        assert_eq!(reason_texts("as an old version wrote it"), ["!text"]);
        assert_eq!(text_of(&Value::from("a\u{1f}b\u{1f}")), "a / b");
    }
}
