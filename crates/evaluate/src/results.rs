//! The results of a run, from an output file or from the rows of the checkpoint.

use std::collections::HashMap;
use std::path::Path;

use matchflow_labels::outcome_of;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::evidence::Alternative;
use matchflow_model::formula;
use matchflow_model::outcome::{Decision, Outcome, from_batch};
use matchflow_model::result_table::InvalidCell;

use crate::error::EvaluateError;
use crate::table::{NamedRow, NamedTable};

/// The id and group of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryRef {
    /// Its id (SIRET).
    pub id: Option<String>,
    /// Its group (SIREN).
    pub group: Option<String>,
}

/// A row of the results, with the data needed for an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// The record's key.
    pub key: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// The candidate stage that found the best entry.
    pub stage: Option<String>,
    /// The best entry's id.
    pub id: Option<String>,
    /// The best entry's group.
    pub group: Option<String>,
    /// The best entry's score, 0 to 1; with a match model, the probability that its group is the match.
    pub score: Option<f64>,
    /// With a match model: the probability that exactly this entry is the match.
    pub entry_score: Option<f64>,
    /// The next best entries.
    pub alternatives: Vec<EntryRef>,
    /// The supplier in a form that people recognise: its name if there is one.
    pub supplier: Option<String>,
}

impl ResultRow {
    /// A row with only an outcome.
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

/// The columns that results must have; others are optional, and unknown ones are ignored.
const REQUIRED: [&str; 4] = ["key", "outcome", "id", "group"];
/// The optional columns that are read.
const READ: [&str; 5] = ["stage", "score", "entry_score", "alternatives", "input"];
/// The columns of the supplier's name, of which the first that exists counts; without one, `input` is read.
const SUPPLIER_NAMES: [&str; 2] = ["in_name", "name"];
/// Columns of a workbook with one candidate each: `alternative_1`, `alternative_2`...
const ALTERNATIVE: &str = "alternative_";

/// The results in an output file, one at a time.
pub(crate) fn result_rows(
    path: &Path,
) -> Result<impl Iterator<Item = Result<ResultRow, EvaluateError>> + use<>, EvaluateError> {
    rows_of(NamedTable::open(path, &["key", "outcome"])?)
}

fn rows_of<'a>(
    table: NamedTable<'a>,
) -> Result<impl Iterator<Item = Result<ResultRow, EvaluateError>> + use<'a>, EvaluateError> {
    let columns = ResultColumns::find(&table)?;
    let file = table.name.clone();
    let mut failed = false;
    let rows = table.map(move |row| {
        let row = row?;
        columns.result(&row).map_err(|InvalidCell { column, value, expected }| EvaluateError::Cell {
            file: file.clone(),
            line: row.line,
            column,
            value,
            expected,
        })
    });
    Ok(rows.take_while(move |row| !std::mem::replace(&mut failed, row.is_err())))
}

/// The positions of result columns.
struct ResultColumns {
    named: HashMap<&'static str, usize>,
    alternatives: Vec<usize>,
}

impl ResultColumns {
    fn find(table: &NamedTable<'_>) -> Result<ResultColumns, EvaluateError> {
        if let Some(missing) = REQUIRED.iter().find(|name| table.position(name).is_none()) {
            return Err(table.no_column(format!("`{missing}`")));
        }
        let names = REQUIRED.into_iter().chain(READ).chain(SUPPLIER_NAMES);
        let named = names.filter_map(|name| Some((name, table.position(name)?))).collect();
        let is_alternative =
            |column: &String| column.strip_prefix(ALTERNATIVE).is_some_and(|number| number.parse::<u8>().is_ok());
        let alternatives = table.columns.iter().enumerate().filter(|(_, column)| is_alternative(column));
        Ok(ResultColumns { named, alternatives: alternatives.map(|(at, _)| at).collect() })
    }

    fn result(&self, row: &NamedRow) -> Result<ResultRow, InvalidCell> {
        let outcome = row.cell(self.named.get("outcome").copied()).map(outcome_word);
        // A file for French spreadsheets has decimal commas.
        let number = |column: &str| row.cell(self.named.get(column).copied()).map(|cell| cell.replace(',', "."));
        let (score, entry_score) = (number("score"), number("entry_score"));
        let cell = |column: &str| match column {
            "outcome" => outcome,
            "score" => score.as_deref(),
            "entry_score" => entry_score.as_deref(),
            column => row.cell(self.named.get(column).copied()),
        };
        let mut result = ResultRow::from_decision(Decision::from_cells(cell)?);
        let name = SUPPLIER_NAMES.into_iter().find(|column| self.named.contains_key(*column)).and_then(cell);
        result.supplier = name.map(|name| formula::unescape(name).to_owned()).or(result.supplier);
        let candidates = self.alternatives.iter().filter_map(|at| row.cell(Some(*at)));
        result.alternatives.extend(candidates.map(shown_candidate));
        Ok(result)
    }
}

