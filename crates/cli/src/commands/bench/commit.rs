//! `matchflow bench commit`: the same run with epochs of several sizes, against one that commits once at the end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use matchflow_flow::{EpochReport, Observer};
use matchflow_model::plan::Plan;
use matchflow_model::store::Done;
use matchflow_plugin_host::Plugin;

use super::data::{prepare, work_folder};
use super::measure::timed;
use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchData;
use crate::commands::run::{open_checkpoint, registry_digest};
use crate::engine::{Engine, lock};
use crate::failure::Failure;

/// Epochs of these sizes are compared with one epoch of all rows, the first.
const BATCH_SIZES: [usize; 5] = [usize::MAX, 10, 100, 1_000, 10_000];

pub(super) const PART: Part = Part {
    name: "commit",
    rows: 100_000,
    series: "epoch",
    figures: &[
        Figure { name: "epochs", label: "epochs", sense: Sense::Size },
        Figure { name: "whole_s", label: "whole run, s", sense: Sense::Cost },
        Figure { name: "whole_to_one", label: "to one commit at the end", sense: Sense::Cost },
        Figure { name: "cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "cpu_to_one", label: "to one commit", sense: Sense::Cost },
        Figure { name: "commits_s", label: "in commits, s", sense: Sense::Cost },
        Figure { name: "epoch_ms", label: "ms an epoch", sense: Sense::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
    ],
};

/// Adds up what commits took.
#[derive(Clone, Default)]
struct Commits(Arc<Mutex<Duration>>);

impl Observer for Commits {
    fn epoch(&mut self, report: &EpochReport) {
        *lock(&self.0) += report.commit;
    }
}

pub(super) fn measure(args: &BenchData, rows: u64) -> Result<Vec<Point>, Failure> {
    let (plan, plugins) = prepare(args, rows)?;
    let mut points: Vec<Point> = Vec::new();
    for size in BATCH_SIZES {
        let [epochs, whole_s, cpu_s, commits_s, committed] = run_once(&plan, &plugins, size)?;
        let to_one = |name: &str, own: f64| own / points.first().map_or(own, |one| one.get(name));
        let figures = [
            epochs,
            whole_s,
            to_one("whole_s", whole_s),
            cpu_s,
            to_one("cpu_s", cpu_s),
            commits_s,
            commits_s * 1e3 / epochs,
            committed / whole_s,
        ];
        let series = if size == usize::MAX { "all".to_owned() } else { size.to_string() };
        points.push(Point::new(&PART, &series, rows, &figures));
    }
    Ok(points)
}

/// Epochs, seconds, seconds of the processor, seconds in commits, rows.
fn run_once(plan: &Arc<Plan>, plugins: &[Vec<Plugin>], batch_size: usize) -> Result<[f64; 5], Failure> {
    work_folder(plan)?;
    let mut plan = Plan::clone(plan);
    plan.sink.batch_size = batch_size;
    let plan = Arc::new(plan);
    let (checkpoint, ..) = open_checkpoint(&plan, plugins, &[], registry_digest(&plan)?)?;
    let engine = Engine::open(&plan, plugins.to_vec()).map_err(|error| Failure::fatal(&error))?;
    let commits = Commits::default();
    let (ran, whole_s, cpu_s) =
        timed(|| engine.run(Box::new(checkpoint), Arc::new(Done::new()), Box::new(commits.clone())));
    let summary = ran.map_err(|error| Failure::fatal(error.as_ref()))?;
    let commits_s = lock(&commits.0).as_secs_f64();
    Ok([summary.epochs as f64, whole_s, cpu_s, commits_s, summary.counts.committed() as f64])
}
