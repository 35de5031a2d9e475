//! The trait that a scorer implements, and the loop that turns it into the exported functions.

use crate::bindings::exports::matchflow::plugin::scoring::Input as InputRecord;
use crate::{Column, Description, Explanation, Row, Rows, Scores, Texts};

/// A column that a scorer reads on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Its role: `name`, `address`.
    pub name: &'static str,
    /// How it should have been cleaned: `company-name`, `address`, `text`.
    pub kind: &'static str,
    /// Whether the scorer requires it. Required inputs come first.
    pub required: bool,
    /// Whether the scorer needs the rarity of its words: see [`Row::values`].
    pub rarity: bool,
}

impl Input {
    /// A required column cleaned as `kind`, without rarities.
    pub const fn required(name: &'static str, kind: &'static str) -> Input {
        Input { name, kind, required: true, rarity: false }
    }

    /// The same, for an optional column.
    pub const fn optional(name: &'static str, kind: &'static str) -> Input {
        Input { name, kind, required: false, rarity: false }
    }

    /// The input with the rarity of its words.
    pub const fn with_rarity(self) -> Input {
        Input { rarity: true, ..self }
    }
}

/// How far two rows agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// 0 to 1.
    pub score: f32,
    /// The information in the agreement: the total rarity of the common words, at least 0.
    pub information: f32,
}

/// A scorer that prepares each distinct row once and then compares the prepared rows pair by pair.
pub trait Scorer: Sized {
    /// The name in descriptions.
    const NAME: &'static str;
    /// The version, `major.minor.patch`.
    const VERSION: &'static str;
    /// What it measures, in one sentence.
    const SUMMARY: &'static str;
    /// The columns needed on each side.
    const INPUTS: &'static [Input];
    /// A JSON Schema of the object that [`Scorer::configure`] takes.
    const PARAMETERS: &'static str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

    /// What is kept of a row between [`Scorer::prepare`] and [`Scorer::score`].
    type PreparedRow<'a>;

    /// A scorer with these parameters (a JSON object), or an error with the problem and what is allowed.
    fn configure(parameters: &str) -> Result<Self, String>;

    /// Reads a row. Called once for each distinct row of a batch.
    fn prepare<'a>(&self, row: Row<'a>) -> Self::PreparedRow<'a>;

    /// The score of a pair, 0 to 1, or `None` where a side has nothing to compare.
    fn score(&self, left: &Self::PreparedRow<'_>, right: &Self::PreparedRow<'_>) -> Option<f32>;

    /// Whether [`Scorer::agree`] measures information.
    const MEASURES_INFORMATION: bool = false;

    /// The score of a pair, and its information if the scorer measures that.
    fn agree(&self, left: &Self::PreparedRow<'_>, right: &Self::PreparedRow<'_>) -> Option<Agreement> {
        Some(Agreement { score: self.score(left, right)?, information: 0.0 })
    }

    /// Says what led to the score of a pair. Asked for few pairs, those that a result shows. Nothing by default.
    fn explain(
        &self,
        _left: &Self::PreparedRow<'_>,
        _right: &Self::PreparedRow<'_>,
        _explanation: &mut Explanation<'_>,
    ) {
    }
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

    /// The score of a pair, 0 to 1, or `None` if a side has nothing to compare.
    fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32>;

    /// See [`Scorer::explain`].
    fn explain_pair(&self, _left: &Row<'_>, _right: &Row<'_>, _explanation: &mut Explanation<'_>) {}
}

impl<T: PairScorer> Scorer for T {
    const NAME: &'static str = T::NAME;
    const VERSION: &'static str = T::VERSION;
    const SUMMARY: &'static str = T::SUMMARY;
    const INPUTS: &'static [Input] = T::INPUTS;
    const PARAMETERS: &'static str = T::PARAMETERS;

    type PreparedRow<'a> = Row<'a>;

    fn configure(parameters: &str) -> Result<Self, String> {
        <T as PairScorer>::configure(parameters)
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Row<'a> {
        row
    }

    fn score(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
        self.score_pair(left, right)
    }

    fn explain(&self, left: &Row<'_>, right: &Row<'_>, explanation: &mut Explanation<'_>) {
        self.explain_pair(left, right, explanation);
    }
}

