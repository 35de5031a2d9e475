//! Text tables in gzip, Zstandard and zip: recognised by their bytes, read like their contents.

use std::fs;
use std::io::Write;
use std::path::Path;

use matchflow_ingest::{digest, guess_format, open_source, table_facts};
use matchflow_model::plan::{SourcePlan, TablePlan};

use crate::support::{column, csv, folder, plan, read, texts};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(path: &Path, members: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

const TABLE: &str = "Code;Nom\nF1;Société Évian\nF2;\"Deux\nlignes\"\nF3;A;B;C\n";

fn names(table: TablePlan) -> (Vec<String>, Vec<String>) {
    let found = read(&plan(table, &["Code"], texts(&["Nom"])), 2);
    (column(&found.rows, "nom"), found.rejects.into_iter().map(|reject| reject.cell).collect())
}

#[test]
fn compressed_tables_are_read_whatever_their_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("plain.csv"), TABLE).unwrap();
    fs::write(at("s.csv.gz"), gzip(TABLE.as_bytes())).unwrap();
    fs::write(at("s.csv"), gzip(TABLE.as_bytes())).unwrap();
    fs::write(at("s.csv.zst"), zstd::encode_all(TABLE.as_bytes(), 3).unwrap()).unwrap();
    zip(&at("s.zip"), &[("__MACOSX/._s.csv", b"x"), ("out/s.csv", TABLE.as_bytes())]);
    let wide: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(at("wide.csv"), gzip(&wide)).unwrap();
    let expected = names(csv(&at("plain.csv")));
    assert_eq!(expected.0, ["Société Évian", "Deux\nlignes", "-"]);
    for name in ["s.csv.gz", "s.csv", "s.csv.zst", "s.zip", "wide.csv"] {
        assert_eq!(names(csv(&at(name))), expected, "{name}");
    }
    let lines = "{\"Code\":\"F1\",\"Nom\":\"A\"}\n{\"Code\":\"F2\",\"Nom\":\"B\"}\n";
    fs::write(at("s.jsonl.zst"), zstd::encode_all(lines.as_bytes(), 3).unwrap()).unwrap();
    assert_eq!(names(TablePlan::new("jsonl", at("s.jsonl.zst"))).0, ["A", "B"]);
}

#[test]
fn the_format_is_guessed_from_the_inner_extension_or_the_contents() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("rows.gz"), gzip(b"{\"Nom\":\"A\"}\n")).unwrap();
    fs::write(at("list.gz"), gzip(b"Nom;Ville\nA;B\n")).unwrap();
    fs::write(at("list.bin"), b"Nom;Ville\nA;B\n").unwrap();
    zip(&at("s.zip"), &[("a.csv", b"Nom;Ville\nA;B\n")]);
    fs::create_dir(at("parts")).unwrap();
    fs::write(at("parts/1.jsonl.gz"), gzip(b"{\"Nom\":\"A\"}\n")).unwrap();
    for (name, expected) in [
        ("s.csv.gz", Some("csv")),
        ("S.JSONL.ZST", Some("jsonl")),
        ("rows.gz", Some("jsonl")),
        ("list.gz", Some("csv")),
        ("parts", Some("jsonl")),
        ("parts/*.jsonl.gz", Some("jsonl")),
        ("par*/*", Some("jsonl")),
        ("s.zip", Some("csv")),
        ("none/*.csv", None),
        ("list.bin", None),
        ("none.gz", None),
    ] {
        assert_eq!(guess_format(&at(name)).map(|format| format.name()), expected, "{name}");
    }
}

#[test]
fn compressed_contents_are_checked() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let refused = |name: &str, bytes: &[u8]| {
        fs::write(at(name), bytes).unwrap();
        table_facts(&csv(&at(name))).unwrap_err().to_string()
    };
    let message = refused("p.gz", &gzip(b"PAR1\x15\x04\0"));
    assert!(message.contains("compressed with gzip and holds a Parquet file; decompress it"), "{message}");
    let message = refused("twice.gz", &gzip(&gzip(TABLE.as_bytes())));
    assert!(message.contains("holds compressed with gzip") || message.contains("compressed with gzip"), "{message}");
    let message = refused("empty.gz", &gzip(b""));
    assert!(message.contains("empty"), "{message}");
    zip(&at("two.zip"), &[("a.csv", b"Nom\nA\n"), ("b.csv", b"Nom\nB\n")]);
    let message = table_facts(&csv(&at("two.zip"))).unwrap_err().to_string();
    assert!(message.contains("must have one file") && message.contains("`a.csv`, `b.csv`"), "{message}");
    zip(&at("none.zip"), &[("__MACOSX/x", b"")]);
    assert!(table_facts(&csv(&at("none.zip"))).is_err());
}

#[test]
fn a_truncated_file_is_never_a_complete_table() {
    let folder = folder();
    let path = folder.path().join("s.csv.gz");
    let table: String = (0..50_000).map(|row| format!("F{row};{:x}\n", row * 7_919 % 100_003)).collect();
    let packed = gzip(format!("Code;Nom\n{table}").as_bytes());
    let encoded = |plan: SourcePlan| {
        let mut plan = plan;
        plan.table.options.insert("encoding".to_owned(), "utf-8".into());
        plan
    };
    for length in [packed.len() / 3, packed.len() - 9, packed.len() - 4] {
        fs::write(&path, &packed[..length]).unwrap();
        // The encoding is detected in the whole file; if it is declared, the rows come first, and then the error.
        for plan in
            [plan(csv(&path), &["Code"], texts(&["Nom"])), encoded(plan(csv(&path), &["Code"], texts(&["Nom"])))]
        {
            let error = open_source(&plan, 1_000).and_then(|mut reader| {
                while reader.next_batch()?.is_some() {}
                Ok(())
            });
            let message = error.unwrap_err().to_string();
            assert!(message.contains("s.csv.gz") && message.contains("at byte"), "{message}");
        }
    }
}

#[test]
fn the_digest_is_that_of_the_file() {
    let folder = folder();
    let path = folder.path().join("s.csv.gz");
    fs::write(&path, gzip(TABLE.as_bytes())).unwrap();
    let before = digest(&csv(&path)).unwrap();
    fs::write(&path, gzip(b"Code;Nom\nF1;B\n")).unwrap();
    assert_ne!(digest(&csv(&path)).unwrap(), before);
}
