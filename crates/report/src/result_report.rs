//! A report: every number of the page, as JSON has it.

use matchflow_checkpoint::CheckpointTables;
use matchflow_decisions::Decisions;
use matchflow_evaluate::Evaluation;
use matchflow_model::plan::Plan;
use serde::Serialize;

use crate::changes::{ChangeCause, ChangeKind, ChangesSection, SettingHistory, changes};
use crate::error::ReportError;
use crate::figures::{Figures, share};
use crate::judgement::{Judgement, JudgementSource, add_right};
use crate::quality::{self, DuplicateCounts, FieldQuality, LackSection};
use crate::reported_rows;
use crate::row_samples::{self, RowSamples};
use crate::sections::{self, BandSection, OutcomeSection, RunSection, StageSection, ThresholdSection, WeightSection};

/// A sum of money over fewer rows is left out of a report without rows: it may be a cell.
const ROWS_OF_A_SUM_MIN: u64 = 5;

/// What a report is made of.
pub struct ReportOptions<'a> {
    /// The pipeline.
    pub plan: &'a Plan,
    /// What people decided.
    pub decisions: &'a Decisions,
    /// The results compared with a truth.
    pub evaluation: Option<&'a Evaluation>,
    /// Whether rows are displayed.
    pub rows: DisplayedRows,
}

/// Whether rows are displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayedRows {
    /// A few hundred of them.
    Some,
    /// None: no cell of a supplier or of the registry is in the report.
    None,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultReport {
    /// The pipeline.
    pub pipeline: String,
    /// The figures by name.
    pub figures: Figures,
    /// Rows by outcome.
    pub outcomes: Vec<OutcomeSection>,
    /// Rows by stage and outcome.
    pub stages: Vec<StageSection>,
    /// Rows by score.
    pub scores: Vec<BandSection>,
    /// Rows by margin.
    pub margins: Vec<BandSection>,
    /// What each threshold would accept.
    pub thresholds: Vec<ThresholdSection>,
    /// The lowest threshold of the plan that accepts a row.
    pub accept: Option<f64>,
    /// How it is known which rows are right.
    pub judged_by: Option<JudgementSource>,
    /// Weights of levels.
    pub weights: Vec<WeightSection>,
    /// The supplier file's fields.
    pub fields: Vec<FieldQuality>,
    /// Rows that searches cannot find an entry for.
    pub lacks: Vec<LackSection>,
    /// The newest runs.
    pub runs: Vec<RunSection>,
    /// What changed since the run before.
    pub changes: Option<ChangesSection>,
    /// Rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowSamples>,
}

impl ResultReport {
    /// Counts the results of a checkpoint.
    pub fn read(tables: CheckpointTables<'_>, options: &ReportOptions<'_>) -> Result<ResultReport, ReportError> {
        let plan = options.plan;
        reported_rows::store(tables, plan)?;
        let history = SettingHistory::read(tables)?;
        let changes = changes(tables, &history)?;
        let rows = match options.rows {
            DisplayedRows::Some => Some(row_samples::read(tables, plan, &history, changes.is_some())?),
            DisplayedRows::None => None,
        };
        let mut report = ResultReport {
            pipeline: plan.name.clone(),
            figures: Figures::default(),
            outcomes: sections::outcomes(tables)?,
            stages: sections::stages(tables)?,
            scores: sections::bands(tables, "score")?,
            margins: sections::bands(tables, "margin")?,
            thresholds: sections::thresholds(tables)?,
            accept: accept(plan),
            judged_by: None,
            weights: sections::weights(tables)?,
            fields: quality::fields(tables, plan)?,
            lacks: quality::lacks(tables, plan)?,
            runs: sections::runs(tables)?,
            changes,
            rows,
        };
        report.add_figures(&quality::counts(tables)?);
        let judgement = options.evaluation.and_then(Judgement::by_truth);
        if let Some(judgement) = judgement.or_else(|| Judgement::by_decisions(options.decisions)) {
            judgement.add_to(&mut report.figures, &mut report.thresholds);
            report.judged_by = Some(judgement.source);
        }
        if let Some(evaluation) = options.evaluation {
            add_right(&mut report.stages, evaluation);
        }
        if options.rows == DisplayedRows::None {
            report.remove_sums_of_few();
        }
        Ok(report)
    }

