//! Supplier files and registries that cannot be read: the message names the file and the place, and no output is
//! half-written.

use std::fs;
use std::io::{Cursor, Read, Write};

use crate::small::{ROWS, closed_registry, small};
use crate::support::World;
use crate::tables::{committed_text, count};

/// A workbook with one sheet, `Fournisseurs`, of these rows.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Fournisseurs").unwrap();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

const HEADER: &[&str] = &["Code", "Nom", "Postal"];

/// The exit codes for an invalid pipeline, and for damaged, missing and empty input.
const PIPELINE: i32 = 2;
const DAMAGED: i32 = 65;
const MISSING: i32 = 66;
const EMPTY: i32 = 67;

/// The replacement for the supplier file, the message, and the exit code.
struct Case {
    name: &'static str,
    set: &'static [&'static str],
    file: Option<(&'static str, Vec<u8>)>,
    code: i32,
    says: &'static [&'static str],
}

impl Case {
    /// The supplier file is the workbook `s.xlsx`.
    fn xlsx(name: &'static str, bytes: Vec<u8>, says: &'static [&'static str]) -> Case {
        let set = &["source.csv=null", "source.xlsx={path: s.xlsx, sheet: Fournisseurs}"];
        Case { name, set, file: Some(("s.xlsx", bytes)), code: PIPELINE, says }
    }

    fn ends_with(self, code: i32) -> Case {
        Case { code, ..self }
    }

    /// An error from values alone.
    fn set(name: &'static str, set: &'static [&'static str], says: &'static [&'static str]) -> Case {
        Case { name, set, file: None, code: PIPELINE, says }
    }

    fn file(name: &'static str, file: &'static str, bytes: Vec<u8>, says: &'static [&'static str]) -> Case {
        Case { name, set: &[], file: Some((file, bytes)), code: PIPELINE, says }
    }
}

fn cases() -> Vec<Case> {
    let whole = workbook(&[HEADER, &["F1", "DUPONT", "69003"]]);
    let cut = whole[..whole.len() / 2].to_vec();
    let encrypted = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 4096]].concat();
    vec![
        Case::set("no file", &["source.csv.path=gone.csv"], &["gone.csv", "small.yaml"]).ends_with(MISSING),
        Case::set("a folder", &["source.csv.path=../plugins"], &["../plugins"]).ends_with(MISSING),
        Case::set("no registry", &["reference.csv.path=gone.csv"], &["gone.csv"]).ends_with(MISSING),
        Case::set("no column", &["source.fields.name=Raison"], &["`Raison`", "`Nom`"]),
        Case::set("no key column", &["source.id=Tiers"], &["`Tiers`", "`Code`"]),
        Case::set("no status column", &["reference.status.column=etat"], &["`etat`", "`state`"]),
        Case::xlsx("an empty sheet", workbook(&[]), &["s.xlsx", "Fournisseurs", "empty"]).ends_with(EMPTY),
        Case::xlsx("a wrong column", workbook(&[&["A", "B"], &["1", "2"]]), &["no column `Nom`", "`A`, `B`"]),
        Case::xlsx("encrypted", encrypted, &["s.xlsx", "password"]).ends_with(DAMAGED),
        Case::xlsx("cut", cut, &["s.xlsx"]).ends_with(DAMAGED),
        Case::xlsx("no bytes", Vec::new(), &["s.xlsx", "empty"]).ends_with(EMPTY),
        Case::xlsx("text", b"Code;Nom\nF1;DUPONT\n".to_vec(), &["s.xlsx"]).ends_with(DAMAGED),
        Case {
            name: "a wrong sheet",
            set: &["source.csv=null", "source.xlsx={path: s.xlsx, sheet: Tiers}"],
            file: Some(("s.xlsx", whole.clone())),
            code: PIPELINE,
            says: &["`Tiers`", "`Fournisseurs`"],
        },
        Case {
            name: "a header row that is not there",
            set: &["source.csv=null", "source.xlsx={path: s.xlsx, header: 50}"],
            file: Some(("s.xlsx", whole)),
            code: PIPELINE,
            says: &["s.xlsx", "50"],
        },
        Case::file("an empty CSV", "suppliers.csv", Vec::new(), &["suppliers.csv"]).ends_with(EMPTY),
        Case::file("a CSV without the column", "suppliers.csv", b"Code,Postal\nF1,69003\n".to_vec(), &["`Nom`"]),
        Case {
            name: "a registry that is no Parquet",
            set: &["reference.csv=null", "reference.parquet.path=registry.csv"],
            file: None,
            code: DAMAGED,
            says: &["registry.csv", "Parquet"],
        },
        Case {
            name: "all entries closed",
            set: &[],
            file: Some(("registry.csv", closed_registry().into_bytes())),
            code: EMPTY,
            says: &["registry.csv", "empty", "status"],
        },
        Case {
            name: "a registry with a header only",
            set: &[],
            file: Some(("registry.csv", b"siret,siren,name,postcode,state\n".to_vec())),
            code: EMPTY,
            says: &["registry.csv", "empty"],
        },
    ]
}

