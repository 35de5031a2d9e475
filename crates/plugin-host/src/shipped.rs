//! The bundled plug-ins. Their components are embedded in the program (1.2 MB in total), so that it needs no other
//! files.

use std::path::Path;

use matchflow_model::plan::plugin_name;

/// A bundled plug-in.
#[derive(Debug)]
pub struct ShippedPlugin {
    /// Its name, which pipelines use instead of a path.
    pub name: &'static str,
    /// The component.
    pub component: &'static [u8],
}

macro_rules! shipped {
    ($($name:literal,)*) => {
        &[$(ShippedPlugin {
            name: $name,
            component: include_bytes!(concat!("../../../plugins/dist/", $name, ".wasm")),
        },)*]
    };
}

/// All bundled plug-ins, sorted by name.
pub const SHIPPED_PLUGINS: &[ShippedPlugin] = shipped![
    "address",
    "company-name",
    "edit-distance",
    "exact",
    "identifier",
    "llm-arbiter",
    "numeric-date",
    "webhook-arbiter",
];

/// The plug-in named by `path`; `None` if it is the path of a file.
pub fn shipped_plugin(path: &Path) -> Option<&'static ShippedPlugin> {
    let name = plugin_name(path)?;
    SHIPPED_PLUGINS.iter().find(|plugin| plugin.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The table must list all files in `plugins/dist`.
    #[test]
    fn every_built_plugin_is_bundled() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let built = names.filter(|path| path.extension().is_some_and(|end| end == "wasm"));
        let built: BTreeSet<String> = built.map(|path| path.file_stem().unwrap().to_string_lossy().into()).collect();
        let shipped: BTreeSet<String> = SHIPPED_PLUGINS.iter().map(|plugin| plugin.name.to_owned()).collect();
        assert_eq!(shipped, built);
        let bytes: usize = SHIPPED_PLUGINS.iter().map(|plugin| plugin.component.len()).sum();
        assert!(bytes < 1_500_000, "{bytes}");
    }

    #[test]
    fn the_path_of_a_file_is_not_a_name() {
        for path in ["./exact", "exact.wasm", "plugins/exact", "Exact", "", "-"] {
            assert!(shipped_plugin(Path::new(path)).is_none(), "{path}");
        }
        assert_eq!(shipped_plugin(Path::new("exact")).unwrap().name, "exact");
    }
}
