//! Queries and answers of version 0.2.

use serde_json::{Map, Value, json};

use super::{ReconcileCandidate, ReconcileQuery, limit_of, name_field, parse_batch, property_text, required_type};
use crate::problem::{FieldError, Problem, ProblemKind, pointer_segment};
use crate::served_pipeline::ServedPipeline;

/// The queries of a batch with their keys.
///
/// # Errors
///
/// A value that is not a batch of version 0.2.
pub(crate) fn queries(pipeline: &ServedPipeline, batch: Value) -> Result<Vec<(String, ReconcileQuery)>, Problem> {
    let Value::Object(batch) = batch else {
        let error = FieldError::new("/queries", "a batch must be an object of queries: {\"q0\": {\"query\": \"...\"}}");
        return Err(Problem::of_part(ProblemKind::Invalid, error));
    };
    parse_batch(batch.into_iter(), |(key, query)| {
        let query = self::query(pipeline, format!("/queries/{}", pointer_segment(&key)), query)?;
        Ok((key, query))
    })
}

fn query(pipeline: &ServedPipeline, pointer: String, query: Value) -> Result<ReconcileQuery, FieldError> {
    let Value::Object(mut members) = query else {
        return Err(FieldError::new(pointer, "a query must be an object"));
    };
    let mut query = ReconcileQuery { limit: limit_of(&pointer, members.remove("limit"))?, ..ReconcileQuery::default() };
    // Suppliers match both entries and groups, so a list of types allows any of them.
    query.required_type = match members.remove("type") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(required_type(pipeline, &pointer, &name)?),
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => {
            let names = names.iter().filter_map(Value::as_str);
            let types = names.map(|name| required_type(pipeline, &pointer, name)).collect::<Result<Vec<_>, _>>()?;
            if let [only] = types.as_slice() { Some(only.clone()) } else { None }
        }
        Some(_) => return Err(FieldError::new(format!("{pointer}/type"), "a type must be text, or a list of texts")),
    };
    match members.remove("type_strict") {
        None | Some(Value::Null) => {}
        Some(Value::String(strict)) if ["any", "should", "all"].contains(&strict.as_str()) => {}
        Some(_) => {
            let error = FieldError::new(format!("{pointer}/type_strict"), "the value must be one of these");
            return Err(error.allowing(["any", "should", "all"]));
        }
    }
    let text = members.remove("query");
    let properties = members.remove("properties");
    if text.is_none() && properties.as_ref().and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(FieldError::new(pointer, "a query must have `query`, or `properties` that are not empty"));
    }
    match text {
        None => {}
        Some(Value::String(text)) => query.add(&name_field(pipeline), &text),
        Some(_) => return Err(FieldError::new(format!("{pointer}/query"), "the query must be text")),
    }
    match properties {
        None => {}
        Some(Value::Array(properties)) => {
            for (number, property) in properties.into_iter().enumerate() {
                add_property(&mut query, format!("{pointer}/properties/{number}"), property)?;
            }
        }
        Some(_) => return Err(FieldError::new(format!("{pointer}/properties"), "properties must be a list")),
    }
    if let Some(name) = members.keys().next() {
        let error = FieldError::new(format!("{pointer}/{}", pointer_segment(name)), "a query has no such member");
        return Err(error.allowing(["query", "type", "limit", "properties", "type_strict"]));
    }
    query.pointer = pointer;
    Ok(query)
}

fn add_property(query: &mut ReconcileQuery, pointer: String, property: Value) -> Result<(), FieldError> {
    let Value::Object(mut property) = property else {
        return Err(FieldError::new(pointer, "a property must be an object: {\"pid\": \"...\", \"v\": \"...\"}"));
    };
    match (property.remove("pid"), property.remove("v")) {
        (Some(Value::String(name)), Some(value)) => {
            let text = property_text(&format!("{pointer}/v"), value)?;
            query.add(&name, &text);
            Ok(())
        }
        _ => Err(FieldError::new(pointer, "a property must have `pid`, a text, and `v`")),
    }
}

/// The answer to a batch.
pub(crate) fn answer(answers: Vec<(String, Vec<ReconcileCandidate>)>, pipeline: &ServedPipeline) -> Value {
    let types = super::types(pipeline);
    let result = |candidate: ReconcileCandidate| {
        let types = types.iter().filter(|(id, _)| *id == candidate.type_id());
        json!({
            "id": candidate.id,
            "name": candidate.name,
            "description": candidate.description,
            "score": candidate.score,
            "match": candidate.is_match,
            "type": types.map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
        })
    };
    let answers = answers
        .into_iter()
        .map(|(key, candidates)| (key, json!({ "result": candidates.into_iter().map(result).collect::<Vec<_>>() })));
    Value::Object(answers.collect::<Map<_, _>>())
}
