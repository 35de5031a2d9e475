//! Joins the files of a registry into one table: entries with what their group shares, and their successors.
//!
//! Both files are read once, side by side, in the order of their ids. A file that is not in that order ends the join with
//! [`JoinFailure::Unsorted`]; the caller sorts it and joins again.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use matchflow_model::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use matchflow_model::arrow::compute::{filter_record_batch, interleave};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::fault;

use crate::descriptor::{Descriptor, SourceJoin};
use crate::error::RegistryError;
use crate::manifest::{EntryCounts, TableFile};
use crate::stream::{BatchStream, arrow_failed, texts, value};
use crate::successions::Successions;
use crate::table_writer::TableWriter;

/// The positions of the id and of the group in the file of entries; the group is the first column of its own file.
const ID: usize = 0;
const GROUP: usize = 1;

/// Why there is no table.
pub(crate) enum JoinFailure {
    /// The file that is joined in this way is not in the order of its ids.
    Unsorted(SourceJoin),
    Failed(RegistryError),
}

impl From<RegistryError> for JoinFailure {
    fn from(error: RegistryError) -> JoinFailure {
        JoinFailure::Failed(error)
    }
}

/// The files to join.
pub(crate) struct JoinInputs<'a> {
    pub(crate) main: &'a mut dyn BatchStream,
    pub(crate) groups: Option<&'a mut dyn BatchStream>,
    pub(crate) successions: &'a Successions,
}

/// Writes the joined table to `path`.
pub(crate) fn join(
    descriptor: &Descriptor,
    inputs: JoinInputs<'_>,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(TableFile, EntryCounts), JoinFailure> {
    let JoinInputs { main, groups, successions } = inputs;
    let mut groups = groups.map(GroupCursor::new).transpose()?;
    let layout = JoinedLayout::new(descriptor, &main.schema(), groups.as_ref().map(|groups| groups.stream.schema()));
    let unique = [Some(descriptor.id.as_str()), descriptor.group.as_deref()];
    let writer = TableWriter::start(path, &layout.schema, &unique.into_iter().flatten().collect::<Vec<_>>())?;
    let mut tally = EntryTally::new(descriptor, &layout.schema);
    let mut order = EntryOrder { file: main.name().to_owned(), column: descriptor.id.clone(), last: String::new() };
    while let Some(batch) = main.next_batch()? {
        let batch = with_ids(batch, &mut tally.counts).map_err(|source| arrow_failed(main.name(), source))?;
        order.check(&batch)?;
        let places = match &mut groups {
            Some(groups) => Some(groups.places(&texts(&batch, GROUP))?),
            None => None,
        };
        let group_columns = match (&mut groups, &places) {
            (Some(groups), Some(places)) => groups.gather(places, &layout.group_columns)?,
            _ => Vec::new(),
        };
        let joined = layout.joined(&batch, group_columns, successions);
        let joined = joined.map_err(|source| arrow_failed(main.name(), source))?;
        tally.add(&joined, places.as_deref());
        progress(tally.counts.entries);
        fault::point("registry join");
        if !writer.write(joined) {
            break;
        }
    }
    if let Some(groups) = &mut groups {
        // To the end, for the file's counts.
        groups.drain()?;
    }
    let table = writer.finish()?;
    Ok((table, tally.counts))
}

/// The columns of the joined table, and where they come from.
struct JoinedLayout {
    schema: SchemaRef,
    main_columns: Vec<usize>,
    group_columns: Vec<usize>,
    has_successor: bool,
}

impl JoinedLayout {
    /// A column that is in both files is the entry's.
    fn new(descriptor: &Descriptor, main: &SchemaRef, groups: Option<SchemaRef>) -> JoinedLayout {
        let omitted = |name: &str| {
            let mut columns = descriptor.sources.iter().flat_map(|source| &source.columns);
            columns.any(|column| column.omitted && column.name == name)
        };
        let mut names: Vec<String> = Vec::new();
        let mut retained = |schema: &SchemaRef| -> Vec<usize> {
            let mut columns = Vec::new();
            for (at, field) in schema.fields().iter().enumerate() {
                if !omitted(field.name()) && !names.contains(field.name()) {
                    names.push(field.name().clone());
                    columns.push(at);
                }
            }
            columns
        };
        let main_columns = retained(main);
        let group_columns = groups.as_ref().map(retained).unwrap_or_default();
        let has_successor = descriptor.with_join(SourceJoin::Successor).is_some();
        if has_successor {
            names.extend(descriptor.roles.successor.clone());
        }
        let fields: Vec<Field> = names.into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
        JoinedLayout { schema: Arc::new(Schema::new(fields)), main_columns, group_columns, has_successor }
    }

