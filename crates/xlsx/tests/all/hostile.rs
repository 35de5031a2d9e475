//! Files crafted to break readers, one test each: the result is a typed error with part and offset, or the cells.

use std::io::Cursor;
use std::ops::ControlFlow;

use flate2::Compression;
use matchflow_xlsx::{FlawKind, SheetItem, StringsScanner, Threads, Value, Workbook, XlsxError, limits};

use crate::archive::{Layout, Part, archive, workbook};

const SHEET: &str = "<worksheet><sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData></worksheet>";

/// The cells of the first sheet, as `A1=value`.
fn read(file: Cursor<Vec<u8>>) -> Result<Vec<String>, XlsxError> {
    read_on(Threads::One, file)
}

fn read_on(threads: Threads, file: Cursor<Vec<u8>>) -> Result<Vec<String>, XlsxError> {
    let mut workbook = Workbook::open_on(file, threads)?;
    let mut cells = Vec::new();
    workbook.read_sheet(0, |reader, tables| {
        reader.for_each(|item| {
            let SheetItem::Cell(cell) = item else { return ControlFlow::Continue(()) };
            let value = match cell.value {
                Value::Shared(index) => tables.strings.get(index).unwrap_or("?").to_owned(),
                Value::Number(text) | Value::Text(text) => text.to_owned(),
                other => format!("{other:?}"),
            };
            cells.push(format!("{},{}={value}", cell.row, cell.column));
            ControlFlow::Continue(())
        })
    })?;
    Ok(cells)
}

/// The error of a workbook whose part `name` was modified.
fn spoilt(name: &str, spoil: impl FnOnce(&mut Part)) -> XlsxError {
    let mut parts = workbook(SHEET);
    spoil(parts.iter_mut().find(|part| part.name.ends_with(name)).unwrap());
    read(archive(&parts, Layout::default())).unwrap_err()
}

fn flaw(sheet: &str) -> (u64, FlawKind) {
    match read(archive(&workbook(sheet), Layout::default())).unwrap_err() {
        XlsxError::Content { part, flaw } if part == "xl/worksheets/sheet1.xml" => (flaw.offset, flaw.kind),
        other => panic!("{other}"),
    }
}

macro_rules! check {
    ($error:expr, $variant:pat, $($word:expr),*) => {{
        let error: XlsxError = $error;
        let text = error.to_string();
        assert!(matches!(error, $variant), "{error:?}");
        $(assert!(text.contains($word), "`{}` is not in: {text}", $word);)*
    }};
}

#[test]
fn every_way_of_writing_an_archive_is_read() {
    for is_zip64 in [false, true] {
        for has_descriptors in [false, true] {
            let layout = Layout { is_zip64, has_descriptors, ..Layout::default() };
            assert_eq!(read(archive(&workbook(SHEET), layout)).unwrap(), ["1,0=1", "1,1=2"]);
        }
    }
    let layout = Layout { prefix: 3, ..Layout::default() };
    assert_eq!(read(archive(&workbook(SHEET), layout)).unwrap().len(), 2);
    let mut parts = workbook(SHEET);
    parts[3] = Part::stored("XL\\Worksheets\\SHEET1.xml", SHEET);
    assert_eq!(read(archive(&parts, Layout::default())).unwrap().len(), 2);
    let mut trailed = archive(&workbook(SHEET), Layout::default()).into_inner();
    trailed.extend_from_slice(&[0; 100]);
    assert_eq!(read(Cursor::new(trailed)).unwrap().len(), 2);
}

#[test]
fn not_an_archive() {
    check!(read(Cursor::new(Vec::new())).unwrap_err(), XlsxError::NotAnArchive, "not a zip archive");
    check!(read(Cursor::new(b"a;b\n1;2".to_vec())).unwrap_err(), XlsxError::NotAnArchive, "not a zip archive");
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest".to_vec();
    check!(read(Cursor::new(ole)).unwrap_err(), XlsxError::Encrypted, "without a password");
    let other = archive(&[Part::new("word/document.xml", "<a/>")], Layout::default());
    check!(read(other).unwrap_err(), XlsxError::NoPart { .. }, "xl/workbook.xml", "is it a workbook?");
}

