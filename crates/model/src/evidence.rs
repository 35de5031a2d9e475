//! What speaks for the candidates of a row, as data: the other candidates, the scores of the best one, the levels that it
//! reached. Each is a column of lists: of structs in the checkpoint and in Parquet, of JSON objects in a text file.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Float64Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::columns::value;
use crate::reason::{ComparisonLevel, ScorerScore};
use crate::result_table::{ColumnValue, Content, texts};

/// A candidate that a result lists beside the entry that it names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alternative {
    /// Its id.
    #[serde(deserialize_with = "text_or_empty")]
    pub id: String,
    /// Its group; a pair of rows has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its score, six decimals.
    pub score: Option<f64>,
    /// The match weight of a pair of rows, in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// The candidate stage that found it.
    #[serde(deserialize_with = "text_or_empty")]
    pub stage: String,
    /// The entry's fields, a JSON object, where the row keeps its evidence.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json", deserialize_with = "from_json")]
    pub entry: Option<String>,
    /// Its evidence, a JSON object, likewise.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json", deserialize_with = "from_json")]
    pub evidence: Option<String>,
}

impl Alternative {
    /// The candidate without its fields and evidence.
    pub fn in_short(&self) -> Alternative {
        let Alternative { id, group, score, weight, stage, .. } = self.clone();
        Alternative { id, group, score, weight, stage, entry: None, evidence: None }
    }
}

/// Text that is JSON, as the JSON that it is.
fn as_json<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let json = text.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    json.serialize(serializer)
}

fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.map(|json| json.to_string()))
}

fn text_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A list as the JSON array that CSV files have.
pub fn list_json<T: Serialize>(list: &[T]) -> String {
    // Texts, numbers and JSON: writing them cannot fail.
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// The items of a list in a column, without a copy of the column.
pub fn items<T: ListItem>(lists: &ListArray, row: usize) -> Vec<T> {
    let offset = |row: usize| lists.value_offsets().get(row).map_or(0, |offset| *offset as usize);
    let Some(values) = lists.values().as_struct_opt().filter(|_| lists.is_valid(row)) else { return Vec::new() };
    (offset(row)..offset(row + 1)).map(|at| T::read(values, at)).collect()
}

/// A struct of which a column has lists. Every member may be missing, as DuckDB declares them.
pub trait ListItem: Sized + Serialize + for<'de> Deserialize<'de> {
    /// What the column is.
    const CONTENT: Content;
    /// What a cell of a text file must be.
    const EXPECTED: &'static str;

    /// The columns of these items, one for each member, in the order of the column's type.
    fn columns(items: &[&Self]) -> Vec<ArrayRef>;

    /// The item at a place.
    fn read(items: &StructArray, at: usize) -> Self;
}

/// The items of a column's lists, and their members.
fn item_fields(content: Content) -> (Arc<Field>, Fields) {
    let DataType::List(item) = content.data_type() else {
        return (Arc::new(Field::new("l", DataType::Null, true)), Fields::empty());
    };
    let members = match item.data_type() {
        DataType::Struct(members) => members.clone(),
        _ => Fields::empty(),
    };
    (item, members)
}

impl<T: ListItem + 'static> ColumnValue for Vec<T> {
    const CONTENT: Content = T::CONTENT;
    const NULLABLE: bool = false;
    type Array = ListArray;

    fn column<'a>(values: impl Iterator<Item = &'a Vec<T>>) -> ArrayRef {
        let (mut lengths, mut items) = (Vec::new(), Vec::new());
        for list in values {
            lengths.push(list.len());
            items.extend(list);
        }
        let (item, members) = item_fields(T::CONTENT);
        let structs = StructArray::new(members, T::columns(&items), None);
        let offsets = OffsetBuffer::from_lengths(lengths);
        Arc::new(ListArray::new(item, offsets, Arc::new(structs), None))
    }

    fn read(array: &ListArray, row: usize) -> Vec<T> {
        items(array, row)
    }

    fn parse(cell: Option<&str>) -> Result<Vec<T>, &'static str> {
        cell.map_or(Ok(Vec::new()), |json| serde_json::from_str(json).map_err(|_| T::EXPECTED))
    }
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}

fn text(items: &StructArray, member: usize, at: usize) -> Option<String> {
    let texts: &StringArray = items.columns().get(member)?.as_string_opt()?;
    value(texts, at).map(str::to_owned)
}

fn number(items: &StructArray, member: usize, at: usize) -> Option<f64> {
    let numbers = items.columns().get(member)?.as_primitive_opt::<Float64Type>()?;
    numbers.is_valid(at).then(|| numbers.value(at))
}

impl ListItem for Alternative {
    const CONTENT: Content = Content::Alternatives;
    const EXPECTED: &'static str = "a JSON array of entries";

