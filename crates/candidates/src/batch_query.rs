//! The rows of a batch to search for, and the memory that searches reuse.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::plan::KeyExpression;

use crate::error::Error;
use crate::registry::Registry;

/// Buffers of a worker's searches, reused across batches. Each kind of search has its own type.
#[derive(Debug, Default)]
pub struct Scratch {
    buffers: HashMap<TypeId, Box<dyn Any + Send>>,
}

impl Scratch {
    /// Takes the buffers of one kind of search, or new ones if there are none yet.
    pub(crate) fn take<T: Any + Send + Default>(&mut self) -> T {
        let buffers = self.buffers.remove(&TypeId::of::<T>()).and_then(|buffers| buffers.downcast::<T>().ok());
        buffers.map_or_else(T::default, |buffers| *buffers)
    }

    /// Puts them back for the next batch.
    pub(crate) fn put<T: Any + Send>(&mut self, buffers: T) {
        self.buffers.insert(TypeId::of::<T>(), Box::new(buffers));
    }
}

/// The rows of a batch to search for, and the entries that each may find in a shard.
#[derive(Clone, Copy)]
pub(crate) struct BatchQuery<'a> {
    pub(crate) rows: &'a RecordBatch,
    /// The numbers of the rows to search for.
    pub(crate) open: &'a [u32],
    pub(crate) limit: usize,
    /// The positions of the rows in the order of comparison, if rows are compared with each other.
    orders: Option<&'a StringArray>,
}

/// The end of the entries that a row is compared with.
#[derive(Clone, Copy)]
pub(crate) struct SearchEnd {
    /// The first group that it is not compared with.
    pub(crate) group: u32,
    /// The first entry that it is not compared with.
    pub(crate) entry: u32,
}

impl<'a> BatchQuery<'a> {
    pub(crate) fn new(rows: &'a RecordBatch, open: &'a [u32], limit: usize) -> Result<BatchQuery<'a>, Error> {
        let count = rows.num_rows() as u64;
        if let Some(row) = open.iter().find(|row| u64::from(**row) >= count) {
            return Err(Error::OutOfRange { what: "row", number: u64::from(*row), count });
        }
        Ok(BatchQuery { rows, open, limit, orders: columns::text(rows, columns::ORDER).ok() })
    }

    /// The same rows, but only those in `open` are searched for.
    pub(crate) fn with_open(self, open: &'a [u32]) -> BatchQuery<'a> {
        BatchQuery { open, ..self }
    }

    /// Whether rows are compared with each other.
    pub(crate) fn is_ordered(&self) -> bool {
        self.orders.is_some()
    }

    /// The end of a shard's entries that the row is compared with.
    pub(crate) fn end(&self, registry: &Registry, row: u32) -> Result<SearchEnd, Error> {
        let Some(order) = self.orders.and_then(|orders| columns::value(orders, row as usize)) else {
            return Ok(SearchEnd { group: u32::MAX, entry: u32::MAX });
        };
        let group = registry.groups_before(order)?;
        let entry = if group < registry.groups() { registry.members(group).start } else { u32::MAX };
        Ok(SearchEnd { group, entry })
    }
}

/// A key expression and the row columns that it reads.
pub(crate) struct RowKeys<'a> {
    expression: KeyExpression,
    fields: Vec<&'a StringArray>,
}

impl<'a> RowKeys<'a> {
    pub(crate) fn new(rows: &'a RecordBatch, expression: &str) -> Result<RowKeys<'a>, Error> {
        let expression = KeyExpression::parse(expression)?;
        let fields = expression.parts.iter().map(|part| columns::text(rows, &part.field));
        Ok(RowKeys { fields: fields.collect::<Result<_, _>>()?, expression })
    }

    /// Calls `visit` with each key of a row.
    pub(crate) fn visit(&self, row: usize, visit: impl FnMut(&str)) {
        let cells: Vec<_> = self.fields.iter().map(|field| columns::value(field, row)).collect();
        self.expression.visit(&cells, visit);
    }

    /// The keys of a row.
    pub(crate) fn keys(&self, row: usize) -> Vec<String> {
        let mut keys = Vec::new();
        self.visit(row, |key| keys.push(key.to_owned()));
        keys
    }
}
