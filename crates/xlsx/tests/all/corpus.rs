//! Foreign workbooks, compared with calamine cell by cell. `tests/corpus-differences.txt` lists each difference with the
//! reason for our choice; `UPDATE_GOLDEN=1` rewrites the table and keeps the reasons.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use calamine::{DataRef, DataType, Reader, SheetType, Xlsx};
use matchflow_xlsx::{NumberFormat, SheetItem, SheetKind, Tables, Value, Workbook, XlsxError};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus-differences.txt");
const UNDECIDED: &str = "UNDECIDED";

/// A cell's position and value in a form that both readers share.
type Cells = Vec<((u32, u32), String)>;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn ours(path: &Path) -> Result<BTreeMap<String, Result<Cells, String>>, XlsxError> {
    let mut workbook = Workbook::open(File::open(path)?)?;
    let sheets = workbook.sheets().to_vec();
    let mut found = BTreeMap::new();
    for (index, sheet) in sheets.into_iter().enumerate().filter(|(_, sheet)| sheet.kind == SheetKind::Worksheet) {
        let mut read = || -> Result<Cells, XlsxError> {
            let mut cells = Cells::new();
            workbook.read_sheet(index, |reader, tables| {
                reader.for_each(|item| {
                    let SheetItem::Cell(cell) = item else { return ControlFlow::Continue(()) };
                    let place = (cell.row - 1, cell.column);
                    cells.extend(our_words(&cell.value, cell.style, tables).map(|words| (place, words)));
                    ControlFlow::Continue(())
                })
            })?;
            Ok(cells)
        };
        let cells = read().map_err(|error| error.to_string());
        found.insert(sheet.name, cells);
    }
    Ok(found)
}

fn our_words(value: &Value<'_>, style: u32, tables: &Tables) -> Option<String> {
    let text = |text: &str| (!text.is_empty()).then(|| format!("text {text}"));
    match *value {
        Value::Empty => None,
        Value::Uncalculated => Some("uncalculated".to_owned()),
        Value::Text(own) => text(own),
        Value::Shared(index) => text(tables.strings.get(index).unwrap_or("no such string")),
        Value::Number(raw) => Some(match (raw.parse::<f64>(), tables.styles.format(style)) {
            (Err(_), _) => format!("text {raw}"),
            (Ok(days), NumberFormat::Date | NumberFormat::Time) => format!("date {days}"),
            (Ok(days), NumberFormat::Duration) => format!("duration {days}"),
            (Ok(number), _) => format!("number {number}"),
        }),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Date(text) => Some(format!("iso {text}")),
        Value::Error(text) => Some(format!("error {text}")),
    }
}

fn theirs(path: &Path) -> Result<BTreeMap<String, Result<Cells, String>>, String> {
    let handle = BufReader::new(File::open(path).unwrap());
    let mut workbook = Xlsx::new(handle).map_err(|error| error.to_string())?;
    let sheets = workbook.sheets_metadata().to_vec();
    let mut found = BTreeMap::new();
    for sheet in sheets.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let mut read = || -> Result<Cells, String> {
            let mut reader = workbook.worksheet_cells_reader(&sheet.name).map_err(|error| error.to_string())?;
            let mut cells = Cells::new();
            while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
                cells.extend(their_words(cell.get_value()).map(|words| (cell.get_position(), words)));
            }
            Ok(cells)
        };
        let cells = read();
        found.insert(sheet.name, cells);
    }
    Ok(found)
}

fn their_words(value: &DataRef<'_>) -> Option<String> {
    match value {
        DataRef::Empty => None,
        DataRef::String(_) | DataRef::SharedString(_) => {
            let text = value.get_string().unwrap_or_default();
            (!text.is_empty()).then(|| format!("text {text}"))
        }
        DataRef::Int(number) => Some(format!("number {number}")),
        DataRef::Float(number) => Some(format!("number {number}")),
        DataRef::Bool(value) => Some(value.to_string()),
        DataRef::DateTime(moment) if moment.is_duration() => Some(format!("duration {}", moment.as_f64())),
        DataRef::DateTime(moment) => Some(format!("date {}", moment.as_f64())),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Some(format!("iso {text}")),
        DataRef::Error(error) => Some(format!("error {error}")),
    }
}

/// Agreements and differences for the files of one source.
#[derive(Default)]
struct Count {
    files: usize,
    cells: usize,
    equal: usize,
    /// Files and sheets.
    refused: usize,
}

/// The values of both readers.
#[derive(Default)]
struct Tally {
    /// By the folder that the files are in.
    counts: BTreeMap<String, Count>,
    /// By file, sheet and sort, how often.
    differences: BTreeMap<(String, String, String), usize>,
}

impl Tally {
    fn differ(&mut self, file: &str, sheet: &str, sort: String) {
        *self.differences.entry((file.to_owned(), sheet.to_owned(), sort)).or_default() += 1;
    }

    fn count(&mut self, file: &str) -> &mut Count {
        let folder = file.split('/').next().unwrap_or_default();
        self.counts.entry(folder.to_owned()).or_default()
    }

