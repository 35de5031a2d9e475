//! The machine-readable reason why an input file cannot be read.

/// The condition of an input file that ends a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputCondition {
    /// There is no such file, or it cannot be accessed.
    Missing,
    /// It has no bytes, or no rows below its header.
    Empty,
    /// Its contents are not of its format.
    Damaged,
    /// It changed while a run was reading it.
    Changed,
}
