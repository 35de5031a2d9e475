//! A register of the files written by exports.

use std::path::Path;

use crate::error::ExportError;

/// Remembers files written by exports, so that a file modified since is not overwritten.
pub trait OutputRegister {
    /// Whether an export has written a file with this SHA-256, lower-case hexadecimal.
    fn has_written(&self, digest: &str) -> bool;

    /// Records a file before it gets its name.
    fn record(&mut self, place: &Path, digest: &str) -> Result<(), ExportError>;
}

/// Remembers nothing: every existing file gets another name.
pub struct NoRegister;

impl OutputRegister for NoRegister {
    fn has_written(&self, _digest: &str) -> bool {
        false
    }

    fn record(&mut self, _place: &Path, _digest: &str) -> Result<(), ExportError> {
        Ok(())
    }
}
