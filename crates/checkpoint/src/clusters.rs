//! Clusters of duplicates: written in one transaction at the end of a run, read in their current state.
//!
//! **Invariant:** only changes are written. The newest row of a cluster in `clusters` is its current state, with the
//! members, edges and golden record of the same run.

use std::collections::HashMap;
use std::sync::Arc;

use duckdb::{Connection, params};
use matchflow_model::arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::evidence::{Alternative, items};
use matchflow_model::fault;
use matchflow_model::reason::Reasons;

use crate::checkpoint::Checkpoint;
use crate::clock::now_us;
use crate::error::CheckpointError;
use crate::tables::CheckpointTables;
use crate::write_epoch::{WriteFault, append};

/// The changes of a clustering.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clustering {
    /// Rows of the supplier file.
    pub rows: u64,
    /// Clusters after the run.
    pub clusters_total: u64,
    /// Rows in them.
    pub members_total: u64,
    /// The new and changed clusters; ended ones have 0 rows.
    pub clusters: Vec<ClusterRow>,
    /// Their rows.
    pub members: Vec<MemberRow>,
    /// The pairs within and between them.
    pub edges: Vec<EdgeRow>,
    /// Their golden records: the cluster, and a JSON object `{field: {value, from}}`.
    pub golden: Vec<(String, String)>,
    /// The changes of clusters.
    pub events: Vec<EventRow>,
    /// The keys of rows that were compared in an earlier run and are no longer in the file.
    pub removed_keys: Vec<String>,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterRow {
    /// Its id.
    pub cluster: String,
    /// Its rows.
    pub rows: u64,
    /// The sum of the amounts of its rows.
    pub amount: Option<f64>,
}

/// A row of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberRow {
    /// The cluster.
    pub cluster: String,
    /// The row's key.
    pub key: String,
    /// The row of the cluster with the strongest link to it.
    pub linked_to: Option<String>,
    /// The probability of that pair.
    pub score: Option<f64>,
    /// The reasons.
    pub reason: Reasons,
}

/// A pair of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeRow {
    /// The cluster of one of them.
    pub cluster: String,
    /// The key of one row.
    pub key_a: String,
    /// The key of the other row.
    pub key_b: String,
    /// The probability that they are the same.
    pub score: f64,
    /// The match weight, in bits.
    pub weight: Option<f64>,
    /// The candidate stage that found the pair.
    pub stage: String,
    /// `holds`, `cut`, or `review`.
    pub status: String,
    /// Why it is cut or in review.
    pub reason: Reasons,
}

/// A change of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The cluster.
    pub cluster: String,
    /// `new`, `grown`, `shrunk`, `merged`, `split` or `ended`.
    pub event: String,
    /// The cluster that rows came from or went to.
    pub other: Option<String>,
    /// The number of rows.
    pub rows: u64,
}

/// The pairs of a row, by its newest result.
#[derive(Debug, Clone, PartialEq)]
pub struct PairsRow {
    /// The row's key.
    pub key: String,
    /// The row's digest at the time of the comparison.
    pub digest: u64,
    /// Its pairs, from `results.alternatives`.
    pub pairs: Vec<Alternative>,
}

impl Checkpoint {
    /// Makes a clustering durable, completely or not at all.
    pub fn write_clustering(&mut self, clustering: &Clustering) -> Result<(), CheckpointError> {
        let connection = self.connection()?;
        let written = write(connection, self.run_id(), clustering);
        written.map_err(|WriteFault(reason)| CheckpointError::Query {
            path: self.place().to_owned(),
            action: "store the clusters",
            reason,
        })
    }
}

impl Checkpoint {
    /// Records the rows that are no longer in the supplier file.
    pub fn write_removed_rows(&mut self, keys: &[String]) -> Result<(), CheckpointError> {
        if keys.is_empty() {
            return Ok(());
        }
        let written = append_removed_rows(self.connection()?, self.run_id(), keys);
        written.map_err(|WriteFault(reason)| CheckpointError::Query {
            path: self.place().to_owned(),
            action: "record the removed rows",
            reason,
        })
    }
}

fn append_removed_rows(connection: &Connection, run_id: &str, keys: &[String]) -> Result<(), WriteFault> {
    let removed = ColumnSet::new(run_id, keys.len());
    Ok(append(connection, "removed_rows", removed.text("key", keys.iter().map(String::as_str)).batch()?)?)
}

