//! Checks a plug-in's parameters against its JSON Schema: each problem is reported at the key or value that it is
//! about.
//!
//! The schema is untrusted: it cannot refer to anything outside itself, and its patterns run in linear time.

use std::collections::HashSet;

use jsonschema::PatternOptions;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use serde_json::Value;

use super::Check;
use crate::decode::JsonObject;
use crate::error::{Place, Problem};
use crate::suggest::{closest, listed};
use crate::tree::{self, Node};

/// Maximum number of problems reported for the parameters of one plug-in.
const PROBLEMS_MAX: usize = 20;

impl Check<'_> {
    /// Whether the parameters fit the plug-in's schema; mismatches are reported. `scorer` is the place to report
    /// missing parameters.
    pub(super) fn fits(&mut self, plugin: &str, schema: &Value, given: Option<&JsonObject>, scorer: Place) -> bool {
        let linear = PatternOptions::regex();
        let built = jsonschema::options().offline().with_pattern_options(linear).build(schema);
        let validator = match built {
            Ok(validator) => validator,
            Err(error) => {
                let message = format!("the parameter schema of the plug-in {plugin} is invalid: {error}");
                self.problems.at(scorer, message).help("this is a fault of the plug-in; no parameters can be checked");
                return false;
            }
        };
        let nothing = Value::Object(serde_json::Map::new());
        let absent = Node { place: scorer, kind: tree::Kind::Map(Vec::new()) };
        let (value, node) = given.map_or((&nothing, &absent), |given| (&given.value, &given.node));
        let errors: Vec<ValidationError<'_>> = validator.iter_errors(value).take(PROBLEMS_MAX).collect();
        let schema = SchemaView { root: schema };
        let meant = misspelt(&errors, &schema);
        let subject = CheckedParameters { node, is_given: given.is_some(), schema, meant };
        for error in &errors {
            self.report_error(error, &subject);
        }
        errors.is_empty()
    }

    fn report_error(&mut self, error: &ValidationError<'_>, subject: &CheckedParameters<'_>) {
        let (node, schema) = (at(subject.node, error.instance_path()), &subject.schema);
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let allowed = schema.properties(error);
                for key in unexpected {
                    let help = listed("allowed here: ", key, allowed.iter().copied());
                    self.problems.at(key_place(node, key), format!("unknown parameter `{key}`")).help(help);
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                // A misspelt key is one problem, not an unknown key and a missing one.
                if subject.meant.contains(&(error.instance_path().to_string(), name.to_owned())) {
                    return;
                }
                let problem = self.problems.at(node.place, format!("the parameter `{name}` is missing"));
                problem.label(if subject.is_given { "in this map" } else { "this has no `parameters`" });
                help(problem, "", schema.property(error, name));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match closest_form(context, error) {
                Some(errors) => errors.iter().for_each(|error| self.report_error(error, subject)),
                None => {
                    let problem =
                        self.problems.at(node.place, format!("{} has none of the allowed forms", node.describe()));
                    help(problem, "", schema.around(error));
                }
            },
            Kind::Enum { options } => {
                let options: Vec<String> = options.as_array().into_iter().flatten().map(word).collect();
                let words = options.iter().map(String::as_str);
                let allowed = listed("allowed: ", node.describe().trim_matches('`'), words);
                let problem = self.problems.at(node.place, format!("{} is not allowed here", node.describe()));
                help(problem, &allowed, schema.around(error));
            }
            kind => {
                let around = schema.around(error);
                let expected = expected(kind, around);
                let message = match expected {
                    Some(expected) => format!("expected {expected}, found {}", node.describe()),
                    None => error.masked_with(node.describe()).to_string(),
                };
                let problem = self.problems.at(node.place, message);
                help(problem, quotes(kind, node), around);
            }
        }
    }
}

/// Parameters and their schema.
struct CheckedParameters<'a> {
    node: &'a Node,
    /// Whether the pipeline has parameters.
    is_given: bool,
    schema: SchemaView<'a>,
    /// See [`misspelt`].
    meant: HashSet<(String, String)>,
}

/// A schema, for looking up the surroundings of a keyword.
struct SchemaView<'a> {
    root: &'a Value,
}

