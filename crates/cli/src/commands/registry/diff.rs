//! `matchflow registry diff`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_registry::{
    ChangeCounts, ChangeFile, ChangeKind, EditionPair, RegistryError, StoredEdition, descriptor, diff as diff_editions,
};
use serde_json::{Map, Value, json};

use super::{failure, say};
use crate::args::RegistryDiffArgs;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::Failure;
use crate::messages::RegistryText;

/// Compares two editions.
pub(crate) fn diff(args: &RegistryDiffArgs) -> Result<ExitCode, Failure> {
    let (before, after) = (edition(&args.before)?, edition(&args.after)?);
    for edition in [&before, &after] {
        matchflow_files::protect(&edition.table(), "the table of an edition");
    }
    let mut file = match &args.output {
        Some(path) => {
            let file = ChangeFile::create(path).map_err(|error| failure(&error))?;
            let refused = || {
                let text = say(&RegistryText::ChangeFormat { path: path.display().to_string() });
                Failure::Usage(format!("error: {text}"))
            };
            Some(file.ok_or_else(refused)?)
        }
        None => None,
    };
    let mut write = |change| file.as_mut().map_or(Ok(()), |file| file.write(&change));
    let counts = diff_editions(EditionPair { before: &before, after: &after }, &mut write);
    let counts = counts.map_err(|error| failure(&error))?;
    let written = file.map(ChangeFile::finish).transpose().map_err(|error| failure(&error))?;
    let kinds = ChangeKind::ALL.map(|kind| (kind, counts.of(kind)));
    let (from, to) = (before.manifest.edition.to_string(), after.manifest.edition.to_string());
    if args.json {
        let changes: Map<String, Value> =
            kinds.iter().map(|(kind, count)| (kind.word().to_owned(), (*count).into())).collect();
        let report = json!({
            "registry": before.manifest.registry,
            "before": from,
            "after": to,
            "changes": changes,
            "output": written.map(|path| path.display().to_string()),
        });
        writeln!(console::stdout(), "{report}")?;
        return Ok(ExitCode::SUCCESS);
    }
    print_counts(&before, &after, &counts)?;
    if let Some(path) = written {
        let path = path.display().to_string();
        writeln!(console::stdout(), "{}", say(&RegistryText::ChangesWritten { path, changes: counts.total() }))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the changes by kind.
pub(super) fn print_counts(
    before: &StoredEdition,
    after: &StoredEdition,
    counts: &ChangeCounts,
) -> Result<(), Failure> {
    let mut out = console::stdout();
    let name = before.manifest.registry.as_str();
    let registry = descriptor(name).map_or(name, |descriptor| &descriptor.title).to_owned();
    let (from, to) = (before.manifest.edition.to_string(), after.manifest.edition.to_string());
    writeln!(out, "{}", say(&RegistryText::Difference { registry, before: from, after: to }))?;
    for kind in ChangeKind::ALL.into_iter().filter(|kind| counts.of(*kind) > 0) {
        writeln!(out, "  {}", say(&RegistryText::Changes { kind, count: counts.of(kind) }))?;
    }
    if counts.total() == 0 {
        writeln!(out, "  {}", say(&RegistryText::NoChanges))?;
    }
    Ok(())
}

/// The edition in a folder, or that a table is of.
pub(crate) fn edition(path: &Path) -> Result<StoredEdition, Failure> {
    let folder = match path.is_file() {
        true => path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        false => path,
    };
    let found = StoredEdition::open(folder).map_err(|error: RegistryError| failure(&error))?;
    found.ok_or_else(|| {
        let text = say(&RegistryText::NoManifest { folder: folder.display().to_string() });
        Failure::Refused(ExitReason::InputMissing, format!("error: {text}"))
    })
}
