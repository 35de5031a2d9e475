//! `matchflow`: the command. `main` only maps results to exit codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | success |
//! | 1 | an error; rows committed before it are stored |
//! | 2 | the command line or the pipeline file is invalid; nothing was done |
//! | 3 | finished, but some rows failed |
//! | 130 | interrupted by Ctrl-C or SIGTERM; finished rows are committed |

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Prints a message for the person at the terminal: see [`console`].
macro_rules! message {
    ($($text:tt)*) => {
        $crate::console::message(&format!($($text)*))
    };
}

mod arbiters;
mod args;
mod checkpoint;
mod commands;
mod console;
mod duplicates;
mod engine;
mod environment;
mod failure;
mod index_cache;
mod ingest_counts;
mod input_files;
mod load;
mod messages;
mod processes;
mod progress;
mod rates;
mod registry_digest;
mod report;
mod run_files;
mod settings;
mod splink;
mod stop;
mod sync;
mod times;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    stop::survive_file_limits();
    let result = match Cli::parse().command {
        Command::Match(args) => commands::guided::match_file(&args),
        Command::Dedupe(args) => commands::guided::dedupe(&args),
        Command::Init(args) => commands::guided::init(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Validate(args) => commands::validate::validate(&args),
        Command::Plan(args) => commands::plan::plan(&args),
        Command::Test(args) => commands::test::test(&args),
        Command::Inspect(args) => commands::inspect::inspect(&args),
        Command::Schema => commands::schema::schema(),
        Command::Generate(args) => commands::bench::generate(&args),
        Command::Evaluate(args) => commands::evaluate::evaluate(&args),
        Command::Explain(args) => commands::explain::explain(&args),
        Command::Train(args) => commands::train::train(&args),
        Command::Plugin(command) => commands::plugin::plugin(&command),
        Command::Import(args) => commands::import::import(&args),
        Command::Index(args) => commands::index::index(&args),
        Command::Bench(args) => commands::bench::bench(&args),
    };
    match result {
        Ok(code) => code,
        // A reader that closed the pipe early (`| head`) is not an error.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
