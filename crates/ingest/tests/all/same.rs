//! Properties: the same table gives the same batches from every format and with any batch size.

use std::fs;

use matchflow_ingest::inline_table;
use matchflow_model::plan::{FieldType, InlineTable, TablePlan};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Read, array, csv, field, folder, parquet, plan, read, workbook, xlsx};
use matchflow_model::arrow::array::StringArray;

const NAMES: [&str; 4] = ["Code", "Nom", "Montant", "Jour"];

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[A-C]",
        // `'0` and `="0"` guard a number in CSV files, and only there.
        "[ -~é€\u{a0}œ]{0,12}".prop_map(|cell| cell.trim_start().trim_start_matches(['=', '\'']).to_owned()),
        "(a|\"|;|,|\t|\n){1,4}",
        "-?[0-9]{1,4}([,.][0-9]{1,2})?",
        "[0-3][0-9]/[01][0-9]/20[0-9]{2}",
    ]
}

fn reading(format: TablePlan, batch_rows: usize) -> Read {
    let fields =
        vec![field("Nom", FieldType::Text), field("Montant", FieldType::Decimal), field("Jour", FieldType::Date)];
    read(&plan(format, &["Code", "index"], fields), batch_rows)
}

fn rejected(read: &Read) -> Vec<(u64, &str, &str)> {
    read.rejects.iter().map(|reject| (reject.row, reject.key.as_str(), reject.raw.as_str())).collect()
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_is_the_same_in_every_format(rows in vec(vec(cell(), 4), 0..30), batch_rows in 1..40_usize) {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        let all = || std::iter::once(NAMES.map(str::to_owned).to_vec()).chain(rows.iter().cloned());
        workbook(&at("t.xlsx"), |sheet| {
            for (row, cells) in (0..).zip(all()) {
                for (position, cell) in (0..).zip(cells) {
                    sheet.write_string(row, position, cell).unwrap();
                }
            }
        });
        let lines: Vec<String> =
            all().map(|cells| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(";")).collect();
        fs::write(at("t.csv"), lines.join("\r\n")).unwrap();
        let owned = |row: &Vec<String>| row.iter().map(|cell| Some(cell.clone())).collect();
        let columns = NAMES.map(str::to_owned).to_vec();
        let inline = InlineTable { columns, rows: rows.iter().map(owned).collect() };

        let expected = reading(inline_table(&inline), 1_000);
        let csv = csv(&at("t.csv"));
        for (format, size) in [(xlsx(&at("t.xlsx")), batch_rows), (csv.clone(), batch_rows), (csv, 7)] {
            let found = reading(format, size);
            prop_assert_eq!(&found.rows, &expected.rows);
            prop_assert_eq!(found.facts.keys_duplicate, expected.facts.keys_duplicate);
            prop_assert_eq!(found.facts.cells.emitted, expected.facts.cells.emitted);
            prop_assert_eq!(rejected(&found), rejected(&expected));
        }
        // Parquet has no blank rows: this only holds for tables without any.
        if rows.iter().all(|row| row.iter().any(|cell| !cell.trim().is_empty())) && !rows.is_empty() {
            let column = |at: usize| array(StringArray::from_iter_values(rows.iter().map(|row| &row[at])));
            let columns = NAMES.iter().enumerate().map(|(position, name)| (*name, column(position))).collect();
            parquet(&at("t.parquet"), columns, 8);
            let found = reading(TablePlan::new("parquet", at("t.parquet")), batch_rows);
            prop_assert_eq!(&found.rows, &expected.rows);
        }
    }
}