fn write(connection: &Connection, run_id: &str, clustering: &Clustering) -> Result<(), WriteFault> {
    let transaction = connection.unchecked_transaction()?;
    let Clustering { clusters, members, edges, golden, events, removed_keys, .. } = clustering;
    append(connection, "clusters", cluster_rows(run_id, clusters)?)?;
    append(connection, "members", member_rows(run_id, members)?)?;
    append(connection, "edges", edge_rows(run_id, edges)?)?;
    append(connection, "golden", golden_rows(run_id, golden)?)?;
    append(connection, "cluster_events", event_rows(run_id, events)?)?;
    append_removed_rows(connection, run_id, removed_keys)?;
    connection.execute(
        "INSERT INTO clusterings VALUES (?, make_timestamp(?), ?, ?, ?)",
        params![run_id, now_us(), clustering.rows, clustering.clusters_total, clustering.members_total],
    )?;
    fault::point("before the clusters are committed");
    transaction.commit()?;
    fault::point("after the clusters are committed");
    Ok(())
}

/// Columns of one length: name, whether it is nullable, values.
struct ColumnSet(Vec<(&'static str, bool, ArrayRef)>);

impl ColumnSet {
    fn new(run_id: &str, rows: usize) -> ColumnSet {
        ColumnSet(vec![("run_id", false, Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run_id, rows))))])
    }

    fn text<'a>(mut self, name: &'static str, values: impl Iterator<Item = &'a str>) -> ColumnSet {
        self.0.push((name, false, Arc::new(StringArray::from_iter_values(values))));
        self
    }

    fn optional<'a>(mut self, name: &'static str, values: impl Iterator<Item = Option<&'a str>>) -> ColumnSet {
        self.0.push((name, true, Arc::new(values.collect::<StringArray>())));
        self
    }

    fn reasons<'a>(mut self, values: impl Iterator<Item = &'a Reasons>) -> ColumnSet {
        let values = values.map(Reasons::to_json);
        self.0.push(("reason", false, Arc::new(StringArray::from_iter_values(values))));
        self
    }

    fn number(mut self, name: &'static str, values: impl Iterator<Item = u64>) -> ColumnSet {
        self.0.push((name, false, Arc::new(UInt64Array::from_iter_values(values))));
        self
    }

    fn real(mut self, name: &'static str, values: impl Iterator<Item = Option<f64>>) -> ColumnSet {
        self.0.push((name, true, Arc::new(values.collect::<Float64Array>())));
        self
    }

    fn batch(self) -> Result<RecordBatch, ArrowError> {
        let field = |(name, null, column): &(&str, bool, ArrayRef)| {
            let data_type: DataType = column.data_type().clone();
            Field::new(*name, data_type, *null)
        };
        let schema = Schema::new(self.0.iter().map(field).collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), self.0.into_iter().map(|(_, _, column)| column).collect())
    }
}

fn cluster_rows(run_id: &str, rows: &[ClusterRow]) -> Result<RecordBatch, ArrowError> {
    ColumnSet::new(run_id, rows.len())
        .text("cluster", rows.iter().map(|row| row.cluster.as_str()))
        .number("rows", rows.iter().map(|row| row.rows))
        .real("amount", rows.iter().map(|row| row.amount))
        .batch()
}

fn member_rows(run_id: &str, rows: &[MemberRow]) -> Result<RecordBatch, ArrowError> {
    ColumnSet::new(run_id, rows.len())
        .text("cluster", rows.iter().map(|row| row.cluster.as_str()))
        .text("key", rows.iter().map(|row| row.key.as_str()))
        .optional("linked_to", rows.iter().map(|row| row.linked_to.as_deref()))
        .real("score", rows.iter().map(|row| row.score))
        .reasons(rows.iter().map(|row| &row.reason))
        .batch()
}

fn edge_rows(run_id: &str, rows: &[EdgeRow]) -> Result<RecordBatch, ArrowError> {
    ColumnSet::new(run_id, rows.len())
        .text("cluster", rows.iter().map(|row| row.cluster.as_str()))
        .text("key_a", rows.iter().map(|row| row.key_a.as_str()))
        .text("key_b", rows.iter().map(|row| row.key_b.as_str()))
        .real("score", rows.iter().map(|row| Some(row.score)))
        .real("weight", rows.iter().map(|row| row.weight))
        .text("stage", rows.iter().map(|row| row.stage.as_str()))
        .text("status", rows.iter().map(|row| row.status.as_str()))
        .reasons(rows.iter().map(|row| &row.reason))
        .batch()
}

fn golden_rows(run_id: &str, rows: &[(String, String)]) -> Result<RecordBatch, ArrowError> {
    ColumnSet::new(run_id, rows.len())
        .text("cluster", rows.iter().map(|(cluster, _)| cluster.as_str()))
        .text("record", rows.iter().map(|(_, record)| record.as_str()))
        .batch()
}

