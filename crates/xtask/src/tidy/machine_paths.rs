//! Checks that no file of the repository names a user's folder or a machine's.

use super::{Violation, Workspace};

/// Written in two parts, so that this file passes.
const FOLDERS: [(&str, &str); 5] =
    [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("C:\\Us", "ers\\")];

/// A file that searches for such paths itself.
const ALLOWED: [&str; 1] = ["tests/plugins_dist.rs"];

/// Paths that only exist on one machine.
pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let folders = FOLDERS.map(|(head, tail)| format!("{head}{tail}"));
    let mut violations = Vec::new();
    for (path, file) in workspace.files().filter(|(path, _)| !ALLOWED.contains(path)) {
        for (index, line) in file.text.lines().enumerate() {
            for folder in &folders {
                // `~/work/x` and `https://host/work/` are not folders of a machine.
                let absolute = line.match_indices(folder.as_str()).any(|(at, _)| {
                    let before = line.get(..at).and_then(|head| head.chars().next_back()).unwrap_or(' ');
                    !before.is_alphanumeric() && !matches!(before, '~' | '.' | '_' | '-' | '}')
                });
                if absolute {
                    violations.push(Violation {
                        file: path.to_owned(),
                        line: index + 1,
                        rule: "machine-path",
                        problem: format!("names a folder of one machine (`{folder}`)"),
                        remedy: "use a relative path, or a variable".to_owned(),
                    });
                }
            }
        }
    }
    violations
}
