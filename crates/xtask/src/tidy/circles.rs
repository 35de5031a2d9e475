//! Circles of imports among the files of a crate.
//!
//! **Limits.** A path counts if it starts with `crate::`, `super::` or `self::`; a parent that names its own child
//! (`mod child; use child::X`) does not count, and re-exports are not followed to their source.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{inline_modules, is_test_file, is_word, line_at, without_tests, words};
use super::{Measure, Workspace};

const CIRCLE_FILES_MAX: usize = 3;

/// The largest circle of each crate.
pub(super) fn measure(workspace: &Workspace) -> Vec<Measure> {
    workspace.members().iter().filter_map(|member| largest_circle(workspace, &member.folder)).collect()
}

fn largest_circle(workspace: &Workspace, folder: &str) -> Option<Measure> {
    let graph = Graph::of_crate(workspace, folder);
    let circle = graph.circles().into_iter().max_by_key(BTreeSet::len)?;
    let first = circle.first()?;
    let names: Vec<&str> = circle.iter().map(|path| path.strip_prefix(folder).unwrap_or(path)).collect();
    // The import to start with is one that is part of the circle.
    let line = graph.edges.get(first)?.iter().find(|(target, _)| circle.contains(*target)).map_or(1, |(_, line)| *line);
    Some(Measure {
        rule: "import-circle",
        key: folder.to_owned(),
        value: circle.len(),
        limit: CIRCLE_FILES_MAX,
        file: first.clone(),
        line,
        problem: format!(
            "{} files of {folder} import each other in a circle; the limit is {CIRCLE_FILES_MAX}: {}",
            circle.len(),
            names.join(", ")
        ),
        remedy: "move what both sides need (constants, a small type) into a file that imports neither".to_owned(),
    })
}

/// The imports between files, with the line of the first one.
struct Graph {
    edges: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Graph {
    fn of_crate(workspace: &Workspace, folder: &str) -> Self {
        let root = format!("{folder}/src/");
        let files: Vec<(&str, String)> = workspace
            .files()
            .filter(|(path, _)| path.starts_with(&root) && path.ends_with(".rs") && !is_test_file(path))
            .map(|(path, file)| (path, without_tests(&file.code)))
            .collect();
        let modules: BTreeMap<Vec<String>, &str> =
            files.iter().map(|(path, _)| (module_of(path, &root), *path)).collect();
        let mut edges = BTreeMap::new();
        for (path, code) in &files {
            let mut targets = BTreeMap::new();
            for (import, line) in imports(code, &module_of(path, &root)) {
                if let Some(target) = resolve(&modules, &import).filter(|target| target != path) {
                    targets.entry(target.to_owned()).or_insert(line);
                }
            }
            edges.insert((*path).to_owned(), targets);
        }
        Self { edges }
    }

    /// All circles: sets of files that can reach each other.
    fn circles(&self) -> Vec<BTreeSet<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            self.edges.keys().map(|file| (file, self.reachable(file))).collect();
        let mut circles: Vec<BTreeSet<String>> = Vec::new();
        for (file, targets) in &reach {
            if circles.iter().any(|circle| circle.contains(*file)) {
                continue;
            }
            let back = targets.iter().filter(|target| reach.get(*target).is_some_and(|set| set.contains(*file)));
            let circle: BTreeSet<String> = back.map(|target| (*target).clone()).collect();
            if circle.len() > 1 {
                circles.push(circle);
            }
        }
        circles
    }

    fn reachable<'a>(&'a self, from: &'a String) -> BTreeSet<&'a String> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for target in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(target) {
                    open.push(target);
                }
            }
        }
        reached
    }
}

/// The module path of a file: `[]` for `lib.rs`, `[a, b]` for `a/b.rs` and `a/b/mod.rs`.
fn module_of(path: &str, root: &str) -> Vec<String> {
    let inner = path.strip_prefix(root).unwrap_or(path).trim_end_matches(".rs");
    let mut segments: Vec<String> = inner.split('/').map(str::to_owned).collect();
    let last = segments.last().map(String::as_str).unwrap_or_default();
    if last == "mod" || segments.len() == 1 && matches!(last, "lib" | "main") {
        segments.pop();
    }
    segments
}

/// The file of the longest prefix of the path that is a module with a file.
fn resolve<'a>(modules: &BTreeMap<Vec<String>, &'a str>, path: &[String]) -> Option<&'a str> {
    (0..=path.len()).rev().find_map(|length| modules.get(path.get(..length)?)).copied()
}

/// All paths in the code that start with `crate`, `super` or `self`, made absolute, with their lines.
fn imports(code: &str, module: &[String]) -> Vec<(Vec<String>, usize)> {
    let inline = inline_modules(code);
    let mut imports = Vec::new();
    for (at, word) in words(code) {
        let qualified = code.get(..at).is_some_and(|before| before.trim_end().ends_with("::"));
        if !matches!(word, "crate" | "super" | "self") || qualified {
            continue;
        }
        let mut base = module.to_vec();
        base.extend(inline.iter().filter(|part| (part.start..part.end).contains(&at)).map(|part| part.name.to_owned()));
        let line = line_at(code, at);
        for path in expand(code.get(at..).unwrap_or_default()) {
            if path.len() > 1 {
                imports.push((absolute(&path, &base), line));
            }
        }
    }
    imports
}

fn absolute(path: &[&str], base: &[String]) -> Vec<String> {
    let mut out = base.to_vec();
    for (index, segment) in path.iter().enumerate() {
        match *segment {
            "crate" if index == 0 => out.clear(),
            "super" => {
                out.pop();
            }
            "self" => {}
            name => out.push(name.to_owned()),
        }
    }
    out
}

/// The paths of a tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(text: &str) -> Vec<Vec<&str>> {
    let text = text.trim_start();
    let word = text.get(..text.find(|character| !is_word(character)).unwrap_or(text.len())).unwrap_or_default();
    let rest = text.get(word.len()..).unwrap_or_default().trim_start();
    let Some(tail) = rest.strip_prefix("::").map(str::trim_start) else { return vec![vec![word]] };
    let inner = match tail.strip_prefix('{') {
        Some(list) => branches(list).into_iter().flat_map(expand).collect(),
        None => expand(tail),
    };
    inner.into_iter().map(|path| [vec![word], path].concat()).collect()
}

/// The parts of a comma-separated list, up to the closing brace.
fn branches(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                parts.extend(list.get(start..at));
                start = at + 1;
                if byte == b'}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}
