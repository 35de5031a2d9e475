//! The parts of a run that can be measured, one module each.

pub(crate) mod candidates;
pub(crate) mod commit;
mod data;
pub(crate) mod dedupe;
pub(crate) mod ingest;
pub(crate) mod run;
pub(crate) mod scoring;
pub(crate) mod serve;
