//! `matchflow bench commit`: the same run with epochs of several sizes, against one that commits once at the end.
//!
//! The rounds are interleaved and the middle one of each size is told, so that what else the machine does meets all alike.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use matchflow_flow::{EpochReport, Observer};
use matchflow_model::plan::Plan;
use matchflow_model::store::Done;
use matchflow_plugin_host::Plugin;

use super::{prepare, work_folder};
use crate::args::BenchCommitArgs;
use crate::commands::run::open_checkpoint;
use crate::engine::{Engine, lock};
use crate::failure::Failure;

/// Epochs of these sizes are compared with one epoch of all rows.
const BATCH_SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// Adds up what commits took.
#[derive(Clone, Default)]
struct Commits(Arc<Mutex<Duration>>);

impl Observer for Commits {
    fn epoch(&mut self, report: &EpochReport) {
        *lock(&self.0) += report.commit;
    }
}

/// What one run took.
#[derive(Clone, Copy)]
struct Took {
    whole_s: f64,
    /// What all threads of this process used of the processor, where the system says.
    cpu_s: f64,
    /// The commit thread in commits.
    commits_s: f64,
    epochs: u64,
    rows: u64,
}

/// Runs the rounds and prints the table.
pub(crate) fn bench_commit(args: &BenchCommitArgs) -> Result<ExitCode, Failure> {
    let (plan, plugins) = prepare(&args.data)?;
    let sizes: Vec<usize> = BATCH_SIZES.into_iter().chain([usize::MAX]).collect();
    let mut runs: Vec<Vec<Took>> = vec![Vec::new(); sizes.len()];
    for round in 0..args.rounds.max(1) {
        for (size, runs) in sizes.iter().zip(&mut runs) {
            let took = run_once(&plan, &plugins, *size)?;
            tell!("round {}: epochs of {}: {:.2} s", round + 1, shown(*size), took.whole_s);
            runs.push(took);
        }
    }
    let middle: Vec<Took> = runs.iter_mut().filter_map(|runs| median(runs)).collect();
    let (at_end, cpu_at_end) = middle.last().map_or((f64::NAN, f64::NAN), |took| (took.whole_s, took.cpu_s));
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| epoch | epochs | whole run, s | to one commit at the end | processor, s | to one commit | in commits, s | \
         ms an epoch |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for (size, took) in sizes.iter().zip(&middle) {
        let Took { whole_s, cpu_s, commits_s, epochs, .. } = took;
        let (ratio, cpu_ratio) = (whole_s / at_end, cpu_s / cpu_at_end);
        let each_ms = commits_s * 1e3 / *epochs as f64;
        writeln!(
            out,
            "| {} | {epochs} | {whole_s:.2} | {ratio:.3} | {cpu_s:.2} | {cpu_ratio:.3} | {commits_s:.2} | {each_ms:.2} |",
            shown(*size)
        )?;
    }
    let rows = middle.first().map_or(0, |took| took.rows);
    writeln!(out, "{rows} suppliers, {} workers, medians of {} rounds", plan.execution.workers, args.rounds.max(1))?;
    Ok(ExitCode::SUCCESS)
}

fn run_once(plan: &Arc<Plan>, plugins: &[Vec<Plugin>], batch_size: usize) -> Result<Took, Failure> {
    work_folder(plan)?;
    let mut plan = Plan::clone(plan);
    plan.sink.batch_size = batch_size;
    let plan = Arc::new(plan);
    let (checkpoint, ..) = open_checkpoint(&plan, plugins, &[])?;
    let engine = Engine::open(&plan, plugins.to_vec()).map_err(|error| Failure::fatal(&error))?;
    let commits = Commits::default();
    let (began, cpu_began) = (Instant::now(), cpu_s());
    let ran = engine.run(Box::new(checkpoint), Arc::new(Done::new()), Box::new(commits.clone()));
    let summary = ran.map_err(|error| Failure::fatal(error.as_ref()))?;
    let whole_s = began.elapsed().as_secs_f64();
    let commits_s = lock(&commits.0).as_secs_f64();
    let cpu_s = cpu_s() - cpu_began;
    Ok(Took { whole_s, cpu_s, commits_s, epochs: summary.epochs, rows: summary.counts.committed() })
}

/// Seconds of the processor that this process has used (Linux): user and system, in hundredths.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in brackets, may hold spaces; of what follows, the 12th and 13th are meant.
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    ticks.filter(|ticks| ticks.len() == 2).map_or(f64::NAN, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

fn shown(batch_size: usize) -> String {
    if batch_size == usize::MAX { "all".to_owned() } else { batch_size.to_string() }
}

fn median(runs: &mut [Took]) -> Option<Took> {
    runs.sort_by(|left, right| left.whole_s.total_cmp(&right.whole_s));
    runs.get(runs.len() / 2).copied()
}
