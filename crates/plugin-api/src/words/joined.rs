//! Words written as one on one side: `carre four` and `carrefour`, also swapped, and with an edit.

use super::coverage::Side;
use super::nearness::{edits_max, nearness};
use crate::edits::has_latin_letters_only;
use crate::edits_within;

/// The maximum number of words that one joined word can match.
const JOINED_MAX: usize = 6;
/// Minimum number of letters from which joined words may also have edits.
const JOINED_NEAR_MIN: usize = 8;

/// Matches words of `single` with runs of free words in `runs`, joined.
pub(super) fn joined(single: &mut Side<'_>, runs: &mut Side<'_>) {
    for (at, word) in single.words.words.iter().enumerate() {
        if single.free >> at & 1 == 0 || word.end - word.start < 3 {
            continue;
        }
        let Some((run, similarity)) = run_that_joins_to(single.words.text(word), word.letters, runs) else { continue };
        let words = runs.words;
        let run_weight: f32 = words.free(run).map(|(_, word)| word.weight).sum();
        let weight = word.weight.min(run_weight);
        single.take_at(at, word, similarity, weight / word.weight);
        for (run_at, run_word) in words.free(run) {
            runs.take_at(run_at, run_word, similarity, weight / run_weight);
        }
    }
}

/// The free words, one bit each, that give the text when joined, and the similarity.
fn run_that_joins_to(text: &[u8], letters: u64, runs: &Side<'_>) -> Option<(u32, f32)> {
    // Bytes are letters in Latin words alone.
    let may_have_edits = text.len() >= JOINED_NEAR_MIN && has_latin_letters_only(letters);
    let edits_max = if may_have_edits { edits_max(text.len()) } else { 0 };
    let mut best: Option<(u32, usize)> = None;
    let mut consider = |run: u32, edits: Option<usize>| match (edits, best) {
        (Some(edits), None) => best = Some((run, edits)),
        (Some(edits), Some((_, fewest))) if edits < fewest => best = Some((run, edits)),
        _ => {}
    };
    for (first, word) in runs.words.free(runs.free) {
        let (mut run, mut run_letters) = (1 << first, word.letters);
        for (last, word_after) in runs.words.words.iter().enumerate().skip(first + 1).take(JOINED_MAX - 1) {
            let length = word_after.end - word.start;
            if runs.free >> last & 1 == 0 || length > text.len() + edits_max {
                break;
            }
            run |= 1 << last;
            run_letters |= word_after.letters;
            // An edit removes at most one letter, and adds at most one.
            if (letters ^ run_letters).count_ones() as usize > 2 * edits_max {
                continue;
            }
            if let Some(joined) = runs.words.bytes.get(word.start..word_after.end) {
                consider(run, edits(text, joined, edits_max));
            }
            if last == first + 1 {
                consider(run, swapped_edits(text, runs.words.text(word), runs.words.text(word_after), edits_max));
            }
        }
    }
    best.map(|(run, edits)| (run, nearness(edits, text.len())))
}

fn edits(text: &[u8], joined: &[u8], edits_max: usize) -> Option<usize> {
    // A different digit is another number, not a typing error.
    let has_digits = |text: &[u8]| text.iter().any(u8::is_ascii_digit);
    match text == joined {
        true => Some(0),
        false if edits_max == 0 || has_digits(text) || has_digits(joined) => None,
        false => edits_within(text, joined, edits_max),
    }
}

/// The edits between the text and two words joined in swapped order: `martinpaul` is `paul martin`.
fn swapped_edits(text: &[u8], first: &[u8], second: &[u8], edits_max: usize) -> Option<usize> {
    if text.len() != first.len() + second.len() {
        return None;
    }
    let (before, after) = text.split_at_checked(second.len())?;
    let edits = edits(before, second, edits_max)? + edits(after, first, edits_max)?;
    (edits <= edits_max).then_some(edits)
}
