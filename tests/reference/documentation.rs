//! The YAML in the documentation is valid for the command.
//!
//! A comment before each block declares its kind: `<!-- example: KIND -->`, where KIND is `a pipeline`,
//! `replaces keys of FILE`, `ends the stages of FILE`, or `not a pipeline`.

use std::fs;
use std::path::Path;

use crate::examples;
use crate::support::{World, root};

/// A block of YAML and where it is.
struct Block {
    place: String,
    kind: String,
    text: String,
}

#[test]
fn yaml_in_the_documentation_is_valid() {
    let blocks = blocks();
    assert!(blocks.len() >= 5, "only {} blocks found", blocks.len());
    let world = World::sample();
    for name in pipelines() {
        fs::copy(root().join("pipelines").join(&name), world.path(&name)).unwrap();
    }
    let mut problems = Vec::new();
    for Block { place, kind, text } in blocks {
        let pipeline = match kind.as_str() {
            "not a pipeline" => continue,
            "a pipeline" => text,
            _ => match kind.split_once(" of pipelines/") {
                Some(("replaces keys", base)) => replaced(base, &text),
                Some(("ends the stages", base)) => extended(base, &text),
                _ => {
                    problems.push(format!("{place}: unknown kind of example: `{kind}`"));
                    continue;
                }
            },
        };
        world.write("example.yaml", pipeline);
        let ended = world.run(&["validate", "example.yaml"]);
        if ended.code != Some(0) || ended.stderr.contains("warning") {
            problems.push(format!("{place}: {}{}", ended.stdout, ended.stderr));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn pipelines_that_show_keys_are_valid() {
    let world = World::sample();
    for file in examples::files() {
        let name = file.rsplit('/').next().unwrap();
        fs::copy(root().join(&file), world.path(name)).unwrap();
        if file.starts_with("docs/") {
            let ended = world.run(&["validate", name]);
            assert!(ended.code == Some(0) && !ended.stderr.contains("warning"), "{file}: {ended:?}");
        }
    }
}

fn pipelines() -> Vec<String> {
    let entries = fs::read_dir(root().join("pipelines")).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn blocks() -> Vec<Block> {
    let mut files = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for folder in ["docs", "docs/reference", "plugins"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file =
                if folder == "plugins" { format!("{folder}/{name}/README.md") } else { format!("{folder}/{name}") };
            if file.ends_with(".md") && root().join(&file).exists() {
                files.push(file);
            }
        }
    }
    files.sort();
    files.iter().flat_map(|file| blocks_of(file, &fs::read_to_string(root().join(Path::new(file))).unwrap())).collect()
}

fn blocks_of(file: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut kind = None;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line == "```yaml" {
            let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let place = format!("{file}:{}", index + 1);
            let kind =
                kind.take().unwrap_or_else(|| panic!("{place}: no `<!-- example: KIND -->` in front of the YAML"));
            blocks.push(Block { place, kind, text: body.join("\n") + "\n" });
        } else if let Some(named) = line.strip_prefix("<!-- example: ").and_then(|rest| rest.strip_suffix(" -->")) {
            kind = Some(named.to_owned());
        } else if !line.is_empty() {
            kind = None;
        }
    }
    blocks
}

/// The pipeline with its top-level keys replaced by those of the text; `reference` and `dedupe` replace each other, and
/// the tests of the pipeline, which depend on its columns, are left out.
fn replaced(base: &str, text: &str) -> String {
    let base = fs::read_to_string(root().join("pipelines").join(base)).unwrap();
    let given: Vec<&str> = text.lines().filter_map(top_level_key).collect();
    let mut out = text.to_owned();
    let mut copied = true;
    for line in base.lines() {
        if let Some(key) = top_level_key(line) {
            let other = match key {
                "reference" => "dedupe",
                "dedupe" => "reference",
                key => key,
            };
            copied = key != "tests" && !given.contains(&key) && !given.contains(&other);
        }
        if copied {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The pipeline with the stages of the text appended.
fn extended(base: &str, text: &str) -> String {
    let base = fs::read_to_string(root().join("pipelines").join(base)).unwrap();
    let mut out = String::new();
    let mut inside = false;
    for line in base.lines() {
        if let Some(key) = top_level_key(line) {
            if inside {
                out.push_str(text);
            }
            inside = key == "stages";
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn top_level_key(line: &str) -> Option<&str> {
    let key = line.split(':').next()?;
    let plain = !key.is_empty() && key.chars().all(|character| character.is_ascii_lowercase() || character == '_');
    (plain && line.contains(':')).then_some(key)
}
