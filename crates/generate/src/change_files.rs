//! What changed between two editions: the truth, and INSEE's file of successions.

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::Writer;
use matchflow_files::StagedFile;

use crate::next_edition::ChangedUnit;
use crate::{CHANGES, GenerateError, RegistryLayout, SIRENE_SUCCESSIONS, create, publish};

/// The columns of the truth.
const CHANGE_HEADER: [&str; 5] = ["siret", "change", "since", "before", "after"];
/// The columns of INSEE's file.
const LINK_HEADER: [&str; 5] = [
    "siretEtablissementPredecesseur",
    "siretEtablissementSuccesseur",
    "dateLienSuccession",
    "transfertSiege",
    "continuiteEconomique",
];

/// The files, row by row.
pub(crate) struct ChangeFiles {
    changes: CsvFile,
    /// INSEE's file, where the registry has INSEE's files.
    links: Option<CsvFile>,
    /// An open establishment of an earlier unit, that takes over from others.
    successor: Option<String>,
}

struct CsvFile {
    path: PathBuf,
    staged: StagedFile,
    writer: Writer<File>,
}

impl ChangeFiles {
    pub(crate) fn create(layout: RegistryLayout, folder: &Path) -> Result<ChangeFiles, GenerateError> {
        let links = folder.join(SIRENE_SUCCESSIONS);
        let has_links = layout == RegistryLayout::Sirene;
        Ok(ChangeFiles {
            changes: CsvFile::create(folder.join(CHANGES), &CHANGE_HEADER)?,
            links: has_links.then(|| CsvFile::create(links, &LINK_HEADER)).transpose()?,
            successor: None,
        })
    }

    /// The establishment that takes over from those of the next unit.
    pub(crate) fn successor(&self) -> Option<&str> {
        self.successor.as_deref()
    }

    pub(crate) fn add(&mut self, changed: &ChangedUnit) -> Result<(), GenerateError> {
        for change in &changed.changes {
            let since = change.since.to_string();
            self.changes.write(&[&change.siret, change.kind.word(), &since, &change.before, &change.after])?;
        }
        if let Some(links) = &mut self.links {
            for link in &changed.links {
                links.write(&[&link.from, &link.to, &link.date.to_string(), "false", "true"])?;
            }
        }
        let open = changed.establishments.iter().find(|establishment| establishment.is_open);
        if let Some(open) = open {
            self.successor = Some(open.siret.clone());
        }
        Ok(())
    }

    /// Completes the files; returns the truth.
    pub(crate) fn finish(self, files: &mut Vec<PathBuf>) -> Result<PathBuf, GenerateError> {
        files.extend(self.links.map(CsvFile::finish).transpose()?);
        self.changes.finish()
    }
}

impl CsvFile {
    fn create(path: PathBuf, header: &[&str]) -> Result<CsvFile, GenerateError> {
        let (staged, file) = create(&path)?;
        let mut file = CsvFile { path, staged, writer: Writer::from_writer(file) };
        file.write(header)?;
        Ok(file)
    }

    fn write(&mut self, cells: &[&str]) -> Result<(), GenerateError> {
        let written = self.writer.write_record(cells);
        written.map_err(|error| GenerateError::Write { path: self.path.clone(), source: error.into() })
    }

    fn finish(mut self) -> Result<PathBuf, GenerateError> {
        let flushed = self.writer.flush();
        flushed.map_err(|source| GenerateError::Write { path: self.path.clone(), source })?;
        drop(self.writer);
        publish(self.staged)
    }
}
