//! From pairs to clusters: the clusters of earlier runs are loaded while this run compares rows, and its pairs are
//! added as changes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::thread::JoinHandle;

use matchflow_checkpoint::{CheckpointTables, PairsRow};
use matchflow_decisions::PairConstraints;
use matchflow_dedupe::{
    ClusterError, ClusterEvent, Clusters, CutEdge, Edge, Guard, LinkValue, NamedCluster, name_clusters,
};
use matchflow_model::plan::DedupePlan;

use super::pairs::{DuplicatePair, read_pairs};
use super::person_constraints::PersonConstraints;
use super::row_catalog::RowCatalog;
use super::rows::Comparison;
use crate::failure::{Failure, FailureContext};

/// The clusters of earlier runs, loaded on a separate thread while the run compares rows.
pub(crate) struct ClusterUpdate {
    comparison: Arc<Comparison>,
    dedupe: DedupePlan,
    /// The cluster of each key as the last run left it.
    clustered: HashMap<String, String>,
    /// The cluster of each key as the last run that compared all rows left it: clusters are named after these.
    named: HashMap<String, String>,
    loading: JoinHandle<Result<Option<EarlierClusters>, ClusterError>>,
}

/// The clusters before this run.
struct EarlierClusters {
    catalog: RowCatalog,
    clusters: Clusters,
    earlier: Vec<DuplicatePair>,
    fed: HashSet<u32>,
    constraints: PersonConstraints,
    seconds: f64,
}

/// The clusters after a run, and what changed.
pub(crate) struct ClusterUpdateResult {
    pub(crate) comparison: Arc<Comparison>,
    pub(crate) dedupe: DedupePlan,
    pub(crate) catalog: RowCatalog,
    pub(crate) clusters: Vec<NamedCluster>,
    pub(crate) pairs: Vec<DuplicatePair>,
    pub(crate) cuts: BTreeSet<CutEdge>,
    /// What people decided.
    pub(crate) constraints: PersonConstraints,
    pub(crate) events: Vec<ClusterEvent>,
    /// The positions of new or changed clusters.
    pub(crate) changed: Vec<usize>,
    /// The ids of clusters that no longer exist.
    pub(crate) ended: Vec<String>,
    pub(crate) times: ClusteringTimes,
}

/// The duration of each part, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClusteringTimes {
    /// Loading the clusters of earlier runs.
    pub(crate) earlier_s: f64,
    /// Clustering the pairs of this run.
    pub(crate) changes_s: f64,
}

impl ClusterUpdate {
    /// Reads the pairs and clusters of earlier runs. Called before the run.
    pub(crate) fn read(
        comparison: &Arc<Comparison>,
        dedupe: &DedupePlan,
        decided: PairConstraints,
        tables: CheckpointTables<'_>,
    ) -> Result<ClusterUpdate, Failure> {
        let earlier = tables.pairs(None).while_doing("reading the results from the checkpoint")?;
        let clustered = tables.clustered().while_doing("reading the results from the checkpoint")?;
        let named = tables.named_clusters().while_doing("reading the results from the checkpoint")?;
        ClusterUpdate::start(comparison, dedupe, decided, earlier, (clustered, named))
    }

    /// For rows that were never clustered. Called before the run.
    pub(crate) fn first(comparison: &Arc<Comparison>, dedupe: &DedupePlan) -> Result<ClusterUpdate, Failure> {
        ClusterUpdate::start(comparison, dedupe, PairConstraints::default(), Vec::new(), Default::default())
    }

    fn start(
        comparison: &Arc<Comparison>,
        dedupe: &DedupePlan,
        decided: PairConstraints,
        earlier: Vec<PairsRow>,
        (clustered, named): (HashMap<String, String>, HashMap<String, String>),
    ) -> Result<ClusterUpdate, Failure> {
        let rows = comparison.catalog();
        let plan = dedupe.clone();
        let load = move || rows.recv().ok().map(|catalog| load(catalog, &decided, &earlier, &plan)).transpose();
        let loading = std::thread::Builder::new().name("earlier clusters".to_owned()).spawn(load)?;
        Ok(ClusterUpdate { comparison: Arc::clone(comparison), dedupe: dedupe.clone(), clustered, named, loading })
    }

    /// Clusters the rows by the pairs of earlier runs and of this one. Called after the run.
    pub(crate) fn cluster(self, new: &[PairsRow]) -> Result<ClusterUpdateResult, Failure> {
        self.comparison.close();
        let loaded = self
            .loading
            .join()
            .map_err(|_| Failure::Fatal("the clusters of earlier runs could not be loaded".to_owned()))?;
        let Some(loaded) = loaded.while_doing("clustering the rows")? else {
            return Err(Failure::Fatal(
                "the supplier file was not read to its end, so its rows cannot be clustered".to_owned(),
            ));
        };
        let began = std::time::Instant::now();
        let EarlierClusters { catalog, mut clusters, earlier, mut fed, constraints, seconds: earlier_s } = loaded;
        let new = read_pairs(new, &catalog);
        feed(&mut clusters, &new, &catalog, &constraints, &self.dedupe, &mut fed).while_doing("clustering the rows")?;
        let pairs = constraints.with_decided(earlier.into_iter().chain(new).collect());
        let all = with_equal_rows(clusters.all(), &pairs, &catalog, &constraints, self.dedupe.accept);
        let (named, events) = name_clusters(all, |row| catalog.key(row), &self.named);
        let (changed, ended) = changed(&named, &pairs, &catalog, &self.clustered, self.comparison.generation());
        let cuts = clusters.cuts().clone();
        let times = ClusteringTimes { earlier_s, changes_s: began.elapsed().as_secs_f64() };
        let ClusterUpdate { comparison, dedupe, .. } = self;
        Ok(ClusterUpdateResult {
            comparison,
            dedupe,
            catalog,
            clusters: named,
            pairs,
            cuts,
            constraints,
            events,
            changed,
            ended,
            times,
        })
    }
}

