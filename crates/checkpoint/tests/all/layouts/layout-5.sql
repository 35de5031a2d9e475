-- A checkpoint of layout 5 with two rows of one run: reasons are sentences, one-to-one claims have their former names.
CREATE TABLE meta(layout_version UINTEGER NOT NULL, pipeline VARCHAR NOT NULL, version VARCHAR NOT NULL);
CREATE TABLE runs(
    run_id VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, plan_digest VARCHAR NOT NULL,
    config_digest VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, ended_at TIMESTAMP, status VARCHAR NOT NULL,
    rows_read UBIGINT, matched UBIGINT, review UBIGINT, unmatched UBIGINT, failed UBIGINT, skipped UBIGINT,
    rejects UBIGINT, source VARCHAR NOT NULL, reference VARCHAR NOT NULL, reference_digest VARCHAR NOT NULL,
    plugins VARCHAR NOT NULL, version VARCHAR NOT NULL, source_digest VARCHAR NOT NULL DEFAULT '',
    decided_by VARCHAR NOT NULL DEFAULT '{}', cells_read UBIGINT, cells_filled UBIGINT,
    cells_emitted UBIGINT, cells_rejected UBIGINT, cells_outside UBIGINT);
CREATE TABLE epochs(
    run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, committed_at TIMESTAMP NOT NULL, "rows" UBIGINT NOT NULL,
    matched UBIGINT NOT NULL, review UBIGINT NOT NULL, unmatched UBIGINT NOT NULL, failed UBIGINT NOT NULL,
    rejects UBIGINT NOT NULL, config_digest VARCHAR NOT NULL DEFAULT '',
    source_digest VARCHAR NOT NULL DEFAULT '');
CREATE TABLE results(
    run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, config_digest VARCHAR NOT NULL, "key" VARCHAR NOT NULL,
    "row" UBIGINT NOT NULL, digest UBIGINT NOT NULL, outcome VARCHAR NOT NULL, stage VARCHAR, id VARCHAR,
    "group" VARCHAR, score DOUBLE, margin DOUBLE, entry_score DOUBLE, weight DOUBLE, candidates UINTEGER NOT NULL,
    reason VARCHAR NOT NULL, error VARCHAR, plugin VARCHAR, tries UINTEGER NOT NULL DEFAULT 0,
    retryable BOOLEAN NOT NULL, input VARCHAR NOT NULL, entry VARCHAR, alternatives VARCHAR NOT NULL,
    evidence VARCHAR);
CREATE TABLE rejects(
    run_id VARCHAR NOT NULL, epoch UBIGINT NOT NULL, file VARCHAR NOT NULL, sheet VARCHAR NOT NULL,
    cell VARCHAR NOT NULL, "row" UBIGINT NOT NULL, "key" VARCHAR NOT NULL, field VARCHAR NOT NULL,
    raw VARCHAR NOT NULL, wanted VARCHAR NOT NULL);
CREATE TABLE settlements(run_id VARCHAR NOT NULL, settled_at TIMESTAMP NOT NULL, lost UBIGINT NOT NULL);
CREATE TABLE lost_claims(
    run_id VARCHAR NOT NULL, "key" VARCHAR NOT NULL, of_run VARCHAR NOT NULL, reason VARCHAR NOT NULL);
CREATE VIEW newest AS SELECT * FROM results WHERE rowid IN
    (SELECT arg_max(rowid, (run_id, epoch)) FROM results GROUP BY "key");
CREATE VIEW current_lost_claims AS SELECT rowid, * FROM lost_claims
    WHERE run_id = (SELECT max(run_id) FROM settlements);
CREATE VIEW latest AS SELECT newest.* REPLACE (
        CASE WHEN lost."key" IS NULL THEN newest.outcome ELSE 'review' END AS outcome,
        CASE WHEN lost."key" IS NULL THEN newest.reason ELSE newest.reason || '; ' || lost.reason END AS reason)
    FROM newest LEFT JOIN current_lost_claims AS lost
    ON lost."key" = newest."key" AND lost.of_run = newest.run_id;
CREATE TABLE clusterings(
    run_id VARCHAR NOT NULL, clustered_at TIMESTAMP NOT NULL, "rows" UBIGINT NOT NULL, clusters UBIGINT NOT NULL,
    members UBIGINT NOT NULL);
CREATE TABLE clusters(run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, "rows" UBIGINT NOT NULL, amount DOUBLE);
CREATE TABLE members(
    run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, "key" VARCHAR NOT NULL, linked_to VARCHAR, score DOUBLE,
    reason VARCHAR NOT NULL);
CREATE TABLE edges(
    run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, key_a VARCHAR NOT NULL, key_b VARCHAR NOT NULL,
    score DOUBLE NOT NULL, weight DOUBLE, stage VARCHAR NOT NULL, status VARCHAR NOT NULL, reason VARCHAR NOT NULL);
CREATE TABLE golden(run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, record VARCHAR NOT NULL);
CREATE TABLE cluster_events(
    run_id VARCHAR NOT NULL, cluster VARCHAR NOT NULL, event VARCHAR NOT NULL, other VARCHAR,
    "rows" UBIGINT NOT NULL);
CREATE TABLE gone(run_id VARCHAR NOT NULL, "key" VARCHAR NOT NULL);

INSERT INTO meta VALUES (5, 'suppliers', '0.1.0');
INSERT INTO runs(run_id, pipeline, plan_digest, config_digest, started_at, status, source, reference, reference_digest,
    plugins, version) VALUES ('20260101T000000.000000-1', 'suppliers', 'p', 'c1', TIMESTAMP '2026-01-01', 'complete',
    'Frs.xlsx', 'registry.parquet', 'r', '{}', '0.1.0');
INSERT INTO epochs VALUES ('20260101T000000.000000-1', 0, TIMESTAMP '2026-01-01', 2, 2, 0, 0, 0, 1, 'c1', 's');
INSERT INTO results VALUES
    ('20260101T000000.000000-1', 0, 'c1', 'F1', 2, 11, 'matched', 'BROAD', '73282932000074', '732829320', 0.97, 0.5,
     NULL, NULL, 3, 'score 0.97; no other company "comes near"', NULL, NULL, 0, false, '{"name":"A"}', '{"name":"A"}',
     '[]', '{}'),
    ('20260101T000000.000000-1', 0, 'c1', 'F2', 3, 12, 'matched', 'BROAD', '73282932000074', '732829320', 0.95, 0.5,
     NULL, NULL, 3, E'two\nlines \\ and a unit\x1Fseparator', NULL, NULL, 0, false, '{"name":"B"}', '{"name":"B"}',
     '[]', '{}');
INSERT INTO rejects VALUES ('20260101T000000.000000-1', 0, 'Frs.xlsx', 'Feuil1', 'C3', 3, 'F2', 'last_movement',
    '31/02/2024', 'a date');
INSERT INTO settlements VALUES ('20260101T000000.000000-1', TIMESTAMP '2026-01-01', 1);
INSERT INTO lost_claims VALUES ('20260101T000000.000000-1', 'F2', '20260101T000000.000000-1',
    'one-to-one: row F1 (0.9700) is matched with 73282932000074 and keeps it');
CHECKPOINT;
