//! The Reconciliation Service API: 0.2, which OpenRefine speaks, and the draft of 1.0.
//!
//! A query is a row of the pipeline: its text is the name, its properties are columns or fields. All queries of a batch
//! are matched together.
//!
//! - [`v0_2`], [`draft`]: queries and answers of the two versions.
//! - [`manifest`]: the service manifest.
//! - [`extension`]: fields of the registry for matched entries, and suggestions.
//! - [`preview`]: an entry as a page.
//!
//! **Invariant:** `match` is true for at most one candidate, exactly when `decide` accepts it. If only a group is
//! accepted, the candidate is the group.

pub(crate) mod draft;
pub(crate) mod extension;
pub(crate) mod manifest;
pub(crate) mod preview;
pub(crate) mod v0_2;

use matchflow_matcher::ResultFields;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::StageKind;
use serde_json::{Map, Value};

use crate::problem::{FieldError, Problem, ProblemKind};
use crate::row_formats::cell_text;
use crate::row_table::RowTable;
use crate::served_pipeline::ServedPipeline;

/// Maximum number of queries in a batch.
const BATCH_MAX: usize = 1_000;
/// Candidates of a query that doesn't specify a number.
const CANDIDATES_DEFAULT: usize = 5;
/// The types of candidates: entries, and groups if the registry has them.
pub(crate) const ENTRY_TYPE: &str = "entry";
pub(crate) const GROUP_TYPE: &str = "group";

/// A query of either version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReconcileQuery {
    /// Where it is in the request, as a JSON Pointer.
    pub(crate) pointer: String,
    /// Values by column or field.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) limit: Option<usize>,
    /// The type that candidates must have.
    pub(crate) required_type: Option<String>,
}

/// A candidate of either version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReconcileCandidate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// 0 to 100.
    pub(crate) score: f64,
    pub(crate) is_match: bool,
    pub(crate) is_group: bool,
}

impl ReconcileQuery {
    /// Whether it has a value.
    fn is_blank(&self) -> bool {
        self.values.iter().all(|(_, value)| value.trim().is_empty())
    }

    /// Adds a value; a second one for the same name is appended to the first.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        match self.values.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => {
                known.push(' ');
                known.push_str(value);
            }
            None => self.values.push((name.to_owned(), value.to_owned())),
        }
    }
}

/// The rows of non-blank queries, and the positions of these queries.
pub(crate) fn rows_of(queries: &[ReconcileQuery]) -> (RowTable, Vec<usize>) {
    let (mut table, mut places) = (RowTable::default(), Vec::new());
    for (place, query) in queries.iter().enumerate().filter(|(_, query)| !query.is_blank()) {
        table.rows.push(vec![None; table.names.len()]);
        for (name, value) in &query.values {
            let column = table.column(name);
            if let Some(slot) = table.rows.last_mut().and_then(|row| row.get_mut(column)) {
                *slot = Some(value.clone());
            }
        }
        places.push(place);
    }
    (table, places)
}

/// Turns a problem with rows into one with the queries they were made from.
pub(crate) fn of_queries(problem: Problem, queries: &[ReconcileQuery], places: &[usize]) -> Problem {
    let errors = problem.errors.into_iter().map(|error| {
        let parts = error.pointer.strip_prefix("/rows/").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        let query = parts.and_then(|(row, name)| {
            let place = places.get(row.parse::<usize>().ok()?)?;
            Some(format!("{}/{name}", queries.get(*place)?.pointer))
        });
        FieldError { pointer: query.unwrap_or(error.pointer), ..error }
    });
    Problem { errors: errors.collect(), ..problem }
}

/// The supplier field that receives the text of a query.
pub(crate) fn name_field(pipeline: &ServedPipeline) -> String {
    let names = ResultFields::from_plan(pipeline.plan()).company_names;
    let first = pipeline.plan().source.fields.first().map(|field| field.name.clone());
    names.into_iter().next().or(first).unwrap_or_default()
}

/// The supplier field that a search compares with entry ids.
pub(crate) fn id_field(pipeline: &ServedPipeline) -> Option<String> {
    let searches = pipeline.plan().stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Candidates(plan) => Some(plan.search.keys("keys")),
        _ => None,
    });
    searches.flatten().find(|key| key.right == matchflow_model::columns::ID).map(|key| key.left.clone())
}

/// The text of a property's value: the values of a list are joined.
pub(crate) fn property_text(pointer: &str, value: Value) -> Result<String, FieldError> {
    let text = match value {
        Value::Array(values) => {
            let values = values.into_iter().map(|value| property_text(pointer, value));
            return Ok(values.collect::<Result<Vec<_>, _>>()?.join(" "));
        }
        Value::Object(mut entity) => match entity.remove("id") {
            Some(Value::String(id)) => return Ok(id),
            _ => return Err(FieldError::new(pointer, "an object must have an `id`")),
        },
        value => cell_text(value),
    };
    text.map(Option::unwrap_or_default).map_err(|detail| FieldError::new(pointer, detail))
}

