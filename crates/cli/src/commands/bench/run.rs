//! `matchflow bench run`: a whole run, registry and commits included, by stage.

use std::sync::Arc;

use matchflow_flow::Silent;
use matchflow_model::store::Done;

use super::data::{prepare, work_folder};
use super::measure::{memory_peak_mib, timed};
use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchData;
use crate::commands::run::{open_checkpoint, registry_digest};
use crate::engine::Engine;
use crate::failure::Failure;

pub(super) const PART: Part = Part {
    name: "run",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "entries", label: "entries", sense: Sense::Size },
        Figure { name: "whole_s", label: "whole run, s", sense: Sense::Cost },
        Figure { name: "load_s", label: "registry load, s", sense: Sense::Cost },
        Figure { name: "matching_rows_per_s", label: "rows/s after the load", sense: Sense::Rate },
        Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
        Figure { name: "cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "pairs", label: "pairs", sense: Sense::Size },
        Figure { name: "scoring_busy_s", label: "scoring threads busy, s", sense: Sense::Cost },
        Figure { name: "pairs_per_s", label: "pairs/s a busy thread", sense: Sense::Rate },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: Sense::Memory },
    ],
};

pub(super) fn measure(args: &BenchData, rows: u64) -> Result<Vec<Point>, Failure> {
    let (plan, plugins) = prepare(args, rows)?;
    work_folder(&plan)?;
    let (checkpoint, ..) = open_checkpoint(&plan, &plugins, &[], registry_digest(&plan)?)?;
    let engine = Engine::open(&plan, plugins).map_err(|error| Failure::fatal(&error))?;
    let progress = engine.progress();
    let (ran, whole_s, cpu_s) = timed(|| engine.run(Box::new(checkpoint), Arc::new(Done::new()), Box::new(Silent)));
    let summary = ran.map_err(|error| Failure::fatal(error.as_ref()))?;
    let committed = summary.counts.committed() as f64;
    let (load_s, scoring_s) = (summary.load.as_secs_f64(), summary.scoring.as_secs_f64());
    let figures = [
        summary.entries as f64,
        whole_s,
        load_s,
        committed / (whole_s - load_s),
        committed / whole_s,
        cpu_s,
        summary.pairs as f64,
        scoring_s,
        summary.pairs as f64 / scoring_s,
        memory_peak_mib(),
    ];
    let stages = progress.stages().into_iter().map(|stage| (stage.stage, stage.busy.as_secs_f64())).collect();
    Ok(vec![Point { stages, ..Point::new(&PART, "", rows, &figures) }])
}