#[test]
fn truncated_anywhere() {
    for layout in [Layout::default(), Layout { is_zip64: true, ..Layout::default() }] {
        let whole = archive(&workbook(SHEET), layout).into_inner();
        for length in 2..whole.len() {
            read(Cursor::new(whole[..length].to_vec())).unwrap_err();
        }
        check!(read(Cursor::new(whole[..whole.len() - 1].to_vec())).unwrap_err(), XlsxError::Cut { .. }, "end record");
    }
}

#[test]
fn any_byte_changed() {
    let whole = archive(&workbook(SHEET), Layout::default()).into_inner();
    for at in 0..whole.len() {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] ^= mask;
            // The result is what was written, or an error: never other cells.
            if let Ok(cells) = read(Cursor::new(damaged)) {
                assert!(cells == ["1,0=1", "1,1=2"], "byte {at}: {cells:?}");
            }
        }
    }
}

#[test]
fn wrong_checksum_and_sizes() {
    check!(spoilt("sheet1.xml", |part| part.crc ^= 1), XlsxError::Checksum { .. }, "sheet1.xml", "checksum");
    check!(spoilt("workbook.xml", |part| part.crc ^= 1), XlsxError::Checksum { .. }, "xl/workbook.xml");
    check!(spoilt("sheet1.xml", |part| part.bytes -= 1), XlsxError::Length { more: true, .. }, "more than");
    check!(spoilt("sheet1.xml", |part| part.bytes += 1), XlsxError::Length { more: false, .. }, "fewer than");
    check!(spoilt("sheet1.xml", |part| part.packed[0] = 0xFF), XlsxError::Inflate { .. }, "sheet1.xml", "byte 0");
    check!(spoilt("sheet1.xml", |part| part.packed.truncate(9)), XlsxError::Inflate { .. }, "sheet1.xml");
}

#[test]
fn unsupported_compression_and_encryption() {
    check!(spoilt("sheet1.xml", |part| part.method = 9), XlsxError::Method { .. }, "deflate64", "stored (0)");
    check!(spoilt("sheet1.xml", |part| part.method = 12), XlsxError::Method { .. }, "bzip2");
    check!(spoilt("sheet1.xml", |part| part.flags = 1), XlsxError::EncryptedPart { .. }, "sheet1.xml");
}

#[test]
fn zip_bombs() {
    let zeros = " ".repeat(80 << 20);
    let sheet = format!("<worksheet>{zeros}<sheetData/></worksheet>");
    let mut parts = workbook(SHEET);
    parts[3] = Part::packed("xl/worksheets/sheet1.xml", sheet, Compression::best());
    let bomb = read(archive(&parts, Layout::default())).unwrap_err();
    check!(bomb, XlsxError::Bomb { .. }, "400 times are allowed");
    check!(spoilt("xl/workbook.xml", |part| part.bytes = 1 << 30), XlsxError::TooLarge { .. }, "67108864 are allowed");
    check!(spoilt("sheet1.xml", |part| part.bytes = (1 << 32) - 2), XlsxError::Bomb { .. }, "sheet1.xml");
}

#[test]
fn overlapping_entries() {
    let overlap = spoilt("sheet1.xml", |part| part.offset = Some(10));
    check!(overlap, XlsxError::Overlap { .. }, "overlap", "sheet1.xml");
    let mut parts = workbook(SHEET);
    parts.push(Part { offset: Some(0), ..parts[0].clone() });
    check!(read(archive(&parts, Layout::default())).unwrap_err(), XlsxError::Overlap { .. }, "_rels/.rels");
    check!(spoilt("sheet1.xml", |part| part.offset = Some(1 << 31)), XlsxError::Overlap { .. }, "(directory)");
}

#[test]
fn names_that_are_not_utf8() {
    let parts = [workbook(SHEET), vec![Part::new("xl/m?dia/image.png", "x"), Part::new("xl/last.xml", "y")]].concat();
    let mut bytes = archive(&parts, Layout::default()).into_inner();
    // One byte in the file, three in its replacement text.
    let name = b"xl/m?dia";
    let places: Vec<usize> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|at| bytes[at + 4] = 0xE9);
    assert_eq!(read(Cursor::new(bytes)).unwrap(), read(archive(&workbook(SHEET), Layout::default())).unwrap());
}

#[test]
fn bytes_before_a_zip64_archive() {
    let layout = Layout { is_zip64: true, prefix: 3, ..Layout::default() };
    assert_eq!(read(archive(&workbook(SHEET), layout)).unwrap().len(), 2);
}