/// A limit on candidates.
pub(crate) fn limit_of(pointer: &str, value: Option<Value>) -> Result<Option<usize>, FieldError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(limit) if limit >= 1.0 => Ok(Some(limit as usize)),
            _ => Err(FieldError::new(format!("{pointer}/limit"), "the limit must be a whole number from 1")),
        },
    }
}

/// The candidates of a decision, the best first.
pub(crate) fn candidates(
    pipeline: &ServedPipeline,
    query: &ReconcileQuery,
    decision: &Decision,
) -> Vec<ReconcileCandidate> {
    let object = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap_or_default();
    let percent = |score: Option<f64>| (score.unwrap_or_default().clamp(0.0, 1.0) * 10_000.0).round() / 100.0;
    let mut found = Vec::new();
    let is_accepted = decision.outcome == Outcome::Matched;
    let named = decision.id.as_ref().map(|id| (id, false)).or(decision.group.as_ref().map(|group| (group, true)));
    if let Some((id, is_group)) = named {
        let entry = object(decision.entry.as_deref().unwrap_or("{}"));
        found.push(ReconcileCandidate {
            name: entry_name(pipeline, &entry).unwrap_or_else(|| id.clone()),
            description: description(pipeline, &entry),
            id: id.clone(),
            score: percent(decision.score),
            is_match: is_accepted,
            is_group,
        });
    }
    for alternative in &decision.alternatives {
        let entry = object(alternative.entry.as_deref().unwrap_or("{}"));
        found.push(ReconcileCandidate {
            id: alternative.id.clone(),
            name: entry_name(pipeline, &entry).unwrap_or_else(|| alternative.id.clone()),
            description: description(pipeline, &entry),
            score: percent(alternative.score),
            is_match: false,
            is_group: false,
        });
    }
    if let Some(required) = &query.required_type {
        found.retain(|candidate| candidate.type_id() == required);
    }
    found.truncate(query.limit.unwrap_or(CANDIDATES_DEFAULT));
    found
}

impl ReconcileCandidate {
    /// The id of its type.
    pub(crate) fn type_id(&self) -> &'static str {
        if self.is_group { GROUP_TYPE } else { ENTRY_TYPE }
    }
}

/// The types of a pipeline's candidates: id and name.
pub(crate) fn types(pipeline: &ServedPipeline) -> Vec<(&'static str, String)> {
    let reference = &pipeline.plan().reference;
    let group = reference.group.iter().map(|name| (GROUP_TYPE, name.clone()));
    [(ENTRY_TYPE, reference.id.clone())].into_iter().chain(group).collect()
}

/// The types as both versions write them.
pub(crate) fn types_json(pipeline: &ServedPipeline) -> Vec<Value> {
    types(pipeline).into_iter().map(|(id, name)| serde_json::json!({ "id": id, "name": name })).collect()
}

/// The type that a query requires, if it is one of the pipeline's.
pub(crate) fn required_type(pipeline: &ServedPipeline, pointer: &str, requested: &str) -> Result<String, FieldError> {
    let types = types(pipeline);
    match types.iter().any(|(id, _)| *id == requested) {
        true => Ok(requested.to_owned()),
        false => Err(FieldError::new(format!("{pointer}/type"), "there is no such type")
            .allowing(types.into_iter().map(|(id, _)| id))),
    }
}

/// The name of an entry.
pub(crate) fn entry_name(pipeline: &ServedPipeline, entry: &Map<String, Value>) -> Option<String> {
    let names = ResultFields::from_plan(pipeline.plan()).group_fields;
    let mut values = names.iter().filter_map(|name| entry.get(name)?.as_str());
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

/// The description of an entry: its fields except for the names.
pub(crate) fn description(pipeline: &ServedPipeline, entry: &Map<String, Value>) -> String {
    const PLACE: [&str; 3] = ["address", "postcode", "town"];
    let has_place = PLACE.iter().any(|name| entry.contains_key(*name));
    let names = ResultFields::from_plan(pipeline.plan()).group_fields;
    let is_described = |name: &str| match has_place {
        true => PLACE.contains(&name),
        false => !names.iter().any(|known| known == name),
    };
    let values = pipeline.entry_fields().filter(|name| is_described(name)).filter_map(|name| entry.get(name)?.as_str());
    values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The queries of a batch, in order: all of them, or the problem with each invalid one.
fn parse_batch<P, Q>(
    parts: impl ExactSizeIterator<Item = P>,
    mut parse: impl FnMut(P) -> Result<Q, FieldError>,
) -> Result<Vec<Q>, Problem> {
    if parts.len() > BATCH_MAX {
        let detail = format!("a batch has at most {BATCH_MAX} queries");
        return Err(Problem::of_part(ProblemKind::TooLarge, FieldError::new("/queries", detail)));
    }
    let (mut queries, mut errors) = (Vec::new(), Vec::new());
    for part in parts {
        match parse(part) {
            Ok(query) => queries.push(query),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(queries) } else { Err(Problem::of_parts(errors)) }
}
