//! The registry: its files, its kind, and how its columns are read.

use std::path::{Path, PathBuf};

use matchflow_ingest::{IngestError, TableFormat, TableOptions, table_facts, table_plan};
use matchflow_model::language::Language;
use matchflow_profile::{ColumnGuess, ColumnKind, RegistryKind, TableChoice, choose_table, classify, registry_kind};

use super::{refusal, unreadable};
use crate::failure::Failure;
use crate::messages::{GuideError, GuideText, GuidedTable, guide_text};

use super::choices::{COMPANY_FIELDS, FRENCH_FIELDS, FieldRule};
use super::supplier_file::format_of;

/// Suffixes of a registry's files; if a file exists with several, the first counts.
const REGISTRY_FILES: [&str; 5] = [".parquet", ".csv", ".csv.gz", ".csv.zst", ".zip"];

/// The registry of a run.
pub(crate) struct RegistryChoice {
    pub(crate) tables: RegistryTables,
    pub(crate) columns: RegistryColumns,
}

/// Its files.
pub(crate) enum RegistryTables {
    /// One table.
    One { format: &'static dyn TableFormat, path: PathBuf, sheet: Option<String>, header: Option<u32>, is_nested: bool },
    /// INSEE's two files.
    Sirene { units: PathBuf, establishments: PathBuf },
}

/// How its columns are read.
pub(crate) enum RegistryColumns {
    /// With the preset `sirene`.
    Sirene,
    /// As detected.
    Guessed { id: String, group: Option<String>, fields: Vec<RegistryField>, is_french: bool },
}

/// A field of the registry.
pub(crate) struct RegistryField {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<String>,
}

impl RegistryChoice {
    /// The fields that a supplier file should have for this registry.
    pub(crate) fn fields(&self) -> &'static [FieldRule] {
        if self.is_french() { FRENCH_FIELDS } else { COMPANY_FIELDS }
    }

    /// The preset of stages for this registry.
    pub(crate) fn preset(&self) -> &'static str {
        if self.is_french() { "suppliers" } else { "companies" }
    }

    fn is_french(&self) -> bool {
        !matches!(self.columns, RegistryColumns::Guessed { is_french: false, .. })
    }

    /// The detected kind.
    pub(crate) fn description(&self, language: Language) -> String {
        let files = match &self.tables {
            RegistryTables::One { path, .. } => path.display().to_string(),
            RegistryTables::Sirene { units, establishments } => {
                format!("{} + {}", units.display(), establishments.display())
            }
        };
        let columns = match &self.columns {
            RegistryColumns::Sirene => None,
            RegistryColumns::Guessed { id, fields, .. } => {
                let field = |field: &RegistryField| format!("{} = {}", field.name, field.columns.join(" + "));
                Some(std::iter::once(format!("id = {id}")).chain(fields.iter().map(field)).collect())
            }
        };
        guide_text(&GuideText::Registry { files, columns }, language)
    }
}

/// A file that may be the registry, and its kind.
struct RegistryFile {
    path: PathBuf,
    format: &'static dyn TableFormat,
    kind: RegistryKind,
}

/// The registry: one file, two files, or a folder.
pub(crate) fn choose_registry(paths: &[PathBuf], language: Language) -> Result<RegistryChoice, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { files.extend(files_in(path)?) } else { files.push(registry_file(path)?) }
    }
    let of_kind = |files: &[RegistryFile], kind: RegistryKind| {
        files.iter().find(|file| file.kind == kind).map(|file| file.path.clone())
    };
    // Only one of INSEE's two files: the other one is next to it.
    if let [only] = files.as_slice() {
        let other = match only.kind {
            RegistryKind::SireneEstablishments => Some(RegistryKind::SireneUnits),
            RegistryKind::SireneUnits => Some(RegistryKind::SireneEstablishments),
            _ => None,
        };
        if let Some(other) = other {
            let folder = only.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let found = files_of(folder)?.into_iter().find(|file| file.kind == other);
            let file = only.path.display().to_string();
            let missing =
                || GuideText::Error(GuideError::OtherSireneFile { file, is_units: other == RegistryKind::SireneUnits });
            files.push(found.ok_or_else(|| Failure::Usage(guide_text(&missing(), language)))?);
        }
    }
    let units = of_kind(&files, RegistryKind::SireneUnits);
    let establishments = of_kind(&files, RegistryKind::SireneEstablishments);
    if let (Some(units), Some(establishments)) = (units, establishments) {
        let tables = RegistryTables::Sirene { units, establishments };
        return Ok(RegistryChoice { tables, columns: RegistryColumns::Sirene });
    }
    let is_complete = |file: &&RegistryFile| matches!(file.kind, RegistryKind::Sirene | RegistryKind::Companies);
    let file = match files.iter().filter(is_complete).collect::<Vec<_>>().as_slice() {
        [file] => *file,
        found => {
            let names = found.iter().map(|file| file.path.display().to_string()).collect();
            return Err(Failure::Usage(guide_text(
                &GuideText::Error(GuideError::WhichRegistry { files: names }),
                language,
            )));
        }
    };
    let sheet_and_columns = read_columns(file, language)?;
    let (choice, columns) = sheet_and_columns;
    let tables = RegistryTables::One {
        format: file.format,
        path: file.path.clone(),
        sheet: choice.as_ref().and_then(|choice| choice.sheet.clone()),
        is_nested: choice.as_ref().is_some_and(TableChoice::is_nested),
        header: choice.and_then(|choice| choice.header),
    };
    Ok(RegistryChoice { tables, columns })
}

