//! The tables of a checkpoint.
//!
//! **Invariants.** Tables are only appended to, but for the end of a run's row in `runs`. There is no index and no
//! primary key: DuckDB's costs memory and has a history of replay faults, and `latest` does not need one. All tables
//! are made in one transaction before the file gets its name, so a checkpoint has all of them or does not exist.
//!
//! | table | a row is |
//! |---|---|
//! | `meta` | the layout's version and the pipeline that the file belongs to (one row) |
//! | `runs` | a run; `run_id` is its start in UTC to the microsecond, so it sorts by time; `decided_by` names what decides
//! |        | a row besides the row, each with its digest; `config_digest` is the digest of them all |
//! | `epochs` | a committed epoch, written in the transaction of its results; times never go back within a run |
//! | `results` | an outcome: [`matchflow_model::outcome::schema`] after `run_id`, `epoch`, `config_digest` |
//! | `rejects` | a cell that did not fit its declared type |
//! | `settlements` | a run that settled, where an entry may have one supplier at most, who keeps which |
//! | `lost_claims` | a result of `of_run` that is matched with an entry that another row keeps |
//! | `newest` | view: of `results`, the newest of each key |
//! | `latest` | view: the same, those whose claim is lost as `review`, with the reason |
//!
//! Where a run compares the rows with each other:
//!
//! | table | a row is |
//! |---|---|
//! | `clusterings` | a run that brought the clusters up to date |
//! | `clusters` | a cluster that is new or another than before, with what is at stake; 0 rows where it is no more |
//! | `members` | a row of such a cluster, and the row that it is linked to most strongly |
//! | `edges` | a pair of rows of which one is in such a cluster; `status` tells whether it holds |
//! | `golden` | the golden record of such a cluster: a JSON object `{field: {value, from}}` |
//! | `cluster_events` | what became of a cluster |
//! | `gone` | a row that was no longer in the file: if it comes back, it is compared anew |
//! | `current_clusters`, `current_members`, `current_edges`, `current_golden` | views: of each cluster as it is now |

use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::outcome;

/// Changes when a table does. Older layouts are copied into this one ([`crate::upgrade`]), so a new column has a default
/// or may be null; newer ones are refused.
pub const LAYOUT_VERSION: u32 = 5;

/// The tables that runs write to; `runs` last, since it is what tells which runs a file has.
pub(crate) const TABLES: [&str; 13] = [
    "epochs",
    "rejects",
    "results",
    "clusterings",
    "clusters",
    "members",
    "edges",
    "golden",
    "cluster_events",
    "gone",
    "settlements",
    "lost_claims",
    "runs",
];

/// The statements that make every table.
pub(crate) fn definition() -> String {
    let columns: Vec<String> = outcome::schema()
        .fields()
        .iter()
        .map(|field| {
            let null = match (field.is_nullable(), field.name().as_str()) {
                (true, _) => "",
                (false, "tries") => " NOT NULL DEFAULT 0",
                (false, _) => " NOT NULL",
            };
            format!("\"{}\" {}{null}", field.name(), sql_type(field.data_type()))
        })
        .collect();
    format!(
        "CREATE TABLE meta(layout_version UINTEGER NOT NULL, pipeline VARCHAR NOT NULL, version VARCHAR NOT NULL);
        CREATE TABLE runs(
            run_id VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, plan_digest VARCHAR NOT NULL,
            config_digest VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, ended_at TIMESTAMP, status VARCHAR NOT NULL,
            rows_read UBIGINT, matched UBIGINT, review UBIGINT, unmatched UBIGINT, failed UBIGINT, skipped UBIGINT,
            rejects UBIGINT, source VARCHAR NOT NULL, reference VARCHAR NOT NULL, reference_digest VARCHAR NOT NULL,
            plugins VARCHAR NOT NULL, version VARCHAR NOT NULL, source_digest VARCHAR NOT NULL DEFAULT '',
            decided_by VARCHAR NOT NULL DEFAULT '{{}}', cells_read UBIGINT, cells_filled UBIGINT,
            cells_emitted UBIGINT, cells_rejected UBIGINT, cells_outside UBIGINT);
        CREATE TABLE epochs(
            run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, committed_at TIMESTAMP NOT NULL, \"rows\" UBIGINT NOT NULL,
            matched UBIGINT NOT NULL, review UBIGINT NOT NULL, unmatched UBIGINT NOT NULL, failed UBIGINT NOT NULL,
            rejects UBIGINT NOT NULL, config_digest VARCHAR NOT NULL DEFAULT '',
            source_digest VARCHAR NOT NULL DEFAULT '');
        CREATE TABLE results(
            run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, config_digest VARCHAR NOT NULL, {columns});
        CREATE TABLE rejects(
            run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, file VARCHAR NOT NULL, sheet VARCHAR NOT NULL,
            cell VARCHAR NOT NULL, \"row\" UBIGINT NOT NULL, \"key\" VARCHAR NOT NULL, field VARCHAR NOT NULL,
            raw VARCHAR NOT NULL, wanted VARCHAR NOT NULL);
        {LATEST}
        {CLUSTERS}",
        columns = columns.join(", ")
    )
}