fn event_rows(run_id: &str, rows: &[EventRow]) -> Result<RecordBatch, ArrowError> {
    ColumnSet::new(run_id, rows.len())
        .text("cluster", rows.iter().map(|row| row.cluster.as_str()))
        .text("event", rows.iter().map(|row| row.event.as_str()))
        .optional("other", rows.iter().map(|row| row.other.as_deref()))
        .number("rows", rows.iter().map(|row| row.rows))
        .batch()
}

impl CheckpointTables<'_> {
    /// The runs that clustered the rows, in order.
    pub fn clusterings(&self) -> Result<Vec<String>, CheckpointError> {
        self.rows("SELECT run_id FROM clusterings ORDER BY run_id", &[], |row| row.get(0))
    }

    /// The pairs of the newest results, of one run if it is given.
    pub fn pairs(&self, run_id: Option<&str>) -> Result<Vec<PairsRow>, CheckpointError> {
        let of_run = if run_id.is_some() { "AND run_id = ?" } else { "AND ? IS NULL" };
        let sql =
            format!("SELECT \"key\", digest, alternatives FROM latest WHERE outcome IN ('matched', 'review') {of_run}");
        let mut found = Vec::new();
        for batch in self.stream_with(&sql, &[&run_id], None)? {
            let batch = batch?;
            let text = |name| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
            let digests = batch.column_by_name("digest").and_then(|column| column.as_primitive_opt::<UInt64Type>());
            let pairs = batch.column_by_name("alternatives").and_then(|column| column.as_list_opt::<i32>());
            let (Some(keys), Some(digests), Some(pairs)) = (text("key"), digests, pairs) else {
                return Err(self.unreadable("list its pairs"));
            };
            let rows = keys.iter().zip(digests.values()).enumerate();
            found.extend(rows.map(|(row, (key, digest))| PairsRow {
                key: key.unwrap_or_default().to_owned(),
                digest: *digest,
                pairs: items(pairs, row),
            }));
        }
        Ok(found)
    }

    /// The cluster of each key that belongs to one.
    pub fn clustered(&self) -> Result<HashMap<String, String>, CheckpointError> {
        let rows =
            self.rows("SELECT \"key\", cluster FROM current_members", &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// The cluster of each key that belonged to one when all rows of the file had last been compared. A run that ended
    /// before, at a limit or because it was stopped, clusters what it has, but names nothing for the runs after it: parts
    /// of a file lead to the ids of a whole run.
    pub fn named_clusters(&self) -> Result<HashMap<String, String>, CheckpointError> {
        let sql = "WITH whole AS (SELECT max(run_id) AS run_id FROM clusterings JOIN runs USING (run_id)
                WHERE status IN ('complete', 'partial')),
            named AS (SELECT cluster, max(run_id) AS run_id FROM clusters
                WHERE run_id <= (SELECT run_id FROM whole) GROUP BY cluster)
            SELECT \"key\", cluster FROM members SEMI JOIN named USING (run_id, cluster)";
        let rows = self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// The current clusters, by descending amount, then size.
    pub fn clusters(&self) -> Result<Vec<ClusterRow>, CheckpointError> {
        let sql = "SELECT cluster, \"rows\", amount FROM current_clusters \
                   ORDER BY abs(coalesce(amount, 0)) DESC, \"rows\" DESC, cluster";
        self.rows(sql, &[], |row| Ok(ClusterRow { cluster: row.get(0)?, rows: row.get(1)?, amount: row.get(2)? }))
    }

    /// The rows of the clusters, by cluster and key.
    pub fn members(&self) -> Result<Vec<MemberRow>, CheckpointError> {
        let sql = "SELECT cluster, \"key\", linked_to, score, reason FROM current_members ORDER BY cluster, \"key\"";
        self.rows(sql, &[], |row| {
            Ok(MemberRow {
                cluster: row.get(0)?,
                key: row.get(1)?,
                linked_to: row.get(2)?,
                score: row.get(3)?,
                reason: Reasons::from_json(&row.get::<_, String>(4)?),
            })
        })
    }

    /// The golden records, by cluster.
    pub fn golden(&self) -> Result<Vec<(String, String)>, CheckpointError> {
        let sql = "SELECT cluster, record FROM current_golden ORDER BY cluster";
        self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The changes of clusters in a run.
    pub fn cluster_events(&self, run_id: &str) -> Result<Vec<EventRow>, CheckpointError> {
        let sql = "SELECT cluster, event, other, \"rows\" FROM cluster_events WHERE run_id = ? ORDER BY ALL";
        self.rows(sql, &[&run_id], |row| {
            Ok(EventRow { cluster: row.get(0)?, event: row.get(1)?, other: row.get(2)?, rows: row.get(3)? })
        })
    }
}
