//! Every row of the supplier file with its newest result in short: what a list for people is made of.

use matchflow_model::arrow::array::{Array, AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::{Float64Type, Int64Type, UInt64Type};
use matchflow_model::columns::value;
use matchflow_model::outcome::Outcome;

use crate::error::CheckpointError;
use crate::tables::CheckpointTables;
use crate::views::{RESULT_ORDER, REVIEW_ROWS};

/// The columns, in the order in which they are read.
const COLUMNS: &str = "result, \"key\", \"row\", digest, input, outcome, score, stage, id, \"group\", closed, margin, reason, \
                       run_id, reference_digest, plan_digest";

/// A row, with its result in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReviewRow<'a> {
    /// Where the result is in its table: see [`CheckpointTables::reviewable_at`].
    pub place: i64,
    /// The row's key.
    pub key: &'a str,
    /// Its number in the file.
    pub row: u64,
    /// The digest of its fields.
    pub digest: u64,
    /// Its fields, as JSON.
    pub input: &'a str,
    /// Its outcome.
    pub outcome: Outcome,
    /// The best score.
    pub score: Option<f64>,
    /// The stage that decided.
    pub stage: Option<&'a str>,
    /// The entry named.
    pub id: Option<&'a str>,
    /// The group named.
    pub group: Option<&'a str>,
    /// Whether what is named is closed.
    pub is_closed: Option<bool>,
    /// The lead of the best score.
    pub margin: Option<f64>,
    /// The reasons, as JSON.
    pub reasons: &'a str,
    /// The run that decided it.
    pub run_id: &'a str,
    /// The digest of its registry.
    pub reference_digest: &'a str,
    /// The digest of its plan.
    pub plan_digest: &'a str,
}

impl CheckpointTables<'_> {
    /// Calls `read` with every row of the supplier file, ordered by row, then key.
    pub fn review_rows(&self, mut read: impl FnMut(ReviewRow<'_>)) -> Result<(), CheckpointError> {
        // One part: its number is not used.
        self.execute(&RESULT_ORDER.replace("{rows}", "1000000000"), "order its results")?;
        let sql = format!(
            "SELECT {COLUMNS} FROM ({REVIEW_ROWS}) AS listed LEFT JOIN
                (SELECT run_id, reference_digest, plan_digest FROM runs) USING (run_id) ORDER BY \"row\", \"key\""
        );
        for batch in self.stream_with(&sql, &[], None)? {
            read_batch(&batch?, &mut read).ok_or_else(|| self.unreadable("list its results"))?;
        }
        Ok(())
    }

    /// The fields of the entries that these results name, as JSON, by the places of the results; one without an entry is
    /// left out.
    pub fn entries_at(&self, places: &[i64]) -> Result<Vec<(i64, String)>, CheckpointError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = places.iter().map(i64::to_string).collect();
        let sql =
            format!("SELECT rowid, entry FROM results WHERE entry IS NOT NULL AND rowid IN ({})", places.join(", "));
        self.rows(&sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// `None` where a column has another type than results have.
fn read_batch(batch: &RecordBatch, read: &mut impl FnMut(ReviewRow<'_>)) -> Option<()> {
    let column = |name: &str| batch.column_by_name(name);
    let texts = |name: &str| column(name)?.as_string_opt::<i32>();
    let floats = |name: &str| column(name)?.as_primitive_opt::<Float64Type>();
    let (places, closed) = (column("result")?.as_primitive_opt::<Int64Type>()?, column("closed")?.as_boolean_opt()?);
    let (rows, digests) =
        (column("row")?.as_primitive_opt::<UInt64Type>()?, column("digest")?.as_primitive_opt::<UInt64Type>()?);
    let (keys, inputs, outcomes, stages) = (texts("key")?, texts("input")?, texts("outcome")?, texts("stage")?);
    let (ids, groups, reasons) = (texts("id")?, texts("group")?, texts("reason")?);
    let (runs, registries, plans) = (texts("run_id")?, texts("reference_digest")?, texts("plan_digest")?);
    let (scores, margins) = (floats("score")?, floats("margin")?);
    for row in 0..batch.num_rows() {
        read(ReviewRow {
            place: places.value(row),
            key: keys.value(row),
            row: rows.value(row),
            digest: digests.value(row),
            input: inputs.value(row),
            outcome: Outcome::from_word(outcomes.value(row))?,
            score: scores.is_valid(row).then(|| scores.value(row)),
            stage: value(stages, row),
            id: value(ids, row),
            group: value(groups, row),
            is_closed: closed.is_valid(row).then(|| closed.value(row)),
            margin: margins.is_valid(row).then(|| margins.value(row)),
            reasons: reasons.value(row),
            run_id: runs.value(row),
            reference_digest: value(registries, row).unwrap_or_default(),
            plan_digest: value(plans, row).unwrap_or_default(),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::crash_tests::with_replaced_results;

    #[test]
    fn each_row_is_listed_once_with_the_place_of_its_newest_result() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = with_replaced_results(folder.path());
        let tables = checkpoint.tables().unwrap();
        let mut listed = Vec::new();
        tables.review_rows(|row| listed.push((row.row, row.key.to_owned(), row.place, row.digest))).unwrap();
        assert_eq!(listed.len(), 200);
        assert!(listed.is_sorted());
        for (row, key, place, digest) in &listed {
            let found = tables.reviewable_at(*row, *place).unwrap().unwrap();
            assert_eq!((&found.decision.key, found.decision.digest), (key, *digest));
            assert_eq!(tables.reviewable(&[key.as_str()]).unwrap(), [found]);
        }
        assert_eq!(tables.reviewable_at(1, 1 << 40).unwrap(), None);
        let places: Vec<i64> = listed.iter().map(|(_, _, place, _)| *place).collect();
        let entries = tables.entries_at(&places[..3]).unwrap();
        for (place, entry) in entries {
            let (row, ..) = listed.iter().find(|(_, _, known, _)| *known == place).unwrap();
            assert_eq!(tables.reviewable_at(*row, place).unwrap().unwrap().decision.entry, Some(entry));
        }
    }
}