#[test]
fn bad_input_is_named_and_leaves_nothing_half_written() {
    for Case { name, set, file, code, says } in cases() {
        let world = small();
        if let Some((file, bytes)) = file {
            world.write(file, bytes);
        }
        let set: Vec<&str> = set.iter().flat_map(|value| ["--set", value]).collect();
        let ended = world.run(&[&["run", "small.yaml"], &set[..]].concat());
        assert_eq!(ended.code, Some(code), "{name}: {ended:?}");
        for words in says {
            assert!(ended.stderr.contains(words), "{name}: no `{words}` in {}", ended.stderr);
        }
        assert!(ended.stdout.is_empty() && !ended.stderr.contains("panicked"), "{name}: {ended:?}");
        let left = world.files("out");
        // A run that has started leaves its checkpoint, and nothing else.
        let allowed: &[&str] = if set.is_empty() && code == EMPTY { &["small.duckdb"] } else { &[] };
        assert!(left.iter().all(|file| allowed.contains(&file.as_str())), "{name}: {left:?}");
    }
}

#[test]
fn a_missing_parquet_column_is_reported_with_the_available_ones() {
    let world = World::sample();
    let ended = world.run(&["run", "suppliers.yaml", "--set", "reference.fields.name=denomination"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("`denomination`") && ended.stderr.contains("`denominationUniteLegale`"), "{ended:?}");
    assert_eq!(world.files("out"), [""; 0]);
}

#[test]
fn an_error_keeps_the_results_of_the_last_good_run() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    let (csv, xlsx) = (world.read("out/results.csv"), world.read("out/results.xlsx"));
    world.write("registry.csv", closed_registry());
    assert_eq!(world.run(&["run", "small.yaml"]).code, Some(EMPTY));
    assert!(world.read("out/results.csv") == csv && world.read("out/results.xlsx") == xlsx);
    assert_eq!(count(&world, "out/small.duckdb", "SELECT count(*) FROM results"), ROWS);
    assert_eq!(count(&world, "out/small.duckdb", "SELECT count(*) FROM runs WHERE status = 'failed'"), 1);
}

