//! `matchflow bench scoring`: what the scoring threads do in a run whose results are forgotten: pairs as real rows bring
//! them, without commits beside.

use std::sync::Arc;

use matchflow_flow::{Place, Silent};
use matchflow_model::store::{CommitError, Done, Epoch, EpochStore};

use super::data::prepare;
use super::measure::{memory_peak_mib, timed};
use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchData;
use crate::engine::Engine;
use crate::failure::Failure;

pub(super) const PART: Part = Part {
    name: "scoring",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "pairs", label: "pairs", sense: Sense::Size },
        Figure { name: "scoring_busy_s", label: "scoring threads busy, s", sense: Sense::Cost },
        Figure { name: "pairs_per_s", label: "pairs/s a busy thread", sense: Sense::Rate },
        Figure { name: "whole_s", label: "whole run, s", sense: Sense::Cost },
        Figure { name: "cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: Sense::Memory },
    ],
};

/// Keeps nothing.
struct Forgets;

impl EpochStore for Forgets {
    fn commit(&mut self, _epoch: &Epoch) -> Result<(), CommitError> {
        Ok(())
    }
}

pub(super) fn measure(args: &BenchData, rows: u64) -> Result<Vec<Point>, Failure> {
    let (plan, plugins) = prepare(args, rows)?;
    let engine = Engine::open(&plan, plugins).map_err(|error| Failure::fatal(&error))?;
    let progress = engine.progress();
    let (ran, whole_s, cpu_s) = timed(|| engine.run(Box::new(Forgets), Arc::new(Done::new()), Box::new(Silent)));
    let summary = ran.map_err(|error| Failure::fatal(error.as_ref()))?;
    let scoring = progress.stages().into_iter().filter(|stage| stage.place == Place::ScoringThread);
    let stages: Vec<(String, f64)> = scoring.map(|stage| (stage.stage, stage.busy.as_secs_f64())).collect();
    let busy_s = summary.scoring.as_secs_f64();
    let figures = [summary.pairs as f64, busy_s, summary.pairs as f64 / busy_s, whole_s, cpu_s, memory_peak_mib()];
    Ok(vec![Point { stages, ..Point::new(&PART, "", rows, &figures) }])
}