fn reading(error: &IngestError) -> Failure {
    unreadable(error, GuidedTable::Registry)
}

fn registry_file(path: &Path) -> Result<RegistryFile, Failure> {
    let format = format_of(path)?;
    let facts =
        table_facts(&table_plan(format, path.to_owned(), TableOptions::new())).map_err(|error| reading(&error))?;
    Ok(RegistryFile { path: path.to_owned(), format, kind: registry_kind(&facts.columns) })
}

/// The files of a folder that may be the registry: INSEE's, the only suitable one, or all of them as one table.
fn files_in(folder: &Path) -> Result<Vec<RegistryFile>, Failure> {
    let files = files_of(folder)?;
    let of_kind = |kind: RegistryKind| files.iter().filter(|file| file.kind == kind).count();
    let complete = of_kind(RegistryKind::Sirene) + of_kind(RegistryKind::Companies);
    let parts = of_kind(RegistryKind::SireneUnits) + of_kind(RegistryKind::SireneEstablishments);
    if complete == 1 || parts > 0 {
        return Ok(files);
    }
    match registry_file(folder) {
        Ok(table) => Ok(vec![table]),
        Err(error) if complete == 0 && !files.is_empty() => Err(error),
        // Files with different columns, or none: the user must choose.
        Err(_) => Ok(files),
    }
}

/// The readable tables of a folder, Parquet first, sorted by name.
fn files_of(folder: &Path) -> Result<Vec<RegistryFile>, Failure> {
    let failed = |error: std::io::Error| {
        refusal(GuideError::FolderUnreadable { folder: folder.display().to_string(), error: error.to_string() })
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let rank = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?.to_lowercase();
        REGISTRY_FILES.iter().position(|end| name.ends_with(end))
    };
    paths.retain(|path| path.is_file() && rank(path).is_some());
    paths.sort_by_key(|path| (rank(path), path.clone()));
    Ok(paths.iter().filter_map(|path| registry_file(path).ok()).collect())
}

/// The sheet and the columns of a file that is a complete registry.
fn read_columns(file: &RegistryFile, language: Language) -> Result<(Option<TableChoice>, RegistryColumns), Failure> {
    if file.kind == RegistryKind::Sirene {
        return Ok((None, RegistryColumns::Sirene));
    }
    let choice = choose_table(file.format, &file.path, None, None).map_err(|error| reading(&error))?;
    let guesses = classify(&choice.samples);
    let of_kind = |kind: ColumnKind| -> Vec<String> {
        guesses.iter().filter(|guess| guess.kind == kind).map(|guess| guess.column.clone()).collect()
    };
    let is_key = |column: &String| choice.samples.iter().any(|sample| sample.name == *column && sample.is_key());
    let first_key = |kinds: &[ColumnKind]| kinds.iter().flat_map(|kind| of_kind(*kind)).find(&is_key);
    let siret = first_key(&[ColumnKind::Siret]);
    let is_french = siret.is_some();
    let id =
        siret.or_else(|| first_key(&[ColumnKind::Siren, ColumnKind::CompanyNumber, ColumnKind::Key, ColumnKind::Vat]));
    let Some(id) =
        id.or_else(|| choice.samples.iter().find(|sample| sample.is_key()).map(|sample| sample.name.clone()))
    else {
        let text = GuideText::Error(GuideError::RegistryWithoutId {
            file: file.path.display().to_string(),
            columns: names(&guesses),
        });
        return Err(Failure::Usage(guide_text(&text, language)));
    };
    let group = of_kind(ColumnKind::Siren).into_iter().find(|column| is_french && *column != id);
    let rules = if is_french { FRENCH_FIELDS } else { COMPANY_FIELDS };
    let mut fields = Vec::new();
    for rule in rules.iter().filter(|rule| !matches!(rule.kind, ColumnKind::Siret | ColumnKind::Siren)) {
        let mut columns = of_kind(rule.kind);
        if let (true, Some(instead)) = (columns.is_empty(), rule.instead) {
            columns = of_kind(instead);
        }
        columns.truncate(if rule.is_joined { usize::MAX } else { 1 });
        if !columns.is_empty() {
            fields.push(RegistryField { name: rule.name, columns });
        }
    }
    if !fields.iter().any(|field| field.name == "name") {
        let text = GuideText::Error(GuideError::RegistryWithoutName {
            file: file.path.display().to_string(),
            columns: names(&guesses),
        });
        return Err(Failure::Usage(guide_text(&text, language)));
    }
    Ok((Some(choice), RegistryColumns::Guessed { id, group, fields, is_french }))
}

fn names(guesses: &[ColumnGuess]) -> Vec<String> {
    guesses.iter().map(|guess| guess.column.clone()).collect()
}
