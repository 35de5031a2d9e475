//! What people decided about the rows of a chunk, and the entries that they chose.
//!
//! A row with a verdict has the column [`columns::VERDICT`], from the source to its decision. The entry chosen is looked up by
//! its id where the first candidate stage searches, so that it is a candidate like the others: scored, weighed and
//! explained, whatever would have found it.

use matchflow_candidates::Shard;
use matchflow_model::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::review_verdict::{RowVerdict, VerdictNote};

use crate::error::StepError;

/// The verdicts of the rows of a batch.
#[derive(Debug, Default)]
pub(crate) struct RowVerdicts(Vec<Option<RowVerdict>>);

impl RowVerdicts {
    /// Reads the verdicts of a batch; most have none.
    pub(crate) fn of(rows: &RecordBatch) -> Result<RowVerdicts, StepError> {
        let Some(cells) = verdict_cells(rows) else { return Ok(RowVerdicts::default()) };
        let verdict = |cell: Option<&str>| cell.map(RowVerdict::from_json).transpose();
        Ok(RowVerdicts(cells.iter().map(verdict).collect::<Result<_, _>>()?))
    }

    /// What people decided about a row.
    pub(crate) fn get(&self, row: usize) -> Option<&RowVerdict> {
        self.0.get(row)?.as_ref()
    }
}

fn verdict_cells(rows: &RecordBatch) -> Option<&StringArray> {
    rows.column_by_name(columns::VERDICT).and_then(|column| column.as_string_opt::<i32>())
}

/// The entries of one shard that people chose for rows of a batch, as candidates; `None` without any.
pub(crate) fn chosen_entries(shard: &Shard, rows: &RecordBatch) -> Result<Option<RecordBatch>, StepError> {
    let Some(cells) = verdict_cells(rows).filter(|cells| cells.null_count() < cells.len()) else { return Ok(None) };
    let mut chosen: Vec<(u32, u32)> = Vec::new();
    for (row, cell) in (0..).zip(cells) {
        let Some(verdict) = cell.map(RowVerdict::from_json).transpose()? else { continue };
        for note in &verdict.decision.verdicts {
            chosen.extend(entry_of(shard, note)?.map(|entry| (row, entry)));
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() { Ok(None) } else { Ok(Some(shard.chosen_pairs(&chosen)?)) }
}

/// The entry of a verdict, or one that stands for its group. Who decided may have written either.
fn entry_of(shard: &Shard, note: &VerdictNote) -> Result<Option<u32>, StepError> {
    if let Some(entry) = note.id.as_ref().map(|id| shard.entry_of_id(id)).transpose()?.flatten() {
        return Ok(Some(entry));
    }
    let Some(group) = note.group.as_ref().or(note.id.as_ref()) else { return Ok(None) };
    Ok(Some(shard.entries_of_group(group)?).filter(|entries| !entries.is_empty()).map(|entries| entries.start))
}
