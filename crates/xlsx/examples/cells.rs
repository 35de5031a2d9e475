//! Counts the cells of a workbook: `cargo run --release --example cells -p matchflow-xlsx FILE`.

use std::error::Error;
use std::fs::File;
use std::ops::ControlFlow;

use matchflow_xlsx::{SheetItem, Workbook};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a workbook is wanted")?;
    let mut workbook = Workbook::open(File::open(path)?)?;
    for (index, sheet) in workbook.sheets().to_vec().iter().enumerate() {
        let mut cells = 0_u64;
        workbook.read_sheet(index, |reader, _| {
            reader.for_each(|item| {
                cells += u64::from(matches!(item, SheetItem::Cell(_)));
                ControlFlow::Continue(())
            })
        })?;
        println!("{}: {cells} cells", sheet.name);
    }
    Ok(())
}
