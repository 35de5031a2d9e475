//! The reference page of the figures.

use std::fmt::Write;

use matchflow_model::language::Language;

use crate::figures::FIGURES;

/// The page, in Markdown.
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Figures of a report\n\n\
         `matchflow report` has these figures in its page, under `figures` in its JSON, and by these names in `--fail-if`. A figure \
         that a report cannot have, such as `lost` before the second run, `amount` without `source.amount` or `precision` without \
         a truth or decisions, is `null`; a condition that names it ends with exit code 64.\n\n\
         A condition compares figures and numbers by `<`, `<=`, `>`, `>=`, `=` and `!=`; there are `+ - * /`, `and`, `or`, `not` and \
         parentheses: `matched_share < 0.8 or lost / rows > 0.02`. The command ends with exit code 7 if it is met.\n\n\
         | figure | unit | meaning |\n|---|---|---|\n",
    );
    for figure in FIGURES {
        let meaning = figure.meaning.get(Language::default());
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {meaning} |", figure.name, figure.unit.as_str());
    }
    page
}
