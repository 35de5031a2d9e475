//! The paths of results and their checkpoint. Files that are not results of matchflow are never overwritten, and
//! neither are those of another supplier file: `list.csv` and `list.xlsx` have separate results.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use matchflow_checkpoint::read_results;
use matchflow_files::{is_stdout, open_regular};

use super::refusal;
use crate::failure::Failure;
use crate::messages::GuideError;
use crate::standard_input::is_standard_input;

/// Maximum number of names tried for results next to the supplier file.
const NAMES_MAX: u32 = 1_000;
/// Extensions after that of a table.
const COMPRESSED: [&str; 5] = ["gz", "gzip", "zst", "zstd", "zip"];
/// The magic bytes of a DuckDB file, after its checksum.
const DUCKDB_MAGIC: &[u8; 4] = b"DUCK";
const DUCKDB_MAGIC_AT: u64 = 8;

/// The output and the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultPaths {
    pub(crate) output: PathBuf,
    pub(crate) checkpoint: PathBuf,
}

/// `suppliers-results.xlsx` and `suppliers-results.duckdb` for `suppliers.csv`, or as requested by `output`.
pub(crate) fn result_paths(file: &Path, output: Option<&Path>, is_dedupe: bool) -> Result<ResultPaths, Failure> {
    let (stem, base) = (table_name(file), table_base(file));
    let word = if is_dedupe { "duplicates" } else { "results" };
    let next_to_file = |number: u32| {
        let suffix = if number < 2 { String::new() } else { format!("-{number}") };
        let name = |extension: &str| base.with_file_name(format!("{stem}-{word}{suffix}.{extension}"));
        ResultPaths { output: name("xlsx"), checkpoint: name("duckdb") }
    };
    match output {
        None => {
            let is_own = |paths: &ResultPaths| is_free(paths) && !is_of_another(file, &paths.checkpoint);
            let free = (1..=NAMES_MAX).map(next_to_file).find(is_own);
            let none = || refusal(GuideError::NoFreeName { file: file.display().to_string() });
            free.ok_or_else(none)
        }
        Some(output) if is_stdout(output) => Ok(ResultPaths { output: output.to_owned(), ..next_to_file(1) }),
        Some(output) => {
            let paths = ResultPaths { output: output.to_owned(), checkpoint: checkpoint_of(output) };
            if is_free(&paths) {
                return Ok(paths);
            }
            Err(refusal(GuideError::ForeignOutput {
                output: output.display().to_string(),
                checkpoint: paths.checkpoint.display().to_string(),
            }))
        }
    }
}

/// `results.duckdb` for `results.xlsx`; results that are a table of a database have another next to it.
fn checkpoint_of(output: &Path) -> PathBuf {
    let checkpoint = output.with_extension("duckdb");
    if checkpoint == output { output.with_extension("checkpoint.duckdb") } else { checkpoint }
}

/// The name of a supplier file without its extensions: `suppliers` for `suppliers.csv.gz`, for the folder `suppliers` and
/// for the files `suppliers/*.csv`.
pub(crate) fn table_name(file: &Path) -> String {
    let base = table_base(file);
    let stem = |path: &Path| PathBuf::from(path.file_stem().unwrap_or_default());
    let is_compressed = base.extension().is_some_and(|extension| COMPRESSED.iter().any(|known| extension == *known));
    let name = if is_compressed { stem(&stem(&base)) } else { stem(&base) };
    name.to_string_lossy().into_owned()
}

/// The file, or its replacement in names: the folder of a pattern, `stdin` for standard input.
fn table_base(file: &Path) -> PathBuf {
    if is_standard_input(file) {
        return PathBuf::from("stdin");
    }
    let has_pattern = |path: &Path| path.to_string_lossy().contains(['*', '?', '[']);
    if !has_pattern(file) || file.exists() {
        return file.to_owned();
    }
    let folder = file.ancestors().find(|folder| !has_pattern(folder)).unwrap_or(Path::new(""));
    if folder.file_name().is_none() { folder.join("suppliers") } else { folder.to_owned() }
}

/// The base path of a table's results: `suppliers` next to `suppliers.csv.gz`.
pub(crate) fn result_base(file: &Path) -> PathBuf {
    table_base(file).with_file_name(table_name(file))
}

/// Whether nothing foreign is overwritten: there is no file, or there is a checkpoint with its results.
fn is_free(paths: &ResultPaths) -> bool {
    match (paths.output.exists(), paths.checkpoint.exists()) {
        (false, false) => true,
        // A device is not a file that could be lost.
        (true, false) => !paths.output.is_file() && !paths.output.is_dir(),
        (_, true) => is_checkpoint(&paths.checkpoint),
    }
}

/// Whether a checkpoint has the results of another supplier file. One that cannot be read now does not count: the run
/// then ends with the reason.
fn is_of_another(file: &Path, checkpoint: &Path) -> bool {
    if !checkpoint.exists() {
        return false;
    }
    let recorded = read_results(checkpoint).and_then(|results| results.tables().supplier_file());
    // The folder may have been moved.
    recorded.ok().flatten().is_some_and(|recorded| Path::new(&recorded).file_name() != file.file_name())
}

fn is_checkpoint(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = open_regular(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(DUCKDB_MAGIC_AT))?;
        file.read_exact(&mut magic)
    });
    read.is_ok() && &magic == DUCKDB_MAGIC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_after_their_table() {
        for (file, expected) in [
            ("a/suppliers.csv", "a/suppliers-results.xlsx"),
            ("a/suppliers.csv.gz", "a/suppliers-results.xlsx"),
            ("a/suppliers", "a/suppliers-results.xlsx"),
            ("a/suppliers/**/*.csv", "a/suppliers-results.xlsx"),
            ("*.csv", "suppliers-results.xlsx"),
            ("-", "stdin-results.xlsx"),
        ] {
            assert_eq!(result_paths(Path::new(file), None, false).unwrap().output, Path::new(expected), "{file}");
        }
    }

    #[test]
    fn files_of_others_are_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let file = path("list.csv");
        let first = result_paths(&file, None, false).unwrap();
        assert_eq!(first.output, path("list-results.xlsx"));
        assert_eq!(first.checkpoint, path("list-results.duckdb"));
        std::fs::write(path("list-results.xlsx"), "someone's").unwrap();
        assert_eq!(result_paths(&file, None, false).unwrap().output, path("list-results-2.xlsx"));
        assert!(result_paths(&file, Some(&path("list-results.xlsx")), false).is_err());
        std::fs::write(path("list-results.duckdb"), "not a database").unwrap();
        assert_eq!(result_paths(&file, None, false).unwrap().output, path("list-results-2.xlsx"));
        std::fs::write(path("list-results.duckdb"), "checksumDUCK").unwrap();
        assert_eq!(result_paths(&file, None, false).unwrap(), first);
        assert_eq!(result_paths(&file, Some(&path("list-results.xlsx")), false).unwrap(), first);
        assert_eq!(result_paths(&file, None, true).unwrap().output, path("list-duplicates.xlsx"));
        assert!(result_paths(&file, Some(Path::new("-")), false).is_ok());
    }
}
