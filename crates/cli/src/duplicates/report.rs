//! The end of a `dedupe` run: the output files, the summary, the exit code.

use std::collections::HashMap;
use std::process::ExitCode;

use matchflow_checkpoint::{Checkpoint, CheckpointTables, ClusterRow, EdgeRow, MemberRow};
use matchflow_export::{SheetTable, TableCell, export_tables};
use matchflow_flow::{Progress, Summary};
use matchflow_labels::{Words, texts};
use matchflow_model::plan::{DedupePlan, Plan};
use matchflow_model::review_verdict::ReviewVerdict;

use super::cluster_update::ClusterUpdateResult;
use super::clustering::PairIndex;
use super::row_catalog::RowCatalog;
use crate::failure::{Failure, FailureContext};
use crate::field_losses::field_lines;
use crate::ingest_counts::IngestCounts;
use crate::messages::{DuplicatesFigure, Note, SummaryLine, figure_label};
use crate::report::{file_lines, file_notes, note_lines, print_summary, run_figures};
use crate::run_decisions::figures_line;
use crate::written_outputs::WrittenOutputs;

/// Writes the output files and prints the summary.
pub(crate) fn write_report(
    plan: &Plan,
    checkpoint: &Checkpoint,
    update: &ClusterUpdateResult,
    summary: &Summary,
    counts: &IngestCounts,
    progress: &Progress,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let report =
        DuplicatesReport::read(plan, tables, update).while_doing("reading the clusters from the checkpoint")?;
    let figures = report.figures(summary);
    let facts: Vec<(String, String)> =
        figures.iter().map(|figure| (figure_label(figure, plan.language), figure.value())).collect();
    let register = &mut WrittenOutputs(checkpoint);
    let files = export_tables(&plan.outputs, &report.tables(), &plan.name, &facts, &report.words, register);
    let files = files.while_doing("writing the results")?;
    let failed = tables.latest_counts().while_doing("reading the results from the checkpoint")?.failed;
    let mut lines: Vec<SummaryLine> = figures.into_iter().map(SummaryLine::Duplicates).collect();
    let clustering_s = update.times.earlier_s + update.times.changes_s;
    lines.push(SummaryLine::DedupeRun { figures: run_figures(summary), clustering_s });
    lines.extend(figures_line(update.constraints.figures()));
    lines.push(SummaryLine::Cells(counts.source().cells));
    lines.extend(field_lines(counts, progress));
    lines.extend(note_lines(file_notes(counts)));
    lines.extend(note_lines(vec![report.large_groups()]));
    lines.extend(report.largest());
    lines.extend(file_lines(&files));
    print_summary(&lines, plan, failed)
}

/// The current clusters with the rows of the file.
struct DuplicatesReport<'a> {
    plan: &'a Plan,
    dedupe: &'a DedupePlan,
    catalog: &'a RowCatalog,
    clusters: Vec<ClusterRow>,
    members: HashMap<String, Vec<MemberRow>>,
    golden: HashMap<String, serde_json::Map<String, serde_json::Value>>,
    loose: Vec<EdgeRow>,
    fields: Vec<String>,
    words: Words,
}

