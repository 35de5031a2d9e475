//! The end of a `dedupe` run: the output files, the summary, the exit code.

use std::collections::HashMap;
use std::process::ExitCode;

use matchflow_checkpoint::{Checkpoint, CheckpointTables, ClusterRow, EdgeRow, MemberRow};
use matchflow_export::{Cell, Table, export_tables};
use matchflow_flow::Summary;
use matchflow_model::plan::{DedupePlan, Plan};

use super::cluster_update::ClusterUpdateResult;
use super::clustering::PairIndex;
use super::row_catalog::RowCatalog;
use crate::failure::{Failure, FailureContext};
use crate::ingest_counts::IngestCounts;
use crate::messages::{DuplicatesFigure, SummaryLine, figure_label};
use crate::report::{file_lines, file_notes, note_lines, print_summary, run_figures};

/// Writes the output files and prints the summary.
pub(crate) fn write_report(
    plan: &Plan,
    checkpoint: &Checkpoint,
    update: &ClusterUpdateResult,
    summary: &Summary,
    counts: &IngestCounts,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let report =
        DuplicatesReport::read(plan, tables, update).while_doing("reading the clusters from the checkpoint")?;
    let figures = report.figures(summary);
    let facts: Vec<(String, String)> =
        figures.iter().map(|figure| (figure_label(figure, plan.language), figure.value())).collect();
    let files = export_tables(&plan.outputs, &report.tables(), &plan.name, &facts);
    let files = files.while_doing("writing the results")?;
    let failed = tables.latest_counts().while_doing("reading the results from the checkpoint")?.failed;
    let mut lines: Vec<SummaryLine> = figures.into_iter().map(SummaryLine::Duplicates).collect();
    let clustering_s = update.times.earlier_s + update.times.changes_s;
    lines.push(SummaryLine::DedupeRun { figures: run_figures(summary), clustering_s });
    lines.push(SummaryLine::Cells(counts.source().cells));
    lines.extend(note_lines(file_notes(counts)));
    lines.extend(report.largest());
    lines.extend(file_lines(&files));
    print_summary(&lines, plan.language, failed)
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
            // Of each group one row stays.
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

    fn tables(&self) -> Vec<Table> {
        vec![self.duplicates(), self.golden_records(), self.to_review()]
    }

    /// The rows of the clusters, one cluster after the other, the largest amount first.
    fn duplicates(&self) -> Table {
        let mut headers = vec!["cluster".to_owned(), "rows".to_owned()];
        headers.extend(self.dedupe.amount.iter().map(|amount| format!("{amount} of the cluster")));
        headers.extend(["key", "row"].map(str::to_owned));
        headers.extend(self.fields.iter().cloned());
        headers.extend(["same as", "score", "reason"].map(str::to_owned));
        let mut table = Table { name: "Duplicates".to_owned(), headers, ..Table::default() };
        for (group, cluster) in (0..).zip(&self.clusters) {
            for member in self.members.get(&cluster.cluster).into_iter().flatten() {
                let Some(row) = self.catalog.find(&member.key) else { continue };
                let mut cells = vec![Cell::Text(cluster.cluster.clone()), Cell::Count(cluster.rows)];
                cells.extend(self.dedupe.amount.iter().map(|_| Cell::Amount(cluster.amount)));
                cells.extend([Cell::Text(member.key.clone()), Cell::Count(self.catalog.row_in_file(row))]);
                cells.extend(self.fields.iter().map(|field| Cell::Text(self.catalog.text(row, field))));
                cells.push(Cell::Text(member.linked_to.clone().unwrap_or_default()));
                cells.extend([Cell::Score(member.score), Cell::Text(member.reason.clone())]);
                table.rows.push(cells);
                table.groups.push(group);
            }
        }
        table
    }

    fn golden_records(&self) -> Table {
        let fields = self.dedupe.golden.iter().map(|golden| golden.field.as_str());
        let headers = ["cluster".to_owned(), "rows".to_owned()].into_iter();
        let headers = headers.chain(fields.clone().flat_map(|field| [field.to_owned(), format!("{field} from")]));
        let mut table = Table { name: "Golden".to_owned(), headers: headers.collect(), ..Table::default() };
        for cluster in &self.clusters {
            let record = self.golden.get(&cluster.cluster);
            let golden_cell = |field: &str, part: &str| {
                let value = record.and_then(|record| record.get(field)?.get(part)?.as_str());
                Cell::Text(value.unwrap_or_default().to_owned())
            };
            let mut cells = vec![Cell::Text(cluster.cluster.clone()), Cell::Count(cluster.rows)];
            cells.extend(fields.clone().flat_map(|field| [golden_cell(field, "value"), golden_cell(field, "from")]));
            table.rows.push(cells);
        }
        table
    }

    /// Likely pairs whose rows are in different clusters: each as two lines, one below the other.
    fn to_review(&self) -> Table {
        let mut headers = ["pair", "why", "score", "key", "row"].map(str::to_owned).to_vec();
        headers.extend(self.fields.iter().cloned());
        let mut table = Table { name: "To look at".to_owned(), headers, ..Table::default() };
        for (number, edge) in (1..).zip(&self.loose) {
            for key in [&edge.key_a, &edge.key_b] {
                let Some(row) = self.catalog.find(key) else { continue };
                let why = format!("{}: {}", edge.status, edge.reason);
                let mut cells = vec![Cell::Count(number), Cell::Text(why), Cell::Score(Some(edge.score))];
                cells.extend([Cell::Text(key.clone()), Cell::Count(self.catalog.row_in_file(row))]);
                cells.extend(self.fields.iter().map(|field| Cell::Text(self.catalog.text(row, field))));
                table.rows.push(cells);
                table.groups.push(number as u32);
            }
        }
        table
    }
}
