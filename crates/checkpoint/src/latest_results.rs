//! The newest result of each key, in the order of the rows, in bounded memory.
//!
//! Sorting whole results takes as much memory, or disk space, as all of them. So only rows and keys are sorted, into a
//! temporary table (DuckDB moves it to a folder next to the file if it is large), and results are read in parts of that
//! order.

use std::vec::IntoIter;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::outcome;

use crate::error::CheckpointError;
use crate::layout::outcome_columns;
use crate::tables::{CheckpointTables, ResultBatches};
use crate::views::{LATEST_PART, RESULT_ORDER};

/// Maximum number of results in one part: some megabytes.
const PART_ROWS: usize = 20_000;

/// Batches of [`outcome::schema`], read on request.
pub struct LatestResults<'a> {
    tables: CheckpointTables<'a>,
    parts: IntoIter<ResultPart>,
    current: Option<ResultBatches<'a>>,
}

/// A part of the order: its number, its lowest and highest row.
struct ResultPart {
    number: i64,
    lowest: u64,
    highest: u64,
}

impl<'a> LatestResults<'a> {
    pub(crate) fn open(tables: CheckpointTables<'a>) -> Result<LatestResults<'a>, CheckpointError> {
        LatestResults::in_parts(tables, PART_ROWS)
    }

    pub(crate) fn in_parts(
        tables: CheckpointTables<'a>,
        part_rows: usize,
    ) -> Result<LatestResults<'a>, CheckpointError> {
        tables.execute(&RESULT_ORDER.replace("{rows}", &part_rows.to_string()), "order its results")?;
        let sql = "SELECT part, min(\"row\"), max(\"row\") FROM result_order GROUP BY part ORDER BY part";
        let parts = tables
            .rows(sql, &[], |row| Ok(ResultPart { number: row.get(0)?, lowest: row.get(1)?, highest: row.get(2)? }))?;
        Ok(LatestResults { tables, parts: parts.into_iter(), current: None })
    }

    fn open_part(&self, part: &ResultPart) -> Result<ResultBatches<'a>, CheckpointError> {
        let columns = outcome_columns();
        let sql = format!("SELECT {columns} FROM ({LATEST_PART}) ORDER BY \"row\", \"key\"");
        let ResultPart { number, lowest, highest } = part;
        self.tables.stream_with(&sql, &[lowest, highest, number], Some(outcome::schema()))
    }
}

impl Iterator for LatestResults<'_> {
    type Item = Result<RecordBatch, CheckpointError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.current.as_mut().and_then(Iterator::next) {
                return Some(batch);
            }
            let part = self.parts.next()?;
            match self.open_part(&part) {
                Ok(batches) => self.current = Some(batches),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crash_tests::with_replaced_results;
    use matchflow_model::outcome::from_batch;

    #[test]
    fn parts_of_any_size_give_the_results_of_one_query() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = with_replaced_results(folder.path());
        let tables = checkpoint.tables().unwrap();
        let keys = |batches: &mut dyn Iterator<Item = Result<RecordBatch, CheckpointError>>| {
            let decisions = batches.flat_map(|batch| from_batch(&batch.unwrap()).unwrap());
            decisions.map(|decision| (decision.row, decision.key)).collect::<Vec<_>>()
        };
        let sql = format!("SELECT {} FROM latest ORDER BY \"row\", \"key\"", outcome_columns());
        let expected = keys(&mut tables.stream_with(&sql, &[], Some(outcome::schema())).unwrap());
        assert_eq!(expected.len(), 200);
        for part_rows in [1, 7, 200, 1_000] {
            let found = keys(&mut LatestResults::in_parts(tables, part_rows).unwrap());
            assert_eq!(found, expected, "{part_rows}");
        }
    }
}
