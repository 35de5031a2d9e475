//! `matchflow bench candidates`: indexing the registry, and every row searched by every candidate stage, whatever stages
//! before it found.

use matchflow_evaluate::Truth;
use matchflow_model::plan::StageKind;

use super::data::prepare;
use super::measure::{memory_peak_mib, timed};
use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchData;
use crate::commands::survey::{Wanted, survey};
use crate::failure::Failure;

pub(super) const PART: Part = Part {
    name: "candidates",
    rows: 20_000,
    series: "",
    figures: &[
        Figure { name: "entries", label: "entries", sense: Sense::Size },
        Figure { name: "load_s", label: "load and index (one thread), s", sense: Sense::Cost },
        Figure { name: "bytes_per_entry", label: "bytes an entry", sense: Sense::Memory },
        Figure { name: "search_s", label: "search, s", sense: Sense::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
        Figure { name: "rows_per_s_a_thread", label: "rows/s a busy thread", sense: Sense::Rate },
        Figure { name: "cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: Sense::Memory },
    ],
};

pub(super) fn measure(args: &BenchData, rows: u64) -> Result<Vec<Point>, Failure> {
    let (plan, _) = prepare(args, rows)?;
    let truth = Truth::default();
    let wanted = Wanted { truth: &truth, missed_max: 0, rows_max: rows, top_min: 0 };
    let (seen, _, cpu_s) = timed(|| survey(&plan, &wanted));
    let seen = seen?;
    let labels = plan.stages.iter().filter(|stage| matches!(stage.kind, StageKind::Candidates(_)));
    let busy = seen.searched.iter().map(std::time::Duration::as_secs_f64);
    let stages: Vec<(String, f64)> = labels.map(|stage| stage.label.clone()).zip(busy).collect();
    let busy_s: f64 = stages.iter().map(|stage| stage.1).sum();
    let figures = [
        seen.entries as f64,
        seen.load_seconds,
        seen.bytes_per_entry,
        seen.search_seconds,
        rows as f64 / seen.search_seconds,
        rows as f64 / busy_s,
        cpu_s,
        memory_peak_mib(),
    ];
    Ok(vec![Point { stages, ..Point::new(&PART, "", rows, &figures) }])
}
