//! What changed since the run before, and why: each row's result now is compared with the result that it had when the run before
//! ended. Results are never overwritten, so both are in the checkpoint, and so are the digests that give the cause.
//!
//! The run before is the last one that read the whole file: a run that was killed, and those that resume it, are one change.
//!
//! **Invariant.** A cause is what differs between both results: the digest of the row, the decisions that count, the digest of a
//! setting. Nothing is inferred from what changed.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_checkpoint::{CheckpointError, CheckpointTables};
use matchflow_model::setting::SettingKind;
use serde::{Deserialize, Serialize};

/// Why a row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCause {
    /// The row itself: it was edited, is new, or was removed.
    Row,
    /// The entries of the registry.
    Entry,
    /// A plug-in.
    Plugin,
    /// The plan: a stage, a parameter, the version of a rule.
    Plan,
    /// A person.
    Person,
    /// It had failed, or was not asked about, and was tried again.
    Retry,
    /// Another row got its entry (`one_to_one`), or gave it up.
    Assignment,
    /// What decided it before was not recorded.
    Unrecorded,
}

/// How a row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Matched, and was not.
    Gained,
    /// Not matched, and was.
    Lost,
    /// Matched with another company.
    OtherCompany,
    /// Matched with another establishment of the company.
    OtherEstablishment,
    /// Its entry has closed.
    Closed,
    /// Its entry is open again.
    Reopened,
    /// Another outcome, neither of which is a match.
    OtherOutcome,
    /// In review with another entry.
    OtherCandidate,
    /// New in the file.
    NewRow,
    /// No longer in the file.
    RemovedRow,
}

/// Rows that changed in one way for one set of causes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeSection {
    /// How.
    pub kind: ChangeKind,
    /// Why: every input that differs.
    pub causes: Vec<ChangeCause>,
    /// Rows.
    pub rows: u64,
    /// Their money.
    pub amount: Option<f64>,
}

/// A setting that differs between both runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ChangedSetting {
    /// Its name.
    pub name: String,
    /// Its kind as a cause.
    pub cause: ChangeCause,
}

/// What changed since the run before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangesSection {
    /// The run before.
    pub since: String,
    /// Its start, UTC.
    pub since_started_at: String,
    /// Its registry and edition.
    pub since_edition: Option<String>,
    /// Rows that it had matched.
    pub matched_before: u64,
    /// Rows that it had.
    pub rows_before: u64,
    /// The rows that changed.
    pub changes: Vec<ChangeSection>,
    /// The settings that differ.
    pub settings: Vec<ChangedSetting>,
}

/// What a result was made from, then and now.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ChangeInputs {
    pub(crate) kind: ChangeKind,
    row_differs: bool,
    person_differs: bool,
    was_retried: bool,
    assignment_differs: bool,
    config_before: Option<String>,
    config_now: Option<String>,
}

#[derive(Deserialize)]
struct ChangeCount {
    #[serde(flatten)]
    inputs: ChangeInputs,
    rows: u64,
    amount: Option<f64>,
}

#[derive(Deserialize)]
struct FormerRun {
    run_id: String,
    started_at: String,
    edition: Option<String>,
}

#[derive(Deserialize)]
struct FormerCounts {
    matched: u64,
    rows: u64,
}

/// The settings of the configurations in a checkpoint, by the configuration's digest.
#[derive(Debug, Default)]
pub(crate) struct SettingHistory(BTreeMap<String, BTreeMap<String, String>>);

