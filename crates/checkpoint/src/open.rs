//! Opening the file: created completely or not at all, then checked to be this pipeline's checkpoint.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use duckdb::{AccessMode, Config, Connection, params};
use matchflow_database::database_file;
use matchflow_files::{follow_links, with_suffix};
use matchflow_model::fault;

use crate::error::CheckpointError;
use crate::layout::{LAYOUT_VERSION, definition, sql_text, tables};
use crate::quarantine::logs_of;
use crate::repair::check_log;
use crate::views::temporary_views;

/// Size to which the log may grow before DuckDB folds it into the file automatically, in the middle of a commit.
pub(crate) const CHECKPOINT_THRESHOLD: &str = "1GB";

/// DuckDB's memory limit; a larger sort or aggregate spills to a folder next to the file.
const MEMORY_LIMIT: &str = "512MB";

/// DuckDB's threads. An epoch is too small to share: a second thread only waits, and costs two fifths more CPU time.
const THREADS: i64 = 1;

/// DuckDB's settings. Network access is disabled.
pub(crate) fn config(mode: AccessMode) -> Result<Config, duckdb::Error> {
    Config::default()
        .access_mode(mode)?
        .enable_autoload_extension(false)?
        .with("autoinstall_known_extensions", "false")?
        .with("checkpoint_threshold", CHECKPOINT_THRESHOLD)?
        .threads(THREADS)?
        .with("memory_limit", MEMORY_LIMIT)
}

/// The target of a path with links resolved, which need not exist: DuckDB's log is next to that file, not next to the
/// link. Devices and pipes are refused, since opening a pipe would block.
pub(crate) fn place_of(path: &Path) -> Result<PathBuf, CheckpointError> {
    let refused = |reason: &str| CheckpointError::Unusable { path: path.to_owned(), reason: reason.to_owned() };
    let place = follow_links(path).map_err(|error| unusable(path, &error))?;
    if fs::metadata(&place).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return Err(refused("it is a device or a pipe, not a file"));
    }
    // DuckDB opens the absolute path, whatever the working directory.
    let absolute = std::path::absolute(&place).map_err(|error| unusable(path, &error))?;
    let folder = absolute.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    if cfg!(unix) && folder.contains('?') {
        return Err(refused(&format!(
            "the name of its folder, `{folder}`, contains `?`, which DuckDB does not support; put it in another folder"
        )));
    }
    Ok(place)
}

/// Prevents later statements from reading or writing other files, for example through a view or function added to the
/// checkpoint by another program. Attached files stay open.
pub(crate) fn lock_down(connection: &Connection, path: &Path) -> Result<(), CheckpointError> {
    // DuckDB allows the logs that it expects, which are others if the file's name has a `?`.
    let logs: Vec<String> = logs_of(path).iter().map(|log| quoted(log)).collect();
    let logs = logs.join(", ");
    let locked = connection.execute_batch(&format!("SET allowed_paths = [{logs}]; SET enable_external_access = false"));
    locked.map_err(|error| CheckpointError::query(path, "be locked down", &error))
}

/// Opens the checkpoint of `pipeline` for writing, and creates it if it does not exist.
pub(crate) fn open_or_create(path: &Path, pipeline: &str) -> Result<Connection, CheckpointError> {
    if !exists(path)? {
        create(path, pipeline)?;
    }
    let connection = connect(path, AccessMode::ReadWrite)?;
    this_layout(check(&connection, "main", path, Some(pipeline))?, path)?;
    use_own_views(&connection, path)?;
    Ok(connection)
}

/// Opens an existing checkpoint of any pipeline for reading.
pub(crate) fn open_read_only(path: &Path) -> Result<Connection, CheckpointError> {
    let place = place_of(path)?;
    if !exists(&place)? {
        return Err(CheckpointError::Missing { path: path.to_owned() });
    }
    let connection = connect(&place, AccessMode::ReadOnly)?;
    this_layout(check(&connection, "main", path, None)?, path)?;
    use_own_views(&connection, path)?;
    lock_down(&connection, path)?;
    Ok(connection)
}

/// Redefines the views for this connection: those in the file may have been replaced.
pub(crate) fn use_own_views(connection: &Connection, path: &Path) -> Result<(), CheckpointError> {
    let defined = connection.execute_batch(&temporary_views());
    defined.map_err(|error| CheckpointError::query(path, "define its views", &error))
}

/// Opens the file without checking its content.
pub(crate) fn connect(path: &Path, mode: AccessMode) -> Result<Connection, CheckpointError> {
    check_log(path)?;
    config(mode)
        .and_then(|config| Connection::open_with_flags(database_file(path), config))
        .map_err(|error| CheckpointError::opening(path, &error))
}

