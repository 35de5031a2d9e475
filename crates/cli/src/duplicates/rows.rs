//! The supplier file as rows to compare, and as the entries that they are compared with.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use matchflow_flow::{FeedError, is_done};
use matchflow_ingest::{SourceFacts, SourceReader};
use matchflow_matcher::clean_rows;
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, StringBuilder, UInt64Array};
use matchflow_model::arrow::compute::filter_record_batch;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_model::plan::{DedupePlan, MATCHED_GROUP, MATCHED_ID, Plan};
use matchflow_model::store::DoneRows;
use matchflow_model::{columns, digest};

use super::equal_rows::EqualRows;
use super::matches::{RegistryMatch, read_matches};
use super::row_catalog::{RowCatalog, RowCatalogBuilder, RowOrder, with_equal_digests};
use crate::failure::Failure;
use crate::sync::lock;

/// The order in which rows are compared.
pub(crate) struct Comparison {
    plan: Arc<Plan>,
    done: Arc<DoneRows>,
    /// The generation of the rows that this run compares.
    generation: u32,
    matches: HashMap<String, RegistryMatch>,
    /// The receiver of all rows.
    waiting: Mutex<Option<SyncSender<RowCatalog>>>,
    /// Which rows are represented, sent from the reader of all rows as entries to the reader of the rows to compare.
    equal_sender: Mutex<Option<SyncSender<Arc<EqualRows>>>>,
    equal_receiver: Mutex<Option<Receiver<Arc<EqualRows>>>>,
}

impl Comparison {
    /// `clusterings`: how often the rows were clustered. Reads the results of a run against a registry, if the plan
    /// names one.
    pub(crate) fn new(
        plan: &Arc<Plan>,
        dedupe: &DedupePlan,
        done: &Arc<DoneRows>,
        clusterings: usize,
    ) -> Result<Arc<Comparison>, Failure> {
        let matches = dedupe.matches.as_deref().map(read_matches).transpose()?.unwrap_or_default();
        let generation = u32::try_from(clusterings).unwrap_or(u32::MAX);
        Ok(Comparison::with(plan, done, generation, matches))
    }

    /// For rows that were never clustered, without a registry.
    pub(crate) fn first(plan: &Arc<Plan>, done: &Arc<DoneRows>) -> Arc<Comparison> {
        Comparison::with(plan, done, 0, HashMap::new())
    }

    fn with(
        plan: &Arc<Plan>,
        done: &Arc<DoneRows>,
        generation: u32,
        matches: HashMap<String, RegistryMatch>,
    ) -> Arc<Comparison> {
        let (plan, done) = (Arc::clone(plan), Arc::clone(done));
        let (sender, receiver) = sync_channel(1);
        let (equal_sender, equal_receiver) = (Mutex::new(Some(sender)), Mutex::new(Some(receiver)));
        let waiting = Mutex::new(None);
        Arc::new(Comparison { plan, done, generation, matches, waiting, equal_sender, equal_receiver })
    }

    /// The generation of the rows that this run compares.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// The registry entry that a row matched.
    pub(crate) fn matched(&self, key: &str) -> Option<&RegistryMatch> {
        self.matches.get(key)
    }

    /// The keys of rows that earlier runs compared and that are no longer in the file.
    pub(crate) fn removed_keys(&self, catalog: &RowCatalog) -> Vec<String> {
        let mut removed: Vec<String> = self.done.keys().filter(|key| catalog.find(key).is_none()).cloned().collect();
        removed.sort_unstable();
        removed
    }

    /// Receives all rows once they are read; nothing after [`Comparison::close`].
    pub(crate) fn catalog(&self) -> Receiver<RowCatalog> {
        let (sender, receiver) = sync_channel(1);
        *lock(&self.waiting) = Some(sender);
        receiver
    }

    /// Ends the waits for rows that will not be read.
    pub(crate) fn close(&self) {
        lock(&self.waiting).take();
        lock(&self.equal_sender).take();
    }

    /// Which rows are represented. Waits until all rows are read as entries.
    fn wait_for_equal_rows(&self) -> Result<Arc<EqualRows>, FeedError> {
        let receiver = lock(&self.equal_receiver).take();
        let equal = receiver.and_then(|receiver| receiver.recv().ok());
        equal.ok_or_else(|| "the supplier file could not be read to its end".into())
    }

