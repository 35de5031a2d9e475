//! Makes a new edition of a registry: gets its files, checks them, joins them, publishes the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{NaiveDate, Utc};

use crate::columns::{CheckedFile, check};
use crate::descriptor::{Descriptor, SourceDescriptor, SourceJoin};
use crate::edition::Edition;
use crate::error::RegistryError;
use crate::folder::{LockedFolder, RegistryFolder, StoredEdition};
use crate::join::{JoinFailure, JoinInputs, join};
use crate::manifest::{EntryCounts, Manifest, SourceFacts, TableFile};
use crate::obtain::{Obtained, ObtainedFile, from_files, from_publisher};
use crate::sort::{CHUNK_ROWS, SortedRows};
use crate::source_table::{SourceTable, TableCounts};
use crate::stream::BatchStream;
use crate::successions::Successions;

/// Files of one edition are of days that are not further apart.
const DAYS_APART_MAX: i64 = 7;
/// Entries in a thousand that may be without their group.
const WITHOUT_GROUP_MAX: u64 = 10;
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
    /// Columns that this version does not know; they are not in the table.
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
        edition: StoredEdition,
        /// The edition before it.
        before: Option<StoredEdition>,
        /// What the user should know.
        notes: Vec<FetchNote>,
    },
    /// The publisher's files are those of the newest edition.
    Unchanged(StoredEdition),
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
        // A process that was killed before it made the link.
        locked.link(before)?;
    }
    let mut notes = Vec::new();
    let known = before.as_ref().map(|edition| &edition.manifest);
    let obtained = match options.from {
        Some(given) => from_files(descriptor, given, known, &mut notes)?,
        None => from_publisher(options, &locked.downloads()?, known, &mut notes, progress)?,
    };
    let files = match (obtained, before) {
        (Obtained::Unchanged, Some(before)) => return Ok(FetchOutcome::Unchanged(before)),
        (Obtained::Unchanged, None) => Vec::new(),
        (Obtained::Files(files), _) => files,
    };
    let before = folder.latest()?;
    let staged = locked.stage("edition")?;
    let built = build(options, &locked, &staged, &files, progress)?;
    let edition = name(options, &built, &files)?;
    if let Some(before) = before.as_ref().filter(|before| edition.day() < before.manifest.edition.day()) {
        return Err(RegistryError::OlderEdition { found: edition, latest: before.manifest.edition.clone() });
    }
    notes.extend(built.notes(before.as_ref(), &edition));
    let mut manifest = Manifest::new(descriptor, locked.free_name(edition), built.table);
    manifest.counts = built.counts;
    manifest.sources = built.sources;
    let edition = locked.publish(&staged, manifest)?;
    locked.remove_downloads()?;
    Ok(FetchOutcome::New { edition, before, notes })
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

/// A table that is complete and has no name yet.
struct BuiltTable {
    table: TableFile,
    counts: EntryCounts,
    sources: BTreeMap<String, SourceFacts>,
}

impl BuiltTable {
    fn notes(&self, before: Option<&StoredEdition>, edition: &Edition) -> Vec<FetchNote> {
        let mut notes = Vec::new();
        for (file, facts) in &self.sources {
            if !facts.new_columns.is_empty() {
                notes.push(FetchNote::NewColumns { file: file.clone(), columns: facts.new_columns.clone() });
            }
        }
        if let Some(before) = before.map(|before| &before.manifest.edition) {
            let days = edition.days_since(before);
            if days > DAYS_OF_A_MONTH {
                notes.push(FetchNote::MissingEditions { before: before.clone(), days: days.unsigned_abs() });
            }
        }
        let EntryCounts { rejected, without_group, without_id, .. } = self.counts;
        notes.extend((rejected > 0).then_some(FetchNote::Rejected(rejected)));
        notes.extend((without_group > 0).then_some(FetchNote::WithoutGroup(without_group)));
        notes.extend((without_id > 0).then_some(FetchNote::WithoutId(without_id)));
        notes
    }
}

/// A file with its columns.
struct InputFile<'a> {
    obtained: &'a ObtainedFile,
    checked: CheckedFile,
}

impl InputFile<'_> {
    fn source(&self) -> &'static SourceDescriptor {
        self.obtained.source
    }

    fn open(&self) -> Result<SourceTable, RegistryError> {
        SourceTable::open(&self.checked, self.source().processed.as_deref())
    }
}

/// Checks the files and joins them.
fn build(
    options: &FetchOptions<'_>,
    locked: &LockedFolder,
    staged: &Path,
    files: &[ObtainedFile],
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<BuiltTable, RegistryError> {
    // All columns first: what is missing in the last file is known before the first is read.
    let checked = |obtained| Ok(InputFile { obtained, checked: check(&obtained.path, obtained.source)? });
    let inputs = files.iter().map(checked).collect::<Result<Vec<InputFile<'_>>, RegistryError>>()?;
    let with = |join| inputs.iter().find(|input| input.source().join == join);
    let Some(main) = with(SourceJoin::Main) else {
        return Err(RegistryError::NoEdition { reason: "there is no file of entries".to_owned() });
    };
    let mut counts: BTreeMap<String, TableCounts> = BTreeMap::new();
    let mut successions = Successions::default();
    if let Some(input) = with(SourceJoin::Successor) {
        let mut table = input.open()?;
        successions = Successions::load(&mut table)?;
        counts.insert(input.source().key.clone(), table.counts());
    }
    let path = staged.join(options.descriptor.table_name());
    let mut sorted: Vec<SourceJoin> = Vec::new();
    let (table, mut entries) = loop {
        let mut work = JoinWork { options, locked, path: &path, successions: &successions, sorted: &sorted };
        let joined = work.run(main, with(SourceJoin::Group), &mut counts, progress);
        match joined {
            Ok(joined) => break joined,
            Err(JoinFailure::Failed(error)) => return Err(error),
            Err(JoinFailure::Unsorted(join)) if sorted.contains(&join) => {
                return Err(RegistryError::GroupOrder { file: main.checked.plan.to_string() });
            }
            Err(JoinFailure::Unsorted(join)) => sorted.push(join),
        }
    };
    entries.rejected = counts.values().map(|counts| counts.rejected).sum();
    check_rows(options, &inputs, &counts)?;
    check_days(&inputs, &counts)?;
    check_groups(main, with(SourceJoin::Group), entries)?;
    let facts = |input: &InputFile<'_>| {
        let key = input.source().key.clone();
        let counts = counts.get(&key).cloned().unwrap_or_default();
        let ObtainedFile { url, bytes, sha256, etag, .. } = input.obtained.clone();
        let new_columns = input.checked.new_columns.clone();
        (key, SourceFacts { url, bytes, sha256, etag, rows: counts.rows, processed: counts.processed, new_columns })
    };
    let sources = inputs.iter().map(facts).collect();
    Ok(BuiltTable { table, counts: entries, sources })
}