/// The description of a scorer.
pub fn describe<S: Scorer>() -> Description {
    let input = |input: &Input| InputRecord {
        name: input.name.to_owned(),
        kind: input.kind.to_owned(),
        required: input.required,
        rarity: input.rarity,
    };
    Description {
        name: S::NAME.to_owned(),
        version: S::VERSION.to_owned(),
        summary: S::SUMMARY.to_owned(),
        inputs: S::INPUTS.iter().map(input).collect(),
        parameters: S::PARAMETERS.to_owned(),
    }
}

/// Scores a batch: prepares each row once, then iterates over the pairs, and again to explain them on request.
pub fn score_pairs<S: Scorer>(
    scorer: &S,
    left: &[Column],
    right: &[Column],
    left_index: &[u32],
    right_index: &[u32],
    explain: bool,
) -> Result<Scores, String> {
    if left_index.len() != right_index.len() {
        return Err(format!("{} left rows are paired with {} right rows", left_index.len(), right_index.len()));
    }
    let (left_rows, right_rows) = (Rows::new(left)?, Rows::new(right)?);
    let left = prepare_all(scorer, &left_rows);
    let right = prepare_all(scorer, &right_rows);
    let mut values = Vec::with_capacity(left_index.len());
    let mut compared = Vec::new();
    let mut information = Vec::with_capacity(if S::MEASURES_INFORMATION { left_index.len() } else { 0 });
    for (&one, &other) in left_index.iter().zip(right_index) {
        let (Some(one), Some(other)) = (left.get(one as usize), right.get(other as usize)) else {
            return Err(format!("pair {} names a row that was not sent ({one}, {other})", values.len()));
        };
        let agreement = scorer.agree(one, other);
        let score = agreement.map(|agreement| agreement.score);
        if S::MEASURES_INFORMATION {
            information.push(agreement.map_or(0.0, |agreement| agreement.information));
        }
        // Remains empty as long as every pair could be compared.
        if score.is_none() && compared.len() < values.len() {
            compared.resize(values.len(), 1);
        }
        if score.is_none() || !compared.is_empty() {
            compared.push(u8::from(score.is_some()));
        }
        values.push(score.unwrap_or(0.0));
    }
    let evidence = explain.then(|| {
        let pair = |(&one, &other): (&u32, &u32)| Some((left.get(one as usize)?, right.get(other as usize)?));
        explain_all(scorer, left_index.iter().zip(right_index).filter_map(pair))
    });
    Ok(Scores { values, compared, evidence: evidence.flatten(), information })
}

fn prepare_all<'a, S: Scorer>(scorer: &S, rows: &'a Rows<'_>) -> Vec<S::PreparedRow<'a>> {
    (0..rows.len()).map(|index| scorer.prepare(rows.row(index))).collect()
}

