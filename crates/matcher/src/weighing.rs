//! Match weights of a chunk's pairs, each beside the other candidates of its row.
//!
//! **Invariant:** who scores and who explains a score weigh here, so that the bits of an explanation add up to the weight.

use matchflow_match_weights::{Said, Seen, Step, Weigher};
use matchflow_model::arrow::array::StringArray;
use matchflow_model::columns;

use crate::chunk::{Candidates, Evidence, Pair};
use crate::error::StepError;
use crate::ranking::Scale;
use crate::scoring::Basis;

/// Weighs the pairs of one chunk by the plan's model.
pub(crate) struct Weighing<'a> {
    weigher: Weigher<'a>,
    /// The group of each entry; `None` where pairs are judged each by itself, and there are no rivals.
    groups: Option<&'a StringArray>,
}

impl<'a> Weighing<'a> {
    /// `None` where the plan has no model, or there are no candidates.
    pub(crate) fn new(candidates: &'a Candidates, basis: Basis<'a>) -> Result<Option<Weighing<'a>>, StepError> {
        let (Some(weigher), Some(entries)) = (basis.weigher(), &candidates.entries) else { return Ok(None) };
        let groups = match basis.scale() {
            Scale::Pairs => None,
            Scale::Mean | Scale::OneOf(_) => Some(columns::text(&entries.0, columns::GROUP)?),
        };
        Ok(Some(Weighing { weigher, groups }))
    }

    /// What every weight starts from, in bits.
    pub(crate) fn prior(&self) -> f64 {
        self.weigher.prior()
    }

    /// What is seen of a row: `pairs` are its own, from `start` on in the order of `evidence`.
    pub(crate) fn seen(&self, evidence: &[Evidence], start: usize, pairs: &[Pair]) -> Seen {
        let Some(groups) = self.groups else { return Seen::default() };
        let group = |pair: &Pair| columns::value(groups, pair.entry as usize).unwrap_or_default();
        let candidates: Vec<_> =
            pairs.iter().zip(start..).map(|(pair, index)| (group(pair), said(evidence, index))).collect();
        self.weigher.seen(&candidates)
    }

    /// The match weight of the pair at `index`.
    pub(crate) fn weight(&self, evidence: &[Evidence], index: usize, seen: &Seen) -> f64 {
        self.weigher.weight(said(evidence, index), seen)
    }

    /// What each comparison adds to the weight of the pair at `index`.
    pub(crate) fn steps(&self, evidence: &[Evidence], index: usize, seen: &Seen) -> Vec<Step<'a>> {
        self.weigher.steps(said(evidence, index), seen)
    }
}

/// What each scorer said of a pair.
fn said(evidence: &[Evidence], index: usize) -> impl Fn(usize) -> Said {
    move |scorer| evidence.get(scorer).map(|said| said.of(index)).unwrap_or_default()
}
