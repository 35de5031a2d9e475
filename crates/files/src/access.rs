//! Who may read the files that this process makes.
//!
//! **Limits.** Unix only. A file that exists keeps its mode, also where it is replaced by a newer one.
//!
//! **How.** The process's umask, so that it holds for the files that libraries make, too: a database and its log, temporary
//! files. Folders can be entered by others, and not listed.

#![allow(unsafe_code)]

/// The bits that new files do not get: others can neither read nor write them.
#[cfg(unix)]
const PRIVATE_UMASK: libc::mode_t = 0o066;

/// From now on, new files are readable by this user only. Call it before the process has threads.
pub fn make_new_files_private() {
    #[cfg(unix)]
    // SAFETY: `umask` takes any value, reads and writes no memory of this process, and cannot fail.
    unsafe {
        let inherited = libc::umask(PRIVATE_UMASK);
        libc::umask(inherited | PRIVATE_UMASK);
    }
}
