//! Cells a second of a supplier file of 100,000 rows and 12 columns, and of a registry of 1,000,000 entries:
//! `cargo run --release --example measure -p matchflow-ingest`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use matchflow_ingest::{open_reference, open_source};
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray};
use matchflow_model::plan::{
    CsvFormat, FieldPlan, FieldType, Format, IdColumn, Join, ReferenceFormat, ReferencePlan, SheetChoice, SourcePlan,
    StatusPlan, XlsxFormat,
};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::Workbook;

const ROWS: u32 = 100_000;
const COLUMNS: u16 = 12;
const BATCH_ROWS: usize = 8_192;
const ENTRIES: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (workbook, text) = (folder.path().join("m.xlsx"), folder.path().join("m.csv"));
    write(&workbook, &text)?;
    let sheet = SheetChoice::First;
    let formats = [
        ("xlsx", Format::Xlsx(XlsxFormat { path: workbook, sheet, header_row: None })),
        ("csv", Format::Csv(CsvFormat { path: text, delimiter: None, encoding: None })),
    ];
    for (name, format) in formats {
        let id = vec![IdColumn::Column("C0".to_owned())];
        let plan = SourcePlan { format, id, fields: (0..COLUMNS).map(field).collect() };
        let mut best_s = f64::INFINITY;
        let mut cells = 0;
        for _ in 0..5 {
            let start = Instant::now();
            let mut reader = open_source(&plan, BATCH_ROWS)?;
            while reader.next_batch()?.is_some() {}
            best_s = best_s.min(start.elapsed().as_secs_f64());
            cells = reader.facts().cells;
        }
        println!("{name}: {cells} cells, best of 5 {best_s:.3} s, {:.2} M cells/s", cells as f64 / best_s / 1e6);
    }
    registry(&folder.path().join("m.parquet"))
}

fn field(column: u16) -> FieldPlan {
    let columns = vec![format!("C{column}")];
    FieldPlan { name: format!("c{column}"), columns, join: Join::Space, data_type: FieldType::Text }
}

/// Eight columns, six of them fields; a tenth of the entries is closed.
fn registry(path: &Path) -> Result<(), Box<dyn Error>> {
    let column = |position: u64| -> ArrayRef {
        let cell = |entry: u64| match position {
            0 => format!("{:014}", entry * 10_000_019),
            1 => if entry.is_multiple_of(10) { "F" } else { "A" }.to_owned(),
            _ => format!("Établissement {} de {position}", entry.wrapping_mul(2_654_435_761) % 999_983),
        };
        Arc::new(StringArray::from_iter_values((0..ENTRIES).map(cell)))
    };
    let batch = RecordBatch::try_from_iter((0..8).map(|position| (format!("C{position}"), column(position))))?;
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    let plan = ReferencePlan {
        format: ReferenceFormat::Flat(Format::Parquet { path: path.to_owned() }),
        id: "C0".to_owned(),
        group: None,
        fields: (2..8).map(field).collect(),
        filters: Vec::new(),
        status: Some(StatusPlan { column: "C1".to_owned(), open: vec!["A".to_owned()], keep_closed: false }),
    };
    let start = Instant::now();
    let mut reader = open_reference(&plan, BATCH_ROWS)?;
    while reader.next_batch()?.is_some() {}
    let (entries, seconds) = (reader.facts().entries, start.elapsed().as_secs_f64());
    println!(
        "registry: {entries} entries of {ENTRIES}, {seconds:.3} s, {:.2} M entries/s",
        entries as f64 / seconds / 1e6
    );
    Ok(())
}

fn write(workbook: &Path, text: &Path) -> Result<(), Box<dyn Error>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let mut lines: Vec<String> = vec![(0..COLUMNS).map(|column| format!("C{column}")).collect::<Vec<_>>().join(";")];
    for column in 0..COLUMNS {
        sheet.write(0, column, format!("C{column}"))?;
    }
    for row in 1..=ROWS {
        let mut line = Vec::new();
        for column in 0..COLUMNS {
            if column % 4 == 3 {
                sheet.write(row, column, f64::from(row) + 75_000.0)?;
                line.push((row + 75_000).to_string());
            } else {
                let cell = format!("Société {} du {column}", row.wrapping_mul(2_654_435_761) % 99_991);
                sheet.write(row, column, &cell)?;
                line.push(cell);
            }
        }
        lines.push(line.join(";"));
    }
    book.save(workbook)?;
    std::fs::write(text, lines.join("\n"))?;
    Ok(())
}