    fn columns(items: &[&Alternative]) -> Vec<ArrayRef> {
        vec![
            texts(items.iter().map(|one| Some(one.id.as_str()))),
            texts(items.iter().map(|one| one.group.as_deref())),
            texts(items.iter().map(|one| Some(one.stage.as_str()))),
            texts(items.iter().map(|one| one.entry.as_deref())),
            texts(items.iter().map(|one| one.evidence.as_deref())),
            numbers(items.iter().map(|one| one.score)),
            numbers(items.iter().map(|one| one.weight)),
        ]
    }

    fn read(items: &StructArray, at: usize) -> Alternative {
        Alternative {
            id: text(items, 0, at).unwrap_or_default(),
            group: text(items, 1, at),
            stage: text(items, 2, at).unwrap_or_default(),
            entry: text(items, 3, at),
            evidence: text(items, 4, at),
            score: number(items, 5, at),
            weight: number(items, 6, at),
        }
    }
}

impl ListItem for ScorerScore {
    const CONTENT: Content = Content::Scores;
    const EXPECTED: &'static str = "a JSON array of scorers with their scores";

    fn columns(items: &[&ScorerScore]) -> Vec<ArrayRef> {
        vec![texts(items.iter().map(|one| Some(one.scorer.as_str()))), numbers(items.iter().map(|one| Some(one.score)))]
    }

    fn read(items: &StructArray, at: usize) -> ScorerScore {
        ScorerScore { scorer: text(items, 0, at).unwrap_or_default(), score: number(items, 1, at).unwrap_or_default() }
    }
}

impl ListItem for ComparisonLevel {
    const CONTENT: Content = Content::Comparisons;
    const EXPECTED: &'static str = "a JSON array of comparisons with their levels";

    fn columns(items: &[&ComparisonLevel]) -> Vec<ArrayRef> {
        vec![
            texts(items.iter().map(|one| Some(one.comparison.as_str()))),
            texts(items.iter().map(|one| Some(one.level.as_str()))),
            numbers(items.iter().map(|one| one.bits)),
        ]
    }

    fn read(items: &StructArray, at: usize) -> ComparisonLevel {
        ComparisonLevel {
            comparison: text(items, 0, at).unwrap_or_default(),
            level: text(items, 1, at).unwrap_or_default(),
            bits: number(items, 2, at),
        }
    }
}

/// A score as files have it: six decimals, cut and not rounded, so that it is on the same side of every threshold of six
/// decimals, and one below 1 stays below 1.
pub fn six_decimals(value: f64) -> f64 {
    const SCALE: f64 = 1e6;
    let nearest = (value * SCALE).round();
    let cut = if nearest / SCALE > value { nearest - 1.0 } else { nearest };
    // Also what is beyond the whole numbers of a double, and what is no number.
    if cut.abs() < SCALE * SCALE { cut / SCALE } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decimals_keep_every_threshold() {
        let thresholds = (0..=1_000_000).step_by(7).map(|millionths| f64::from(millionths) / 1e6);
        for threshold in thresholds {
            let (below, above) = (threshold.next_down(), threshold.next_up());
            assert_eq!(six_decimals(threshold), threshold);
            assert_eq!(six_decimals(above), threshold);
            assert!(six_decimals(below) < threshold && six_decimals(below) > threshold - 2e-6, "{threshold}");
        }
        for (value, cut) in [(0.999_999_99, 0.999_999), (-2.000_000_25, -2.000_001), (27.5, 27.5), (1e300, 1e300)] {
            assert_eq!(six_decimals(value), cut);
        }
    }

    #[test]
    fn lists_read_back_from_a_column_and_from_json() {
        let whole = Alternative {
            id: "1".to_owned(),
            group: Some("2".to_owned()),
            score: Some(0.5),
            weight: None,
            stage: "BROAD".to_owned(),
            entry: Some(r#"{"name":"Ébène"}"#.to_owned()),
            evidence: Some(r#"{"name":{"score":0.5}}"#.to_owned()),
        };
        let pair = Alternative { id: "F1".to_owned(), weight: Some(3.25), score: Some(1.0), ..Alternative::default() };
        let lists = [vec![whole.clone(), pair.clone()], vec![], vec![pair.in_short()]];
        let column = Vec::<Alternative>::column(lists.iter());
        let column = column.as_list::<i32>();
        for (row, list) in lists.iter().enumerate() {
            assert_eq!(&items::<Alternative>(column, row), list);
            assert_eq!(&items::<Alternative>(&column.slice(row, 1), 0), list);
            assert_eq!(&Vec::<Alternative>::parse(Some(&list_json(list))).unwrap(), list);
        }
        let json = r#"{"id":"1","group":"2","score":0.5,"stage":"BROAD"}"#;
        assert_eq!(list_json(&[whole.in_short()]), format!("[{json}]"));
        assert!(Vec::<Alternative>::parse(Some("none")).is_err());
    }
}
