//! Stable ids of changing clusters, and the events of each cluster.
//!
//! A cluster takes over the id of the earlier cluster with which it shares the most rows, each id going to one cluster;
//! ties go to the lower id, then to the lower row. A cluster without a predecessor is named after the lowest of its
//! keys. So the same rows give the same ids in any order, and a cluster that grows keeps its id.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use matchflow_model::digest;

/// A cluster with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCluster {
    /// The id.
    pub id: String,
    /// The rows, ascending.
    pub rows: Vec<u32>,
}

/// An event of a cluster since the previous clustering.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterEvent {
    /// The cluster.
    pub cluster: String,
    /// The kind of event.
    pub kind: EventKind,
    /// The earlier cluster that rows came from.
    pub other: Option<String>,
    /// The number of rows.
    pub rows: usize,
}

/// The kinds of events of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// None of its rows was in a cluster before.
    New,
    /// It gained rows that were in no cluster.
    Grown,
    /// It lost rows that are now in no cluster.
    Shrunk,
    /// It took over rows of another cluster, which no longer exists.
    Merged,
    /// It has rows of another cluster, which still exists.
    Split,
    /// None of its rows is in a cluster any more.
    Ended,
}

impl EventKind {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::New => "new",
            EventKind::Grown => "grown",
            EventKind::Shrunk => "shrunk",
            EventKind::Merged => "merged",
            EventKind::Split => "split",
            EventKind::Ended => "ended",
        }
    }
}

/// Names clusters (rows ascending, no row in two) after those of `before`, which has the cluster of each key that was
/// in one. `key` returns a row's key. Returns the clusters in their order, and the events sorted.
pub fn name_clusters<'a>(
    clusters: Vec<Vec<u32>>,
    key: impl Fn(u32) -> &'a str,
    before: &HashMap<String, String>,
) -> (Vec<NamedCluster>, Vec<ClusterEvent>) {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    before.values().for_each(|id| *sizes.entry(id).or_default() += 1);
    let shared: Vec<BTreeMap<&str, usize>> = clusters.iter().map(|rows| shared(rows, &key, before)).collect();
    let ids = inherit(&shared);
    let inherited: BTreeSet<&str> = ids.iter().flatten().copied().collect();
    let mut used: BTreeSet<String> = sizes.keys().map(|id| (*id).to_owned()).collect();
    let (mut named, mut events) = (Vec::with_capacity(clusters.len()), Vec::new());
    for ((rows, shared), id) in clusters.into_iter().zip(&shared).zip(&ids) {
        let new_id = id.map_or_else(|| fresh(rows.first().map_or("", |row| key(*row)), &mut used), str::to_owned);
        events.extend(events_of(&new_id, *id, rows.len(), shared, &sizes, &inherited));
        named.push(NamedCluster { id: new_id, rows });
    }
    // The current location of the rows of earlier clusters.
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    shared.iter().flatten().for_each(|(id, rows)| *found.entry(id).or_default() += rows);
    for (id, size) in &sizes {
        let left = found.get(id).copied().unwrap_or(0);
        let kind = if left == 0 { EventKind::Ended } else { EventKind::Shrunk };
        if left == 0 || left < *size && inherited.contains(id) {
            events.push(ClusterEvent { cluster: (*id).to_owned(), kind, other: None, rows: size - left });
        }
    }
    events.sort_unstable();
    (named, events)
}

/// The number of rows that a cluster shares with each earlier one.
fn shared<'a, 'b>(
    rows: &[u32],
    key: &impl Fn(u32) -> &'a str,
    before: &'b HashMap<String, String>,
) -> BTreeMap<&'b str, usize> {
    let mut shared = BTreeMap::new();
    for id in rows.iter().filter_map(|row| before.get(key(*row))) {
        *shared.entry(id.as_str()).or_default() += 1;
    }
    shared
}

/// The id that each cluster takes over.
fn inherit<'a>(shared: &[BTreeMap<&'a str, usize>]) -> Vec<Option<&'a str>> {
    let pairs = shared.iter().enumerate();
    let mut pairs: Vec<(Reverse<usize>, &str, usize)> = pairs
        .flat_map(|(cluster, shared)| shared.iter().map(move |(id, rows)| (Reverse(*rows), *id, cluster)))
        .collect();
    pairs.sort_unstable();
    let (mut ids, mut taken) = (vec![None; shared.len()], BTreeSet::new());
    for (_, id, cluster) in pairs {
        if let Some(slot @ None) = ids.get_mut(cluster)
            && taken.insert(id)
        {
            *slot = Some(id);
        }
    }
    ids
}

