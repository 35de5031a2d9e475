//! What a finished comparison hands over: the files, the last lines, the exit code.

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::{Checkpoint, CheckpointTables, ClusterRow, EdgeRow, MemberRow};
use matchflow_export::{Cell, Table, export_tables};
use matchflow_flow::Summary;
use matchflow_model::plan::{DedupePlan, Plan};

use super::cluster_update::ClusterUpdateResult;
use super::clustering::Index;
use super::row_catalog::RowCatalog;
use crate::console;
use crate::failure::{Failure, FailureContext};
use crate::ingest_counts::IngestCounts;
use crate::report::{WITH_FAILED_ROWS, cells_line, notes};

/// Writes the output files and prints the summary.
pub(crate) fn write_report(
    plan: &Plan,
    checkpoint: &Checkpoint,
    settled: &ClusterUpdateResult,
    summary: &Summary,
    counts: &IngestCounts,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let report =
        DuplicatesReport::read(plan, tables, settled).while_doing("reading the clusters from the checkpoint")?;
    let counted = report.facts(summary);
    let written = export_tables(&plan.outputs, &report.tables(), &plan.name, &counted);
    let written = written.while_doing("writing the results")?;
    let failed = tables.latest_counts().while_doing("reading the results from the checkpoint")?.failed;
    let mut lines: Vec<String> = counted.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    lines.push(format!(
        "this run: {} rows compared in {:.1} s, {} pairs scored, {} epochs; {} skipped (done before); clusters in {:.1} s",
        summary.counts.committed(),
        summary.elapsed.as_secs_f64(),
        summary.pairs,
        summary.epochs,
        summary.counts.skipped,
        settled.times.earlier_s + settled.times.changes_s,
    ));
    lines.push(cells_line(&counts.source().cells));
    lines.extend(notes(counts, 0, 0, 0).into_iter().map(|note| format!("note: {note}")));
    lines.extend(report.largest());
    lines.extend(written.iter().map(|file| format!("{} ({} rows)", file.path.display(), file.rows)));
    if failed > 0 {
        lines.push(format!("{failed} rows failed: `--retry-errors` tries them again"));
    }
    let text = lines.join("\n");
    console::log(&text);
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(if failed > 0 { ExitCode::from(WITH_FAILED_ROWS) } else { ExitCode::SUCCESS })
}

/// The clusters as they are now, with the rows of the file.
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
        settled: &'a ClusterUpdateResult,
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
            dedupe: &settled.dedupe,
            catalog: &settled.catalog,
            clusters: tables.clusters()?,
            members,
            golden: golden.collect(),
            loose: Index::new(settled).loose(),
            fields: plan.source.fields.iter().map(|field| field.name.clone()).collect(),
        })
    }

    fn facts(&self, summary: &Summary) -> Vec<(String, String)> {
        let fact = |label: &str, value: String| (label.to_owned(), value);
        let rows: u64 = self.clusters.iter().map(|cluster| cluster.rows).sum();
        let loose = |status: &str| self.loose.iter().filter(|edge| edge.status == status).count();
        let mut facts = vec![
            fact("supplier file", self.plan.source.format.to_string()),
            fact("rows of the supplier file", self.catalog.len().to_string()),
            fact("groups of duplicates", self.clusters.len().to_string()),
            fact("rows in them", rows.to_string()),
            fact("rows that could go", (rows - self.clusters.len() as u64).to_string()),
        ];
        if let Some(amount) = &self.dedupe.amount {
            let sum: f64 = self.clusters.iter().filter_map(|cluster| cluster.amount).sum();
            facts.push(fact(&format!("at stake (sum of `{amount}` of these rows)"), format!("{sum:.2}")));
        }
        facts.extend([
            fact("pairs to look at", loose("review").to_string()),
            fact("pairs cut: likely, but their groups contradict each other", loose("cut").to_string()),
            fact("rows that failed in this run", summary.counts.failed.to_string()),
        ]);
        facts
    }

    /// The largest group, by rows and by what is at stake.
    fn largest(&self) -> Vec<String> {
        let named = |cluster: &ClusterRow| {
            let members = self.members.get(&cluster.cluster).map_or(&[][..], Vec::as_slice);
            let keys: Vec<&str> = members.iter().map(|member| member.key.as_str()).take(5).collect();
            let more = if members.len() > keys.len() { ", ..." } else { "" };
            format!("{} ({} rows: {}{more})", cluster.cluster, cluster.rows, keys.join(", "))
        };
        let mut lines = Vec::new();
        lines.extend(
            self.clusters
                .iter()
                .max_by_key(|cluster| cluster.rows)
                .map(|cluster| format!("most rows: {}", named(cluster))),
        );
        let most = self.clusters.first().filter(|cluster| cluster.amount.is_some_and(|amount| amount != 0.0));
        lines.extend(most.map(|cluster| {
            format!("most at stake: {} with {:.2}", named(cluster), cluster.amount.unwrap_or_default())
        }));
        lines
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.duplicates(), self.golden_records(), self.to_look_at()]
    }

    /// The rows of the clusters, those of one together, clusters with most at stake first.
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
            let part = |field: &str, part: &str| {
                let value = record.and_then(|record| record.get(field)?.get(part)?.as_str());
                Cell::Text(value.unwrap_or_default().to_owned())
            };
            let mut cells = vec![Cell::Text(cluster.cluster.clone()), Cell::Count(cluster.rows)];
            cells.extend(fields.clone().flat_map(|field| [part(field, "value"), part(field, "from")]));
            table.rows.push(cells);
        }
        table
    }

    /// Likely pairs that are in no cluster together: each as two lines, one under the other.
    fn to_look_at(&self) -> Table {
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
