//! Cells a second of a workbook of 300,000 rows and 15 columns, shared strings and inline, step by step and beside
//! calamine: `cargo run --release --example xlsx -p matchflow-ingest [ROWS [COLUMNS [STEP]]]`.
//!
//! All steps take turns in one run, five times; the best of each counts. `batches` is two threads, the others are one.
//! With a STEP, that one alone: its peak memory is its own.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use calamine::{DataRef, Reader, Xlsx};
use matchflow_ingest::open_source;
use matchflow_model::plan::{FieldPlan, FieldType, Format, IdColumn, Join, SheetChoice, SourcePlan, XlsxFormat};
use matchflow_xlsx::{Item, Value, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const TURNS: usize = 5;
const BATCH_ROWS: usize = 8_192;

type Measured = Result<u64, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |at: usize| std::env::args().nth(at).and_then(|text| text.parse().ok());
    let (rows, columns) = (argument(1).unwrap_or(300_000), argument(2).unwrap_or(15));
    let folder = tempfile::tempdir()?;
    for (name, is_shared) in [("shared", true), ("inline", false)] {
        let path = folder.path().join(format!("{name}.xlsx"));
        write(&path, rows, columns, is_shared)?;
        println!("{name}: {rows} rows x {columns}, {} MB packed", std::fs::metadata(&path)?.len() / 1_000_000);
        measure(&path, columns)?;
    }
    Ok(())
}

fn measure(path: &Path, columns: u32) -> Result<(), Box<dyn Error>> {
    // Forgets the writer's peak memory; where the system cannot, the peak shown is that of both.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    type Step<'a> = (&'static str, Box<dyn Fn() -> Measured + 'a>);
    let only = std::env::args().nth(3);
    let mut steps: Vec<Step<'_>> = vec![
        ("inflate", Box::new(|| inflate(path))),
        ("cells", Box::new(|| cells(path))),
        ("batches", Box::new(|| batches(path, columns))),
        ("calamine cells", Box::new(|| calamine_cells(path))),
        ("calamine dense", Box::new(|| calamine_dense(path))),
    ];
    steps.retain(|(name, _)| only.as_deref().is_none_or(|only| only == *name));
    let mut best = vec![(Duration::MAX, 0.0_f64, 0); steps.len()];
    for _ in 0..TURNS {
        for ((_, step), best) in steps.iter().zip(&mut best) {
            let (start, cpu) = (Instant::now(), cpu_s());
            let count = step()?;
            if start.elapsed() < best.0 {
                *best = (start.elapsed(), cpu_s() - cpu, count);
            }
        }
    }
    let cells = best.last().map_or(0, |(_, _, count)| *count);
    for ((name, _), (wall, cpu, _)) in steps.iter().zip(best) {
        let rate = |seconds: f64| cells as f64 / seconds / 1e6;
        let wall_s = wall.as_secs_f64();
        println!("  {name:15} {wall_s:.3} s wall {:5.2} M cells/s; {cpu:.3} s cpu {:5.2} M", rate(wall_s), rate(cpu));
    }
    println!("  peak memory {} MiB", peak_mib());
    Ok(())
}

/// The bytes of the shared strings and the sheet.
fn inflate(path: &Path) -> Measured {
    let mut archive = ZipArchive::new(File::open(path)?)?;
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        loop {
            match part.read(&mut buffer)? {
                0 => break,
                length => total += length as u64,
            }
        }
    }
    Ok(total)
}

fn cells(path: &Path) -> Measured {
    let mut workbook = Workbook::open(File::open(path)?)?;
    let (mut reader, tables) = workbook.sheet(0)?;
    let (mut count, mut bytes) = (0, 0);
    while let Some(item) = reader.next_item()? {
        let Item::Cell(cell) = item else { continue };
        bytes += match cell.value {
            Value::Shared(index) => tables.strings.get(index).map_or(0, str::len),
            Value::Number(text) | Value::Text(text) => text.len(),
            _ => 1,
        };
        count += 1;
    }
    std::hint::black_box(bytes);
    Ok(count)
}

fn batches(path: &Path, columns: u32) -> Measured {
    let field = |column: u32| {
        let columns = vec![format!("C{column}")];
        FieldPlan { name: format!("c{column}"), columns, join: Join::Space, data_type: FieldType::Text }
    };
    let xlsx = XlsxFormat { path: PathBuf::from(path), sheet: SheetChoice::First, header_row: None };
    let fields = (0..columns).map(field).collect();
    let id = vec![IdColumn::Column("C0".to_owned())];
    let mut reader = open_source(&SourcePlan { format: Format::Xlsx(xlsx), id, fields }, BATCH_ROWS)?;
    while reader.next_batch()?.is_some() {}
    Ok(reader.facts().cells)
}

