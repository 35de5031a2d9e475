//! `matchflow decisions`: what people decided, listed, exported, imported, merged and undone.
//!
//! **Invariants.** The file of decisions is locked from reading it to the last line appended, so that two commands never
//! miss each other's records. A command that fails has appended nothing.

mod decided_pipeline;
mod export;
mod filled_row;
mod import;
mod list;
mod merge;
mod undo;

pub(crate) use decided_pipeline::{now, person};

use std::process::ExitCode;

use crate::args::DecisionsCommand;
use crate::failure::Failure;

/// Runs a subcommand.
pub(crate) fn decisions(command: &DecisionsCommand) -> Result<ExitCode, Failure> {
    match command {
        DecisionsCommand::List(args) => list::list(args),
        DecisionsCommand::Export(args) => export::export(args),
        DecisionsCommand::Import(args) => import::import(args),
        DecisionsCommand::Merge(args) => merge::merge(args),
        DecisionsCommand::Undo(args) => undo::undo(args),
    }
}
