//! Fields of the registry for matched entries (data extension), and suggestions of properties and types.

use serde_json::{Map, Value, json};

use super::types;
use crate::problem::{FieldError, Problem, ProblemKind};
use crate::registry_entry::RegistryEntry;
use crate::served_pipeline::ServedPipeline;

/// Maximum number of entries in a request.
const IDS_MAX: usize = 1_000;
/// The properties that every entry has in addition to its fields.
const ID: &str = "_id";
const GROUP: &str = "_group";
const CLOSED: &str = "_closed";

/// A request for fields of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtensionQuery {
    ids: Vec<String>,
    properties: Vec<String>,
}

/// The properties of a pipeline's entries: id and name.
fn properties(pipeline: &ServedPipeline) -> Vec<(String, String)> {
    let reference = &pipeline.plan().reference;
    let fields = pipeline.entry_fields().map(|name| (name.to_owned(), name.to_owned()));
    let id = [(ID.to_owned(), reference.id.clone())];
    let group = reference.group.iter().map(|name| (GROUP.to_owned(), name.clone()));
    let closed = reference.status.iter().map(|_| (CLOSED.to_owned(), "closed".to_owned()));
    id.into_iter().chain(group).chain(closed).chain(fields).collect()
}

/// The properties proposed for an extension.
pub(crate) fn proposal(pipeline: &ServedPipeline, type_id: Option<&str>, limit: Option<usize>) -> Value {
    let proposed = properties(pipeline).into_iter().take(limit.unwrap_or(usize::MAX));
    let proposed: Vec<Value> = proposed.map(|(id, name)| json!({ "id": id, "name": name })).collect();
    let mut proposal = json!({ "properties": proposed });
    if let (Some(type_id), Some(proposal)) = (type_id, proposal.as_object_mut()) {
        proposal.insert("type".to_owned(), type_id.into());
    }
    proposal
}

/// A request of either version.
///
/// # Errors
///
/// A value that is not a request, or a property that the registry does not have.
pub(crate) fn query(pipeline: &ServedPipeline, query: Value) -> Result<ExtensionQuery, Problem> {
    let invalid = |error: FieldError| Problem::of_part(ProblemKind::Invalid, error);
    let texts =
        |value: Option<&Value>, pointer: &str, of: fn(&Value) -> Option<&str>| -> Result<Vec<String>, Problem> {
            let list = value.and_then(Value::as_array);
            let texts = list.and_then(|list| list.iter().map(|item| of(item).map(str::to_owned)).collect());
            texts
                .ok_or_else(|| invalid(FieldError::new(pointer, "this must be a list: of texts, of objects with `id`")))
        };
    let ids = texts(query.get("ids"), "/ids", Value::as_str)?;
    let requested = texts(query.get("properties"), "/properties", |item| item.get("id")?.as_str())?;
    if ids.len() > IDS_MAX {
        let error = FieldError::new("/ids", format!("a request has at most {IDS_MAX} ids"));
        return Err(Problem::of_part(ProblemKind::TooLarge, error));
    }
    let known = properties(pipeline);
    let is_unknown = |(_, name): &(usize, &String)| !known.iter().any(|(id, _)| id == *name);
    let errors = requested.iter().enumerate().filter(is_unknown).map(|(place, _)| {
        let error = FieldError::new(format!("/properties/{place}/id"), "the registry has no such field");
        error.allowing(known.iter().map(|(id, _)| id.as_str()))
    });
    let errors: Vec<FieldError> = errors.collect();
    if errors.is_empty() { Ok(ExtensionQuery { ids, properties: requested }) } else { Err(Problem::of_parts(errors)) }
}

/// An id, and for each property its values.
type EntryValues<'a> = (&'a str, Vec<(&'a str, Vec<Value>)>);

impl ExtensionQuery {
    fn meta(&self, pipeline: &ServedPipeline) -> Vec<Value> {
        let known = properties(pipeline);
        let requested = self.properties.iter().filter_map(|id| known.iter().find(|(known, _)| known == id));
        requested.map(|(id, name)| json!({ "id": id, "name": name })).collect()
    }

    /// The values of each id: a list per property, empty if there are none.
    fn values(&self, pipeline: &ServedPipeline) -> Result<Vec<EntryValues<'_>>, Problem> {
        let mut rows = Vec::with_capacity(self.ids.len());
        for id in &self.ids {
            let entry = RegistryEntry::find_any(pipeline, id)?;
            let values = self.properties.iter().map(|property| {
                let text = entry.as_ref().and_then(|entry| match property.as_str() {
                    ID => Some(entry.id.clone()),
                    GROUP => entry.group.clone(),
                    CLOSED => entry.is_closed.map(|closed| closed.to_string()),
                    name => entry.fields.get(name).and_then(Value::as_str).map(str::to_owned),
                });
                (property.as_str(), text.into_iter().map(|text| json!({ "str": text })).collect())
            });
            rows.push((id.as_str(), values.collect()));
        }
        Ok(rows)
    }

    /// The answer of version 0.2.
    pub(crate) fn v0_2(&self, pipeline: &ServedPipeline) -> Result<Value, Problem> {
        let rows = self.values(pipeline)?.into_iter().map(|(id, values)| {
            let values = values.into_iter().map(|(property, values)| (property.to_owned(), Value::Array(values)));
            (id.to_owned(), Value::Object(values.collect()))
        });
        Ok(json!({ "meta": self.meta(pipeline), "rows": rows.collect::<Map<_, _>>() }))
    }

    /// The answer of the draft of version 1.0.
    pub(crate) fn draft(&self, pipeline: &ServedPipeline) -> Result<Value, Problem> {
        let rows = self.values(pipeline)?.into_iter().map(|(id, values)| {
            let values = values.into_iter().map(|(property, values)| json!({ "id": property, "values": values }));
            json!({ "id": id, "properties": values.collect::<Vec<_>>() })
        });
        Ok(json!({ "meta": self.meta(pipeline), "rows": rows.collect::<Vec<_>>() }))
    }
}

/// The properties of queries whose name contains `prefix`: fields, and columns of the supplier file.
pub(crate) fn suggest_properties(pipeline: &ServedPipeline, prefix: &str) -> Value {
    let names = pipeline.fields().iter().chain(pipeline.columns()).filter(|name| contains(name, prefix));
    json!({ "result": names.map(|name| json!({ "id": name, "name": name })).collect::<Vec<_>>() })
}

/// The types whose name contains `prefix`.
pub(crate) fn suggest_types(pipeline: &ServedPipeline, prefix: &str) -> Value {
    let types = types(pipeline).into_iter().filter(|(id, name)| contains(id, prefix) || contains(name, prefix));
    json!({ "result": types.map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>() })
}

fn contains(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.trim().to_lowercase())
}