#[test]
fn shared_strings_and_sheets_beyond_their_limits() {
    let strings = |part: Part| read(archive(&[workbook(SHEET), vec![part]].concat(), Layout::default()));
    let mut part = Part::new("xl/sharedStrings.xml", "<sst/>");
    part.bytes = (1 << 31) + 1;
    check!(strings(part).unwrap_err(), XlsxError::TooLarge { .. }, "sharedStrings.xml", "2147483648 are allowed");
    let layout = Layout { is_zip64: true, ..Layout::default() };
    let mut parts = workbook(SHEET);
    parts[3].bytes = (1 << 40) + 1;
    check!(read(archive(&parts, layout)).unwrap_err(), XlsxError::TooLarge { .. }, "1099511627776 are allowed");
}

#[test]
fn too_many_shared_strings() {
    let mut scanner = StringsScanner::new();
    let (piece, count) = ("<si/>".repeat(1 << 16), limits::SHARED_STRINGS_MAX >> 16);
    (0..count).for_each(|_| assert_eq!(scanner.push(piece.as_bytes()).unwrap(), piece.len()));
    assert_eq!(scanner.push(b"<si/>").unwrap_err().kind, FlawKind::TooManyStrings);
}

#[test]
fn tables_are_read_once_and_not_beyond_their_area() {
    let relation = "<Relationship Id=\"r\" Type=\"x/table\" Target=\"../tables/t.xml\"/>".repeat(5_000);
    let columns = "<tableColumn name=\"a\"/>".repeat(20_000);
    let table = format!("<table name=\"T\" ref=\"A1:XFD2\" headerRowCount=\"4294967295\">{columns}</table>");
    let mut parts = workbook(SHEET);
    let relations = format!("<Relationships>{relation}</Relationships>");
    parts.push(Part::new("xl/worksheets/_rels/sheet1.xml.rels", relations));
    parts.push(Part::new("xl/tables/t.xml", table));
    let tables = Workbook::open(archive(&parts, Layout::default())).unwrap().named_tables().unwrap();
    assert_eq!((tables.len(), tables[0].columns.len()), (1, limits::COLUMNS_MAX as usize));
}

#[test]
fn unpaired_surrogates_are_refused() {
    let text = format!("\u{FEFF}{}", SHEET.replace("<v>2", "<v>?"));
    let units = text.encode_utf16().map(|unit| if unit == u16::from(b'?') { 0xD83D } else { unit });
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    check!(read(archive(&workbook(bytes), Layout::default())).unwrap_err(), XlsxError::Content { .. }, "UTF-16");
}

#[test]
fn absurd_counts() {
    let layout = Layout { entries_claimed: 60_000, ..Layout::default() };
    check!(read(archive(&workbook(SHEET), layout)).unwrap_err(), XlsxError::Cut { .. }, "directory entry");
    let layout = Layout { entries_claimed: 1 << 60, is_zip64: true, ..Layout::default() };
    check!(read(archive(&workbook(SHEET), layout)).unwrap_err(), XlsxError::TooManyParts { .. }, "131072 are allowed");
    let mut parts = workbook(
        "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>4294967295</v></c></row></sheetData>",
    );
    let strings = "<sst count=\"18446744073709551615\" uniqueCount=\"99999999999999\"><si><t>a</t></si></sst>";
    parts.push(Part::new("xl/sharedStrings.xml", strings));
    let styles = "<styleSheet><cellXfs count=\"4294967295\"><xf/></cellXfs></styleSheet>";
    parts.push(Part::new("xl/styles.xml", styles));
    assert_eq!(read(archive(&parts, Layout::default())).unwrap(), ["1,0=a", "1,1=?"]);
}

#[test]
fn entity_bombs() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><worksheet>&b;</worksheet>";
    assert_eq!(flaw(bomb), (0, FlawKind::Doctype));
    let shared = Part::new("xl/sharedStrings.xml", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><sst/>");
    let parts = [workbook(SHEET), vec![shared]].concat();
    check!(read(archive(&parts, Layout::default())).unwrap_err(), XlsxError::Content { .. }, "document type");
}

