//! The readers' counters, updated while a run reads.

use std::sync::{Arc, Mutex};

use matchflow_ingest::{ReferenceFacts, SourceFacts};

use crate::sync::lock;

/// The counters of the supplier file and of the registry.
#[derive(Clone, Default)]
pub(crate) struct IngestCounts {
    source: Arc<Mutex<SourceFacts>>,
    reference: Arc<Mutex<ReferenceFacts>>,
}

impl IngestCounts {
    pub(crate) fn source(&self) -> SourceFacts {
        lock(&self.source).clone()
    }

    pub(crate) fn reference(&self) -> ReferenceFacts {
        *lock(&self.reference)
    }

    pub(crate) fn set_source(&self, counts: SourceFacts) {
        *lock(&self.source) = counts;
    }

    pub(crate) fn set_reference(&self, counts: ReferenceFacts) {
        *lock(&self.reference) = counts;
    }
}
