//! Checks ARCHITECTURE.md, README.md, CONTRIBUTING.md and the book against the workspace.
//!
//! - The table under `## Code map` has a line for each crate, whose last column lists the members that the crate
//!   depends on.
//! - A path between backticks exists. `crates/x/src/y.rs` may be written `x/src/y.rs`, `x/y.rs` or `y.rs`.

use std::collections::BTreeSet;

use super::{Member, Rules, Violation, Workspace};

/// The file with the table.
pub(super) const FILE: &str = "ARCHITECTURE.md";

const HEADING: &str = "## Code map";

/// Missing or wrong lines of the code map, and paths that do not exist.
pub(super) fn check(workspace: &Workspace, _rules: &Rules) -> Vec<Violation> {
    let mut violations = table(workspace);
    for (path, file) in workspace.files().filter(|(path, _)| is_documentation(path)) {
        violations.extend(missing_paths(workspace, path, &file.text));
    }
    violations
}

fn is_documentation(path: &str) -> bool {
    path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/")) && path != "CHANGELOG.md"
}

/// A line of the table: its position, its crate, and its column of dependencies.
struct MapRow<'a> {
    line: usize,
    folder: &'a str,
    knows: &'a str,
}

fn rows(text: &str) -> Vec<MapRow<'_>> {
    let mut inside = false;
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("## ") {
            inside = line == HEADING;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (true, ["", folder, .., knows, ""]) = (inside, cells.as_slice())
            && let Some(folder) = folder.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'))
        {
            rows.push(MapRow { line: index + 1, folder, knows });
        }
    }
    rows
}

/// The expected last column for a crate: its direct dependencies in the workspace, without dev-dependencies.
fn knows(member: &Member) -> String {
    let names: BTreeSet<&str> = member
        .dependencies
        .iter()
        .filter(|dependency| !dependency.dev)
        .filter_map(|dependency| dependency.folder.rsplit('/').next())
        .collect();
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.into_iter().collect::<Vec<_>>().join(", "),
    }
}

fn table(workspace: &Workspace) -> Vec<Violation> {
    let rows = rows(workspace.text(FILE).unwrap_or_default());
    let mut violations = Vec::new();
    let mut report = |line: usize, problem: String, remedy: &str| {
        let remedy = remedy.to_owned();
        violations.push(Violation { file: FILE.to_owned(), line, rule: "code-map", problem, remedy });
    };
    let start = rows.first().map_or(1, |row| row.line);
    for row in &rows {
        if !workspace.paths().any(|path| path.strip_prefix(row.folder).is_some_and(|rest| rest.starts_with('/'))) {
            report(
                row.line,
                format!("`{}` does not exist", row.folder),
                "remove the line, or name the folder as it is now",
            );
        }
    }
    for member in workspace.members().iter().filter(|member| member.folder.starts_with("crates/")) {
        match rows.iter().find(|row| row.folder == member.folder) {
            None => report(start, format!("`{}` has no line", member.folder), "add one that says what is there"),
            Some(row) if row.knows != knows(member) => report(
                row.line,
                format!("`{}` depends on: {}; the table says: {}", member.folder, knows(member), row.knows),
                "run `cargo xtask tidy --bless`, and see whether the dependency is meant",
            ),
            Some(_) => {}
        }
    }
    violations
}

/// The file with its last column as reported by cargo; `None` if nothing changes.
pub(super) fn rewritten(workspace: &Workspace) -> Option<String> {
    let text = workspace.text(FILE)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for row in rows(text) {
        let member = workspace.members().iter().find(|member| member.folder == row.folder);
        if let (Some(member), Some(line)) = (member, lines.get_mut(row.line - 1)) {
            let head = line.trim_end().trim_end_matches('|').rsplit_once('|').map(|(head, _)| head.to_owned());
            *line = format!("{}| {} |", head?, knows(member));
        }
    }
    let changed = lines.join("\n") + "\n";
    (changed != text).then_some(changed)
}

fn missing_paths(workspace: &Workspace, document: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for path in line.split('`').skip(1).step_by(2).filter(|token| is_path(workspace, document, token)) {
            for one in alternatives(path) {
                if !exists(workspace, &one) {
                    violations.push(Violation {
                        file: document.to_owned(),
                        line: index + 1,
                        rule: "documented-path",
                        problem: format!("`{one}` does not exist"),
                        remedy: "name the file as it is now".to_owned(),
                    });
                }
            }
        }
    }
    violations
}

/// Whether a token in backticks is a path in this repository. The book also names files of its readers.
fn is_path(workspace: &Workspace, document: &str, token: &str) -> bool {
    let plain = token.chars().all(|character| character.is_alphanumeric() || "_-./{},*".contains(character));
    if !plain || token.contains("...") {
        return false;
    }
    let head = token.split('/').next().unwrap_or_default();
    token.ends_with(".rs") && !document.starts_with("docs/")
        || token.contains('/')
            && (workspace.members().iter().any(|member| member.folder.starts_with("crates/") && member.name() == head)
                || ["crates", "plugins", "docs", "tests", "benches", "scripts", ".ci", ".config"].contains(&head))
}

/// `a/{b,c}.rs` is two paths.
fn alternatives(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?))) {
        Some((head, (list, tail))) => list.split(',').map(|part| format!("{head}{}{tail}", part.trim())).collect(),
        None => vec![path.to_owned()],
    }
}

fn exists(workspace: &Workspace, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let matches_file = |file: &str| {
        let file_in_crate = file.strip_prefix("crates/").unwrap_or(file);
        let without_src = file_in_crate.replacen("/src/", "/", 1);
        [file, file_in_crate, &without_src].iter().any(|known| fits(known, path))
            || path.ends_with(".rs") && file.ends_with(&format!("/{path}"))
    };
    workspace.paths().any(matches_file)
}

/// Whether the file has the path, is in the folder with that name, or matches its `*`.
fn fits(file: &str, path: &str) -> bool {
    match path.split_once('*') {
        Some((head, tail)) => file.len() >= head.len() + tail.len() && file.starts_with(head) && file.ends_with(tail),
        None => file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}
