//! Each file of `tests/broken` and its report. `UPDATE_GOLDEN=1` rewrites the reports.
//!
//! Lines `# set: path=value` and `# env: NAME=value` at the top of a file are the arguments and variables of its check.

use std::path::Path;

use matchflow_pipeline::check;

use crate::world::World;

/// The width of the reports.
const WIDTH: usize = 110;

fn directives(text: &str, name: &str) -> Vec<String> {
    let prefix = format!("# {name}: ");
    text.lines().filter_map(|line| line.strip_prefix(prefix.as_str())).map(str::to_owned).collect()
}

#[test]
fn every_broken_file_has_its_report() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    assert!(files.len() >= 20, "{} broken files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let variable = |line: String| line.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let world = World { variables: directives(&text, "env").into_iter().filter_map(variable).collect() };
        let name = Path::new(file.file_name().unwrap());
        let report = match check(&text, name, &directives(&text, "set"), &world) {
            Ok(_) => "no problem was found\n".to_owned(),
            Err(report) => report.render(false, WIDTH),
        };
        let report: String = report.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let golden = file.with_extension("txt");
        if update {
            std::fs::write(&golden, &report).unwrap();
        }
        assert!(!report.starts_with("no problem"), "{} is not broken", name.display());
        for (variable, value) in &world.variables {
            assert!(!report.replace(&text, "").contains(&format!("`{value}")), "{variable} is shown:\n{report}");
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != report {
            wrong.push(format!("{}:\n{report}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "these reports changed; UPDATE_GOLDEN=1 accepts them\n\n{}", wrong.join("\n"));
}
