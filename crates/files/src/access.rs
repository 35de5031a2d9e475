//! Who this process is to the file system, and who may read the files that it creates.
//!
//! **Limits.** Unix only. An existing file keeps its mode, even when it is replaced by a newer one.
//!
//! **How.** The process's umask, so that it also applies to files that libraries create: a database and its log,
//! temporary files. Others can enter folders, but not list them.

#![allow(unsafe_code)]

/// Mode bits removed from new files: others can neither read nor write them.
#[cfg(unix)]
const PRIVATE_UMASK: libc::mode_t = 0o066;

/// Makes new files readable only by this user. Must be called before the process has threads.
pub fn make_new_files_private() {
    #[cfg(unix)]
    // SAFETY: `umask` takes any value, reads and writes no memory of this process, and cannot fail.
    unsafe {
        let inherited = libc::umask(PRIVATE_UMASK);
        libc::umask(inherited | PRIVATE_UMASK);
    }
}

/// The number of the user that files of this process belong to; `None` on systems without such numbers.
pub fn user_number() -> Option<u32> {
    #[cfg(unix)]
    // SAFETY: `geteuid` takes nothing, reads no memory of this process, and cannot fail.
    return Some(unsafe { libc::geteuid() });
    #[cfg(not(unix))]
    return None;
}
