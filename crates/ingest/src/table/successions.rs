//! INSEE's file of successions (`StockEtablissementLiensSuccession`): which establishment took over from which.
//!
//! Memory: 16 bytes per link. SIRETs are numbers here, so leading zeros lost in a file do not matter. Of several
//! successors, the one with the latest date counts, and on the same date the lowest SIRET.

use std::path::Path;

use arrow::array::StringArray;

use super::Selection;
use super::column_table::{ColumnTable, JoinedFaults};
use super::selection::BLOCK_ROWS_MAX;
use crate::error::IngestError;

/// The column of the file, and of the joined table, with the successor.
pub(super) const SUCCESSOR: &str = "siretEtablissementSuccesseur";
const PREDECESSOR: &str = "siretEtablissementPredecesseur";
const DATE: &str = "dateLienSuccession";

/// The links, sorted by predecessor.
pub(super) struct SuccessionIndex(Vec<(u64, u64)>);

impl SuccessionIndex {
    /// Opens the file and finds its columns.
    pub(super) fn open(path: &Path) -> Result<ColumnTable, IngestError> {
        let mut table = ColumnTable::open(path)?;
        let header = table.header();
        let mut columns = vec![header.find(PREDECESSOR)?, header.find(SUCCESSOR)?];
        columns.extend(header.find(DATE).ok());
        table.select(Selection { columns, filters: Vec::new(), rows_max: BLOCK_ROWS_MAX })?;
        Ok(table)
    }

    /// Reads all of it.
    pub(super) fn load(table: &mut ColumnTable, faults: &mut JoinedFaults) -> Result<SuccessionIndex, IngestError> {
        let mut dated: Vec<(u64, std::cmp::Reverse<u32>, u64)> = Vec::new();
        while let Some(block) = table.next_block()? {
            faults.add(&block);
            let mut columns = block.columns.iter().map(|column| &column.values);
            let (Some(from), Some(to)) = (columns.next(), columns.next()) else { continue };
            let dates = columns.next();
            for (row, (from, to)) in from.iter().zip(to).enumerate() {
                let (Some(from), Some(to)) = (from.and_then(number), to.and_then(number)) else { continue };
                let date = dates.filter(|_| from != to).map_or(0, |dates| day(dates, row));
                if from != to {
                    dated.push((from, std::cmp::Reverse(date), to));
                }
            }
        }
        dated.sort_unstable();
        dated.dedup_by_key(|link| link.0);
        Ok(SuccessionIndex(dated.into_iter().map(|(from, _, to)| (from, to)).collect()))
    }

    /// The successor of each establishment, if it has one.
    pub(super) fn successors(&self, sirets: &StringArray) -> StringArray {
        let successor = |siret: Option<&str>| {
            let siret = number(siret?)?;
            let at = self.0.binary_search_by_key(&siret, |link| link.0).ok()?;
            self.0.get(at).map(|(_, to)| format!("{to:014}"))
        };
        sirets.iter().map(successor).collect()
    }
}

fn number(siret: &str) -> Option<u64> {
    siret.trim().parse().ok()
}

/// A date as an ascending number: `2019-12-31` is 20191231. 0 if there is none.
fn day(dates: &StringArray, row: usize) -> u32 {
    let date = matchflow_model::columns::value(dates, row).unwrap_or_default();
    let digits: String = date.chars().filter(char::is_ascii_digit).take(8).collect();
    digits.parse().unwrap_or(0)
}
