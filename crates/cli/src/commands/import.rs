//! `matchflow import`: converts a model of another tool to a match model.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use matchflow_files::StagedFile;

use crate::args::ImportArgs;
use crate::commands::model_file::{conditions_text, level_text, significant};
use crate::failure::{Failure, FailureContext};
use crate::splink::{ImportedLevel, ImportedModel, ImportedScorer, Measure, SplinkSettings};

/// Writes the match model of Splink's settings, with the required stages as comments.
pub(crate) fn import(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let name = args.settings.display().to_string();
    let text = fs::read_to_string(&args.settings).while_doing(&format!("reading {name}"))?;
    let settings: SplinkSettings = serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!(
            "error: {name} is not a file of Splink settings: {error}; `linker.misc.save_model_to_json(path)` writes one"
        ))
    })?;
    let model = settings.convert(args.registry_rows);
    if model.comparisons.is_empty() {
        let notes = model.notes.join("\n  ");
        return Err(Failure::Usage(format!("error: {name} has no comparison that can be imported\n  {notes}")));
    }
    for note in &model.notes {
        message!("note: {note}");
    }
    let text = model_file(&model, &name);
    match &args.output {
        Some(output) => {
            let write = || -> std::io::Result<std::path::PathBuf> {
                matchflow_files::protect(&args.settings, "the settings");
                let (staged, mut file) = StagedFile::create(output, "a model")?;
                file.write_all(text.as_bytes())?;
                staged.publish()
            };
            write().while_doing(&format!("writing {}", output.display()))?;
            writeln!(std::io::stdout(), "{}", output.display())?;
        }
        None => write!(std::io::stdout(), "{text}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn model_file(model: &ImportedModel, settings: &str) -> String {
    let mut text = format!("# The model of {settings}. A pipeline that uses it needs these stages:\n#\n");
    for (place, (left, right)) in model.keys.iter().enumerate() {
        let key = format!("{}: {}", yaml(left), yaml(right));
        let _ = writeln!(text, "#   - candidates: {{ label: KEY_{}, exact: {{ {key} }} }}", place + 1);
    }
    text.push_str("#   - score:\n");
    for (name, scorer) in &model.scorers {
        let _ = writeln!(text, "#       {name}: {{ {} }}", scorer_text(scorer));
    }
    for (place, note) in model.notes.iter().enumerate() {
        let _ = writeln!(text, "{}# - {note}", if place == 0 { "#\n# Differences from Splink:\n" } else { "" });
    }
    let _ = writeln!(text, "prior: {}\n\ncomparisons:", significant(model.prior));
    for (comparison, levels) in &model.comparisons {
        let _ = writeln!(text, "  {}:", yaml(comparison));
        for level in levels {
            let _ = writeln!(text, "    - {}", level_line(level));
        }
    }
    text
}

fn scorer_text(scorer: &ImportedScorer) -> String {
    let compare = match scorer.left == scorer.right {
        true => yaml(&scorer.left),
        false => format!("{{ {}: {} }}", yaml(&scorer.left), yaml(&scorer.right)),
    };
    let (plugin, parameters) = match scorer.measure {
        Measure::Equal => ("exact", ""),
        Measure::JaroWinkler => ("edit-distance", ", parameters: { measure: jaro_winkler }"),
        Measure::Jaro => ("edit-distance", ", parameters: { measure: jaro_winkler, prefix_weight: 0 }"),
        Measure::Levenshtein => ("edit-distance", ""),
    };
    format!("plugin: {plugin}, compare: {compare}{parameters}")
}

fn level_line(level: &ImportedLevel) -> String {
    let conditions = conditions_text(level.conditions.iter().map(|(scorer, score_min)| (scorer.as_str(), *score_min)));
    level_text(&level.label, &conditions, &[], level.m, &significant(level.u))
}

/// A name in YAML: quoted if it is more than a single word.
fn yaml(name: &str) -> String {
    let is_word = name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_word { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}
