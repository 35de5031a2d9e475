//! The rows of one shard, as they were pushed, and their order.
//!
//! Rows stay in Arrow batches of [`PART_ROWS`]; an *entry* is a row's number in the order of `_group`, then `_id`, then
//! content. So a group is a range of entries, comparing entries compares their keys, and nothing depends on the
//! order of pushing. At most [`ENTRIES_MAX`] entries.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use matchflow_model::columns::{self, MissingColumn};

use crate::error::Error;
use crate::rank::Flags;

/// Rows of a batch, a power of two.
const PART_ROWS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 16;
/// Entries of a shard, at most.
pub(crate) const ENTRIES_MAX: usize = 1 << 28;
/// The field that marks a company's head office, where the pipeline declares it.
const HEAD_OFFICE: &str = "head_office";

/// Gathers pushed batches into parts of exactly [`PART_ROWS`] rows.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    schema: Option<SchemaRef>,
    full: Vec<RecordBatch>,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    batches: usize,
}

impl Parts {
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let schema = self.schema.get_or_insert_with(|| batch.schema()).clone();
        if schema.fields() != batch.schema().fields() {
            let names = |schema: &Schema| {
                let names: Vec<_> = schema.fields().iter().map(|field| format!("{field}")).collect();
                names.join(", ")
            };
            return Err(Error::SchemaChanged {
                batch: self.batches,
                wanted: names(&schema),
                found: names(&batch.schema()),
            });
        }
        self.batches += 1;
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (batch.num_rows() - from).min(PART_ROWS - self.pending_rows);
            self.pending.push(batch.slice(from, rows));
            self.pending_rows += rows;
            from += rows;
            if self.pending_rows == PART_ROWS {
                self.close(&schema)?;
            }
        }
        if self.full.len() * PART_ROWS + self.pending_rows > ENTRIES_MAX {
            return Err(Error::TooLarge { what: "entries", limit: ENTRIES_MAX as u64 });
        }
        Ok(())
    }

    /// Copies what is pending into one batch of exact size, so that no larger buffer stays alive behind a slice.
    fn close(&mut self, schema: &SchemaRef) -> Result<(), Error> {
        if self.pending_rows > 0 {
            self.full.push(concat_batches(schema, &self.pending)?);
            self.pending.clear();
            self.pending_rows = 0;
        }
        Ok(())
    }
}

/// A text field of every entry.
#[derive(Debug, Clone)]
pub(crate) struct TextField(Vec<StringArray>);

impl TextField {
    #[inline]
    fn at(&self, place: u32) -> Option<&str> {
        columns::value(self.0.get((place >> PART_BITS) as usize)?, place as usize % PART_ROWS)
    }
}

/// The entries of a shard.
#[derive(Debug)]
pub(crate) struct Registry {
    schema: SchemaRef,
    parts: Vec<RecordBatch>,
    /// Entry to row over all parts.
    places: Vec<u32>,
    /// Group to its first entry, and the number of entries at the end.
    group_starts: Vec<u32>,
    open: Vec<BooleanArray>,
    head_office: Option<HeadOffice>,
}

#[derive(Debug)]
enum HeadOffice {
    Flags(Vec<BooleanArray>),
    Words(TextField),
}

impl Registry {
    pub(crate) fn build(mut parts: Parts) -> Result<Registry, Error> {
        let schema = parts.schema.clone().unwrap_or_else(|| Schema::empty().into());
        parts.close(&schema)?;
        let parts = parts.full;
        let open = parts.iter().map(|part| columns::flags(part, columns::OPEN).cloned());
        let mut registry = Registry {
            open: open.collect::<Result<_, MissingColumn>>()?,
            head_office: None,
            places: Vec::new(),
            group_starts: vec![0],
            schema,
            parts,
        };
        registry.head_office = registry.find_head_office();
        registry.order()?;
        Ok(registry)
    }

    fn find_head_office(&self) -> Option<HeadOffice> {
        let of =
            |part: &RecordBatch| part.column_by_name(HEAD_OFFICE).and_then(|column| column.as_boolean_opt()).cloned();
        match self.parts.iter().map(of).collect::<Option<Vec<_>>>() {
            Some(flags) => Some(HeadOffice::Flags(flags)),
            None => self.text(HEAD_OFFICE).ok().map(HeadOffice::Words),
        }
    }