    fn place(&self, key: &str, row_digest: u64) -> RowOrder {
        let earlier = self.done.get(key).filter(|done| is_done(&self.plan.execution, done, row_digest));
        let generation = earlier.map_or(self.generation, |done| done.generation);
        RowOrder { generation, hash: digest::exchange(key.as_bytes()), has_result: earlier.is_some() }
    }

    /// Adds to the rows the entries that they matched; a changed match changes the digest of the row.
    fn with_matches(&self, rows: RecordBatch) -> Result<RecordBatch, FeedError> {
        if self.plan.dedupe.as_ref().is_none_or(|dedupe| dedupe.matches.is_none()) {
            return Ok(rows);
        }
        let keys = columns::text(&rows, columns::KEY)?;
        let found: Vec<Option<&RegistryMatch>> =
            keys.iter().map(|key| self.matches.get(key.unwrap_or_default())).collect();
        let ids: StringArray = found.iter().map(|found| found.and_then(|found| found.id.as_deref())).collect();
        let groups: StringArray = found.iter().map(|found| found.and_then(|found| found.group.as_deref())).collect();
        let row_digests = columns::numbers(&rows, columns::DIGEST)?;
        let digests = row_digests.values().iter().zip(ids.iter().zip(&groups)).map(|(row_digest, (id, group))| {
            let row_digest = row_digest.to_string();
            digest::row([Some(row_digest.as_str()), id, group])
        });
        let digests: ArrayRef = Arc::new(UInt64Array::from_iter_values(digests));
        let place = rows.schema().index_of(columns::DIGEST)?;
        let mut arrays = rows.columns().to_vec();
        if let Some(slot) = arrays.get_mut(place) {
            *slot = digests;
        }
        let rows = RecordBatch::try_new(rows.schema(), arrays)?;
        with_columns(&rows, vec![(MATCHED_ID, true, Arc::new(ids)), (MATCHED_GROUP, true, Arc::new(groups))])
    }

    /// The position of each row in the order of comparison.
    fn places(&self, rows: &RecordBatch) -> Result<Vec<RowOrder>, FeedError> {
        let keys = columns::text(rows, columns::KEY)?;
        let digests = columns::numbers(rows, columns::DIGEST)?;
        let rows = keys.iter().zip(digests.values());
        Ok(rows.map(|(key, row_digest)| self.place(key.unwrap_or_default(), *row_digest)).collect())
    }

    /// The same as text: [`columns::ORDER`].
    fn orders(&self, rows: &RecordBatch) -> Result<StringArray, FeedError> {
        let places = self.places(rows)?;
        let keys = columns::text(rows, columns::KEY)?.iter();
        let orders = keys.zip(places).map(|(key, place)| place.order_text(key.unwrap_or_default()));
        Ok(StringArray::from_iter_values(orders))
    }
}

/// The supplier file as rows to compare.
pub(crate) struct OrderedRows {
    source: SourceReader,
    comparison: Arc<Comparison>,
    /// The number of rows read.
    position: u32,
    equal: Option<Arc<EqualRows>>,
}

impl OrderedRows {
    pub(crate) fn new(source: SourceReader, comparison: Arc<Comparison>) -> OrderedRows {
        OrderedRows { source, comparison, position: 0, equal: None }
    }

    /// The counts of the reader so far.
    pub(crate) fn facts(&self) -> SourceFacts {
        self.source.facts()
    }

    /// The next rows, with [`columns::ORDER`] and [`columns::EQUAL_TO`].
    pub(crate) fn next_rows(&mut self) -> Result<Option<RowBatch>, FeedError> {
        let Some(batch) = self.source.next_batch()? else { return Ok(None) };
        let equal = match &self.equal {
            Some(equal) => Arc::clone(equal),
            None => Arc::clone(self.equal.insert(self.comparison.wait_for_equal_rows()?)),
        };
        let rows = with_equal_digests(&self.comparison.with_matches(batch.rows)?, self.position, &equal)?;
        let orders = self.comparison.orders(&rows)?;
        let mut equal_to = StringBuilder::new();
        for (position, key) in (self.position..).zip(columns::text(&rows, columns::KEY)?) {
            let represented = equal.get(position, key.unwrap_or_default())?;
            equal_to.append_option(represented.map(|represented| represented.by_order.as_ref()));
        }
        self.position += rows.num_rows() as u32;
        let rows = with_columns(
            &rows,
            vec![(columns::ORDER, false, Arc::new(orders)), (columns::EQUAL_TO, true, Arc::new(equal_to.finish()))],
        )?;
        Ok(Some(RowBatch { rows, rejects: batch.rejects }))
    }
}