/// The workbook with its first sheet cut at two thirds, in an intact archive.
fn broken_midway(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            content.truncate(content.len() / 3 * 2);
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn committed_rows_survive_an_error_midway_and_the_run_continues_once_it_is_fixed() {
    let world = World::sample();
    let whole = world.read("data/suppliers.xlsx");
    world.write("data/suppliers.xlsx", broken_midway(&whole));
    // Few rows in flight: the rows before the fault are committed when it is reached.
    let run = ["run", "suppliers.yaml", "--set", "execution.in_flight=64", "--set", "execution.chunk=8"];
    let ended = world.run(&run);
    assert_eq!(ended.code, Some(DAMAGED), "{ended:?}");
    assert!(ended.stderr.contains("cannot read the rest of the supplier file"), "{ended:?}");
    assert!(ended.stderr.contains("data/suppliers.xlsx"), "{ended:?}");
    let committed = count(&world, "out/suppliers.duckdb", "SELECT count(*) FROM results");
    assert!(committed > 1_000 && committed < 2_000, "{committed}: {ended:?}");
    assert!(ended.stderr.contains(&committed_text(committed)), "{ended:?}");
    assert_eq!(world.files("out"), ["suppliers.duckdb"]);
    fs::write(world.path("data/suppliers.xlsx"), whole).unwrap();
    let rest = world.succeed(&run);
    assert_eq!(rest.before(" skipped"), committed, "{rest:?}");
    let fresh = World::sample();
    fresh.succeed(&["run", "suppliers.yaml"]);
    assert!(world.read("out/suppliers-results.csv") == fresh.read("out/suppliers-results.csv"));
}

#[test]
fn a_supplier_file_with_a_header_only_is_an_error() {
    let world = small();
    world.write("suppliers.csv", "Code,Nom,Postal\n");
    let ended = world.run(&["run", "small.yaml"]);
    assert_eq!(ended.code, Some(EMPTY), "{ended:?}");
    assert!(ended.stderr.contains("`suppliers.csv` has no rows under its header"), "{ended:?}");
    let guided = world.run(&["match", "suppliers.csv", "--registry", "registry.csv", "--yes"]);
    assert_eq!(guided.code, Some(67), "{guided:?}");
}

#[test]
fn a_test_that_does_not_exist_is_an_error() {
    let world = World::sample();
    let ended = world.run(&["test", "suppliers.yaml", "--only", "zzz"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("has `zzz` in its name"), "{ended:?}");
}

/// Supplier data belongs neither on a terminal nor in a scheduler's log.
#[test]
fn a_table_in_place_of_a_pipeline_is_named_but_not_shown() {
    let world = small();
    let rows: String = (0..20_000).map(|row| format!("F{row};SECRET NAME {row};69003\n")).collect();
    let csv = format!("Code;Nom;Postal\n{rows}");
    world.write("list.csv", &csv);
    world.write("list.txt", &csv);
    world.write("list.xlsx", workbook(&[HEADER, &["F1", "SECRET NAME", "69003"]]));
    world.write("list.yaml", &csv);
    world.write("one-line.yaml", csv.replace('\n', " "));
    world.write("control.yaml", "name: \u{1b}]0;SECRET\u{7}\nsource: \u{1b}[31m\n");
    for command in ["run", "validate", "plan", "test", "index"] {
        let cases = [
            ("list.csv", "`list.csv` is a CSV file, not a pipeline (YAML)"),
            ("list.txt", "`list.txt` is a table (CSV), not a pipeline (YAML)"),
            ("list.xlsx", "`list.xlsx` is an Excel workbook"),
            ("list.yaml", "list.yaml"),
            ("one-line.yaml", "one-line.yaml"),
            ("control.yaml", "control.yaml"),
        ];
        for (file, says) in cases {
            let ended = world.run(&[command, file]);
            assert_eq!(ended.code, Some(PIPELINE), "{command} {file}: {ended:?}");
            assert!(ended.stderr.contains(says), "{command} {file}: {ended:?}");
            assert!(ended.stderr.len() < 2_500, "{command} {file}: {} bytes", ended.stderr.len());
            assert!(!ended.stderr.contains(['\u{1b}', '\u{7}']), "{command} {file}: {ended:?}");
            if !file.ends_with("yaml") {
                assert!(!ended.stderr.contains("SECRET"), "{command} {file}: {ended:?}");
                assert!(ended.stderr.contains(&format!("matchflow inspect {file}")), "{command} {file}: {ended:?}");
            }
        }
    }
}

#[test]
fn a_value_as_large_as_the_file_is_cut_in_messages() {
    let world = small();
    let long = "9".repeat(5_000);
    let sets = [
        format!("sink.batch_size={long}"),
        format!("{long}=1"),
        format!("source.{long}=1"),
        format!("stages.DECIDE.accept={long}"),
        format!("language={long}"),
        format!("source.id={long}"),
        format!("source.fields.name={long}"),
    ];
    for set in sets {
        let ended = world.run(&["validate", "small.yaml", "--set", &set]);
        assert_eq!(ended.code, Some(PIPELINE), "{ended:?}");
        assert!(ended.stderr.len() < 2_500, "{} bytes: {}", ended.stderr.len(), ended.stderr);
    }
}
