//! The registry: batches of entries with their id, their group and whether they are open.
//!
//! Rows without an id, or with an empty group where the plan names one, are no entries: counted, not handed out.
//! Filters, and the status where closed entries are not kept, are pushed down to tables that can apply them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::columns;
use matchflow_model::plan::{Filter, ReferencePlan};

use crate::block::{Block, Kind};
use crate::error::IngestError;
use crate::field::{FieldBuilder, Row};
use crate::select::Selector;
use crate::source::Batch;
use crate::table::{self, ColumnFilter, Selection, Table};

/// What was read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferenceFacts {
    /// Entries handed out. 0 at the end: the registry is empty.
    pub entries: u64,
    /// Rows that a filter or the status dropped. Known at the end only where filters are pushed down.
    pub rows_filtered: u64,
    /// Rows without an id.
    pub rows_without_id: u64,
    /// Rows with an id and no group.
    pub rows_without_group: u64,
    /// Rejects handed out.
    pub rejects: u64,
}

/// Opens the registry and finds its columns. Batches have `batch_rows` rows at most (at least 1, at most 65,536).
pub fn open_reference(plan: &ReferencePlan, batch_rows: usize) -> Result<ReferenceReader, IngestError> {
    let mut table = table::open_reference(&plan.format)?;
    let pushed = table.applies_filters();
    let mut selector = Selector::new(table.header());
    let id = selector.select(&plan.id)?.1;
    let group = plan.group.as_deref().map(|name| selector.select(name).map(|(_, slot)| slot)).transpose()?;
    let fields = FieldBuilder::all(&plan.fields, &mut selector)?;
    let mut filters = plan.filters.iter().map(|filter| selector.filter(filter)).collect::<Result<Vec<_>, _>>()?;
    let mut status = None;
    if let Some(wanted) = &plan.status {
        let open = Filter { column: wanted.column.clone(), values: wanted.open.clone() };
        let filter = selector.filter(&open)?;
        if wanted.keep_closed {
            status = Some(Condition { slot: selector.select(&wanted.column)?.1, values: filter.values });
        } else {
            filters.push(filter);
        }
    }
    let conditions = if pushed { Vec::new() } else { conditions(&filters, table.header(), &mut selector)? };
    let columns = selector.columns();
    table.select(Selection { columns, filters, rows_max: batch_rows })?;
    let own = [
        Field::new(columns::ID, DataType::Utf8, false),
        Field::new(columns::GROUP, DataType::Utf8, false),
        Field::new(columns::OPEN, DataType::Boolean, false),
    ];
    let schema = Schema::new(own.into_iter().chain(fields.iter().map(FieldBuilder::schema_field)).collect::<Vec<_>>());
    let (schema, facts) = (Arc::new(schema), ReferenceFacts::default());
    Ok(ReferenceReader { table, id, group, status, conditions, pushed, fields, schema, facts })
}

fn conditions(
    filters: &[ColumnFilter],
    header: &crate::header::Header,
    selector: &mut Selector<'_>,
) -> Result<Vec<Condition>, IngestError> {
    let names = filters.iter().filter_map(|filter| Some((header.columns.get(filter.column)?, filter)));
    let condition = |(column, filter): (&crate::header::Column, &ColumnFilter)| {
        selector.select(&column.name).map(|(_, slot)| Condition { slot, values: filter.values.clone() })
    };
    names.map(condition).collect()
}

/// Reads the registry once.
pub struct ReferenceReader {
    table: Box<dyn Table>,
    id: usize,
    group: Option<usize>,
    status: Option<Condition>,
    conditions: Vec<Condition>,
    pushed: bool,
    fields: Vec<FieldBuilder>,
    schema: SchemaRef,
    facts: ReferenceFacts,
}

/// A cell that must say one of some values.
struct Condition {
    slot: usize,
    values: HashSet<String>,
}

impl Condition {
    fn holds(&self, block: &Block, index: usize) -> bool {
        self.values.contains(block.cell(index, self.slot).text)
    }
}

impl ReferenceReader {
    /// The next entries, at least one; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, IngestError> {
        while let Some(block) = self.table.next_block()? {
            let batch = self.batch(&block)?;
            if batch.rows.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        if self.pushed {
            let read = self.facts.entries + self.facts.rows_without_id + self.facts.rows_without_group;
            self.facts.rows_filtered = self.rows_hint().unwrap_or(read).saturating_sub(read);
        }
        Ok(None)
    }

    /// The rows of the file before filters; exact for Parquet, for others a hint.
    pub fn rows_hint(&self) -> Option<u64> {
        self.table.header().rows_hint
    }

    /// What was read so far.
    pub fn facts(&self) -> ReferenceFacts {
        self.facts
    }

    /// The columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn batch(&mut self, block: &Block) -> Result<Batch, IngestError> {
        let header = self.table.header();
        let mut rejects = Vec::new();
        let (mut ids, mut groups, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..block.rows() {
            if !self.conditions.iter().all(|condition| condition.holds(block, index)) {
                self.facts.rows_filtered += 1;
                continue;
            }
            let id = block.cell(index, self.id);
            if matches!(id.kind, Kind::Empty | Kind::Error) {
                self.facts.rows_without_id += 1;
                continue;
            }
            let group = self.group.map_or(id, |slot| block.cell(index, slot));
            if matches!(group.kind, Kind::Empty | Kind::Error) {
                self.facts.rows_without_group += 1;
                continue;
            }
            let row = Row { header, block, index, key: id.text };
            for fault in block.faults().iter().filter(|fault| fault.row == index) {
                rejects.push(row.reject(fault.column, "", &fault.raw, &fault.wanted));
            }
            for field in &mut self.fields {
                field.push(&row, &mut rejects);
            }
            ids.push(id.text);
            groups.push(group.text);
            open.push(self.status.as_ref().is_none_or(|status| status.holds(block, index)));
        }
        self.facts.entries += ids.len() as u64;
        self.facts.rejects += rejects.len() as u64;
        let own: [ArrayRef; 3] =
            [Arc::new(StringArray::from(ids)), Arc::new(StringArray::from(groups)), Arc::new(BooleanArray::from(open))];
        let columns = own.into_iter().chain(self.fields.iter_mut().map(FieldBuilder::finish)).collect();
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|source| IngestError::Batch { file: header.file.clone(), source })?;
        Ok(Batch { rows, rejects })
    }
}
