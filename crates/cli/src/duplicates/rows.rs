//! The supplier file as rows that are compared, and as the entries that they are compared with.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use matchflow_flow::{FeedError, is_done};
use matchflow_ingest::{SourceFacts, SourceReader};
use matchflow_matcher::clean_rows;
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_model::plan::{DedupePlan, MATCHED_GROUP, MATCHED_ID, Plan};
use matchflow_model::store::DoneRows;
use matchflow_model::{columns, digest};

use super::matches::{RegistryMatch, read_matches};
use super::row_catalog::{RowCatalog, RowCatalogBuilder, RowOrder};
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
}

impl Comparison {
    /// `clusterings`: how often the rows were clustered. Reads what a run against a registry found, where the plan names
    /// one.
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
        Arc::new(Comparison { plan, done, generation, matches, waiting: Mutex::new(None) })
    }

    /// The generation of the rows that this run compares.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// The registry entry that a row was matched with.
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

    /// Ends the wait for rows: none will be read.
    pub(crate) fn close(&self) {
        lock(&self.waiting).take();
    }

    fn place(&self, key: &str, row_digest: u64) -> RowOrder {
        let earlier = self.done.get(key).filter(|done| is_done(&self.plan.execution, done, row_digest));
        let generation = earlier.map_or(self.generation, |done| done.generation);
        RowOrder { generation, hash: digest::exchange(key.as_bytes()), has_result: earlier.is_some() }
    }

    /// The rows with the entries that they were matched with; a changed match changes the digest of the row.
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

    fn orders(&self, rows: &RecordBatch) -> Result<(StringArray, Vec<RowOrder>), FeedError> {
        let keys = columns::text(rows, columns::KEY)?;
        let digests = columns::numbers(rows, columns::DIGEST)?;
        let mut places = Vec::with_capacity(rows.num_rows());
        let orders = keys.iter().zip(digests.values()).map(|(key, row_digest)| {
            let key = key.unwrap_or_default();
            let place = self.place(key, *row_digest);
            places.push(place);
            // Sorts as generation, digest and key do.
            format!("{:08x}{:016x}{key}", place.generation, place.hash)
        });
        Ok((StringArray::from_iter_values(orders), places))
    }
}

/// A reader of the supplier file for a comparison.
pub(crate) struct OrderedRows {
    source: SourceReader,
    comparison: Arc<Comparison>,
    builder: RowCatalogBuilder,
}

impl OrderedRows {
    pub(crate) fn new(source: SourceReader, comparison: Arc<Comparison>) -> OrderedRows {
        OrderedRows { source, comparison, builder: RowCatalogBuilder::default() }
    }

    /// The counts of the reader so far.
    pub(crate) fn facts(&self) -> SourceFacts {
        self.source.facts()
    }

    /// The next rows to compare: with [`columns::ORDER`].
    pub(crate) fn next_rows(&mut self) -> Result<Option<RowBatch>, FeedError> {
        let Some(batch) = self.source.next_batch()? else { return Ok(None) };
        let rows = self.comparison.with_matches(batch.rows)?;
        let (orders, _) = self.comparison.orders(&rows)?;
        let rows = with_columns(&rows, vec![(columns::ORDER, false, Arc::new(orders))])?;
        Ok(Some(RowBatch { rows, rejects: batch.rejects }))
    }

    /// The next rows as entries, each a group of its own named by its position in the order. At the end of the file all rows
    /// are sent to the receiver.
    pub(crate) fn next_entries(&mut self) -> Result<Option<RecordBatch>, FeedError> {
        let Some(batch) = self.source.next_batch()? else {
            let catalog = std::mem::take(&mut self.builder).finish()?;
            if let Some(waiting) = lock(&self.comparison.waiting).take() {
                // The receiver may have ended.
                let _ = waiting.send(catalog);
            }
            return Ok(None);
        };
        let rows = self.comparison.with_matches(batch.rows)?;
        let (orders, places) = self.comparison.orders(&rows)?;
        let cannot_link = self.comparison.plan.dedupe.as_ref().map_or(&[][..], |dedupe| &dedupe.guard.cannot_link);
        let cleaned =
            if cannot_link.is_empty() { None } else { Some(clean_rows(&self.comparison.plan, rows.clone())?) };
        self.builder.add(rows.clone(), places, cannot_link, cleaned.as_ref())?;
        let keys = columns::text(&rows, columns::KEY)?.clone();
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
