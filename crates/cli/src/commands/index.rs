//! `matchflow index`: reads, cleans and indexes the registry once for all later runs.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use matchflow_candidates::Index;
use matchflow_model::language::Language;

use crate::args::{IndexArgs, ProgressMode};
use crate::console::{self, Verbosity};
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::index_cache::IndexCache;
use crate::load::{LoadedPipeline, load};
use crate::messages::counted;
use crate::registry_index::RegistryFiles;
use crate::registry_progress::{RegistryReporter, RegistrySource};
use crate::terminal;

/// Writes the index, unless the existing one is up to date.
pub(crate) fn index(args: &IndexArgs) -> Result<ExitCode, Failure> {
    console::configure(args.progress == ProgressMode::Json, Verbosity::Normal, None);
    let LoadedPipeline { checked, plugins, .. } = load(&args.pipeline)?;
    let mut plan = checked.plan;
    plan.execution.workers = args.workers.max(1);
    let usage = |why: &str| Failure::Refused(ExitReason::Pipeline, format!("error: {why}; nothing was done"));
    if plan.dedupe.is_some() {
        return Err(usage("a `dedupe` pipeline has no registry, and so no index"));
    }
    let files = RegistryFiles::stamp(&plan);
    let cache = IndexCache::of(&plan, &plugins)?;
    let cache =
        cache.ok_or_else(|| usage("the registry is not a file: name a file for its index with `reference.index`"))?;
    let began = Instant::now();
    let (index, action) = match Index::load(&cache.path, &cache.key) {
        Ok(index) => (index, "up to date"),
        Err(_) => {
            let read = Arc::new(AtomicU64::new(0));
            let _reporter = report_progress(args.progress, &read);
            let count = move |rows| {
                read.fetch_add(rows, Ordering::Relaxed);
            };
            let index = files.index(&plan, &plugins, count)?;
            let failed = |error| Failure::Fatal(format!("`{}` cannot be written: {error}", cache.path.display()));
            cache.save(&index, &|| true).map_err(failed)?;
            (index, "written")
        }
    };
    let bytes = std::fs::metadata(&cache.path).while_doing("reading the index")?.len();
    writeln!(
        crate::console::stdout(),
        "{}: {action}: {} entries, {:.1} MiB, {}, {:.1} s",
        cache.path.display(),
        Language::default().grouped(index.entries()),
        bytes as f64 / (1 << 20) as f64,
        counted(index.shards.len() as u64, "shard", "shards"),
        began.elapsed().as_secs_f64()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Reports the number of entries read.
fn report_progress(mode: ProgressMode, read: &Arc<AtomicU64>) -> RegistryReporter {
    let read = Arc::clone(read);
    let has_bar = mode == ProgressMode::Auto && terminal::has_cursor();
    let bar = has_bar.then(|| ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()));
    let source = RegistrySource {
        entries: Box::new(move || read.load(Ordering::Relaxed)),
        is_ready: Box::new(|| false),
        hint: None,
    };
    RegistryReporter::start(mode, bar, source)
}
