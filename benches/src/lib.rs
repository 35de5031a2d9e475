//! Measures the parts of a run, each on data made from a seed; `matchflow bench` measures a whole run.
//!
//! `cargo bench -p matchflow-benches --bench NAME -- [NUMBER...]`: the numbers are sizes, documented in each bench.

/// The argument at `position` (from 0, not counting flags), or `default` if it is missing.
///
/// # Errors
///
/// The argument, if it is not a number.
pub fn size(position: usize, default: usize) -> Result<usize, String> {
    let argument = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).nth(position);
    argument.map_or(Ok(default), |text| text.replace('_', "").parse().map_err(|_| format!("`{text}` is not a number")))
}
