//! Allowed dependencies: layers of crates, libraries, `unsafe`.

use super::source::{is_test_file, is_word, line_at, without_tests, words};
use super::{Rules, Violation, Workspace, rules};

/// Dependencies that go up or sideways, libraries named outside their crate, `unsafe` outside its list.
pub(super) fn check(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let mut violations = layers(workspace, rules);
    violations.extend(libraries(workspace, rules));
    violations.extend(languages(workspace, rules));
    violations.extend(unsafe_code(workspace, rules));
    violations.extend(unused_entries(workspace, rules));
    violations
}

fn layers(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let layer = |name: &str| rules.layers.iter().position(|crates| crates.iter().any(|one| one == name));
    let mut violations = Vec::new();
    let members = workspace.members().iter().filter(|member| member.folder.starts_with("crates/"));
    for member in members {
        let manifest = format!("{}/Cargo.toml", member.folder);
        let mut report = |line: usize, problem: String, remedy: String| {
            violations.push(Violation { file: manifest.clone(), line, rule: "layers", problem, remedy });
        };
        let Some(own) = layer(member.name()) else {
            report(
                1,
                format!("`{}` is in no layer", member.name()),
                format!("add it under [layers] in {}", rules::FILE),
            );
            continue;
        };
        for dependency in member.dependencies.iter().filter(|dependency| !dependency.dev) {
            let other = dependency.folder.rsplit('/').next().unwrap_or_default();
            let allowed = layer(other).is_some_and(|below| below < own)
                || rules.same_layer.iter().any(|(one, two)| one == member.name() && two == other);
            if !allowed {
                let text = workspace.text(&manifest).unwrap_or_default();
                let line =
                    text.lines().position(|line| line.contains(&format!("matchflow-{other}"))).map_or(1, |at| at + 1);
                let problem = format!("`{}` depends on `{other}`, which is not in a lower layer", member.name());
                report(
                    line,
                    problem,
                    "move what is shared into a lower crate, or pass it in as a parameter".to_owned(),
                );
            }
        }
    }
    violations
}

fn libraries(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let mut violations = Vec::new();
    let files = workspace.rust_files().filter(|(path, _)| path.contains("/src/") && !is_test_file(path));
    for (path, file) in files {
        for (at, word) in words(&file.code) {
            let Some(folders) = rules.libraries.get(word) else { continue };
            let named = file.code.get(at + word.len()..).is_some_and(|rest| rest.starts_with("::"))
                && !file.code.get(..at).is_some_and(|before| before.ends_with("::") || before.ends_with(is_word));
            if named && !folders.iter().any(|folder| path.starts_with(folder.as_str())) {
                violations.push(Violation {
                    file: path.to_owned(),
                    line: line_at(&file.code, at),
                    rule: "library",
                    problem: format!("`{word}` is named here; only {} may name it", folders.join(", ")),
                    remedy: format!("use the types of that crate, or argue for the path in {}", rules::FILE),
                });
            }
        }
    }
    violations
}

/// Code that depends on the language outside the texts: another language would change it.
fn languages(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let mut violations = Vec::new();
    let is_text = |path: &str| rules.languages.iter().any(|folder| path.starts_with(folder.as_str()));
    let files = workspace.rust_files().filter(|(path, _)| path.contains("/src/") && !is_test_file(path));
    for (path, file) in files.filter(|(path, _)| !is_text(path)) {
        let code = without_tests(&file.code);
        for (at, _) in words(&code).filter(|(_, word)| *word == "Language") {
            let after = code.get(at + "Language::".len()..).unwrap_or_default();
            let is_path = code.get(at..).is_some_and(|rest| rest.starts_with("Language::"));
            let mut name = after.chars();
            let is_variant = name.next().is_some_and(char::is_uppercase) && name.next().is_some_and(char::is_lowercase);
            if is_path && is_variant {
                violations.push(Violation {
                    file: path.to_owned(),
                    line: line_at(&code, at),
                    rule: "language",
                    problem: "a language is named here".to_owned(),
                    remedy: format!(
                        "take the text from `labels`, or list the path under [languages] in {}",
                        rules::FILE
                    ),
                });
            }
        }
    }
    violations
}

fn unsafe_code(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, file) in workspace.rust_files().filter(|(path, _)| !rules.unsafe_files.contains_key(*path)) {
        if let Some(at) = first_unsafe(&file.code) {
            violations.push(Violation {
                file: path.to_owned(),
                line: line_at(&file.code, at),
                rule: "unsafe",
                problem: "`unsafe` in a file that is not listed for it".to_owned(),
                remedy: format!("do without it, or list the file with its reason under [unsafe] in {}", rules::FILE),
            });
        }
    }
    violations
}

/// The first `unsafe`, or lint attribute that would allow it.
fn first_unsafe(code: &str) -> Option<usize> {
    let mut attribute = None;
    for (at, word) in words(code) {
        match word {
            "unsafe" => return Some(at),
            "allow" | "expect" => attribute = Some(at),
            "unsafe_code" if attribute.is_some_and(|start| !code.get(start..at).unwrap_or("]").contains(']')) => {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

/// Entries of the rules whose file or folder no longer exists.
fn unused_entries(workspace: &Workspace, rules: &Rules) -> Vec<Violation> {
    let text = workspace.text(rules::FILE).unwrap_or_default();
    let mut violations = Vec::new();
    let mut report = |entry: &str, problem: String| {
        let line = text.lines().position(|line| line.contains(entry)).map_or(1, |at| at + 1);
        let remedy = "remove the entry, or name where it is now".to_owned();
        violations.push(Violation { file: rules::FILE.to_owned(), line, rule: "rules", problem, remedy });
    };
    for path in rules.unsafe_files.keys() {
        match workspace.files().find(|(name, _)| *name == path) {
            None => report(path, format!("`{path}` does not exist")),
            Some((_, file)) if first_unsafe(&file.code).is_none() => report(path, format!("`{path}` has no `unsafe`")),
            Some(_) => {}
        }
    }
    for folder in rules.libraries.values().flatten().chain(&rules.languages) {
        if !workspace.paths().any(|path| path.starts_with(folder.as_str())) {
            report(folder, format!("`{folder}` does not exist"));
        }
    }
    for name in rules.layers.iter().flatten() {
        if !workspace.members().iter().any(|member| member.folder == format!("crates/{name}")) {
            report(name, format!("`crates/{name}` is no member of the workspace"));
        }
    }
    violations
}
