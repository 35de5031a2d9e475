//! The results of a run, from the CSV that it wrote or from the checkpoint's rows.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::outcome::{Decision, Outcome, from_batch};
use matchflow_model::result_table::InvalidCell;
use serde::Deserialize;

use crate::error::{EvaluateError, csv_error};

/// The id and group of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct EntryRef {
    /// Its id (SIRET).
    pub id: Option<String>,
    /// Its group (SIREN).
    pub group: Option<String>,
}

/// One row of the results, as far as an evaluation needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// The record's key.
    pub key: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The candidate stage that found the best entry.
    pub stage: Option<String>,
    /// The best entry's id.
    pub id: Option<String>,
    /// The best entry's group.
    pub group: Option<String>,
    /// The best entry's score, 0 to 1; with a match model the probability that its group is the one.
    pub score: Option<f64>,
    /// With a match model: the probability that this very entry is the one.
    pub entry_score: Option<f64>,
    /// The next best entries.
    pub alternatives: Vec<EntryRef>,
    /// The supplier as a person recognises it: its name where there is one.
    pub supplier: Option<String>,
}

impl ResultRow {
    /// A row with nothing but its outcome.
    pub fn new(key: &str, outcome: Outcome) -> ResultRow {
        ResultRow {
            key: key.to_owned(),
            outcome,
            stage: None,
            id: None,
            group: None,
            score: None,
            entry_score: None,
            alternatives: Vec::new(),
            supplier: None,
        }
    }
}

/// The columns that a results CSV must have; others may be missing, and unknown ones are skipped.
const REQUIRED: [&str; 4] = ["key", "outcome", "id", "group"];
/// The column of the supplier's name, the first that a file has; without one, `input` is read.
const SUPPLIER_NAMES: [&str; 2] = ["in_name", "name"];

/// Rows of a results CSV, one at a time. Columns are found by name, in any order. After an error no more rows come.
pub struct ResultRows<R> {
    reader: csv::Reader<R>,
    /// The positions of the columns, by name.
    columns: HashMap<String, usize>,
    name: String,
    record: StringRecord,
    failed: bool,
}

impl ResultRows<File> {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<ResultRows<File>, EvaluateError> {
        let file = File::open(path).map_err(|source| EvaluateError::Open { file: path.to_owned(), source })?;
        ResultRows::read(file, &path.display().to_string())
    }
}

impl<R: Read> ResultRows<R> {
    /// Reads CSV; `name` is what errors call it.
    pub fn read(input: R, name: &str) -> Result<ResultRows<R>, EvaluateError> {
        let mut reader = csv::Reader::from_reader(input);
        let header = reader.headers().map_err(|source| csv_error(name, 1, source))?;
        let mut columns = HashMap::new();
        for (position, column) in header.iter().enumerate() {
            columns.entry(column.trim().to_owned()).or_insert(position);
        }
        if let Some(missing) = REQUIRED.iter().find(|column| !columns.contains_key(**column)) {
            return Err(EvaluateError::Column {
                file: name.to_owned(),
                expected: format!("`{missing}`"),
                found: header.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
            });
        }
        Ok(ResultRows { reader, columns, name: name.to_owned(), record: StringRecord::new(), failed: false })
    }

    fn next_row(&mut self) -> Result<Option<ResultRow>, EvaluateError> {
        let line = self.reader.position().line();
        let more = self.reader.read_record(&mut self.record).map_err(|source| csv_error(&self.name, line, source))?;
        if !more {
            return Ok(None);
        }
        let cell = |column: &str| {
            let cell = self.record.get(*self.columns.get(column)?).map(str::trim);
            cell.filter(|cell| !cell.is_empty())
        };
        let invalid = |InvalidCell { column, value, expected }| EvaluateError::Cell {
            file: self.name.clone(),
            line,
            column,
            value,
            expected,
        };
        let decision = Decision::from_cells(cell).map_err(invalid)?;
        let mut row = ResultRow::from_decision(decision).map_err(invalid)?;
        let name = SUPPLIER_NAMES.into_iter().find(|column| self.columns.contains_key(*column)).and_then(cell);
        row.supplier = name.map(str::to_owned).or(row.supplier);
        Ok(Some(row))
    }
}

impl<R: Read> Iterator for ResultRows<R> {
    type Item = Result<ResultRow, EvaluateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = self.next_row();
        self.failed = row.is_err();
        row.transpose()
    }
}

impl ResultRow {
    /// The row of a decision.
    pub(crate) fn from_decision(decision: Decision) -> Result<ResultRow, InvalidCell> {
        let Decision { alternatives: json, .. } = decision;
        let alternatives = if json.is_empty() { Some(Vec::new()) } else { entry_refs(&json) };
        let expected = "a JSON array of entries";
        let alternatives = alternatives.ok_or(InvalidCell { column: "alternatives", value: json, expected })?;
        Ok(ResultRow {
            key: decision.key,
            outcome: decision.outcome,
            stage: decision.stage,
            id: decision.id,
            group: decision.group,
            score: decision.score,
            entry_score: decision.entry_score,
            alternatives,
            supplier: supplier_of(&decision.input),
        })
    }