/// The code of an outcome that a workbook shows in its own language; anything else unchanged.
fn outcome_word(text: &str) -> &str {
    outcome_of(text).map_or(text, |outcome| outcome.as_str())
}

/// The candidate in a workbook's cell, which ends in its id and its score. The group of a SIRET is known.
fn shown_candidate(text: &str) -> EntryRef {
    let line = text.lines().last().unwrap_or_default();
    let id = line.rsplit_once('(').map_or(line, |(id, _)| id).trim();
    let group =
        matchflow_text::siret(id).filter(|siret| siret == id).and_then(|siret| Some(siret.get(..9)?.to_owned()));
    EntryRef { id: Some(id.to_owned()).filter(|id| !id.is_empty()), group }
}

impl ResultRow {
    /// The row of a decision.
    pub(crate) fn from_decision(decision: Decision) -> ResultRow {
        let entry = |one: Alternative| EntryRef { id: Some(one.id).filter(|id| !id.is_empty()), group: one.group };
        ResultRow {
            key: decision.key,
            outcome: decision.outcome,
            stage: decision.stage,
            id: decision.id,
            group: decision.group,
            score: decision.score,
            entry_score: decision.entry_score,
            alternatives: decision.alternatives.into_iter().map(entry).collect(),
            supplier: supplier_of(&decision.input),
        }
    }

    /// The rows of a batch of [`matchflow_model::outcome::schema`], in its order.
    pub fn from_batch(batch: &RecordBatch) -> Result<Vec<ResultRow>, EvaluateError> {
        Ok(from_batch(batch)?.into_iter().map(ResultRow::from_decision).collect())
    }
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
        rows_of(NamedTable::read_csv(text.as_bytes(), "results.csv")?)?.collect()
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
    fn cells_of_workbooks_and_french_spreadsheets_are_parsed() {
        let rows = read(
            "key;outcome;id;group;score;in_name;alternative_1;alternative_2\n\
             F1;À vérifier;73282932000074;732829320;0,875;'=Léa;\"LÉA\n12 RUE HAUTE, LYON\n73282932000082 (0,1234)\";\"LÉA\n(0,1)\"\n\
             F2;unmatched;;;;;;\n",
        );
        let alternative = |id: Option<&str>, group: Option<&str>| EntryRef {
            id: id.map(str::to_owned),
            group: group.map(str::to_owned),
        };
        let rows = rows.unwrap();
        assert_eq!((rows[0].outcome, rows[1].outcome), (Outcome::Review, Outcome::Unmatched));
        assert_eq!((rows[0].score, rows[0].supplier.as_deref()), (Some(0.875), Some("=Léa")));
        let expected = [alternative(Some("73282932000082"), Some("732829320")), alternative(None, None)];
        assert_eq!(rows[0].alternatives, expected);
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
                "key,outcome,id,group,alternatives\nA,failed,,,none\n",
                "`results.csv`, line 2, column `alternatives`: `none` is not a JSON array of entries",
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

    fn decision(key: &str) -> Decision {
        let (id, group) = ("1".to_owned(), Some("2".to_owned()));
        let alternative = Alternative { id, group, score: Some(0.4), ..Alternative::default() };
        Decision {
            outcome: Outcome::Matched,
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.5),
            entry_score: Some(0.25),
            candidates: 1,
            input: r#"{"name":"Dupont"}"#.to_owned(),
            alternatives: vec![alternative],
            ..Decision::unmatched(key, 2, 0)
        }
    }

    #[test]
    fn a_batch_gives_the_same_rows() {
        let batch = to_batch(&[decision("F1")]).unwrap();
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
    fn errors_of_a_batch_name_the_column() {
        let batch = to_batch(&[decision("F1")]).unwrap();
        let narrow = batch.project(&[0]).unwrap();
        let message = ResultRow::from_batch(&narrow).unwrap_err().to_string();
        assert_eq!(message, "the batch has no column `row` of type UInt64");
    }
}
