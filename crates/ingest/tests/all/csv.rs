//! Delimited text: encodings, delimiters, odd rows.

use std::fs;

use matchflow_ingest::{
    IngestError, RowTally, SourceFacts, TableOptions, format, guess_header, open_source, table_facts,
};
use matchflow_model::expectation::Expectation;
use matchflow_model::plan::TablePlan;
use serde_json::Value;

use crate::support::{column, csv, folder, plan, read, texts};

#[test]
fn encodings_are_detected() {
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
fn the_header_may_be_the_last_line_without_a_line_end() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    for text in ["Nom;Ville", "Nom;Ville\n", "Nom;Ville\r\n", "Nom;Ville\r"] {
        fs::write(&path, text).unwrap();
        let read = read(&plan(csv(&path), &["index"], texts(&["Nom", "Ville"])), 10);
        assert_eq!(read.rows.num_rows(), 0, "{text:?}");
    }
}

#[test]
fn lines_may_end_in_a_lone_carriage_return() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "Nom;Ville\rA;Paris\rB;Nice").unwrap();
    let read = read(&plan(csv(&path), &["index"], texts(&["Nom", "Ville"])), 10);
    assert_eq!(column(&read.rows, "ville"), ["Paris", "Nice"]);
    assert_eq!(column(&read.rows, "_row"), ["2", "3"]);
}

#[test]
fn rows_with_more_cells_than_the_header_are_rejects_without_cells() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "Nom;Ville\nA;Paris;;\nB\nC;Nice;trop;encore\nD;Lyon\n").unwrap();
    let read = read(&plan(csv(&path), &["Nom", "index"], texts(&["Nom", "Ville"])), 10);
    assert_eq!(column(&read.rows, "nom"), ["A", "B", "-", "D"]);
    assert_eq!(column(&read.rows, "ville"), ["Paris", "-", "-", "Lyon"]);
    assert_eq!(read.rejects.len(), 1);
    let reject = &read.rejects[0];
    assert_eq!((reject.row, reject.key.as_str(), reject.raw.as_str()), (4, "4", "C;Nice;trop;encore"));
    assert_eq!(reject.expected, Expectation::CellsMax { cells: 2 });
    let irregular = read.facts.irregular;
    assert_eq!((irregular.short, irregular.long), (tally(1, 3), tally(1, 4)));
    assert!(read.facts.cells.balances(), "{:?}", read.facts.cells);
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

fn tally(rows: u64, first: u64) -> RowTally {
    RowTally { rows, first }
}

/// The records of a text, their cells joined; the rejects as row and expectation; the counts.
type Records = (Vec<String>, Vec<(u64, String)>, SourceFacts);

fn records(text: &[u8], options: &[(&str, &str)]) -> Result<Records, IngestError> {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, text).unwrap();
    let keys = options.iter().map(|(key, value)| {
        let value = value.parse::<u64>().map_or_else(|_| Value::from(*value), Value::from);
        ((*key).to_owned(), value)
    });
    let format = format("csv").unwrap();
    let names = ["Code", "Nom", "Ville"].map(str::to_owned);
    let table = TablePlan { options: format.options(keys.collect(), &names), ..csv(&path) };
    let plan = plan(table, &["index"], texts(&["Code", "Nom", "Ville"]));
    let mut batches = Vec::new();
    for batch_rows in [1, 3, 1_000] {
        let mut reader = open_source(&plan, batch_rows)?;
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        while let Some(batch) = reader.next_batch()? {
            let [code, name, town] = ["code", "nom", "ville"].map(|name| column(&batch.rows, name));
            rows.extend(code.iter().zip(&name).zip(&town).map(|((code, name), town)| format!("{code}|{name}|{town}")));
            rejects.extend(batch.rejects.into_iter().map(|reject| (reject.row, reject.expected.to_string())));
        }
        assert!(reader.facts().cells.balances(), "{:?}", reader.facts().cells);
        batches.push((rows, rejects, reader.facts()));
    }
    assert!(batches.iter().all(|batch| *batch == batches[0]), "batches differ: {batches:?}");
    Ok(batches.remove(0))
}

fn rows(text: &str) -> Vec<String> {
    let (rows, rejects, _) = records(text.as_bytes(), &[]).unwrap();
    assert!(rejects.is_empty(), "{text:?}: {rejects:?}");
    rows
}

fn fails(text: &str) -> String {
    records(text.as_bytes(), &[]).unwrap_err().to_string()
}

const HEADER: &str = "Code;Nom;Ville\n";

