//! Makes a new edition of a registry: gets its files, checks them, joins them, publishes the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;

use crate::build::{BuiltTable, build};
use crate::descriptor::{Descriptor, SourceJoin};
use crate::edition::Edition;
use crate::error::RegistryError;
use crate::folder::{RegistryFolder, StoredEdition};
use crate::manifest::{EntryCounts, Manifest};
use crate::obtain::{ObtainedFile, SourceFiles, from_files, from_publisher};

/// Editions that are further apart have at least one between them that was not fetched.
const DAYS_OF_A_MONTH: i64 = 45;

/// What to fetch.
pub struct FetchOptions<'a> {
    /// The registry.
    pub descriptor: &'static Descriptor,
    /// The folder of all registries.
    pub registries: &'a Path,
    /// Files and folders to read instead of downloading.
    pub from: Option<&'a [PathBuf]>,
    /// Other addresses of files, by their keys.
    pub addresses: BTreeMap<String, String>,
    /// The scheme and host that replace those of every address.
    pub mirror: Option<&'a str>,
    /// The SHA-256 of files, by their keys.
    pub checksums: BTreeMap<String, String>,
    /// The edition that the files are of, if the user names it.
    pub edition: Option<Edition>,
    /// The smallest count of rows, instead of what the publisher has.
    pub rows_min: Option<u64>,
    /// Whether the user has stopped the command.
    pub stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// The progress of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchProgress {
    /// Bytes of a file.
    Download {
        /// The key of the file.
        key: String,
        /// Bytes so far.
        done: u64,
        /// All bytes, if known.
        total: Option<u64>,
    },
    /// A file is not in the order of its ids and is sorted.
    Sorting {
        /// The file.
        file: String,
    },
    /// Entries of the table.
    Joining {
        /// Entries so far.
        done: u64,
        /// All entries, if known.
        total: Option<u64>,
    },
}

/// What a user should know of a new edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchNote {
    /// An optional file is not there.
    WithoutSource {
        /// The key of the file.
        key: String,
    },
    /// Columns that the edition before did not have. They are not in the table.
    NewColumns {
        /// The file.
        file: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// At least one edition between this and the one before was not fetched.
    MissingEditions {
        /// The edition before.
        before: Edition,
        /// Days between them.
        days: u64,
    },
    /// Cells and rows that could not be read as they should be.
    Rejected(u64),
    /// Entries without their group.
    WithoutGroup(u64),
    /// Rows without an id.
    WithoutId(u64),
}

/// What a fetch did.
#[derive(Debug, Clone)]
pub enum FetchOutcome {
    /// There is a new edition.
    New {
        /// The edition.
        edition: Box<StoredEdition>,
        /// The edition before it.
        before: Option<Box<StoredEdition>>,
        /// What the user should know.
        notes: Vec<FetchNote>,
    },
    /// The publisher's files are those of the newest edition.
    Unchanged(Box<StoredEdition>),
}

/// Fetches a registry. Whatever goes wrong, the editions that are there stay.
pub fn fetch(
    options: &FetchOptions<'_>,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<FetchOutcome, RegistryError> {
    check_keys(options)?;
    let descriptor = options.descriptor;
    let folder = RegistryFolder::new(options.registries, descriptor);
    let locked = folder.lock()?;
    let before = folder.latest()?;
    if let Some(before) = &before {
        // A process that was killed after it had published the edition.
        locked.complete(before)?;
    }
    let mut notes = Vec::new();
    let known = before.as_ref().map(|edition| &edition.manifest);
    let obtained = match options.from {
        Some(given) => from_files(descriptor, given, &mut notes)?,
        None => from_publisher(options, &locked.downloads()?, known, &mut notes, progress)?,
    };
    let is_known = |files: &[ObtainedFile]| known.is_some_and(|manifest| is_made_of(manifest, files));
    let files = match obtained {
        SourceFiles::Files(files) if !is_known(&files) => files,
        SourceFiles::Files(_) | SourceFiles::Unchanged => Vec::new(),
    };
    if let (Some(before), true) = (&before, files.is_empty()) {
        locked.remove_downloads()?;
        return Ok(FetchOutcome::Unchanged(Box::new(before.clone())));
    }
    let staged = locked.stage("edition")?;
    let built = build(options, &locked, &staged, &files, progress)?;
    let edition = name(options, &built, &files)?;
    if let Some(before) = before.as_ref().filter(|before| edition.day() < before.manifest.edition.day()) {
        return Err(RegistryError::OlderEdition { found: edition, latest: before.manifest.edition.clone() });
    }
    notes.extend(notes_of(&built, before.as_ref(), &edition));
    let mut manifest = Manifest::new(descriptor, locked.free_name(edition), built.table);
    manifest.counts = built.counts;
    manifest.sources = built.sources;
    let edition = locked.publish(&staged, manifest)?;
    locked.remove_downloads()?;
    Ok(FetchOutcome::New { edition: Box::new(edition), before: before.map(Box::new), notes })
}

