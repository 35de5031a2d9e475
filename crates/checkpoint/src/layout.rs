//! The tables of a checkpoint: their columns with descriptions, used to generate the DDL, its comments and the
//! reference documentation.
//!
//! **Invariants.** Tables are append-only, except for the end of a run's row in `runs`. There is no index and no
//! primary key: DuckDB's cost memory and have had replay faults, and `latest` does not need one. All tables are created
//! in one transaction before the file gets its name, so a checkpoint has all of them or does not exist.
//!
//! The columns of `results` are those of [`matchflow_model::outcome::COLUMNS`]. Views are in [`crate::views`].

use matchflow_model::outcome::COLUMNS;
use matchflow_model::result_table::{Content, ResultColumn};

use crate::output_layout::output_files;
use crate::views::VIEWS;

/// Changes when a table does. Older layouts are copied into this one (`crate::upgrade`), so a new column has a default
/// or may be null; newer ones are refused.
pub const LAYOUT_VERSION: u32 = 11;

/// A table or view of a checkpoint.
#[derive(Debug, Clone)]
pub struct TableLayout {
    /// Its name.
    pub name: &'static str,
    /// What each row represents.
    pub description: &'static str,
    /// Its columns, in order.
    pub columns: Vec<ColumnLayout>,
    /// Its name in layouts before 6.
    pub(crate) former_name: Option<&'static str>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct ColumnLayout {
    /// Its name.
    pub name: &'static str,
    /// Its SQL type with its constraints.
    pub sql: String,
    /// Its description.
    pub description: String,
    /// Its name in layouts before 6.
    pub(crate) former_name: Option<&'static str>,
}

pub(crate) const TEXT: &str = "VARCHAR NOT NULL";
const TEXT_OR_EMPTY: &str = "VARCHAR NOT NULL DEFAULT ''";
const MAYBE_TEXT: &str = "VARCHAR";
const COUNT: &str = "UBIGINT NOT NULL";
const MAYBE_COUNT: &str = "UBIGINT";
const TIME: &str = "TIMESTAMP NOT NULL";
const MAYBE_REAL: &str = "DOUBLE";

pub(crate) const RUN_ID: (&str, &str, &str) = ("run_id", TEXT, "Run that wrote the row.");
const EPOCH: (&str, &str, &str) = ("epoch", COUNT, "Epoch of the run, from 0.");
const CLUSTER: (&str, &str, &str) = ("cluster", TEXT, "Id of the cluster.");

