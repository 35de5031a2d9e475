//! What keeps an input file from being read, as programs tell it apart.

/// The condition of an input file that ends a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputCondition {
    /// There is no such file, or it may not be read.
    Missing,
    /// It has no bytes, or no rows under its header.
    Empty,
    /// Its bytes are not those of its format.
    Damaged,
    /// It changed while a run read it.
    Changed,
}
