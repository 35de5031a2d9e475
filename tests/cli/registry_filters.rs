//! Which entries of a registry a pipeline reads.

use std::sync::Arc;

use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::small::{ROWS, small};
use crate::support::World;
use crate::tables::csv_rows;

/// The keys of the suppliers that are matched.
fn matched(world: &World, filter: &str, more: &[&str]) -> Vec<String> {
    let (filter, _) = (format!("reference.filter={filter}"), std::fs::remove_dir_all(world.path("out")));
    world.succeed(&[&["run", "small.yaml", "--set", &filter], more].concat());
    let rows = csv_rows(world, "out/results.csv");
    assert_eq!(rows.len() as u64, ROWS);
    rows.into_iter().filter(|row| row["outcome"] == "matched").map(|row| row["key"].clone()).collect()
}

/// The registry of `small.yaml` as Parquet, one row group per two entries, sorted by postcode.
fn write_parquet(world: &World) {
    let mut reader = csv::Reader::from_path(world.path("registry.csv")).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    records.sort_by_key(|record| record[3].to_owned());
    let column =
        |at: usize| -> ArrayRef { Arc::new(StringArray::from_iter_values(records.iter().map(|record| &record[at]))) };
    let batch = RecordBatch::try_from_iter(names.iter().enumerate().map(|(at, name)| (name, column(at)))).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let file = std::fs::File::create(world.path("registry.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

const PARQUET: [&str; 4] = ["--set", "reference.csv=null", "--set", "reference.parquet.path=registry.parquet"];

#[test]
fn entries_are_filtered_by_a_column_prefix_in_every_format() {
    let world = small();
    write_parquet(&world);
    for more in [&[][..], &PARQUET] {
        for (filter, expected) in [
            ("{postcode: {starts_with: 37}}", &["F3", "F4"][..]),
            ("{postcode: {starts_with: [69, \"44\"]}}", &["F1", "F5"]),
            ("{postcode: {starts_with: [37, 74]}, name: {starts_with: [ZOLA, GARAGE]}}", &["F2", "F3", "F6"]),
            ("{postcode: {starts_with: \"69003\"}}", &["F1"]),
            ("{postcode: [37000, 69003]}", &["F1", "F3", "F4"]),
        ] {
            assert_eq!(matched(&world, filter, more), expected, "{filter} {more:?}");
        }
        std::fs::remove_dir_all(world.path("out")).unwrap();
        let nothing = [&["run", "small.yaml", "--set", "reference.filter={postcode: {starts_with: 3700000}}"], more];
        let ended = world.run(&nothing.concat());
        assert_ne!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn a_wrong_filter_is_explained_and_plan_shows_a_correct_one() {
    let world = small();
    let wrong = world.run(&["validate", "small.yaml", "--set", "reference.filter={postcode: {prefix: 75}}"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("unknown key `prefix`") && wrong.stderr.contains("starts_with"), "{wrong:?}");
    let right = ["--set", "reference.filter={postcode: {starts_with: [37, 74]}}"];
    let plan = world.succeed(&[&["plan", "small.yaml"][..], &right].concat());
    assert!(plan.stdout.contains("only postcode begins with 37, 74"), "{plan:?}");
    // With other departments the registry counts as changed: rows decided with the first one are reported as such.
    world.succeed(&[&["run", "small.yaml"][..], &right].concat());
    let other = world.succeed(&["run", "small.yaml", "--set", "reference.filter={postcode: [37000, 74000]}"]);
    assert!(other.stderr.contains("registry"), "{other:?}");
}
