//! The trait that a scorer implements, and the loop that turns it into the exported functions.

use crate::bindings::exports::matchflow::plugin::scoring::Input as InputRecord;
use crate::{Column, Description, Row, Scores};

/// A column that a scorer wants on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// What it stands for: `name`, `address`.
    pub name: &'static str,
    /// How it should have been cleaned: `company-name`, `address`, `text`.
    pub kind: &'static str,
    /// Whether the scorer cannot do without it. Required inputs come first.
    pub required: bool,
}

/// A scorer that reads each distinct row once and then compares what it made of it, pair by pair.
pub trait Scorer: Sized {
    /// The name in descriptions.
    const NAME: &'static str;
    /// The version, `major.minor.patch`.
    const VERSION: &'static str;
    /// What it measures, in one sentence.
    const SUMMARY: &'static str;
    /// The columns wanted on each side.
    const INPUTS: &'static [Input];
    /// A JSON Schema of the object that [`Scorer::configure`] takes.
    const PARAMETERS: &'static str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

    /// What is kept of a row between [`Scorer::prepare`] and [`Scorer::score`].
    type Prepared<'a>;

    /// A scorer with these parameters (a JSON object), or what is wrong with them and what is allowed.
    fn configure(parameters: &str) -> Result<Self, String>;

    /// Reads a row. Called once for each distinct row of a batch.
    fn prepare<'a>(&self, row: Row<'a>) -> Self::Prepared<'a>;

    /// The score of a pair, 0 to 1, or `None` where a side has nothing to compare.
    fn score(&self, left: &Self::Prepared<'_>, right: &Self::Prepared<'_>) -> Option<f32>;
}

/// A scorer that is one function from a pair to a score, with nothing worth preparing.
pub trait PairScorer: Sized {
    /// See [`Scorer::NAME`].
    const NAME: &'static str;
    /// See [`Scorer::VERSION`].
    const VERSION: &'static str;
    /// See [`Scorer::SUMMARY`].
    const SUMMARY: &'static str;
    /// See [`Scorer::INPUTS`].
    const INPUTS: &'static [Input];
    /// See [`Scorer::PARAMETERS`].
    const PARAMETERS: &'static str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

    /// See [`Scorer::configure`].
    fn configure(parameters: &str) -> Result<Self, String>;

    /// The score of a pair, 0 to 1, or `None` where a side has nothing to compare.
    fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32>;
}

impl<T: PairScorer> Scorer for T {
    const NAME: &'static str = T::NAME;
    const VERSION: &'static str = T::VERSION;
    const SUMMARY: &'static str = T::SUMMARY;
    const INPUTS: &'static [Input] = T::INPUTS;
    const PARAMETERS: &'static str = T::PARAMETERS;

    type Prepared<'a> = Row<'a>;

    fn configure(parameters: &str) -> Result<Self, String> {
        <T as PairScorer>::configure(parameters)
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Row<'a> {
        row
    }

    fn score(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
        self.score_pair(left, right)
    }
}

/// The description of a scorer.
pub fn describe<S: Scorer>() -> Description {
    let input = |input: &Input| InputRecord {
        name: input.name.to_owned(),
        kind: input.kind.to_owned(),
        required: input.required,
    };
    Description {
        name: S::NAME.to_owned(),
        version: S::VERSION.to_owned(),
        summary: S::SUMMARY.to_owned(),
        inputs: S::INPUTS.iter().map(input).collect(),
        parameters: S::PARAMETERS.to_owned(),
    }
}

/// Scores a batch: prepares each row once, then goes through the pairs.
pub fn score_pairs<S: Scorer>(
    scorer: &S,
    left: &[Column],
    right: &[Column],
    left_index: &[u32],
    right_index: &[u32],
) -> Result<Scores, String> {
    if left_index.len() != right_index.len() {
        return Err(format!("{} left rows are paired with {} right rows", left_index.len(), right_index.len()));
    }
    let left = prepare_all(scorer, left);
    let right = prepare_all(scorer, right);
    let mut values = Vec::with_capacity(left_index.len());
    let mut compared = Vec::new();
    for (&one, &other) in left_index.iter().zip(right_index) {
        let (Some(one), Some(other)) = (left.get(one as usize), right.get(other as usize)) else {
            return Err(format!("pair {} names a row that was not sent ({one}, {other})", values.len()));
        };
        let score = scorer.score(one, other);
        // Stays empty for as long as every pair could be compared.
        if score.is_none() && compared.len() < values.len() {
            compared.resize(values.len(), 1);
        }
        if score.is_none() || !compared.is_empty() {
            compared.push(u8::from(score.is_some()));
        }
        values.push(score.unwrap_or(0.0));
    }
    Ok(Scores { values, compared, evidence: None })
}

