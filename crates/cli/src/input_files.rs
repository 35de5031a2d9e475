//! Checks that the supplier file and the registry do not change while a run reads them.
//!
//! A reader checks its file after every batch, before it uses any row of it: everything read so far is then from the
//! unchanged file. The end of a run checks both files again.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use matchflow_files::FileStamp;
use matchflow_model::plan::{Plan, TablePlan};

use crate::sync::lock;

/// A file that changed while a run read it.
#[derive(Debug, thiserror::Error)]
#[error("{role} `{}` {what} {}", .path.display(), .change.consequence())]
pub(crate) struct ChangedInput {
    pub(crate) role: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) what: &'static str,
    pub(crate) change: InputChange,
}

/// When an input changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputChange {
    DuringRun,
    WhileIndexed,
}

impl InputChange {
    fn consequence(self) -> &'static str {
        match self {
            InputChange::DuringRun => {
                "during the run. Rows committed so far are kept under the digest of the file as it was; start the run \
                 again to match the file as it is"
            }
            InputChange::WhileIndexed => "while it was read, so nothing was made of it; start the command again",
        }
    }
}

/// The inputs of a run as they were before it.
#[derive(Default)]
pub(crate) struct InputFiles {
    source: Mutex<Option<InputTable>>,
    reference: Mutex<Option<InputTable>>,
}

/// A table as it was when the run began.
pub(crate) struct InputTable {
    role: &'static str,
    table: TablePlan,
    /// Its digest, once known.
    digest: Option<String>,
    files: Vec<StampedFile>,
}

/// A file and its stamp; none where there is none, as of most logs, or it cannot be read, which is the reader's error to report.
type StampedFile = (PathBuf, Option<FileStamp>);

impl InputFiles {
    /// Stamps the files. Must be called before they are opened.
    pub(crate) fn stamp(plan: &Plan) -> InputFiles {
        let source = InputTable::stamp("the supplier file", &plan.source.table);
        let reference = plan.dedupe.is_none().then(|| InputTable::stamp("the registry", &plan.reference.table));
        InputFiles { source: Mutex::new(Some(source)), reference: Mutex::new(reference) }
    }

    /// Sets the digests of the files, under which results are stored.
    pub(crate) fn set_digests(&self, source: &str, reference: &str) {
        for (table, digest) in [(&self.source, source), (&self.reference, reference)] {
            if let Some(table) = lock(table).as_mut() {
                table.digest = Some(digest.to_owned());
            }
        }
    }

    /// Checks that the supplier file has not changed.
    pub(crate) fn check_source(&self) -> Result<(), ChangedInput> {
        lock(&self.source).as_mut().map_or(Ok(()), InputTable::check)
    }

    /// Checks that the registry has not changed.
    pub(crate) fn check_reference(&self) -> Result<(), ChangedInput> {
        lock(&self.reference).as_mut().map_or(Ok(()), InputTable::check)
    }
}

impl InputTable {
    /// Stamps the files of a table.
    pub(crate) fn stamp(role: &'static str, table: &TablePlan) -> InputTable {
        let files = matchflow_ingest::files_read(table).into_iter().map(stamped).collect();
        InputTable { role, table: table.clone(), digest: None, files }
    }

    /// Checks that nothing wrote to the files since they were stamped.
    pub(crate) fn require_same_stamps(&self) -> Result<(), ChangedInput> {
        let changed = |(path, stamp): &&StampedFile| FileStamp::of(path).ok() != *stamp;
        let first = self.files.iter().find(changed);
        first.map_or(Ok(()), |(path, _)| {
            Err(ChangedInput { change: InputChange::WhileIndexed, ..self.changed(path, "changed") })
        })
    }

    /// The files are read again only if their stamps changed, once per change.
    fn check(&mut self) -> Result<(), ChangedInput> {
        let stamps: Vec<StampedFile> = self.files.iter().map(|(path, _)| stamped(path.clone())).collect();
        let Some((path, _)) = stamps.iter().zip(&self.files).find(|(now, before)| now != before).map(|(now, _)| now)
        else {
            return Ok(());
        };
        let Some(digest) = &self.digest else { return Ok(()) };
        match matchflow_ingest::digest(&self.table) {
            Ok(now) if now == *digest => {
                self.files = stamps;
                Ok(())
            }
            Ok(_) => Err(self.changed(path, "changed")),
            Err(_) => Err(self.changed(path, "was deleted or damaged")),
        }
    }

    fn changed(&self, path: &Path, what: &'static str) -> ChangedInput {
        ChangedInput { role: self.role, path: path.to_owned(), what, change: InputChange::DuringRun }
    }
}

fn stamped(path: PathBuf) -> StampedFile {
    let stamp = FileStamp::of(&path).ok();
    (path, stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(path: &Path) -> InputTable {
        let mut table = InputTable::stamp("the supplier file", &TablePlan::new("csv", path.to_owned()));
        table.digest = matchflow_ingest::digest(&table.table).ok();
        table
    }

    #[test]
    fn a_touched_file_is_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.csv");
        std::fs::write(&path, "a;b\n1;2\n").unwrap();
        let mut table = table(&path);
        assert!(table.check().is_ok());
        std::fs::write(&path, "a;b\n1;2\n").unwrap();
        assert!(table.check().is_ok());
    }

    #[test]
    fn rewritten_truncated_and_removed_files_are_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.csv");
        for change in ["a;b\n1;3\n", "a;b\n", ""] {
            std::fs::write(&path, "a;b\n1;2\n").unwrap();
            let mut table = table(&path);
            std::fs::write(&path, change).unwrap();
            let error = table.check().unwrap_err().to_string();
            assert!(error.contains("the supplier file `") && error.contains("during the run"), "{error}");
        }
        std::fs::write(&path, "a;b\n1;2\n").unwrap();
        let mut table = table(&path);
        std::fs::remove_file(&path).unwrap();
        assert!(table.check().unwrap_err().to_string().contains("was deleted"));
    }
}
