//! Protects the files of a pipeline from each other and from other files that a command writes.

use std::path::Path;

use matchflow_files::{follow_links, is_same_file, is_stdout, protect, refuse_irregular, with_suffix};
use matchflow_model::plan::{OutputPlan, Plan, StageKind};

use crate::exit_reason::ExitReason;
use crate::failure::Failure;

/// The role of a match model's file in messages.
pub(crate) const MODEL: &str = "the match model";

/// Files that belong to a checkpoint, by suffix.
const CHECKPOINT_FILES: [(&str, &str); 4] = [
    ("", "the checkpoint"),
    (".wal", "the log of the checkpoint"),
    (".answers", "the recorded answers"),
    (".decisions.jsonl", "the decisions"),
];

/// Protects the files of a plan; refuses a plan in which two of them are the same file.
pub(crate) fn protect_all(plan: &Plan) -> Result<(), Failure> {
    for (_, file) in &plan.source.table.files {
        protect(file, "the supplier file");
    }
    for (_, file) in &plan.reference.table.files {
        protect(file, "the registry");
    }
    let checkpoints = std::iter::once((&plan.sink.checkpoint, "the checkpoint"));
    let fallback = plan.sink.fallback.iter().map(|fallback| (fallback, "the fallback"));
    for (checkpoint, role) in checkpoints.chain(fallback) {
        // DuckDB's log is next to the target of a link.
        let place = follow_links(checkpoint).unwrap_or_else(|_| checkpoint.clone());
        for (suffix, file_role) in CHECKPOINT_FILES {
            claim_regular(&with_suffix(&place, suffix), if suffix.is_empty() { role } else { file_role })?;
        }
    }
    plan.reference.index_path.iter().try_for_each(|index| claim_regular(index, "the index"))?;
    for stage in &plan.stages {
        if let StageKind::Arbitrate(arbitrate) = &stage.kind {
            arbitrate.remote.fixtures.iter().try_for_each(|fixtures| claim(fixtures, "the fixtures"))?;
        }
    }
    claim_outputs(plan)
}

/// Outputs are files of their own, whatever the spelling of their paths.
fn claim_outputs(plan: &Plan) -> Result<(), Failure> {
    let outputs: Vec<(&OutputPlan, &Path)> = plan
        .outputs
        .iter()
        .filter_map(|output| Some((output, output.path()?)))
        .filter(|(_, path)| !is_stdout(path))
        .collect();
    // One database may have several tables.
    let is_database = |output: &OutputPlan| matches!(output, OutputPlan::Duckdb { .. });
    for (place, (output, path)) in outputs.iter().enumerate() {
        let mut others = outputs.iter().take(place).filter(|(other, _)| !(is_database(output) && is_database(other)));
        if let Some((_, other)) = others.find(|(_, other)| is_same_file(other, path)) {
            let (path, other) = (path.display(), other.display());
            return Err(refused(&format!(
                "the outputs `{other}` and `{path}` are one file: give each a path of its own"
            )));
        }
        if path.is_dir() {
            return Err(refused(&format!("the output `{}` is a folder: add the name of a file", path.display())));
        }
        claim(path, "an output")?;
    }
    Ok(())
}

/// A pipeline whose files cannot be written as it says.
fn refused(why: &str) -> Failure {
    Failure::Refused(ExitReason::Pipeline, format!("error: {why}; nothing was done"))
}

/// Claims a file that the command line names; refused where writing it would overwrite another.
pub(crate) fn claim_argument(path: &Path, role: &'static str) -> Result<(), Failure> {
    matchflow_files::claim(path, role).map_err(|error| Failure::Usage(format!("error: {error}; nothing was done")))
}

/// Claims an output file named in the pipeline; refuses it if that would overwrite another.
fn claim(path: &Path, role: &'static str) -> Result<(), Failure> {
    matchflow_files::claim(path, role).map_err(|error| refused(&error.to_string()))
}

/// Claims a file that is read again: a pipe or a device would wait for its other end.
fn claim_regular(path: &Path, role: &'static str) -> Result<(), Failure> {
    let irregular = |error| refused(&format!("{role} `{}` cannot be used: {error}", path.display()));
    refuse_irregular(path).map_err(irregular)?;
    claim(path, role)
}

/// Whether results go to standard output, so that nothing else may be printed there.
pub(crate) fn results_on_stdout(plan: &Plan) -> bool {
    plan.outputs.iter().filter_map(OutputPlan::path).any(is_stdout)
}