/// The supplier file as the entries that rows are compared with.
///
/// The whole file is read first, since the catalog keeps all rows anyway and only then are the represented rows known.
pub(crate) struct RowEntries {
    comparison: Arc<Comparison>,
    /// `None` once it is read.
    source: Option<SourceReader>,
    /// The rows not sent yet, last batch first.
    unsent: Vec<RecordBatch>,
    equal: Arc<EqualRows>,
    position: u32,
}

impl RowEntries {
    pub(crate) fn new(source: SourceReader, comparison: Arc<Comparison>) -> RowEntries {
        RowEntries { comparison, source: Some(source), unsent: Vec::new(), equal: Arc::default(), position: 0 }
    }

    /// The next entries: the rows that represent themselves, each a group named by its position in the order.
    pub(crate) fn next_entries(&mut self) -> Result<Option<RecordBatch>, FeedError> {
        if let Some(source) = self.source.take() {
            self.read_all(source)?;
        }
        let Some(rows) = self.unsent.pop() else { return Ok(None) };
        let keys = columns::text(&rows, columns::KEY)?;
        let mut is_entry = Vec::with_capacity(rows.num_rows());
        for (position, key) in (self.position..).zip(keys) {
            is_entry.push(self.equal.get(position, key.unwrap_or_default())?.is_none());
        }
        self.position += rows.num_rows() as u32;
        let rows = filter_record_batch(&rows, &BooleanArray::from(is_entry))?;
        let keys = columns::text(&rows, columns::KEY)?.clone();
        let orders = self.comparison.orders(&rows)?;
        let open = BooleanArray::from(vec![true; rows.num_rows()]);
        let row_columns = [columns::KEY, columns::ROW, columns::DIGEST];
        let schema = rows.schema();
        let names = schema.fields().iter().enumerate();
        let fields: Vec<usize> =
            names.filter(|(_, field)| !row_columns.contains(&field.name().as_str())).map(|(place, _)| place).collect();
        let entries = with_columns(
            &rows.project(&fields)?,
            vec![
                (columns::ID, false, Arc::new(keys)),
                (columns::GROUP, false, Arc::new(orders)),
                (columns::OPEN, false, Arc::new(open)),
            ],
        )?;
        Ok(Some(entries))
    }

    /// Reads all rows, and sends them to the waiting receivers.
    fn read_all(&mut self, mut source: SourceReader) -> Result<(), FeedError> {
        let comparison = Arc::clone(&self.comparison);
        // Dropped on failure, so that no receiver waits forever.
        let (catalog, equal) = (lock(&comparison.waiting).take(), lock(&comparison.equal_sender).take());
        let plan = &comparison.plan;
        let cannot_link = plan.dedupe.as_ref().map_or(&[][..], |dedupe| &dedupe.guard.cannot_link);
        let mut builder = RowCatalogBuilder::new(plan);
        while let Some(batch) = source.next_batch()? {
            let rows = comparison.with_matches(batch.rows)?;
            let places = comparison.places(&rows)?;
            let cleaned = if cannot_link.is_empty() { None } else { Some(clean_rows(plan, rows.clone())?) };
            builder.add(rows, places, cannot_link, cleaned.as_ref())?;
        }
        let (all, equal_rows) = builder.finish(|key, row_digest| comparison.place(key, row_digest))?;
        self.unsent = all.batches().iter().rev().cloned().collect();
        self.equal = Arc::new(equal_rows);
        // The receivers may have ended.
        if let Some(equal) = equal {
            let _ = equal.send(Arc::clone(&self.equal));
        }
        if let Some(catalog) = catalog {
            let _ = catalog.send(all);
        }
        Ok(())
    }
}

/// The batch with columns appended.
fn with_columns(batch: &RecordBatch, more: Vec<(&str, bool, ArrayRef)>) -> Result<RecordBatch, FeedError> {
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    let mut arrays = batch.columns().to_vec();
    for (name, null, array) in more {
        let data_type: DataType = array.data_type().clone();
        fields.push(Arc::new(Field::new(name, data_type, null)));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}