/// Whether an edition was made of these files.
fn is_made_of(manifest: &Manifest, files: &[ObtainedFile]) -> bool {
    let same =
        |file: &ObtainedFile| manifest.sources.get(&file.source.key).is_some_and(|facts| facts.sha256 == file.sha256);
    files.len() == manifest.sources.len() && files.iter().all(same)
}

/// Refuses addresses and digests of files that the registry does not have.
fn check_keys(options: &FetchOptions<'_>) -> Result<(), RegistryError> {
    let known: Vec<String> = options.descriptor.source_keys().map(str::to_owned).collect();
    let named = options.addresses.keys().chain(options.checksums.keys());
    match named.into_iter().find(|key| !known.contains(key)) {
        Some(key) => Err(RegistryError::UnknownSource { key: key.clone(), keys: known }),
        None => Ok(()),
    }
}

/// What the user should know of a new edition.
fn notes_of(built: &BuiltTable, before: Option<&StoredEdition>, edition: &Edition) -> Vec<FetchNote> {
    let mut notes = Vec::new();
    for (file, facts) in &built.sources {
        let known = before.and_then(|before| before.manifest.sources.get(file)).map(|known| &known.unread_columns);
        let is_new = |column: &&String| known.is_some_and(|known| !known.contains(column));
        let columns: Vec<String> = facts.unread_columns.iter().filter(is_new).cloned().collect();
        if !columns.is_empty() {
            notes.push(FetchNote::NewColumns { file: file.clone(), columns });
        }
    }
    if let Some(before) = before.map(|before| &before.manifest.edition) {
        let days = edition.days_since(before);
        if days > DAYS_OF_A_MONTH {
            notes.push(FetchNote::MissingEditions { before: before.clone(), days: days.unsigned_abs() });
        }
    }
    let EntryCounts { rejected, without_group, without_id, .. } = built.counts;
    notes.extend((rejected > 0).then_some(FetchNote::Rejected(rejected)));
    notes.extend((without_group > 0).then_some(FetchNote::WithoutGroup(without_group)));
    notes.extend((without_id > 0).then_some(FetchNote::WithoutId(without_id)));
    notes
}

/// The edition: the user's, else the last day on which an entry changed, else the day that the publisher names the file
/// with, else the day on which the file was last changed.
fn name(options: &FetchOptions<'_>, built: &BuiltTable, files: &[ObtainedFile]) -> Result<Edition, RegistryError> {
    if let Some(edition) = &options.edition {
        return Ok(edition.clone());
    }
    let unknown = |reason: String| RegistryError::NoEdition { reason };
    let main = files.iter().find(|file| file.source.join == SourceJoin::Main);
    let Some(main) = main else { return Err(unknown("there is no file of entries".to_owned())) };
    let processed = built.sources.get(&main.source.key).and_then(|facts| facts.processed.clone());
    let day = processed.or(main.named_day.clone()).or(main.modified.clone());
    let day = day.ok_or_else(|| unknown("neither its rows nor its name have one".to_owned()))?;
    let tomorrow = (Utc::now().date_naive() + chrono::Days::new(1)).format("%Y-%m-%d").to_string();
    if day > tomorrow {
        return Err(unknown(format!("the last change in `{}` is of {day}, which has not come yet", main.url)));
    }
    Edition::of_day(&day).ok_or_else(|| unknown(format!("`{day}` is no day")))
}
