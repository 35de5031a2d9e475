//! Rows of totals: they begin with a word for it, and have numbers alone behind it.

use matchflow_model::header::fold;

use crate::block::{CellKind, TextCell};
use crate::value;

/// Words that the first text of a row of totals begins with, without accents and in lower case.
const WORDS: [&str; 7] = ["total", "totaux", "sous-total", "sous total", "grand total", "somme", "sum"];

/// What the cells of a row, from the left, reveal about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TotalsGuess {
    /// Nothing yet.
    #[default]
    Empty,
    Totals,
    /// A record: a supplier may be called Total SA, but then it has a code before its name or a town behind it.
    Record,
}

impl TotalsGuess {
    /// What they say with one cell more.
    pub(crate) fn and(self, cell: TextCell<'_>) -> TotalsGuess {
        match (self, cell.kind) {
            (_, CellKind::Empty) => self,
            (TotalsGuess::Empty, CellKind::Text) if is_word(cell.text) => TotalsGuess::Totals,
            (TotalsGuess::Totals, CellKind::Number | CellKind::Error) => TotalsGuess::Totals,
            (TotalsGuess::Totals, CellKind::Text) if value::decimal(cell).is_some() => TotalsGuess::Totals,
            _ => TotalsGuess::Record,
        }
    }
}

/// Whether a row may be one of totals whose first text this is.
fn is_word(text: &str) -> bool {
    // Longer texts are sentences and names.
    const CHARACTERS_MAX: usize = 40;
    if text.chars().count() > CHARACTERS_MAX {
        return false;
    }
    let folded = fold(text);
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric());
    WORDS.iter().any(|word| folded.strip_prefix(word).is_some_and(ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_told_from_companies() {
        for text in ["Total", "TOTAL GÉNÉRAL", "Totaux :", "Sous-total 2024", " Grand  Total", "Somme", "total:"] {
            assert!(is_word(text), "{text}");
        }
        for text in ["TotalEnergies", "Totalement vrai", "Sommeil SA", "La somme", "", "Summit", "Sté Total"] {
            assert!(!is_word(text), "{text}");
        }
    }

    #[test]
    fn totals_have_numbers_alone() {
        let looks = |cells: &[(CellKind, &str)]| {
            cells.iter().fold(TotalsGuess::Empty, |looks, (kind, text)| looks.and(TextCell { kind: *kind, text }))
        };
        use CellKind::{Date, Empty, Error, Number, Text};
        for (cells, expected) in [
            (&[][..], TotalsGuess::Empty),
            (
                &[(Empty, ""), (Text, "Total"), (Empty, ""), (Number, "12"), (Text, "1 234,50"), (Error, "#REF!")],
                TotalsGuess::Totals,
            ),
            (&[(Text, "Total SA"), (Text, "Paris")], TotalsGuess::Record),
            (&[(Text, "F7"), (Text, "Total")], TotalsGuess::Record),
            (&[(Number, "7"), (Text, "Total SA"), (Number, "75001")], TotalsGuess::Record),
            (&[(Text, "Total SA"), (Date, "2024-03-31")], TotalsGuess::Record),
        ] {
            assert_eq!(looks(cells), expected, "{cells:?}");
        }
    }
}
