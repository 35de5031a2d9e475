//! Looks into a workbook before calamine does, which reserves memory for as many shared strings as the file claims.
//!
//! A claim that the part's size rules out is an error here; there it would end the process, which no guard can catch.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::IngestError;

/// Shared strings are held whole, so their part of the file has a limit.
const SHARED_STRINGS_BYTES_MAX: u64 = 1 << 31;
/// The shortest shared string is `<si/>`.
const SHARED_STRING_BYTES_MIN: u64 = 5;
/// The claim stands in the part's first element.
const HEAD_BYTES_MAX: u64 = 1 << 16;

/// Refuses shared strings that are too large or cannot be as many as claimed. The handle ends where it began.
pub(super) fn check(handle: &mut File, file: &str) -> Result<(), IngestError> {
    let cut = |error: ZipError| IngestError::CutWorkbook { file: file.to_owned(), reason: error.to_string() };
    let refuse = |reason: String| Err(IngestError::Workbook { file: file.to_owned(), reason });
    let mut archive = ZipArchive::new(BufReader::new(&mut *handle)).map_err(cut)?;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(cut)?;
        if !part.name().is_ok_and(|name| name.to_lowercase().ends_with("sharedstrings.xml")) {
            continue;
        }
        let size = part.size();
        if size > SHARED_STRINGS_BYTES_MAX {
            return refuse(format!("its shared strings take {size} bytes; {SHARED_STRINGS_BYTES_MAX} are allowed"));
        }
        let mut head = Vec::new();
        // A part that cannot be read is calamine's to report, with its place.
        let _ = part.take(HEAD_BYTES_MAX).read_to_end(&mut head);
        if let Some(claimed) = unique_count(&head).filter(|count| *count > size / SHARED_STRING_BYTES_MIN) {
            return refuse(format!("it claims {claimed} shared strings, more than {size} bytes can hold"));
        }
    }
    drop(archive);
    let start = handle.seek(SeekFrom::Start(0));
    start.map(|_| ()).map_err(|source| IngestError::Unreadable { file: file.to_owned(), source })
}

/// The value of the attribute `uniqueCount`, in any encoding that has ASCII's letters.
fn unique_count(head: &[u8]) -> Option<u64> {
    let ascii: String = head.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    let (_, rest) = ascii.split_once("uniqueCount")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let value = rest.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    // A count beyond 64 bits is beyond every size.
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claim_is_read() {
        for (head, expected) in [
            (r#"<sst count="9" uniqueCount="12">"#, Some(12)),
            ("<x:sst uniqueCount = '7'>", Some(7)),
            (r#"<sst uniqueCount="99999999999999999999999">"#, Some(u64::MAX)),
            (r#"<sst uniqueCount="-1">"#, None),
            ("<sst>", None),
        ] {
            assert_eq!(unique_count(head.as_bytes()), expected, "{head}");
        }
        let wide: Vec<u8> = "<sst uniqueCount=\"3\">".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(unique_count(&wide), Some(3));
    }
}
