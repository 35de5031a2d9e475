//! The quality of the supplier file: what fields lack, identifiers that fail their check, duplicates, and money that moves to
//! closed companies. And which rows no search can find an entry for.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_checkpoint::{CheckpointError, CheckpointTables};
use matchflow_model::plan::{CandidatesPlan, KeyExpression, Plan, SearchValue, StageKind};
use matchflow_text::{CleanerInfo, ValueKind, cleaner, is_missing};
use serde::{Deserialize, Serialize};

use crate::reported_rows::{cell, has_column};

/// A field of the supplier file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldQuality {
    /// Its name in the pipeline.
    pub field: String,
    /// Rows with a value.
    pub filled: u64,
    /// Rows without one.
    pub missing: u64,
    /// For an identifier: values that fail its check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<u64>,
}

/// Rows that lack what a search, or every search, needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LackSection {
    /// The candidate stage; `None`: every one.
    pub stage: Option<String>,
    /// The fields that are empty, of those that the searches read.
    pub fields: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Their money.
    pub amount: Option<f64>,
}

/// Counts of duplicates and closed entries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DuplicateCounts {
    /// Companies matched by several rows.
    pub shared_companies: u64,
    /// Rows matched with them.
    pub shared_company_rows: u64,
    /// Rows that repeat all fields of an earlier one.
    pub repeated_rows: u64,
    /// Rows matched with a closed entry.
    pub closed: u64,
    /// Their money.
    pub closed_amount: Option<f64>,
    /// Those whose amount is not zero.
    pub closed_with_money: u64,
    /// Rows matched at the level of the company.
    pub company_only: u64,
    /// Rows without any candidate.
    pub without_candidate: u64,
    /// Rows that people decided.
    pub decided: u64,
    /// Rejected cells.
    pub rejected_cells: u64,
}

