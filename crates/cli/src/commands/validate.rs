//! `matchflow validate`.

use std::io::Write;
use std::process::ExitCode;

use crate::args::PipelineArgs;
use crate::failure::Failure;
use crate::load::load_with_tests;

/// Checks a pipeline and everything that it refers to.
pub(crate) fn validate(args: &PipelineArgs) -> Result<ExitCode, Failure> {
    let checked = load_with_tests(args)?.checked;
    let (stages, plugins, tests) = (checked.plan.stages.len(), checked.plugins.len(), checked.tests.len());
    let file = args.pipeline.display();
    writeln!(std::io::stdout(), "{file}: no problems ({stages} stages, {plugins} scorers, {tests} tests)")?;
    Ok(ExitCode::SUCCESS)
}
