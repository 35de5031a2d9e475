//! How a number is written and found: its labels, its length, and its normal form.

use crate::digits::{compact, digits, usual_form};
use crate::fold::fold;
use crate::number_search::only;

/// Pieces of letters or digits of the number that has most (`12 34 56 78 90`).
const PIECES_MAX: usize = 9;

/// A kind of number.
pub(crate) struct NumberFormat {
    /// Folded words of one piece each that may stand before the number (`siren`, `kbo`), or directly in front of its digits.
    pub(crate) labels: &'static [&'static str],
    /// Lengths of the complete number, without separators.
    pub(crate) lengths: &'static [usize],
    /// The normal form of upper-case letters and digits without separators; `None` if they are no such number. Restores zeros.
    pub(crate) normal: fn(&str) -> Option<String>,
    /// Whether it is found in a longer text only after its label, as it has no check digit.
    pub(crate) needs_label: bool,
}

/// A number found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberFound {
    pub(crate) number: String,
    /// Where it is in the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether one of its labels precedes it.
    pub(crate) is_labelled: bool,
}

/// Letters and digits without anything between.
struct Piece<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl NumberFormat {
    /// The number of a value: the value itself, or the only one in it.
    pub(crate) fn find(&self, value: &str) -> Option<String> {
        let value = usual_form(value);
        let (bare, _) = self.without_labels(&value);
        self.alone(bare).or_else(|| only(self.all(&value).into_iter().map(|found| found.number)))
    }

    /// The number of a value that consists of it, without its label.
    pub(crate) fn alone(&self, value: &str) -> Option<String> {
        let as_digits = digits(value).and_then(|digits| (self.normal)(&digits));
        as_digits.or_else(|| (self.normal)(&compact(value)?))
    }

    /// The value after its labels, and whether there was one. `n°` and the like may follow a label.
    pub(crate) fn without_labels<'a>(&self, value: &'a str) -> (&'a str, bool) {
        let (mut rest, mut labelled) = (value, false);
        loop {
            let start = rest.trim_start_matches(|one: char| !one.is_alphanumeric());
            let after = start.trim_start_matches(|one: char| one.is_alphabetic());
            let word = start.get(..start.len() - after.len()).unwrap_or_default();
            let is_label = self.is_label(word);
            if word.is_empty() || !(is_label || labelled && is_number_word(word)) {
                return (if labelled { start } else { value }, labelled);
            }
            (rest, labelled) = (after, true);
        }
    }

    /// All numbers in a text, in order.
    pub(crate) fn all(&self, text: &str) -> Vec<NumberFound> {
        let pieces = pieces(text);
        let mut found = Vec::new();
        let mut start = 0;
        while start < pieces.len() {
            match self.at(text, &pieces, start) {
                Some((number, next)) => {
                    found.push(number);
                    start = next;
                }
                None => start += 1,
            }
        }
        found
    }

    /// The longest number that begins with a piece, and the piece after it.
    fn at(&self, text: &str, pieces: &[Piece<'_>], start: usize) -> Option<(NumberFound, usize)> {
        let first = pieces.get(start)?;
        let before = start.checked_sub(1).and_then(|before| pieces.get(before));
        // Digits before it, with only a space between, belong to it.
        if before.is_some_and(|before| is_one_number(text, before, first)) {
            return None;
        }
        let glued = self.glued_label(first.text);
        let is_labelled = glued.is_some() || self.follows_label(pieces, start);
        if self.needs_label && !is_labelled {
            return None;
        }
        let mut code = glued.unwrap_or(first.text).to_ascii_uppercase();
        let mut best = None;
        for place in start..pieces.len().min(start + PIECES_MAX) {
            let piece = pieces.get(place)?;
            if place > start {
                let gap = pieces.get(place - 1).and_then(|last| text.get(last.end..piece.start)).unwrap_or_default();
                if !is_joint(gap) {
                    break;
                }
                code.push_str(&piece.text.to_ascii_uppercase());
            }
            let is_complete = self.lengths.contains(&code.len());
            let continues = pieces.get(place + 1).is_some_and(|next| is_one_number(text, piece, next));
            if is_complete
                && !continues
                && let Some(number) = (self.normal)(&code)
            {
                best = Some((NumberFound { number, start: first.start, end: piece.end, is_labelled }, place + 1));
            }
        }
        best
    }

    /// The piece without a label in front of its digits: `CVR12345674`.
    fn glued_label<'a>(&self, piece: &'a str) -> Option<&'a str> {
        let digits = piece.trim_start_matches(|one: char| one.is_alphabetic());
        let word = piece.get(..piece.len() - digits.len()).unwrap_or_default();
        (!word.is_empty() && !digits.is_empty() && self.is_label(word)).then_some(digits)
    }

    /// Whether one of the labels stands before a piece: directly or before words for a number; a longer one also with the name
    /// of a place or a court between (`RCS NICE B`).
    fn follows_label(&self, pieces: &[Piece<'_>], start: usize) -> bool {
        const LETTERS_MIN: usize = 3;
        const WORDS_BETWEEN_MAX: usize = 3;
        let before = pieces.get(..start).unwrap_or_default().iter().rev().map(|piece| piece.text);
        let words =
            before.take_while(|word| word.chars().all(char::is_alphabetic)).filter(|word| !is_number_word(word));
        let mut nearest = words.take(1 + WORDS_BETWEEN_MAX).enumerate();
        nearest.any(|(place, word)| (place == 0 || word.len() >= LETTERS_MIN) && self.is_label(word))
    }

    fn is_label(&self, word: &str) -> bool {
        let is_ascii_label = self.labels.iter().any(|label| word.eq_ignore_ascii_case(label));
        is_ascii_label || !word.is_ascii() && fold(word).is_some_and(|word| self.labels.contains(&word.as_str()))
    }
}

