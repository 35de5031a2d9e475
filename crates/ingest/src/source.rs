//! The supplier file: batches of rows with their key, number and digest.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::plan::SourcePlan;
use matchflow_model::reject::Reject;
use matchflow_model::{columns, digest};

use crate::block::Block;
use crate::error::IngestError;
use crate::field::{FieldBuilder, Row};
use crate::key::Keys;
use crate::select::Selector;
use crate::table::{self, Selection, Table};

/// Rows read together, and the cells among them that did not fit.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The rows; columns as `matchflow_model` describes them.
    pub rows: RecordBatch,
    /// The cells of these rows that did not fit, in the order of the rows.
    pub rejects: Vec<Reject>,
}

/// What was read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Rows handed out, each a record.
    pub rows: u64,
    /// Wholly empty rows between records, which are not read as such.
    pub rows_blank: u64,
    /// Cells that say something, in the columns that the plan names.
    pub cells: u64,
    /// Rejects handed out.
    pub rejects: u64,
    /// Rows whose key another row had before; theirs ends in `#2`, `#3` and so on.
    pub keys_duplicate: u64,
    /// Rows without a key; theirs is `#` and the row's number.
    pub keys_missing: u64,
}

/// Opens the supplier file and finds its columns. Batches have `batch_rows` rows at most (at least 1, at most 65,536).
pub fn open_source(plan: &SourcePlan, batch_rows: usize) -> Result<SourceReader, IngestError> {
    let mut table = table::open(&plan.format)?;
    let mut selector = Selector::new(table.header());
    let keys = Keys::new(&plan.id, &mut selector)?;
    let fields = FieldBuilder::all(&plan.fields, &mut selector)?;
    let columns = selector.columns();
    table.select(Selection { columns, filters: Vec::new(), rows_max: batch_rows })?;
    let own = [
        Field::new(columns::KEY, DataType::Utf8, false),
        Field::new(columns::ROW, DataType::UInt64, false),
        Field::new(columns::DIGEST, DataType::UInt64, false),
    ];
    let schema = Schema::new(own.into_iter().chain(fields.iter().map(FieldBuilder::schema_field)).collect::<Vec<_>>());
    Ok(SourceReader { table, keys, fields, schema: Arc::new(schema), facts: SourceFacts::default() })
}

/// Reads the supplier file once, from its first row to its last.
pub struct SourceReader {
    table: Box<dyn Table>,
    keys: Keys,
    fields: Vec<FieldBuilder>,
    schema: SchemaRef,
    facts: SourceFacts,
}

impl SourceReader {
    /// The next rows, at least one; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, IngestError> {
        while let Some(block) = self.table.next_block()? {
            self.facts.rows_blank += block.blank_rows();
            if block.rows() > 0 {
                return self.batch(&block).map(Some);
            }
        }
        Ok(None)
    }

    /// The rows that the file says it has; a hint for progress, never a promise.
    pub fn rows_hint(&self) -> Option<u64> {
        self.table.header().rows_hint
    }

    /// What was read so far.
    pub fn facts(&self) -> SourceFacts {
        self.facts
    }

    /// The columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn batch(&mut self, block: &Block) -> Result<Batch, IngestError> {
        let header = self.table.header();
        let rows = block.rows();
        let mut rejects = Vec::new();
        let mut keys = Vec::with_capacity(rows);
        let mut digests = Vec::with_capacity(rows);
        let mut faults = block.faults().iter().peekable();
        for index in 0..rows {
            let key = self.keys.key(header, block, index, &mut rejects);
            let row = Row { header, block, index, key: &key };
            while let Some(fault) = faults.next_if(|fault| fault.row == index) {
                rejects.push(row.reject(fault.column, "", &fault.raw, &fault.wanted));
            }
            for field in &mut self.fields {
                field.push(&row, &mut rejects);
            }
            digests.push(digest::row(self.fields.iter().map(FieldBuilder::value_text)));
            self.facts.cells += block.cells(index);
            keys.push(key);
        }
        let own: [ArrayRef; 3] = [
            Arc::new(StringArray::from(keys)),
            Arc::new(UInt64Array::from_iter_values((0..rows).map(|index| block.number(index)))),
            Arc::new(UInt64Array::from(digests)),
        ];
        let columns = own.into_iter().chain(self.fields.iter_mut().map(FieldBuilder::finish)).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|source| IngestError::Batch { file: header.file.clone(), source })?;
        self.facts.rows += rows as u64;
        self.facts.rejects += rejects.len() as u64;
        self.facts.keys_duplicate = self.keys.duplicates;
        self.facts.keys_missing = self.keys.missing;
        Ok(Batch { rows: batch, rejects })
    }
}