impl<'a> SchemaView<'a> {
    /// The schema object that contains the error's keyword.
    fn around(&self, error: &ValidationError<'_>) -> &'a Value {
        let path = error.schema_path().as_str();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.root.pointer(parent).unwrap_or(&Value::Null)
    }

    /// The names of its properties.
    fn properties(&self, error: &ValidationError<'_>) -> Vec<&'a str> {
        let properties = self.around(error).get("properties").and_then(Value::as_object);
        properties.into_iter().flat_map(|properties| properties.keys()).map(String::as_str).collect()
    }

    fn property(&self, error: &ValidationError<'_>, name: &str) -> &'a Value {
        let properties = self.around(error).get("properties");
        properties.and_then(|properties| properties.get(name)).unwrap_or(&Value::Null)
    }
}

/// The missing parameters that unknown ones probably mean, by the path of their map.
fn misspelt(errors: &[ValidationError<'_>], schema: &SchemaView<'_>) -> HashSet<(String, String)> {
    let mut meant = HashSet::new();
    for error in errors {
        if let Kind::AdditionalProperties { unexpected } = error.kind() {
            let allowed = schema.properties(error);
            let found = unexpected.iter().filter_map(|key| closest(key, &allowed));
            meant.extend(found.map(|name| (error.instance_path().to_string(), name.to_owned())));
        }
    }
    meant
}

/// Among several alternatives, the one that the value is closest to: the one whose errors are deepest, if they are
/// deeper than the alternatives themselves.
fn closest_form<'a>(
    forms: &'a [Vec<ValidationError<'static>>],
    choice: &ValidationError<'_>,
) -> Option<&'a Vec<ValidationError<'static>>> {
    let depth = |error: &ValidationError<'_>| error.instance_path().segments().count();
    let is_about_shape = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Type { .. });
    let shape_fits = |form: &&Vec<ValidationError<'static>>| {
        !form.iter().any(|error| is_about_shape(error) && depth(error) <= depth(choice))
    };
    let mut fitting = forms.iter().filter(shape_fits);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The node at a path, or its deepest existing ancestor.
fn at<'a>(root: &'a Node, path: &Location) -> &'a Node {
    let mut node = root;
    for segment in path.segments() {
        let next = match (&node.kind, segment) {
            (tree::Kind::Map(entries), LocationSegment::Property(name)) => {
                entries.iter().find(|entry| entry.key == name).map(|entry| &entry.node)
            }
            (tree::Kind::List(items), LocationSegment::Index(index)) => items.get(index),
            _ => None,
        };
        let Some(next) = next else { break };
        node = next;
    }
    node
}

fn key_place(node: &Node, key: &str) -> Place {
    match &node.kind {
        tree::Kind::Map(entries) => {
            entries.iter().find(|entry| entry.key == key).map_or(node.place, |entry| entry.place)
        }
        _ => node.place,
    }
}

/// Adds what is allowed, then the schema's description of the parameter.
fn help(problem: &mut Problem, allowed: &str, schema: &Value) {
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<&str> = [allowed, about].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        problem.help(parts.join("\n"));
    }
}

/// What a value should be, in the wording of the file's other messages.
fn expected(kind: &Kind, schema: &Value) -> Option<String> {
    match kind {
        Kind::Type { kind: TypeKind::Single(_) | TypeKind::Multiple(_) }
        | Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. } => {}
        Kind::MinLength { limit: 1 } => return Some("non-empty text".to_owned()),
        Kind::MinLength { limit } => return Some(format!("text of at least {limit} characters")),
        Kind::MaxLength { limit } => return Some(format!("text of at most {limit} characters")),
        Kind::MinItems { limit } => return Some(format!("a list of at least {limit} items")),
        Kind::MaxItems { limit } => return Some(format!("a list of at most {limit} items")),
        Kind::UniqueItems => return Some("a list without repetitions".to_owned()),
        Kind::Pattern { pattern } => return Some(format!("text matching /{pattern}/")),
        Kind::MultipleOf { multiple_of } => return Some(format!("a multiple of {multiple_of}")),
        Kind::Constant { expected_value } => return Some(format!("`{}`", word(expected_value))),
        _ => return None,
    }
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => vec!["number"],
    };
    let words = types.iter().map(|one| match *one {
        "object" => "a map (`key: value`)".to_owned(),
        "array" => "a list".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "null" => "nothing".to_owned(),
        "integer" => format!("an integer{}", bounds(schema)),
        _ => format!("a number{}", bounds(schema)),
    });
    Some(words.collect::<Vec<_>>().join(" or "))
}

/// ` from 0 to 1`, ` above 0, at most 1`, ` of at least 2`.
fn bounds(schema: &Value) -> String {
    let bound = |keyword: &str| schema.get(keyword).filter(|bound| bound.is_number());
    let low = match (bound("minimum"), bound("exclusiveMinimum")) {
        (Some(low), None) => match bound("maximum") {
            Some(high) => return format!(" from {low} to {high}"),
            None => Some(format!("of at least {low}")),
        },
        (_, Some(low)) => Some(format!("above {low}")),
        (None, None) => None,
    };
    let high = match (bound("maximum"), bound("exclusiveMaximum")) {
        (_, Some(high)) => Some(format!("below {high}")),
        (Some(high), None) => Some(format!("at most {high}")),
        (None, None) => None,
    };
    let bounds: Vec<String> = [low, high].into_iter().flatten().collect();
    if bounds.is_empty() { String::new() } else { format!(" {}", bounds.join(", ")) }
}

/// Numbers in quotes are text, and text that looks like a number is not.
fn quotes(kind: &Kind, node: &Node) -> &'static str {
    let Kind::Type { kind: TypeKind::Single(expected) } = kind else { return "" };
    let expected = expected.to_string();
    match &node.kind {
        tree::Kind::Scalar(scalar) if scalar.plain && expected == "string" => "quote text that looks like another type",
        tree::Kind::Scalar(scalar) if !scalar.plain && expected != "string" && scalar.text.parse::<f64>().is_ok() => {
            "remove the quotes: in quotes it is text"
        }
        _ => "",
    }
}

/// A value of a schema, written as in YAML.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
