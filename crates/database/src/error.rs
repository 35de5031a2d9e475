//! What can go wrong with a database. Callers add which file or server it is.

/// A fault of a database, or of what is requested of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Another program has the file open for writing.
    #[error("another program has it open{}: close it there", pid_note(*.pid))]
    Locked {
        /// Its process id, where DuckDB names it.
        pid: Option<u32>,
    },
    /// The database's message.
    #[error("{0}")]
    Refused(String),
    /// No table or view of that name.
    #[error("it has no table `{table}`")]
    UnknownTable {
        /// The table that was requested.
        table: String,
        /// The tables and views that there are.
        tables: Vec<String>,
    },
    /// Several tables, or none, of which none is named.
    #[error("it has {} tables", tables.len())]
    SeveralTables {
        /// The tables and views that there are.
        tables: Vec<String>,
    },
    /// A table that matchflow did not write.
    #[error("the table was not written by matchflow and is not replaced: name another one, or drop it")]
    ForeignTable,
    /// A table to which rows with other columns are to be added.
    #[error(
        "the table has other columns than the results{}{}: name another one, or use `mode: replace`",
        columns_note("it lacks", missing),
        columns_note("it has", others)
    )]
    OtherColumns {
        /// Columns of the rows that the table does not have.
        missing: Vec<String>,
        /// Columns of the table that the rows do not have.
        others: Vec<String>,
    },
    /// The system's error.
    #[error("{0}")]
    Io(String),
}

fn pid_note(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (PID {pid})")).unwrap_or_default()
}

fn columns_note(verb: &str, columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!("; {verb} {}", columns.join(", ")) }
}
