//! Every key of a pipeline file and of a match model, from the schema that the command itself validates with.

use std::fmt::Write;

use matchflow_pipeline::{KeyReference, match_model_keys, pipeline_keys};

use crate::examples::Examples;
use crate::markdown::{code, table};

const HEAD: &str = "\
# Pipeline files

A pipeline is one YAML file. `matchflow validate FILE` reports every problem in it at once, and `matchflow schema` prints its JSON
Schema, for editors.

Paths are relative to the pipeline file. `${NAME}` in a value is replaced by the environment variable `NAME`, and
`${NAME:-default}` has a default. `--set source.xlsx.sheet=2` changes a value for one command.

In the headings `[]` is each item of a list and `<name>` a name that you choose.
";

const MODEL: &str = "
# Match models

`model: { path: my.model.yaml }` names such a file; `matchflow train` writes one.

A comparison looks at the scores of a pair and takes the first level that holds. Its match weight is `log2(m / u)` bits.

**What a missing value means.** A scorer has no score where a side has no value, or the scorer failed on the row. Without a score:

- a condition of `when` does not hold, not even `scorer: 0`: that one means that both sides have a value;
- `missing: [scorer]` holds;
- a comparison none of whose scorers in `when` has a score has no level. It adds 0 bits, and speaks neither for nor against the pair;
- where some of its scorers have a score, the level without `when` takes the pair as any other level does. So put the levels for
  what is there before it, such as `{ level: same town, when: { town: 1 } }` for rows without a postcode.

**What is an error.** A scorer that no `score` stage has; a level whose scorers are not in one stage; a level that no pair can reach,
since levels above it take all its pairs; `m` or `u` of a comparison that do not add up to 1 (at most 1 without a level for all
remaining pairs, and without those `u` that are `groups` or `term_frequency`). The built-in models may name scorers that a pipeline
does not have: their levels are left out.
";

/// The page.
pub(crate) fn page() -> String {
    let examples = Examples::load();
    let mut out = HEAD.to_owned();
    out.push_str(&sections(&pipeline_keys(), "The file", &examples));
    out.push_str(MODEL);
    out.push_str(&sections(&match_model_keys(), "A model", &examples));
    let missing = examples.missing();
    assert!(missing.is_empty(), "add examples of these keys to tests/reference/examples.txt: {missing:#?}");
    out
}

/// A table for each map, in the order of the keys.
fn sections(keys: &[KeyReference], title: &str, examples: &Examples) -> String {
    let mut parents: Vec<&str> = Vec::new();
    for key in keys {
        let parent = parent(&key.path);
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    let mut out = String::new();
    for map in parents {
        let heading = if map.is_empty() { title.to_owned() } else { code(map) };
        let inside = keys.iter().filter(|key| parent(&key.path) == map);
        let rows: Vec<Vec<String>> = inside.map(|key| row(key, examples)).collect();
        let headings = ["key", "type", "default", "meaning", "example"];
        write!(out, "\n## {heading}\n\n{}", table(&headings, &rows)).unwrap();
    }
    out
}

fn row(key: &KeyReference, examples: &Examples) -> Vec<String> {
    // The description ends with the default; one that is not a value is shown on its own.
    let (meaning, in_words) = key.description.split_once(" Default: ").unwrap_or((&key.description, ""));
    let default = match (&key.default, key.is_required, key.is_choice) {
        (_, true, _) => "required".to_owned(),
        (_, _, true) => "one of these".to_owned(),
        (Some(default), ..) => code(default),
        (None, ..) => in_words.trim_end_matches('.').to_owned(),
    };
    let keywords: Vec<String> = key
        .keywords
        .iter()
        .map(|(word, help)| if help.is_empty() { code(word) } else { format!("{}: {help}", code(word)) })
        .collect();
    // Cleaners have a separate page.
    let keywords = if keywords.len() > 10 { String::new() } else { keywords.join(" ") };
    let name = key.path.rsplit('.').next().unwrap_or(&key.path);
    vec![code(name), key.value.clone(), default, format!("{meaning} {keywords}"), examples.of(&key.path)]
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}
