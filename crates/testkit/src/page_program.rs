//! The program of a page, in the sources from which its bundle is built, for tests that hold its texts to it.

use std::collections::BTreeSet;
use std::path::Path;

/// All sources of the page of a crate, whose folder is `crate_folder`.
pub fn program(crate_folder: &str) -> String {
    let folder = Path::new(crate_folder).join("web/src");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "ts"));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// What the calls of `t` begin with, up to `end`: `t("undo")`, and ``t(`order.${order}`)``, whose names are composed.
pub fn named<'a>(program: &'a str, quote: &str, end: char) -> BTreeSet<&'a str> {
    let call = format!("t({quote}");
    let calls = program.match_indices(&call).filter(|(at, _)| {
        let before = program.get(..*at).and_then(|before| before.chars().next_back());
        !before.is_some_and(char::is_alphanumeric)
    });
    calls.filter_map(|(at, call)| program.get(at + call.len()..)?.split(end).next()).collect()
}
