//! Detects the kind of a `.wasm` file: a scorer, an arbiter, or something else.

use std::path::Path;

use matchflow_plugin_host::{Arbiter, HostError, Plugin, plugin_bytes};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::environment::LocalEnvironment;

/// The interface that arbiters export, in any version.
const ARBITRATION: &str = "matchflow:plugin/arbitration@";

/// A plug-in of either world.
pub(crate) enum LoadedPlugin {
    Scorer(Plugin),
    Arbiter(Arbiter),
}

/// Loads a plug-in according to its exports. One that exports neither interface is refused like an invalid scorer.
pub(crate) fn load(environment: &LocalEnvironment, file: &Path) -> Result<LoadedPlugin, HostError> {
    let interfaces = plugin_bytes(file).ok().and_then(|bytes| interfaces(&bytes).ok());
    let is_arbiter = interfaces.is_some_and(|sides| sides.exports.iter().any(|name| name.starts_with(ARBITRATION)));
    match is_arbiter {
        true => environment.load_arbiter(file).map(LoadedPlugin::Arbiter),
        false => environment.load(file).map(LoadedPlugin::Scorer),
    }
}

/// The names of a component's imports and exports.
pub(crate) struct Interfaces {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// The interfaces of a component, or a description of what the file is instead.
pub(crate) fn interfaces(bytes: &[u8]) -> Result<Interfaces, String> {
    match decode(bytes) {
        Ok(DecodedWasm::Component(resolve, world)) => {
            let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| -> Vec<String> {
                items.filter(|(_, item)| runs(&resolve, item)).map(|(key, _)| resolve.name_world_key(key)).collect()
            };
            let world = resolve.worlds.get(world).ok_or("unknown: the component has no world")?;
            Ok(Interfaces { imports: names(&mut world.imports.iter()), exports: names(&mut world.exports.iter()) })
        }
        Ok(DecodedWasm::WitPackage(..)) => Err("unknown: the file is an interface, not a plug-in".to_owned()),
        Err(_) => Err("unknown: the file is not a component".to_owned()),
    }
}

/// Whether an item has more than types.
fn runs(resolve: &Resolve, item: &WorldItem) -> bool {
    match item {
        WorldItem::Interface { id, .. } => {
            resolve.interfaces.get(*id).is_none_or(|interface| !interface.functions.is_empty())
        }
        WorldItem::Function(_) => true,
        WorldItem::Type { .. } => false,
    }
}
