//! What a review of the rows left for people is worth: how many of them are expected to have their entry among the candidates.
//!
//! **Limits.** Results with a match model, whose scores are probabilities, of rows that nobody has decided. Sums are of
//! millionths, so that they do not depend on the order of rows.

use crate::error::CheckpointError;
use crate::tables::CheckpointTables;

/// Bands from 0 to 1.
const BANDS: u32 = 5;
const UNIT: f64 = 1e6;

/// Rows in review whose probability, that the right entry is among their candidates, is in one band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReviewBand {
    /// The least probability.
    pub from: f64,
    /// Probabilities are below this; up to this in the last band.
    pub to: f64,
    /// Rows.
    pub rows: u64,
    /// The sum of their probabilities: the number of them that is expected to have the right entry.
    pub expected: f64,
}

impl CheckpointTables<'_> {
    /// The bands that have rows, the most probable first.
    pub fn review_worth(&self) -> Result<Vec<ReviewBand>, CheckpointError> {
        // A group that is named is not counted again by its entries among the alternatives.
        let sql = format!(
            "SELECT least(floor(expected * {BANDS}), {BANDS} - 1)::UINTEGER AS band, count(*)::UBIGINT,
                sum(round(expected * {UNIT})::UBIGINT)::UBIGINT
            FROM (SELECT least(1, coalesce(score, 0) + coalesce(list_sum([other.score FOR other IN alternatives
                    IF other.\"group\" IS DISTINCT FROM latest.\"group\"]), 0)) AS expected
                FROM latest WHERE outcome = 'review' AND entry_score IS NOT NULL AND decision IS NULL)
            GROUP BY band ORDER BY band DESC"
        );
        let bands: Vec<(u32, u64, u64)> = self.rows(&sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let edge = |band: u32| f64::from(band) / f64::from(BANDS);
        let band = |(band, rows, millionths): (u32, u64, u64)| ReviewBand {
            from: edge(band),
            to: edge(band + 1),
            rows,
            expected: millionths as f64 / UNIT,
        };
        Ok(bands.into_iter().map(band).collect())
    }
}
