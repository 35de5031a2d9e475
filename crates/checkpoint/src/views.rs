//! The views of a checkpoint.

use crate::layout::sql_text;

/// The newest result of each key by its `rowid`: the last of (run, epoch, `rowid`), as one number. An `arg_max` over
/// the three keeps a string for each key, which DuckDB cannot spill to disk, unlike a number. The view of clusters does
/// the same. `of_runs`: which runs count.
macro_rules! newest {
    () => {
        newest!("")
    };
    ($of_runs:literal) => {
        concat!(
            "SELECT (max(number::HUGEINT * 1208925819614629174706176 + epoch::HUGEINT * 1099511627776 + rowid)
            & 1099511627775::HUGEINT)::BIGINT
        FROM results JOIN (SELECT run_id, row_number() OVER (ORDER BY run_id) AS number
            FROM (SELECT DISTINCT run_id FROM results",
            $of_runs,
            ")) USING (run_id)
        GROUP BY \"key\""
        )
    };
}

/// The newest results of a table, each as of one-to-one assignment.
macro_rules! assigned {
    ($newest:literal) => {
        concat!(
            "SELECT newest.* REPLACE (
            CASE WHEN conflict.\"key\" IS NULL THEN newest.outcome ELSE 'review' END AS outcome,
            CASE WHEN conflict.\"key\" IS NULL THEN newest.reason
                WHEN newest.reason = '[]' THEN '[' || conflict.reason || ']'
                ELSE substr(newest.reason, 1, length(newest.reason) - 1) || ',' || conflict.reason || ']'
                END AS reason)
        FROM ",
            $newest,
            " LEFT JOIN current_conflicts AS conflict
        ON conflict.\"key\" = newest.\"key\" AND conflict.result_run_id = newest.run_id"
        )
    };
}

/// A part of the view `latest`: the rows of one part of [`RESULT_ORDER`], whose lowest and highest row are known. The
/// row range lets DuckDB skip most of the table.
pub(crate) const LATEST_PART: &str = assigned!(
    "(SELECT * FROM results WHERE \"row\" BETWEEN ? AND ? AND rowid IN
        (SELECT result FROM result_order WHERE part = ?)) AS newest"
);

/// The order of the view `latest` as a table: the position of each result, and the part that it belongs to. `{rows}`:
/// the size of a part.
pub(crate) const RESULT_ORDER: &str = concat!(
    "CREATE OR REPLACE TEMP TABLE result_order AS
    SELECT results.rowid AS result, results.\"row\",
        (row_number() OVER (ORDER BY results.\"row\", results.\"key\") - 1) // {rows} AS part
    FROM results ANTI JOIN missing_rows AS missing
        ON missing.\"key\" = results.\"key\" AND missing.run_id > results.run_id
    WHERE results.rowid IN (",
    newest!(),
    ")"
);

/// The results of [`RESULT_ORDER`], each with its place in the table as `result`.
pub(crate) const REVIEW_ROWS: &str = assigned!(
    "(SELECT results.rowid AS result, results.* FROM results
        SEMI JOIN result_order ON result_order.result = results.rowid) AS newest"
);

/// One result by its row and its place in the table. The row lets DuckDB skip most of the table.
pub(crate) const REVIEWED_RESULT: &str = assigned!("(SELECT * FROM results WHERE \"row\" = ? AND rowid = ?) AS newest");

/// The results as they were when a run ended: the newest of each row up to then, without rows that had been removed.
pub(crate) fn newest_before(last_run: &str) -> String {
    format!(
        concat!(
            "WITH conflicts AS (SELECT \"key\", result_run_id FROM assignment_conflicts
            WHERE run_id = (SELECT max(run_id) FROM assignments WHERE run_id <= {last})),
        missing AS (SELECT \"key\", max(run_id) AS run_id FROM removed_rows WHERE run_id <= {last} GROUP BY \"key\")
        SELECT former.* REPLACE (CASE WHEN conflicts.\"key\" IS NULL THEN former.outcome ELSE 'review' END AS outcome),
            conflicts.\"key\" IS NOT NULL AS is_conflict
        FROM (SELECT * FROM results WHERE rowid IN (",
            newest!(" WHERE run_id <= {last}"),
            ")) AS former
        LEFT JOIN conflicts ON conflicts.\"key\" = former.\"key\" AND conflicts.result_run_id = former.run_id
        WHERE NOT EXISTS (SELECT 1 FROM missing WHERE missing.\"key\" = former.\"key\" AND missing.run_id > former.run_id)"
        ),
        last = sql_text(last_run)
    )
}

/// A view: its name, what each row represents, and its query.
pub(crate) const VIEWS: [(&str, &str, &str); 10] = [
    (
        "newest",
        "The newest result of each key, before one-to-one assignment.",
        concat!("SELECT * FROM results WHERE rowid IN (", newest!(), ")"),
    ),
    (
        "current_conflicts",
        "The conflicts of the newest assignment.",
        "SELECT rowid, * FROM assignment_conflicts WHERE run_id = (SELECT max(run_id) FROM assignments)",
    ),
    (
        "missing_rows",
        "The keys of rows that were no longer in the supplier file, with the last run that found them missing.",
        "SELECT \"key\", max(run_id) AS run_id FROM removed_rows GROUP BY \"key\"",
    ),
    (
        "all_latest",
        "The newest result of each key, also of rows that are no longer in the supplier file (`removed`). A row whose entry \
         is assigned to another row is in review.",
        concat!(
            "SELECT assigned.*, missing.\"key\" IS NOT NULL AS removed FROM (",
            assigned!("newest"),
            ") AS assigned LEFT JOIN missing_rows AS missing
        ON missing.\"key\" = assigned.\"key\" AND missing.run_id > assigned.run_id"
        ),
    ),
    (
        "latest",
        "The newest result of each row of the supplier file. A row whose entry is assigned to another row is in review.",
        "SELECT * EXCLUDE (removed) FROM all_latest WHERE NOT removed",
    ),
    (
        "removed",
        "The newest result of each row that is no longer in the supplier file: no output has it.",
        "SELECT * EXCLUDE (removed) FROM all_latest WHERE removed",
    ),
    (
        "current_clusters",
        "The clusters as they are now.",
        "SELECT * FROM clusters WHERE \"rows\" > 0 AND rowid IN
            (SELECT (max(number::HUGEINT * 1099511627776 + rowid) & 1099511627775::HUGEINT)::BIGINT
            FROM clusters JOIN (SELECT run_id, row_number() OVER (ORDER BY run_id) AS number
                FROM (SELECT DISTINCT run_id FROM clusters)) USING (run_id)
            GROUP BY cluster)",
    ),
    (
        "current_members",
        "The rows of the clusters as they are now.",
        "SELECT * FROM members SEMI JOIN current_clusters USING (run_id, cluster)",
    ),
    (
        "current_edges",
        "The pairs of the clusters as they are now.",
        "SELECT * FROM edges SEMI JOIN current_clusters USING (run_id, cluster)",
    ),
    (
        "current_golden",
        "The golden records of the clusters as they are now.",
        "SELECT * FROM golden SEMI JOIN current_clusters USING (run_id, cluster)",
    ),
];

/// The statements that define every view for one connection; they take precedence over those in the file.
pub(crate) fn temporary_views() -> String {
    VIEWS.iter().map(|(name, _, query)| format!("CREATE OR REPLACE TEMP VIEW {name} AS {query};\n")).collect()
}