    /// The rows of a batch of [`matchflow_model::outcome::schema`], in its order.
    pub fn from_batch(batch: &RecordBatch) -> Result<Vec<ResultRow>, EvaluateError> {
        let row =
            |decision: Decision| {
                let key = decision.key.clone();
                ResultRow::from_decision(decision).map_err(|InvalidCell { column, value, expected }| {
                    EvaluateError::Row { key, column, value, expected }
                })
            };
        from_batch(batch)?.into_iter().map(row).collect()
    }
}

/// The ids and groups in a JSON array of `{id, group, ...}`.
fn entry_refs(json: &str) -> Option<Vec<EntryRef>> {
    serde_json::from_str(json).ok()
}

/// The supplier's name in its JSON object, else its first text.
fn supplier_of(json: &str) -> Option<String> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    let first = || fields.values().find_map(|value| value.as_str());
    fields.get("name").and_then(|value| value.as_str()).or_else(first).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use matchflow_model::outcome::to_batch;

    use super::*;

    fn read(text: &str) -> Result<Vec<ResultRow>, EvaluateError> {
        ResultRows::read(text.as_bytes(), "results.csv")?.collect()
    }

    #[test]
    fn columns_are_found_by_name() {
        let rows = read(
            "group,extra,id,score,outcome,key,in_name,stage,alternatives\n\
             732829320,x,73282932000074,0.875,matched,F1,\"Dupont, Jean\",DIRECT_ID,\"[{\"\"id\"\":\"\"1\"\",\"\"group\"\":null}]\"\n\
             ,,,,unmatched,F2,,,\n",
        );
        let expected = ResultRow {
            stage: Some("DIRECT_ID".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.875),
            alternatives: vec![EntryRef { id: Some("1".to_owned()), group: None }],
            supplier: Some("Dupont, Jean".to_owned()),
            ..ResultRow::new("F1", Outcome::Matched)
        };
        assert_eq!(rows.unwrap(), [expected, ResultRow::new("F2", Outcome::Unmatched)]);
    }

    #[test]
    fn the_supplier_is_named_from_its_json() {
        let rows =
            read("key,outcome,id,group,input\nA,failed,,,\"{\"\"city\"\":\"\"Nice\"\",\"\"name\"\":\"\"Léa\"\"}\"\n");
        assert_eq!(rows.unwrap()[0].supplier.as_deref(), Some("Léa"));
    }

    #[test]
    fn errors_name_the_place() {
        let cases = [
            ("key,outcome,id\n", "`results.csv`, line 1: no column `group`; the header has: `key`, `outcome`, `id`"),
            ("", "`results.csv`, line 1: no column `key`; the header has: "),
            (
                "key,outcome,id,group\nA,failed,,\nB,mached,,\n",
                "`results.csv`, line 3, column `outcome`: `mached` is not \
              `matched`, `review`, `unmatched` or `failed`",
            ),
            (
                "key,outcome,id,group,score\nA,failed,,,high\n",
                "`results.csv`, line 2, column `score`: `high` is not a number",
            ),
            (
                "key,outcome,id,group\nA\n",
                "`results.csv`, line 2: not a CSV row in UTF-8 with as many cells as the header",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).unwrap_err().to_string(), message);
        }
    }

    fn decision(key: &str, alternatives: &str) -> Decision {
        Decision {
            outcome: Outcome::Matched,
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.5),
            entry_score: Some(0.25),
            candidates: 1,
            input: r#"{"name":"Dupont"}"#.to_owned(),
            alternatives: alternatives.to_owned(),
            ..Decision::unmatched(key, 2, 0)
        }
    }

    #[test]
    fn a_batch_gives_the_same_rows() {
        let batch = to_batch(&[decision("F1", r#"[{"id":"1","group":"2","score":0.4}]"#)]).unwrap();
        let expected = ResultRow {
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.5),
            entry_score: Some(0.25),
            alternatives: vec![EntryRef { id: Some("1".to_owned()), group: Some("2".to_owned()) }],
            supplier: Some("Dupont".to_owned()),
            ..ResultRow::new("F1", Outcome::Matched)
        };
        assert_eq!(ResultRow::from_batch(&batch).unwrap(), [expected]);
    }

    #[test]
    fn errors_of_a_batch_name_the_row() {
        let batch = to_batch(&[decision("F1", "none")]).unwrap();
        let message = ResultRow::from_batch(&batch).unwrap_err().to_string();
        assert_eq!(message, "result `F1`, column `alternatives`: `none` is not a JSON array of entries");
        let narrow = batch.project(&[0]).unwrap();
        let message = ResultRow::from_batch(&narrow).unwrap_err().to_string();
        assert_eq!(message, "the batch has no column `row` of type UInt64");
    }
}