    fn add_figures(&mut self, counts: &DuplicateCounts) {
        let of = |outcome: &str| self.outcomes.iter().find(|section| section.outcome == outcome);
        let rows = |outcome: &str| Some(of(outcome).map_or(0, |section| section.rows) as f64);
        let amount = |outcome: &str| of(outcome).and_then(|section| section.amount);
        let all: u64 = self.outcomes.iter().map(|section| section.rows).sum();
        let amounts: Vec<f64> = self.outcomes.iter().filter_map(|section| section.amount).collect();
        let total = (!amounts.is_empty()).then(|| amounts.iter().sum::<f64>());
        let count = |count: u64| Some(count as f64);
        let mut figures = Figures {
            rows: count(all),
            matched: rows("matched"),
            review: rows("review"),
            unmatched: rows("unmatched"),
            failed: rows("failed"),
            amount: total,
            matched_amount: amount("matched"),
            review_amount: amount("review"),
            unmatched_amount: amount("unmatched"),
            company_only: count(counts.company_only),
            closed: count(counts.closed),
            closed_amount: counts.closed_amount,
            closed_with_money: total.and(count(counts.closed_with_money)),
            shared_companies: count(counts.shared_companies),
            shared_company_rows: count(counts.shared_company_rows),
            repeated_rows: count(counts.repeated_rows),
            rejected_cells: count(counts.rejected_cells),
            without_candidate: count(counts.without_candidate),
            decided: count(counts.decided),
            seconds: self.runs.last().and_then(|run| run.seconds),
            ..Figures::default()
        };
        figures.matched_share = share(figures.matched, figures.rows);
        figures.review_share = share(figures.review, figures.rows);
        figures.unmatched_share = share(figures.unmatched, figures.rows);
        figures.failed_share = share(figures.failed, figures.rows);
        figures.matched_amount_share = share(figures.matched_amount, figures.amount);
        let invalid = self.fields.iter().filter_map(|field| field.invalid).collect::<Vec<_>>();
        figures.invalid_identifiers = (!invalid.is_empty()).then(|| invalid.iter().sum::<u64>() as f64);
        let postcode = self.fields.iter().find(|field| field.field == "postcode");
        figures.missing_postcodes = postcode.map(|field| field.missing as f64);
        figures.unsearchable = count(self.lacks.iter().filter(|lack| lack.stage.is_none()).map(|lack| lack.rows).sum());
        self.figures = figures;
        self.add_change_figures();
    }

    fn add_change_figures(&mut self) {
        let Some(changes) = &self.changes else { return };
        let sum = |counts: &dyn Fn(ChangeKind, &[ChangeCause]) -> bool| {
            let counted = changes.changes.iter().filter(|change| counts(change.kind, &change.causes));
            Some(counted.map(|change| change.rows).sum::<u64>() as f64)
        };
        let is_old = |kind: ChangeKind| !matches!(kind, ChangeKind::NewRow | ChangeKind::RemovedRow);
        let of_kind = |kind: ChangeKind| sum(&move |one, _| one == kind);
        let by = |cause: ChangeCause| sum(&move |kind, causes| is_old(kind) && causes.contains(&cause));
        let figures = &mut self.figures;
        figures.changed = sum(&move |kind, _| is_old(kind));
        figures.lost = of_kind(ChangeKind::Lost);
        figures.gained = of_kind(ChangeKind::Gained);
        figures.other_company = of_kind(ChangeKind::OtherCompany);
        figures.newly_closed = of_kind(ChangeKind::Closed);
        figures.new_rows = of_kind(ChangeKind::NewRow);
        figures.removed_rows = of_kind(ChangeKind::RemovedRow);
        figures.changed_by_row = by(ChangeCause::Row);
        figures.changed_by_entry = by(ChangeCause::Entry);
        figures.changed_by_plugin = by(ChangeCause::Plugin);
        figures.changed_by_plan = by(ChangeCause::Plan);
        figures.changed_by_person = by(ChangeCause::Person);
        figures.matched_share_before = share(Some(changes.matched_before as f64), Some(changes.rows_before as f64));
        let both = figures.matched_share.zip(figures.matched_share_before);
        figures.matched_share_change = both.map(|(now, before)| now - before);
    }

    /// Removes sums from which the amount of a single row could be known.
    fn remove_sums_of_few(&mut self) {
        let check = |rows: u64, amount: &mut Option<f64>| {
            if rows < ROWS_OF_A_SUM_MIN {
                *amount = None;
            }
        };
        self.outcomes.iter_mut().for_each(|one| check(one.rows, &mut one.amount));
        self.stages.iter_mut().for_each(|one| check(one.rows, &mut one.amount));
        self.lacks.iter_mut().for_each(|one| check(one.rows, &mut one.amount));
        if let Some(changes) = &mut self.changes {
            changes.changes.iter_mut().for_each(|one| check(one.rows, &mut one.amount));
        }
        // The difference of two thresholds is the sum of the rows between them.
        self.thresholds.iter_mut().for_each(|one| one.amount = None);
        let figures = &mut self.figures;
        for (rows, amount) in [
            (figures.rows, &mut figures.amount),
            (figures.matched, &mut figures.matched_amount),
            (figures.review, &mut figures.review_amount),
            (figures.unmatched, &mut figures.unmatched_amount),
            (figures.closed, &mut figures.closed_amount),
        ] {
            check(rows.unwrap_or_default() as u64, amount);
        }
    }
}

/// The threshold from which the last stage that decides accepts a row.
fn accept(plan: &Plan) -> Option<f64> {
    plan.stages.iter().rev().find_map(|stage| match &stage.kind {
        matchflow_model::plan::StageKind::Decide(decide) => Some(decide.accept),
        _ => None,
    })
}
