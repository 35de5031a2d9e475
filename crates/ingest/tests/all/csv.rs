//! Delimited text: encodings, delimiters, odd rows.

use std::fs;

use matchflow_ingest::{open_source, table_facts};

use crate::support::{column, csv, folder, plan, read, texts};

#[test]
fn encodings_are_found() {
    let folder = folder();
    let text = "Nom;Ville\r\nSociété Générale;Évry\r\n";
    let utf16 = |big: bool| {
        let units = text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        let mark: [u8; 2] = if big { [0xFE, 0xFF] } else { [0xFF, 0xFE] };
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for (name, bytes) in [
        ("utf8", text.as_bytes().to_vec()),
        ("bom", marked),
        ("utf16le", utf16(false)),
        ("utf16be", utf16(true)),
        ("windows1252", latin),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let read = read(&plan(csv(&path), &["Nom"], texts(&["Nom", "Ville"])), 10);
        assert_eq!(column(&read.rows, "nom"), ["Société Générale"], "{name}");
        assert_eq!(column(&read.rows, "ville"), ["Évry"], "{name}");
        assert!(read.rejects.is_empty(), "{name}");
    }
}

#[test]
fn a_declared_encoding_is_used_and_its_damage_reported() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, b"Nom,Ville\nCaf\xE9,Paris\nBar,Nice\n").unwrap();
    let declared = |label: &str| {
        let mut table = csv(&path);
        table.options.insert("encoding".to_owned(), label.into());
        read(&plan(table, &["index"], texts(&["Nom", "Ville"])), 10)
    };
    assert_eq!(column(&declared("iso-8859-15").rows, "nom"), ["Café", "Bar"]);
    let damaged = declared("utf-8");
    assert_eq!(column(&damaged.rows, "nom"), ["Caf\u{fffd}", "Bar"]);
    assert_eq!(damaged.rejects.len(), 1);
    assert_eq!((damaged.rejects[0].cell.as_str(), damaged.rejects[0].key.as_str()), ("Nom:2", "2"));
}

#[test]
fn rows_count_as_in_a_spreadsheet() {
    let folder = folder();
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n")] {
        let path = folder.path().join(name);
        let lines = ["Nom;Note", "A;\"two\nlines\"", "", ";", "B;x", "", "", "C;y"];
        fs::write(&path, lines.join(end)).unwrap();
        let read = read(&plan(csv(&path), &["index"], texts(&["Nom"])), 2);
        assert_eq!(column(&read.rows, "_row"), ["2", "5", "8"], "{name}");
        assert_eq!(read.facts.rows_blank, 4, "{name}");
    }
}

#[test]
fn the_last_line_may_be_the_header_and_end_anyhow() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    for text in ["Nom;Ville", "Nom;Ville\n", "Nom;Ville\r\n", "Nom;Ville\r"] {
        fs::write(&path, text).unwrap();
        let read = read(&plan(csv(&path), &["index"], texts(&["Nom", "Ville"])), 10);
        assert_eq!(read.rows.num_rows(), 0, "{text:?}");
    }
}

#[test]
fn lines_may_end_in_a_carriage_return_alone() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "Nom;Ville\rA;Paris\rB;Nice").unwrap();
    let read = read(&plan(csv(&path), &["index"], texts(&["Nom", "Ville"])), 10);
    assert_eq!(column(&read.rows, "ville"), ["Paris", "Nice"]);
    assert_eq!(column(&read.rows, "_row"), ["2", "3"]);
}

#[test]
fn ragged_rows_are_read_and_reported() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "Nom;Ville\nA;Paris;;\nB\nC;Nice;trop;encore\n").unwrap();
    let read = read(&plan(csv(&path), &["Nom"], texts(&["Nom", "Ville"])), 10);
    assert_eq!(column(&read.rows, "nom"), ["A", "B", "C"]);
    assert_eq!(column(&read.rows, "ville"), ["Paris", "-", "Nice"]);
    assert_eq!(read.rejects.len(), 1);
    let reject = &read.rejects[0];
    assert_eq!((reject.row, reject.key.as_str(), reject.raw.as_str()), (4, "C", "trop encore"));
    assert_eq!(reject.expected, "at most 2 cells");
}

#[test]
fn digits_and_quotes_stay_as_written() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "a,b,c\n007,\"x, \"\"y\"\"\",1.0\n").unwrap();
    let read = read(&plan(csv(&path), &["a"], texts(&["a", "b", "c"])), 10);
    assert_eq!(column(&read.rows, "a"), ["007"]);
    assert_eq!(column(&read.rows, "b"), ["x, \"y\""]);
    assert_eq!(column(&read.rows, "c"), ["1.0"]);
}

#[test]
fn a_quote_left_open_is_an_error_not_all_memory() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    let mut text = "Nom;Ville\nA;Paris\nB;\"Nice\n".to_owned();
    text.push_str(&"C;Lyon\n".repeat(3_000_000));
    fs::write(&path, text).unwrap();
    let mut reader = open_source(&plan(csv(&path), &["Nom"], texts(&["Nom"])), 1).unwrap();
    assert!(reader.next_batch().unwrap().is_some());
    let message = reader.next_batch().unwrap_err().to_string();
    assert!(message.contains("row 3") && message.contains("quote left open"), "{message}");
}

#[test]
fn the_header_may_come_after_blank_lines() {
    let folder = folder();
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n")] {
        let path = folder.path().join(name);
        fs::write(&path, ["", ";;", " ", "Nom\tVille", "A\tB"].join(end)).unwrap();
        assert_eq!(table_facts(&csv(&path)).unwrap().columns, ["Nom", "Ville"], "{name}");
        fs::write(&path, ["", "", "Nom\tVille", "", "A\tB", ""].join(end)).unwrap();
        let read = read(&plan(csv(&path), &["index"], texts(&["Nom"])), 10);
        assert_eq!(column(&read.rows, "_row"), ["5"], "{name}");
    }
}
