//! Developers' tools, run as `cargo xtask COMMAND`.
//!
//! - [`tidy`]: guard rails over the text of the workspace (lengths, import circles, names, layers, documentation).

pub mod tidy;
