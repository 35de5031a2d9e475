//! `matchflow bench candidates`: indexes the registry, and searches every row with every candidate stage, whatever
//! earlier stages found.

use super::data::prepare;
use crate::measure::{memory_peak_mib, timed};
use crate::{BenchData, BenchError, BenchHost, Benchmark, Figure, FigureKind, MeasuredPoint};

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "candidates",
    rows: 20_000,
    series: "",
    figures: &[
        Figure { name: "entries", label: "entries", sense: FigureKind::Size },
        Figure { name: "load_s", label: "load and index (one thread), s", sense: FigureKind::Cost },
        Figure { name: "bytes_per_entry", label: "bytes per entry", sense: FigureKind::Memory },
        Figure { name: "search_s", label: "search, s", sense: FigureKind::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
        Figure { name: "rows_per_s_a_thread", label: "rows/s per busy thread", sense: FigureKind::Rate },
        Figure { name: "cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: FigureKind::Memory },
    ],
};

pub(crate) fn measure(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<Vec<MeasuredPoint>, BenchError> {
    let plan = prepare(args, rows, host)?.plan;
    let search = timed(|| host.search(&plan, rows));
    let found = search.result?;
    let stages: Vec<(String, f64)> =
        found.stages.iter().map(|(stage, busy)| (stage.clone(), busy.as_secs_f64())).collect();
    let busy_s: f64 = stages.iter().map(|(_, busy_s)| busy_s).sum();
    let figures = [
        found.entries as f64,
        found.load_seconds,
        found.bytes_per_entry,
        found.search_seconds,
        rows as f64 / found.search_seconds,
        rows as f64 / busy_s,
        search.cpu_s,
        memory_peak_mib(),
    ];
    Ok(vec![MeasuredPoint { stages, ..MeasuredPoint::new(&BENCHMARK, "", rows, &figures) }])
}
