//! OpenDocument workbooks without the shapes anchored to their cells: calamine would add the text of a text box, frame
//! or other shape to the text of the cell.
//!
//! A workbook without shapes is read as it is. Otherwise a compressed copy is made in memory, whose `content.xml` has
//! none. Namespace prefixes are taken literally, as in calamine.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const CONTENT: &str = "content.xml";
/// Prefixes of the names of shapes.
const SHAPE_PREFIXES: [&[u8]; 2] = [b"draw:", b"dr3d:"];

/// A workbook without shapes: it never had any, or they were removed.
pub(super) enum PlainDocument {
    Original(BufReader<File>),
    Copy(Cursor<Vec<u8>>),
}

impl PlainDocument {
    /// The workbook without shapes. Anything that is not such an archive is left to the reader, which reports the
    /// problem.
    pub(super) fn new(mut original: BufReader<File>) -> io::Result<PlainDocument> {
        let copy = without_shapes(&mut original);
        original.rewind()?;
        Ok(match copy {
            Ok(Some(copy)) => PlainDocument::Copy(Cursor::new(copy)),
            Ok(None) | Err(_) => PlainDocument::Original(original),
        })
    }
}

impl Read for PlainDocument {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            PlainDocument::Original(file) => file.read(buffer),
            PlainDocument::Copy(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for PlainDocument {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            PlainDocument::Original(file) => file.seek(to),
            PlainDocument::Copy(bytes) => bytes.seek(to),
        }
    }
}

/// The copy; `None` for a workbook that has no shapes.
fn without_shapes(original: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut archive = ZipArchive::new(original)?;
    if copy_without_shapes(BufReader::new(archive.by_name(CONTENT)?), io::sink())? == 0 {
        return Ok(None);
    }
    let content = archive.index_for_name(CONTENT);
    let mut copy = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        if Some(index) == content {
            copy.start_file(CONTENT, SimpleFileOptions::default().compression_level(Some(1)))?;
            copy_without_shapes(BufReader::new(archive.by_index(index)?), &mut copy)?;
        } else {
            copy.raw_copy_file(archive.by_index_raw(index)?)?;
        }
    }
    Ok(Some(copy.finish()?.into_inner()))
}

/// Copies a document without its shapes; returns how many there were.
fn copy_without_shapes(mut xml: impl BufRead, mut out: impl Write) -> io::Result<u64> {
    let (mut bytes, mut depth, mut shapes) = (Vec::new(), 0_u64, 0_u64);
    loop {
        bytes.clear();
        xml.read_until(b'<', &mut bytes)?;
        let has_tag = bytes.pop_if(|last| *last == b'<').is_some();
        if depth == 0 {
            out.write_all(&bytes)?;
        }
        if !has_tag {
            return Ok(shapes);
        }
        bytes.clear();
        bytes.push(b'<');
        while !is_complete(&bytes) && xml.read_until(b'>', &mut bytes)? > 0 {}
        let is_end = bytes.starts_with(b"</");
        let name = bytes.get(if is_end { 2 } else { 1 }..).unwrap_or_default();
        let is_shape = SHAPE_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        match (is_shape, is_end) {
            (true, true) => depth = depth.saturating_sub(1),
            (true, false) => {
                shapes += 1;
                depth += u64::from(!bytes.ends_with(b"/>"));
            }
            (false, _) if depth == 0 => out.write_all(&bytes)?,
            (false, _) => {}
        }
    }
}

/// Whether a tag, comment or CDATA section is complete.
fn is_complete(tag: &[u8]) -> bool {
    for (start, end) in [(b"<!--".as_slice(), b"-->".as_slice()), (b"<![CDATA[", b"]]>")] {
        if tag.starts_with(start) {
            return tag.len() >= start.len() + end.len() && tag.ends_with(end);
        }
    }
    let mut quote = None;
    for &byte in tag {
        match quote {
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(open) if open == byte => quote = None,
            _ => {}
        }
    }
    quote.is_none() && tag.ends_with(b">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shapes_are_removed() {
        for (xml, expected, shapes) in [
            ("<a><text:p>x</text:p></a>", "<a><text:p>x</text:p></a>", 0),
            ("<a><draw:frame x=\"a>b\"><draw:text-box>B</draw:text-box></draw:frame>x</a>", "<a>x</a>", 2),
            ("<a><draw:line/>x<dr3d:scene>y</dr3d:scene></a>", "<a>x</a>", 2),
            ("<!-- <draw:frame> --><a><![CDATA[<draw:x>]]></a>", "<!-- <draw:frame> --><a><![CDATA[<draw:x>]]></a>", 0),
            ("<a b='\"'>x", "<a b='\"'>x", 0),
        ] {
            let mut out = Vec::new();
            assert_eq!(copy_without_shapes(xml.as_bytes(), &mut out).unwrap(), shapes, "{xml}");
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
