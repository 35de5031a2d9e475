//! Opens files for writing, in one place, so that no file of a run overwrites another.
//!
//! **Limits.** A hard link created, or a link redirected, between a check and the write that follows it is not noticed.
//! Owners and permissions can only be checked on Unix.
//!
//! **Invariants.**
//! - A protected file ([`protect`]) is never opened for writing through this crate, whatever its spelling: relative,
//!   absolute, through links, or through a second hard link.
//! - A [`StagedFile`] gets its name when it is complete; until then, and after any error, its place is unchanged.
//! - Only regular files are replaced. Devices, pipes and standard output (`-`) are written to.
//!
//! **How.** Two paths are the same file if both refer to the same device and inode or, if there is no file yet, to the
//! same name in the same folder ([`FileIdentity`]). The list of protected files is global to the process: a writer
//! cannot be called without it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod access;
mod backup;
mod identity;
mod leftovers;
mod neighbor;
mod ownership;
mod probe;
mod protected;
mod regular;
mod staged;
mod stamp;

pub use access::{make_new_files_private, user_number};
pub use backup::back_up;
pub use identity::{FileIdentity, FileNumber, follow_links};
pub use leftovers::remove_leftovers;
pub use neighbor::with_suffix;
pub use ownership::{NotPrivate, PrivateFolder};
pub use probe::probe_folder;
pub use protected::{OverwriteError, append, claim, create, is_same_file, protect};
pub use regular::{is_out_of_file_handles, open_regular, refuse_irregular};
pub use staged::{STDOUT, StagedFile, is_stdout};
pub use stamp::FileStamp;
