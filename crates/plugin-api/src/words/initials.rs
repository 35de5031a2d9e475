//! Sigles and the words whose initials they are: `sncf` and `societe nationale des chemins de fer`.

use super::coverage::Side;

/// A word below this weight may be left out of a sigle (`de`, `et`).
const MINOR_WEIGHT: f32 = 0.5;
/// Letters of a sigle.
const SIGLE_LETTERS: std::ops::RangeInclusive<usize> = 2..=8;
/// First letters of words that cleaning removes (`societe`, `compagnie`, `etablissements`, `association`, `groupement`):
/// `sacc` is `(societe) alpine de charpente et couverture`.
const REMOVED_INITIALS: &[u8] = b"sceag";
/// Letters from which the first may be that of a removed word.
const REMOVED_LETTERS_MIN: usize = 4;
/// How alike a sigle is that is all of one text, and the initials of all of the other.
const COMPLETE: f32 = 0.93;

/// A sigle found in a text.
struct SpelledOut {
    first: usize,
    last: usize,
    /// Whether it is the initials of all words.
    is_complete: bool,
}

/// Finds words of `sigles` that are the initials of free words in `names`; minor words may be left out of them.
pub(super) fn initials(sigles: &mut Side<'_>, names: &mut Side<'_>) {
    let is_alone = sigles.words.words.len() == 1;
    for (at, word) in sigles.words.words.iter().enumerate() {
        let text = sigles.words.text(word);
        if sigles.free >> at & 1 == 0 || word.digits || !SIGLE_LETTERS.contains(&text.len()) {
            continue;
        }
        let Some(found) = spelled_out_by(text, is_alone, names) else { continue };
        // Two letters are the initials of many names, four of few.
        let information = match text.len() {
            2 => 0.45,
            3 => 0.65,
            _ => 0.75,
        };
        let similarity = if is_alone && found.is_complete && text.len() > 2 { COMPLETE } else { information };
        sigles.take_telling(at, word, similarity, information);
        for (name_at, name_word) in names.words.words.iter().enumerate().take(found.last + 1).skip(found.first) {
            names.take_telling(name_at, name_word, similarity, information);
        }
    }
}

/// The free words that a sigle stands for.
fn spelled_out_by(sigle: &[u8], is_alone: bool, names: &Side<'_>) -> Option<SpelledOut> {
    let is_minor = |at: usize| names.words.words.get(at).is_some_and(|word| word.weight < MINOR_WEIGHT);
    let count = names.words.words.len();
    let covers_all = |first: usize, last: usize| (0..first).chain(last + 1..count).all(is_minor);
    let found = names.words.free(names.free).find_map(|(first, _)| Some((first, spelled_out(sigle, names, first)?)));
    if let Some((first, last)) = found {
        return Some(SpelledOut { first, last, is_complete: covers_all(first, last) });
    }
    let (initial, rest) = sigle.split_first()?;
    if !is_alone || sigle.len() < REMOVED_LETTERS_MIN || !REMOVED_INITIALS.contains(initial) {
        return None;
    }
    let last = spelled_out(rest, names, 0)?;
    covers_all(0, last).then_some(SpelledOut { first: 0, last, is_complete: true })
}

/// The last word of the run from `first` on whose initials are `sigle`.
fn spelled_out(sigle: &[u8], names: &Side<'_>, first: usize) -> Option<usize> {
    let mut rest = sigle;
    for (at, word) in names.words.words.iter().enumerate().skip(first) {
        if names.free >> at & 1 == 0 {
            return None;
        }
        match (rest.split_first(), names.words.text(word).first()) {
            (Some((letter, after)), Some(initial)) if letter == initial => rest = after,
            _ if word.weight < MINOR_WEIGHT && at > first => {}
            _ => return None,
        }
        if rest.is_empty() {
            return (at > first).then_some(at);
        }
    }
    None
}
