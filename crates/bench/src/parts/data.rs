//! The files of a benchmark: generated once by a separate process, or those named in the pipeline.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use matchflow_model::plan::Plan;

use crate::{BenchData, BenchError, BenchHost, LoadedPlan};

/// The pipeline limited to `rows` rows. Results go to a folder that belongs to the benchmark.
pub(super) fn prepare(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<LoadedPlan, BenchError> {
    if !args.pipeline.is_file() {
        // Checked before any file is generated, which takes minutes.
        let path = args.pipeline.display();
        return Err(BenchError::Usage(format!("`{path}` is not a file: name a pipeline with --pipeline")));
    }
    let data = if args.given { given(args, host)? } else { generated(args, rows, host)? };
    let set = |key: &str, file: PathBuf| format!("{key}={}", file.display());
    let checkpoint = data.join("run").join("bench.duckdb");
    let mut settings = vec![set("sink.checkpoint", checkpoint), "sink.fallback=none".to_owned()];
    if !args.given {
        settings.push(set("source.xlsx.path", data.join("suppliers.xlsx")));
        settings.push(set("reference.parquet.path", data.join("registry.parquet")));
    }
    let mut loaded = host.load(&args.pipeline, settings)?;
    let execution = &mut loaded.plan.execution;
    execution.workers = args.workers.unwrap_or(execution.workers).max(1);
    execution.limit_rows = Some(rows);
    Ok(loaded)
}

/// Removes the checkpoint of an earlier measurement and the files that belong to it, by their names; other files stay.
pub(super) fn clear_checkpoint(plan: &Arc<Plan>) -> Result<(), BenchError> {
    let checkpoint = &plan.sink.checkpoint;
    let (Some(folder), Some(name)) = (checkpoint.parent(), checkpoint.file_name()) else { return Ok(()) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let is_ours = |path: &PathBuf| {
        let found = path.file_name().unwrap_or_default().as_encoded_bytes();
        found.starts_with(name.as_encoded_bytes())
    };
    for path in entries.flatten().map(|entry| entry.path()).filter(is_ours) {
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(|error| BenchError::failed("removing the checkpoint of an earlier benchmark", &error))?;
    }
    Ok(())
}

/// The folder in which generated files are reused.
pub(super) fn data_folder(named: Option<&Path>, host: &dyn BenchHost) -> Result<PathBuf, BenchError> {
    let folder = named.map(Path::to_owned).or_else(|| host.data_folder());
    folder
        .ok_or_else(|| BenchError::Usage("there is no cache folder for generated files: give `--data DIR`".to_owned()))
}

/// The results folder for given files.
fn given(args: &BenchData, host: &dyn BenchHost) -> Result<PathBuf, BenchError> {
    let folder = data_folder(args.folder.as_deref(), host)?.join("given");
    std::fs::create_dir_all(&folder).map_err(|error| folder_error(&folder, &error))?;
    absolute(&folder)
}

/// The folder of the generated files, which are generated if they are missing.
fn generated(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<PathBuf, BenchError> {
    let data = data_folder(args.folder.as_deref(), host)?;
    let folder = data.join(format!("{rows}x{}-{}", args.establishments, args.seed));
    if ["suppliers.xlsx", "registry.parquet", "truth.csv"].iter().all(|file| folder.join(file).is_file()) {
        return absolute(&folder);
    }
    let establishments = args.establishments;
    host.message(&format!("generating {rows} suppliers and {establishments} establishments in {}", folder.display()));
    let numbers = [("--suppliers", rows), ("--establishments", establishments), ("--seed", args.seed)];
    generate(&folder, &[], &numbers)?;
    absolute(&folder)
}

/// Runs `matchflow generate` in a separate process, so that its memory is not measured.
pub(super) fn generate(folder: &Path, flags: &[&str], numbers: &[(&str, u64)]) -> Result<(), BenchError> {
    let starting = |error: std::io::Error| BenchError::failed("starting `matchflow generate`", &error);
    let mut command = Command::new(std::env::current_exe().map_err(starting)?);
    command.args(["generate", "--overwrite"]).args(flags).arg("--out").arg(folder);
    for (flag, value) in numbers {
        command.arg(flag).arg(value.to_string());
    }
    let status = command.stdout(Stdio::null()).status().map_err(starting)?;
    if status.success() {
        return Ok(());
    }
    Err(BenchError::Failed(format!("`matchflow generate` failed in {} ({status})", folder.display())))
}

fn absolute(folder: &Path) -> Result<PathBuf, BenchError> {
    folder.canonicalize().map_err(|error| folder_error(folder, &error))
}

fn folder_error(folder: &Path, error: &std::io::Error) -> BenchError {
    BenchError::Failed(format!("the folder `{}` cannot be used: {error}", folder.display()))
}