/// Checks that a catalog of `connection`, opened from `path`, is a checkpoint of `pipeline`, of this layout or an older
/// one, and returns its layout.
pub(crate) fn check(
    connection: &Connection,
    catalog: &str,
    path: &Path,
    pipeline: Option<&str>,
) -> Result<u32, CheckpointError> {
    let sql = format!("SELECT layout_version, pipeline FROM {catalog}.meta");
    let (found, owner): (u32, String) = connection
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(|_| CheckpointError::NotACheckpoint { path: path.to_owned() })?;
    if found > LAYOUT_VERSION {
        this_layout(found, path)?;
    }
    if has_foreign_code(connection, catalog).map_err(|error| CheckpointError::query(path, "be checked", &error))? {
        return Err(CheckpointError::NotACheckpoint { path: path.to_owned() });
    }
    match pipeline {
        Some(requested) if requested != owner => {
            Err(CheckpointError::OtherPipeline { path: path.to_owned(), found: owner, requested: requested.to_owned() })
        }
        _ => Ok(found),
    }
}

/// Whether a table of the layout is a view, or the file defines functions: both would run with this crate's queries.
fn has_foreign_code(connection: &Connection, catalog: &str) -> Result<bool, duckdb::Error> {
    let names: Vec<String> = tables().iter().map(|table| sql_text(table.name)).collect();
    let database = if catalog == "main" { "current_database()".to_owned() } else { sql_text(catalog) };
    let sql = format!(
        "SELECT (SELECT count(*) FROM duckdb_views() WHERE database_name = {database} AND NOT internal AND view_name IN ({}))
            + (SELECT count(*) FROM duckdb_functions() WHERE database_name = {database} AND NOT internal) > 0",
        names.join(", ")
    );
    connection.query_row(&sql, [], |row| row.get(0))
}

fn this_layout(found: u32, path: &Path) -> Result<(), CheckpointError> {
    match found == LAYOUT_VERSION {
        true => Ok(()),
        false => Err(CheckpointError::OtherLayout { path: path.to_owned(), found, supported: LAYOUT_VERSION }),
    }
}

/// Whether the file exists. An unreadable parent folder is an error, not an absence.
pub(crate) fn exists(path: &Path) -> Result<bool, CheckpointError> {
    path.try_exists().map_err(|error| unusable(path, &error))
}

/// Creates the checkpoint under a temporary name and then renames it, so that a kill leaves all of it or nothing.
fn create(path: &Path, pipeline: &str) -> Result<(), CheckpointError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| unusable(path, &error))?;
    let staging = staging_path(path);
    let made = fill(&staging, pipeline).and_then(|()| {
        fault::point("before the checkpoint has its name");
        publish(&staging, path)
    });
    // Whatever is left under the temporary name belongs to this process, whether or not it got the final name.
    let _ = fs::remove_file(&staging);
    made.map_err(|error| match error {
        // The error has the name that the user knows.
        CheckpointError::Unusable { reason, .. } => {
            let reason = reason.replace(&*staging.to_string_lossy(), &path.to_string_lossy());
            CheckpointError::Unusable { path: path.to_owned(), reason }
        }
        other => other,
    })
}

pub(crate) fn fill(staging: &Path, pipeline: &str) -> Result<(), CheckpointError> {
    match fs::remove_file(staging) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(staging, &error)),
        _ => {}
    }
    let connection = connect(staging, AccessMode::ReadWrite)?;
    define(&connection, pipeline).map_err(|error| CheckpointError::query(staging, "make its tables", &error))?;
    connection.close().map_err(|(_, error)| CheckpointError::query(staging, "close", &error))
}

/// Linking fails if the name is taken, while a rename would replace the file: of two runs that start together, only one
/// creates it.
fn publish(staging: &Path, path: &Path) -> Result<(), CheckpointError> {
    match fs::hard_link(staging, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems do not support links.
        Err(_) => fs::rename(staging, path).map_err(|error| unusable(path, &error)),
    }
}

pub(crate) fn staging_path(path: &Path) -> PathBuf {
    with_suffix(path, format!(".new-{}", std::process::id()))
}

fn define(connection: &Connection, pipeline: &str) -> Result<(), duckdb::Error> {
    let transaction = connection.unchecked_transaction()?;
    connection.execute_batch(&definition())?;
    fault::point("in the definition");
    let version = env!("CARGO_PKG_VERSION");
    connection.execute("INSERT INTO meta VALUES (?, ?, ?)", params![LAYOUT_VERSION, pipeline, version])?;
    transaction.commit()?;
    connection.execute_batch("CHECKPOINT")
}

/// A path as SQL text.
pub(crate) fn quoted(path: &Path) -> String {
    sql_text(&path.to_string_lossy())
}

pub(crate) fn unusable(path: &Path, error: &std::io::Error) -> CheckpointError {
    CheckpointError::Unusable { path: path.to_owned(), reason: error.to_string() }
}
