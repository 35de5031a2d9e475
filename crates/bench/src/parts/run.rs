//! `matchflow bench run`: a complete run, registry and commits included, by stage.

use std::sync::Arc;

use matchflow_flow::SilentObserver;

use super::data::{clear_checkpoint, prepare};
use crate::measure::{memory_peak_mib, timed};
use crate::{BenchData, BenchError, BenchHost, Benchmark, Figure, FigureKind, MeasuredPoint, OutcomeTarget};

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "run",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "entries", label: "entries", sense: FigureKind::Size },
        Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
        Figure { name: "load_s", label: "registry load, s", sense: FigureKind::Cost },
        Figure { name: "matching_rows_per_s", label: "rows/s after the load", sense: FigureKind::Rate },
        Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
        Figure { name: "cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "pairs", label: "pairs", sense: FigureKind::Size },
        Figure { name: "scoring_busy_s", label: "scoring threads busy, s", sense: FigureKind::Cost },
        Figure { name: "pairs_per_s", label: "pairs/s per busy thread", sense: FigureKind::Rate },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: FigureKind::Memory },
    ],
};

pub(crate) fn measure(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<Vec<MeasuredPoint>, BenchError> {
    let loaded = prepare(args, rows, host)?;
    let plan = Arc::new(loaded.plan);
    clear_checkpoint(&plan)?;
    let run = host.prepare_run(&plan, &loaded.plugins, OutcomeTarget::Checkpoint, Box::new(SilentObserver))?;
    let ran = timed(run.start);
    let summary = ran.result?;
    let committed = summary.counts.committed() as f64;
    let load_s = summary.load.as_secs_f64();
    let scoring_s = summary.scoring.as_secs_f64();
    let figures = [
        summary.entries as f64,
        ran.wall_s,
        load_s,
        committed / (ran.wall_s - load_s),
        committed / ran.wall_s,
        ran.cpu_s,
        summary.pairs as f64,
        scoring_s,
        summary.pairs as f64 / scoring_s,
        memory_peak_mib(),
    ];
    let stages = run.progress.stages().into_iter().map(|stage| (stage.stage, stage.busy.as_secs_f64())).collect();
    Ok(vec![MeasuredPoint { stages, ..MeasuredPoint::new(&BENCHMARK, "", rows, &figures) }])
}
