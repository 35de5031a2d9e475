//! The `matchflow` command. `main` only maps results to exit codes: see [`exit_reason`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Prints a message to the user: see [`console`].
macro_rules! message {
    ($($text:tt)*) => {
        $crate::console::message(&format!($($text)*))
    };
}

mod arbiters;
mod args;
mod backtraces;
mod checkpoint;
mod commands;
mod console;
mod decision_figures;
mod duplicates;
mod engine;
mod environment;
mod exit_reason;
mod failure;
mod field_losses;
mod file_spelling;
mod index_cache;
mod ingest_counts;
mod input_files;
mod load;
mod messages;
mod pipeline_file;
mod plan_matcher;
mod present_rows;
mod processes;
mod progress;
mod rates;
mod registry_digest;
mod registry_edition;
mod registry_index;
mod registry_progress;
mod report;
mod run_decisions;
mod run_files;
mod settings;
mod splink;
mod standard_input;
mod stop;
mod sync;
mod system_limits;
mod terminal;
mod times;
mod watch;
mod written_outputs;

use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit_reason::ExitReason;
use crate::failure::Failure;

fn main() -> ExitCode {
    backtraces::take_over();
    stop::survive_file_limits();
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        let text = "the clock of this machine is set before 1970: set it, for results carry their time".to_owned();
        return Failure::Fatal(text).report();
    }
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => {
            // Output that cannot be printed to a closed pipe is not needed.
            let _ = error.print();
            let reason = if error.use_stderr() { ExitReason::CommandLine } else { ExitReason::Success };
            return reason.into();
        }
    };
    match file_access(&command).and_then(|()| execute(command)) {
        Ok(code) => code,
        // A reader that closed the pipe early (`| head`) is not an error.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Sets who may read the command's files: only this user, unless the environment says otherwise. Sources and generated
/// files are not confidential.
fn file_access(command: &Command) -> Result<(), Failure> {
    const VARIABLE: &str = "MATCHFLOW_FILE_ACCESS";
    let access = std::env::var(VARIABLE).unwrap_or_default();
    match access.as_str() {
        "umask" => Ok(()),
        "" | "private" => {
            let is_open = matches!(
                command,
                Command::Plugin(_)
                    | Command::Generate(_)
                    | Command::Registry(_)
                    | Command::Schema
                    | Command::Completions { .. }
                    | Command::Man { .. }
            );
            if !is_open {
                matchflow_files::make_new_files_private();
            }
            Ok(())
        }
        other => Err(Failure::Usage(format!("error: `{VARIABLE}` must be `private` or `umask`, and is `{other}`"))),
    }
}

fn execute(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Match(args) => commands::guided::match_file(&args),
        Command::Dedupe(args) => commands::guided::dedupe(&args),
        Command::Init(args) => commands::guided::init(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Decisions(command) => commands::decisions::decisions(&command),
        Command::Review(args) => commands::review::review(&args),
        Command::Report(args) => commands::report::report(&args),
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
        Command::Registry(command) => commands::registry::registry(&command),
        Command::Watch(args) => commands::watch::watch(&args),
        Command::Serve(args) => commands::serve::serve(&args),
        Command::Index(args) => commands::index::index(&args),
        Command::Doctor(args) => commands::doctor::doctor(&args),
        Command::Completions { shell } => commands::completions::completions(shell),
        Command::Man { out } => commands::completions::man(out.as_deref()),
        Command::Bench(args) => commands::bench::bench(&args),
    }
}
