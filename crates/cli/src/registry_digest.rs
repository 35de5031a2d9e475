//! The digest of the registry's files.

use matchflow_model::plan::Plan;

use crate::failure::{Failure, FailureContext};

/// A digest of the contents of the registry's files.
pub(crate) fn registry_digest(plan: &Plan) -> Result<String, Failure> {
    matchflow_ingest::digest(&plan.reference.table).while_doing("reading the registry")
}
