//! Who may read the files that this process makes.
//!
//! **Limits.** Unix only. A file that exists keeps its mode, also where it is replaced by a newer one.
//!
//! **How.** The process's umask, so that it holds for the files that libraries make, too: a database and its log, temporary
//! files. Folders can be entered by others, and not listed.

/// The bits that new files do not get: others can neither read nor write them.
#[cfg(unix)]
const PRIVATE_UMASK: u32 = 0o066;

/// From now on, new files are readable by this user only. Call it before the process has threads.
pub fn make_new_files_private() {
    #[cfg(unix)]
    {
        use nix::sys::stat::{Mode, umask};
        let private = Mode::from_bits_truncate(PRIVATE_UMASK as nix::libc::mode_t);
        let inherited = umask(private);
        umask(inherited | private);
    }
}
