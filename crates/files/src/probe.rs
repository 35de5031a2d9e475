//! Whether a folder can be written to, with some room.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

const PROBE_MEBIBYTES: usize = 16;

/// Writes 16 MiB to an unnamed file in the folder, which is gone afterwards.
pub fn probe_folder(folder: &Path) -> io::Result<()> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let block = vec![0_u8; 1 << 20];
    (0..PROBE_MEBIBYTES).try_for_each(|_| file.write_all(&block))
}
