//! `matchflow plugin`: creating, building, testing and measuring matchers.

mod bench;
mod build;
mod inspect;
mod kind;
mod new;
mod repetition;
mod templates;
mod test;
mod test_arbiter;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::args::PluginCommand;
use crate::failure::Failure;

/// Runs one of the subcommands.
pub(crate) fn plugin(command: &PluginCommand) -> Result<ExitCode, Failure> {
    match command {
        PluginCommand::New(args) => new::new(args),
        PluginCommand::Build { folder } => build::command(folder),
        PluginCommand::Test(args) => test::test(args),
        PluginCommand::Inspect { file } => inspect::inspect(file),
        PluginCommand::Bench(args) => bench::bench(args),
    }
}

/// The requested component: the file itself, or the one built from the folder's sources.
fn component(plugin: &Path) -> Result<PathBuf, Failure> {
    match plugin.is_dir() {
        true => build::fresh(plugin).map_or_else(|| build::build(plugin), Ok),
        false => Ok(plugin.to_owned()),
    }
}

/// A file that could not be read or written.
fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Fatal(format!("`{}`: {error}", path.display()))
}
