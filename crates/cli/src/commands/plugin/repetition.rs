//! Checks that a scorer is pure: pairs scored one by one, each by a new instance, are scored again in other orders and
//! batches, and by an instance that has scored before. `matchflow run` does this with a sample.

use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_host::{HostError, Limits, PairBatch, Plugin, ScorerInstance, Scores};

/// A pair to score: its parameters, and the values of both sides.
#[derive(Clone, Copy)]
pub(super) struct PairToScore<'a> {
    pub(super) parameters: &'a str,
    pub(super) left: &'a [String],
    pub(super) right: &'a [String],
}

/// Scores pairs in one batch. They must have the same number of inputs.
pub(super) fn score_batch(
    scorer: &mut ScorerInstance,
    pairs: &[PairToScore<'_>],
    explain: bool,
) -> Result<Scores, HostError> {
    let columns = |side: for<'a> fn(&PairToScore<'a>) -> &'a [String]| -> Vec<StringArray> {
        let inputs = pairs.first().map_or(0, |pair| side(pair).len());
        let value = |pair, input: usize| side(pair).get(input).map(String::as_str).filter(|value| !value.is_empty());
        (0..inputs).map(|input| pairs.iter().map(|pair| value(pair, input)).collect()).collect()
    };
    let (left, right) = (columns(|pair| pair.left), columns(|pair| pair.right));
    let index: Vec<u32> = (0..pairs.len() as u32).collect();
    scorer.score(&PairBatch {
        left: &left.iter().collect::<Vec<_>>(),
        right: &right.iter().collect::<Vec<_>>(),
        left_index: &index,
        right_index: &index,
        explain,
        ..PairBatch::default()
    })
}

/// The first difference between scores of the same pairs, if any. Pairs that cannot be scored alone are skipped.
pub(super) fn difference(plugin: &Plugin, pairs: &[PairToScore<'_>]) -> Option<String> {
    let mut pairs = pairs.to_vec();
    let set_up = |pair: &PairToScore<'_>| (pair.parameters.to_owned(), pair.left.len(), pair.right.len());
    pairs.sort_by_cached_key(set_up);
    pairs.chunk_by(|one, other| set_up(one) == set_up(other)).find_map(|alike| difference_of_alike(plugin, alike))
}

/// The same for pairs with the same parameters.
fn difference_of_alike(plugin: &Plugin, pairs: &[PairToScore<'_>]) -> Option<String> {
    let mut scored = Vec::new();
    for pair in pairs {
        let scores = plugin
            .scorer(pair.parameters, Limits::default())
            .and_then(|mut scorer| score_batch(&mut scorer, &[*pair], false));
        scored.extend(scores.ok().map(|scores| (*pair, scores)));
    }
    let (first, _) = scored.first()?;
    let mut scorer = plugin.scorer(first.parameters, Limits::default()).ok()?;
    let forward: Vec<usize> = (0..scored.len()).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    let mut orders = vec![forward.clone(), backward, forward.clone()];
    orders.extend(forward.iter().map(|place| vec![*place]));
    for order in orders {
        let batch: Vec<PairToScore<'_>> =
            order.iter().filter_map(|place| scored.get(*place)).map(|(pair, _)| *pair).collect();
        let scores = match score_batch(&mut scorer, &batch, false) {
            Ok(scores) => scores,
            Err(error) => {
                return Some(format!("pairs that it scores one by one fail in a batch of {}: {error}", batch.len()));
            }
        };
        for (position, place) in order.iter().enumerate() {
            let Some((pair, alone)) = scored.get(*place) else { continue };
            if let Some((_, difference)) = scores.difference(&[position], alone) {
                let (left, right) = (pair.left.join(";"), pair.right.join(";"));
                return Some(format!("{difference} (`{left}|{right}` in a batch of {})", batch.len()));
            }
        }
    }
    None
}
