//! Why there is no new edition. Whatever it is, the editions that were there are as before.

use std::path::PathBuf;

use matchflow_ingest::IngestError;
use matchflow_remote::DownloadError;
use parquet::errors::ParquetError;

use crate::columns::ColumnProblem;
use crate::edition::Edition;

/// A registry that cannot be fetched, read or compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A file was not downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A file cannot be read as a table.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Columns of a file are missing, or have other types.
    #[error("`{file}` is not as expected: {}", list(problems))]
    Columns {
        /// The file.
        file: String,
        /// What is wrong.
        problems: Vec<ColumnProblem>,
    },
    /// A file with fewer rows than the publisher has.
    #[error(
        "`{file}` has {rows} rows, where at least {expected} are expected: it is not complete; `--rows-min` allows fewer"
    )]
    FewRows {
        /// The file.
        file: String,
        /// Its rows.
        rows: u64,
        /// The smallest count.
        expected: u64,
    },
    /// Two rows with one id.
    #[error("`{file}` has several rows with {column} {id}, where each entry has one")]
    DuplicateId {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The id.
        id: String,
    },
    /// Entries whose groups are not in the order of their ids.
    #[error("rows of `{file}` have a group that does not fit their id")]
    GroupOrder {
        /// The file.
        file: String,
    },
    /// Files of different editions.
    #[error("`{one}` is of {one_day} and `{other}` of {other_day}: they are of different editions; fetch both again")]
    MixedEditions {
        /// A file.
        one: String,
        /// The last day on which one of its rows changed.
        one_day: String,
        /// Another file.
        other: String,
        /// The same of that.
        other_day: String,
    },
    /// Entries without their group.
    #[error(
        "{entries} of {all} entries of `{file}` have no row in `{groups}`: the files are of different editions, or one is cut; \
         fetch both again"
    )]
    WithoutGroup {
        /// The file of entries.
        file: String,
        /// The file of groups.
        groups: String,
        /// Entries without a group.
        entries: u64,
        /// All entries.
        all: u64,
    },
    /// A file that is needed and was not given.
    #[error("no file whose name begins with `{stem}` was given with --from; {publisher} has it at {url}")]
    MissingFile {
        /// How its name begins.
        stem: String,
        /// The publisher.
        publisher: String,
        /// Its address.
        url: String,
    },
    /// Several files where one is expected.
    #[error("--from has several files for `{key}`: {}; give the one to read", paths(files))]
    SeveralFiles {
        /// The file of the registry.
        key: String,
        /// The files.
        files: Vec<PathBuf>,
    },
    /// An address or a digest for a file that the registry does not have.
    #[error("`{key}` is no file of this registry; its files are {}", keys.join(", "))]
    UnknownSource {
        /// The name.
        key: String,
        /// The names that are known.
        keys: Vec<String>,
    },
    /// An edition that is older than the one that is there.
    #[error("the edition {found} is older than {latest}, which is there already; nothing was changed")]
    OlderEdition {
        /// The edition of the files.
        found: Edition,
        /// The newest one.
        latest: Edition,
    },
    /// No day that the files are of.
    #[error("no day of the files is known ({reason}); name it with --edition 2026-10-31")]
    NoEdition {
        /// Why.
        reason: String,
    },
    /// An edition that is not there.
    #[error("{} has no edition {name}; it has {}", folder.display(), editions(found))]
    UnknownEdition {
        /// The folder.
        folder: PathBuf,
        /// The edition.
        name: String,
        /// The editions that are there.
        found: Vec<Edition>,
    },
    /// Editions of two registries.
    #[error("{one} and {other} are different registries: two editions of one can be compared")]
    OtherRegistry {
        /// A registry.
        one: String,
        /// The other.
        other: String,
    },
    /// A manifest that cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// Another process works in the folder.
    #[error("another process works in {}; nothing was done", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder of this machine.
    #[error("{} cannot be used: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A table that cannot be written or read again.
    #[error("the table {} cannot be used: {source}", path.display())]
    Parquet {
        /// The table.
        path: PathBuf,
        /// The library's error.
        source: ParquetError,
    },
    /// The thread that writes ended before its time.
    #[error("the thread that writes the table ended: {reason}")]
    Writer {
        /// The panic.
        reason: String,
    },
}

fn list(problems: &[ColumnProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn paths(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn editions(found: &[Edition]) -> String {
    if found.is_empty() {
        return "none".to_owned();
    }
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