fn column((name, sql, description): (&'static str, &str, &str)) -> ColumnLayout {
    ColumnLayout { name, sql: sql.to_owned(), description: description.to_owned(), former_name: None }
}

pub(crate) fn table(
    name: &'static str,
    description: &'static str,
    columns: &[(&'static str, &'static str, &'static str)],
) -> TableLayout {
    TableLayout { name, description, columns: columns.iter().copied().map(column).collect(), former_name: None }
}

impl TableLayout {
    /// Sets the names of a table, and of some columns, in layouts before 6.
    fn formerly(mut self, name: Option<&'static str>, columns: &[(&str, &'static str)]) -> TableLayout {
        self.former_name = name;
        for column in &mut self.columns {
            let former = columns.iter().find(|(now, _)| *now == column.name);
            column.former_name = former.map(|(_, former)| *former);
        }
        self
    }
}

/// The layout's version and the pipeline; written once, by the process that creates the file.
fn meta() -> TableLayout {
    table(
        "meta",
        "The checkpoint itself (one row).",
        &[
            ("layout_version", "UINTEGER NOT NULL", "Version of this layout."),
            ("pipeline", TEXT, "Pipeline that the checkpoint belongs to."),
            ("version", TEXT, "Version of matchflow that created the file."),
        ],
    )
}

/// The tables that runs write to, in the order in which they are copied; `runs` is last, since it determines which runs
/// a file has.
pub(crate) fn run_tables() -> Vec<TableLayout> {
    let mut tables = vec![epochs(), rejects(), results()];
    tables.extend(cluster_tables());
    tables.extend(assignment_tables());
    tables.push(output_files());
    tables.push(runs());
    tables
}

/// Every table of a checkpoint.
pub fn tables() -> Vec<TableLayout> {
    let mut tables = vec![meta()];
    tables.extend(run_tables());
    tables
}

fn runs() -> TableLayout {
    table(
        "runs",
        "A run.",
        &[
            ("run_id", TEXT, "Start of the run in UTC to the microsecond, and its process: run ids sort by time."),
            ("pipeline", TEXT, "Name of the pipeline."),
            ("plan_digest", TEXT, "Digest of the checked plan."),
            ("config_digest", TEXT, "Digest of everything in `decided_by`."),
            ("started_at", TIME, "Start, UTC."),
            ("ended_at", "TIMESTAMP", "End, UTC; null while the run lasts."),
            (
                "status",
                TEXT,
                "`running`, `complete`, `partial` (with failed rows), `limited` (by `--limit`), `interrupted`, `failed` or `killed`.",
            ),
            ("rows_read", MAYBE_COUNT, "Supplier rows read."),
            ("matched", MAYBE_COUNT, "Rows of the run with this outcome."),
            ("review", MAYBE_COUNT, "Rows of the run with this outcome."),
            ("unmatched", MAYBE_COUNT, "Rows of the run with this outcome."),
            ("failed", MAYBE_COUNT, "Rows of the run with this outcome."),
            ("skipped", MAYBE_COUNT, "Rows that an earlier run had already decided."),
            ("rejects", MAYBE_COUNT, "Cells that did not fit their declared type."),
            ("source", TEXT, "Supplier file."),
            ("reference", TEXT, "Registry file, the first of several."),
            ("reference_digest", TEXT, "Digest of the registry."),
            ("plugins", TEXT, "Plug-ins and their digests: a JSON object."),
            ("version", TEXT, "Version of matchflow."),
            ("source_digest", TEXT_OR_EMPTY, "Digest of the supplier file."),
            (
                "decided_by",
                "VARCHAR NOT NULL DEFAULT '{}'",
                "What decides a row besides the row itself: a JSON object \
            `{name: digest}`.",
            ),
            ("cells_read", MAYBE_COUNT, "Cells read from the supplier file."),
            ("cells_filled", MAYBE_COUNT, "Cells added by the reader: provenance, copies of merged cells."),
            ("cells_emitted", MAYBE_COUNT, "Cells used as a key or field."),
            ("cells_rejected", MAYBE_COUNT, "Cells that did not fit their declared type."),
            ("cells_outside", MAYBE_COUNT, "Cells in unused columns, headers, titles and skipped rows."),
            (
                "checkpoint",
                TEXT_OR_EMPTY,
                "Checkpoint that the run was for, an absolute path; another file than this one where it fell back.",
            ),
            ("edition", MAYBE_TEXT, "Registry and its edition, `sirene 2026-10-31`, if `registry fetch` made it."),
        ],
    )
}

fn epochs() -> TableLayout {
    table(
        "epochs",
        "A committed epoch, written in the transaction of its results.",
        &[
            RUN_ID,
            EPOCH,
            ("committed_at", TIME, "Time of the commit, UTC; never earlier than that of the epoch before."),
            ("rows", COUNT, "Results in the epoch."),
            ("matched", COUNT, "Results with this outcome."),
            ("review", COUNT, "Results with this outcome."),
            ("unmatched", COUNT, "Results with this outcome."),
            ("failed", COUNT, "Results with this outcome."),
            ("rejects", COUNT, "Rejected cells in the epoch."),
            ("config_digest", TEXT_OR_EMPTY, "`runs.config_digest`."),
            ("source_digest", TEXT_OR_EMPTY, "`runs.source_digest`."),
        ],
    )
}

fn results() -> TableLayout {
    let mut results = table(
        "results",
        "The outcome of a row in a run. The view `latest` has the newest of each row of the supplier file.",
        &[RUN_ID, EPOCH, ("config_digest", TEXT, "Digest of what decided the row besides the row itself.")],
    );
    results.columns.extend(COLUMNS.iter().map(|column| ColumnLayout {
        name: column.name,
        sql: outcome_sql(column),
        description: column.description(),
        former_name: None,
    }));
    results
}

/// The SQL type of an outcome column. Numbers and flags have a default, so that older layouts may lack them.
fn outcome_sql(column: &ResultColumn) -> String {
    let constraint = match (column.nullable, column.content) {
        (true, _) => "",
        (false, Content::Count) => " NOT NULL DEFAULT 0",
        (false, Content::Flag) => " NOT NULL DEFAULT false",
        (false, Content::Alternatives | Content::Scores | Content::Comparisons) => " NOT NULL DEFAULT []",
        (false, _) => " NOT NULL",
    };
    format!("{}{constraint}", column.content.sql_type())
}

fn rejects() -> TableLayout {
    let rejects = table(
        "rejects",
        "A cell that did not fit its declared type.",
        &[
            RUN_ID,
            EPOCH,
            ("file", TEXT, "File, as the pipeline names it."),
            ("sheet", TEXT, "Sheet; empty where the format has none."),
            ("cell", TEXT, "Address (`C12`); for CSV and Parquet the column and the row (`Postal:12`)."),
            ("row", COUNT, "Number of the row in its file."),
            ("key", TEXT, "Key of the record."),
            ("field", TEXT, "Field that the cell was read for."),
            ("raw", TEXT, "Text of the cell, its first 255 characters."),
            ("expected", TEXT, "What was expected: a JSON object with a `code` and its values."),
        ],
    );
    rejects.formerly(None, &[("expected", "wanted")])
}

/// One-to-one assignment: results that do not get the entry that they matched.
fn assignment_tables() -> Vec<TableLayout> {
    let assignments = table(
        "assignments",
        "A run that assigned each registry entry to one row at most (`one_to_one`).",
        &[
            RUN_ID,
            ("assigned_at", TIME, "Time, UTC."),
            ("conflicts", COUNT, "Rows whose entry was assigned to another row."),
        ],
    );
    let conflicts = table(
        "assignment_conflicts",
        "A result matched with an entry that is assigned to another row.",
        &[
            RUN_ID,
            ("key", TEXT, "Key of the row."),
            ("result_run_id", TEXT, "Run of the result."),
            ("reason", TEXT, "The row that has the entry: one reason, as in `results.reason`."),
        ],
    );
    vec![
        assignments.formerly(Some("settlements"), &[("assigned_at", "settled_at"), ("conflicts", "lost")]),
        conflicts.formerly(Some("lost_claims"), &[("result_run_id", "of_run")]),
    ]
}

/// Clusters of duplicates, for runs that compare rows with each other.
fn cluster_tables() -> Vec<TableLayout> {
    let mut tables = member_tables();
    tables.extend(cluster_change_tables());
    tables
}

/// Clusters, with their rows and pairs.
fn member_tables() -> Vec<TableLayout> {
    vec![
        table(
            "clusterings",
            "A run that updated the clusters.",
            &[
                RUN_ID,
                ("clustered_at", TIME, "Time, UTC."),
                ("rows", COUNT, "Supplier rows."),
                ("clusters", COUNT, "Clusters after the run."),
                ("members", COUNT, "Rows in clusters after the run."),
            ],
        ),
        table(
            "clusters",
            "A new or changed cluster; 0 rows for one that has ended.",
            &[
                RUN_ID,
                CLUSTER,
                ("rows", COUNT, "Rows of the cluster."),
                ("amount", MAYBE_REAL, "Sum of the amount field over the rows of the cluster."),
            ],
        ),
        table(
            "members",
            "A row of such a cluster.",
            &[
                RUN_ID,
                CLUSTER,
                ("key", TEXT, "Key of the row."),
                ("linked_to", MAYBE_TEXT, "Key of the row of the cluster that it is linked to most strongly."),
                ("score", MAYBE_REAL, "Probability of that link."),
                ("reason", TEXT, "Why: a JSON array of reasons, as in `results.reason`."),
            ],
        ),
        table(
            "edges",
            "A pair of rows, one of which is in such a cluster.",
            &[
                RUN_ID,
                CLUSTER,
                ("key_a", TEXT, "Key of one row."),
                ("key_b", TEXT, "Key of the other row."),
                ("score", "DOUBLE NOT NULL", "Probability that both rows are the same."),
                ("weight", MAYBE_REAL, "Match weight, in bits."),
                ("stage", TEXT, "Candidate stage that found the pair."),
                ("status", TEXT, "`holds`, `cut` or `review`."),
                ("reason", TEXT, "Why it was cut or is in review: a JSON array of reasons, as in `results.reason`."),
            ],
        ),
    ]
}

/// The golden records of clusters, and what changed.
fn cluster_change_tables() -> Vec<TableLayout> {
    vec![
        table(
            "golden",
            "The golden record of such a cluster.",
            &[RUN_ID, CLUSTER, ("record", TEXT, "JSON object `{field: {value, from}}`.")],
        ),
        table(
            "cluster_events",
            "A change of a cluster.",
            &[
                RUN_ID,
                CLUSTER,
                ("event", TEXT, "`new`, `grown`, `shrunk`, `merged`, `split` or `ended`."),
                ("other", MAYBE_TEXT, "Cluster that rows came from or went to."),
                ("rows", COUNT, "Rows."),
            ],
        ),
        table(
            "removed_rows",
            "A row that was no longer in the supplier file; it is matched anew if it comes back.",
            &[RUN_ID, ("key", TEXT, "Key of the row.")],
        )
        .formerly(Some("gone"), &[]),
    ]
}

/// The statements that create every table and view, with their comments.
pub(crate) fn definition() -> String {
    let mut sql = String::new();
    for table in tables() {
        let name = table.name;
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\" {}", column.name, column.sql)).collect();
        sql.push_str(&format!("CREATE TABLE {name}({});\n", columns.join(", ")));
        sql.push_str(&format!("COMMENT ON TABLE {name} IS {};\n", sql_text(table.description)));
        for ColumnLayout { name: column, description, .. } in &table.columns {
            sql.push_str(&format!("COMMENT ON COLUMN {name}.\"{column}\" IS {};\n", sql_text(description)));
        }
    }
    for (name, description, query) in VIEWS {
        sql.push_str(&format!("CREATE VIEW {name} AS {query};\n"));
        sql.push_str(&format!("COMMENT ON VIEW {name} IS {};\n", sql_text(description)));
    }
    sql
}

/// The columns of an outcome in SQL, in order, quoted.
pub(crate) fn outcome_columns() -> String {
    COLUMNS.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

/// A text as an SQL literal.
pub(crate) fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_outcome_columns_require_a_new_layout_version() {
        let names = outcome_columns().replace('"', "");
        let known = "key, row, digest, input, outcome, score, stage, id, group, level, closed, closed_on, entry, margin, entry_score, weight, \
                     candidates, reason, alternatives, scores, comparisons, evidence, error, plugin, tries, retryable, decision";
        assert_eq!((names.as_str(), LAYOUT_VERSION), (known, 11), "change LAYOUT_VERSION with the columns");
    }

    #[test]
    fn every_table_and_column_is_described() {
        for table in tables() {
            assert!(table.description.ends_with('.'), "{}", table.name);
            for column in &table.columns {
                assert!(column.description.ends_with('.'), "{}.{}: {}", table.name, column.name, column.description);
            }
        }
    }
}
