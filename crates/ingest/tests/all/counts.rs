//! The conservation of cells: read + filled = emitted + rejected + outside, for any table and any way of reading it.

use matchflow_ingest::open_source;
use matchflow_ingest::{AreaChoice, HeaderChoice, HiddenRows, MergedCells, Totals, WorkbookOptions};
use matchflow_model::plan::{FieldPlan, FieldType, Join};
use proptest::collection::vec;
use proptest::prelude::*;
use rust_xlsxwriter::{Format as CellFormat, Formula, Worksheet};

use crate::support::{csv, folder, plan, workbook};

/// A cell of a generated sheet.
#[derive(Debug, Clone)]
enum Made {
    Nothing,
    Blank,
    Text(String),
    Number(i32),
    Error,
}

fn made() -> impl Strategy<Value = Made> {
    prop_oneof![
        Just(Made::Nothing),
        Just(Made::Blank),
        "[a-cé]{1,14}".prop_map(Made::Text),
        prop_oneof![Just("Total".to_owned()), Just("31/12/2024".to_owned()), Just("7".to_owned())].prop_map(Made::Text),
        (-9..99_i32).prop_map(Made::Number),
        Just(Made::Error),
    ]
}

impl Made {
    fn says(&self) -> bool {
        !matches!(self, Made::Nothing | Made::Blank)
    }

    fn write(&self, sheet: &mut Worksheet, row: u32, column: u16) {
        match self {
            Made::Nothing => {}
            Made::Blank => drop(sheet.write(row, column, "  ").unwrap()),
            Made::Text(text) => drop(sheet.write(row, column, text.as_str()).unwrap()),
            Made::Number(number) => drop(sheet.write(row, column, *number).unwrap()),
            Made::Error => drop(sheet.write(row, column, Formula::new("=1/0").set_result("#N/A")).unwrap()),
        }
    }
}

fn field(name: &str, columns: &[&str], data_type: FieldType) -> FieldPlan {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    FieldPlan { name: name.to_owned(), columns, join: Join::Space, data_type }
}

/// Columns used once, twice, joined, as keys that are not always needed, and one unused (`$E`).
fn fields() -> Vec<FieldPlan> {
    vec![
        field("a", &["$A"], FieldType::Integer),
        field("b", &["$B"], FieldType::Text),
        field("c", &["$B", "$C"], FieldType::Text),
        field("d", &["$B"], FieldType::Decimal),
        field("e", &["_row"], FieldType::Integer),
    ]
}

fn options() -> impl Strategy<Value = WorkbookOptions> {
    let area = prop_oneof![
        Just(AreaChoice::Sheet),
        Just(AreaChoice::Range("A2:C6".to_owned())),
        Just(AreaChoice::Range("A:D".to_owned())),
    ];
    let header = prop_oneof![
        Just(HeaderChoice::First),
        Just(HeaderChoice::Row(3)),
        Just(HeaderChoice::Names(vec!["head".to_owned(), "b".to_owned()])),
    ];
    let hidden = prop_oneof![Just(HiddenRows::Include), Just(HiddenRows::Skip), Just(HiddenRows::Flag)];
    let merged = prop_oneof![Just(MergedCells::TopLeft), Just(MergedCells::Fill)];
    let totals = prop_oneof![Just(Totals::Include), Just(Totals::Skip)];
    (area, header, hidden, merged, totals).prop_map(|(area, header, hidden_rows, merged, totals)| WorkbookOptions {
        area,
        header,
        hidden_rows,
        merged,
        totals,
        ..WorkbookOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_cell_of_a_workbook_is_accounted_for(
        rows in vec(vec(made(), 5), 1..12),
        hidden in vec(0..12_u32, 0..3),
        merges in vec((0..9_u32, 0..3_u16), 0..2),
        options in options(),
        batch_rows in 1..6_usize,
    ) {
        let folder = folder();
        let path = folder.path().join("s.xlsx");
        let mut says: u64 = rows.iter().flatten().filter(|cell| cell.says()).count() as u64;
        workbook(&path, |sheet| {
            for (row, cells) in (0..).zip(&rows) {
                (0..).zip(cells).for_each(|(column, cell)| cell.write(sheet, row, column));
            }
            // The first of the merged cells keeps its value; the writer blanks the others.
            for (row, column) in &merges {
                let area = (*row..row + 2).flat_map(|row| (*column..column + 2).map(move |column| (row, column)));
                let cell = |row: u32, column: u16| rows.get(row as usize).and_then(|cells| cells.get(usize::from(column)));
                if sheet.merge_range(*row, *column, row + 1, column + 1, "merged", &CellFormat::new()).is_ok() {
                    says -= area.filter(|(row, column)| cell(*row, *column).is_some_and(Made::says)).count() as u64;
                    says += 1;
                }
            }
            for row in hidden {
                sheet.set_row_hidden(row).unwrap();
            }
        });
        let table = options.plan("xlsx", path);
        let Ok(mut reader) = open_source(&plan(table, &["$D", "$A", "index"], fields()), batch_rows) else {
            return Ok(());
        };
        let mut handed_out = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            handed_out += batch.rows.num_rows() as u64;
            prop_assert!(reader.facts().cells.balances(), "{:?}", reader.facts());
        }
        let facts = reader.facts();
        prop_assert!(facts.cells.balances(), "{:?}", facts);
        prop_assert_eq!((facts.cells.read, facts.rows), (says, handed_out));
        prop_assert!(facts.cells.rejected <= facts.rejects);
    }

    #[test]
    fn every_cell_of_a_text_file_is_accounted_for(rows in vec(vec("[a-c7 ]{0,3}", 0..7), 0..9), batch_rows in 1..6_usize) {
        let folder = folder();
        let path = folder.path().join("s.csv");
        let lines: Vec<String> =
            std::iter::once("h1;h2;h3;h4;h5".to_owned()).chain(rows.iter().map(|row| row.join(";"))).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        let says = 5 + rows.iter().flatten().filter(|cell| !cell.trim().is_empty()).count() as u64;
        let mut reader = open_source(&plan(csv(&path), &["$D", "$A", "index"], fields()), batch_rows).unwrap();
        while reader.next_batch().unwrap().is_some() {}
        let facts = reader.facts();
        prop_assert!(facts.cells.balances(), "{:?}", facts);
        prop_assert_eq!(facts.cells.read, says);
    }
}
