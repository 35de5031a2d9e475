//! Benchmarks of a run and its parts, and the generated files that they run on.
//!
//! Each part is measured in separate processes, one for each size and repetition, so that the reported peak memory is
//! that of the part and no measurement benefits from an earlier one. Sizes are interleaved and the median of the
//! repetitions is reported.
//!
//! - [`bench()`]: runs a benchmark. It accesses the command that it is part of through [`BenchHost`].
//! - [`run_rounds`]: starts the processes, prints the table, writes the JSON and the plot, compares with an earlier report.
//! - `parts`: one module for each part, with its figures and how they are measured.
//! - [`generate()`]: the supplier file, the registry and the truth.
//!
//! **Limits.** CPU time and peak memory are only measured on Linux; on other systems their figures are empty.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod args;
mod compare;
mod error;
mod generate;
mod host;
mod measure;
mod number;
mod parts;
mod plot;
mod report;
mod rounds;

use std::process::ExitCode;

pub use args::{
    BenchArgs, BenchData, BenchDedupeArgs, BenchPart, BenchRounds, BenchServeArgs, GenerateArgs, SupplierFileFormat,
};
pub use error::BenchError;
pub use generate::generate;
pub use host::{BenchHost, LoadedPlan, OutcomeTarget, PreparedRun, SearchFigures};
pub use report::{BenchReport, Benchmark, Figure, FigureKind, MeasuredPoint};
pub use rounds::{FIGURES, PLOT, run_rounds};

use parts::{candidates, commit, dedupe, ingest, run, scoring, serve};

/// Runs a benchmark and prints its figures; without a part, that of a complete run.
pub fn bench(args: &BenchArgs, host: &dyn BenchHost) -> Result<ExitCode, BenchError> {
    let message = |text: &str| host.message(text);
    match &args.part {
        Some(BenchPart::Ingest(data)) => {
            run_rounds(&ingest::BENCHMARK, &data.rounds, &message, |rows| ingest::measure(data, rows, host))
        }
        Some(BenchPart::Candidates(data)) => {
            run_rounds(&candidates::BENCHMARK, &data.rounds, &message, |rows| candidates::measure(data, rows, host))
        }
        Some(BenchPart::Scoring(data)) => {
            run_rounds(&scoring::BENCHMARK, &data.rounds, &message, |rows| scoring::measure(data, rows, host))
        }
        Some(BenchPart::Commit(data)) => {
            run_rounds(&commit::BENCHMARK, &data.rounds, &message, |rows| commit::measure(data, rows, host))
        }
        Some(BenchPart::Serve(args)) => serve::bench_serve(args, host).map(|()| ExitCode::SUCCESS),
        Some(BenchPart::Dedupe(data)) => {
            run_rounds(&dedupe::BENCHMARK, &data.rounds, &message, |rows| dedupe::measure(data, rows, host))
        }
        Some(BenchPart::Run(data)) => {
            run_rounds(&run::BENCHMARK, &data.rounds, &message, |rows| run::measure(data, rows, host))
        }
        None => run_rounds(&run::BENCHMARK, &args.data.rounds, &message, |rows| run::measure(&args.data, rows, host)),
    }
}