/// An attempt to join, with the files sorted that are known not to be in order.
struct JoinWork<'a> {
    options: &'a FetchOptions<'a>,
    locked: &'a LockedFolder,
    path: &'a Path,
    successions: &'a Successions,
    sorted: &'a [SourceJoin],
}

impl JoinWork<'_> {
    fn run(
        &mut self,
        main: &InputFile<'_>,
        groups: Option<&InputFile<'_>>,
        counts: &mut BTreeMap<String, TableCounts>,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<(TableFile, EntryCounts), JoinFailure> {
        let mut main_table = main.open()?;
        let mut group_table = groups.map(InputFile::open).transpose()?;
        let total = main_table.rows_hint();
        let mut sorted_main = self.sort(SourceJoin::Main, Some(&mut main_table), progress)?;
        let mut sorted_groups = self.sort(SourceJoin::Group, group_table.as_mut(), progress)?;
        let main_stream: &mut dyn BatchStream = match &mut sorted_main {
            Some(sorted) => sorted,
            None => &mut main_table,
        };
        let group_stream: Option<&mut dyn BatchStream> = match (&mut sorted_groups, &mut group_table) {
            (Some(sorted), _) => Some(sorted),
            (None, Some(table)) => Some(table),
            (None, None) => None,
        };
        let inputs = JoinInputs { main: main_stream, groups: group_stream, successions: self.successions };
        let mut show = |done| progress(FetchProgress::Joining { done, total });
        let joined = join(self.options.descriptor, inputs, self.path, &mut show)?;
        counts.insert(main.source().key.clone(), main_table.counts());
        if let (Some(groups), Some(table)) = (groups, &group_table) {
            counts.insert(groups.source().key.clone(), table.counts());
        }
        Ok(joined)
    }

    /// Sorts a table by its first column, if it is known not to be in order.
    fn sort(
        &self,
        join: SourceJoin,
        table: Option<&mut SourceTable>,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<Option<SortedRows>, RegistryError> {
        let Some(table) = table.filter(|_| self.sorted.contains(&join)) else { return Ok(None) };
        progress(FetchProgress::Sorting { file: table.name().to_owned() });
        let folder = self.locked.stage(if join == SourceJoin::Main { "entries" } else { "groups" })?;
        SortedRows::sort(table, 0, &folder, CHUNK_ROWS).map(Some)
    }
}

fn check_rows(
    options: &FetchOptions<'_>,
    inputs: &[InputFile<'_>],
    counts: &BTreeMap<String, TableCounts>,
) -> Result<(), RegistryError> {
    for input in inputs {
        let rows = counts.get(&input.source().key).map_or(0, |counts| counts.rows);
        let expected = options.rows_min.map_or(input.source().rows_min, |rows_min| rows_min.max(1));
        if rows < expected {
            return Err(RegistryError::FewRows { file: input.checked.plan.to_string(), rows, expected });
        }
    }
    Ok(())
}

/// Refuses files of different editions: the last days on which their rows changed are far apart.
fn check_days(inputs: &[InputFile<'_>], counts: &BTreeMap<String, TableCounts>) -> Result<(), RegistryError> {
    let day_of = |input: &InputFile<'_>| {
        let day = counts.get(&input.source().key)?.processed.clone()?;
        Some((input.checked.plan.to_string(), NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok()?, day))
    };
    let days: Vec<(String, NaiveDate, String)> = inputs.iter().filter_map(day_of).collect();
    let earliest = days.iter().min_by_key(|(_, day, _)| *day);
    let latest = days.iter().max_by_key(|(_, day, _)| *day);
    match earliest.zip(latest) {
        Some(((one, from, one_day), (other, to, other_day))) if (*to - *from).num_days() > DAYS_APART_MAX => {
            Err(RegistryError::MixedEditions {
                one: one.clone(),
                one_day: one_day.clone(),
                other: other.clone(),
                other_day: other_day.clone(),
            })
        }
        _ => Ok(()),
    }
}

fn check_groups(
    main: &InputFile<'_>,
    groups: Option<&InputFile<'_>>,
    counts: EntryCounts,
) -> Result<(), RegistryError> {
    let Some(groups) = groups else { return Ok(()) };
    if counts.without_group * 1000 <= counts.entries * WITHOUT_GROUP_MAX {
        return Ok(());
    }
    Err(RegistryError::WithoutGroup {
        file: main.checked.plan.to_string(),
        groups: groups.checked.plan.to_string(),
        entries: counts.without_group,
        all: counts.entries,
    })
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
