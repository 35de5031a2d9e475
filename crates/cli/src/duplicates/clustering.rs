//! The changed clusters as the checkpoint stores them: members with their reasons, pairs, golden records, amounts.

use std::collections::HashMap;

use matchflow_checkpoint::{ClusterRow, Clustering, EdgeRow, EventRow, MemberRow};
use matchflow_dedupe::{Cause, GoldenChoice, NamedCluster, choose};
use matchflow_model::plan::{DedupePlan, GoldenField, GoldenRule};
use matchflow_model::reason::{Reason, Reasons};
use serde_json::{Map, Value, json};

use super::cluster_update::ClusterUpdateResult;
use super::pairs::DuplicatePair;
use super::row_catalog::RowCatalog;
use super::rows::Comparison;

/// All changes of a clustering.
pub(super) fn clustering(update: &ClusterUpdateResult) -> Clustering {
    let ClusterUpdateResult { dedupe, comparison, .. } = update;
    let index = PairIndex::new(update);
    let ended = update.ended.iter().map(|id| ClusterRow { cluster: id.clone(), rows: 0, amount: None });
    let mut table = Clustering {
        rows: update.catalog.len() as u64,
        clusters_total: update.clusters.len() as u64,
        members_total: update.clusters.iter().map(|cluster| cluster.rows.len() as u64).sum(),
        clusters: ended.collect(),
        edges: index.edges(),
        removed_keys: comparison.removed_keys(&update.catalog),
        ..Clustering::default()
    };
    for cluster in update.changed.iter().filter_map(|place| update.clusters.get(*place)) {
        let amounts = dedupe.amount.as_ref().map(|field| {
            cluster
                .rows
                .iter()
                .filter_map(|row| update.catalog.ordered(*row, field))
                .fold(0.0, |sum, amount| sum + amount)
        });
        let rows = cluster.rows.len() as u64;
        table.clusters.push(ClusterRow { cluster: cluster.id.clone(), rows, amount: amounts });
        table.members.extend(cluster.rows.iter().map(|row| index.member(cluster, *row)));
        let record = golden(cluster, &dedupe.golden, &update.catalog, comparison);
        table.golden.push((cluster.id.clone(), Value::Object(record).to_string()));
    }
    table.events.extend(update.events.iter().map(|event| EventRow {
        cluster: event.cluster.clone(),
        event: event.kind.as_str().to_owned(),
        other: event.other.clone(),
        rows: event.rows as u64,
    }));
    table
}

/// Whether a pair of `row` is stronger than another. Ties go to the earlier row in the file: pairs come in the order in
/// which they were compared, which depends on where earlier runs ended.
fn is_stronger(pair: &DuplicatePair, other: &DuplicatePair, row: u32) -> bool {
    let partner = |pair: &DuplicatePair| if pair.rows.0 == row { pair.rows.1 } else { pair.rows.0 };
    let by_weight = pair.edge().weight_milli.cmp(&other.edge().weight_milli);
    let by_score = pair.score.total_cmp(&other.score);
    by_weight.then(by_score).then_with(|| partner(other).cmp(&partner(pair))).is_gt()
}

/// The pairs by the clusters of their rows.
pub(super) struct PairIndex<'a> {
    update: &'a ClusterUpdateResult,
    dedupe: &'a DedupePlan,
    /// The position of the cluster of each row.
    clusters: HashMap<u32, usize>,
    is_changed: Vec<bool>,
    causes: HashMap<(u32, u32), Cause>,
    /// The strongest pair of each row inside its cluster.
    strongest: HashMap<u32, &'a DuplicatePair>,
}