/// Restores the clusters of earlier runs.
fn load(
    catalog: RowCatalog,
    decided: &PairConstraints,
    earlier: &[PairsRow],
    dedupe: &DedupePlan,
) -> Result<EarlierClusters, ClusterError> {
    let began = std::time::Instant::now();
    let mut clusters = Clusters::start(guard(dedupe))?;
    let mut earlier = read_pairs(earlier, &catalog);
    earlier.retain(|pair| catalog.place(pair.rows.0).is_some_and(|place| place.has_result));
    let constraints = PersonConstraints::new(decided, &catalog);
    let apart = constraints.values.iter().map(|value| (*value, 1)).collect();
    clusters.change(Vec::new(), apart)?;
    let mut fed = HashSet::new();
    feed(&mut clusters, constraints.same(), &catalog, &constraints, dedupe, &mut fed)?;
    feed(&mut clusters, &earlier, &catalog, &constraints, dedupe, &mut fed)?;
    Ok(EarlierClusters { catalog, clusters, earlier, fed, constraints, seconds: began.elapsed().as_secs_f64() })
}

/// Adds the represented rows to the clusters of their representatives. The guard does not see them: equal rows are
/// never separated, and together carry no more evidence than one of them.
fn with_equal_rows(
    mut clusters: Vec<Vec<u32>>,
    pairs: &[DuplicatePair],
    catalog: &RowCatalog,
    constraints: &PersonConstraints,
    accept: f64,
) -> Vec<Vec<u32>> {
    let members = (0..).zip(&clusters).flat_map(|(place, cluster)| cluster.iter().map(move |row| (*row, place)));
    let mut places: HashMap<u32, usize> = members.collect();
    for pair in pairs.iter().filter(|pair| pair.score >= accept) {
        let Some(representative) = catalog.represented_by(pair.rows.0) else { continue };
        if !constraints.is_with_equal(pair.rows.0, representative) {
            continue;
        }
        let place = *places.entry(representative).or_insert_with(|| {
            clusters.push(vec![representative]);
            clusters.len() - 1
        });
        clusters.get_mut(place).into_iter().for_each(|cluster| cluster.push(pair.rows.0));
    }
    clusters.iter_mut().for_each(|cluster| cluster.sort_unstable());
    clusters.sort_unstable();
    clusters
}

/// Adds pairs to the clusters.
fn feed(
    clusters: &mut Clusters,
    pairs: &[DuplicatePair],
    catalog: &RowCatalog,
    constraints: &PersonConstraints,
    dedupe: &DedupePlan,
    fed: &mut HashSet<u32>,
) -> Result<(), ClusterError> {
    let is_edge = |pair: &&DuplicatePair| {
        pair.score >= dedupe.accept && catalog.represented_by(pair.rows.0).is_none() && constraints.allows(pair)
    };
    let edges: Vec<Edge> = pairs.iter().filter(is_edge).map(DuplicatePair::edge).collect();
    let values = values_of(catalog, &edges, fed);
    clusters.change(edges.into_iter().map(|edge| (edge, 1)).collect(), values).map(drop)
}

/// The positions of the clusters whose rows changed or that have rows or pairs of this `generation`, and the ids that
/// no cluster has any more.
fn changed(
    named: &[NamedCluster],
    pairs: &[DuplicatePair],
    catalog: &RowCatalog,
    clustered: &HashMap<String, String>,
    generation: u32,
) -> (Vec<usize>, Vec<String>) {
    let is_new = |row: u32| catalog.place(row).is_some_and(|place| place.generation == generation);
    let mut touched: HashSet<u32> = HashSet::new();
    for pair in pairs.iter().filter(|pair| is_new(pair.rows.0)) {
        touched.extend([pair.rows.0, pair.rows.1]);
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    clustered.values().for_each(|id| *sizes.entry(id).or_default() += 1);
    let is_changed = |cluster: &NamedCluster| {
        let same = |row: &u32| clustered.get(catalog.key(*row)) == Some(&cluster.id);
        sizes.get(cluster.id.as_str()) != Some(&cluster.rows.len())
            || cluster.rows.iter().any(|row| !same(row) || is_new(*row) || touched.contains(row))
    };
    let changed = named.iter().enumerate().filter(|(_, cluster)| is_changed(cluster)).map(|(place, _)| place);
    let now: HashSet<&str> = named.iter().map(|cluster| cluster.id.as_str()).collect();
    let mut ended: Vec<String> = sizes.keys().filter(|id| !now.contains(*id)).map(|id| (*id).to_owned()).collect();
    ended.sort_unstable();
    (changed.collect(), ended)
}

fn guard(dedupe: &DedupePlan) -> Guard {
    let bridge_min_ppm = (dedupe.guard.bridge_min * 1e6).round() as u32;
    Guard { rows_max: dedupe.guard.rows_max, bridge_min_ppm }
}

/// The values of the rows of these edges that were not fed yet.
fn values_of(catalog: &RowCatalog, edges: &[Edge], fed: &mut HashSet<u32>) -> Vec<(LinkValue, isize)> {
    let rows = edges.iter().flat_map(|edge| [edge.a, edge.b]);
    let new: BTreeSet<u32> = rows.filter(|row| fed.insert(*row)).collect();
    let values = catalog.values();
    let of_row = |row: u32| {
        let start = values.partition_point(|value| value.row < row);
        values.iter().skip(start).take_while(move |value| value.row == row).map(|value| (*value, 1))
    };
    new.into_iter().flat_map(of_row).collect()
}