    fn joined(
        &self,
        batch: &RecordBatch,
        group_columns: Vec<ArrayRef>,
        successions: &Successions,
    ) -> Result<RecordBatch, matchflow_model::arrow::error::ArrowError> {
        let mut columns: Vec<ArrayRef> =
            self.main_columns.iter().filter_map(|column| batch.columns().get(*column).cloned()).collect();
        columns.extend(group_columns);
        if self.has_successor {
            let ids = texts(batch, ID);
            let successors: StringArray = ids.iter().map(|id| successions.successor(id?)).collect();
            columns.push(Arc::new(successors));
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// The rows with an id; others are no entries.
fn with_ids(
    batch: RecordBatch,
    counts: &mut EntryCounts,
) -> Result<RecordBatch, matchflow_model::arrow::error::ArrowError> {
    let ids = texts(&batch, ID);
    if ids.null_count() == 0 {
        return Ok(batch);
    }
    counts.without_id += ids.null_count() as u64;
    let mask: BooleanArray = (0..ids.len()).map(|row| Some(ids.is_valid(row))).collect();
    filter_record_batch(&batch, &mask)
}

/// Checks that ids ascend.
struct EntryOrder {
    file: String,
    column: String,
    last: String,
}

impl EntryOrder {
    fn check(&mut self, batch: &RecordBatch) -> Result<(), JoinFailure> {
        let ids = texts(batch, ID);
        let mut last = self.last.as_str();
        for id in ids.iter().flatten() {
            match last.cmp(id) {
                Ordering::Less => last = id,
                Ordering::Greater => return Err(JoinFailure::Unsorted(SourceJoin::Main)),
                Ordering::Equal => {
                    let (file, column) = (self.file.clone(), self.column.clone());
                    return Err(RegistryError::DuplicateId { file, column, id: id.to_owned() }.into());
                }
            }
        }
        self.last = last.to_owned();
        Ok(())
    }
}

/// A position in the batches of a [`GroupCursor`].
type GroupPlace = (usize, usize);

/// Follows the groups in the order of the entries.
struct GroupCursor<'a> {
    stream: &'a mut dyn BatchStream,
    column: String,
    /// The batches that places refer to; the last is the one being read.
    batches: Vec<RecordBatch>,
    keys: StringArray,
    row: usize,
    last: String,
    is_at_end: bool,
}

impl<'a> GroupCursor<'a> {
    fn new(stream: &'a mut dyn BatchStream) -> Result<GroupCursor<'a>, JoinFailure> {
        let column = stream.schema().fields().first().map(|field| field.name().clone()).unwrap_or_default();
        let keys = StringArray::new_null(0);
        Ok(GroupCursor { stream, column, batches: Vec::new(), keys, row: 0, last: String::new(), is_at_end: false })
    }

    /// The group of each entry, whose groups ascend with their ids.
    fn places(&mut self, groups: &StringArray) -> Result<Vec<Option<GroupPlace>>, JoinFailure> {
        let mut places = Vec::with_capacity(groups.len());
        let mut before = "";
        for group in groups {
            let Some(group) = group else {
                places.push(None);
                continue;
            };
            if group < before {
                return Err(JoinFailure::Unsorted(SourceJoin::Main));
            }
            before = group;
            places.push(self.find(group)?);
        }
        Ok(places)
    }

    fn find(&mut self, group: &str) -> Result<Option<GroupPlace>, JoinFailure> {
        loop {
            while let Some(key) = value(&self.keys, self.row) {
                match key.cmp(group) {
                    Ordering::Less => self.row += 1,
                    Ordering::Equal => return Ok(Some((self.batches.len().saturating_sub(1), self.row))),
                    Ordering::Greater => return Ok(None),
                }
            }
            if self.row < self.keys.len() {
                // A row without a key.
                self.row += 1;
            } else if !self.next_batch()? {
                return Ok(None);
            }
        }
    }

    fn next_batch(&mut self) -> Result<bool, JoinFailure> {
        if self.is_at_end {
            return Ok(false);
        }
        let Some(batch) = self.stream.next_batch()? else {
            self.is_at_end = true;
            return Ok(false);
        };
        self.keys = texts(&batch, 0);
        self.row = 0;
        self.batches.push(batch);
        let mut last = self.last.as_str();
        for key in self.keys.iter().flatten() {
            match last.cmp(key) {
                Ordering::Less => last = key,
                Ordering::Greater => return Err(JoinFailure::Unsorted(SourceJoin::Group)),
                Ordering::Equal => {
                    let (file, column) = (self.stream.name().to_owned(), self.column.clone());
                    return Err(RegistryError::DuplicateId { file, column, id: key.to_owned() }.into());
                }
            }
        }
        let last = last.to_owned();
        self.last = last;
        Ok(true)
    }

    /// The columns of the groups at these places; batches that are behind are released.
    fn gather(&mut self, places: &[Option<GroupPlace>], columns: &[usize]) -> Result<Vec<ArrayRef>, JoinFailure> {
        let none = (self.batches.len(), 0);
        let rows: Vec<GroupPlace> = places.iter().map(|place| place.unwrap_or(none)).collect();
        let empty: ArrayRef = Arc::new(StringArray::new_null(1));
        let gathered = columns.iter().map(|column| {
            let arrays = self.batches.iter().filter_map(|batch| batch.columns().get(*column));
            let arrays: Vec<&dyn Array> = arrays.chain([&empty]).map(AsRef::as_ref).collect();
            interleave(&arrays, &rows)
        });
        let gathered: Result<Vec<ArrayRef>, _> = gathered.collect();
        let behind = self.batches.len().saturating_sub(1);
        self.batches.drain(..behind);
        Ok(gathered.map_err(|source| arrow_failed(self.stream.name(), source))?)
    }

    fn drain(&mut self) -> Result<(), JoinFailure> {
        while self.next_batch()? {
            self.batches.clear();
        }
        Ok(())
    }
}

/// Counts the entries.
struct EntryTally<'a> {
    descriptor: &'a Descriptor,
    status: Option<usize>,
    group: usize,
    successor: Option<usize>,
    last_group: String,
    counts: EntryCounts,
}

impl EntryTally<'_> {
    fn new<'a>(descriptor: &'a Descriptor, schema: &SchemaRef) -> EntryTally<'a> {
        let column = |name: &str| schema.column_with_name(name).map(|(at, _)| at);
        EntryTally {
            descriptor,
            status: column(&descriptor.roles.status.column),
            group: if descriptor.group.is_some() { GROUP } else { ID },
            successor: descriptor.roles.successor.as_deref().and_then(column),
            last_group: String::new(),
            counts: EntryCounts::default(),
        }
    }

    fn add(&mut self, batch: &RecordBatch, places: Option<&[Option<GroupPlace>]>) {
        let counts = &mut self.counts;
        counts.entries += batch.num_rows() as u64;
        counts.without_group += places.map_or(0, |places| places.iter().filter(|place| place.is_none()).count() as u64);
        if let Some(status) = self.status {
            let open = &self.descriptor.roles.status.open;
            let states = texts(batch, status);
            counts.open +=
                states.iter().flatten().filter(|state| open.iter().any(|value| value == state)).count() as u64;
        }
        if let Some(successor) = self.successor {
            counts.with_successor += (batch.num_rows() - texts(batch, successor).null_count()) as u64;
        }
        let groups = texts(batch, self.group);
        let mut last = self.last_group.as_str();
        for group in groups.iter().flatten().filter(|group| !group.is_empty()) {
            if group != last {
                counts.groups += 1;
                last = group;
            }
        }
        self.last_group = last.to_owned();
    }
}
