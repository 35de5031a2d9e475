//! The registry: batches of entries with their id, their group and whether they are open.
//!
//! Rows without an id, or without a group if the plan names one, are not entries: they are counted and not emitted.
//! Filters, and the status if closed entries are dropped, are pushed down to tables that can apply them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::RowBatch;
use matchflow_model::columns;
use matchflow_model::plan::{Filter, IdWidths, ReferencePlan, ValueComparison};

use crate::block::{Block, CellKind};
use crate::counts::CellFates;
use crate::error::IngestError;
use crate::field::{BlockRows, FieldColumns, Rejects, TextForm};
use crate::file;
use crate::irregular::IrregularRows;
use crate::select::Selector;
use crate::source::{faults, in_order};
use crate::table::{self, ColumnFilter, Selection, Table, TextCondition};

/// Maximum number of leading zeros restored: a SIREN never has three.
const ZEROS_MAX: usize = 2;

/// What has been read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferenceFacts {
    /// Entries emitted. If 0 at the end, the registry is empty.
    pub entries: u64,
    /// Rows dropped by a filter or by status. If filters are pushed down, only known at the end.
    pub rows_filtered: u64,
    /// Rows without an id.
    pub rows_without_id: u64,
    /// Rows with an id and no group.
    pub rows_without_group: u64,
    /// Rows that do not fit the header.
    pub irregular: IrregularRows,
    /// Rejects emitted.
    pub rejects: u64,
}

/// Opens the registry and finds its columns. Batches have at most `batch_rows` rows (clamped to 1 to 65,536).
pub fn open_reference(plan: &ReferencePlan, batch_rows: usize) -> Result<ReferenceReader, IngestError> {
    let mut table = table::open(&plan.table)?;
    let applies_filters = table.applies_filters();
    let mut selector = Selector::new(table.header_mut());
    let id = selector.select(&plan.id)?;
    let group = plan.group.as_deref().map(|name| selector.select(name)).transpose()?;
    let fields = FieldColumns::all(&plan.fields, &mut selector, TextForm::Plain)?;
    let mut filters = plan.filters.iter().map(|filter| selector.filter(filter)).collect::<Result<Vec<_>, _>>()?;
    let mut status = None;
    if let Some(status_plan) = &plan.status {
        let open = Filter {
            column: status_plan.column.clone(),
            values: status_plan.open.clone(),
            comparison: ValueComparison::Equal,
        };
        let filter = selector.filter(&open)?;
        if status_plan.include_closed {
            let slot = selector.select(&status_plan.column)?;
            status = Some(CellCondition { slot, condition: filter.condition });
        } else {
            filters.push(filter);
        }
    }
    let mut conditions = Vec::new();
    if !applies_filters {
        let condition = |filter: &ColumnFilter| CellCondition {
            slot: selector.select_at(filter.column),
            condition: filter.condition.clone(),
        };
        conditions.extend(filters.iter().map(condition));
    }
    let columns = selector.columns();
    table.select(Selection { columns: columns.clone(), filters, rows_max: batch_rows })?;
    let fixed_columns = [
        Field::new(columns::ID, DataType::Utf8, false),
        Field::new(columns::GROUP, DataType::Utf8, false),
        Field::new(columns::OPEN, DataType::Boolean, false),
    ];
    let schema =
        Schema::new(fixed_columns.into_iter().chain(fields.iter().map(FieldColumns::schema_field)).collect::<Vec<_>>());
    let (schema, facts) = (Arc::new(schema), ReferenceFacts::default());
    let id_widths = plan.id_widths;
    Ok(ReferenceReader {
        table,
        columns,
        id,
        group,
        id_widths,
        status,
        conditions,
        applies_filters,
        fields,
        schema,
        facts,
    })
}

