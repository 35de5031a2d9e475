//! `matchflow bench commit`: the same run with epochs of several sizes, compared with one that commits once at the end.

use std::sync::Arc;
use std::time::Duration;

use matchflow_flow::{EpochReport, Observer};
use matchflow_model::plan::Plan;
use parking_lot::Mutex;

use super::data::{clear_checkpoint, prepare};
use crate::measure::timed;
use crate::{
    BenchData, BenchError, BenchHost, Benchmark, Figure, FigureKind, LoadedPlan, MeasuredPoint, OutcomeTarget,
};

/// Epoch sizes in rows. The first, one epoch of all rows, is the baseline.
const BATCH_SIZES: [usize; 5] = [usize::MAX, 10, 100, 1_000, 10_000];

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "commit",
    rows: 100_000,
    series: "epoch",
    figures: &[
        Figure { name: "epochs", label: "epochs", sense: FigureKind::Size },
        Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
        Figure { name: "total_to_one", label: "relative to one commit at the end", sense: FigureKind::Cost },
        Figure { name: "cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "cpu_to_one", label: "relative to one commit", sense: FigureKind::Cost },
        Figure { name: "commits_s", label: "in commits, s", sense: FigureKind::Cost },
        Figure { name: "epoch_ms", label: "ms per epoch", sense: FigureKind::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
    ],
};

/// Adds up the time of all commits.
#[derive(Clone, Default)]
struct CommitTimer(Arc<Mutex<Duration>>);

impl CommitTimer {
    fn seconds(&self) -> f64 {
        self.0.lock().as_secs_f64()
    }
}

impl Observer for CommitTimer {
    fn epoch(&mut self, report: &EpochReport) {
        *self.0.lock() += report.commit;
    }
}

/// The cost of one run.
struct RunCost {
    epochs: f64,
    total_s: f64,
    cpu_s: f64,
    commits_s: f64,
    rows: f64,
}

pub(crate) fn measure(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<Vec<MeasuredPoint>, BenchError> {
    let loaded = prepare(args, rows, host)?;
    let mut points: Vec<MeasuredPoint> = Vec::new();
    for size in BATCH_SIZES {
        let cost = run_once(&loaded, size, host)?;
        let relative = |name: &str, value: f64| value / points.first().map_or(value, |one| one.get(name));
        let figures = [
            cost.epochs,
            cost.total_s,
            relative("total_s", cost.total_s),
            cost.cpu_s,
            relative("cpu_s", cost.cpu_s),
            cost.commits_s,
            cost.commits_s * 1e3 / cost.epochs,
            cost.rows / cost.total_s,
        ];
        let series = if size == usize::MAX { "all".to_owned() } else { size.to_string() };
        points.push(MeasuredPoint::new(&BENCHMARK, &series, rows, &figures));
    }
    Ok(points)
}

fn run_once(loaded: &LoadedPlan, batch_size: usize, host: &dyn BenchHost) -> Result<RunCost, BenchError> {
    let mut plan = Plan::clone(&loaded.plan);
    plan.sink.batch_size = batch_size;
    let plan = Arc::new(plan);
    clear_checkpoint(&plan)?;
    let commits = CommitTimer::default();
    let run = host.prepare_run(&plan, &loaded.plugins, OutcomeTarget::Checkpoint, Box::new(commits.clone()))?;
    let ran = timed(run.start);
    let summary = ran.result?;
    Ok(RunCost {
        epochs: summary.epochs as f64,
        total_s: ran.wall_s,
        cpu_s: ran.cpu_s,
        commits_s: commits.seconds(),
        rows: summary.counts.committed() as f64,
    })
}
