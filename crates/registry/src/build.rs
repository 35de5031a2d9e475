//! Makes the table of an edition: checks the columns of its files, joins them, checks what they have.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use crate::columns::{CheckedFile, check};
use crate::descriptor::{SourceDescriptor, SourceJoin};
use crate::error::RegistryError;
use crate::fetch::{FetchOptions, FetchProgress};
use crate::folder::LockedFolder;
use crate::join::{JoinFailure, JoinInputs, join};
use crate::manifest::{EntryCounts, SourceFacts, TableFile};
use crate::obtain::ObtainedFile;
use crate::sort::{CHUNK_ROWS, SortedRows};
use crate::source_table::{SourceTable, TableCounts};
use crate::stream::BatchStream;
use crate::successions::Successions;

/// Files of one edition are of days that are not further apart.
const DAYS_APART_MAX: i64 = 7;
/// Entries in a thousand that may be without their group.
const WITHOUT_GROUP_MAX: u64 = 10;
/// A table that is complete and has no name yet.
pub(crate) struct BuiltTable {
    pub(crate) table: TableFile,
    pub(crate) counts: EntryCounts,
    pub(crate) sources: BTreeMap<String, SourceFacts>,
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
pub(crate) fn build(
    options: &FetchOptions<'_>,
    locked: &LockedFolder,
    staged: &Path,
    files: &[ObtainedFile],
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<BuiltTable, RegistryError> {
    // All columns first: what is missing in the last file is known before the first is read.
    let checked = |obtained| Ok(InputFile { obtained, checked: check(&obtained.path, obtained.source)? });
    let inputs = files.iter().map(checked).collect::<Result<Vec<InputFile<'_>>, RegistryError>>()?;
    check_stated_rows(options, &inputs)?;
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
        let unread_columns = input.checked.unread_columns.clone();
        (key, SourceFacts { url, bytes, sha256, etag, rows: counts.rows, processed: counts.processed, unread_columns })
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

/// Refuses a file that states too few rows, before any is read.
fn check_stated_rows(options: &FetchOptions<'_>, inputs: &[InputFile<'_>]) -> Result<(), RegistryError> {
    let mut stated: BTreeMap<String, TableCounts> = BTreeMap::new();
    for input in inputs {
        let rows = input.open()?.rows_hint().unwrap_or(u64::MAX);
        stated.insert(input.source().key.clone(), TableCounts { rows, ..TableCounts::default() });
    }
    check_rows(options, inputs, &stated)
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