/// Every row that has another result than when the run before ended.
const CHANGED: &str = "WITH compared AS (
    SELECT coalesce(reported.\"key\", former.\"key\") AS \"key\", reported.\"row\", reported.amount AS amount,
        former.outcome AS outcome_before, reported.outcome AS outcome_now, former.id AS id_before, reported.id AS id_now,
        coalesce(former.\"group\", former.id) AS company_before, coalesce(reported.\"group\", reported.id) AS company_now,
        former.closed AS closed_before, reported.closed AS closed_now, former.score AS score_before, reported.score AS score_now,
        former.config_digest AS config_before, reported.config_digest AS config_now,
        former.digest IS DISTINCT FROM reported.digest AS row_differs,
        json_extract_string(former.decision, '$.verdicts[*].record')::VARCHAR
            IS DISTINCT FROM json_extract_string(reported.decision, '$.verdicts[*].record')::VARCHAR AS person_differs,
        coalesce(former.run_id IS DISTINCT FROM reported.run_id AND (former.outcome = 'failed' OR former.retryable), false)
            AS was_retried,
        coalesce(former.is_conflict, false) <> coalesce(reported.is_conflict, false) AS assignment_differs
    FROM reported FULL JOIN former_results AS former ON former.\"key\" = reported.\"key\")
    SELECT *, CASE
        WHEN outcome_before IS NULL THEN 'new_row'
        WHEN outcome_now IS NULL THEN 'removed_row'
        WHEN outcome_before <> 'matched' AND outcome_now = 'matched' THEN 'gained'
        WHEN outcome_before = 'matched' AND outcome_now <> 'matched' THEN 'lost'
        WHEN outcome_before <> outcome_now THEN 'other_outcome'
        WHEN outcome_now = 'matched' AND company_before IS DISTINCT FROM company_now THEN 'other_company'
        WHEN outcome_now = 'matched' AND id_before IS DISTINCT FROM id_now THEN 'other_establishment'
        WHEN outcome_now = 'review' AND id_before IS DISTINCT FROM id_now THEN 'other_candidate'
        WHEN outcome_now = 'matched' AND closed_now AND NOT closed_before THEN 'closed'
        WHEN outcome_now = 'matched' AND closed_before AND NOT closed_now THEN 'reopened'
        END AS kind
    FROM compared";

/// Compares with the run before; `None` before the second run. Leaves the table `changed` for samples of its rows.
pub(crate) fn changes(
    tables: CheckpointTables<'_>,
    history: &SettingHistory,
) -> Result<Option<ChangesSection>, CheckpointError> {
    let former: Vec<FormerRun> = tables.typed_rows(
        "SELECT run_id, started_at::VARCHAR AS started_at, edition FROM runs
        WHERE status IN ('complete', 'partial') AND run_id < (SELECT max(run_id) FROM runs) ORDER BY run_id DESC LIMIT 1",
    )?;
    let Some(former) = former.into_iter().next() else { return Ok(None) };
    tables.store_former_results(&former.run_id)?;
    tables.store_temporarily("changed", &format!("SELECT * FROM ({CHANGED}) WHERE kind IS NOT NULL"))?;
    let counts: Vec<ChangeCount> = tables.typed_rows(
        "SELECT kind, row_differs, person_differs, was_retried, assignment_differs, config_before, config_now,
            count(*) AS rows, sum(amount) AS amount FROM changed GROUP BY ALL ORDER BY ALL",
    )?;
    let before: FormerCounts = tables
        .typed_row("SELECT count(*) FILTER (outcome = 'matched') AS matched, count(*) AS rows FROM former_results")?;
    let mut settings = BTreeSet::new();
    let mut sums: BTreeMap<(ChangeKind, Vec<ChangeCause>), (u64, Option<f64>)> = BTreeMap::new();
    for count in counts {
        settings.extend(history.differences(&count.inputs));
        let sum = sums.entry((count.inputs.kind, history.causes(&count.inputs))).or_default();
        sum.0 += count.rows;
        sum.1 = count.amount.map(|amount| amount + sum.1.unwrap_or_default()).or(sum.1);
    }
    let section = |((kind, causes), (rows, amount))| ChangeSection { kind, causes, rows, amount };
    Ok(Some(ChangesSection {
        since: former.run_id,
        since_started_at: former.started_at,
        since_edition: former.edition,
        matched_before: before.matched,
        rows_before: before.rows,
        changes: sums.into_iter().map(section).collect(),
        settings: settings.into_iter().collect(),
    }))
}

impl SettingHistory {
    pub(crate) fn read(tables: CheckpointTables<'_>) -> Result<SettingHistory, CheckpointError> {
        #[derive(Deserialize)]
        struct RunSettings {
            config_digest: String,
            decided_by: String,
        }
        let recorded: Vec<RunSettings> = tables.typed_rows("SELECT DISTINCT config_digest, decided_by FROM runs")?;
        let parsed = |one: RunSettings| Some((one.config_digest, serde_json::from_str(&one.decided_by).ok()?));
        Ok(SettingHistory(recorded.into_iter().filter_map(parsed).collect()))
    }

    /// The settings that differ between both results.
    fn differences(&self, inputs: &ChangeInputs) -> Vec<ChangedSetting> {
        let settings = |config: &Option<String>| config.as_ref().and_then(|config| self.0.get(config));
        let (Some(before), Some(now)) = (settings(&inputs.config_before), settings(&inputs.config_now)) else {
            return Vec::new();
        };
        let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let differing = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
        differing.map(|name| ChangedSetting { name: name.clone(), cause: cause_of(name) }).collect()
    }

    /// Every input that differs between both results.
    pub(crate) fn causes(&self, inputs: &ChangeInputs) -> Vec<ChangeCause> {
        if matches!(inputs.kind, ChangeKind::NewRow | ChangeKind::RemovedRow) {
            return vec![ChangeCause::Row];
        }
        let mut causes: BTreeSet<ChangeCause> = self.differences(inputs).iter().map(|setting| setting.cause).collect();
        causes.extend(inputs.row_differs.then_some(ChangeCause::Row));
        causes.extend(inputs.person_differs.then_some(ChangeCause::Person));
        causes.extend(inputs.assignment_differs.then_some(ChangeCause::Assignment));
        if causes.is_empty() {
            causes.insert(if inputs.was_retried { ChangeCause::Retry } else { ChangeCause::Unrecorded });
        }
        causes.into_iter().collect()
    }
}

fn cause_of(setting: &str) -> ChangeCause {
    match SettingKind::of(setting) {
        SettingKind::Registry => ChangeCause::Entry,
        SettingKind::Plugin => ChangeCause::Plugin,
        SettingKind::Plan => ChangeCause::Plan,
    }
}