impl<'a> PairIndex<'a> {
    pub(super) fn new(update: &'a ClusterUpdateResult) -> PairIndex<'a> {
        let dedupe = &update.dedupe;
        let places = update.clusters.iter().enumerate();
        let clusters = places.flat_map(|(place, cluster)| cluster.rows.iter().map(move |row| (*row, place))).collect();
        let mut is_changed = vec![false; update.clusters.len()];
        for place in &update.changed {
            is_changed.get_mut(*place).into_iter().for_each(|slot| *slot = true);
        }
        let causes = update.cuts.iter().map(|cut| ((cut.edge.a, cut.edge.b), cut.cause)).collect();
        let mut index = PairIndex { update, dedupe, clusters, is_changed, causes, strongest: HashMap::new() };
        for pair in &update.pairs {
            if pair.score >= dedupe.accept && index.is_together(pair) {
                for row in [pair.rows.0, pair.rows.1] {
                    let strongest = index.strongest.entry(row).or_insert(pair);
                    if is_stronger(pair, strongest, row) {
                        *strongest = pair;
                    }
                }
            }
        }
        index
    }

    fn member(&self, cluster: &NamedCluster, row: u32) -> MemberRow {
        let key = |row: u32| self.update.catalog.key(row).to_owned();
        let pair = self.strongest.get(&row);
        let other = pair.map(|pair| if pair.rows.0 == row { pair.rows.1 } else { pair.rows.0 });
        let mut reason = Reasons::default();
        if let (Some(pair), Some(other)) = (pair, other) {
            reason.push(match &pair.decided_by {
                Some(by) => Reason::SameByPerson { key: key(other), by: by.clone() },
                None => Reason::SameAs { key: key(other), score: floor(pair.score) },
            });
            pair.evidence.iter().for_each(|evidence| reason.push(evidence.clone()));
        }
        MemberRow {
            cluster: cluster.id.clone(),
            key: key(row),
            linked_to: other.map(key),
            score: pair.map(|pair| pair.score),
            reason,
        }
    }

    /// The pairs that touch a changed cluster.
    fn edges(&self) -> Vec<EdgeRow> {
        let edge = |pair: &DuplicatePair| {
            let place = self.cluster_of(pair)?;
            self.is_changed.get(place).filter(|changed| **changed)?;
            Some(self.edge(pair))
        };
        self.update.pairs.iter().filter_map(edge).collect()
    }

    /// The likely pairs whose rows are in different clusters, by status, most likely first.
    pub(super) fn loose(&self) -> Vec<EdgeRow> {
        let mut loose: Vec<EdgeRow> =
            self.update.pairs.iter().filter(|pair| !self.is_together(pair)).map(|pair| self.edge(pair)).collect();
        loose.sort_by(|a, b| {
            let by_score = b.score.total_cmp(&a.score);
            a.status.cmp(&b.status).then(by_score).then_with(|| (&a.key_a, &a.key_b).cmp(&(&b.key_a, &b.key_b)))
        });
        loose
    }

    /// Whether the rows are in one cluster, because of this pair or of others.
    fn is_together(&self, pair: &DuplicatePair) -> bool {
        let cluster = |row: u32| self.clusters.get(&row);
        cluster(pair.rows.0).is_some() && cluster(pair.rows.0) == cluster(pair.rows.1)
    }

    /// The cluster of the pair's later row, or of the other one if that has none.
    fn cluster_of(&self, pair: &DuplicatePair) -> Option<usize> {
        [pair.rows.0, pair.rows.1].into_iter().find_map(|row| self.clusters.get(&row).copied())
    }

    fn edge(&self, pair: &DuplicatePair) -> EdgeRow {
        let sides = pair.edge();
        let (status, reason) = match self.causes.get(&(sides.a, sides.b)) {
            _ if pair.decided_by.is_none() && self.update.constraints.refusal(pair).is_some() => {
                let (status, reason) = self.update.constraints.refusal(pair).unwrap_or(("cut", Reason::NoSimilarRow));
                (status, reason.into())
            }
            Some(cause) => ("cut", self.cut_reason(*cause).into()),
            None if pair.score >= self.dedupe.accept => ("holds", Reasons::default()),
            None => ("review", Reason::BelowAccept { accept: self.dedupe.accept }.into()),
        };
        let cluster = self.cluster_of(pair).and_then(|place| self.update.clusters.get(place));
        EdgeRow {
            cluster: cluster.map(|cluster| cluster.id.clone()).unwrap_or_default(),
            key_a: self.update.catalog.key(pair.rows.0).to_owned(),
            key_b: self.update.catalog.key(pair.rows.1).to_owned(),
            score: pair.score,
            weight: pair.weight,
            stage: pair.stage.clone(),
            status: status.to_owned(),
            reason,
        }
    }

    fn cut_reason(&self, cause: Cause) -> Reason {
        match cause {
            Cause::Contradiction(field) if field >= Cause::PERSON_FIELDS => {
                let by = self.update.constraints.person(field).unwrap_or_default();
                Reason::CutByPerson { by: by.to_owned() }
            }
            Cause::Contradiction(field) => {
                let field = self.dedupe.guard.cannot_link.get(field as usize).map_or("", String::as_str);
                Reason::CutByConflict { field: field.to_owned() }
            }
            Cause::TooLarge => Reason::CutBySize { rows_max: self.dedupe.guard.rows_max as u64 },
            Cause::Loose => Reason::CutAsBridge { required: self.dedupe.guard.bridge_min },
        }
    }
}

/// Rounds down: 0.99998 must not become 1.
fn floor(score: f64) -> f64 {
    (score * 1e4).floor() / 1e4
}

/// The golden record of a cluster: `{field: {value, from}}`, without fields that have no value.
fn golden(
    cluster: &NamedCluster,
    fields: &[GoldenField],
    catalog: &RowCatalog,
    comparison: &Comparison,
) -> Map<String, Value> {
    let mut rows = cluster.rows.clone();
    rows.sort_by_key(|row| (catalog.row_in_file(*row), *row));
    let mut record = Map::new();
    for GoldenField { field, rule } in fields {
        let offered: Vec<GoldenCandidate> =
            rows.iter().map(|row| GoldenCandidate::new(*row, field, rule, catalog, comparison)).collect();
        let choices: Vec<GoldenChoice<'_>> = offered
            .iter()
            .map(|one| GoldenChoice { value: &one.value, recent: one.recent, entry: one.entry.as_deref() })
            .collect();
        let chosen = choose(rule, &choices).and_then(|place| offered.get(place).zip(rows.get(place)));
        if let Some((golden, row)) = chosen {
            record.insert(field.clone(), json!({ "value": golden.value, "from": catalog.key(*row) }));
        }
    }
    record
}

/// The value that a row contributes to a golden field.
struct GoldenCandidate {
    value: String,
    recent: Option<f64>,
    entry: Option<String>,
}

impl GoldenCandidate {
    fn new(row: u32, field: &str, rule: &GoldenRule, catalog: &RowCatalog, comparison: &Comparison) -> GoldenCandidate {
        match rule {
            GoldenRule::Registry { field: registry } => {
                let found = comparison.matched(catalog.key(row));
                let value = found.and_then(|found| found.field(registry)).unwrap_or_default();
                let entry = found.and_then(|found| found.group.clone().or_else(|| found.id.clone()));
                GoldenCandidate { value, recent: None, entry }
            }
            GoldenRule::MostRecent { by } => {
                GoldenCandidate { value: catalog.text(row, field), recent: catalog.ordered(row, by), entry: None }
            }
            GoldenRule::MostFrequent | GoldenRule::Longest => {
                GoldenCandidate { value: catalog.text(row, field), recent: None, entry: None }
            }
        }
    }
}
