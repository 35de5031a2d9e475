//! Clusters maintained by a thread that runs the dataflow.
//!
//! **Limits.** Edges, labels and values of all clusters are in memory: about 300 bytes per edge. One thread.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use differential_dataflow::consolidation::consolidate;
use differential_dataflow::input::{Input, InputSession};
use parking_lot::Mutex;
use timely::dataflow::operators::Probe;
use timely::worker::Worker;

use crate::Edge;
use crate::components::{ClusterFinding, LinkValue, Time, clusters};
use crate::guard::{CutEdge, Guard};

/// The thread that maintains the clusters failed.
#[derive(Debug, thiserror::Error)]
#[error("the clusters cannot be {action}: {reason}")]
pub struct ClusterError {
    /// The operation that failed.
    pub action: &'static str,
    /// The error.
    pub reason: String,
}

impl ClusterError {
    fn ended(action: &'static str) -> ClusterError {
        ClusterError { action, reason: "their thread has ended".to_owned() }
    }
}

/// Differences: additions (1) and removals (-1).
#[derive(Debug, Default)]
struct Changes {
    edges: Vec<(Edge, isize)>,
    values: Vec<(LinkValue, isize)>,
}

type Differences = Vec<(ClusterFinding, isize)>;

/// The clusters over all edges added so far.
#[derive(Debug)]
pub struct Clusters {
    changes: Option<Sender<Changes>>,
    differences: Receiver<Differences>,
    thread: Option<JoinHandle<()>>,
    lowest: HashMap<u32, u32>,
    cuts: BTreeSet<CutEdge>,
}

impl Clusters {
    /// Starts without edges.
    pub fn start(rules: Guard) -> Result<Clusters, ClusterError> {
        let (changes, requests) = bounded(1);
        let (answers, differences) = bounded(1);
        let run = move || run_dataflow(rules, requests, answers);
        let thread = std::thread::Builder::new().name("clusters".to_owned()).spawn(run);
        let thread = thread.map_err(|error| ClusterError { action: "started", reason: error.to_string() })?;
        let (lowest, cuts) = (HashMap::new(), BTreeSet::new());
        Ok(Clusters { changes: Some(changes), differences, thread: Some(thread), lowest, cuts })
    }

    /// Applies differences, and returns the rows whose cluster changed, ascending. An edge or a value is added with 1 and
    /// removed with -1.
    pub fn change(
        &mut self,
        edges: Vec<(Edge, isize)>,
        values: Vec<(LinkValue, isize)>,
    ) -> Result<Vec<u32>, ClusterError> {
        let ended = || ClusterError::ended("updated");
        let changes = self.changes.as_ref().ok_or_else(ended)?;
        changes.send(Changes { edges, values }).map_err(|_| ended())?;
        let differences = self.differences.recv().map_err(|_| ended())?;
        let mut touched = BTreeSet::new();
        // Removals before additions: a row that changes its cluster has one of each.
        for (found, _) in differences.iter().filter(|(_, difference)| *difference < 0) {
            match found {
                ClusterFinding::Member(row, _) => {
                    self.lowest.remove(row);
                    touched.insert(*row);
                }
                ClusterFinding::Cut(cut) => {
                    self.cuts.remove(cut);
                }
            }
        }
        for (found, _) in differences.iter().filter(|(_, difference)| *difference > 0) {
            match found {
                ClusterFinding::Member(row, lowest) => {
                    self.lowest.insert(*row, *lowest);
                    touched.insert(*row);
                }
                ClusterFinding::Cut(cut) => {
                    self.cuts.insert(*cut);
                }
            }
        }
        Ok(touched.into_iter().collect())
    }

    /// The lowest row of a row's cluster: itself if it is alone.
    pub fn lowest(&self, row: u32) -> u32 {
        self.lowest.get(&row).copied().unwrap_or(row)
    }

    /// The clusters with at least two rows, each with its rows ascending, sorted by their lowest rows.
    pub fn all(&self) -> Vec<Vec<u32>> {
        let mut members: Vec<(u32, u32)> = self.lowest.iter().map(|(row, lowest)| (*lowest, *row)).collect();
        members.sort_unstable();
        let clusters = members.chunk_by(|a, b| a.0 == b.0).filter(|cluster| cluster.len() > 1);
        clusters.map(|cluster| cluster.iter().map(|(_, row)| *row).collect()).collect()
    }

    /// The edges that were cut, with the causes.
    pub fn cuts(&self) -> &BTreeSet<CutEdge> {
        &self.cuts
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already reported by the missing answer.
            let _ = thread.join();
        }
    }
}

/// The thread: applies changes until the channel is closed.
fn run_dataflow(rules: Guard, requests: Receiver<Changes>, answers: Sender<Differences>) {
    timely::execute_directly(move |worker| {
        let pending = Arc::new(Mutex::new(Differences::new()));
        let (mut edges, mut values, probe) = build(worker, rules, Arc::clone(&pending));
        let mut time: Time = 0;
        for Changes { edges: of_edges, values: of_values } in requests {
            of_edges.into_iter().for_each(|(edge, difference)| edges.update(edge, difference));
            of_values.into_iter().for_each(|(value, difference)| values.update(value, difference));
            time += 1;
            edges.advance_to(time);
            values.advance_to(time);
            edges.flush();
            values.flush();
            worker.step_while(|| probe.less_than(&time));
            let mut differences = std::mem::take(&mut *pending.lock());
            consolidate(&mut differences);
            if answers.send(differences).is_err() {
                break;
            }
        }
    });
}

type Session<D> = InputSession<Time, D, isize>;

fn build(
    worker: &mut Worker,
    rules: Guard,
    pending: Arc<Mutex<Differences>>,
) -> (Session<Edge>, Session<LinkValue>, timely::dataflow::ProbeHandle<Time>) {
    worker.dataflow::<Time, _, _>(|scope| {
        let (edges, of_edges) = scope.new_collection::<Edge, isize>();
        let (values, of_values) = scope.new_collection::<LinkValue, isize>();
        let found = clusters(of_edges, of_values, rules);
        let findings = found.inspect(move |(found, _, difference)| {
            pending.lock().push((*found, *difference));
        });
        let (probe, _) = findings.inner.probe();
        (edges, values, probe)
    })
}
