//! The layout of the table of output files.

use crate::layout::{RUN_ID, TEXT, TableLayout, table};

/// The table.
pub(crate) fn output_files() -> TableLayout {
    table(
        "output_files",
        "An output file that a run wrote. One that has another digest now was changed by somebody since.",
        &[RUN_ID, ("path", TEXT, "Absolute path."), ("digest", TEXT, "SHA-256 of the file, lower-case hexadecimal.")],
    )
}