#[test]
fn a_quote_that_is_never_closed_is_an_error_with_its_row() {
    for (text, row) in [
        ("F1;A;Nice\nF2;\"B;Dijon\nF3;C;Metz\n", 3),
        ("F1;\"A;Nice\nF2;B;Dijon\n", 2),
        ("F1;A;Nice\nF2;B;\"Dijon\n", 3),
        ("F1;A;Nice\n\"F2;B;Dijon", 3),
        ("F1;A;Nice\n\nF2;B \"x\";\"Dijon", 4),
        ("F1;\"A;Nice\nF2;\"\"\"\";Dijon\n", 2),
    ] {
        let message = fails(&format!("{HEADER}{text}"));
        assert!(message.starts_with(&format!("row {row} of `")) && message.contains("never closed"), "{message}");
        assert!(message.contains("quote: none"), "{message}");
        let (rows, ..) = records(format!("{HEADER}{text}").as_bytes(), &[("quote", "none")]).unwrap();
        assert_eq!(rows.len(), text.lines().filter(|line| !line.is_empty()).count(), "{text:?}");
    }
    for header in ["Code;\"Nom;Ville\nF1;A;Nice\n", "Code;\"Nom;Ville\nF1;A;Nice\nF2;B \";Dijon\n"] {
        let message = fails(header);
        assert!(message.starts_with("row 1 of `"), "{message}");
    }
}

#[test]
fn a_quote_that_a_later_row_closes_swallows_no_row() {
    for (last, town) in [("F4;LAC \";Nice", "Nice"), ("F4;D;\"Nice\"", "Nice"), ("F4;\"D\";Nice", "Nice")] {
        let text = format!("{HEADER}F1;A;Nice\nF2;\"B;Dijon\nF3;C;Metz\n{last}\nF5;E;Lyon\n");
        let (rows, rejects, facts) = records(text.as_bytes(), &[]).unwrap();
        assert_eq!(rows.len(), 5, "{rows:?}");
        assert_eq!((rows[1].as_str(), rows[2].as_str()), ("F2|\"B|Dijon", "F3|C|Metz"));
        assert!(rows[3].starts_with("F4|") && rows[3].ends_with(town), "{rows:?}");
        assert_eq!(rejects, [(3, "a closing quote, or no quote at all".to_owned())]);
        assert_eq!(facts.irregular.quotes, tally(1, 3));
    }
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "Code;Nom\nF1;\"A\nF2;B \"\nF3;C\n").unwrap();
    let read = read(&plan(csv(&path), &["index"], texts(&["Nom"])), 10);
    assert_eq!(column(&read.rows, "nom"), ["\"A", "B \"", "C"]);
    assert_eq!(read.rejects.len(), 1);
}

#[test]
fn line_breaks_in_quotes_belong_to_their_cell() {
    assert_eq!(rows(&format!("{HEADER}F1;\"A\nB\";Nice\nF2;C;Metz")), ["F1|A\nB|Nice", "F2|C|Metz"]);
    assert_eq!(rows(&format!("{HEADER}F1;A;\"Nice\n; ou Metz\"\n")), ["F1|A|Nice\n; ou Metz"]);
    let all = "\"Code\";\"Nom\";\"Ville\"\n\"F1\";\"A;x\nF2;B;y\nF3;C\";\"Nice\"\n";
    assert_eq!(rows(all), ["F1|A;x\nF2;B;y\nF3;C|Nice"]);
    let long = "x".repeat(300_000);
    assert_eq!(rows(&format!("{HEADER}F1;\"A\n{long}\";Nice\n")), [format!("F1|A\n{long}|Nice")]);
}

#[test]
fn nonstandard_quotes_are_read() {
    for (name, text) in [
        ("space", "\"Code\", \"Nom\", \"Ville\"\n\"F1\", \"A, B\", \"Nice\"\n"),
        ("single", "'Code','Nom','Ville'\n'F1','A, B','Nice'\n"),
        ("tab before", "Code,Nom,Ville\nF1,\t\"A, B\"\t,Nice\n"),
    ] {
        assert_eq!(rows(text), ["F1|A, B|Nice"], "{name}");
    }
    for (name, text, expected) in [
        ("backslash", "\"F1\",\"A \\\"B\\\", C\",\"Nice\"\n", "F1|A \"B\", C|Nice"),
        ("not doubled", "\"F1\",\"A \"B\", C\",\"Nice\"\n", "F1|A \"B\", C|Nice"),
        ("outside", "F1,\"A\" B,Nice\n", "F1|\"A\" B|Nice"),
        ("inside", "F1,A \"B\" C,Nice\n", "F1|A \"B\" C|Nice"),
    ] {
        let text = format!("Code,Nom,Ville\n{text}F2,D,Metz\n");
        assert_eq!(rows(&text), [expected, "F2|D|Metz"], "{name}");
    }
    let (rows, rejects, facts) = records(b"Code,Nom,Ville\nF1,\"A,\"B\",Nice,x\nF2,D,Metz\n", &[]).unwrap();
    assert_eq!(rows, ["-|-|-", "F2|D|Metz"]);
    assert_eq!((rejects.len(), rejects[0].0, facts.irregular.unreadable), (1, 2, tally(1, 2)));
}