fn calamine_cells(path: &Path) -> Measured {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path)?))?;
    let mut reader = workbook.worksheet_cells_reader("S")?;
    let (mut count, mut bytes) = (0, 0);
    while let Some(cell) = reader.next_cell()? {
        bytes += match cell.get_value() {
            DataRef::String(text) => text.len(),
            DataRef::SharedString(text) => text.len(),
            _ => 1,
        };
        count += 1;
    }
    std::hint::black_box(bytes);
    Ok(count)
}

fn calamine_dense(path: &Path) -> Measured {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path)?))?;
    Ok(workbook.worksheet_range("S")?.used_cells().count() as u64)
}

/// Of all threads of this process, user and system, in 1/100 s; 0 where the system does not say.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// A supplier file: of five columns three are text (one of them mostly empty), two numbers.
fn write(path: &Path, rows: u32, columns: u32, is_shared: bool) -> Result<(), Box<dyn Error>> {
    let mut archive = ZipWriter::new(File::create(path)?);
    let mut part = |name: &str, body: &str| -> Result<(), Box<dyn Error>> {
        archive.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))?;
        archive.write_all(body.as_bytes())?;
        Ok(())
    };
    let relation = |id: u32, kind: &str, target: &str| {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!("<Relationship Id=\"rId{id}\" Type=\"{base}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |inner: &str| {
        let space = "http://schemas.openxmlformats.org/package/2006/relationships";
        format!("<?xml version=\"1.0\"?><Relationships xmlns=\"{space}\">{inner}</Relationships>")
    };
    part("_rels/.rels", &relations(&relation(1, "officeDocument", "xl/workbook.xml")))?;
    let strings = relation(2, "sharedStrings", "sharedStrings.xml");
    part("xl/_rels/workbook.xml.rels", &relations(&(relation(1, "worksheet", "worksheets/sheet1.xml") + &strings)))?;
    let sheets = "<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets>";
    part("xl/workbook.xml", &format!("<?xml version=\"1.0\"?><workbook>{sheets}</workbook>"))?;
    let mut strings = Strings::default();
    archive.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default().large_file(true))?;
    archive.write_all(b"<?xml version=\"1.0\"?><worksheet><sheetData>")?;
    write_rows(&mut archive, rows, columns, is_shared.then_some(&mut strings))?;
    archive.write_all(b"</sheetData></worksheet>")?;
    archive.start_file("xl/sharedStrings.xml", SimpleFileOptions::default())?;
    archive.write_all(b"<?xml version=\"1.0\"?><sst>")?;
    archive.write_all(strings.xml.as_bytes())?;
    archive.write_all(b"</sst>")?;
    archive.finish()?;
    Ok(())
}

/// Shared strings, each cell's its own. One buffer: it goes back to the system before memory is measured.
#[derive(Default)]
struct Strings {
    xml: String,
    count: u64,
}

fn write_rows(
    out: &mut impl Write,
    rows: u32,
    columns: u32,
    mut shared: Option<&mut Strings>,
) -> Result<(), Box<dyn Error>> {
    let mut text = |cell: &str, string: String| match &mut shared {
        Some(strings) => {
            strings.xml += &format!("<si><t>{string}</t></si>");
            strings.count += 1;
            format!("<c r=\"{cell}\" t=\"s\"><v>{}</v></c>", strings.count - 1)
        }
        None => format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{string}</t></is></c>"),
    };
    for row in 1..=rows + 1 {
        let mut line = format!("<row r=\"{row}\">");
        for column in 0..columns {
            let letter = char::from(b'A' + (column % 26) as u8);
            let cell = if column < 26 { format!("{letter}{row}") } else { format!("A{letter}{row}") };
            let noise = (row ^ column << 20).wrapping_mul(2_654_435_761);
            line += &match (row, column % 5) {
                (1, _) => text(&cell, format!("C{column}")),
                (_, 0) => text(&cell, format!("F{:07}-{column}", row)),
                (_, 1) => text(&cell, format!("Société {} &amp; fils {column}", noise % 299_993)),
                (_, 2) if noise % 10 < 7 => String::new(),
                (_, 2) => text(&cell, format!("{} rue du Général {column}", noise % 997)),
                (_, 3) => format!("<c r=\"{cell}\"><v>{}</v></c>", 1_000 + noise % 95_000),
                _ => format!("<c r=\"{cell}\" s=\"1\"><v>{}.{:02}</v></c>", noise % 1_000_000, noise % 97),
            };
        }
        out.write_all(line.as_bytes())?;
        out.write_all(b"</row>")?;
    }
    Ok(())
}