#[test]
fn malformed_sheets() {
    let sheet = |body: &str| format!("<worksheet><sheetData>{body}</sheetData></worksheet>");
    for (body, offset, kind) in [
        ("<row r=\"0\">", 22, FlawKind::Reference),
        ("<row r=\"1048577\">", 22, FlawKind::Reference),
        ("<row r=\"1048576\"/><row>", 40, FlawKind::Reference),
        ("<row><c r=\"XFE1\"/>", 27, FlawKind::Reference),
        ("<row><c r=\"R1C1\"/>", 27, FlawKind::Reference),
        ("<row><c r=\"XFD1\"/><c/>", 40, FlawKind::Reference),
        ("<row><c r=A1/>", 27, FlawKind::Malformed("an attribute without a quoted value")),
        ("<row><c <v>", 27, FlawKind::Malformed("`<` within a tag")),
        ("<row><c t=\"inlineStr\"><is><t>\u{0}", 100_000, FlawKind::Unfinished),
    ] {
        let (found, found_kind) = flaw(&sheet(body));
        assert_eq!(found_kind, kind, "{body}");
        assert!(offset == 100_000 || found == offset, "{body}: {found}");
    }
    assert_eq!(flaw("<worksheet><sheetData><row><c><v>1</v></c>").1, FlawKind::Unfinished);
    assert_eq!(flaw("<worksheet><sheetPr/>").1, FlawKind::Unfinished);
    assert_eq!(flaw("<chartsheet/>"), (0, FlawKind::NotAWorksheet));
    let cell = b"<worksheet><sheetData><row><c t=\"str\"><v>\xFF</v></c></row></sheetData></worksheet>";
    check!(read(archive(&workbook(cell), Layout::default())).unwrap_err(), XlsxError::Content { .. }, "UTF-8");
}

#[test]
fn an_element_without_end() {
    let random: String =
        (0..9_000_000_u64).map(|n| format!("{:08x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32)).collect();
    let sheet = format!("<worksheet><sheetData><row><c t=\"str\"><v>{random}");
    assert_eq!(flaw(&sheet), (27, FlawKind::ElementTooLong));
}

#[test]
fn cells_far_apart_take_no_memory() {
    let cells = "<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"A1048576\"><v>2</v></c></row>";
    let sheet = format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{cells}</sheetData></worksheet>");
    assert_eq!(read(archive(&workbook(sheet), Layout::default())).unwrap(), ["1,16383=1", "1048576,0=2"]);
}

#[test]
fn encodings() {
    let text = format!("\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-16\"?>{}", SHEET.replace("<v>2", "<v>é😀"));
    for bytes in [
        text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        assert_eq!(read(archive(&workbook(bytes), Layout::default())).unwrap(), ["1,0=1", "1,1=é😀"]);
    }
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{SHEET}");
    let error = read(archive(&workbook(latin), Layout::default())).unwrap_err();
    check!(error, XlsxError::Encoding { .. }, "`ISO-8859-1`", "UTF-16 are allowed");
}

#[test]
fn two_threads_give_the_same_result_as_one() {
    let rows: String =
        (1..40_000).map(|row| format!("<row><c><v>{row}</v></c><c t=\"s\"><v>{row}</v></c></row>")).collect();
    let strings: String = (0..60_000).map(|string| format!("<si><t>texte {string}</t></si>")).collect();
    let mut parts = workbook(format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"));
    parts.push(Part::new("xl/sharedStrings.xml", format!("<sst>{strings}</sst>")));
    let said = |parts: &[Part], threads| {
        read_on(threads, archive(parts, Layout::default())).map_err(|error| error.to_string())
    };
    let same = |spoil: &mut dyn FnMut(&mut Vec<Part>)| {
        let mut spoilt = parts.clone();
        spoil(&mut spoilt);
        let one = said(&spoilt, Threads::One);
        assert_eq!(said(&spoilt, Threads::Two), one);
        one
    };
    let cells = same(&mut |_| {}).unwrap();
    assert_eq!((cells.len(), cells[2].as_str(), cells[3].as_str()), (79_998, "2,0=2", "2,1=texte 2"));
    for part in [3, 4] {
        assert!(same(&mut |parts| parts[part].crc ^= 1).unwrap_err().contains("checksum"));
        assert!(same(&mut |parts| parts[part].bytes += 1).unwrap_err().contains("fewer"));
        let half = parts[part].packed.len() / 2;
        same(&mut |parts| parts[part].packed.truncate(half)).unwrap_err();
        same(&mut |parts| parts[part].packed[half] ^= 0xFF).unwrap_err();
    }
}
