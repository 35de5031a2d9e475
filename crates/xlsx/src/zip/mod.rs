//! Zip archives as workbooks use them: the directory, and parts inflated as they are read.
//!
//! [`directory`] works on bytes alone; [`archive`] and [`part`] read them.

pub(crate) mod archive;
pub(crate) mod directory;
pub(crate) mod part;
