//! candidates.
