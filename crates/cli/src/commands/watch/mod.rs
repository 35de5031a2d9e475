//! `matchflow watch`: what a new edition of the registry means for the suppliers that were matched.

mod changed_suppliers;
mod watched_suppliers;

use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::read_results;
use matchflow_model::plan::Plan;
use matchflow_registry::{Edition, RegistryFolder, StoredEdition};

use self::changed_suppliers::{ChangedSuppliers, WatchedEditions};
use self::watched_suppliers::WatchedSuppliers;
use crate::args::WatchArgs;
use crate::commands::explain::latest_checkpoint;
use crate::commands::registry::{edition, failure};
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::load_without_source;
use crate::messages::{RegistryText, registry_text};
use crate::run_files::claim_argument;

const READING: &str = "reading the results from the checkpoint";

/// Lists the changes of the matched suppliers.
pub(crate) fn watch(args: &WatchArgs) -> Result<ExitCode, Failure> {
    let plan = load_without_source(&args.pipeline)?.checked.plan;
    let since = args.since.as_deref().map(str::parse::<Edition>).transpose();
    let since = since.map_err(|error| Failure::Usage(format!("error: --since: {error}")))?;
    if let Some(path) = &args.xlsx {
        claim_argument(path, "an output")?;
    }
    let Some(table) = plan.reference.table.main_file() else {
        let text = registry_text(&RegistryText::NothingToWatch, plan.language);
        return Err(Failure::Usage(format!("error: {text}")));
    };
    let after = edition(table)?;
    let results = read_results(&latest_checkpoint(&plan.sink)).while_doing("opening the checkpoint")?;
    let tables = results.tables();
    let last = tables.last_edition().while_doing(READING)?;
    let before = edition_before(&after, since, last.as_deref())?;
    let suppliers = WatchedSuppliers::read(tables, plan.report.amount.as_deref())?;
    let editions = WatchedEditions { before: &before, after: &after };
    let changed = ChangedSuppliers::find(&suppliers, editions).map_err(|error| failure(&error))?;
    print(&changed, args, &plan)?;
    Ok(if changed.is_empty() { ExitCode::SUCCESS } else { ExitReason::SuppliersChanged.into() })
}

fn print(changed: &ChangedSuppliers, args: &WatchArgs, plan: &Plan) -> Result<(), Failure> {
    let mut out = console::stdout();
    match args.json {
        true => writeln!(out, "{:#}", changed.json())?,
        false => write!(out, "{}", changed.text(plan.language))?,
    }
    if let Some(path) = &args.xlsx {
        let written = matchflow_export::write_list(path, &changed.list(plan.language));
        written.while_doing("writing the workbook")?;
        message!("{}", path.display());
    }
    Ok(())
}

/// The edition to compare with: the user's, that of the last run, or the one before.
fn edition_before(after: &StoredEdition, since: Option<Edition>, last: Option<&str>) -> Result<StoredEdition, Failure> {
    let failed = |error| failure(&error);
    let folder = RegistryFolder::of_edition(after).map_err(failed)?;
    let current = &after.manifest.edition;
    let of_last_run = || {
        let (_, edition) = last?.split_once(' ').filter(|(registry, _)| *registry == after.manifest.registry)?;
        edition.parse::<Edition>().ok().filter(|edition| edition != current)
    };
    if let Some(edition) = since.or_else(of_last_run) {
        return folder.edition(&edition).map_err(failed);
    }
    let before = folder.before(current).map_err(failed)?;
    before.ok_or_else(|| {
        let text =
            RegistryText::NoEditionBefore { folder: folder.path().display().to_string(), edition: current.to_string() };
        Failure::Refused(ExitReason::InputMissing, format!("error: {}", registry_text(&text, console::language())))
    })
}