#[test]
fn line_ends_may_be_mixed() {
    let expected = ["F1|A|Nice", "F2|B\nC|Dijon", "F3|D|Metz"];
    for ends in [["\r"; 4], ["\n"; 4], ["\r\n"; 4], ["\r", "\n", "\r\n", "\n"], ["\n", "\r", "\r", "\r"], ["\r\r\n"; 4]]
    {
        let [first, second, third, last] = ends;
        let text = format!("Code;Nom;Ville{first}F1;A;Nice{second}F2;\"B\nC\";Dijon{third}F3;D;Metz{last}");
        assert_eq!(rows(&text), expected, "{ends:?}");
        assert_eq!(rows(text.trim_end()), expected, "{ends:?}, the last row without its end");
    }
    // A carriage return inside an unquoted cell, in a file with other line ends.
    assert_eq!(rows("Code;Nom;Ville\r\nF1;A\r B;Nice\r\nF2;C;Metz\r\n"), ["F1|A\r B|Nice", "F2|C|Metz"]);
    for text in ["Nom\rA\rB\r", "Nom\rA\rB", "Nom\nA\nB", "Nom\r\n\r\nA\r\n\"B\"", "Nom;\nA;\nB;\n"] {
        let folder = folder();
        let path = folder.path().join("s.csv");
        fs::write(&path, text).unwrap();
        let read = read(&plan(csv(&path), &["index"], texts(&["Nom"])), 10);
        assert_eq!(column(&read.rows, "nom"), ["A", "B"], "{text:?}");
    }
}

#[test]
fn rows_broken_in_two_are_counted_and_their_second_half_is_not_used() {
    let text = format!("{HEADER}F1;A;Nice\nF2;B\nC;Dijon\nF3;D;Metz\n");
    let (rows, rejects, facts) = records(text.as_bytes(), &[]).unwrap();
    assert_eq!(rows, ["F1|A|Nice", "F2|B|-", "-|-|-", "F3|D|Metz"]);
    assert_eq!(rejects.len(), 1);
    assert!(rejects[0].0 == 4 && rejects[0].1.contains("with row 3"), "{rejects:?}");
    assert_eq!((facts.irregular.short, facts.irregular.unreadable), (tally(2, 3), tally(1, 4)));
    // Files that omit empty cells at the end of rows have short rows that are not halves.
    let text = format!("{HEADER}F1\nF2;B\nF3;C\nF4;D;Metz\nF5;E\nF6;F\n");
    let (rows, rejects, facts) = records(text.as_bytes(), &[]).unwrap();
    assert_eq!((rows.len(), rejects.len(), facts.irregular.short), (6, 0, tally(5, 2)));
    // An extra delimiter at the end of each row, in the header or not, is not a cell.
    for (header, end) in [("", ";"), (";", ";"), (";", "")] {
        let text = format!("Code;Nom;Ville{header}\nF1;A;Nice{end}\nF2;B;Metz{end}\n");
        let (rows, rejects, facts) = records(text.as_bytes(), &[]).unwrap();
        assert_eq!(rows, ["F1|A|Nice", "F2|B|Metz"]);
        assert!(rejects.is_empty() && facts.irregular.is_empty(), "{text:?}");
    }
}

