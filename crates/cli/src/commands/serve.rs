//! `matchflow serve`: loads pipelines with their registries, and matches rows over HTTP.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::SecondsFormat;
use matchflow_candidates::Index;
use matchflow_matcher::Matcher;
use matchflow_model::language::Language;
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;
use matchflow_serve::{
    AccessLog, ServeLimits, ServeOptions, ServedPipeline, Server, ServerHandle, TlsIdentity, TokenList,
};
use serde_json::Value;

use crate::args::{PipelineArgs, ServeArgs};
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::index_cache::IndexCache;
use crate::load::{LoadedPipeline, load_without_source};
use crate::messages::{ServeText, serve_text};
use crate::registry_index::RegistryFiles;
use crate::stop::watch_signals;
use crate::sync::lock;
use crate::system_limits::{OTHER_THREADS, ensure_threads};

/// Minimum size of a registry whose index is stored although the pipeline names no file for it: smaller ones are read
/// quickly.
const STORED_ENTRIES_MIN: u64 = 100_000;

/// Serves until a signal stops it.
pub(crate) fn serve(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = args.threads.map_or(cores, |threads| threads as usize).max(1);
    ensure_threads(threads + cores + OTHER_THREADS)?;
    protect_files(args)?;
    let (tokens, tls) = security(args)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let options = ServeOptions {
        listen: args.listen,
        limits: ServeLimits {
            body_bytes_max: args.max_body as usize,
            rows_max: args.max_rows.min(MAX_ROWS) as usize,
            queued_rows_max: args.max_queue as usize,
            connections_max: args.max_connections as usize,
            deadline: Duration::from_secs(args.deadline.max(1)),
            ..ServeLimits::default()
        },
        scoring_threads: threads,
        tokens,
        tls,
        log: args.access_log.as_deref().map(open_access_log).transpose()?,
    };
    let loaded = args.clone();
    let load = Box::new(move || load_all(&loaded).map_err(|failure| failure.to_text()));
    let server = Server::start(options, load).while_doing("starting the server")?;
    let handle = server.handle();
    on_signals(handle.clone())?;
    // At startup, problems of a pipeline are printed as for any other command.
    handle.use_pipelines(load_all(args)?);
    print(&ServeText::Ready { url: format!("{scheme}://{}", server.address()) });
    let is_complete = server.wait();
    print(&ServeText::Stopped { is_complete });
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitReason::Fatal.into() })
}

/// Protects the files of the server and of its pipelines before the access log is opened.
fn protect_files(args: &ServeArgs) -> Result<(), Failure> {
    let files = [(&args.token_file, "the token file"), (&args.tls_cert, "the certificate"), (&args.tls_key, "the key")];
    for (path, role) in files {
        path.iter().for_each(|path| matchflow_files::protect(path, role));
    }
    if args.access_log.is_some() {
        // Loading a pipeline protects its files.
        for file in &args.pipelines {
            matchflow_files::protect(file, "the pipeline");
            load_without_source(&PipelineArgs { pipeline: file.clone(), set: args.set.clone() })?;
        }
    }
    Ok(())
}

/// The tokens and the certificate. Whoever can be reached from other machines needs both.
fn security(args: &ServeArgs) -> Result<(Option<TokenList>, Option<TlsIdentity>), Failure> {
    let refused = |error: &dyn std::error::Error| Failure::Usage(format!("error: {error}; nothing was done"));
    if !args.listen.ip().is_loopback() {
        let mut missing = Vec::new();
        if args.token_file.is_none() {
            missing.push("`--token-file FILE`");
        }
        if args.tls_cert.is_none() && !args.insecure_no_tls {
            missing.push("`--tls-cert PEM --tls-key PEM` (or `--insecure-no-tls` behind a proxy)");
        }
        if !missing.is_empty() {
            let (address, missing) = (args.listen, missing.join(" and "));
            let text = format!("other machines can reach {address}: give {missing}, or listen on 127.0.0.1");
            return Err(Failure::Usage(format!("error: {text}; nothing was done")));
        }
    }
    let tokens = args.token_file.as_deref().map(TokenList::read).transpose().map_err(|error| refused(&error))?;
    let tls = args.tls_cert.as_deref().zip(args.tls_key.as_deref());
    let tls = tls.map(|(certificates, key)| TlsIdentity::read(certificates, key)).transpose();
    Ok((tokens, tls.map_err(|error| refused(&error))?))
}

