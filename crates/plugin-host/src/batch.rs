//! Batches of pairs as input, scores as output.

use matchflow_model::arrow::array::{Array, StringArray};
use matchflow_model::plugin_output::OutputProblem;

use crate::interface::v1_0::{ColumnIn, ScoresOut, TextsOut};

/// Pairs to score: pair `i` is row `left_index[i]` of the left columns with row `right_index[i]` of the right ones.
///
/// Columns are in the order of the plug-in's inputs, all of a side with the same length. Rows are sent once, however
/// many pairs they are in, so a batch should contain each distinct row once.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairBatch<'a> {
    /// The supplier rows' columns, one for each input.
    pub left: &'a [&'a StringArray],
    /// The registry rows' columns, one for each input.
    pub right: &'a [&'a StringArray],
    /// Rows of `left`.
    pub left_index: &'a [u32],
    /// Rows of `right`, as long as `left_index`.
    pub right_index: &'a [u32],
    /// For each column of `left`, the rarities of its words, as defined by the interface; empty for a column without
    /// rarities, and empty as a whole if no column has any.
    pub left_rarity: &'a [&'a [f32]],
    /// The same for `right`.
    pub right_rarity: &'a [&'a [f32]],
    /// Whether the plug-in must explain each score.
    pub explain: bool,
}

/// One score per pair, in the order of the pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The scores, 0 to 1; 0 for pairs that were not compared.
    pub values: Vec<f32>,
    /// Whether both sides had something to compare.
    pub compared: Vec<bool>,
    /// A short text per pair, if the plug-in returns one.
    pub evidence: Option<Vec<Option<String>>>,
    /// The information in each agreement, as defined by the interface; empty if the plug-in does not measure it.
    pub information: Vec<f32>,
}

impl PairBatch<'_> {
    /// The problem with the batch, if any.
    pub(crate) fn problem(&self) -> Option<String> {
        let (left, right) = (self.left.len(), self.right.len());
        if left != right {
            return Some(format!("{left} left columns are paired with {right} right columns"));
        }
        let (left, right) = (self.left_index.len(), self.right_index.len());
        if left != right {
            return Some(format!("{left} left rows are paired with {right} right rows"));
        }
        side_problem("left", self.left, self.left_index).or_else(|| side_problem("right", self.right, self.right_index))
    }
}

fn side_problem(side: &str, columns: &[&StringArray], index: &[u32]) -> Option<String> {
    let rows = columns.first().map_or(0, |column| column.len());
    if columns.iter().any(|column| column.len() != rows) {
        return Some(format!("the {side} columns differ in length"));
    }
    let last = index.iter().copied().max()?;
    (last as usize >= rows).then(|| format!("a pair names {side} row {last}, and there are only {rows}"))
}

/// Buffers for the columns of one side, reused between batches.
#[derive(Default)]
pub(crate) struct SideBuffers {
    columns: Vec<ColumnBuffers>,
}

#[derive(Default)]
struct ColumnBuffers {
    offsets: Vec<u32>,
    valid: Vec<u8>,
}

impl SideBuffers {
    /// The columns in the interface's form. Offsets begin at 0 there, those of a sliced array do not.
    pub(crate) fn fill<'a>(&'a mut self, arrays: &[&'a StringArray], rarity: &[&'a [f32]]) -> Vec<ColumnIn<'a>> {
        self.columns.resize_with(arrays.len(), ColumnBuffers::default);
        let rarity = rarity.iter().copied().chain(std::iter::repeat(&[][..]));
        let fill = |((buffers, array), rarity): ((&'a mut ColumnBuffers, &&'a StringArray), &'a [f32])| {
            let offsets = array.value_offsets();
            let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
            buffers.offsets.clear();
            // Arrow's offsets ascend from 0 or above, so a difference is never negative.
            buffers.offsets.extend(offsets.iter().map(|&offset| (offset - first) as u32));
            buffers.valid.clear();
            if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
                buffers.valid.extend(nulls.iter().map(u8::from));
            }
            let data = array.value_data().get(first as usize..last as usize).unwrap_or_default();
            ColumnIn { offsets: &buffers.offsets, data, valid: &buffers.valid, rarity }
        };
        self.columns.iter_mut().zip(arrays).zip(rarity).map(fill).collect()
    }
}

impl Scores {
    pub(crate) fn empty() -> Scores {
        Scores { values: Vec::new(), compared: Vec::new(), evidence: None, information: Vec::new() }
    }

    /// The first difference between the scores at `places` and those of the same pairs computed `again`: the position
    /// in `again`, and a description. Scores must be equal to the bit.
    pub fn difference(&self, places: &[usize], again: &Scores) -> Option<(usize, String)> {
        let described = |scores: &Scores, place: usize| {
            let is_compared = scores.compared.get(place).copied().unwrap_or_default();
            let value = scores.values.get(place).filter(|_| is_compared).map(|value| value.to_bits());
            (value, scores.information.get(place).copied().unwrap_or_default().to_bits())
        };
        let text = |(value, information): (Option<u32>, u32)| match value.map(f32::from_bits) {
            Some(value) if information == 0 => format!("{value}"),
            Some(value) => format!("{value} (information {})", f32::from_bits(information)),
            None => "no score".to_owned(),
        };
        places.iter().enumerate().find_map(|(position, place)| {
            let (first, second) = (described(self, *place), described(again, position));
            let difference = || format!("a pair got {} first and {} in a fresh instance", text(first), text(second));
            (first != second).then(|| (position, difference()))
        })
    }

