//! `matchflow bench`: a whole run on generated data, and its reading alone; its parts are in the modules below.
//!
//! Files are made by a process of their own, so that the peak memory told is that of the run.

mod commit;
mod dedupe;
mod schedule;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use matchflow_flow::Silent;
use matchflow_ingest::open_source;
use matchflow_model::plan::{Plan, StageKind};
use matchflow_model::store::Done;
use matchflow_plugin_host::Plugin;
use serde_json::json;

use crate::args::{BenchArgs, BenchData, BenchPart, PipelineArgs};
use crate::commands::run::open_checkpoint;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::load::{Loaded, load};

/// Runs the benchmark and prints its figures.
pub(crate) fn bench(args: &BenchArgs) -> Result<ExitCode, Failure> {
    match &args.part {
        Some(BenchPart::Commit(args)) => return commit::bench_commit(args),
        Some(BenchPart::Dedupe(args)) => return dedupe::bench_dedupe(args),
        Some(BenchPart::Schedule(args)) => return schedule::bench_schedule(args),
        None => {}
    }
    let (plan, plugins) = prepare(&args.data)?;
    work_folder(&plan)?;
    let (cells, ingest_seconds) = read_alone(&plan)?;
    let (checkpoint, ..) = open_checkpoint(&plan, &plugins, &[])?;
    let engine = Engine::open(&plan, plugins).map_err(|error| Failure::fatal(&error))?;
    let began = Instant::now();
    let ran = engine.run(Box::new(checkpoint), Arc::new(Done::new()), Box::new(Silent));
    let summary = ran.map_err(|error| Failure::fatal(error.as_ref()))?;
    let seconds = began.elapsed().as_secs_f64();
    let rows = summary.counts.committed();
    let (load, scoring) = (summary.load.as_secs_f64(), summary.scoring.as_secs_f64());
    let figures = json!({
        "suppliers": rows,
        "entries": summary.entries,
        "workers": plan.execution.workers,
        "scoring_threads": plan.execution.scoring_threads,
        "score_stages": plan.stages.iter().filter(|stage| matches!(stage.kind, StageKind::Score(_))).count(),
        "seconds": seconds,
        "rows_per_second": rows as f64 / seconds,
        "load_seconds": load,
        "matching_rows_per_second": rows as f64 / (seconds - load),
        "pairs": summary.pairs,
        "scoring_busy_seconds": scoring,
        "pairs_per_second": summary.pairs as f64 / scoring,
        "cells": cells,
        "ingest_seconds": ingest_seconds,
        "cells_per_second": cells as f64 / ingest_seconds,
        "memory_peak_mib": memory_peak_mib(),
        "counts": summary.counts,
    });
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{figures:#}")?;
    } else {
        table(&mut out, &figures)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The pipeline on generated files, and its plug-ins.
fn prepare(args: &BenchData) -> Result<(Arc<Plan>, Vec<Vec<Plugin>>), Failure> {
    let data = data(args)?;
    let work = data.join("run");
    let set = |key: &str, file: PathBuf| format!("{key}={}", file.display());
    let set = vec![
        set("source.xlsx.path", data.join("suppliers.xlsx")),
        set("reference.parquet.path", data.join("registry.parquet")),
        set("sink.checkpoint", work.join("bench.duckdb")),
        "sink.fallback=none".to_owned(),
    ];
    let Loaded { checked, plugins, .. } = load(&PipelineArgs { pipeline: args.pipeline.clone(), set })?;
    let mut plan = checked.plan;
    plan.execution.workers = args.workers.unwrap_or(plan.execution.workers).max(1);
    Ok((Arc::new(plan), plugins))
}

/// A benchmark starts without a checkpoint; its folder is the benchmark's own.
fn work_folder(plan: &Plan) -> Result<(), Failure> {
    match plan.sink.checkpoint.parent().map(std::fs::remove_dir_all) {
        Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::fatal(&error)),
        _ => Ok(()),
    }
}

/// The folder of the generated files, made if they are not there.
fn data(args: &BenchData) -> Result<PathBuf, Failure> {
    let name = format!("{}x{}-{}", args.suppliers, args.establishments, args.seed);
    let folder = args.folder.join(name);
    if ["suppliers.xlsx", "registry.parquet", "truth.csv"].iter().all(|file| folder.join(file).is_file()) {
        return absolute(&folder);
    }
    tell!("making {} suppliers and {} establishments in {}", args.suppliers, args.establishments, folder.display());
    let program = std::env::current_exe().map_err(|error| Failure::fatal(&error))?;
    let mut generate = Command::new(program);
    generate.arg("generate").arg("--out").arg(&folder);
    for (flag, value) in
        [("--suppliers", args.suppliers), ("--establishments", args.establishments), ("--seed", args.seed)]
    {
        generate.arg(flag).arg(value.to_string());
    }
    let made = generate.stdout(std::process::Stdio::null()).status().map_err(|error| Failure::fatal(&error))?;
    if !made.success() {
        return Err(Failure::Fatal("the benchmark's files could not be made".to_owned()));
    }
    absolute(&folder)
}

fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|error| Failure::fatal(&error))
}

/// Reads the supplier file and nothing else: cells and seconds.
fn read_alone(plan: &Plan) -> Result<(u64, f64), Failure> {
    let began = Instant::now();
    let mut source = open_source(&plan.source, 8_192).map_err(|error| Failure::fatal(&error))?;
    while source.next_batch().map_err(|error| Failure::fatal(&error))?.is_some() {}
    Ok((source.facts().cells.read, began.elapsed().as_secs_f64()))
}

/// The most memory that this process has held, where the system says (Linux).
fn memory_peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn table(out: &mut impl Write, figures: &serde_json::Value) -> std::io::Result<()> {
    let number = |key: &str| figures.get(key).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
    let rows = [
        ("suppliers", number("suppliers"), ""),
        ("registry entries", number("entries"), ""),
        ("workers", number("workers"), ""),
        ("whole run", number("seconds"), "s"),
        ("suppliers, whole run", number("rows_per_second"), "rows/s"),
        ("registry load", number("load_seconds"), "s"),
        ("suppliers, after the load", number("matching_rows_per_second"), "rows/s"),
        ("pairs scored", number("pairs"), ""),
        ("scoring threads busy", number("scoring_busy_seconds"), "s"),
        ("scoring, a busy thread", number("pairs_per_second"), "pairs/s"),
        ("reading the XLSX alone", number("ingest_seconds"), "s"),
        ("cells, reading alone", number("cells_per_second"), "cells/s"),
        ("peak memory", number("memory_peak_mib"), "MiB"),
    ];
    for (what, value, unit) in rows {
        let digits = if value.fract() == 0.0 || value >= 1_000.0 { 0 } else { 2 };
        writeln!(out, "{what:<26} {value:>14.digits$} {unit}")?;
    }
    Ok(())
}
