//! Counts the cells of a workbook: `cargo run --release --example cells -p matchflow-xlsx FILE`.

use std::error::Error;
use std::fs::File;

use matchflow_xlsx::{Item, Workbook};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a workbook is wanted")?;
    let mut workbook = Workbook::open(File::open(path)?)?;
    for (index, sheet) in workbook.sheets().to_vec().iter().enumerate() {
        let (mut reader, _) = workbook.sheet(index)?;
        let mut cells = 0_u64;
        while let Some(item) = reader.next_item()? {
            cells += u64::from(matches!(item, Item::Cell(_)));
        }
        println!("{}: {cells} cells", sheet.name);
    }
    Ok(())
}
