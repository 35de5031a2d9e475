//! The output files that the runs of a checkpoint wrote.

use std::path::Path;

use matchflow_checkpoint::Checkpoint;
use matchflow_export::{ExportError, OutputRegister};

/// The register of output files in the checkpoint.
pub(crate) struct WrittenOutputs<'a>(pub(crate) &'a Checkpoint);

impl OutputRegister for WrittenOutputs<'_> {
    fn has_written(&self, digest: &str) -> bool {
        // An output that cannot be looked up counts as not written, and is kept.
        self.0.has_written_output(digest).unwrap_or_default()
    }

    fn record(&mut self, place: &Path, digest: &str) -> Result<(), ExportError> {
        self.0.record_output(place, digest).map_err(|error| ExportError::Register { source: Box::new(error) })
    }
}