/// An id, derived from a key, that no cluster has or had.
fn fresh(key: &str, used: &mut BTreeSet<String>) -> String {
    let mut number = 0u32;
    loop {
        let text = if number == 0 { key.to_owned() } else { format!("{key}\u{1f}{number}") };
        let id = format!("D{}", base32(digest::exchange(text.as_bytes())));
        if used.insert(id.clone()) {
            return id;
        }
        number += 1;
    }
}

/// Crockford's base 32: no letter can be mistaken for a digit.
fn base32(mut number: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = [b'0'; 13];
    for slot in text.iter_mut().rev() {
        *slot = DIGITS.get((number % 32) as usize).copied().unwrap_or(b'0');
        number /= 32;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn events_of(
    new_id: &str,
    inherited_id: Option<&str>,
    size: usize,
    shared: &BTreeMap<&str, usize>,
    sizes: &BTreeMap<&str, usize>,
    inherited: &BTreeSet<&str>,
) -> Vec<ClusterEvent> {
    let event = |kind, other: Option<&str>, rows| ClusterEvent {
        cluster: new_id.to_owned(),
        kind,
        other: other.map(str::to_owned),
        rows,
    };
    let mut events = Vec::new();
    if shared.is_empty() {
        // A first clustering has no events.
        return if sizes.is_empty() { events } else { vec![event(EventKind::New, None, size)] };
    }
    for (id, rows) in shared.iter().filter(|(id, _)| Some(**id) != inherited_id) {
        let kind = if inherited.contains(id) { EventKind::Split } else { EventKind::Merged };
        events.push(event(kind, Some(id), *rows));
    }
    let known: usize = shared.values().sum();
    if size > known {
        events.push(event(EventKind::Grown, None, size - known));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 9] = ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"];

    fn key(row: u32) -> &'static str {
        KEYS[row as usize]
    }

    fn named(clusters: &[&[u32]], before: &[NamedCluster]) -> (Vec<NamedCluster>, Vec<ClusterEvent>) {
        let before =
            before.iter().flat_map(|named| named.rows.iter().map(|row| (key(*row).to_owned(), named.id.clone())));
        name_clusters(clusters.iter().map(|rows| rows.to_vec()).collect(), key, &before.collect())
    }

    fn summary(events: &[ClusterEvent]) -> Vec<(&str, EventKind, Option<&str>, usize)> {
        events.iter().map(|event| (event.cluster.as_str(), event.kind, event.other.as_deref(), event.rows)).collect()
    }

    #[test]
    fn a_cluster_keeps_its_id_when_it_grows_in_front_and_behind() {
        let (first, events) = named(&[&[2, 3], &[5, 6]], &[]);
        assert!(events.is_empty());
        let (second, events) = named(&[&[1, 2, 3, 4], &[5, 6], &[7, 8]], &first);
        assert_eq!((&second[0].id, &second[1].id), (&first[0].id, &first[1].id));
        let mut wanted =
            vec![(first[0].id.as_str(), EventKind::Grown, None, 2), (second[2].id.as_str(), EventKind::New, None, 2)];
        wanted.sort_unstable();
        assert_eq!(summary(&events), wanted);
    }

    #[test]
    fn a_merge_and_a_split_keep_the_id_of_the_larger_part() {
        let (first, _) = named(&[&[0, 1, 2], &[3, 4]], &[]);
        let (merged, events) = named(&[&[0, 1, 2, 3, 4]], &first);
        assert_eq!(merged[0].id, first[0].id);
        assert_eq!(summary(&events), [(first[0].id.as_str(), EventKind::Merged, Some(first[1].id.as_str()), 2)]);
        // The part with the lowest key is the smaller one: it must not take the name that it would have had alone.
        let (split, events) = named(&[&[0, 1], &[2, 3, 4]], &merged);
        assert_eq!(split[1].id, first[0].id);
        assert_ne!(split[0].id, first[0].id);
        assert_eq!(summary(&events), [(split[0].id.as_str(), EventKind::Split, Some(first[0].id.as_str()), 2)]);
    }

    #[test]
    fn shrinking_and_ending_clusters_are_reported() {
        let (first, _) = named(&[&[0, 1, 2], &[3, 4]], &[]);
        let (second, events) = named(&[&[0, 1]], &first);
        assert_eq!(second[0].id, first[0].id);
        let mut wanted =
            vec![(first[0].id.as_str(), EventKind::Shrunk, None, 1), (first[1].id.as_str(), EventKind::Ended, None, 2)];
        wanted.sort_unstable();
        assert_eq!(summary(&events), wanted);
    }
}
