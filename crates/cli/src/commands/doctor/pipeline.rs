//! The files of a pipeline: whether it is valid, and whether a run can write its files.

use std::path::{Path, PathBuf};

use matchflow_files::{is_stdout, probe_folder};
use matchflow_model::language::{Label, Language};
use matchflow_model::plan::OutputPlan;

use super::{CheckFinding, filled, shown};
use crate::args::PipelineArgs;
use crate::failure::Failure;
use crate::load::load;

/// The findings about a pipeline. Problems of the pipeline itself are reported like `validate` does.
pub(super) fn pipeline(path: &Path, set: &[String], language: Language) -> Result<Vec<CheckFinding>, Failure> {
    const CHECK: &str = "pipeline";
    let arguments = PipelineArgs { pipeline: path.to_owned(), set: set.to_vec() };
    let plan = match load(&arguments) {
        Ok(loaded) => loaded.checked.plan,
        Err(failure @ (Failure::Refused(..) | Failure::Fatal(_) | Failure::Ended(..) | Failure::Usage(_))) => {
            let text = Label { en: "the pipeline `{}` cannot run", fr: "le pipeline `{}` ne peut pas s'exécuter" };
            let remedy = Label { en: "see the report above: {}", fr: "voir le rapport ci-dessus : {}" };
            failure.report();
            let command = format!("`matchflow validate {}`", path.display());
            let text = filled(text, language, &[&shown(path)]);
            return Ok(vec![CheckFinding::error(CHECK, text, filled(remedy, language, &[&command]))]);
        }
        Err(failure) => return Err(failure),
    };
    let valid = Label { en: "the pipeline `{}` is valid: {}, {}", fr: "le pipeline `{}` est valide : {}, {}" };
    let (source, reference) = (plan.source.table.to_string(), plan.reference.table.to_string());
    let mut findings = vec![CheckFinding::fine(CHECK, filled(valid, language, &[&shown(path), &source, &reference]))];
    let outputs = plan.outputs.iter().filter_map(OutputPlan::path).filter(|path| !is_stdout(path));
    for file in std::iter::once(plan.sink.checkpoint.as_path()).chain(outputs) {
        findings.push(folder_of(file, language));
    }
    Ok(findings)
}

/// Whether a file can be written at its path.
fn folder_of(file: &Path, language: Language) -> CheckFinding {
    const CHECK: &str = "output_folder";
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A run creates missing folders.
    let existing: Option<PathBuf> = folder.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned);
    let existing = existing.unwrap_or_else(|| PathBuf::from("."));
    match probe_folder(&existing) {
        Ok(()) => {
            let text = Label { en: "`{}` can be written", fr: "`{}` peut être écrit" };
            CheckFinding::fine(CHECK, filled(text, language, &[&shown(file)]))
        }
        Err(error) => {
            let text = Label { en: "`{}` cannot be written: {}", fr: "`{}` ne peut pas être écrit : {}" };
            let remedy = Label {
                en: "give yourself the right to write to `{}`, free space there, or choose another folder",
                fr: "obtenir le droit d'écrire dans `{}`, y libérer de la place ou choisir un autre dossier",
            };
            let text = filled(text, language, &[&shown(file), &error.to_string()]);
            CheckFinding::error(CHECK, text, filled(remedy, language, &[&shown(&existing)]))
        }
    }
}
