//! Runs the fuzz targets' functions on their corpora, and on foreign workbooks if present.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::targets;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Calls `target` with each file of its corpus.
fn run(name: &str, target: fn(&[u8])) {
    let paths = files(&Path::new(CORPUS).join(name));
    assert!(!paths.is_empty(), "{name} has no corpus");
    for path in paths {
        println!("{}", path.display());
        target(&fs::read(path).unwrap());
    }
}

#[test]
fn fuzz_corpora() {
    run("archive", targets::archive);
    run("parts", targets::parts);
    run("sheet", targets::sheet);
    run("strings", targets::strings);
    run("styles", targets::styles);
}

#[test]
fn foreign_workbooks_whole_and_truncated() {
    let Some(folder) = crate::foreign_workbooks() else { return };
    for path in files(&folder).iter().flat_map(|folder| files(folder)).filter(|path| path.is_file()) {
        let bytes = fs::read(&path).unwrap();
        // Large files would add little.
        if bytes.len() < 1 << 16 {
            targets::archive(&bytes);
            targets::archive(&bytes[..bytes.len() / 2]);
            let mut spoilt = bytes;
            (0..spoilt.len()).step_by(97).for_each(|at| spoilt[at] ^= 0x11);
            targets::archive(&spoilt);
        }
    }
}

/// Pieces of every kind of part, and bytes that belong to none.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "<workbook>",
        "<sheets>",
        "<sheet name=\"S\" r:id=\"r1\"/>",
        "<workbookPr date1904='1'/>",
        "</sheets>",
        "</workbook>",
        "<definedName name=\"n\" localSheetId=\"0\">",
        "S!$A$1:$B$2",
        "</definedName>",
        "<Relationships>",
        "<Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/>",
        "<Relationship Id=\"r2\" Type=\"x/table\" Target=\"../tables/table1.xml\"/>",
        "</Relationships>",
        "<styleSheet>",
        "<numFmt numFmtId=\"164\" formatCode=\"&quot;F&quot;00000;[Red]@\"/>",
        "<cellXfs>",
        "<xf numFmtId=\"164\"/>",
        "</cellXfs>",
        "</styleSheet>",
        "<sst>",
        "<si><t>a</t></si>",
        "</sst>",
        "<worksheet>",
        "<sheetData>",
        "<row r=\"3\">",
        "<c r=\"A3\" t=\"s\" s=\"0\"><v>0</v></c>",
        "<c><f>NOW()</f></c>",
        "</row>",
        "</sheetData>",
        "<mergeCell ref=\"A1:B2\"/>",
        "</worksheet>",
        "<table name=\"T\" ref=\"A1:B2\" headerRowCount=\"4294967295\">",
        "<tableColumn name=\"a\"/>",
        "</table>",
        "\0",
        "\0",
        "\0",
    ];
    let word = prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn parts_never_panic(bytes in pieces()) {
        targets::parts(&bytes);
        targets::styles(&bytes);
        targets::strings(&bytes);
        targets::sheet(&bytes);
    }

    #[test]
    fn archives_never_panic(bytes in pieces(), places in vec((any::<usize>(), any::<u8>()), 0..6)) {
        let mut archive = targets::stored(&[("_rels/.rels", &bytes), ("xl/workbook.xml", b"<workbook/>")]);
        let length = archive.len();
        for (place, byte) in places {
            // Mostly in the directory, which is at the end.
            archive[length - 1 - place % length.min(200)] = byte;
        }
        targets::archive(&archive);
        targets::archive(&[b"PK", bytes.as_slice()].concat());
    }
}
