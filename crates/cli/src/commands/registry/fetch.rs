//! `matchflow registry fetch`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use matchflow_registry::{Edition, FetchOptions, FetchOutcome, LATEST, StoredEdition, fetch as fetch_registry};

use super::fetch_progress::FetchReporter;
use super::{descriptor_of, failure, say};
use crate::args::RegistryFetchArgs;
use crate::console;
use crate::failure::Failure;
use crate::messages::RegistryText;
use crate::stop::watch_signals;

/// The variable with the scheme and host that replace those of every address.
const MIRROR: &str = "MATCHFLOW_REGISTRY_MIRROR";

/// Fetches a registry.
pub(super) fn fetch(args: &RegistryFetchArgs) -> Result<ExitCode, Failure> {
    let stopped = stop_flag()?;
    fetch_edition(args, &stopped)?;
    Ok(ExitCode::SUCCESS)
}

/// A flag that the first signal raises.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stopped);
    watch_signals(&[], move |_| raised.store(true, Ordering::Relaxed))?;
    Ok(stopped)
}

/// Fetches a registry, and prints what came of it; returns the new edition, and the one before.
pub(super) fn fetch_edition(
    args: &RegistryFetchArgs,
    stopped: &Arc<AtomicBool>,
) -> Result<Option<(StoredEdition, Option<StoredEdition>)>, Failure> {
    let descriptor = descriptor_of(args.registry)?;
    let edition = args.edition.as_deref().map(str::parse::<Edition>).transpose();
    let edition = edition.map_err(|error| Failure::Usage(format!("error: --edition: {error}")))?;
    let mirror = std::env::var(MIRROR).ok().filter(|mirror| !mirror.is_empty());
    let stopped = Arc::clone(stopped);
    let pairs = |pairs: &[(String, String)]| pairs.iter().cloned().collect::<BTreeMap<_, _>>();
    let options = FetchOptions {
        descriptor,
        registries: &args.dir,
        from: Some(args.from.as_slice()).filter(|from| !from.is_empty()),
        addresses: pairs(&args.address),
        mirror: mirror.as_deref(),
        checksums: pairs(&args.sha256),
        edition,
        rows_min: args.rows_min,
        stopped: Arc::new(move || stopped.load(Ordering::Relaxed)),
    };
    let mut reporter = FetchReporter::new(args.progress);
    let outcome = fetch_registry(&options, &mut |progress| reporter.show(&progress));
    reporter.finish();
    match outcome.map_err(|error| failure(&error))? {
        FetchOutcome::Unchanged(edition) => {
            let edition = edition.manifest.edition.to_string();
            print(&RegistryText::Unchanged { registry: descriptor.title.clone(), edition })?;
            Ok(None)
        }
        FetchOutcome::New { edition, before, notes } => {
            for note in notes {
                console::message(&say(&RegistryText::Note(note)));
            }
            print_edition(descriptor, &args.dir, &edition, before.as_deref())?;
            Ok(Some((*edition, before.map(|before| *before))))
        }
    }
}

fn print_edition(
    descriptor: &matchflow_registry::Descriptor,
    registries: &Path,
    edition: &StoredEdition,
    before: Option<&StoredEdition>,
) -> Result<(), Failure> {
    let counts = edition.manifest.counts;
    print(&RegistryText::NewEdition {
        registry: descriptor.title.clone(),
        edition: edition.manifest.edition.to_string(),
        before: before.map(|before| before.manifest.edition.to_string()),
        counts,
    })?;
    let is_linked = cfg!(unix);
    let table = match is_linked {
        true => registries.join(&descriptor.name).join(LATEST).join(&edition.manifest.table.name),
        false => edition.table(),
    };
    print(&RegistryText::Table { path: table.display().to_string() })
}

fn print(text: &RegistryText) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{}", say(text))?;
    Ok(())
}
