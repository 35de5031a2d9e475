//! What must hold for any bytes: no panic, no memory beyond the limits, and the same cells however the bytes are split.
//!
//! The fuzz targets call these functions, and so do the tests of `matchflow-xlsx`, on the corpus.

use std::io::Cursor;
use std::ops::ControlFlow;

use matchflow_xlsx::{
    FlawKind, ScanEnd, ScanStep, SheetItem, SheetScanner, StringsScanner, Styles, Threads, Value, Workbook, XlsxError,
};

/// Maximum number of cells read from a sheet: a small archive may inflate to a great deal.
const CELLS_MAX: u64 = 1 << 16;

/// An archive: its directory and its parts.
pub fn archive(bytes: &[u8]) {
    // Only checks that it returns; any error is fine.
    let _ = read(bytes);
}

/// The parts of a workbook, separated by zero bytes, in a well-formed archive: the workbook, its relationships, styles,
/// shared strings, a sheet, the sheet's relationships, a table.
pub fn parts(bytes: &[u8]) {
    const NAMES: [&str; 7] = [
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/tables/table1.xml",
    ];
    let bodies = bytes.splitn(NAMES.len(), |byte| *byte == 0);
    let parts: Vec<(&str, &[u8])> = NAMES.into_iter().zip(bodies).collect();
    let _ = read(&stored(&parts));
}

/// A sheet: the token reader, the fast path and reading in pieces all give the same cells.
pub fn sheet(bytes: &[u8]) {
    let whole = steps(&[bytes]);
    let size = 1 + bytes.first().copied().map_or(0, usize::from) % 29;
    let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
    let kinds = |said: &Said| said.clone().map_err(|kind| kind == FlawKind::Utf8);
    assert_eq!(kinds(&steps(&pieces)), kinds(&whole), "by tokens, in pieces of {size}");
    assert_eq!(kinds(&scan(&[bytes])), kinds(&whole), "the quick reading");
    assert_eq!(kinds(&scan(&pieces)), kinds(&whole), "the quick reading, in pieces of {size}");
}

/// A shared-strings part gives the same strings when it is read in pieces.
pub fn strings(bytes: &[u8]) {
    let size = 1 + bytes.first().copied().map_or(0, usize::from) % 29;
    let whole = shared(&[bytes]);
    assert_eq!(shared(&bytes.chunks(size).collect::<Vec<_>>()), whole, "in pieces of {size}");
}

/// A styles part.
pub fn styles(bytes: &[u8]) {
    if let Ok(styles) = Styles::read(bytes) {
        for index in (0..64).chain([u32::MAX]) {
            styles.format(index);
        }
    }
}

/// The complete content of a workbook.
fn read(bytes: &[u8]) -> Result<(), XlsxError> {
    let mut workbook = Workbook::open_on(Cursor::new(bytes), Threads::One)?;
    workbook.named_tables()?;
    for index in 0..workbook.sheets().len().min(8) {
        let mut cells = 0;
        let read = workbook.read_sheet(index, |reader, tables| {
            reader.for_each(|item| {
                if let SheetItem::Cell(cell) = item {
                    cells += 1;
                    tables.styles.format(cell.style);
                    if let Value::Shared(string) = cell.value {
                        tables.strings.get(string);
                    }
                }
                if cells < CELLS_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        // A damaged sheet does not affect the others.
        let _ = read.and_then(|_: bool| workbook.merged(index));
    }
    Ok(())
}

/// An archive of stored (uncompressed) parts, with minimal headers.
pub fn stored(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, body) in parts {
        let offset = out.len() as u32;
        let (length, name_length) = (body.len() as u32, name.len() as u16);
        // From the required version to the extra field's length, the same in both headers.
        let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fields.extend(crc(body).to_le_bytes());
        fields.extend([length.to_le_bytes(), length.to_le_bytes()].concat());
        fields.extend([name_length.to_le_bytes(), [0, 0]].concat());
        out.extend([b"PK\x03\x04", fields.as_slice(), name.as_bytes(), body].concat());
        directory.extend([b"PK\x01\x02\x14\x00", fields.as_slice(), &[0; 10], &offset.to_le_bytes()].concat());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (out.len() as u32, parts.len() as u16);
    out.extend_from_slice(&directory);
    out.extend([b"PK\x05\x06".as_slice(), &[0; 4], &count.to_le_bytes(), &count.to_le_bytes()].concat());
    out.extend([(directory.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// The checksum of zip archives, bit by bit: parts are short here.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// Rows and cells as text, or the error. Cells before an error are not compared: the fast path may have read further.
type Said = Result<Vec<String>, FlawKind>;

fn steps(pieces: &[&[u8]]) -> Said {
    let mut scanner = SheetScanner::new();
    let (mut held, mut said) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter().peekable();
    loop {
        let (used, step) = scanner.step(&held, pieces.peek().is_none()).map_err(|flaw| flaw.kind)?;
        match step {
            ScanStep::Cell => said.push(format!("{:?}", scanner.cell(&held).map_err(|flaw| flaw.kind)?)),
            ScanStep::Row(row) => said.push(format!("{row:?}")),
            ScanStep::EndOfSheet => return Ok(said),
            ScanStep::NeedsInput => {}
        }
        held.drain(..used);
        if step == ScanStep::NeedsInput {
            held.extend_from_slice(pieces.next().copied().unwrap_or_default());
        }
    }
}

fn scan(pieces: &[&[u8]]) -> Said {
    let mut scanner = SheetScanner::new();
    let (mut held, mut said) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter().peekable();
    loop {
        let visit = |item: SheetItem<'_>| {
            said.push(match item {
                SheetItem::Row(row) => format!("{row:?}"),
                SheetItem::Cell(cell) => format!("{cell:?}"),
            });
            ControlFlow::Continue(())
        };
        let (used, why) = scanner.scan(&held, pieces.peek().is_none(), visit).map_err(|flaw| flaw.kind)?;
        held.drain(..used);
        match why {
            ScanEnd::EndOfSheet => return Ok(said),
            ScanEnd::Stopped => {}
            ScanEnd::NeedsInput => held.extend_from_slice(pieces.next().copied().unwrap_or_default()),
        }
    }
}

fn shared(pieces: &[&[u8]]) -> Result<Vec<String>, FlawKind> {
    let mut scanner = StringsScanner::new();
    let mut held = Vec::new();
    for piece in pieces {
        held.extend_from_slice(piece);
        let used = scanner.push(&held).map_err(|flaw| flaw.kind)?;
        held.drain(..used);
    }
    let strings = scanner.finish().map_err(|flaw| flaw.kind)?;
    Ok((0..strings.len() as u32).filter_map(|index| strings.get(index).map(str::to_owned)).collect())
}
