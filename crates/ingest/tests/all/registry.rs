//! Registries: filters, status, Parquet types, INSEE's two files.

use std::fs;
use std::path::{Path, PathBuf};

use matchflow_ingest::inline_table;
use matchflow_ingest::{IngestError, ReferenceFacts, digest, open_reference, table_facts};
use matchflow_model::arrow::array::{
    BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, TimestampMillisecondArray,
};
use matchflow_model::arrow::compute::concat_batches;
use matchflow_model::arrow::datatypes::Int32Type;
use matchflow_model::plan::{
    FieldType, Filter, IdWidths, InlineTable, ReferencePlan, StatusPlan, TablePlan, ValueComparison,
};
use matchflow_model::reject::Reject;

use crate::support::{array, column, csv, field, folder, parquet, texts};

fn registry(table: TablePlan, fields: &[&str]) -> ReferencePlan {
    let (id, group) = ("siret".to_owned(), Some("siren".to_owned()));
    ReferencePlan {
        table,
        id,
        group,
        fields: texts(fields),
        filters: Vec::new(),
        status: None,
        id_widths: Default::default(),
        index_path: None,
    }
}

fn filter(column: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter { column: column.to_owned(), values, comparison: ValueComparison::Equal }
}

fn open_is_a(column: &str, include_closed: bool) -> Option<StatusPlan> {
    Some(StatusPlan { column: column.to_owned(), open: vec!["A".to_owned()], include_closed })
}

