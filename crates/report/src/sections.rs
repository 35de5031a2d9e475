//! Outcomes, scores, thresholds and weights: each a list of typed rows that DuckDB counts.

use matchflow_checkpoint::{CheckpointError, CheckpointTables};
use serde::{Deserialize, Serialize};

/// Scores are counted in this many steps from 0 to 1.
pub(crate) const STEPS: u32 = 200;

/// Rows of one outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeSection {
    /// The outcome.
    pub outcome: String,
    /// Rows.
    pub rows: u64,
    /// Their money.
    pub amount: Option<f64>,
}

/// Rows of one stage and outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSection {
    /// The stage that found the entry; none where no stage did.
    pub stage: Option<String>,
    /// The outcome.
    pub outcome: String,
    /// Rows.
    pub rows: u64,
    /// Their money.
    pub amount: Option<f64>,
    /// With a truth: rows matched with the right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u64>,
}

/// Rows of one outcome whose score, or margin, is in one band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandSection {
    /// The lower end of the band.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
    /// The outcome.
    pub outcome: String,
    /// Rows.
    pub rows: u64,
}

/// What a single threshold for all rows would accept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdSection {
    /// The threshold.
    pub score: f64,
    /// Rows whose best entry has at least this score.
    pub rows: u64,
    /// Their money.
    pub amount: Option<f64>,
    /// Of the judged rows: accepted and right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u64>,
    /// Accepted and wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<u64>,
    /// Not accepted, although there is a right entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// Not accepted, and there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rightly_none: Option<u64>,
}

/// The weight of a level of a comparison, as the best candidates of all rows had it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightSection {
    /// The comparison.
    pub comparison: String,
    /// The level.
    pub level: String,
    /// Rows whose best candidate reached it.
    pub rows: u64,
    /// Its mean bits.
    pub bits: f64,
    /// The fewest.
    pub bits_min: f64,
    /// The most.
    pub bits_max: f64,
}

/// A run of the checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSection {
    /// Its id.
    pub run_id: String,
    /// Its start, UTC.
    pub started_at: String,
    /// How it ended.
    pub status: String,
    /// Its duration.
    pub seconds: Option<f64>,
    /// Rows that it decided.
    pub decided: u64,
    /// Rows that an earlier run had decided.
    pub skipped: Option<u64>,
    /// The registry and its edition.
    pub edition: Option<String>,
    /// The version of matchflow.
    pub version: String,
}

/// Every section that the results alone have.
pub(crate) fn outcomes(tables: CheckpointTables<'_>) -> Result<Vec<OutcomeSection>, CheckpointError> {
    tables.typed_rows("SELECT outcome, count(*) AS rows, sum(amount) AS amount FROM reported GROUP BY ALL ORDER BY ALL")
}

pub(crate) fn stages(tables: CheckpointTables<'_>) -> Result<Vec<StageSection>, CheckpointError> {
    tables.typed_rows(
        "SELECT stage, outcome, count(*) AS rows, sum(amount) AS amount FROM reported GROUP BY stage, outcome ORDER BY stage, outcome",
    )
}

/// Rows by bands of `column`, a number from 0 to 1.
pub(crate) fn bands(tables: CheckpointTables<'_>, column: &str) -> Result<Vec<BandSection>, CheckpointError> {
    tables.typed_rows(&format!(
        "SELECT band / 50.0 AS \"from\", (band + 1) / 50.0 AS \"to\", outcome, count(*) AS rows FROM (
            SELECT least(greatest(floor({column} * 50 + 1e-9), 0), 49)::INTEGER AS band, outcome FROM reported WHERE {column} IS NOT NULL)
        GROUP BY ALL ORDER BY ALL"
    ))
}

pub(crate) fn thresholds(tables: CheckpointTables<'_>) -> Result<Vec<ThresholdSection>, CheckpointError> {
    tables.typed_rows(&format!(
        "WITH counted AS (SELECT floor(score * {STEPS} + 1e-9)::INTEGER AS step, count(*) AS rows, sum(amount) AS amount
            FROM reported WHERE score IS NOT NULL GROUP BY step)
        SELECT steps.range / {STEPS}.0 AS score, coalesce(sum(counted.rows), 0)::BIGINT AS rows, sum(counted.amount) AS amount
        FROM range(0, {STEPS} + 1) AS steps LEFT JOIN counted ON counted.step >= steps.range
        GROUP BY steps.range ORDER BY steps.range"
    ))
}

pub(crate) fn weights(tables: CheckpointTables<'_>) -> Result<Vec<WeightSection>, CheckpointError> {
    tables.typed_rows(
        "SELECT one.comparison AS comparison, one.\"level\" AS \"level\", count(*) AS rows, round(avg(one.bits), 3) AS bits,
            min(one.bits) AS bits_min, max(one.bits) AS bits_max
        FROM (SELECT unnest(comparisons) AS one FROM reported) WHERE one.bits IS NOT NULL AND one.\"level\" IS NOT NULL
        GROUP BY ALL ORDER BY comparison, bits DESC",
    )
}

/// The newest runs, the oldest first.
pub(crate) fn runs(tables: CheckpointTables<'_>) -> Result<Vec<RunSection>, CheckpointError> {
    tables.typed_rows(
        "SELECT * FROM (SELECT run_id, started_at::VARCHAR AS started_at, status,
            round(epoch(ended_at) - epoch(started_at), 3) AS seconds,
            coalesce((SELECT sum(\"rows\") FROM epochs WHERE epochs.run_id = runs.run_id), 0)::BIGINT AS decided,
            skipped, edition, version FROM runs ORDER BY run_id DESC LIMIT 30) ORDER BY run_id",
    )
}
