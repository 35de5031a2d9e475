//! Results as the checkpoint has them: batches of [`matchflow_model::outcome::schema`].

use matchflow_model::arrow::array::{Array, RecordBatch};
use matchflow_model::arrow::datatypes::Float64Type;
use matchflow_model::columns::{primitive, text, value};
use matchflow_model::outcome::Outcome;

use crate::error::EvaluateError;
use crate::results::{ResultRow, entry_refs, supplier_of};

impl ResultRow {
    /// The rows of a batch of [`matchflow_model::outcome::schema`], in its order. Only the columns that an
    /// evaluation needs have to be there.
    pub fn from_batch(batch: &RecordBatch) -> Result<Vec<ResultRow>, EvaluateError> {
        let [keys, outcomes, stages, ids, groups] =
            ["key", "outcome", "stage", "id", "group"].map(|name| text(batch, name));
        let (keys, outcomes, stages, ids, groups) = (keys?, outcomes?, stages?, ids?, groups?);
        let (alternatives, inputs) = (text(batch, "alternatives")?, text(batch, "input")?);
        let real = |name: &str| primitive::<Float64Type>(batch, name);
        let (scores, entry_scores) = (real("score")?, real("entry_score")?);
        let row_at = |row: usize| {
            let key = value(keys, row).unwrap_or_default();
            let wrong = |column, found: &str, wanted| {
                let (key, value) = (key.to_owned(), found.to_owned());
                EvaluateError::Row { key, column, value, wanted }
            };
            let word = value(outcomes, row).unwrap_or_default();
            let outcome = Outcome::from_word(word)
                .ok_or_else(|| wrong("outcome", word, "`matched`, `review`, `unmatched` or `failed`"))?;
            let json = value(alternatives, row).unwrap_or("[]");
            let owned = |column| value(column, row).map(str::to_owned);
            Ok(ResultRow {
                stage: owned(stages),
                id: owned(ids),
                group: owned(groups),
                score: scores.is_valid(row).then(|| scores.value(row)),
                entry_score: entry_scores.is_valid(row).then(|| entry_scores.value(row)),
                alternatives: entry_refs(json).ok_or_else(|| wrong("alternatives", json, "a JSON array of entries"))?,
                supplier: value(inputs, row).and_then(supplier_of),
                ..ResultRow::new(key, outcome)
            })
        };
        (0..batch.num_rows()).map(row_at).collect()
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::outcome::{Decision, to_batch};

    use super::*;
    use crate::EntryRef;

    fn decision(key: &str, alternatives: &str) -> Decision {
        Decision {
            key: key.to_owned(),
            row: 2,
            digest: 0,
            outcome: Outcome::Matched,
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.5),
            margin: None,
            entry_score: Some(0.25),
            weight: None,
            candidates: 1,
            reason: String::new(),
            error: None,
            plugin: None,
            tries: 0,
            retryable: false,
            input: r#"{"name":"Dupont"}"#.to_owned(),
            entry: None,
            alternatives: alternatives.to_owned(),
            evidence: None,
        }
    }

    #[test]
    fn a_batch_says_what_a_row_does() {
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
    fn errors_name_the_row() {
        let batch = to_batch(&[decision("F1", "none")]).unwrap();
        let message = ResultRow::from_batch(&batch).unwrap_err().to_string();
        assert_eq!(message, "result `F1`, column `alternatives`: `none` is not a JSON array of entries");
        let narrow = batch.project(&[0]).unwrap();
        let message = ResultRow::from_batch(&narrow).unwrap_err().to_string();
        assert_eq!(message, "the batch has no column `outcome` of type Utf8");
    }
}