fn read(plan: &ReferencePlan, batch_rows: usize) -> (RecordBatch, ReferenceFacts, Vec<Reject>) {
    let mut reader = open_reference(plan, batch_rows).unwrap();
    let (mut batches, mut rejects) = (Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch().unwrap() {
        batches.push(batch.rows);
        rejects.extend(batch.rejects);
    }
    (concat_batches(&reader.schema(), &batches).unwrap(), reader.facts(), rejects)
}

const ENTRIES: [[Option<&str>; 5]; 6] = [
    [Some("10"), Some("1"), Some("Alpha"), Some("A"), Some("O")],
    [Some("11"), Some("1"), Some("Alpha bis"), Some("F"), Some("O")],
    [Some("20"), Some("2"), Some("[ND]"), Some("A"), Some("P")],
    [None, Some("3"), Some("no id"), Some("A"), Some("O")],
    [Some("40"), Some(" "), Some("no group"), Some("A"), Some("O")],
    [Some("50"), Some("5"), None, None, Some("N")],
];
const NAMES: [&str; 5] = ["siret", "siren", "nom", "etat", "diffusion"];

/// The same entries in every format.
fn everywhere(folder: &Path) -> Vec<TablePlan> {
    let path = folder.join("r.parquet");
    let values = |at: usize| array(StringArray::from_iter(ENTRIES.iter().map(|entry| entry[at])));
    parquet(&path, NAMES.iter().enumerate().map(|(at, name)| (*name, values(at))).collect(), 2);
    let text = folder.join("r.csv");
    let lines = ENTRIES.iter().map(|entry| entry.map(Option::unwrap_or_default).join(";"));
    fs::write(&text, [NAMES.join(";")].into_iter().chain(lines).collect::<Vec<_>>().join("\n")).unwrap();
    let owned = |entry: &[Option<&str>; 5]| entry.iter().map(|cell| cell.map(str::to_owned)).collect();
    let inline = InlineTable { columns: NAMES.map(str::to_owned).to_vec(), rows: ENTRIES.iter().map(owned).collect() };
    vec![TablePlan::new("parquet", path), csv(&text), inline_table(&inline)]
}

#[test]
fn status_filters_and_missing_ids_are_the_same_in_every_format() {
    let folder = folder();
    for format in everywhere(folder.path()) {
        let mut plan = registry(format.clone(), &["nom"]);
        let (rows, facts, _) = read(&plan, 4);
        assert_eq!(column(&rows, "_id"), ["10", "11", "20", "50"], "{format:?}");
        assert_eq!(column(&rows, "_group"), ["1", "1", "2", "5"]);
        assert_eq!(column(&rows, "_open"), ["true"; 4]);
        assert_eq!(column(&rows, "nom"), ["Alpha", "Alpha bis", "[ND]", "-"]);
        let counts = (facts.entries, facts.rows_filtered, facts.rows_without_id, facts.rows_without_group);
        assert_eq!(counts, (4, 0, 1, 1), "{format:?}");
        plan.status = open_is_a("etat", true);
        assert_eq!(column(&read(&plan, 4).0, "_open"), ["true", "false", "true", "false"]);
        plan.status = open_is_a("etat", false);
        let (rows, facts, _) = read(&plan, 1);
        assert_eq!(column(&rows, "_id"), ["10", "20"], "{format:?}");
        assert_eq!(facts.rows_filtered, 2, "{format:?}");
        plan.filters = vec![filter("diffusion", &["P", "X"])];
        assert_eq!(column(&read(&plan, 100).0, "_id"), ["20"], "{format:?}");
        plan.filters = vec![filter("diffusion", &["Z"])];
        let (rows, facts, _) = read(&plan, 100);
        assert_eq!((rows.num_rows(), facts.entries), (0, 0), "an empty registry is told by its count");
        plan.filters = vec![filter("difusion", &["Z"])];
        let error = open_reference(&plan, 10).err().unwrap().to_string();
        assert!(error.contains("did you mean `diffusion`?"), "{error}");
    }
}

#[test]
fn without_a_group_an_entry_is_its_own() {
    let folder = folder();
    let mut plan = registry(everywhere(folder.path()).remove(0), &[]);
    plan.group = None;
    let (rows, _, _) = read(&plan, 100);
    assert_eq!(column(&rows, "_group"), column(&rows, "_id"));
}

#[test]
fn columns_of_any_type_are_text_with_their_digits() {
    let folder = folder();
    let path = folder.path().join("r.parquet");
    let dictionary: DictionaryArray<Int32Type> = vec!["x", "y"].into_iter().collect();
    let columns = vec![
        ("siret", array(Int64Array::from(vec![35_600_000_000_048, 7]))),
        ("siren", array(Float64Array::from(vec![Some(356_000_000.0), None]))),
        ("large", array(LargeStringArray::from(vec!["  a ", ""]))),
        ("view", array(StringViewArray::from(vec!["long enough not to be inlined", "b"]))),
        ("dictionary", array(dictionary)),
        ("head", array(BooleanArray::from(vec![true, false]))),
        ("day", array(Date32Array::from(vec![19_813, 0]))),
        ("moment", array(TimestampMillisecondArray::from(vec![1_711_843_200_000, 1_000]))),
        ("amount", array(Float64Array::from(vec![0.1, f64::NAN]))),
    ];
    parquet(&path, columns, 10);
    let names = ["siren", "large", "view", "dictionary", "head", "day", "moment", "amount"];
    let mut plan = registry(TablePlan::new("parquet", path), &names);
    plan.group = None;
    let (rows, _, _) = read(&plan, 100);
    for (name, expected) in [
        ("_id", ["35600000000048", "7"]),
        ("siren", ["356000000", "-"]),
        ("large", ["a", "-"]),
        ("view", ["long enough not to be inlined", "b"]),
        ("dictionary", ["x", "y"]),
        ("head", ["true", "false"]),
        ("day", ["2024-03-31", "1970-01-01"]),
        ("moment", ["2024-03-31", "1970-01-01T00:00:01"]),
        ("amount", ["0.1", "-"]),
    ] {
        assert_eq!(column(&rows, name), expected, "{name}");
    }
}

#[test]
fn pushed_filters_keep_row_numbers_and_skip_row_groups_safely() {
    let folder = folder();
    let path = folder.path().join("r.parquet");
    let rows = 1_000;
    let ids = array(StringArray::from_iter_values((0..rows).map(|row| format!("{row:04}"))));
    let states = array(StringArray::from_iter_values((0..rows).map(|row| ["A", " F", "A ", "G"][row / 250])));
    let days = array(StringArray::from_iter_values((0..rows).map(|row| if row == 600 { "x" } else { "2024-03-31" })));
    parquet(&path, vec![("siret", ids), ("etat", states), ("jour", days)], 100);
    let mut plan = registry(TablePlan::new("parquet", path.clone()), &[]);
    plan.group = None;
    plan.fields = vec![field("jour", FieldType::Date)];
    plan.filters = vec![filter("etat", &["A"])];
    let (read_rows, facts, rejects) = read(&plan, 64);
    assert_eq!(read_rows.num_rows(), 500);
    assert_eq!(column(&read_rows, "_id")[250], "0500");
    assert_eq!((facts.rows_filtered, facts.rejects), (500, 1));
    assert_eq!((rejects[0].cell.as_str(), rejects[0].key.as_str()), ("jour:602", "0600"));
    plan.filters = vec![filter("etat", &["F"])];
    assert_eq!(read(&plan, 64).0.num_rows(), 250);
}

fn sirene(folder: &Path) -> TablePlan {
    let (units, establishments) = (folder.join("units.parquet"), folder.join("establishments.parquet"));
    let text = |values: &[&str]| array(StringArray::from(values.to_vec()));
    let columns = vec![
        ("siren", text(&["300000003", "100000001", "200000002"])),
        ("denominationUniteLegale", text(&["Gamma", "Alpha", "Beta"])),
        ("etatAdministratifUniteLegale", text(&["A", "A", "C"])),
    ];
    parquet(&units, columns, 2);
    let columns = vec![
        ("siret", text(&["10000000100011", "10000000100029", "20000000200012", "90000000900019", "30000000300017"])),
        ("siren", text(&["100000001", "100000001", "200000002", "900000009", "300000003"])),
        ("codePostalEtablissement", text(&["75001", "69001", "13001", "06000", "59000"])),
        ("etatAdministratifEtablissement", text(&["A", "F", "A", "A", "A"])),
    ];
    parquet(&establishments, columns, 2);
    sirene_files(units, establishments)
}

fn sirene_files(units: PathBuf, establishments: PathBuf) -> TablePlan {
    let files = vec![("establishments".to_owned(), establishments), ("units".to_owned(), units)];
    TablePlan { format: "sirene".to_owned(), files, options: Default::default() }
}

#[test]
fn the_file_of_successions_gives_the_successors() {
    let folder = folder();
    let mut format = sirene(folder.path());
    let path = folder.path().join("links.parquet");
    let text = |values: &[&str]| array(StringArray::from(values.to_vec()));
    let columns = vec![
        (
            "siretEtablissementPredecesseur",
            text(&["10000000100029", "10000000100029", "10000000100029", "20000000200012", "5"]),
        ),
        (
            "siretEtablissementSuccesseur",
            text(&["30000000300017", "01000000100011", "20000000200012", "20000000200012", "x"]),
        ),
        ("dateLienSuccession", text(&["2019-12-31", "2021-01-01", "2021-01-01", "2021-01-01", ""])),
    ];
    parquet(&path, columns, 2);
    format.files.push(("successions".to_owned(), path.clone()));
    let mut plan = registry(format.clone(), &["denominationUniteLegale", "siretEtablissementSuccesseur"]);
    let (rows, _, _) = read(&plan, 2);
    // The latest date, and on the same date the lowest; no establishment succeeds itself.
    assert_eq!(column(&rows, "siretetablissementsuccesseur"), ["-", "01000000100011", "-", "-", "-"]);
    assert_eq!(column(&rows, "denominationunitelegale"), ["Alpha", "Alpha", "Beta", "-", "Gamma"]);
    plan.filters = vec![filter("siretEtablissementSuccesseur", &["01000000100011"])];
    assert_eq!(column(&read(&plan, 2).0, "_group"), ["100000001"]);
    let before = digest(&format).unwrap();
    parquet(&path, vec![("siretEtablissementPredecesseur", text(&["1"]))], 1);
    assert_ne!(digest(&format).unwrap(), before);
    match open_reference(&plan, 10).err().unwrap() {
        IngestError::ColumnNotFound { column, .. } => assert_eq!(column, "siretEtablissementSuccesseur"),
        other => panic!("{other}"),
    }
}

#[test]
fn the_two_files_of_insee_are_joined() {
    let folder = folder();
    let format = sirene(folder.path());
    let mut plan = registry(format.clone(), &["codePostalEtablissement", "denominationUniteLegale"]);
    let (rows, _, _) = read(&plan, 2);
    assert_eq!(column(&rows, "denominationunitelegale"), ["Alpha", "Alpha", "Beta", "-", "Gamma"]);
    assert_eq!(column(&rows, "codepostaletablissement"), ["75001", "69001", "13001", "06000", "59000"]);
    plan.status = open_is_a("etatAdministratifEtablissement", false);
    assert_eq!(column(&read(&plan, 2).0, "denominationunitelegale"), ["Alpha", "Beta", "-", "Gamma"]);
    plan.filters = vec![filter("etatAdministratifUniteLegale", &["A"])];
    assert_eq!(column(&read(&plan, 2).0, "_group"), ["100000001", "300000003"]);
    plan.filters = vec![filter("denominationUniteLegale", &["Omega"])];
    assert_eq!(read(&plan, 2).1.entries, 0);
    plan.filters = Vec::new();
    plan.status = open_is_a("etatAdministratifUniteLegale", true);
    assert_eq!(column(&read(&plan, 2).0, "_open"), ["true", "true", "false", "false", "true"]);
    let facts = table_facts(&format).unwrap();
    assert_eq!(facts.columns.iter().filter(|name| *name == "siren").count(), 1);
    assert!(facts.columns.contains(&"denominationUniteLegale".to_owned()));
    assert_eq!(facts.rows_hint, Some(5));
    assert_eq!(digest(&format).unwrap().len(), 64);
}

#[test]
fn a_file_of_insee_without_siren_is_named() {
    let folder = folder();
    let format = sirene(folder.path());
    parquet(format.file("units").unwrap(), vec![("nom", array(StringArray::from(vec!["x"])))], 1);
    let plan = registry(format, &[]);
    match open_reference(&plan, 10).err().unwrap() {
        IngestError::ColumnNotFound { file, column, .. } => {
            assert!(file.ends_with("units.parquet"));
            assert_eq!(column, "siren");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn infinity_is_a_reject_and_nan_is_an_empty_cell() {
    let folder = folder();
    let path = folder.path().join("r.parquet");
    let amounts = Float64Array::from(vec![1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    let ids = StringArray::from(vec!["a", "b", "c", "d"]);
    parquet(&path, vec![("siret", array(ids)), ("amount", array(amounts))], 10);
    let mut plan = registry(TablePlan::new("parquet", path), &[]);
    plan.group = None;
    plan.fields = vec![field("amount", FieldType::Decimal)];
    let (rows, facts, rejects) = read(&plan, 10);
    assert_eq!(column(&rows, "amount"), ["1.5", "-", "-", "-"]);
    assert_eq!(facts.rejects, 2);
    assert_eq!(rejects.iter().map(|reject| reject.raw.as_str()).collect::<Vec<_>>(), ["inf", "-inf"]);
}

#[test]
fn numeric_ids_and_groups_regain_their_leading_zeros() {
    let folder = folder();
    let path = folder.path().join("r.parquet");
    let sirets = vec![512_345_000_016, 9_005_123_440_001, 90_056_789_200_014, 7];
    let columns = vec![
        ("siret", array(Int64Array::from(sirets.clone()))),
        ("siren", array(Float64Array::from(vec![5_123_450.0, 90_051_234.0, 900_567_892.0, 7.0]))),
    ];
    parquet(&path, columns, 10);
    let text = folder.path().join("r.csv");
    fs::write(&text, "siret,siren\n512345000016,5123450\n9005123440001,90051234\n90056789200014,900567892\n7,7\n")
        .unwrap();
    for table in [TablePlan::new("parquet", path), csv(&text)] {
        let mut plan = registry(table, &[]);
        assert_eq!(column(&read(&plan, 10).0, "_id")[0], "512345000016", "ids of any other kind stay as they are");
        plan.id_widths = IdWidths { id: Some(14), group: Some(9) };
        let (rows, _, _) = read(&plan, 10);
        assert_eq!(column(&rows, "_id"), ["00512345000016", "09005123440001", "90056789200014", "7"]);
        assert_eq!(column(&rows, "_group"), ["005123450", "090051234", "900567892", "7"]);
        plan.group = None;
        assert_eq!(column(&read(&plan, 10).0, "_group")[0], "00512345000016");
    }
}

#[test]
fn swapped_insee_files_are_reported() {
    let folder = folder();
    let format = sirene(folder.path());
    let file = |key: &str| format.file(key).unwrap().to_owned();
    let swapped = sirene_files(file("establishments"), file("units"));
    let error = table_facts(&swapped).unwrap_err();
    assert!(matches!(error, IngestError::SireneFilesSwapped { .. }), "{error}");
    assert!(error.to_string().contains("swapped") && error.to_string().contains("`siret`"), "{error}");
    // A file of legal units lists each once; the file of their history does not.
    let mut reader =
        open_reference(&registry(sirene_files(file("establishments"), file("establishments")), &[]), 10).unwrap();
    let error = reader.next_batch().unwrap_err();
    assert!(matches!(error, IngestError::NotSireneUnits { .. }), "{error}");
    assert!(error.to_string().contains("100000001"), "{error}");
    assert!(open_reference(&registry(sirene_files(file("units"), file("units")), &[]), 10).is_err());
}

#[test]
fn insees_files_as_csv_are_the_same_registry() {
    use std::io::Write;
    let folder = folder();
    let plan = registry(sirene(folder.path()), &["siren", "denominationUniteLegale", "codePostalEtablissement"]);
    let units = "siren,denominationUniteLegale,etatAdministratifUniteLegale\n300000003,Gamma,A\n100000001,Alpha,A\n\
                 200000002,Beta,C\n";
    let establishments = "siret,siren,codePostalEtablissement,etatAdministratifEtablissement\n\
                          10000000100011,100000001,75001,A\n10000000100029,100000001,69001,F\n\
                          20000000200012,200000002,13001,A\n90000000900019,900000009,06000,A\n\
                          30000000300017,300000003,59000,A\n";
    let at = |name: &str| folder.path().join(name);
    let mut archive = zip::ZipWriter::new(std::fs::File::create(at("StockUniteLegale_utf8.zip")).unwrap());
    archive.start_file("StockUniteLegale_utf8.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(units.as_bytes()).unwrap();
    archive.finish().unwrap();
    std::fs::write(at("StockEtablissement_utf8.csv"), establishments).unwrap();
    let files = || sirene_files(at("StockUniteLegale_utf8.zip"), at("StockEtablissement_utf8.csv"));
    let mut of_csv = ReferencePlan { table: files(), ..plan.clone() };
    assert_eq!(read(&of_csv, 2).0, read(&plan, 2).0);
    let mut of_parquet = plan;
    let filters =
        vec![filter("etatAdministratifUniteLegale", &["A"]), filter("etatAdministratifEtablissement", &["A"])];
    (of_csv.filters, of_parquet.filters) = (filters.clone(), filters);
    let (from_csv, from_parquet) = (read(&of_csv, 2).0, read(&of_parquet, 2).0);
    assert_eq!((from_csv.num_rows(), &from_csv), (2, &from_parquet));
}
