//! Rows that a report displays: a few hundred at most, whatever the file has.

use std::collections::BTreeSet;

use matchflow_checkpoint::{CheckpointError, CheckpointTables};
use matchflow_model::plan::Plan;
use matchflow_model::reason::ComparisonLevel;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::changes::{ChangeCause, ChangeInputs, SettingHistory};
use crate::reported_rows::cell;

/// The most characters of a cell.
const CELL_MAX: usize = 200;

/// Rows that a report displays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RowSamples {
    /// Rows with the evidence for their best entry.
    pub explained: Vec<ExplainedRow>,
    /// Rows that changed since the run before.
    pub changed: Vec<ChangedRow>,
    /// Rows matched with a closed entry, those with most money first.
    pub closed: Vec<ListedRow>,
    /// Rows that no search found an entry for.
    pub without_candidate: Vec<ListedRow>,
}

/// A row with the evidence for its best entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedRow {
    /// Why it was chosen: `surest`, `barely_accepted`, `nearly_accepted` or `most_money`.
    pub chosen: String,
    /// Its key.
    pub key: String,
    /// Its number in the file.
    pub row: u64,
    /// Its outcome.
    pub outcome: String,
    /// Its score.
    pub score: Option<f64>,
    /// Its match weight.
    pub weight: Option<f64>,
    /// The entry.
    pub id: Option<String>,
    /// Its money.
    pub amount: Option<f64>,
    /// What each comparison added.
    pub comparisons: Vec<ComparisonLevel>,
    /// The supplier's fields.
    pub input: Map<String, Value>,
    /// The entry's.
    pub entry: Option<Map<String, Value>>,
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedRow {
    #[serde(flatten, skip_serializing)]
    inputs: ChangeInputs,
    /// How.
    #[serde(skip_deserializing, rename = "kind")]
    kind_name: Option<crate::changes::ChangeKind>,
    /// Why.
    #[serde(skip_deserializing)]
    causes: Vec<ChangeCause>,
    key: String,
    row: Option<u64>,
    name: Option<String>,
    amount: Option<f64>,
    outcome_before: Option<String>,
    outcome_now: Option<String>,
    id_before: Option<String>,
    id_now: Option<String>,
    score_before: Option<f64>,
    score_now: Option<f64>,
}

/// A row in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedRow {
    /// Its key.
    pub key: String,
    /// Its number in the file.
    pub row: u64,
    /// Its name.
    pub name: Option<String>,
    /// The entry.
    pub id: Option<String>,
    /// Its money.
    pub amount: Option<f64>,
}

/// Reads the rows.
pub(crate) fn read(
    tables: CheckpointTables<'_>,
    plan: &Plan,
    history: &SettingHistory,
    has_changes: bool,
) -> Result<RowSamples, CheckpointError> {
    let fields = &plan.source.fields;
    let named = ["name", "company_name"].into_iter().find(|name| fields.iter().any(|field| field.name == *name));
    let name = named.or(fields.first().map(|field| field.name.as_str())).map_or_else(|| "NULL".to_owned(), cell);
    let changed = if has_changes { changed(tables, &name, history)? } else { Vec::new() };
    let listed = |condition: &str| -> Result<Vec<ListedRow>, CheckpointError> {
        tables.typed_rows(&format!(
            "SELECT \"key\", \"row\", left({name}, {CELL_MAX}) AS name, id, amount FROM reported WHERE {condition}
            ORDER BY abs(coalesce(amount, 0)) DESC, \"row\" LIMIT 50"
        ))
    };
    Ok(RowSamples {
        explained: explained(tables)?,
        changed,
        closed: listed("outcome = 'matched' AND closed")?,
        without_candidate: listed("candidates = 0 AND outcome IN ('unmatched', 'review')")?,
    })
}

fn explained(tables: CheckpointTables<'_>) -> Result<Vec<ExplainedRow>, CheckpointError> {
    let chosen = [
        ("surest", "outcome = 'matched'", "weight DESC NULLS LAST, score DESC", 5),
        ("barely_accepted", "outcome = 'matched' AND decision IS NULL", "score, weight", 10),
        ("nearly_accepted", "outcome <> 'matched' AND score IS NOT NULL", "score DESC, weight DESC", 10),
        ("most_money", "outcome = 'review'", "abs(coalesce(amount, 0)) DESC, score DESC", 5),
    ];
    let (mut rows, mut keys) = (Vec::new(), BTreeSet::new());
    for (chosen, condition, order, rows_max) in chosen {
        let found: Vec<ExplainedRow> = tables.typed_rows(&format!(
            "SELECT '{chosen}' AS chosen, \"key\", \"row\", outcome, score, weight, id, amount, comparisons, input::JSON AS input,
                entry::JSON AS entry FROM reported WHERE {condition} ORDER BY {order}, \"row\" LIMIT {rows_max}"
        ))?;
        rows.extend(found.into_iter().filter(|row| keys.insert(row.key.clone())));
    }
    for row in &mut rows {
        row.input.values_mut().chain(row.entry.iter_mut().flat_map(Map::values_mut)).for_each(shorten);
    }
    Ok(rows)
}

fn changed(
    tables: CheckpointTables<'_>,
    name: &str,
    history: &SettingHistory,
) -> Result<Vec<ChangedRow>, CheckpointError> {
    let mut rows: Vec<ChangedRow> = tables.typed_rows(&format!(
        "SELECT changed.*, left(named.name, {CELL_MAX}) AS name FROM changed
        LEFT JOIN (SELECT \"key\", {name} AS name FROM reported) AS named USING (\"key\")
        ORDER BY kind = 'new_row', abs(coalesce(amount, 0)) DESC, \"row\", \"key\" LIMIT 200"
    ))?;
    for row in &mut rows {
        row.causes = history.causes(&row.inputs);
        row.kind_name = Some(row.inputs.kind);
    }
    Ok(rows)
}

fn shorten(cell: &mut Value) {
    let Value::String(text) = cell else { return };
    if let Some((end, _)) = text.char_indices().nth(CELL_MAX) {
        text.truncate(end);
        text.push('…');
    }
}
