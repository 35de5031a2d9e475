//! The supplier file: batches of rows with their key, number and digest, or of their fields only.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::RowBatch;
use matchflow_model::cells::CellCounts;
use matchflow_model::columns;
use matchflow_model::digest::RowDigest;
use matchflow_model::plan::{FieldPlan, SourcePlan, TablePlan};
use matchflow_model::reject::Reject;

use crate::block::{Block, CellKind};
use crate::column::BlockColumn;
use crate::counts::CellFates;
use crate::error::IngestError;
use crate::field::{BlockRows, FieldColumns, Rejects, TextForm, write_value};
use crate::file;
use crate::header::Header;
use crate::irregular::IrregularRows;
use crate::key::RecordKeys;
use crate::select::Selector;
use crate::table::{self, Selection, Table};
use crate::typed_fields::TypedFieldFacts;
use crate::views::ViewBuffers;

/// What has been read so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Rows emitted, each a record.
    pub rows: u64,
    /// Blank rows between records; they are not emitted.
    pub rows_blank: u64,
    /// Rows emitted that only have cells in columns that are not read.
    pub rows_unread: u64,
    /// Rows that the plan skips: hidden ones, totals.
    pub rows_left_out: u64,
    /// Number of the last row if it looks like totals but is a record; otherwise 0.
    pub totals_row: u64,
    /// Rows that do not fit the header.
    pub irregular: IrregularRows,
    /// What happened to the cells.
    pub cells: CellCounts,
    /// Rejects emitted.
    pub rejects: u64,
    /// Dates emitted without the time of day in their cell.
    pub times_dropped: u64,
    /// Rows whose key another row already had; theirs ends in `#2`, `#3` and so on.
    pub keys_duplicate: u64,
    /// Rows without a key; theirs is `#` and the row's number.
    pub keys_missing: u64,
    /// The fields with a type other than text, in the order of the plan.
    pub typed_fields: Vec<TypedFieldFacts>,
}

/// Opens the supplier file and finds its columns. Batches have at most `batch_rows` rows (clamped to 1 to 65,536): key,
/// number and digest of each row, then the fields; text is `Utf8`.
pub fn open_source(plan: &SourcePlan, batch_rows: usize) -> Result<SourceReader, IngestError> {
    let mut table = table::open(&plan.table)?;
    let mut selector = Selector::new(table.header_mut());
    let keys = RecordKeys::new(&plan.id, &mut selector)?;
    let fields = FieldColumns::all(&plan.fields, &mut selector, TextForm::Plain)?;
    let fixed_columns = vec![
        Field::new(columns::KEY, DataType::Utf8, false),
        Field::new(columns::ROW, DataType::UInt64, false),
        Field::new(columns::DIGEST, DataType::UInt64, false),
    ];
    let columns = selector.columns();
    SourceReader::new(table, columns, Some(keys), fields, fixed_columns, batch_rows)
}

/// Opens a table for its fields only: each row's number, then the fields. Text is `Utf8View`; in workbooks over the
/// shared strings, which are not copied. Batches are otherwise as in [`open_source`].
pub fn open_fields(table: &TablePlan, fields: &[FieldPlan], batch_rows: usize) -> Result<SourceReader, IngestError> {
    let mut table = table::open(table)?;
    let mut selector = Selector::new(table.header_mut());
    let fields = FieldColumns::all(fields, &mut selector, TextForm::View)?;
    let fixed_columns = vec![Field::new(columns::ROW, DataType::UInt64, false)];
    let columns = selector.columns();
    SourceReader::new(table, columns, None, fields, fixed_columns, batch_rows)
}

/// Reads the supplier file once.
pub struct SourceReader {
    table: Box<dyn Table>,
    /// The selected columns, as positions in the header.
    columns: Vec<usize>,
    keys: Option<RecordKeys>,
    fields: Vec<FieldColumns>,
    schema: SchemaRef,
    facts: SourceFacts,
}

impl SourceReader {
    fn new(
        mut table: Box<dyn Table>,
        columns: Vec<usize>,
        keys: Option<RecordKeys>,
        fields: Vec<FieldColumns>,
        fixed_columns: Vec<Field>,
        batch_rows: usize,
    ) -> Result<Self, IngestError> {
        table.select(Selection { columns: columns.clone(), filters: Vec::new(), rows_max: batch_rows })?;
        let schema = fixed_columns.into_iter().chain(fields.iter().map(FieldColumns::schema_field)).collect::<Vec<_>>();
        let (schema, facts) = (Arc::new(Schema::new(schema)), SourceFacts::default());
        Ok(SourceReader { table, columns, keys, fields, schema, facts })
    }

