//! `${VAR}` and `${VAR:-default}` in scalars: never in keys, never as structure. `$${` is a literal `${`.

use super::{Kind, Node};
use crate::error::Problems;

/// Substitutes variables everywhere under `node`. A variable that is not set and has no default is a problem.
pub(crate) fn substitute(node: &mut Node, variable: &dyn Fn(&str) -> Option<String>, problems: &mut Problems) {
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| substitute(item, variable, problems)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| substitute(&mut entry.node, variable, problems)),
        Kind::Scalar(scalar) if scalar.text.contains("${") => match expand(&scalar.text, variable, problems) {
            Ok(text) if text.is_empty() && scalar.plain => node.kind = Kind::Null,
            Ok(text) => scalar.written = Some(std::mem::replace(&mut scalar.text, text)),
            Err(fault) => {
                let problem = problems.at(node.place, fault.message);
                problem.help(fault.help);
                node.kind = Kind::Broken;
            }
        },
        _ => {}
    }
}

struct Fault {
    message: String,
    help: String,
}

fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>, problems: &mut Problems) -> Result<String, Fault> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(escaped) = before.strip_suffix('$') {
            result.push_str(escaped);
            result.push_str("${");
            rest = after;
            continue;
        }
        result.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            let help = "write `${NAME}` or `${NAME:-default}`; `$${` stands for `${` itself";
            return Err(Fault { message: "`${` is not closed".into(), help: help.into() });
        };
        result.push_str(&value(inside, variable, problems)?);
        rest = behind;
    }
    result.push_str(rest);
    Ok(result)
}

fn value(inside: &str, variable: &dyn Fn(&str) -> Option<String>, problems: &mut Problems) -> Result<String, Fault> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let named = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && name.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_');
    if !named {
        let help = "a name has letters, digits and `_`: `${NAME}` or `${NAME:-default}`";
        return Err(Fault { message: format!("`{name}` cannot be a variable's name"), help: help.into() });
    }
    if let Some(value) = variable(name).filter(|value| !value.is_empty() || default.is_none()) {
        problems.hide(name, &value);
        return Ok(value);
    }
    default.map(str::to_owned).ok_or_else(|| Fault {
        message: format!("the environment variable `{name}` is not set"),
        help: format!("set it, or give a default: `${{{name}:-default}}`"),
    })
}
