//! The rows of one shard, sorted.
//!
//! Rows are collected in Arrow batches of [`BATCH_ROWS`] and stored in a [`ColumnStore`]; an *entry* is a row's number
//! in the order of `_group`, then `_id`, then content. So a group is a range of entries, comparing entries compares
//! their keys, and nothing depends on the order of pushing. At most [`ENTRIES_MAX`] entries.

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use matchflow_model::columns::{self, MissingColumn};

use crate::codec::codec;
use crate::dictionary_column::DictionaryColumn;
use crate::error::Error;
use crate::id_index::{IdIndex, LazyValue};
use crate::limits::ENTRIES_MAX;
use crate::rank::Flags;
use crate::store::ColumnStore;
pub(crate) use crate::store::TextField;

/// Rows per batch, a power of two.
const BATCH_ROWS: usize = 1 << BATCH_BITS;
const BATCH_BITS: u32 = 16;
/// The field that marks a company's head office, if the pipeline declares it.
const HEAD_OFFICE: &str = "head_office";

/// Collects pushed batches into parts of exactly [`BATCH_ROWS`] rows.
#[derive(Debug, Default)]
pub(crate) struct RegistryBatches {
    schema: Option<SchemaRef>,
    full: Vec<RecordBatch>,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    batches: usize,
}

impl RegistryBatches {
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let schema = self.schema.get_or_insert_with(|| batch.schema()).clone();
        if schema.fields() != batch.schema().fields() {
            let names = |schema: &Schema| {
                let names: Vec<_> = schema.fields().iter().map(|field| format!("{field}")).collect();
                names.join(", ")
            };
            return Err(Error::SchemaChanged {
                batch: self.batches,
                expected: names(&schema),
                found: names(&batch.schema()),
            });
        }
        self.batches += 1;
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (batch.num_rows() - from).min(BATCH_ROWS - self.pending_rows);
            self.pending.push(batch.slice(from, rows));
            self.pending_rows += rows;
            from += rows;
            if self.pending_rows == BATCH_ROWS {
                self.close(&schema)?;
            }
        }
        if self.full.len() * BATCH_ROWS + self.pending_rows > ENTRIES_MAX {
            return Err(Error::TooLarge { what: "entries", limit: ENTRIES_MAX as u64 });
        }
        Ok(())
    }

    /// Copies the pending rows into a batch of exact size, so that a slice does not keep a larger buffer alive.
    fn close(&mut self, schema: &SchemaRef) -> Result<(), Error> {
        if self.pending_rows > 0 {
            self.full.push(concat_batches(schema, &self.pending)?);
            self.pending.clear();
            self.pending_rows = 0;
        }
        Ok(())
    }
}

/// A text column of the rows in the order in which they were pushed.
#[derive(Debug, Clone)]
struct UnorderedColumn<'a>(Vec<&'a StringArray>);

impl<'a> UnorderedColumn<'a> {
    fn new(parts: &'a [RecordBatch], name: &str) -> Result<UnorderedColumn<'a>, MissingColumn> {
        parts.iter().map(|part| columns::text(part, name)).collect::<Result<_, _>>().map(UnorderedColumn)
    }

    #[inline]
    fn at(&self, place: u32) -> Option<&'a str> {
        columns::value(self.0.get((place >> BATCH_BITS) as usize)?, place as usize % BATCH_ROWS)
    }
}

/// The entries of a shard.
#[derive(Debug)]
pub(crate) struct Registry {
    store: ColumnStore,
    /// The first entry of each group, then the number of entries.
    group_starts: Vec<u32>,
    /// The [`Flags`] of each entry, two bits each.
    flags: Vec<u8>,
    /// The [`prefix`] of every [`GROUP_INDEX_STEP`]th group.
    group_index: LazyValue<Vec<u128>>,
    id_index: LazyValue<IdIndex>,
}

codec!(Registry { store, group_starts, flags, group_index, id_index });

/// Number of groups between two samples.
const GROUP_INDEX_STEP: u32 = 64;

