//! Every kind of error and of expectation, in files of every language.

use std::fs::File;

use calamine::{Data, Reader, Xlsx, open_workbook};
use matchflow_labels::Words;
use matchflow_model::arrow::array::AsArray;
use matchflow_model::expectation::Expectation;
use matchflow_model::language::Language;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::CsvFormulas;
use matchflow_model::reason::Reason;
use matchflow_model::reject::Reject;
use matchflow_model::row_error::RowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::tests::*;
use super::*;

/// A failed row for each kind of error, whose reason contains the error too.
fn failed_rows() -> Vec<Decision> {
    let of_error = |(row, error): (usize, RowError)| {
        let reason = Reason::ArbiterFailed { arbiter: "llm".to_owned(), error: error.clone() };
        Decision {
            error: Some(error),
            reason: reason.into(),
            ..decision(&format!("F{row}"), row as u64 + 2, Outcome::Failed)
        }
    };
    RowError::examples().into_iter().enumerate().map(of_error).collect()
}

/// A reject for each kind of expectation.
fn rejects() -> Vec<Reject> {
    let template = summary().rejects.remove(0);
    Expectation::examples().into_iter().map(|expected| Reject { expected, ..template.clone() }).collect()
}

/// The cells of all text columns of all files.
fn exported_texts(language: Language) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let [xlsx, csv, parquet] = ["r.xlsx", "r.csv", "r.parquet"].map(|name| folder.path().join(name));
    let plans = [
        OutputPlan::Xlsx { path: xlsx.clone() },
        csv_plan(&csv, CsvFormulas::Escape),
        OutputPlan::Parquet { path: parquet.clone() },
    ];
    let mut layout = layout();
    layout.words = Words { language, ..layout.words };
    let summary = Summary { rejects: rejects(), ..summary() };
    export(&plans, &layout, batches(&failed_rows()), &summary).unwrap();
    let mut texts = Vec::new();
    let mut workbook: Xlsx<_> = open_workbook(&xlsx).unwrap();
    for (_, range) in workbook.worksheets() {
        texts.extend(range.rows().flatten().filter(|cell| matches!(cell, Data::String(_))).map(ToString::to_string));
    }
    let mut reader = csv::Reader::from_path(&csv).unwrap();
    texts.extend(reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&parquet).unwrap()).unwrap();
    for batch in reader.build().unwrap().map(Result::unwrap) {
        let columns = batch.columns().iter().filter_map(|column| column.as_string_opt::<i32>());
        texts.extend(columns.flatten().flatten().map(str::to_owned));
    }
    texts
}

#[test]
fn errors_and_expectations_are_in_the_words_of_the_language() {
    let of_rejects = |language| rejects().iter().map(|reject| reject.expected.words(language)).collect::<Vec<_>>();
    let of_errors = |language| RowError::examples().iter().map(|error| error.words(language)).collect::<Vec<_>>();
    for (language, other) in [(Language::English, Language::French), (Language::French, Language::English)] {
        let texts = exported_texts(language);
        for (words, files) in [(of_rejects(language), 1), (of_errors(language), 3)] {
            for words in words {
                let cells = texts.iter().filter(|text| **text == words).count();
                assert!(cells >= files, "`{words}` is in {cells} cells");
            }
        }
        let foreign = [of_rejects(other), of_errors(other)].concat();
        let own = [of_rejects(language), of_errors(language)].concat();
        for words in foreign.iter().filter(|words| !own.contains(words)) {
            // A single word, such as `text`, may be part of another value.
            let has_words = |text: &String| text == words || words.contains(' ') && text.contains(words.as_str());
            assert!(!texts.iter().any(has_words), "`{words}` in {language:?}");
        }
        assert!(!texts.iter().any(|text| text.contains("\"code\"")), "a code is shown in {language:?}");
    }
}
