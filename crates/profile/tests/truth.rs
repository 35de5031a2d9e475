//! Column kinds compared with a truth table that was written before the rules: invented exports of fourteen programs
//! (`exports/`), and workbooks of the corpus if `MATCHFLOW_SHARED` is set. Prints what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use matchflow_ingest::guess_format;
use matchflow_profile::{ColumnKind, TableProfile, choose_table, profile};
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

/// Exports that were not looked at while the rules were developed.
const HELD_OUT: [&str; 5] =
    ["cegid-tiers", "exact-leveranciers", "netsuite-vendors", "quickbooks-vendors", "zucchetti-fornitori"];
const RIGHT_MIN: f64 = 0.95;

/// An export: its first line has the format, its second the kinds of the columns.
struct Export {
    name: String,
    file: PathBuf,
    kinds: Vec<ColumnKind>,
}

fn exports(folder: &TempDir) -> Vec<Export> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    let mut files: Vec<PathBuf> = std::fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| export(file, folder.path())).collect()
}

fn export(source: &Path, folder: &Path) -> Export {
    let name = source.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(source).unwrap();
    let (format, rest) = text.strip_prefix("# ").unwrap().split_once('\n').unwrap();
    let (kinds, rest) = rest.strip_prefix("# ").unwrap().split_once('\n').unwrap();
    let delimiter = [';', '\t', '|', ','].into_iter().find(|delimiter| kinds.contains(*delimiter)).unwrap();
    let kind = |word: &str| ColumnKind::of_word(word).unwrap_or_else(|| panic!("{name}: {word}"));
    let kinds: Vec<ColumnKind> = kinds.split(delimiter).map(kind).collect();
    let file = folder.join(&name).with_extension(format);
    match format {
        "csv" => std::fs::write(&file, rest).unwrap(),
        _ => write_workbook(&file, rest, delimiter),
    }
    Export { name, file, kinds }
}

/// Writes a workbook as programs do: a note on the first sheet, numbers as numbers unless a zero would be lost.
fn write_workbook(file: &Path, text: &str, delimiter: char) {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Lisez-moi").unwrap().write(0, 0, "Ne pas modifier").unwrap();
    let sheet = workbook.add_worksheet().set_name("Export").unwrap();
    for (row, line) in text.lines().enumerate() {
        for (column, cell) in line.split(delimiter).enumerate() {
            let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            match cell.parse::<f64>() {
                Ok(number) if !cell.starts_with('0') => sheet.write(row, column, number).unwrap(),
                _ if cell.is_empty() => continue,
                _ => sheet.write(row, column, cell).unwrap(),
            };
        }
    }
    workbook.save(file).unwrap();
}

fn profile_of(file: &Path) -> TableProfile {
    let format = guess_format(file).unwrap();
    profile(choose_table(format, file, None, None).unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

/// The number of correct columns, and a line for each wrong one.
fn compare(name: &str, found: &TableProfile, kinds: &[ColumnKind], report: &mut String) -> usize {
    let columns: Vec<&str> = found.columns.iter().map(|column| column.column.as_str()).collect();
    assert_eq!(columns.len(), kinds.len(), "{name}: {columns:?}");
    let mut right = 0;
    for (column, kind) in found.columns.iter().zip(kinds) {
        if column.kind == *kind {
            right += 1;
        } else {
            let (word, found, sure) = (kind.word(), column.kind.word(), column.confidence);
            writeln!(report, "  {name}: `{}` is {word}, taken for {found} ({sure:.2})", column.column).unwrap();
        }
    }
    right
}

#[test]
fn columns_of_exports_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let mut report = String::new();
    let mut shares = [(0, 0); 2];
    for export in exports(&folder) {
        let found = profile_of(&export.file);
        let mut wrong = String::new();
        let right = compare(&export.name, &found, &export.kinds, &mut wrong);
        let held_out = HELD_OUT.contains(&export.name.as_str());
        let mark = if held_out { " (held out)" } else { "" };
        writeln!(report, "{:<22} {right:>2} of {:>2}{mark}\n{wrong}", export.name, export.kinds.len()).unwrap();
        let share = &mut shares[usize::from(held_out)];
        *share = (share.0 + right, share.1 + export.kinds.len());
    }
    let share = |(right, all): (usize, usize)| right as f64 / all as f64;
    println!("{report}");
    println!("seen {:.3} of {}, held out {:.3} of {}", share(shares[0]), shares[0].1, share(shares[1]), shares[1].1);
    assert!(share(shares[0]) >= RIGHT_MIN && share(shares[1]) >= RIGHT_MIN, "{report}");
}

#[test]
fn columns_of_the_corpus_are_recognised() {
    let Some(shared) = std::env::var_os("MATCHFLOW_SHARED") else {
        eprintln!("skipped: MATCHFLOW_SHARED is not set");
        return;
    };
    let corpus = Path::new(&shared).join("data/xlsx-corpus");
    let mut report = String::new();
    let (mut right, mut all) = (0, 0);
    for line in include_str!("corpus-truth.txt").lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [file, sheet, header, kinds] = parts.as_slice() else { panic!("{line}") };
        let kinds: Vec<ColumnKind> = kinds.split(", ").map(|word| ColumnKind::of_word(word).unwrap()).collect();
        let found = profile_of(&corpus.join(file));
        assert_eq!(found.choice.sheet.as_deref(), Some(*sheet), "{file}");
        assert_eq!(found.inspection.header_row, header.parse().ok(), "{file}");
        right += compare(file, &found, &kinds, &mut report);
        all += kinds.len();
    }
    let share = right as f64 / all as f64;
    println!("{report}\ncorpus {share:.3} of {all}");
    assert!(share >= RIGHT_MIN, "{report}");
}

/// Any workbook: no panic, and a table with columns or an error that names the file.
#[test]
fn no_workbook_of_the_corpus_panics() {
    let Some(shared) = std::env::var_os("MATCHFLOW_SHARED") else {
        eprintln!("skipped: MATCHFLOW_SHARED is not set");
        return;
    };
    let corpus = Path::new(&shared).join("data/xlsx-corpus");
    let (mut read, mut refused) = (0, 0);
    for folder in std::fs::read_dir(corpus).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let Some(format) = guess_format(&file) else { continue };
            match choose_table(format, &file, None, None) {
                Ok(choice) => {
                    read += 1;
                    assert!(choice.samples.iter().all(|sample| sample.values.len() <= sample.rows));
                }
                Err(error) => {
                    refused += 1;
                    let name = file.file_name().unwrap().to_string_lossy().into_owned();
                    assert!(error.to_string().contains(&name), "{name}: {error}");
                }
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 400, "{read} of {}", read + refused);
}