/// Reads the registry once.
pub struct ReferenceReader {
    table: Box<dyn Table>,
    /// The selected columns, as positions in the header.
    columns: Vec<usize>,
    id: usize,
    group: Option<usize>,
    id_widths: IdWidths,
    status: Option<CellCondition>,
    conditions: Vec<CellCondition>,
    applies_filters: bool,
    fields: Vec<FieldColumns>,
    schema: SchemaRef,
    facts: ReferenceFacts,
}

/// A condition on a cell of each row.
struct CellCondition {
    slot: usize,
    condition: TextCondition,
}

impl CellCondition {
    fn holds(&self, block: &Block, index: usize) -> bool {
        self.condition.holds(block.cell(index, self.slot).text)
    }
}

impl ReferenceReader {
    /// The next batch, of at least one entry; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<RowBatch>, IngestError> {
        while let Some(block) = self.table.next_block()? {
            self.facts.irregular += block.irregular();
            if let Block::Columns(columns) = &block {
                self.facts.rejects += columns.joined_faults;
            }
            let file = self.table.header().file.clone();
            let batch = file::guard(&file, || self.batch(&block))?;
            if batch.rows.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        if self.applies_filters {
            let read = self.facts.entries + self.facts.rows_without_id + self.facts.rows_without_group;
            self.facts.rows_filtered = self.rows_hint().unwrap_or(read).saturating_sub(read);
        }
        Ok(None)
    }

    /// The number of rows before filtering; exact for Parquet, a hint for other formats.
    pub fn rows_hint(&self) -> Option<u64> {
        self.table.header().rows_hint
    }

    /// What has been read so far.
    pub fn facts(&self) -> ReferenceFacts {
        self.facts
    }

    /// The schema of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn batch(&mut self, block: &Block) -> Result<RowBatch, IngestError> {
        let header = self.table.header();
        let failed = |source| IngestError::Batch { file: header.file.clone(), source };
        let (mut indices, mut ids, mut groups, mut open) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for index in 0..block.rows() {
            if !self.conditions.iter().all(|condition| condition.holds(block, index)) {
                self.facts.rows_filtered += 1;
                continue;
            }
            let id = block.cell(index, self.id);
            if matches!(id.kind, CellKind::Empty | CellKind::Error) {
                self.facts.rows_without_id += 1;
                continue;
            }
            let group = self.group.map_or(id, |slot| block.cell(index, slot));
            if matches!(group.kind, CellKind::Empty | CellKind::Error) {
                self.facts.rows_without_group += 1;
                continue;
            }
            indices.push(index);
            ids.push(with_zeros(id.text, self.id_widths.id));
            let width = if self.group.is_some() { self.id_widths.group } else { self.id_widths.id };
            groups.push(with_zeros(group.text, width));
            open.push(self.status.as_ref().is_none_or(|status| status.holds(block, index)));
        }
        let ids = StringArray::from_iter_values(ids);
        let rows = BlockRows { header, block, columns: &self.columns, indices: &indices, keys: &ids, buffers: None };
        let mut fates = CellFates::new(self.columns.len(), block.rows());
        let mut rejects: Rejects = faults(&rows, &mut fates);
        let fields = self.fields.iter().map(|field| field.column(&rows, &mut fates, &mut rejects));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        self.facts.entries += ids.len() as u64;
        self.facts.rejects += rejects.len() as u64;
        let fixed_columns: [ArrayRef; 3] =
            [Arc::new(ids), Arc::new(StringArray::from_iter_values(groups)), Arc::new(BooleanArray::from(open))];
        let columns = fixed_columns.into_iter().chain(fields).collect();
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)?;
        Ok(RowBatch { rows, rejects: in_order(rejects) })
    }
}

/// Restores leading zeros that a number has lost in its file.
fn with_zeros(text: &str, width: Option<usize>) -> Cow<'_, str> {
    match width {
        Some(width) if text.len() < width && text.len() + ZEROS_MAX >= width => {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { Cow::Owned(format!("{text:0>width$}")) } else { Cow::Borrowed(text) }
        }
        _ => Cow::Borrowed(text),
    }
}