fn prepare_all<'a, S: Scorer>(scorer: &S, columns: &'a [Column]) -> Vec<S::Prepared<'a>> {
    let rows = columns.first().map_or(0, |column| column.offsets.len().saturating_sub(1));
    (0..rows).map(|index| scorer.prepare(Row::new(columns, index))).collect()
}

/// Exports a [`Scorer`] (or [`PairScorer`]) from this crate, which must be a `cdylib`. Does nothing on a native target.
#[macro_export]
macro_rules! export_scorer {
    ($scorer:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        const _: () = {
            use $crate::bindings::exports::matchflow::plugin::scoring;

            ::std::thread_local! {
                static SCORER: ::std::cell::RefCell<Option<$scorer>> = const { ::std::cell::RefCell::new(None) };
            }

            struct Guest;

            impl scoring::Guest for Guest {
                fn describe() -> scoring::Description {
                    $crate::describe::<$scorer>()
                }

                fn configure(parameters: String) -> Result<(), String> {
                    let scorer = <$scorer as $crate::Scorer>::configure(&parameters)?;
                    SCORER.set(Some(scorer));
                    Ok(())
                }

                fn score(
                    left: Vec<scoring::Column>,
                    right: Vec<scoring::Column>,
                    left_index: Vec<u32>,
                    right_index: Vec<u32>,
                ) -> Result<scoring::Scores, String> {
                    SCORER.with_borrow(|scorer| match scorer {
                        Some(scorer) => $crate::score_pairs(scorer, &left, &right, &left_index, &right_index),
                        None => Err("configure must be called before score".to_owned()),
                    })
                }
            }

    $crate::bindings::export_bindings!(Guest with_types_in $crate::bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    struct SameLength;

    impl PairScorer for SameLength {
        const NAME: &'static str = "same-length";
        const VERSION: &'static str = "1.0.0";
        const SUMMARY: &'static str = "Whether two texts are as long as each other";
        const INPUTS: &'static [Input] = &[Input { name: "text", kind: "text", required: true }];

        fn configure(_parameters: &str) -> Result<Self, String> {
            Ok(SameLength)
        }

        fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
            Some(f32::from(u8::from(left.bytes(0)?.len() == right.bytes(0)?.len())))
        }
    }

    fn column(values: &[&str]) -> Column {
        let mut column = Column { offsets: vec![0], data: Vec::new(), valid: Vec::new() };
        for value in values {
            column.data.extend_from_slice(value.as_bytes());
            column.offsets.push(column.data.len() as u32);
        }
        column
    }

    #[test]
    fn compared_marks_only_the_pairs_without_a_value() {
        let (left, right) = ([column(&["ab", ""])], [column(&["cd", "e"])]);
        let check = |left_index: &[u32], right_index: &[u32], values: &[f32], compared: &[u8]| {
            let scores = score_pairs(&SameLength, &left, &right, left_index, right_index).unwrap();
            assert_eq!((scores.values.as_slice(), scores.compared.as_slice()), (values, compared));
        };
        check(&[0, 0], &[0, 1], &[1.0, 0.0], &[]);
        check(&[0, 1, 0], &[0, 0, 1], &[1.0, 0.0, 0.0], &[1, 0, 1]);
        check(&[1, 0], &[0, 0], &[0.0, 1.0], &[0, 1]);
        check(&[], &[], &[], &[]);
    }

    #[test]
    fn rows_that_were_not_sent_are_refused() {
        let (left, right) = ([column(&["ab"])], [column(&["cd"])]);
        assert!(score_pairs(&SameLength, &left, &right, &[0], &[1]).unwrap_err().contains("pair 0"));
        assert!(score_pairs(&SameLength, &left, &right, &[0, 0], &[0]).unwrap_err().contains("2 left rows"));
    }

    #[test]
    fn a_description_says_what_the_constants_say() {
        let description = describe::<SameLength>();
        assert_eq!((description.name.as_str(), description.inputs.len()), ("same-length", 1));
    }
}
