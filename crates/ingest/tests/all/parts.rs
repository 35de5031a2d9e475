//! Several files as one table: patterns, folders, partitions.

use std::fs;
use std::path::Path;

use matchflow_ingest::{digest, open_reference, open_source, table_facts, with_files};
use matchflow_model::arrow::array::StringArray;
use matchflow_model::plan::{FieldPlan, FieldType, Filter, IdWidths, ReferencePlan, TablePlan};

use crate::support::{array, column, csv, field, folder, parquet, plan, read, texts};

fn columns(table: &TablePlan) -> Vec<String> {
    table_facts(table).unwrap().columns
}

#[test]
fn files_of_the_same_columns_are_one_table() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.csv"), "Code;Nom;Montant\nF1;A;1\n\nF2;B;x\n").unwrap();
    fs::write(at("b.csv"), "Nom,Montant,Code\nC,3,F3\nD,y,F4\n").unwrap();
    fs::write(at("c.csv.zst"), zstd::encode_all(b"code;nom;montant\nF5;E;5\n".as_slice(), 3).unwrap()).unwrap();
    let table = with_files(csv(&at("*.csv*")));
    assert_eq!(table.files.len(), 3);
    assert_eq!(columns(&table), ["Code", "Nom", "Montant"]);
    let mut fields = texts(&["Nom"]);
    for (name, column) in [("place", "_file"), ("line", "_row")] {
        fields.push(FieldPlan { name: name.to_owned(), ..field(column, FieldType::Text) });
    }
    fields.push(field("Montant", FieldType::Integer));
    let found = read(&plan(table, &["index"], fields), 2);
    assert_eq!(column(&found.rows, "nom"), ["A", "B", "C", "D", "E"]);
    assert_eq!(column(&found.rows, "_key"), ["2", "4", "6", "7", "9"], "no two rows have one number");
    assert_eq!(column(&found.rows, "line"), ["2", "4", "2", "3", "2"], "the number in the file");
    let files: Vec<String> = column(&found.rows, "place");
    assert!(files[0].ends_with("a.csv") && files[3].ends_with("b.csv") && files[4].ends_with("c.csv.zst"), "{files:?}");
    let rejects: Vec<(bool, &str)> =
        found.rejects.iter().map(|reject| (reject.file.ends_with("a.csv"), reject.cell.as_str())).collect();
    assert_eq!(rejects, [(true, "Montant:4"), (false, "Montant:3")], "each in its file");
    assert!(found.facts.cells.balances(), "{:?}", found.facts.cells);
}

#[test]
fn a_file_of_other_columns_is_named() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.csv"), "Code;Nom;Ville\nF1;A;Lyon\n").unwrap();
    fs::write(at("b.csv"), "Code;Nom;City\nF2;B;Lyon\n").unwrap();
    let error = table_facts(&with_files(csv(&at("*.csv")))).unwrap_err().to_string();
    for part in ["b.csv` does not have the columns of", "a.csv`", "lacks `Ville`", "has `City` in addition"] {
        assert!(error.contains(part), "{error}");
    }
    fs::write(at("b.csv"), "").unwrap();
    let error = table_facts(&with_files(csv(&at("*.csv")))).unwrap_err().to_string();
    assert!(error.contains("b.csv") && error.contains("empty"), "{error}");
    let error = table_facts(&with_files(csv(&at("none/*.csv")))).unwrap_err().to_string();
    assert!(error.contains("no file matches"), "{error}");
}

fn partitioned(folder: &Path) {
    for (dept, rows) in [("01", vec!["A"]), ("75", vec!["B", "C"]), ("__HIVE_DEFAULT_PARTITION__", vec!["D"])] {
        let place = folder.join(format!("year=2026/dept={dept}"));
        fs::create_dir_all(&place).unwrap();
        let ids: Vec<String> = rows.iter().map(|name| format!("{dept}-{name}")).collect();
        let columns = vec![("id", array(StringArray::from(ids))), ("name", array(StringArray::from(rows)))];
        parquet(&place.join("part-0.parquet"), columns, 10);
    }
}

fn registry(table: TablePlan, filters: Vec<Filter>) -> ReferencePlan {
    ReferencePlan {
        table,
        id: "id".to_owned(),
        group: None,
        fields: texts(&["name", "dept", "year"]),
        filters,
        status: None,
        id_widths: IdWidths::default(),
        index_path: None,
    }
}

fn entries(plan: &ReferencePlan) -> (Vec<String>, Vec<String>, u64) {
    let mut reader = open_reference(plan, 10).unwrap();
    let (mut names, mut departments) = (Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch().unwrap() {
        names.extend(column(&batch.rows, "name"));
        departments.extend(column(&batch.rows, "dept"));
    }
    (names, departments, reader.facts().rows_filtered)
}

#[test]
fn partitions_are_columns_and_can_be_filtered() {
    let folder = folder();
    partitioned(folder.path());
    for path in [folder.path().to_owned(), folder.path().join("**/*.parquet"), folder.path().join("year=2026/dept=*/*")]
    {
        let table = with_files(TablePlan::new("parquet", path));
        assert_eq!(columns(&table), ["id", "name", "year", "dept"]);
        let all = entries(&registry(table.clone(), Vec::new()));
        assert_eq!((all.0.join(" "), all.1.join(" ")), ("A B C D".to_owned(), "01 75 75 -".to_owned()));
        let filter = Filter {
            column: "dept".to_owned(),
            values: vec!["75".to_owned(), "2A".to_owned()],
            comparison: Default::default(),
        };
        let of_paris = entries(&registry(table, vec![filter]));
        assert_eq!((of_paris.0.join(" "), of_paris.2), ("B C".to_owned(), 2));
    }
    // The same with text, which does not filter by itself.
    fs::create_dir_all(folder.path().join("csv/dept=75")).unwrap();
    fs::create_dir_all(folder.path().join("csv/dept=01")).unwrap();
    fs::write(folder.path().join("csv/dept=75/a.csv"), "id;name;year\n1;B;2026\n").unwrap();
    fs::write(folder.path().join("csv/dept=01/a.csv"), "id;name;year\n2;A;2026\n").unwrap();
    let filter = Filter { column: "dept".to_owned(), values: vec!["75".to_owned()], comparison: Default::default() };
    let found = entries(&registry(with_files(csv(&folder.path().join("csv"))), vec![filter]));
    assert_eq!((found.0.join(" "), found.2), ("B".to_owned(), 1));
}

#[test]
fn an_added_file_is_another_table() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.csv"), "Nom\nA\n").unwrap();
    fs::write(at("b.csv"), "Nom\nB\n").unwrap();
    let now = || digest(&with_files(csv(&at("*.csv")))).unwrap();
    let before = now();
    fs::write(at("c.csv"), "Nom\nC\n").unwrap();
    let added = now();
    assert_ne!(added, before);
    fs::rename(at("c.csv"), at("d.csv")).unwrap();
    assert_ne!(now(), added);
}

#[test]
fn a_part_that_disappears_is_an_error() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.csv"), "Nom\nA\n").unwrap();
    fs::write(at("b.csv"), "Nom\nB\n").unwrap();
    let plan = plan(with_files(csv(&at("*.csv"))), &["index"], texts(&["Nom"]));
    let mut reader = open_source(&plan, 10).unwrap();
    fs::remove_file(at("b.csv")).unwrap();
    assert!(reader.next_batch().unwrap().is_some());
    assert!(reader.next_batch().unwrap_err().to_string().contains("b.csv"));
}