    /// Sorts the entries. The first bytes of the group decide nearly always, so they are sorted beside the row.
    fn order(&mut self) -> Result<(), Error> {
        let (group, id) = (self.text(columns::GROUP)?, self.text(columns::ID)?);
        let rows: usize = self.parts.iter().map(RecordBatch::num_rows).sum();
        let mut keys: Vec<(u128, u32)> = Vec::with_capacity(rows);
        keys.extend((0..rows as u32).map(|place| (prefix(group.at(place).unwrap_or("")), place)));
        let by_key = |a: u32, b: u32| group.at(a).cmp(&group.at(b)).then_with(|| id.at(a).cmp(&id.at(b)));
        keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| by_key(a.1, b.1)).then(a.1.cmp(&b.1)));
        self.places = keys.into_iter().map(|(_, place)| place).collect();
        for run in self.places.chunk_by_mut(|a, b| by_key(*a, *b).is_eq()).filter(|run| run.len() > 1) {
            order_by_content(&self.parts, run)?;
        }
        let mut first = 0u32;
        self.group_starts.clear();
        for members in self.places.chunk_by(|a, b| group.at(*a) == group.at(*b)) {
            self.group_starts.push(first);
            first += members.len() as u32;
        }
        self.group_starts.push(first);
        self.group_starts.shrink_to_fit();
        Ok(())
    }

    /// A text field, for looking up many entries.
    pub(crate) fn text(&self, name: &str) -> Result<TextField, MissingColumn> {
        self.parts.iter().map(|part| columns::text(part, name).cloned()).collect::<Result<_, _>>().map(TextField)
    }

    /// Whether the registry has a text field of this name.
    pub(crate) fn has_text(&self, name: &str) -> bool {
        self.parts.first().is_some_and(|part| columns::text(part, name).is_ok())
    }

    /// The field's value for an entry.
    #[inline]
    pub(crate) fn value<'a>(&self, field: &'a TextField, entry: u32) -> Option<&'a str> {
        field.at(*self.places.get(entry as usize)?)
    }

    pub(crate) fn entries(&self) -> u32 {
        self.places.len() as u32
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

    pub(crate) fn flags(&self, entry: u32) -> Flags {
        let Some(place) = self.places.get(entry as usize).copied() else { return Flags::default() };
        let head_office = match &self.head_office {
            None => false,
            Some(HeadOffice::Flags(flags)) => flag(flags, place),
            Some(HeadOffice::Words(words)) => words.at(place).is_some_and(is_yes),
        };
        Flags { open: flag(&self.open, place), head_office }
    }

    /// The entries' rows, in the order given, with every column.
    pub(crate) fn take(&self, entries: &[u32]) -> Result<RecordBatch, Error> {
        if entries.is_empty() {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        }
        let place = |entry: &u32| {
            let (number, count) = (u64::from(*entry), self.places.len() as u64);
            self.places.get(*entry as usize).copied().ok_or(Error::OutOfRange { what: "entry", number, count })
        };
        let places = entries.iter().map(place).collect::<Result<Vec<u32>, Error>>()?;
        // Only the parts in use: a large registry has thousands, and each costs time by being named.
        let mut used: Vec<u32> = places.iter().map(|place| place >> PART_BITS).collect();
        used.sort_unstable();
        used.dedup();
        let at = |place: &u32| (used.partition_point(|part| *part < place >> PART_BITS), *place as usize % PART_ROWS);
        let indices: Vec<(usize, usize)> = places.iter().map(at).collect();
        let parts: Vec<&RecordBatch> = used.iter().filter_map(|part| self.parts.get(*part as usize)).collect();
        Ok(interleave_record_batch(&parts, &indices)?)
    }

    /// Bytes of the rows themselves.
    pub(crate) fn rows_bytes(&self) -> usize {
        self.parts.iter().map(RecordBatch::get_array_memory_size).sum()
    }

    /// Bytes of the order.
    pub(crate) fn order_bytes(&self) -> usize {
        (self.places.capacity() + self.group_starts.capacity()) * size_of::<u32>()
    }
}

/// The first 16 bytes as a number that sorts as the bytes do.
fn prefix(text: &str) -> u128 {
    text.bytes().take(16).fold((0u128, 128), |(sum, shift), byte| (sum | u128::from(byte) << (shift - 8), shift - 8)).0
}

fn flag(flags: &[BooleanArray], place: u32) -> bool {
    let row = place as usize % PART_ROWS;
    let part = flags.get((place >> PART_BITS) as usize);
    part.is_some_and(|flags| row < flags.len() && flags.is_valid(row) && flags.value(row))
}

fn is_yes(word: &str) -> bool {
    ["true", "t", "1", "vrai", "oui", "yes"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
}

/// Orders rows that share their group and id by all their columns: what is left equal is the same in every column.
fn order_by_content(parts: &[RecordBatch], places: &mut [u32]) -> Result<(), Error> {
    let parts: Vec<&RecordBatch> = parts.iter().collect();
    let indices: Vec<_> =
        places.iter().map(|place| ((place >> PART_BITS) as usize, *place as usize % PART_ROWS)).collect();
    let rows = interleave_record_batch(&parts, &indices)?;
    let fields = rows.schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let contents = RowConverter::new(fields)?.convert_columns(rows.columns())?;
    let mut ordered: Vec<_> = contents.iter().zip(places.iter().copied()).collect();
    ordered.sort();
    places.iter_mut().zip(&ordered).for_each(|(place, (_, sorted))| *place = *sorted);
    Ok(())
}