/// Words between a label and its number.
fn is_number_word(word: &str) -> bool {
    const WORDS: [&str; 12] =
        ["n", "no", "nr", "nb", "num", "number", "numero", "numéro", "nummer", "numer", "code", "id"];
    word.chars().all(char::is_alphabetic) && WORDS.contains(&word.to_lowercase().as_str())
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(char::is_alphanumeric)).map(|at| from + at) {
        let rest = text.get(start..).unwrap_or_default();
        let end = start + rest.find(|one: char| !one.is_alphanumeric()).unwrap_or(rest.len());
        pieces.push(Piece { text: text.get(start..end).unwrap_or_default(), start, end });
        from = end;
    }
    pieces
}

/// Whether two pieces separated by this text may be one number.
fn is_joint(gap: &str) -> bool {
    const CHARACTERS_MAX: usize = 3;
    let is_separator =
        |one: char| one.is_whitespace() || matches!(one, '.' | '-' | '/' | '_' | '\u{2010}'..='\u{2013}');
    gap.chars().count() <= CHARACTERS_MAX && gap.chars().all(is_separator)
}

/// Whether two pieces of digits are written as one number: with one space, full stop or hyphen between.
fn is_one_number(text: &str, one: &Piece<'_>, next: &Piece<'_>) -> bool {
    let gap = text.get(one.end..next.start).unwrap_or_default();
    let ends_in_digit = one.text.ends_with(|last: char| last.is_ascii_digit());
    ends_in_digit
        && next.text.starts_with(|first: char| first.is_ascii_digit())
        && gap.chars().count() == 1
        && is_joint(gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: NumberFormat = NumberFormat {
        labels: &["cvr"],
        lengths: &[8],
        normal: |code| (code.len() == 8 && code.starts_with('1')).then(|| code.to_owned()),
        needs_label: false,
    };

    #[test]
    fn numbers_are_found_in_texts() {
        for (text, expected) in [
            ("12345678", &["12345678"][..]),
            ("CVR-nr. 12 34 56 78", &["12345678"]),
            ("CVR12345678", &["12345678"]),
            ("A/S, 12.34.56.78 (CVR) København", &["12345678"]),
            ("12345678 / 13345678", &["12345678", "13345678"]),
            // Part of something longer.
            ("12 34 56 78 9", &[]),
            ("9 12 34 56 78", &[]),
            ("X12345678", &[]),
            ("12345678X", &[]),
        ] {
            let found: Vec<String> = FORMAT.all(text).into_iter().map(|found| found.number).collect();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(FORMAT.find("CVR n° 12 34 56 78").as_deref(), Some("12345678"));
        assert_eq!(FORMAT.find("12345678 / 13345678"), None);
    }
}
