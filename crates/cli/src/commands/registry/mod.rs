//! `matchflow registry`.

mod diff;
mod fetch;
mod fetch_progress;
mod update;

use std::process::ExitCode;

use matchflow_registry::{RegistryError, descriptor};

pub(crate) use diff::edition;

use crate::args::{RegistryCommand, RegistryName};
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, reason_of_input};
use crate::messages::{RegistryText, registry_error_text, registry_text};

/// Runs a subcommand.
pub(crate) fn registry(command: &RegistryCommand) -> Result<ExitCode, Failure> {
    match command {
        RegistryCommand::Fetch(args) => fetch::fetch(args),
        RegistryCommand::Update(args) => update::update(args),
        RegistryCommand::Diff(args) => diff::diff(args),
    }
}

/// What is known of a registry.
fn descriptor_of(name: RegistryName) -> Result<&'static matchflow_registry::Descriptor, Failure> {
    let missing = || Failure::Fatal(format!("this build has no descriptor of `{}`", name.as_str()));
    descriptor(name.as_str()).ok_or_else(missing)
}

/// A text in the language of the locale.
fn say(text: &RegistryText) -> String {
    registry_text(text, console::language())
}

/// The end of a command, with its reason.
pub(crate) fn failure(error: &RegistryError) -> Failure {
    let text = registry_error_text(error, console::language());
    let reason = match error {
        RegistryError::Ingest(error) => error.condition().map_or(ExitReason::Fatal, reason_of_input),
        RegistryError::Locked { .. } => ExitReason::Locked,
        RegistryError::Download(matchflow_remote::DownloadError::Stopped { .. }) => ExitReason::Interrupted,
        RegistryError::Columns { .. }
        | RegistryError::FewRows { .. }
        | RegistryError::DuplicateId { .. }
        | RegistryError::GroupOrder { .. }
        | RegistryError::MixedEditions { .. }
        | RegistryError::WithoutGroup { .. }
        | RegistryError::Download(
            matchflow_remote::DownloadError::Digest { .. }
            | matchflow_remote::DownloadError::Length { .. }
            | matchflow_remote::DownloadError::Page { .. },
        ) => ExitReason::InputDamaged,
        RegistryError::MissingFile { .. } => ExitReason::InputMissing,
        RegistryError::UnknownSource { .. } | RegistryError::SeveralFiles { .. } => ExitReason::CommandLine,
        _ => ExitReason::Fatal,
    };
    Failure::Ended(reason, matchflow_model::printable::printable(&text).into_owned())
}
