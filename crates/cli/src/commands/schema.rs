//! `matchflow schema`.

use std::io::Write;
use std::process::ExitCode;

use crate::failure::Failure;

/// Prints the JSON Schema of pipeline files.
pub(crate) fn schema() -> Result<ExitCode, Failure> {
    writeln!(std::io::stdout(), "{}", matchflow_pipeline::schema().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
