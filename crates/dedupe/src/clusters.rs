//! Clusters that are kept up to date: a thread with the dataflow, asked and answering.
//!
//! **Limits.** Edges, labels and values of all clusters are in memory: about 300 bytes an edge. One thread.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use differential_dataflow::consolidation::consolidate;
use differential_dataflow::input::{Input, InputSession};
use timely::dataflow::operators::Probe;
use timely::worker::Worker;

use crate::Edge;
use crate::components::{Found, Time, Value, clusters};
use crate::guard::{Cut, Guard};

/// The thread that keeps the clusters could not go on.
#[derive(Debug, thiserror::Error)]
#[error("the clusters could not be {action}: {reason}")]
pub struct ClusterError {
    /// What was done.
    pub action: &'static str,
    /// What was said.
    pub reason: String,
}

impl ClusterError {
    fn ended(action: &'static str) -> ClusterError {
        ClusterError { action, reason: "their thread has ended".to_owned() }
    }
}

/// Differences: what comes (1) and what goes (-1).
#[derive(Debug, Default)]
struct Changes {
    edges: Vec<(Edge, isize)>,
    values: Vec<(Value, isize)>,
}

type Differences = Vec<(Found, isize)>;

/// The clusters over all edges given so far.
#[derive(Debug)]
pub struct Clusters {
    changes: Option<Sender<Changes>>,
    differences: Receiver<Differences>,
    thread: Option<JoinHandle<()>>,
    lowest: HashMap<u32, u32>,
    cuts: BTreeSet<Cut>,
}

impl Clusters {
    /// Starts without edges.
    pub fn start(rules: Guard) -> Result<Clusters, ClusterError> {
        let (changes, asked) = bounded(1);
        let (answers, differences) = bounded(1);
        let keep = move || keep(rules, asked, answers);
        let thread = std::thread::Builder::new().name("clusters".to_owned()).spawn(keep);
        let thread = thread.map_err(|error| ClusterError { action: "started", reason: error.to_string() })?;
        let (lowest, cuts) = (HashMap::new(), BTreeSet::new());
        Ok(Clusters { changes: Some(changes), differences, thread: Some(thread), lowest, cuts })
    }

    /// Takes differences in, and gives the rows whose cluster is another than before, ascending. An edge or a value comes
    /// with 1 and goes with -1.
    pub fn change(&mut self, edges: Vec<(Edge, isize)>, values: Vec<(Value, isize)>) -> Result<Vec<u32>, ClusterError> {
        let ended = || ClusterError::ended("kept up to date");
        let changes = self.changes.as_ref().ok_or_else(ended)?;
        changes.send(Changes { edges, values }).map_err(|_| ended())?;
        let differences = self.differences.recv().map_err(|_| ended())?;
        let mut touched = BTreeSet::new();
        // What goes before what comes: a row changes its cluster by one of each.
        for (found, _) in differences.iter().filter(|(_, difference)| *difference < 0) {
            match found {
                Found::Member(row, _) => {
                    self.lowest.remove(row);
                    touched.insert(*row);
                }
                Found::Cut(cut) => {
                    self.cuts.remove(cut);
                }
            }
        }
        for (found, _) in differences.iter().filter(|(_, difference)| *difference > 0) {
            match found {
                Found::Member(row, lowest) => {
                    self.lowest.insert(*row, *lowest);
                    touched.insert(*row);
                }
                Found::Cut(cut) => {
                    self.cuts.insert(*cut);
                }
            }
        }
        Ok(touched.into_iter().collect())
    }

    /// The lowest row of a row's cluster: itself where it is alone.
    pub fn lowest(&self, row: u32) -> u32 {
        self.lowest.get(&row).copied().unwrap_or(row)
    }

    /// The clusters of two rows and more, each with its rows ascending, in the order of their lowest rows.
    pub fn all(&self) -> Vec<Vec<u32>> {
        let mut members: Vec<(u32, u32)> = self.lowest.iter().map(|(row, lowest)| (*lowest, *row)).collect();
        members.sort_unstable();
        let clusters = members.chunk_by(|a, b| a.0 == b.0).filter(|cluster| cluster.len() > 1);
        clusters.map(|cluster| cluster.iter().map(|(_, row)| *row).collect()).collect()
    }

    /// The edges that hold nothing together, and why.
    pub fn cuts(&self) -> &BTreeSet<Cut> {
        &self.cuts
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was told by the answer that did not come.
            let _ = thread.join();
        }
    }
}

/// The thread: takes changes in until nobody asks any more.
fn keep(rules: Guard, asked: Receiver<Changes>, answers: Sender<Differences>) {
    timely::execute_directly(move |worker| {
        let news = Arc::new(Mutex::new(Differences::new()));
        let (mut edges, mut values, probe) = build(worker, rules, Arc::clone(&news));
        let mut time: Time = 0;
        for Changes { edges: of_edges, values: of_values } in asked {
            of_edges.into_iter().for_each(|(edge, difference)| edges.update(edge, difference));
            of_values.into_iter().for_each(|(value, difference)| values.update(value, difference));
            time += 1;
            edges.advance_to(time);
            values.advance_to(time);
            edges.flush();
            values.flush();
            worker.step_while(|| probe.less_than(&time));
            let mut differences = std::mem::take(&mut *news.lock().unwrap_or_else(PoisonError::into_inner));
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
    news: Arc<Mutex<Differences>>,
) -> (Session<Edge>, Session<Value>, timely::dataflow::ProbeHandle<Time>) {
    worker.dataflow::<Time, _, _>(|scope| {
        let (edges, of_edges) = scope.new_collection::<Edge, isize>();
        let (values, of_values) = scope.new_collection::<Value, isize>();
        let found = clusters(of_edges, of_values, rules);
        let told = found.inspect(move |(found, _, difference)| {
            news.lock().unwrap_or_else(PoisonError::into_inner).push((*found, *difference));
        });
        let (probe, _) = told.inner.probe();
        (edges, values, probe)
    })
}
