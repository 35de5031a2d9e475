//! The steps that are measured, ours and calamine's.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx};
use matchflow_ingest::{SourceReader, open_fields, open_source};
use matchflow_model::plan::{FieldPlan, FieldType, IdColumn, Join, SourcePlan, TablePlan};
use matchflow_xlsx::{SheetItem, Threads, Value, Workbook};
use zip::ZipArchive;

const BATCH_ROWS: usize = 8_192;

/// A step: its `run` takes a file and its number of columns, and returns the cells read.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Whether it counts cells.
    pub(crate) counts: bool,
    pub(crate) run: fn(&Path, usize) -> u64,
}

const fn step(name: &'static str, run: fn(&Path, usize) -> u64) -> Step {
    Step { name, counts: true, run }
}

pub(crate) const STEPS: [Step; 8] = [
    // Only inflates the bytes of the shared strings and the sheet.
    Step { name: "inflate", counts: false, run: |path, _| inflate(path) },
    // Our cells as the file has them: on one thread, and with inflation on a second one.
    step("cells", |path, _| cells(path, Threads::One)),
    step("cells, 2 threads", |path, _| cells(path, Threads::Two)),
    // Arrow batches of all columns with declared types; text columns are views into the shared strings.
    step("fields", |path, columns| drain(open_fields(&table(path), &fields(columns, true), BATCH_ROWS).unwrap())),
    step("fields as text", |path, columns| {
        drain(open_fields(&table(path), &fields(columns, false), BATCH_ROWS).unwrap())
    }),
    // The engine's input: unique keys, digests, text in one buffer.
    step("records", |path, columns| {
        let id = vec![IdColumn::Column("$A".to_owned())];
        let plan = SourcePlan { table: table(path), id, fields: fields(columns, true) };
        drain(open_source(&plan, BATCH_ROWS).unwrap())
    }),
    step("calamine cells", |path, _| calamine_cells(path)),
    // The whole sheet as a dense grid, the first step of data frame readers.
    step("calamine dense", |path, _| calamine_dense(path)),
];

fn table(path: &Path) -> TablePlan {
    TablePlan::new("xlsx", path.to_owned())
}

fn fields(columns: usize, is_typed: bool) -> Vec<FieldPlan> {
    let field = |column: usize| {
        let data_type = match column {
            9 | 11 if is_typed => FieldType::Decimal,
            10 | 12 if is_typed => FieldType::Integer,
            13 if is_typed => FieldType::Date,
            14 if is_typed => FieldType::Boolean,
            _ => FieldType::Text,
        };
        let columns = vec![format!("${}", char::from(b'A' + column as u8))];
        FieldPlan { name: format!("c{column}"), columns, join: Join::Space, data_type }
    };
    (0..columns).map(field).collect()
}

fn drain(mut reader: SourceReader) -> u64 {
    while let Some(batch) = reader.next_batch().unwrap() {
        assert!(batch.rejects.is_empty(), "{:?}", batch.rejects.first());
        std::hint::black_box(&batch);
    }
    let counts = reader.facts().cells;
    assert!(counts.balances(), "{counts:?}");
    counts.read
}

fn inflate(path: &Path) -> u64 {
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        loop {
            match part.read(&mut buffer).unwrap() {
                0 => break,
                length => total += length as u64,
            }
        }
    }
    total
}

fn cells(path: &Path, threads: Threads) -> u64 {
    let mut workbook = Workbook::open_on(File::open(path).unwrap(), threads).unwrap();
    let (mut count, mut bytes) = (0, 0);
    workbook
        .read_sheet(0, |reader, tables| {
            reader.for_each(|item| {
                if let SheetItem::Cell(cell) = item {
                    bytes += match cell.value {
                        Value::Shared(index) => tables.strings.get(index).map_or(0, str::len),
                        Value::Number(text) | Value::Text(text) => text.len(),
                        _ => 1,
                    };
                    count += 1;
                }
                ControlFlow::Continue(())
            })
        })
        .unwrap();
    std::hint::black_box(bytes);
    count
}

fn calamine_cells(path: &Path) -> u64 {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut reader = workbook.worksheet_cells_reader("S").unwrap();
    let (mut count, mut bytes) = (0, 0);
    while let Some(cell) = reader.next_cell().unwrap() {
        bytes += match cell.get_value() {
            DataRef::String(text) => text.len(),
            DataRef::SharedString(text) => text.len(),
            _ => 1,
        };
        count += 1;
    }
    std::hint::black_box(bytes);
    count
}

fn calamine_dense(path: &Path) -> u64 {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path).unwrap())).unwrap();
    workbook.worksheet_range("S").unwrap().used_cells().count() as u64
}
