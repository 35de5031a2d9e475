//! Zip archives built byte by byte, so that their headers can lie.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A part and its archive metadata.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) packed: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) bytes: u64,
    /// The offset in the directory; `None` for the correct one.
    pub(crate) offset: Option<u64>,
}

impl Part {
    pub(crate) fn new(name: &str, body: impl AsRef<[u8]>) -> Part {
        Part::packed(name, body, Compression::fast())
    }

    pub(crate) fn packed(name: &str, body: impl AsRef<[u8]>, level: Compression) -> Part {
        let body = body.as_ref();
        let mut encoder = DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(body).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(body);
        let (packed, bytes) = (encoder.finish().unwrap(), body.len() as u64);
        Part { name: name.into(), packed, method: 8, flags: 0, crc: crc.sum(), bytes, offset: None }
    }

    pub(crate) fn stored(name: &str, body: &str) -> Part {
        Part { packed: body.into(), method: 0, ..Part::new(name, body) }
    }
}

/// The layout of the archive.
#[derive(Clone, Copy, Default)]
pub(crate) struct Layout {
    pub(crate) is_zip64: bool,
    /// Sizes and checksum follow the data; the local header holds zeros.
    pub(crate) has_descriptors: bool,
    /// Bytes before the archive that its offsets do not account for.
    pub(crate) prefix: usize,
    /// Entries that the end record claims in addition to the real ones.
    pub(crate) entries_claimed: u64,
}

fn put(out: &mut Vec<u8>, fields: &[(u64, usize)]) {
    for &(value, bytes) in fields {
        out.extend_from_slice(&value.to_le_bytes()[..bytes]);
    }
}

pub(crate) fn archive(parts: &[Part], layout: Layout) -> Cursor<Vec<u8>> {
    let mut out = b"PK-prefix".repeat(layout.prefix);
    let base = out.len();
    let (mut directory, flag) = (Vec::new(), if layout.has_descriptors { 8 } else { 0 });
    for part in parts {
        let offset = part.offset.unwrap_or((out.len() - base) as u64);
        let (method, flags, name) = (u64::from(part.method), u64::from(part.flags | flag), part.name.as_bytes());
        let (crc, packed, bytes) = (u64::from(part.crc), part.packed.len() as u64, part.bytes);
        let known = if layout.has_descriptors { (0, 0, 0) } else { (crc, packed, bytes) };
        out.extend_from_slice(b"PK\x03\x04");
        put(&mut out, &[(20, 2), (flags, 2), (method, 2), (0, 4), (known.0, 4), (known.1, 4), (known.2, 4)]);
        put(&mut out, &[(name.len() as u64, 2), (0, 2)]);
        out.extend_from_slice(name);
        out.extend_from_slice(&part.packed);
        if layout.has_descriptors {
            out.extend_from_slice(b"PK\x07\x08");
            put(&mut out, &[(crc, 4), (packed, 4), (bytes, 4)]);
        }
        let wide = u64::from(u32::MAX);
        let shown = if layout.is_zip64 { (wide, wide, wide) } else { (packed, bytes, offset) };
        directory.extend_from_slice(b"PK\x01\x02");
        put(&mut directory, &[(20, 2), (20, 2), (flags, 2), (method, 2), (0, 4), (crc, 4), (shown.0, 4), (shown.1, 4)]);
        let extra = if layout.is_zip64 { 28 } else { 0 };
        put(&mut directory, &[(name.len() as u64, 2), (extra, 2), (0, 2), (0, 2), (0, 2), (0, 4), (shown.2, 4)]);
        directory.extend_from_slice(name);
        if layout.is_zip64 {
            put(&mut directory, &[(1, 2), (24, 2), (bytes, 8), (packed, 8), (offset, 8)]);
        }
    }
    let (start, length) = ((out.len() - base) as u64, directory.len() as u64);
    let entries = parts.len() as u64 + layout.entries_claimed;
    out.extend_from_slice(&directory);
    if layout.is_zip64 {
        let end64 = out.len() as u64;
        out.extend_from_slice(b"PK\x06\x06");
        put(
            &mut out,
            &[(44, 8), (45, 2), (45, 2), (0, 4), (0, 4), (entries, 8), (entries, 8), (length, 8), (start, 8)],
        );
        out.extend_from_slice(b"PK\x06\x07");
        put(&mut out, &[(0, 4), (end64 - base as u64, 8), (1, 4)]);
    }
    let wide = layout.is_zip64;
    let shown = if wide { (0xFFFF, u64::from(u32::MAX), u64::from(u32::MAX)) } else { (entries, length, start) };
    out.extend_from_slice(b"PK\x05\x06");
    put(&mut out, &[(0, 2), (0, 2), (shown.0, 2), (shown.0, 2), (shown.1, 4), (shown.2, 4), (0, 2)]);
    Cursor::new(out)
}

/// The parts of a workbook of one sheet.
pub(crate) fn workbook(sheet: impl AsRef<[u8]>) -> Vec<Part> {
    let relation = |kind: &str, target: &str| {
        format!("<Relationships><Relationship Id=\"r1\" Type=\"http://x/{kind}\" Target=\"{target}\"/></Relationships>")
    };
    vec![
        Part::new("_rels/.rels", relation("officeDocument", "/xl/workbook.xml")),
        Part::new("xl/workbook.xml", "<workbook><sheets><sheet name=\"S\" r:id=\"r1\"/></sheets></workbook>"),
        Part::new("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        Part::new("xl/worksheets/sheet1.xml", sheet),
    ]
}
