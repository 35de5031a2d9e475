//! `matchflow index`: reads, cleans and indexes the registry once for all later runs.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use matchflow_bench::grouped;
use matchflow_candidates::Index;
use matchflow_flow::{FeedError, index_registry};
use matchflow_ingest::open_reference;
use matchflow_matcher::term_frequency_fields;

use crate::args::IndexArgs;
use crate::engine::REGISTRY_BATCH_ROWS;
use crate::failure::{Failure, FailureContext};
use crate::index_cache::IndexCache;
use crate::load::{LoadedPipeline, load};

/// Writes the index, unless the existing one is up to date.
pub(crate) fn index(args: &IndexArgs) -> Result<ExitCode, Failure> {
    let LoadedPipeline { checked, plugins, .. } = load(&args.pipeline)?;
    let mut plan = checked.plan;
    plan.execution.workers = args.workers.max(1);
    let usage = |why: &str| Failure::Usage(format!("error: {why}; nothing was done"));
    if plan.dedupe.is_some() {
        return Err(usage("a `dedupe` pipeline has no registry, and so no index"));
    }
    let cache = IndexCache::of(&plan, &plugins)?;
    let cache =
        cache.ok_or_else(|| usage("the registry is not a file: name a file for its index with `reference.index`"))?;
    let began = Instant::now();
    let (index, action) = match Index::load(&cache.path, &cache.key) {
        Ok(index) => (index, "up to date"),
        Err(_) => {
            let mut reference = open_reference(&plan.reference, REGISTRY_BATCH_ROWS)
                .while_doing("reading and indexing the registry")?;
            let entries = Box::new(move || {
                let batch = reference.next_batch().map_err(|error| Box::new(error) as FeedError)?;
                Ok(batch.map(|batch| batch.rows))
            });
            let index = index_registry(&plan, &term_frequency_fields(&plan, &plugins), entries);
            let index = index.while_doing("reading and indexing the registry")?;
            let failed = |error| Failure::Fatal(format!("`{}` cannot be written: {error}", cache.path.display()));
            cache.save(&index, &|| true).map_err(failed)?;
            (index, "written")
        }
    };
    let bytes = std::fs::metadata(&cache.path).while_doing("reading the index")?.len();
    writeln!(
        std::io::stdout().lock(),
        "{}: {action}: {} entries, {:.1} MiB, {} shards, {:.1} s",
        cache.path.display(),
        grouped(index.entries()),
        bytes as f64 / (1 << 20) as f64,
        index.shards.len(),
        began.elapsed().as_secs_f64()
    )?;
    Ok(ExitCode::SUCCESS)
}
