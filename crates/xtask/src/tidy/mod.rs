//! Guard rails over the text of the workspace.
//!
//! **Limits.** Rules read text, not types: a macro that generates a function, or a module with a `#[path]`, is not seen.
//! The whole check takes well under two seconds; it compiles nothing.
//!
//! **Invariants.** A ceiling is never raised by a tool: [`bless`] lowers ceilings and removes those that are no longer
//! needed. Every violation names a file, a line, the rule, and what to do.
//!
//! **How.** A [`Workspace`] is every tracked file and every cargo member with its dependencies. Rules that count give
//! [`Measure`]s, each with a limit; where today's code is above the limit, `tidy/ceilings.json` holds what is allowed.
//! Other rules give [`Violation`]s. What the rules know of this workspace (layers, words) is in `tidy/rules.txt`.

mod ceilings;
mod circles;
mod code_map;
mod layers;
mod lengths;
mod machine_paths;
mod names;
mod report;
mod rules;
mod source;
mod workspace;

use std::path::PathBuf;

pub use ceilings::{Ceilings, Measure};
pub use report::{TidyError, TidyReport, Violation};
pub use rules::Rules;
pub use workspace::{Dependency, Member, TextFile, Workspace};

/// The root of this repository.
pub fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).map(PathBuf::from).unwrap_or(crate_folder)
}

/// Checks every rule.
pub fn check(workspace: &Workspace) -> Result<TidyReport, TidyError> {
    let rules = Rules::parse(workspace.required(rules::FILE)?)?;
    let ceilings = match workspace.text(ceilings::FILE) {
        Some(text) => Ceilings::parse(text)?,
        None => Ceilings::default(),
    };
    let measures = measure(workspace, &rules);
    let mut violations = ceilings.exceeded(&measures);
    violations.extend(layers::check(workspace, &rules));
    violations.extend(code_map::check(workspace, &rules));
    violations.extend(machine_paths::check(workspace));
    violations.sort();
    Ok(TidyReport { violations, loose: ceilings.loose(&measures) })
}

/// Lowers the ceilings to what is measured and rewrites the `knows` column of the code map, then checks again.
///
/// Where there is no file of ceilings, the first one holds what is measured.
pub fn bless(workspace: &Workspace) -> Result<TidyReport, TidyError> {
    let rules = Rules::parse(workspace.required(rules::FILE)?)?;
    let measures = measure(workspace, &rules);
    let ceilings = match workspace.text(ceilings::FILE) {
        Some(text) => Ceilings::parse(text)?.lowered(&measures),
        None => Ceilings::from_measures(&measures),
    };
    workspace.write(ceilings::FILE, &ceilings.render())?;
    if let Some(text) = code_map::rewritten(workspace) {
        workspace.write(code_map::FILE, &text)?;
    }
    check(&Workspace::load(workspace.folder())?)
}

fn measure(workspace: &Workspace, rules: &Rules) -> Vec<Measure> {
    let mut measures = lengths::measure(workspace);
    measures.extend(circles::measure(workspace));
    measures.extend(names::measure(workspace, rules));
    measures
}
