//! Duplicates in the supplier file: a run that compares its rows with each other, and the clusters built from its
//! pairs.
//!
//! The rows are their own registry. A row is compared with those *before* it in an order by generation (how often the
//! rows had been clustered when it was compared), then by its key's digest: so each pair is compared once, by its later
//! row, whatever the order of the file; a run that continues after a kill compares the remaining rows; and a changed
//! row, whose generation is new, is compared with all unchanged ones.
//! - [`rows`]: the supplier file as rows and as entries, both with their place in the order.
//! - [`rows`]: the supplier file as rows and as entries, both with their position in the order.
//! - [`equal_rows`]: rows that are equal in every compared field, one of which is compared for all.
//! - [`row_catalog`]: data about all rows for clusters, golden records and files.
//! - [`pairs`]: the pairs in results, without obsolete ones.
//! - [`cluster_update`]: pairs to clusters, and which of them changed.
//! - [`clustering`]: the changed clusters as stored in the checkpoint.
//! - [`report`]: the output files and the summary.
//!
//! **Invariant:** what becomes durable at the end is determined by the rows' results alone; a run that is killed before
//! is clustered by the next one.

mod cluster_update;
mod clustering;
mod equal_rows;
mod matches;
mod pairs;
mod person_constraints;
mod report;
mod row_catalog;
mod rows;

pub(crate) use cluster_update::{ClusterUpdate, ClusterUpdateResult};
pub(crate) use report::write_report;
pub(crate) use rows::{Comparison, OrderedRows, RowEntries};

use matchflow_checkpoint::{Checkpoint, PairsRow};
use matchflow_model::outcome::Decision;

use crate::console;
use crate::failure::{Failure, FailureContext};

/// Clusters the rows and stores the clusters. The result is for [`write_report()`].
pub(crate) fn finish(update: ClusterUpdate, checkpoint: &mut Checkpoint) -> Result<ClusterUpdateResult, Failure> {
    let run_id = checkpoint.run_id().to_owned();
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let new = tables.pairs(Some(&run_id)).while_doing("reading the results from the checkpoint")?;
    let clusters = update.cluster(&new)?;
    let began = std::time::Instant::now();
    let table = clustering::clustering(&clusters);
    checkpoint.write_clustering(&table).while_doing("writing the clusters to the checkpoint")?;
    console::event(&serde_json::json!({
        "event": "clusters", "rows": table.rows, "clusters": table.clusters_total, "members": table.members_total,
        "clusters_changed": clusters.changed.len(), "clusters_ended": clusters.ended.len(),
        "load_s": clusters.times.earlier_s, "changes_s": clusters.times.changes_s,
        "written_s": began.elapsed().as_secs_f64(),
    }));
    Ok(clusters)
}

/// The clusters of rows that were never clustered, by key, from their outcomes.
pub(crate) fn clusters_of(update: ClusterUpdate, decisions: &[Decision]) -> Result<Vec<Vec<String>>, Failure> {
    let pairs = decisions.iter().map(|decision| PairsRow {
        key: decision.key.clone(),
        digest: decision.digest,
        pairs: decision.alternatives.clone(),
    });
    let clusters = update.cluster(&pairs.collect::<Vec<_>>())?;
    let keys = |rows: &Vec<u32>| rows.iter().map(|row| clusters.catalog.key(*row).to_owned()).collect();
    Ok(clusters.clusters.iter().map(|cluster| keys(&cluster.rows)).collect())
}