/// One text per pair; `None` without an explanation.
fn explain_all<'p, 'a: 'p, S: Scorer>(
    scorer: &S,
    pairs: impl Iterator<Item = (&'p S::PreparedRow<'a>, &'p S::PreparedRow<'a>)>,
) -> Option<Texts>
where
    S::PreparedRow<'a>: 'p,
{
    let mut texts = Texts { offsets: vec![0], data: Vec::new() };
    for (left, right) in pairs {
        let mut explanation = Explanation::new(&mut texts.data);
        scorer.explain(left, right, &mut explanation);
        explanation.close();
        texts.offsets.push(texts.data.len() as u32);
    }
    (!texts.data.is_empty()).then_some(texts)
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
                    explain: bool,
                ) -> Result<scoring::Scores, String> {
                    SCORER.with_borrow(|scorer| match scorer {
                        Some(scorer) => $crate::score_pairs(scorer, &left, &right, &left_index, &right_index, explain),
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
        const INPUTS: &'static [Input] = &[Input::required("text", "text")];

        fn configure(_parameters: &str) -> Result<Self, String> {
            Ok(SameLength)
        }

        fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
            Some(f32::from(u8::from(left.bytes(0)?.len() == right.bytes(0)?.len())))
        }

        fn explain_pair(&self, left: &Row<'_>, right: &Row<'_>, explanation: &mut Explanation<'_>) {
            if let (Some(left), Some(right)) = (left.bytes(0), right.bytes(0)) {
                explanation.input("text").text("left", left).text("right", right);
            }
        }
    }

    fn column(values: &[&str]) -> Column {
        let mut column = Column { offsets: vec![0], data: Vec::new(), valid: Vec::new(), rarity: Vec::new() };
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
            let scores = score_pairs(&SameLength, &left, &right, left_index, right_index, false).unwrap();
            assert_eq!((scores.values.as_slice(), scores.compared.as_slice()), (values, compared));
            assert!(scores.evidence.is_none(), "not asked for");
        };
        check(&[0, 0], &[0, 1], &[1.0, 0.0], &[]);
        check(&[0, 1, 0], &[0, 0, 1], &[1.0, 0.0, 0.0], &[1, 0, 1]);
        check(&[1, 0], &[0, 0], &[0.0, 1.0], &[0, 1]);
        check(&[], &[], &[], &[]);
    }

    #[test]
    fn compared_pairs_are_explained_on_request() {
        let (left, right) = ([column(&["ab", ""])], [column(&["cd"])]);
        let explained = score_pairs(&SameLength, &left, &right, &[1, 0], &[0, 0], true).unwrap();
        let texts = explained.evidence.unwrap();
        assert_eq!(texts.offsets, [0, 0, texts.data.len() as u32]);
        assert_eq!(texts.data, br#"{"text":{"left":"ab","right":"cd"}}"#);
        let silent = score_pairs(&SameLength, &left, &right, &[1], &[0], true).unwrap();
        assert!(silent.evidence.is_none(), "nothing was said");
    }

    /// Measures the information in an agreement: as many bits as letters.
    struct LetterScorer;

    impl Scorer for LetterScorer {
        const NAME: &'static str = "telling";
        const VERSION: &'static str = "1.0.0";
        const SUMMARY: &'static str = "Whether two texts are equal";
        const INPUTS: &'static [Input] = &[Input::required("text", "text")];
        const MEASURES_INFORMATION: bool = true;
        type PreparedRow<'a> = &'a [u8];

        fn configure(_parameters: &str) -> Result<Self, String> {
            Ok(LetterScorer)
        }

        fn prepare<'a>(&self, row: Row<'a>) -> &'a [u8] {
            row.bytes(0).unwrap_or_default()
        }

        fn score(&self, left: &&[u8], right: &&[u8]) -> Option<f32> {
            (!left.is_empty()).then_some(f32::from(u8::from(left == right)))
        }

        fn agree(&self, left: &&[u8], right: &&[u8]) -> Option<Agreement> {
            let score = self.score(left, right)?;
            Some(Agreement { score, information: score * left.len() as f32 })
        }
    }

    #[test]
    fn information_is_one_number_per_pair_if_measured() {
        let (left, right) = ([column(&["ab", "", "abc"])], [column(&["ab", "abc"])]);
        let told = score_pairs(&LetterScorer, &left, &right, &[0, 0, 1, 2], &[0, 1, 0, 1], false).unwrap();
        assert_eq!(told.information, [2.0, 0.0, 0.0, 3.0]);
        assert_eq!((told.values.as_slice(), told.compared.as_slice()), (&[1.0, 0.0, 0.0, 1.0][..], &[1, 1, 0, 1][..]));
        let silent = score_pairs(&SameLength, &left, &right, &[0, 0], &[0, 1], false).unwrap();
        assert_eq!(silent.information, [0.0; 0], "empty, not zeros: it is not measured");
    }

    #[test]
    fn rows_that_were_not_sent_are_refused() {
        let (left, right) = ([column(&["ab"])], [column(&["cd"])]);
        assert!(score_pairs(&SameLength, &left, &right, &[0], &[1], false).unwrap_err().contains("pair 0"));
        assert!(score_pairs(&SameLength, &left, &right, &[0, 0], &[0], false).unwrap_err().contains("2 left rows"));
    }

    #[test]
    fn a_description_is_built_from_the_constants() {
        let description = describe::<SameLength>();
        assert_eq!((description.name.as_str(), description.inputs.len()), ("same-length", 1));
    }
}
