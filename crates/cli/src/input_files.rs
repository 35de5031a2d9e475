//! The supplier file and the registry must stay what they are while a run reads them.

use std::path::{Path, PathBuf};

use matchflow_files::FileStamp;
use matchflow_model::plan::{Plan, TablePlan};

use crate::failure::Failure;

/// The inputs of a run as they were before it.
pub(crate) struct InputFiles {
    source: Vec<StampedFile>,
    reference: Vec<StampedFile>,
}

/// A file and its stamp; none where it cannot be read, which is the reader's error to report.
type StampedFile = (PathBuf, Option<FileStamp>);

impl InputFiles {
    /// Stamps the files. Called before they are opened.
    pub(crate) fn stamp(plan: &Plan) -> InputFiles {
        InputFiles { source: stamps(&plan.source.table), reference: stamps(&plan.reference.table) }
    }

    /// Checks that the files have the digests that the run began with. They are read again only if their stamps changed.
    pub(crate) fn check(&self, plan: &Plan, source_digest: &str, reference_digest: &str) -> Result<(), Failure> {
        check("the supplier file", &plan.source.table, &self.source, source_digest)?;
        match plan.dedupe {
            Some(_) => Ok(()),
            None => check("the registry", &plan.reference.table, &self.reference, reference_digest),
        }
    }
}

fn stamps(table: &TablePlan) -> Vec<StampedFile> {
    table.files.iter().map(|(_, path)| (path.clone(), FileStamp::of(path).ok())).collect()
}

fn check(role: &str, table: &TablePlan, before: &[StampedFile], digest: &str) -> Result<(), Failure> {
    let is_changed = |(path, stamp): &&StampedFile| FileStamp::of(path).ok() != *stamp;
    let Some((path, _)) = before.iter().find(is_changed) else { return Ok(()) };
    match matchflow_ingest::digest(table) {
        Ok(now) if now == digest => Ok(()),
        Ok(_) => Err(changed(role, path, "changed")),
        Err(_) => Err(changed(role, path, "was deleted or damaged")),
    }
}

fn changed(role: &str, path: &Path, what: &str) -> Failure {
    Failure::Fatal(format!(
        "{role} `{}` {what} during the run, so that its results may be of both versions. Rows committed so far are kept \
         under the digest of the file as it was; start the run again to match what changed",
        path.display()
    ))
}
