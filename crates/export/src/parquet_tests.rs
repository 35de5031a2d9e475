//! Parquet files, read back.

use std::fs::File;
use std::path::Path;

use matchflow_model::arrow::array::{Array, AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::{DataType, Float64Type};
use matchflow_model::outcome::Outcome;
use matchflow_model::reason::ComparisonLevel;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::tests::*;
use super::*;

fn written(path: &Path, decisions: &[matchflow_model::outcome::Decision]) -> (Vec<RecordBatch>, Vec<(String, String)>) {
    let plans = [OutputPlan::Parquet { path: path.to_owned() }];
    export(&plans, &layout(), batches(decisions), &summary()).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let metadata = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let metadata = metadata.into_iter().map(|pair| (pair.key, pair.value.unwrap_or_default()));
    (reader.build().unwrap().map(Result::unwrap).collect(), metadata.collect())
}

#[test]
fn columns_have_types_and_candidates_are_lists() {
    let folder = tempfile::tempdir().unwrap();
    let mut decisions = four();
    let (comparison, level) = ("name".to_owned(), "same name".to_owned());
    decisions[0].comparisons = vec![ComparisonLevel { comparison, level, bits: Some(8.5) }];
    decisions[0].evidence = Some("{\"company-name\":{\"score\":0.97}}".to_owned());
    let (batches, metadata) = written(&folder.path().join("out/r.parquet"), &decisions);
    let batch = &batches[0];
    let kind = |name: &str| batch.column_by_name(name).unwrap_or_else(|| panic!("no {name}")).data_type().clone();
    for (name, expected) in [
        ("key", DataType::Utf8),
        ("row", DataType::UInt64),
        ("in_name", DataType::Utf8),
        ("in_spend", DataType::Float64),
        ("in_moved", DataType::Date32),
        ("score", DataType::Float64),
        ("closed", DataType::Boolean),
        ("level", DataType::Utf8),
        ("candidates", DataType::UInt32),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
    // 2024-07-07 in days since 1970.
    assert_eq!(batch["in_moved"].as_primitive::<matchflow_model::arrow::datatypes::Date32Type>().value(0), 19_911);
    assert_eq!(batch["in_spend"].as_primitive::<Float64Type>().value(0), 9120.5);
    assert_eq!(batch["in_postcode"].as_string::<i32>().value(0), "06000");
    let alternatives = batch["alternatives"].as_list::<i32>().value(0);
    let alternatives = alternatives.as_struct();
    assert_eq!(alternatives.column_by_name("id").unwrap().as_string::<i32>().value(0), "1");
    let entry = alternatives.column_by_name("entry").unwrap().as_struct();
    assert_eq!(entry.column_by_name("name").unwrap().as_string::<i32>().value(0), "BÊTA");
    let comparisons = batch["comparisons"].as_list::<i32>().value(0);
    let comparisons = comparisons.as_struct();
    assert_eq!(comparisons.column_by_name("comparison").unwrap().as_string::<i32>().value(0), "name");
    assert_eq!(comparisons.column_by_name("bits").unwrap().as_primitive::<Float64Type>().value(0), 8.5);
    assert_eq!(comparisons.column_by_name("level").unwrap().as_string::<i32>().value(0), "same name");
    let scores = batch["scores"].as_list::<i32>().value(0);
    let scores = scores.as_struct();
    assert_eq!(scores.column_by_name("scorer").unwrap().as_string::<i32>().value(0), "company-name");
    assert_eq!(scores.column_by_name("score").unwrap().as_primitive::<Float64Type>().value(0), 0.97);
    assert_eq!(batch["evidence"].as_string::<i32>().value(0), "{\"company-name\":{\"score\":0.97}}");
    assert!(batch["evidence"].is_null(1), "no row but the first keeps it");
    assert!(metadata.contains(&("matchflow.pipeline".to_owned(), "suppliers".to_owned())), "{metadata:?}");
    assert!(metadata.contains(&("matchflow.supplier_file".to_owned(), "Frs.xlsx".to_owned())), "{metadata:?}");
}

#[test]
fn more_rows_than_fit_in_memory_are_written_and_an_empty_file_has_a_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.parquet");
    for rows in [0, 8_192, 8_195_u64] {
        let decisions: Vec<_> = (0..rows).map(|row| decision(&format!("F{row}"), row, Outcome::Matched)).collect();
        let (batches, _) = written(&path, &decisions);
        let keys: Vec<String> = batches
            .iter()
            .flat_map(|batch| {
                batch["key"].as_string::<i32>().iter().map(|key| key.unwrap().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(keys, decisions.iter().map(|one| one.key.clone()).collect::<Vec<_>>());
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert!(reader.schema().field_with_name("alternatives").is_ok());
}