/// The newest results, and what they are where an entry may have one supplier at most.
const LATEST: &str = "
    CREATE TABLE settlements(run_id VARCHAR NOT NULL, settled_at TIMESTAMP NOT NULL, lost UBIGINT NOT NULL);
    CREATE TABLE lost_claims(
        run_id VARCHAR NOT NULL, \"key\" VARCHAR NOT NULL, of_run VARCHAR NOT NULL, reason VARCHAR NOT NULL);
    CREATE VIEW newest AS SELECT * FROM results WHERE rowid IN
        (SELECT arg_max(rowid, (run_id, epoch)) FROM results GROUP BY \"key\");
    CREATE VIEW current_lost_claims AS SELECT rowid, * FROM lost_claims
        WHERE run_id = (SELECT max(run_id) FROM settlements);
    CREATE VIEW latest AS SELECT newest.* REPLACE (
            CASE WHEN lost.\"key\" IS NULL THEN newest.outcome ELSE 'review' END AS outcome,
            CASE WHEN lost.\"key\" IS NULL THEN newest.reason ELSE newest.reason || '; ' || lost.reason END AS reason)
        FROM newest LEFT JOIN current_lost_claims AS lost
        ON lost.\"key\" = newest.\"key\" AND lost.of_run = newest.run_id;";

/// The tables of duplicates.
const CLUSTERS: &str = "
    CREATE TABLE clusterings(
        run_id VARCHAR NOT NULL, clustered_at TIMESTAMP NOT NULL, \"rows\" UBIGINT NOT NULL, clusters UBIGINT NOT NULL,
        members UBIGINT NOT NULL);
    CREATE TABLE clusters(run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, \"rows\" UBIGINT NOT NULL, amount DOUBLE);
    CREATE TABLE members(
        run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, \"key\" VARCHAR NOT NULL, linked_to VARCHAR, score DOUBLE,
        reason VARCHAR NOT NULL);
    CREATE TABLE edges(
        run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, key_a VARCHAR NOT NULL, key_b VARCHAR NOT NULL,
        score DOUBLE NOT NULL, weight DOUBLE, stage VARCHAR NOT NULL, status VARCHAR NOT NULL, reason VARCHAR NOT NULL);
    CREATE TABLE golden(run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, record VARCHAR NOT NULL);
    CREATE TABLE cluster_events(
        run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, event VARCHAR NOT NULL, other VARCHAR,
        \"rows\" UBIGINT NOT NULL);
    CREATE TABLE gone(run_id VARCHAR NOT NULL, \"key\" VARCHAR NOT NULL);
    CREATE VIEW current_clusters AS SELECT * FROM clusters WHERE \"rows\" > 0 AND rowid IN
        (SELECT arg_max(rowid, run_id) FROM clusters GROUP BY cluster);
    CREATE VIEW current_members AS SELECT * FROM members SEMI JOIN current_clusters USING (run_id, cluster);
    CREATE VIEW current_edges AS SELECT * FROM edges SEMI JOIN current_clusters USING (run_id, cluster);
    CREATE VIEW current_golden AS SELECT * FROM golden SEMI JOIN current_clusters USING (run_id, cluster);";

/// The columns of an outcome in SQL, in order, quoted.
pub(crate) fn outcome_columns() -> String {
    let schema = outcome::schema();
    schema.fields().iter().map(|field| format!("\"{}\"", field.name())).collect::<Vec<_>>().join(", ")
}

fn sql_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::UInt64 => "UBIGINT",
        DataType::UInt32 => "UINTEGER",
        DataType::Float64 => "DOUBLE",
        DataType::Boolean => "BOOLEAN",
        _ => "VARCHAR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_schema_of_outcomes_asks_for_another_layout_version() {
        let names = outcome_columns().replace('"', "");
        let known = "key, row, digest, outcome, stage, id, group, score, margin, entry_score, weight, candidates, reason, \
                     error, plugin, tries, retryable, input, entry, alternatives, evidence";
        assert_eq!((names.as_str(), LAYOUT_VERSION), (known, 5), "change LAYOUT_VERSION with the columns");
    }
}
