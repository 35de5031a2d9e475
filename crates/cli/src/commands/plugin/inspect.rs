//! `matchflow plugin inspect`: what a `.wasm` file is, also one that does not run here.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_model::digest::sha256_hex;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldItem, WorldKey};

use super::file_failure;
use crate::environment::Machine;
use crate::failure::Failure;

/// Prints what the file says of itself. Exit code 1 for one that does not load.
pub(crate) fn inspect(file: &Path) -> Result<ExitCode, Failure> {
    let bytes = std::fs::read(file).map_err(|error| file_failure(file, &error))?;
    let mut out = std::io::stdout().lock();
    let machine = Machine::new().map_err(|error| Failure::fatal(&error))?;
    let loaded = machine.load(file);
    if let Ok(plugin) = &loaded {
        let description = plugin.description();
        writeln!(out, "{} {}: {}", description.name, description.version, description.summary)?;
        writeln!(out, "inputs")?;
        for input in &description.inputs {
            let need = if input.required { "required" } else { "optional" };
            let rarity = if input.rarity { ", with the rarity of its words" } else { "" };
            writeln!(out, "  {:<12} {need}, cleaned as {}{rarity}", input.name, input.kind)?;
        }
        writeln!(out, "parameters")?;
        let schema: serde_json::Value = serde_json::from_str(&description.parameters).unwrap_or_default();
        parameters(&mut out, &schema)?;
    }
    let sides = interfaces(&bytes);
    writeln!(out, "exports    {}", sides.as_ref().map_or_else(Clone::clone, |sides| listed(&sides.1)))?;
    writeln!(out, "imports    {}", sides.as_ref().map_or_else(Clone::clone, |sides| listed(&sides.0)))?;
    writeln!(out, "size       {} bytes", bytes.len())?;
    writeln!(out, "sha-256    {}", sha256_hex(&bytes))?;
    match loaded {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::fatal(&error)),
    }
}

fn parameters(out: &mut impl Write, schema: &serde_json::Value) -> std::io::Result<()> {
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

/// The names of what a component imports and exports, or what the file is instead.
fn interfaces(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), String> {
    match decode(bytes) {
        Ok(DecodedWasm::Component(resolve, world)) => {
            let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| -> Vec<String> {
                items.filter(|(_, item)| runs(&resolve, item)).map(|(key, _)| resolve.name_world_key(key)).collect()
            };
            let world = resolve.worlds.get(world).ok_or("unknown: the component has no world")?;
            Ok((names(&mut world.imports.iter()), names(&mut world.exports.iter())))
        }
        Ok(DecodedWasm::WitPackage(..)) => Err("unknown: the file is an interface, not a plug-in".to_owned()),
        Err(_) => Err("unknown: the file is not a component".to_owned()),
    }
}

/// Whether an item is more than types.
fn runs(resolve: &Resolve, item: &WorldItem) -> bool {
    match item {
        WorldItem::Interface { id, .. } => {
            resolve.interfaces.get(*id).is_none_or(|interface| !interface.functions.is_empty())
        }
        WorldItem::Function(_) => true,
        WorldItem::Type { .. } => false,
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
