//! The bundled plug-ins, as each file describes itself.

use std::fmt::Write;
use std::fs;

use crate::support::{World, root};

const HEAD: &str = "\
# Plug-ins that come with matchflow

They are in `plugins/dist`. `matchflow plugin inspect FILE` prints this of any plug-in; the README beside the sources of each
says when it is the right one and what it costs.
";

/// The page.
pub(crate) fn page() -> String {
    let world = World::empty();
    let folder = root().join("plugins/dist");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter_map(|name| name.strip_suffix(".wasm").map(str::to_owned)).collect();
    names.sort();
    let mut out = HEAD.to_owned();
    for name in names {
        let text = world.succeed(&["plugin", "inspect", &format!("../plugins/dist/{name}.wasm")]).stdout;
        // Size and digest change with every build.
        let lines: Vec<&str> =
            text.lines().take_while(|line| !line.starts_with("exports")).map(str::trim_end).collect();
        write!(out, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
    }
    out
}
