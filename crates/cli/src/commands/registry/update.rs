//! `matchflow registry update`.

use std::process::ExitCode;

use clap::ValueEnum;
use matchflow_registry::{EditionPair, RegistryFolder, diff};

use super::diff::print_counts;
use super::fetch::{fetch_edition, stop_flag};
use super::{descriptor_of, failure, say};
use crate::args::{RegistryFetchArgs, RegistryName, RegistryUpdateArgs};
use crate::exit_reason::ExitReason;
use crate::failure::Failure;
use crate::messages::RegistryText;

/// Fetches what is new of each registry, and lists what changed.
pub(super) fn update(args: &RegistryUpdateArgs) -> Result<ExitCode, Failure> {
    let registries = match args.registries.is_empty() {
        true => present(args)?,
        false => args.registries.clone(),
    };
    if registries.is_empty() {
        let text = say(&RegistryText::NoRegistries { folder: args.dir.display().to_string() });
        return Err(Failure::Refused(ExitReason::InputMissing, format!("error: {text}")));
    }
    let stopped = stop_flag()?;
    for registry in registries {
        let fetch = RegistryFetchArgs {
            registry,
            dir: args.dir.clone(),
            from: Vec::new(),
            address: Vec::new(),
            sha256: Vec::new(),
            edition: None,
            rows_min: args.rows_min,
            progress: args.progress,
        };
        if let Some((after, Some(before))) = fetch_edition(&fetch, &stopped)? {
            let counts = diff(EditionPair { before: &before, after: &after }, &mut |_| Ok(()));
            print_counts(&before, &after, &counts.map_err(|error| failure(&error))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The registries that have an edition.
fn present(args: &RegistryUpdateArgs) -> Result<Vec<RegistryName>, Failure> {
    let mut present = Vec::new();
    for name in RegistryName::value_variants() {
        let folder = RegistryFolder::new(&args.dir, descriptor_of(*name)?);
        let latest = folder.latest().map_err(|error| failure(&error))?;
        present.extend(latest.map(|_| *name));
    }
    Ok(present)
}
