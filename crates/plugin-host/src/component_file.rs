//! The file of a component: read within limits, and checked before it is compiled.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use wasmparser::{Parser, Payload};

use crate::error::HostError;
use crate::limits::{COMPONENT_BYTES_MAX, FUNCTIONS_MAX};

/// The bytes of a regular file whose size is within limits.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, HostError> {
    let failed = |source: io::Error| HostError::Read { path: path.to_owned(), source };
    // Opening a pipe would block.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(HostError::NotAComponent { path: path.to_owned(), found: "a folder, a pipe or a device" });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(COMPONENT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    let found = bytes.len() as u64;
    if found > COMPONENT_BYTES_MAX {
        let found = fs::metadata(path).map_or(found, |metadata| metadata.len().max(found));
        return Err(HostError::TooLarge { path: path.to_owned(), what: "bytes", found, max: COMPONENT_BYTES_MAX });
    }
    Ok(bytes)
}

/// Refuses a component with too many functions for the compiler. Bytes that are not a valid component pass: the
/// compiler has the better message.
pub(crate) fn check_functions(path: &Path, bytes: &[u8]) -> Result<(), HostError> {
    let found = function_count(bytes);
    if found <= FUNCTIONS_MAX {
        return Ok(());
    }
    Err(HostError::TooLarge { path: path.to_owned(), what: "functions", found, max: FUNCTIONS_MAX })
}

/// The number of functions in all modules of a component, plus those that carry values in and out of them.
fn function_count(bytes: &[u8]) -> u64 {
    let counts = Parser::new(0).parse_all(bytes).map_while(Result::ok).map(|payload| match payload {
        Payload::FunctionSection(functions) => functions.count(),
        Payload::ComponentCanonicalSection(functions) => functions.count(),
        _ => 0,
    });
    counts.map(u64::from).sum()
}

/// A component begins with `\0asm`, version 13, layer 1; a core module with version 1, layer 0.
pub(crate) fn check_is_component(path: &Path, bytes: &[u8]) -> Result<(), HostError> {
    let found = match bytes {
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => return Ok(()),
        [] => "an empty file",
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => "a core WebAssembly module",
        [0, b'a', b's', b'm', ..] => "a WebAssembly file of an unknown kind",
        _ if bytes.iter().take(1024).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()) => {
            "a text file"
        }
        _ => "a file of another kind",
    };
    Err(HostError::NotAComponent { path: path.to_path_buf(), found })
}
