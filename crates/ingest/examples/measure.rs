//! Cells a second of a workbook of 100,000 rows and 12 columns: `cargo run --release --example measure -p matchflow-ingest`.

use std::error::Error;
use std::time::Instant;

use matchflow_ingest::open_source;
use matchflow_model::plan::{
    CsvFormat, FieldPlan, FieldType, Format, IdColumn, Join, SheetChoice, SourcePlan, XlsxFormat,
};
use rust_xlsxwriter::Workbook;

const ROWS: u32 = 100_000;
const COLUMNS: u16 = 12;
const BATCH_ROWS: usize = 8_192;

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
        let field = |column: u16| FieldPlan {
            name: format!("c{column}"),
            columns: vec![format!("C{column}")],
            join: Join::Space,
            data_type: FieldType::Text,
        };
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
    Ok(())
}

fn write(workbook: &std::path::Path, text: &std::path::Path) -> Result<(), Box<dyn Error>> {
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
