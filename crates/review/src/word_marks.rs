//! Which words of a text another text has too.
//!
//! **Invariant:** the pieces of a marked text, joined, are the text.

use serde::Serialize;

/// Shorter words must be equal.
const NEAR_LETTERS_MIN: usize = 4;
/// From this length on two letters may differ.
const LONG_LETTERS_MIN: usize = 8;

/// How a word of a text compares with the words of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WordMark {
    /// The other text has it, or there is nothing to compare.
    Same,
    /// The other text has a similar word.
    Near,
    /// The other text does not have it.
    Other,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MarkedPiece {
    pub(crate) text: String,
    pub(crate) mark: WordMark,
}

/// The words of texts, as they are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ComparedWords(Vec<String>);

impl ComparedWords {
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> ComparedWords {
        let folded = texts.into_iter().filter_map(matchflow_text::fold);
        ComparedWords(folded.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn mark(&self, word: &str) -> WordMark {
        let Some(folded) = matchflow_text::fold(word) else { return WordMark::Same };
        let parts: Vec<&str> = folded.split(' ').collect();
        let all =
            |is_it: &dyn Fn(&str, &str) -> bool| parts.iter().all(|part| self.0.iter().any(|other| is_it(part, other)));
        match () {
            () if all(&|part, other| part == other) => WordMark::Same,
            () if all(&is_near) => WordMark::Near,
            () => WordMark::Other,
        }
    }
}

/// Whether two words differ by a letter or two, or one is the beginning of the other, as in an abbreviation.
fn is_near(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    if has_digit(short) || has_digit(long) {
        return short.len() > NEAR_LETTERS_MIN && strsim::osa_distance(short, long) <= 1;
    }
    let letters = short.chars().count();
    let errors = if letters >= LONG_LETTERS_MIN { 2 } else { 1 };
    let is_abbreviation = letters >= 2 && letters < long.chars().count() && long.starts_with(short);
    is_abbreviation || (letters >= NEAR_LETTERS_MIN && strsim::osa_distance(short, long) <= errors)
}

/// A text in pieces: what is between its words is as the word before.
pub(crate) fn marked(text: &str, others: &ComparedWords) -> Vec<MarkedPiece> {
    let mut pieces: Vec<MarkedPiece> = Vec::new();
    let mut push = |text: &str, mark: WordMark| match pieces.last_mut() {
        Some(last) if last.mark == mark => last.text.push_str(text),
        _ => pieces.push(MarkedPiece { text: text.to_owned(), mark }),
    };
    for word in text.split_inclusive(char::is_whitespace) {
        let trimmed = word.trim_end();
        push(trimmed, others.mark(trimmed));
        if trimmed.len() < word.len() {
            push(word.get(trimmed.len()..).unwrap_or_default(), WordMark::Same);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, other: &str) -> String {
        let pieces = marked(text, &ComparedWords::of([other]));
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        let piece = |piece: &MarkedPiece| match piece.mark {
            WordMark::Same => piece.text.clone(),
            WordMark::Near => format!("~{}~", piece.text),
            WordMark::Other => format!("[{}]", piece.text),
        };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn words_that_differ_are_marked() {
        assert_eq!(shown("SAS Thermolys Île", "thermolys ile sas"), "SAS Thermolys Île");
        assert_eq!(shown("Thermlesys  Nantes", "THERMLESIS VERTOU"), "~Thermlesys~  [Nantes]");
        assert_eq!(shown("16 AV. Pasteur", "16 avenue pasteur"), "16 ~AV.~ Pasteur");
        assert_eq!(shown("16 rue", "18 rue"), "[16] rue");
        assert_eq!(shown("75017", "75018"), "~75017~");
        assert_eq!(shown("", "x"), "");
        assert_eq!(shown(" - a", "b"), " - [a]");
        assert_eq!(shown("rue d'Or", "rue d or"), "rue d'Or");
    }
}
