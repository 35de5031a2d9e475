//! `matchflow bench scoring`: the scoring threads in a run whose results are discarded: pairs of real rows, without
//! commits in between.

use std::sync::Arc;

use matchflow_flow::{SilentObserver, ThreadRole};

use super::data::prepare;
use crate::measure::{memory_peak_mib, timed};
use crate::{BenchData, BenchError, BenchHost, Benchmark, Figure, FigureKind, MeasuredPoint, OutcomeTarget};

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "scoring",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "pairs", label: "pairs", sense: FigureKind::Size },
        Figure { name: "scoring_busy_s", label: "scoring threads busy, s", sense: FigureKind::Cost },
        Figure { name: "pairs_per_s", label: "pairs/s per busy thread", sense: FigureKind::Rate },
        Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
        Figure { name: "cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: FigureKind::Memory },
    ],
};

pub(crate) fn measure(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<Vec<MeasuredPoint>, BenchError> {
    let loaded = prepare(args, rows, host)?;
    let plan = Arc::new(loaded.plan);
    let run = host.prepare_run(&plan, &loaded.plugins, OutcomeTarget::Discard, Box::new(SilentObserver))?;
    let ran = timed(run.start);
    let summary = ran.result?;
    let scoring = run.progress.stages().into_iter().filter(|stage| stage.role == ThreadRole::ScoringThread);
    let stages: Vec<(String, f64)> = scoring.map(|stage| (stage.stage, stage.busy.as_secs_f64())).collect();
    let busy_s = summary.scoring.as_secs_f64();
    let pairs = summary.pairs as f64;
    let figures = [pairs, busy_s, pairs / busy_s, ran.wall_s, ran.cpu_s, memory_peak_mib()];
    Ok(vec![MeasuredPoint { stages, ..MeasuredPoint::new(&BENCHMARK, "", rows, &figures) }])
}