    /// The scores of `pairs` pairs, or the problem with them.
    pub(crate) fn checked(out: ScoresOut, pairs: usize) -> Result<Scores, OutputProblem> {
        let pairs_count = pairs as u64;
        let ScoresOut { mut values, compared, evidence, information } = out;
        if values.len() != pairs {
            return Err(OutputProblem::ScoreCount { scores: values.len() as u64, pairs: pairs_count });
        }
        if !compared.is_empty() && compared.len() != pairs {
            return Err(OutputProblem::ComparedCount { flags: compared.len() as u64, pairs: pairs_count });
        }
        let compared = match compared.is_empty() {
            true => vec![true; pairs],
            false => compared.into_iter().map(|flag| flag != 0).collect(),
        };
        for (pair, (value, &compared)) in values.iter_mut().zip(&compared).enumerate() {
            if !compared {
                *value = 0.0;
            } else if !(0.0..=1.0).contains(value) {
                return Err(OutputProblem::ScoreRange { score: value.to_string(), pair: pair as u64 });
            }
        }
        if !information.is_empty() && information.len() != pairs {
            return Err(OutputProblem::InformationCount { values: information.len() as u64, pairs: pairs_count });
        }
        if let Some(pair) = information.iter().position(|bits| !(bits.is_finite() && *bits >= 0.0)) {
            return Err(OutputProblem::InformationRange { pair: pair as u64 });
        }
        let evidence = evidence.map(|column| texts(&column, pairs)).transpose()?;
        Ok(Scores { values, compared, evidence, information })
    }
}

fn texts(texts: &TextsOut, rows: usize) -> Result<Vec<Option<String>>, OutputProblem> {
    if texts.offsets.len() != rows + 1 {
        return Err(OutputProblem::EvidenceCount { offsets: texts.offsets.len() as u64, pairs: rows as u64 });
    }
    let text = |(row, (&start, &end)): (usize, (&u32, &u32))| {
        let bytes = texts.data.get(start as usize..end as usize);
        let pair = row as u64;
        let bytes =
            bytes.ok_or_else(|| OutputProblem::EvidenceRange { pair, start: u64::from(start), end: u64::from(end) })?;
        let text = std::str::from_utf8(bytes).map_err(|_| OutputProblem::EvidenceEncoding { pair })?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    };
    texts.offsets.iter().zip(texts.offsets.iter().skip(1)).enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(values: &[f32], compared: &[u8]) -> ScoresOut {
        ScoresOut { values: values.to_vec(), compared: compared.to_vec(), evidence: None, information: Vec::new() }
    }

    #[test]
    fn sliced_arrays_are_sent_from_offset_zero() {
        let array = StringArray::from(vec![Some("abc"), None, Some("de"), Some("f")]);
        let slice = array.slice(1, 2);
        let mut buffers = SideBuffers::default();
        let columns = buffers.fill(&[&slice], &[]);
        assert_eq!((columns[0].offsets, columns[0].data), ([0, 0, 2].as_slice(), b"de".as_slice()));
        assert_eq!(columns[0].valid, [0, 1]);
        let rest = array.slice(2, 2);
        assert_eq!(buffers.fill(&[&rest], &[])[0].valid, [] as [u8; 0], "none is missing");
    }

    #[test]
    fn faults_of_a_batch_are_named() {
        let (two, three) = (StringArray::from(vec!["a", "b"]), StringArray::from(vec!["a", "b", "c"]));
        let batch = PairBatch {
            left: &[&two],
            right: &[&three],
            left_index: &[0, 1],
            right_index: &[2, 0],
            ..PairBatch::default()
        };
        assert_eq!(batch.problem(), None);
        let cases = [
            (PairBatch { right_index: &[3, 0], ..batch }, "right row 3"),
            (PairBatch { left_index: &[0], ..batch }, "1 left rows"),
            (PairBatch { left: &[&two, &two], ..batch }, "2 left columns"),
            (
                PairBatch { left: &[&two, &three], right: &[&two, &two], right_index: &[0, 0], ..batch },
                "differ in length",
            ),
        ];
        for (batch, expected) in cases {
            assert!(batch.problem().is_some_and(|problem| problem.contains(expected)), "{expected}");
        }
    }

    #[test]
    fn outputs_are_checked() {
        let good = Scores::checked(out(&[0.5, 7.0], &[1, 0]), 2).unwrap();
        assert_eq!((good.values, good.compared), (vec![0.5, 0.0], vec![true, false]));
        let cases = [
            (out(&[0.5], &[]), "1 score for 2 pairs"),
            (out(&[0.5, 1.0], &[1]), "1 flag in `compared`"),
            (out(&[0.5, f32::NAN], &[]), "NaN as the score of pair 1"),
            (out(&[-0.1, 1.0], &[]), "-0.1 as the score of pair 0"),
            (out(&[0.1, 1.0001], &[]), "1.0001"),
        ];
        for (out, expected) in cases {
            let message = Scores::checked(out, 2).unwrap_err();
            assert!(message.to_string().contains(expected), "{message}");
        }
    }

    #[test]
    fn evidence_is_checked() {
        let column = |offsets: &[u32], data: &[u8]| TextsOut { offsets: offsets.to_vec(), data: data.to_vec() };
        assert_eq!(texts(&column(&[0, 1, 1], b"a"), 2), Ok(vec![Some("a".to_owned()), None]));
        let cases = [
            (column(&[0, 1], b"a"), "2 offsets"),
            (column(&[0, 2, 1], b"ab"), "offsets 2 to 1"),
            (column(&[0, 1, 9], b"ab"), "offsets 1 to 9"),
            (column(&[0, 1, 2], &[0xff, 0xff]), "not UTF-8"),
        ];
        for (column, expected) in cases {
            assert!(texts(&column, 2).is_err_and(|message| message.to_string().contains(expected)), "{expected}");
        }
    }
}
