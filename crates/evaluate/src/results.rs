//! The results of a run, from the CSV that it wrote or from the checkpoint's rows.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;
use matchflow_model::outcome::Outcome;

use crate::error::{EvaluateError, csv_error};

/// The id and group of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryRef {
    /// Its id (SIRET).
    pub id: Option<String>,
    /// Its group (SIREN).
    pub group: Option<String>,
}

/// What one row of the results says, as far as an evaluation needs it.
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
    /// A row that says no more than its outcome.
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

/// Rows of a results CSV, one at a time. Columns are found by name, in any order; `key`, `outcome`, `id` and `group` must
/// be there; `stage`, `score`, `entry_score`, `alternatives` and the supplier's (`in_name`, `name` or the JSON `input`) may be; others
/// are passed over. After an error no more rows come.
pub struct ResultRows<R> {
    reader: csv::Reader<R>,
    columns: Columns,
    name: String,
    record: StringRecord,
    failed: bool,
}

struct Columns {
    key: usize,
    outcome: usize,
    id: usize,
    group: usize,
    stage: Option<usize>,
    score: Option<usize>,
    entry_score: Option<usize>,
    alternatives: Option<usize>,
    supplier_name: Option<usize>,
    input: Option<usize>,
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
        let find = |wanted: &str| header.iter().position(|column| column.trim() == wanted);
        let need = |column: &str, wanted: &'static str| {
            find(column).ok_or_else(|| EvaluateError::Column {
                file: name.to_owned(),
                wanted,
                found: header.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
            })
        };
        let columns = Columns {
            key: need("key", "`key`")?,
            outcome: need("outcome", "`outcome`")?,
            id: need("id", "`id`")?,
            group: need("group", "`group`")?,
            stage: find("stage"),
            score: find("score"),
            entry_score: find("entry_score"),
            alternatives: find("alternatives"),
            supplier_name: find("in_name").or_else(|| find("name")),
            input: find("input"),
        };
        Ok(ResultRows { reader, columns, name: name.to_owned(), record: StringRecord::new(), failed: false })
    }

    fn next_row(&mut self) -> Result<Option<ResultRow>, EvaluateError> {
        let line = self.reader.position().line();
        let more = self.reader.read_record(&mut self.record).map_err(|source| csv_error(&self.name, line, source))?;
        if !more {
            return Ok(None);
        }
        let record = &self.record;
        let text = |column: usize| record.get(column).map(str::trim).filter(|cell| !cell.is_empty());
        let owned = |column: Option<usize>| column.and_then(text).map(str::to_owned);
        let wrong = |column: &'static str, value: &str, wanted: &'static str| {
            let (file, value) = (self.name.clone(), value.to_owned());
            EvaluateError::Cell { file, line, column, value, wanted }
        };
        let outcome = text(self.columns.outcome).unwrap_or_default();
        let outcome = Outcome::from_word(outcome)
            .ok_or_else(|| wrong("outcome", outcome, "`matched`, `review`, `unmatched` or `failed`"))?;
        let real = |column: Option<usize>, name| {
            let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
            let cell = column.and_then(text);
            cell.map(|text| number(text).ok_or_else(|| wrong(name, text, "a number"))).transpose()
        };
        let alternatives = self
            .columns
            .alternatives
            .and_then(text)
            .map(|json| entry_refs(json).ok_or_else(|| wrong("alternatives", json, "a JSON array of entries")));
        let named = owned(self.columns.supplier_name);
        Ok(Some(ResultRow {
            key: text(self.columns.key).unwrap_or_default().to_owned(),
            outcome,
            stage: owned(self.columns.stage),
            id: owned(Some(self.columns.id)),
            group: owned(Some(self.columns.group)),
            score: real(self.columns.score, "score")?,
            entry_score: real(self.columns.entry_score, "entry_score")?,
            alternatives: alternatives.transpose()?.unwrap_or_default(),
            supplier: named.or_else(|| self.columns.input.and_then(text).and_then(supplier_of)),
        }))
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

/// The ids and groups in a JSON array of `{id, group, ...}`.
pub(crate) fn entry_refs(json: &str) -> Option<Vec<EntryRef>> {
    let entries: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(json).ok()?;
    let text = |entry: &serde_json::Map<String, serde_json::Value>, name: &str| {
        entry.get(name).and_then(|value| value.as_str()).map(str::to_owned)
    };
    Some(entries.iter().map(|entry| EntryRef { id: text(entry, "id"), group: text(entry, "group") }).collect())
}

/// The supplier's name in its JSON object, else its first text.
pub(crate) fn supplier_of(json: &str) -> Option<String> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    let first = || fields.values().find_map(|value| value.as_str());
    fields.get("name").and_then(|value| value.as_str()).or_else(first).map(str::to_owned)
}

#[cfg(test)]
mod tests {
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
}