    /// The next batch, of at least one row; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<RowBatch>, IngestError> {
        while let Some(block) = self.table.next_block()? {
            self.facts.rows_blank += block.blank_rows();
            self.facts.rows_left_out += block.left_out_rows();
            self.facts.totals_row = self.facts.totals_row.max(block.totals_row());
            self.facts.irregular += block.irregular();
            if block.rows() > 0 {
                let file = self.table.header().file.clone();
                return file::guard(&file, || self.batch(&block)).map(Some);
            }
            CellFates::new(0, 0).count(&block, &mut self.facts.cells);
        }
        Ok(None)
    }

    /// The number of rows according to the file's metadata; only a hint for progress.
    pub fn rows_hint(&self) -> Option<u64> {
        self.table.header().rows_hint
    }

    /// What has been read so far.
    pub fn facts(&self) -> SourceFacts {
        self.facts.clone()
    }

    /// Remarks on how the file is read, for users.
    pub fn notes(&self) -> &[String] {
        &self.table.header().notes
    }

    /// The schema of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn batch(&mut self, block: &Block) -> Result<RowBatch, IngestError> {
        let header = self.table.header();
        let failed = |source| IngestError::Batch { file: header.file.clone(), source };
        let indices: Vec<usize> = (0..block.rows()).collect();
        let mut fates = CellFates::new(self.columns.len(), indices.len());
        let mut rejects = Rejects::new();
        let none = StringArray::new_null(0);
        let mut rows =
            BlockRows { header, block, columns: &self.columns, indices: &indices, keys: &none, buffers: None };
        let keys = self.keys.as_mut().map(|keys| keys.keys(&rows, &mut fates, &mut rejects));
        match (&keys, block) {
            (Some(keys), _) => rows.keys = keys,
            (None, Block::Text(block)) => rows.buffers = Some(ViewBuffers::new(block)),
            (None, Block::Columns(_)) => {}
        }
        rejects.extend(faults(&rows, &mut fates));
        let fields = self.fields.iter().map(|field| field.column(&rows, &mut fates, &mut rejects));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let numbers: ArrayRef = Arc::new(UInt64Array::from(block.numbers().to_vec()));
        let fixed_columns: Vec<ArrayRef> = match keys {
            None => vec![numbers],
            Some(keys) => {
                let digests: ArrayRef = Arc::new(digests(&fields, indices.len()));
                vec![Arc::new(keys), numbers, digests]
            }
        };
        let columns = fixed_columns.into_iter().chain(fields).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)?;
        fates.count(block, &mut self.facts.cells);
        self.facts.rows += indices.len() as u64;
        self.facts.rows_unread += unread_rows(header, block, &self.columns);
        self.facts.rejects += rejects.len() as u64;
        self.facts.times_dropped += fates.times_dropped;
        for typed in fates.typed_fields {
            match self.facts.typed_fields.iter_mut().find(|known| known.name == typed.name) {
                Some(known) => known.merge(typed),
                None => self.facts.typed_fields.push(typed),
            }
        }
        if let Some(keys) = &self.keys {
            self.facts.keys_duplicate = keys.duplicates;
            self.facts.keys_missing = keys.missing;
        }
        Ok(RowBatch { rows: batch, rejects: in_order(rejects) })
    }
}

/// The number of rows of a block without a cell in any of the selected columns of the file.
fn unread_rows(header: &Header, block: &Block, columns: &[usize]) -> u64 {
    let is_of_file = |column: &usize| header.columns.get(*column).is_some_and(|column| column.position().is_some());
    let slots = columns.iter().enumerate().filter(|(_, column)| is_of_file(column));
    let columns: Vec<BlockColumn<'_>> = slots.map(|(slot, _)| block.column(slot)).collect();
    let is_unread = |row: &usize| columns.iter().all(|column| column.kind(*row) == CellKind::Empty);
    if columns.is_empty() { 0 } else { (0..block.rows()).filter(is_unread).count() as u64 }
}

/// The faults of the rows as rejects; marks their cells.
pub(crate) fn faults(rows: &BlockRows<'_>, fates: &mut CellFates) -> Rejects {
    use crate::field::RejectedCell;
    let mut faults = rows.block.faults().iter().peekable();
    let mut rejects = Rejects::new();
    for (at, row) in rows.indices.iter().enumerate() {
        while faults.next_if(|fault| fault.row < *row).is_some() {}
        while let Some(fault) = faults.next_if(|fault| fault.row == *row) {
            if let (Some(slot), 0) = (fault.slot, fault.cells_dropped) {
                fates.reject(slot, *row);
            }
            let key = if at < rows.keys.len() { rows.keys.value(at) } else { "" };
            let rejected = RejectedCell { field: "", raw: &fault.raw, expected: &fault.expected };
            rejects.push(rows.reject_at(*row, fault.number, key, fault.slot, rejected));
        }
    }
    rejects
}

/// Sorts rejects by row; those of one row stay in the order in which they were found.
pub(crate) fn in_order(mut rejects: Rejects) -> Vec<Reject> {
    rejects.sort_by_key(|(row, _)| *row);
    rejects.into_iter().map(|(_, reject)| reject).collect()
}

/// [`matchflow_model::digest::row`] over the fields of each row.
fn digests(fields: &[ArrayRef], rows: usize) -> UInt64Array {
    use arrow::array::AsArray;
    let texts: Vec<Option<&StringArray>> = fields.iter().map(|field| field.as_string_opt::<i32>()).collect();
    let (mut digest, mut scratch) = (RowDigest::default(), String::new());
    let of_row = |row: usize| {
        for (field, text) in fields.iter().zip(&texts) {
            match text {
                Some(text) => digest.push(text.is_valid(row).then(|| text.value(row))),
                None => {
                    scratch.clear();
                    let is_there = write_value(field.as_ref(), row, &mut scratch);
                    digest.push(is_there.then_some(scratch.as_str()));
                }
            }
        }
        digest.finish()
    };
    UInt64Array::from_iter_values((0..rows).map(of_row))
}