    fn refuse(&mut self, file: &str, sheet: &str, error: &str) {
        self.count(file).refused += 1;
        self.differ(file, sheet, format!("both refuse: {error}"));
    }

    fn file(&mut self, name: &str, path: &Path) {
        self.count(name).files += 1;
        match (ours(path), theirs(path)) {
            (Err(error), Err(_)) => self.refuse(name, "", &error.to_string()),
            (Err(error), Ok(_)) => self.differ(name, "", format!("we refuse: {error}")),
            (Ok(_), Err(error)) => self.differ(name, "", format!("calamine refuses: {error}")),
            (Ok(ours), Ok(mut theirs)) => {
                for (sheet, cells) in ours {
                    match (cells, theirs.remove(&sheet)) {
                        (_, None) => self.differ(name, &sheet, "calamine knows no such worksheet".to_owned()),
                        (Ok(ours), Some(Ok(theirs))) => self.sheet(name, &sheet, ours, theirs),
                        (Err(error), Some(Err(_))) => self.refuse(name, &sheet, &error),
                        (Err(error), _) => self.differ(name, &sheet, format!("we refuse: {error}")),
                        (_, Some(Err(error))) => self.differ(name, &sheet, format!("calamine refuses: {error}")),
                    }
                }
                for sheet in theirs.into_keys() {
                    self.differ(name, &sheet, "we know no such worksheet".to_owned());
                }
            }
        }
    }

    fn sheet(&mut self, file: &str, sheet: &str, ours: Cells, theirs: Cells) {
        let count = self.count(file);
        count.cells += ours.len();
        if ours == theirs {
            count.equal += ours.len();
            return;
        }
        let mut theirs: BTreeMap<_, _> = theirs.into_iter().collect();
        for (place, words) in ours {
            match theirs.remove(&place) {
                Some(other) if other == words => self.count(file).equal += 1,
                other => self.differ(file, sheet, sort(Some(&words), other.as_deref())),
            }
        }
        for other in theirs.into_values() {
            self.differ(file, sheet, sort(None, Some(&other)));
        }
    }
}

/// Differences of the same sort have the same reason.
fn sort(ours: Option<&str>, theirs: Option<&str>) -> String {
    let kind = |words: Option<&str>| words.map_or("nothing", |words| words.split(' ').next().unwrap()).to_owned();
    let text = |words: Option<&str>| words.unwrap_or("text ").strip_prefix("text ").map(str::to_owned);
    if let (Some(ours), Some(theirs)) = (text(ours), text(theirs)) {
        if ours.trim() == theirs.trim() {
            return "whitespace around text".to_owned();
        }
        if ours.split_whitespace().eq(theirs.split_whitespace()) {
            return "whitespace within text".to_owned();
        }
    }
    if kind(ours) == kind(theirs) {
        let cut = |words: Option<&str>| words.unwrap_or_default().chars().take(60).collect::<String>();
        return format!("ours {:?}, calamine's {:?}", cut(ours), cut(theirs));
    }
    format!("ours {}, calamine's {}", kind(ours), kind(theirs))
}

/// The table of `benches/RESULTS.md`.
fn print_table(counts: &BTreeMap<String, Count>) {
    println!("| source | files | cells | equal | different on purpose | refused by both |\n|---|---|---|---|---|---|");
    let mut all = Count::default();
    for (folder, count) in counts {
        let Count { files, cells, equal, refused } = count;
        println!("| {folder} | {files} | {cells} | {equal} | {} | {refused} |", cells - equal);
        all = Count {
            files: all.files + files,
            cells: all.cells + cells,
            equal: all.equal + equal,
            refused: all.refused + refused,
        };
    }
    let Count { files, cells, equal, refused } = all;
    println!("| all | {files} | {cells} | {equal} | {} | {refused} |", cells - equal);
}

/// The lines of the table: what differs, and why.
fn table() -> BTreeMap<String, String> {
    let text = fs::read_to_string(TABLE).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.rsplit_once(" | ").unwrap_or((line, UNDECIDED))).map(|(a, b)| (a.into(), b.into())).collect()
}

#[test]
fn every_cell_agrees_with_calamine_or_is_a_listed_difference() {
    let Some(folder) = crate::foreign_workbooks() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut tally = Tally::default();
    for path in &paths {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        tally.file(&name, path);
    }
    let Tally { counts, differences } = tally;
    print_table(&counts);
    let known = table();
    let found: BTreeMap<String, String> = differences
        .into_iter()
        .map(|((file, sheet, sort), count)| format!("{file} | {sheet} | {count} | {sort}"))
        .map(|line| (line.clone(), known.get(&line).cloned().unwrap_or_else(|| UNDECIDED.to_owned())))
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let head = "# file | sheet | cells | difference | why it was decided so\n";
        let lines: String = found.iter().map(|(line, reason)| format!("{line} | {reason}\n")).collect();
        fs::write(TABLE, format!("{head}{lines}")).unwrap();
    }
    for (line, reason) in &found {
        assert_ne!(reason, UNDECIDED, "not decided: {line}");
    }
    assert_eq!(found, known, "the table has differences that are no more");
}
