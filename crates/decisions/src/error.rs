//! Why decisions cannot be read or stored.

use std::io;
use std::path::PathBuf;

/// The file of decisions cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// It cannot be read.
    #[error("the decisions `{}` cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Nothing of what was to be stored counts as stored.
    #[error("the decisions `{}` cannot be written, and nothing was stored: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}
