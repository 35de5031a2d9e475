//! The subcommands, one file each.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod decisions;
pub(crate) mod doctor;
pub(crate) mod evaluate;
mod evidence_again;
pub(crate) mod explain;
mod explain_result;
pub(crate) mod guided;
pub(crate) mod import;
pub(crate) mod index;
pub(crate) mod inspect;
mod model_file;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod registry;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod survey;
pub(crate) mod test;
pub(crate) mod train;
pub(crate) mod validate;
pub(crate) mod watch;
pub(crate) mod worker_process;
