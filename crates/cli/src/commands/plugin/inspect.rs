//! `matchflow plugin inspect`: describes a `.wasm` file, even one that cannot run here.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_model::digest::sha256_hex;
use matchflow_plugin_host::{Description, arbitration, plugin_bytes};

use super::kind::{LoadedPlugin, interfaces, load};
use crate::environment::LocalEnvironment;
use crate::failure::{Failure, FailureContext};

/// Prints the file's metadata. Exit code 1 if it cannot be loaded.
pub(crate) fn inspect(file: &Path) -> Result<ExitCode, Failure> {
    let bytes = plugin_bytes(file).while_doing("reading the plug-in")?;
    let mut out = crate::console::stdout();
    let environment = LocalEnvironment::new().while_doing("starting the plug-in host")?;
    let loaded = load(&environment, file);
    match &loaded {
        Ok(LoadedPlugin::Scorer(plugin)) => scorer(&mut out, plugin.description())?,
        Ok(LoadedPlugin::Arbiter(plugin)) => arbiter(&mut out, plugin.description())?,
        Err(_) => {}
    }
    let sides = interfaces(&bytes);
    writeln!(out, "exports    {}", sides.as_ref().map_or_else(Clone::clone, |sides| listed(&sides.exports)))?;
    writeln!(out, "imports    {}", sides.as_ref().map_or_else(Clone::clone, |sides| listed(&sides.imports)))?;
    writeln!(out, "size       {} bytes", bytes.len())?;
    writeln!(out, "sha-256    {}", sha256_hex(&bytes))?;
    match loaded {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::fatal(&error, "loading the plug-in")),
    }
}

fn scorer(out: &mut impl Write, description: &Description) -> std::io::Result<()> {
    writeln!(out, "{} {}: {}", description.name, description.version, description.summary)?;
    writeln!(out, "scorer: scores pairs\ninputs")?;
    for input in &description.inputs {
        let need = if input.required { "required" } else { "optional" };
        let rarity = if input.rarity { ", with the rarity of its words" } else { "" };
        writeln!(out, "  {:<12} {need}, cleaned as {}{rarity}", input.name, input.kind)?;
    }
    parameters(out, &description.parameters)
}

fn arbiter(out: &mut impl Write, description: &arbitration::Description) -> std::io::Result<()> {
    let list = |names: &[String]| if names.is_empty() { "none of its own".to_owned() } else { names.join(", ") };
    writeln!(out, "{} {}: {}", description.name, description.version, description.summary)?;
    writeln!(out, "arbiter: decides rows by asking a service")?;
    writeln!(out, "fields of rows     {}", list(&description.row_fields))?;
    writeln!(out, "fields of entries  {}", list(&description.entry_fields))?;
    writeln!(out, "hosts              {}", list(&description.hosts))?;
    parameters(out, &description.parameters)
}

/// The parameters of a JSON Schema, one or two lines each.
fn parameters(out: &mut impl Write, schema: &str) -> std::io::Result<()> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    writeln!(out, "parameters")?;
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return writeln!(out, "  none");
    };
    let required = schema.get("required").and_then(serde_json::Value::as_array);
    for (name, property) in properties {
        let text =
            |key: &str| property.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let kind = text("type").or_else(|| property.get("enum").map(ToString::to_string)).unwrap_or_default();
        let is_required = required.is_some_and(|required| required.iter().any(|one| one == name));
        let default = match text("default") {
            Some(default) => format!(", default {default}"),
            None if is_required => ", required".to_owned(),
            None => String::new(),
        };
        writeln!(out, "  {name:<16} {kind}{default}")?;
        if let Some(about) = text("description") {
            writeln!(out, "  {:<16} {about}", "")?;
        }
    }
    Ok(())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
