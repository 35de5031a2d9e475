//! Queries and answers of the draft of version 1.0.

use serde_json::{Map, Value, json};

use super::{
    ReconcileCandidate, ReconcileQuery, id_field, limit_of, name_field, parse_batch, property_text, required_type,
};
use crate::problem::{FieldError, Problem, ProblemKind, pointer_segment};
use crate::served_pipeline::ServedPipeline;

/// The queries of a batch.
///
/// # Errors
///
/// A body that is not a batch of this version.
pub(crate) fn queries(pipeline: &ServedPipeline, body: Value) -> Result<Vec<ReconcileQuery>, Problem> {
    let invalid = |error: FieldError| Problem::of_part(ProblemKind::Invalid, error);
    let Value::Object(mut body) = body else {
        return Err(invalid(FieldError::new("", "the body must be an object: {\"queries\": [...]}")));
    };
    let Some(Value::Array(batch)) = body.remove("queries") else {
        return Err(invalid(FieldError::new("/queries", "`queries` must be a list of queries")));
    };
    if let Some(name) = body.keys().next() {
        let error = FieldError::new(format!("/{}", pointer_segment(name)), "there is no such member");
        return Err(invalid(error.allowing(["queries"])));
    }
    let parts = batch.into_iter().enumerate();
    parse_batch(parts, |(number, query)| self::query(pipeline, format!("/queries/{number}"), query))
}

fn query(pipeline: &ServedPipeline, pointer: String, query: Value) -> Result<ReconcileQuery, FieldError> {
    let Value::Object(mut members) = query else {
        return Err(FieldError::new(pointer, "a query must be an object"));
    };
    let mut query = ReconcileQuery { limit: limit_of(&pointer, members.remove("limit"))?, ..ReconcileQuery::default() };
    query.required_type = match members.remove("type") {
        None => None,
        Some(Value::String(name)) => Some(required_type(pipeline, &pointer, &name)?),
        Some(_) => return Err(FieldError::new(format!("{pointer}/type"), "the type must be text")),
    };
    // Texts are accepted in any language.
    for name in ["lang", "dir"] {
        if members.remove(name).is_some_and(|value| !value.is_string()) {
            return Err(FieldError::new(format!("{pointer}/{name}"), "the value must be text"));
        }
    }
    let conditions = match members.remove("conditions") {
        Some(Value::Array(conditions)) if !conditions.is_empty() => conditions,
        _ => return Err(FieldError::new(format!("{pointer}/conditions"), "a query must have a list of conditions")),
    };
    if let Some(name) = members.keys().next() {
        let error = FieldError::new(format!("{pointer}/{}", pointer_segment(name)), "a query has no such member");
        return Err(error.allowing(["type", "limit", "conditions", "lang", "dir"]));
    }
    for (number, condition) in conditions.into_iter().enumerate() {
        add_condition(pipeline, &mut query, format!("{pointer}/conditions/{number}"), condition)?;
    }
    query.pointer = pointer;
    Ok(query)
}

fn add_condition(
    pipeline: &ServedPipeline,
    query: &mut ReconcileQuery,
    pointer: String,
    condition: Value,
) -> Result<(), FieldError> {
    const MATCH_TYPES: [&str; 3] = ["name", "id", "property"];
    let Value::Object(mut condition) = condition else {
        return Err(FieldError::new(pointer, "a condition must be an object"));
    };
    let Some(value) = condition.remove("propertyValue") else {
        return Err(FieldError::new(format!("{pointer}/propertyValue"), "a condition must have a value"));
    };
    if condition.get("matchQuantifier").and_then(Value::as_str) == Some("none") {
        let error =
            FieldError::new(format!("{pointer}/matchQuantifier"), "conditions that must not hold are not supported");
        return Err(error.allowing(["any", "all"]));
    }
    let text = property_text(&format!("{pointer}/propertyValue"), value)?;
    let name = match condition.get("matchType").and_then(Value::as_str) {
        Some("name") => name_field(pipeline),
        Some("id") => id_field(pipeline).ok_or_else(|| {
            FieldError::new(format!("{pointer}/matchType"), "the pipeline has no field with ids")
                .allowing(["name", "property"])
        })?,
        Some("property") => match condition.remove("propertyId") {
            Some(Value::String(name)) => name,
            _ => return Err(FieldError::new(format!("{pointer}/propertyId"), "a property must have an id, a text")),
        },
        _ => {
            let error = FieldError::new(format!("{pointer}/matchType"), "the value must be one of these");
            return Err(error.allowing(MATCH_TYPES));
        }
    };
    query.add(&name, &text);
    Ok(())
}

/// The answer to a batch.
pub(crate) fn answer(answers: Vec<Vec<ReconcileCandidate>>, pipeline: &ServedPipeline) -> Value {
    let types = super::types(pipeline);
    let candidate = |candidate: ReconcileCandidate| {
        let types = types.iter().filter(|(id, _)| *id == candidate.type_id());
        let mut json = json!({
            "id": candidate.id,
            "name": candidate.name,
            "score": candidate.score,
            "match": candidate.is_match,
            "type": types.map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
        });
        if let (false, Some(json)) = (candidate.description.is_empty(), json.as_object_mut()) {
            json.insert("description".to_owned(), candidate.description.into());
        }
        json
    };
    let results = answers.into_iter().map(|candidates| {
        Value::Object(Map::from_iter([(
            "candidates".to_owned(),
            Value::Array(candidates.into_iter().map(candidate).collect()),
        )]))
    });
    json!({ "results": results.collect::<Vec<_>>() })
}
