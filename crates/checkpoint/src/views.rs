//! The views of a checkpoint.

/// A view: its name, what one row of it is, and its query.
pub(crate) const VIEWS: [(&str, &str, &str); 7] = [
    (
        "newest",
        "The newest result of each key, before one-to-one assignment.",
        "SELECT * FROM results WHERE rowid IN
            (SELECT arg_max(rowid, (run_id, epoch)) FROM results GROUP BY \"key\")",
    ),
    (
        "current_conflicts",
        "The conflicts of the newest assignment.",
        "SELECT rowid, * FROM assignment_conflicts WHERE run_id = (SELECT max(run_id) FROM assignments)",
    ),
    (
        "latest",
        "The newest result of each key. A row whose entry is assigned to another row is in review.",
        "SELECT newest.* REPLACE (
            CASE WHEN conflict.\"key\" IS NULL THEN newest.outcome ELSE 'review' END AS outcome,
            CASE WHEN conflict.\"key\" IS NULL THEN newest.reason
                WHEN newest.reason = '[]' THEN '[' || conflict.reason || ']'
                ELSE substr(newest.reason, 1, length(newest.reason) - 1) || ',' || conflict.reason || ']'
                END AS reason)
        FROM newest LEFT JOIN current_conflicts AS conflict
        ON conflict.\"key\" = newest.\"key\" AND conflict.result_run_id = newest.run_id",
    ),
    (
        "current_clusters",
        "The clusters as they are now.",
        "SELECT * FROM clusters WHERE \"rows\" > 0 AND rowid IN
            (SELECT arg_max(rowid, run_id) FROM clusters GROUP BY cluster)",
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

/// The statements that define every view for one connection; they come before those of the file.
pub(crate) fn temporary_views() -> String {
    VIEWS.iter().map(|(name, _, query)| format!("CREATE OR REPLACE TEMP VIEW {name} AS {query};\n")).collect()
}
