//! `matchflow bench`: what each part of a run does in a second, and how that grows with the input.
//!
//! Every part is measured in processes of their own, one a size and round, so that the peak memory told is that of the
//! part, and that what came before does not help. Rounds of all sizes take turns and the middle one is told.
//!
//! `rounds` starts the processes, `report` holds what they tell; one module a part says what is measured and how.

mod candidates;
mod commit;
mod compare;
mod data;
mod dedupe;
mod ingest;
mod measure;
mod plot;
mod report;
mod rounds;
mod run;
mod schedule;
mod scoring;

use std::process::ExitCode;

use crate::args::{BenchArgs, BenchPart};
use crate::failure::Failure;

/// Runs a benchmark and prints its figures; without a part the whole run.
pub(crate) fn bench(args: &BenchArgs) -> Result<ExitCode, Failure> {
    match &args.part {
        Some(BenchPart::Ingest(args)) => rounds::bench(&ingest::PART, &args.rounds, |rows| ingest::measure(args, rows)),
        Some(BenchPart::Candidates(args)) => {
            rounds::bench(&candidates::PART, &args.rounds, |rows| candidates::measure(args, rows))
        }
        Some(BenchPart::Scoring(args)) => {
            rounds::bench(&scoring::PART, &args.rounds, |rows| scoring::measure(args, rows))
        }
        Some(BenchPart::Commit(args)) => rounds::bench(&commit::PART, &args.rounds, |rows| commit::measure(args, rows)),
        Some(BenchPart::Dedupe(args)) => rounds::bench(&dedupe::PART, &args.rounds, |rows| dedupe::measure(args, rows)),
        Some(BenchPart::Schedule(args)) => {
            rounds::bench(&schedule::PART, &args.rounds, |rows| schedule::measure(args, rows))
        }
        Some(BenchPart::Run(args)) => rounds::bench(&run::PART, &args.rounds, |rows| run::measure(args, rows)),
        None => rounds::bench(&run::PART, &args.data.rounds, |rows| run::measure(&args.data, rows)),
    }
}