pub(crate) fn counts(tables: CheckpointTables<'_>) -> Result<DuplicateCounts, CheckpointError> {
    tables.typed_row(
        "WITH shared AS (SELECT count(*) AS rows FROM reported WHERE outcome = 'matched' GROUP BY coalesce(\"group\", id) HAVING count(*) > 1),
        closed AS (SELECT amount FROM reported WHERE outcome = 'matched' AND closed)
        SELECT (SELECT count(*) FROM shared) AS shared_companies,
            (SELECT coalesce(sum(rows), 0)::BIGINT FROM shared) AS shared_company_rows,
            (SELECT count(*) - count(DISTINCT input) FROM reported) AS repeated_rows,
            (SELECT count(*) FROM closed) AS closed, (SELECT sum(amount) FROM closed) AS closed_amount,
            (SELECT count(*) FROM closed WHERE amount <> 0) AS closed_with_money,
            (SELECT count(*) FROM reported WHERE outcome = 'matched' AND level = 'company') AS company_only,
            (SELECT count(*) FROM reported WHERE candidates = 0 AND outcome IN ('unmatched', 'review')) AS without_candidate,
            (SELECT count(*) FROM reported WHERE decision IS NOT NULL) AS decided,
            (SELECT count(*) FROM rejects SEMI JOIN reported USING (run_id, \"key\")) AS rejected_cells",
    )
}

/// Every field of the supplier file.
pub(crate) fn fields(tables: CheckpointTables<'_>, plan: &Plan) -> Result<Vec<FieldQuality>, CheckpointError> {
    #[derive(Deserialize)]
    struct FieldCounts {
        filled: u64,
        missing: u64,
    }
    let mut fields = Vec::new();
    for (number, field) in plan.source.fields.iter().enumerate() {
        let has = has_column(number);
        let FieldCounts { filled, missing } = tables.typed_row(&format!(
            "SELECT count(*) FILTER ({has}) AS filled, count(*) FILTER (NOT {has}) AS missing FROM reported"
        ))?;
        let invalid = identifier_cleaner(plan, &field.name).map(|cleaner| invalid(tables, &field.name, cleaner));
        fields.push(FieldQuality { field: field.name.clone(), filled, missing, invalid: invalid.transpose()? });
    }
    Ok(fields)
}

/// The cleaner that checks a field's values, where they are identifiers: the one of its name, or the one that reads it first.
pub(crate) fn identifier_cleaner(plan: &Plan, field: &str) -> Option<&'static CleanerInfo> {
    let is_identifier = |cleaner: &&'static CleanerInfo| cleaner.kind == ValueKind::Identifier;
    let by_step = || {
        let steps = plan.stages.iter().filter_map(|stage| match &stage.kind {
            StageKind::Clean(plan) => Some(&plan.steps),
            _ => None,
        });
        let mut readers = steps.flatten().filter(|step| step.inputs.first().is_some_and(|input| input == field));
        readers.find_map(|step| cleaner(step.cleaner.name()).filter(is_identifier))
    };
    cleaner(field).filter(is_identifier).or_else(by_step)
}

/// How many cells of a field have a value that fails its check: each distinct value is checked once.
fn invalid(tables: CheckpointTables<'_>, field: &str, cleaner: &CleanerInfo) -> Result<u64, CheckpointError> {
    #[derive(Deserialize)]
    struct CellCount {
        cell: String,
        rows: u64,
    }
    let cell = cell(field);
    let cells: Vec<CellCount> = tables.typed_rows(&format!(
        "SELECT cell, count(*) AS rows FROM (SELECT {cell} AS cell FROM reported) WHERE coalesce(trim(cell), '') <> '' GROUP BY cell"
    ))?;
    let is_invalid = |one: &&CellCount| !is_missing(&one.cell) && (cleaner.clean)(&one.cell).is_none();
    Ok(cells.iter().filter(is_invalid).map(|one| one.rows).sum())
}

/// The rows that lack the fields of each search, and of all of them.
pub(crate) fn lacks(tables: CheckpointTables<'_>, plan: &Plan) -> Result<Vec<LackSection>, CheckpointError> {
    let searches: Vec<(&str, String, BTreeSet<usize>)> = plan
        .stages
        .iter()
        .filter_map(|stage| match &stage.kind {
            StageKind::Candidates(search) => needs(plan, search).map(|(sql, read)| (stage.label.as_str(), sql, read)),
            _ => None,
        })
        .collect();
    let every = searches.iter().map(|(_, sql, _)| sql.as_str()).collect::<Vec<_>>().join(" OR ");
    let read_by_all: BTreeSet<usize> = searches.iter().flat_map(|(.., read)| read.iter().copied()).collect();
    let mut sections = Vec::new();
    if !searches.is_empty() {
        sections.extend(lacking(tables, plan, None, &every, &read_by_all)?);
    }
    for (label, sql, read) in &searches {
        sections.extend(lacking(tables, plan, Some(label), sql, read)?);
    }
    Ok(sections)
}

fn lacking(
    tables: CheckpointTables<'_>,
    plan: &Plan,
    stage: Option<&str>,
    can_search: &str,
    read: &BTreeSet<usize>,
) -> Result<Vec<LackSection>, CheckpointError> {
    #[derive(Deserialize)]
    struct LackCount {
        lacks: Vec<usize>,
        rows: u64,
        amount: Option<f64>,
    }
    let empty: Vec<String> =
        read.iter().map(|number| format!("CASE WHEN NOT {} THEN {number} END", has_column(*number))).collect();
    let counts: Vec<LackCount> = tables.typed_rows(&format!(
        "SELECT list_filter([{}], lambda number: number IS NOT NULL) AS lacks, count(*) AS rows, sum(amount) AS amount
        FROM reported WHERE NOT ({can_search}) GROUP BY lacks ORDER BY rows DESC, lacks",
        empty.join(", ")
    ))?;
    let name = |number: &usize| plan.source.fields.get(*number).map(|field| field.name.clone());
    let section = |count: LackCount| LackSection {
        stage: stage.map(str::to_owned),
        fields: count.lacks.iter().filter_map(name).collect(),
        rows: count.rows,
        amount: count.amount,
    };
    Ok(counts.into_iter().map(section).collect())
}

/// What of a row a search cannot do without, as SQL, and the numbers of the fields that it reads. `None` where it is not known.
fn needs(plan: &Plan, candidates: &CandidatesPlan) -> Option<(String, BTreeSet<usize>)> {
    let sources = cleaned_sources(plan);
    let mut read = BTreeSet::new();
    let mut has = |cleaned: &str| {
        let numbers = sources.get(cleaned).cloned().unwrap_or_default();
        read.extend(numbers.iter().copied());
        let columns: Vec<String> = numbers.into_iter().map(has_column).collect();
        if columns.is_empty() { "true".to_owned() } else { format!("({})", columns.join(" OR ")) }
    };
    let mut alternatives = Vec::new();
    let mut required = Vec::new();
    for (parameter, value) in &candidates.search.parameters {
        match value {
            SearchValue::Keys(keys) => {
                for key in keys {
                    let parts = KeyExpression::parse(&key.left).ok()?.parts;
                    let parts: Vec<String> = parts.iter().map(|part| has(&part.field)).collect();
                    alternatives.push(format!("({})", parts.join(" AND ")));
                }
            }
            // What a search prefers, it can do without.
            SearchValue::Pairs(_) if parameter == "prefer" => {}
            SearchValue::Pairs(pairs) => {
                let any: Vec<String> = pairs.iter().map(|pair| has(&pair.left)).collect();
                required.push(format!("({})", any.join(" OR ")));
            }
            SearchValue::Number(_) | SearchValue::Word(_) => {}
        }
    }
    if !alternatives.is_empty() {
        required.push(format!("({})", alternatives.join(" OR ")));
    }
    (!required.is_empty()).then(|| (format!("({})", required.join(" AND ")), read))
}

/// The numbers of the source fields that each field of a stage is made of.
fn cleaned_sources(plan: &Plan) -> BTreeMap<String, BTreeSet<usize>> {
    let raw = plan.source.fields.iter().enumerate();
    let mut sources: BTreeMap<String, BTreeSet<usize>> =
        raw.map(|(number, field)| (field.name.clone(), BTreeSet::from([number]))).collect();
    for stage in &plan.stages {
        let StageKind::Clean(clean) = &stage.kind else { continue };
        // The steps of a stage read what was there before it.
        let before = sources.clone();
        for step in &clean.steps {
            let of_inputs = step.inputs.iter().filter_map(|input| before.get(input)).flatten().copied().collect();
            sources.insert(step.output.clone(), of_inputs);
        }
    }
    sources
}