enum HeadOfficeColumn<'a> {
    Flags(Vec<&'a BooleanArray>),
    WordList(UnorderedColumn<'a>),
}

impl Registry {
    /// Sorts the rows. `searched` are the fields that searches read.
    pub(crate) fn build(mut parts: RegistryBatches, searched: &[&str]) -> Result<Registry, Error> {
        let schema = parts.schema.clone().unwrap_or_else(|| Schema::empty().into());
        parts.close(&schema)?;
        let parts = parts.full;
        if parts.is_empty() {
            let store = ColumnStore::build(schema, &parts, &[], BATCH_BITS, searched)?;
            return Ok(Registry {
                store,
                group_starts: vec![0],
                flags: Vec::new(),
                group_index: LazyValue::default(),
                id_index: LazyValue::default(),
            });
        }
        let (places, group_starts) = order(&parts)?;
        let flags = read_flags(&parts, &places)?;
        let store = ColumnStore::build(schema, &parts, &places, BATCH_BITS, searched)?;
        Ok(Registry { store, group_starts, flags, group_index: LazyValue::default(), id_index: LazyValue::default() })
    }

    /// A text field, for looking up many entries.
    pub(crate) fn text(&self, name: &str) -> Result<TextField, MissingColumn> {
        self.store.text(name)
    }

    /// The codes of a field with repeated values.
    pub(crate) fn dictionary(&self, field: TextField) -> Option<&DictionaryColumn> {
        self.store.dictionary(field)
    }

    /// Whether the registry has a text field of this name.
    pub(crate) fn has_text(&self, name: &str) -> bool {
        self.text(name).is_ok()
    }

    /// The value of a searched field for an entry.
    #[inline]
    pub(crate) fn value(&self, field: TextField, entry: u32) -> Option<&str> {
        self.store.value(field, entry)
    }

    /// The value of any field for an entry; `buffer` is used if it must be assembled.
    pub(crate) fn any_value<'a>(&'a self, field: TextField, entry: u32, buffer: &'a mut String) -> Option<&'a str> {
        self.store.any_value(field, entry, buffer)
    }

    pub(crate) fn entries(&self) -> u32 {
        self.store.len() as u32
    }

    pub(crate) fn groups(&self) -> u32 {
        self.group_starts.len().saturating_sub(1) as u32
    }

    /// The entries of a group.
    #[inline]
    pub(crate) fn members(&self, group: u32) -> std::ops::Range<u32> {
        let at = group as usize;
        match (self.group_starts.get(at), self.group_starts.get(at + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }

    /// The name of a group.
    pub(crate) fn group_name(&self, group: u32) -> Result<String, MissingColumn> {
        let (field, mut buffer) = (self.text(columns::GROUP)?, String::new());
        Ok(self.any_value(field, self.members(group).start, &mut buffer).unwrap_or("").to_owned())
    }

    /// The first group that is not less than `group`; the number of groups if all are.
    pub(crate) fn groups_before(&self, group: &str) -> Result<u32, MissingColumn> {
        let (field, mut buffer) = (self.text(columns::GROUP)?, String::new());
        let group_index = self.group_index.get_or_init(|| {
            let indexed = (0..self.groups()).step_by(GROUP_INDEX_STEP as usize).map(|group| self.members(group).start);
            indexed.map(|entry| prefix(self.any_value(field, entry, &mut buffer).unwrap_or(""))).collect()
        });
        let target = prefix(group);
        // Entries before the lower sample precede the group, those after the upper one do not; between them, names are
        // read.
        let before = group_index.partition_point(|mark| *mark < target) as u32;
        let after = group_index.partition_point(|mark| *mark <= target) as u32;
        let (mut low, mut high) =
            (before.saturating_sub(1) * GROUP_INDEX_STEP, self.groups().min(after * GROUP_INDEX_STEP));
        while low < high {
            let middle = low + (high - low) / 2;
            let name = self.any_value(field, self.members(middle).start, &mut buffer);
            if name.is_some_and(|name| name < group) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    pub(crate) fn flags(&self, entry: u32) -> Flags {
        let bits = self.flags.get(entry as usize / 4).map_or(0, |byte| byte >> (2 * (entry % 4)));
        Flags { open: bits & 1 == 1, head_office: bits >> 1 & 1 == 1 }
    }

    /// The entries' rows, in the order given, with every column.
    pub(crate) fn take(&self, entries: &[u32]) -> Result<RecordBatch, Error> {
        self.store.take(entries)
    }

    /// How entries are found by id, once needed.
    pub(crate) fn id_index(&self) -> &LazyValue<IdIndex> {
        &self.id_index
    }

    /// Size of the rows in bytes.
    pub(crate) fn rows_bytes(&self) -> usize {
        self.store.memory_bytes()
    }

    /// Size of the order in bytes.
    pub(crate) fn order_bytes(&self) -> usize {
        self.group_starts.capacity() * size_of::<u32>() + self.flags.capacity()
    }
}

/// The rows in the order of the entries, and each group's first entry. The first bytes of the group nearly always
/// decide, so they are sorted together with the row.
fn order(parts: &[RecordBatch]) -> Result<(Vec<u32>, Vec<u32>), Error> {
    let (group, id) = (UnorderedColumn::new(parts, columns::GROUP)?, UnorderedColumn::new(parts, columns::ID)?);
    let rows: usize = parts.iter().map(RecordBatch::num_rows).sum();
    let mut keys: Vec<(u128, u32)> = Vec::with_capacity(rows);
    keys.extend((0..rows as u32).map(|place| (prefix(group.at(place).unwrap_or("")), place)));
    let by_key = |a: u32, b: u32| group.at(a).cmp(&group.at(b)).then_with(|| id.at(a).cmp(&id.at(b)));
    keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| by_key(a.1, b.1)).then(a.1.cmp(&b.1)));
    let mut places: Vec<u32> = keys.into_iter().map(|(_, place)| place).collect();
    for run in places.chunk_by_mut(|a, b| by_key(*a, *b).is_eq()).filter(|run| run.len() > 1) {
        order_by_content(parts, run)?;
    }
    let (mut first, mut starts) = (0u32, Vec::new());
    for members in places.chunk_by(|a, b| group.at(*a) == group.at(*b)) {
        starts.push(first);
        first += members.len() as u32;
    }
    starts.push(first);
    starts.shrink_to_fit();
    Ok((places, starts))
}

fn read_flags(parts: &[RecordBatch], places: &[u32]) -> Result<Vec<u8>, Error> {
    let open = parts.iter().map(|part| columns::flags(part, columns::OPEN));
    let open = open.collect::<Result<Vec<_>, MissingColumn>>()?;
    let head_office = parts.iter().map(|part| columns::flags(part, HEAD_OFFICE).ok()).collect::<Option<Vec<_>>>();
    let head_office = match head_office {
        Some(flags) => Some(HeadOfficeColumn::Flags(flags)),
        None => UnorderedColumn::new(parts, HEAD_OFFICE).ok().map(HeadOfficeColumn::WordList),
    };
    let of = |place: u32| {
        let head_office = match &head_office {
            None => false,
            Some(HeadOfficeColumn::Flags(flags)) => flag(flags, place),
            Some(HeadOfficeColumn::WordList(words)) => words.at(place).is_some_and(is_yes),
        };
        u8::from(flag(&open, place)) | u8::from(head_office) << 1
    };
    let four = |places: &[u32]| (0..).zip(places).fold(0, |byte, (at, place)| byte | of(*place) << (2 * at));
    Ok(places.chunks(4).map(four).collect())
}

/// The first 16 bytes as a number that sorts like the bytes.
fn prefix(text: &str) -> u128 {
    text.bytes().take(16).fold((0u128, 128), |(sum, shift), byte| (sum | u128::from(byte) << (shift - 8), shift - 8)).0
}

fn flag(flags: &[&BooleanArray], place: u32) -> bool {
    let row = place as usize % BATCH_ROWS;
    let part = flags.get((place >> BATCH_BITS) as usize);
    part.is_some_and(|flags| row < flags.len() && flags.is_valid(row) && flags.value(row))
}

fn is_yes(word: &str) -> bool {
    ["true", "t", "1", "vrai", "oui", "yes"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
}

/// Orders rows with the same group and id by all their columns: remaining ties are equal in every column.
fn order_by_content(parts: &[RecordBatch], places: &mut [u32]) -> Result<(), Error> {
    let parts: Vec<&RecordBatch> = parts.iter().collect();
    let indices: Vec<_> =
        places.iter().map(|place| ((place >> BATCH_BITS) as usize, *place as usize % BATCH_ROWS)).collect();
    let rows = interleave_record_batch(&parts, &indices)?;
    let fields = rows.schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let contents = RowConverter::new(fields)?.convert_columns(rows.columns())?;
    let mut ordered: Vec<_> = contents.iter().zip(places.iter().copied()).collect();
    ordered.sort();
    places.iter_mut().zip(&ordered).for_each(|(place, (_, sorted))| *place = *sorted);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn groups_are_found_in_order_with_any_common_prefix() {
        // Every third number, once with a common prefix as long as the samples and once with a short one.
        let long = |number: usize| format!("the same sixteen bytes {number:05}");
        let names: Vec<String> = (0..600).flat_map(|number| [long(3 * number), format!("{number:05}")]).collect();
        let text: Arc<dyn Array> = Arc::new(StringArray::from(names.clone()));
        let open: Arc<dyn Array> = Arc::new(BooleanArray::from(vec![true; names.len()]));
        let field = |name, kind| Field::new(name, kind, false);
        let schema = Schema::new(vec![
            field(columns::ID, DataType::Utf8),
            field(columns::GROUP, DataType::Utf8),
            field(columns::OPEN, DataType::Boolean),
        ]);
        let mut parts = RegistryBatches::default();
        parts.push(&RecordBatch::try_new(Arc::new(schema), vec![Arc::clone(&text), text, open]).unwrap()).unwrap();
        let registry = Registry::build(parts, &[]).unwrap();
        let mut sorted = names;
        sorted.sort_unstable();
        let asked = (0..1_900).map(long).chain(["", "00000", "00599", "006", "z"].map(str::to_owned));
        for group in asked {
            let expected = sorted.partition_point(|name| *name < group) as u32;
            assert_eq!(registry.groups_before(&group).unwrap(), expected, "{group}");
        }
    }
}