#[test]
fn what_is_above_the_header_is_not_read() {
    let body = "Code;Nom;Ville\r\nF1;A, x;Nice\r\nF2;B;Metz\r\n";
    for (above, first) in [
        ("sep=;\r\n", "3"),
        ("\u{feff}SEP=;\r\n", "3"),
        ("Liste des tiers;;\r\n;;\r\n", "4"),
        ("Liste des tiers, au 31/12/2024, en euros\r\n\r\n", "4"),
        ("", "2"),
    ] {
        let folder = folder();
        let path = folder.path().join("s.csv");
        fs::write(&path, format!("{above}{body}")).unwrap();
        let names = ["Code", "Nom"].map(str::to_owned);
        let auto = format("csv").unwrap().options(TableOptions::new(), &names);
        let row = first.parse::<u64>().unwrap() - 1;
        let chosen = format("csv").unwrap().options([("header".to_owned(), row.into())].into_iter().collect(), &names);
        for options in [auto, chosen] {
            let table = TablePlan { options, ..csv(&path) };
            let read = read(&plan(table, &["index"], texts(&["Nom"])), 10);
            assert_eq!(column(&read.rows, "nom"), ["A, x", "B"], "{above:?}");
            assert_eq!(column(&read.rows, "_row")[0], first, "{above:?}");
            assert!(read.facts.cells.balances());
        }
        assert_eq!(guess_header(&csv(&path), "").unwrap().map(u64::from), Some(row), "{above:?}");
    }
    let message = records(body.as_bytes(), &[("header", "9")]).unwrap_err().to_string();
    assert!(message.contains("no header in row 9"), "{message}");
}

#[test]
fn repeated_headers_and_totals_are_not_records() {
    let text = format!("{HEADER}F1;A;Nice\n{HEADER}F2;B;Metz\n;TOTAL;2\n");
    let (rows, rejects, facts) = records(text.as_bytes(), &[("totals", "skip")]).unwrap();
    assert_eq!(rows, ["F1|A|Nice", "F2|B|Metz"]);
    assert_eq!((rejects.len(), facts.rows_left_out), (0, 1));
    assert_eq!(facts.irregular.repeated_headers, tally(1, 3));
    let (rows, _, facts) = records(text.as_bytes(), &[]).unwrap();
    assert_eq!((rows.len(), facts.rows_left_out), (3, 0));
    let text = format!("{HEADER}F1;Total SA;Nice\nF2;Total;Metz\n");
    assert_eq!(records(text.as_bytes(), &[("totals", "skip")]).unwrap().0.len(), 2);
}

#[test]
fn files_joined_end_to_end_are_one_table() {
    let (mark, quoted) = ("\u{feff}", HEADER.replace("Nom", "\"Nom\""));
    for header in [HEADER, quoted.as_str()] {
        let text = format!("{mark}{mark}{header}F1;A;Nice\n{mark}{header}F2;B;Metz\n{mark}F3;\"C\";Paris\n");
        let (rows, rejects, facts) = records(text.as_bytes(), &[]).unwrap();
        assert_eq!(rows, ["F1|A|Nice", "F2|B|Metz", "F3|C|Paris"]);
        assert_eq!((rejects.len(), facts.irregular.repeated_headers), (0, tally(1, 3)));
    }
}

#[test]
fn code_page_850_is_detected_or_chosen() {
    let bytes = b"Code;Nom;Ville\r\nF1;SOCI\x90T\x90 des \x8Cles;N\x8Cmes\r\n";
    for options in [&[][..], &[("encoding", "cp850")]] {
        assert_eq!(records(bytes, options).unwrap().0, ["F1|SOCI\u{c9}T\u{c9} des \u{ee}les|N\u{ee}mes"]);
    }
}

#[test]
fn spreadsheet_guards_are_not_text() {
    let text = format!("{HEADER}=\"F1\";\"=\"\"06300\"\"\";=T(\"A\")\n'0123;='x';=A1\n");
    assert_eq!(rows(&text), ["F1|06300|A", "0123|='x'|=A1"]);
}

#[test]
fn encodings_without_a_mark_and_marks_within_the_file() {
    let text = "Code;Nom;Ville\r\nF1;\u{c9}t\u{e9};Nice\r\nF2;B;Metz\r\n";
    let expected = ["F1|\u{c9}t\u{e9}|Nice", "F2|B|Metz"];
    let wide = |is_big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for bytes in [wide(false), wide(true)] {
        assert_eq!(records(&bytes, &[]).unwrap().0, expected);
    }
    let utf32: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
    assert!(records(&utf32, &[]).unwrap_err().to_string().contains("UTF-32"));
    // One row in Windows-1252 among others in UTF-8.
    let mixed = [text.as_bytes(), b"F3;Caf\xE9;Lyon\r\n", "F4;\u{e9}\u{e9};Nice\r\n".as_bytes()].concat();
    let (rows, rejects, _) = records(&mixed, &[]).unwrap();
    assert_eq!((rows.len(), rejects[0].0, rejects.len()), (4, 4, 1));
}

#[test]
fn an_unclosed_quote_is_an_error_and_does_not_fill_memory() {
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