impl<'a> DuplicatesReport<'a> {
    fn read(
        plan: &'a Plan,
        tables: CheckpointTables<'_>,
        update: &'a ClusterUpdateResult,
    ) -> Result<DuplicatesReport<'a>, matchflow_checkpoint::CheckpointError> {
        let mut members: HashMap<String, Vec<MemberRow>> = HashMap::new();
        for member in tables.members()? {
            members.entry(member.cluster.clone()).or_default().push(member);
        }
        let golden = tables.golden()?.into_iter().map(|(cluster, record)| {
            let record = serde_json::from_str(&record).unwrap_or_default();
            (cluster, record)
        });
        Ok(DuplicatesReport {
            plan,
            dedupe: &update.dedupe,
            catalog: &update.catalog,
            clusters: tables.clusters()?,
            members,
            golden: golden.collect(),
            loose: PairIndex::new(update).loose(),
            fields: plan.source.fields.iter().map(|field| field.name.clone()).collect(),
            words: crate::report::words(plan),
        })
    }

    fn figures(&self, summary: &Summary) -> Vec<DuplicatesFigure> {
        let rows: u64 = self.clusters.iter().map(|cluster| cluster.rows).sum();
        let groups = self.clusters.len() as u64;
        let loose = |status: &str| self.loose.iter().filter(|edge| edge.status == status).count() as u64;
        let mut figures = vec![
            DuplicatesFigure::SupplierFile(self.plan.source.table.to_string()),
            DuplicatesFigure::Rows(self.catalog.len() as u64),
            DuplicatesFigure::Groups(groups),
            DuplicatesFigure::RowsInGroups(rows),
            // One row of each group remains.
            DuplicatesFigure::RedundantRows(rows - groups),
        ];
        if let Some(field) = &self.dedupe.amount {
            let amount = self.clusters.iter().filter_map(|cluster| cluster.amount).sum();
            figures.push(DuplicatesFigure::AtStake { field: field.clone(), amount });
        }
        figures.extend([
            DuplicatesFigure::PairsToReview(loose("review")),
            DuplicatesFigure::PairsCut(loose("cut")),
            DuplicatesFigure::FailedRows(summary.counts.failed),
        ]);
        figures
    }

    /// Groups beyond the limit: equal rows are never separated.
    fn large_groups(&self) -> Note {
        let rows_max = self.dedupe.guard.rows_max as u64;
        let large = || self.clusters.iter().map(|cluster| cluster.rows).filter(|rows| *rows > rows_max);
        Note::LargeGroups { groups: large().count() as u64, rows: large().max().unwrap_or_default(), rows_max }
    }

    /// The largest group, by rows and by the amount at stake.
    fn largest(&self) -> Vec<SummaryLine> {
        let describe = |cluster: &ClusterRow| {
            let members = self.members.get(&cluster.cluster).map_or(&[][..], Vec::as_slice);
            let keys: Vec<&str> = members.iter().map(|member| member.key.as_str()).take(5).collect();
            let more = if members.len() > keys.len() { ", ..." } else { "" };
            format!("{} ({}: {}{more})", cluster.cluster, cluster.rows, keys.join(", "))
        };
        let largest = self.clusters.iter().max_by_key(|cluster| cluster.rows);
        let mut lines: Vec<SummaryLine> =
            largest.map(|cluster| SummaryLine::LargestGroup(describe(cluster))).into_iter().collect();
        let most = self.clusters.first().filter(|cluster| cluster.amount.is_some_and(|amount| amount != 0.0));
        lines.extend(most.map(|cluster| SummaryLine::MostAtStake {
            group: describe(cluster),
            amount: cluster.amount.unwrap_or_default(),
        }));
        lines
    }

    fn tables(&self) -> Vec<SheetTable> {
        vec![self.duplicates(), self.golden_records(), self.to_review()]
    }

    /// The rows of the clusters, cluster by cluster, largest amount first.
    fn duplicates(&self) -> SheetTable {
        let text = |label| self.words.text(label).to_owned();
        let mut table = SheetTable {
            name: text(texts::DUPLICATES),
            verdicts: vec![ReviewVerdict::Split, ReviewVerdict::NeverMerge],
            ..SheetTable::default()
        };
        table.add_column("cluster", text(texts::CLUSTER));
        table.add_column("rows", text(texts::ROWS));
        if let Some(amount) = &self.dedupe.amount {
            table.add_column(&format!("cluster_{amount}"), format!("{amount} {}", text(texts::CLUSTER_SUM)));
        }
        table.add_column("key", text(texts::KEY));
        table.add_column("row", text(texts::ROW));
        self.fields.iter().for_each(|field| table.add_column(field, field.clone()));
        table.add_column("same_as", text(texts::SAME_AS));
        table.add_column("score", text(texts::SCORE));
        table.add_column("reason", text(texts::REASON));
        for (group, cluster) in (0..).zip(&self.clusters) {
            for member in self.members.get(&cluster.cluster).into_iter().flatten() {
                let Some(row) = self.catalog.find(&member.key) else { continue };
                let mut cells = vec![TableCell::Text(cluster.cluster.clone()), TableCell::Count(cluster.rows)];
                cells.extend(self.dedupe.amount.iter().map(|_| TableCell::Amount(cluster.amount)));
                cells.extend([TableCell::Text(member.key.clone()), TableCell::Count(self.catalog.row_in_file(row))]);
                cells.extend(self.fields.iter().map(|field| TableCell::Text(self.catalog.text(row, field))));
                cells.push(TableCell::Text(member.linked_to.clone().unwrap_or_default()));
                cells.extend([TableCell::Score(member.score), TableCell::Text(self.words.reasons(&member.reason))]);
                table.rows.push(cells);
                table.groups.push(group);
            }
        }
        table
    }

    fn golden_records(&self) -> SheetTable {
        let fields = self.dedupe.golden.iter().map(|golden| golden.field.as_str());
        let text = |label| self.words.text(label).to_owned();
        let mut table = SheetTable { name: text(texts::GOLDEN), ..SheetTable::default() };
        table.add_column("cluster", text(texts::CLUSTER));
        table.add_column("rows", text(texts::ROWS));
        for field in fields.clone() {
            table.add_column(field, field.to_owned());
            table.add_column(&format!("{field}_from"), format!("{field} ({})", text(texts::SOURCE)));
        }
        for cluster in &self.clusters {
            let record = self.golden.get(&cluster.cluster);
            let golden_cell = |field: &str, part: &str| {
                let value = record.and_then(|record| record.get(field)?.get(part)?.as_str());
                TableCell::Text(value.unwrap_or_default().to_owned())
            };
            let mut cells = vec![TableCell::Text(cluster.cluster.clone()), TableCell::Count(cluster.rows)];
            cells.extend(fields.clone().flat_map(|field| [golden_cell(field, "value"), golden_cell(field, "from")]));
            table.rows.push(cells);
        }
        table
    }

    /// Likely pairs whose rows are in different clusters, each as two consecutive lines.
    fn to_review(&self) -> SheetTable {
        let text = |label| self.words.text(label).to_owned();
        let mut table = SheetTable {
            name: text(texts::TO_CHECK),
            verdicts: vec![ReviewVerdict::Same, ReviewVerdict::NotTheSame],
            ..SheetTable::default()
        };
        table.add_column("pair", text(texts::PAIR));
        table.add_column("reason", text(texts::REASON));
        table.add_column("score", text(texts::SCORE));
        table.add_column("key", text(texts::KEY));
        table.add_column("row", text(texts::ROW));
        self.fields.iter().for_each(|field| table.add_column(field, field.clone()));
        for (number, edge) in (1..).zip(&self.loose) {
            for key in [&edge.key_a, &edge.key_b] {
                let Some(row) = self.catalog.find(key) else { continue };
                let status = if edge.status == "cut" { texts::CUT } else { texts::IN_REVIEW };
                let why = format!("{}: {}", self.words.text(status), self.words.reasons(&edge.reason));
                let mut cells =
                    vec![TableCell::Count(number), TableCell::Text(why), TableCell::Score(Some(edge.score))];
                cells.extend([TableCell::Text(key.clone()), TableCell::Count(self.catalog.row_in_file(row))]);
                cells.extend(self.fields.iter().map(|field| TableCell::Text(self.catalog.text(row, field))));
                table.rows.push(cells);
                table.groups.push(number as u32);
            }
        }
        table
    }
}