/// Maximum number of rows in a batch.
const MAX_ROWS: u64 = 65_536;

fn print(text: &ServeText) {
    message!("{}", serve_text(text, Language::from_environment(|name| std::env::var(name).ok())));
}

/// SIGTERM and Ctrl-C stop the server, SIGHUP reloads the pipelines.
fn on_signals(handle: ServerHandle) -> Result<(), Failure> {
    #[cfg(unix)]
    const RELOAD: &[i32] = &[signal_hook::consts::SIGHUP];
    #[cfg(not(unix))]
    const RELOAD: &[i32] = &[];
    watch_signals(RELOAD, move |signal| {
        if !RELOAD.contains(&signal) {
            print(&ServeText::Stopping);
            return handle.stop();
        }
        print(&match handle.load() {
            Ok(pipelines) => ServeText::Reloaded { pipelines },
            Err(why) => ServeText::NotReloaded { why },
        });
    })
}

fn load_all(args: &ServeArgs) -> Result<Vec<ServedPipeline>, Failure> {
    let mut pipelines: Vec<ServedPipeline> = Vec::new();
    for file in &args.pipelines {
        let pipeline = load_served(&PipelineArgs { pipeline: file.clone(), set: args.set.clone() })?;
        if pipelines.iter().any(|other| other.name() == pipeline.name()) {
            let why = format!("two of the pipelines are called `{}`: give each a `name` of its own", pipeline.name());
            return Err(Failure::Refused(ExitReason::Pipeline, format!("error: {why}")));
        }
        pipelines.push(pipeline);
    }
    Ok(pipelines)
}

/// A pipeline with the index of its registry: loaded, or built now.
fn load_served(args: &PipelineArgs) -> Result<ServedPipeline, Failure> {
    let began = Instant::now();
    let LoadedPipeline { checked, plugins, .. } = load_without_source(args)?;
    let mut plan = checked.plan;
    if plan.dedupe.is_some() {
        let file = args.pipeline.display();
        let why =
            format!("`{file}` compares rows with each other (`dedupe`): only pipelines with a registry are served");
        return Err(Failure::Refused(ExitReason::Pipeline, format!("error: {why}")));
    }
    // One shard is searched faster than several.
    plan.execution.workers = 1;
    let index = load_index(&plan, &plugins)?;
    let matcher = Matcher::new(&plan, plugins, index).while_doing("loading the pipeline")?;
    let pipeline = ServedPipeline::new(plan, matcher);
    print(&ServeText::Loaded {
        pipeline: pipeline.name().to_owned(),
        entries: pipeline.matcher().index().entries(),
        ms: began.elapsed().as_millis() as u64,
    });
    Ok(pipeline)
}

/// The index of a pipeline's registry: loaded, or built now.
pub(crate) fn load_index(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<Index, Failure> {
    let files = RegistryFiles::stamp(plan);
    let cache = IndexCache::of(plan, plugins)?;
    if let Some(cache) = &cache
        && let Ok(index) = Index::load(&cache.path, &cache.key)
    {
        return Ok(index);
    }
    let index = files.index(plan, plugins, |_| ())?;
    if let Some(cache) = cache.filter(|_| plan.reference.index_path.is_some() || index.entries() >= STORED_ENTRIES_MIN)
    {
        store_index(&cache, &index);
    }
    Ok(index)
}

/// Stores the index; on failure it is rebuilt at the next start.
fn store_index(cache: &IndexCache, index: &Index) {
    let path = cache.path.display().to_string();
    match cache.save(index, &|| true) {
        Ok(()) => print(&ServeText::IndexStored { path }),
        Err(error) => message!("warning: the index `{path}` cannot be written: {error}"),
    }
}

/// Writes a JSON line with a time for each request. Lines that cannot be written are dropped: a full disk must not stop
/// requests.
fn open_access_log(path: &Path) -> Result<AccessLog, Failure> {
    let out: Box<dyn Write + Send> = if path == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        let file = matchflow_files::append(path, "the access log");
        let failed = |error| Failure::Usage(format!("error: the log `{}` cannot be written: {error}", path.display()));
        Box::new(file.map_err(failed)?)
    };
    let out = Mutex::new(out);
    Ok(Box::new(move |mut record| {
        record.insert("time".to_owned(), Value::String(console::now(SecondsFormat::Millis)));
        let line = format!("{}\n", Value::Object(record));
        let _ = lock(&out).write_all(line.as_bytes());
    }))
}
