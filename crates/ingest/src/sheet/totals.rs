//! Recognises rows of totals: they begin with a word such as `Total`, followed by numbers, or by captions of what is
//! counted.

use matchflow_model::header::fold;

use crate::block::{CellKind, TextCell};
use crate::value;

/// First words of totals, without accents and in lower case.
const WORDS: [&str; 7] = ["total", "totaux", "sous-total", "sous total", "grand total", "somme", "sum"];

/// Words in captions of totals, besides [`WORDS`] and numbers: what is counted, in which currency, up to when.
const CAPTION_WORDS: &str = "general generaux grand sous fournisseur fournisseurs tiers compte comptes ligne lignes facture factures piece \
    pieces ecriture ecritures enregistrement enregistrements societe societes entreprise entreprises nb nbre nombre \
    de des du au le et en ht ttc tva supplier suppliers vendor vendors row rows line lines record records invoice \
    invoices company companies count number of eur euros usd gbp";

/// What the cells of a row seen so far, from the left, reveal about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TotalsGuess {
    /// Nothing yet.
    #[default]
    Empty,
    /// It begins with a word for totals, possibly followed by a name: only numbers may follow.
    Totals,
    /// It begins with a caption of totals and nothing else: captions may follow too (`TOTAL`, `392 fournisseurs`,
    /// 1200).
    Captions,
    /// A record: a supplier may be named Total SA, but then a code precedes its name or a town follows.
    Record,
}

impl TotalsGuess {
    /// The guess after one more cell.
    pub(crate) fn and(self, cell: TextCell<'_>) -> TotalsGuess {
        match (self, cell.kind) {
            (_, CellKind::Empty) => self,
            (TotalsGuess::Empty, CellKind::Text) if is_word(cell.text) => match is_caption(cell.text) {
                true => TotalsGuess::Captions,
                false => TotalsGuess::Totals,
            },
            (TotalsGuess::Totals | TotalsGuess::Captions, CellKind::Number | CellKind::Error) => self,
            (TotalsGuess::Totals | TotalsGuess::Captions, CellKind::Text) if value::decimal(cell).is_some() => self,
            (TotalsGuess::Captions, CellKind::Text) if is_caption(cell.text) => self,
            (TotalsGuess::Captions, CellKind::Date) => self,
            _ => TotalsGuess::Record,
        }
    }

    /// Whether the row is one of totals, after all of its cells.
    pub(crate) fn is_totals(self) -> bool {
        matches!(self, TotalsGuess::Totals | TotalsGuess::Captions)
    }
}

/// Whether a text consists only of caption words and numbers.
fn is_caption(text: &str) -> bool {
    let folded = fold(text);
    let mut words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_known = |word: &str| {
        WORDS.contains(&word)
            || CAPTION_WORDS.split(' ').any(|known| known == word)
            || word.bytes().all(|byte| byte.is_ascii_digit())
    };
    (words.peek().is_some() || folded.contains('€')) && words.all(is_known)
}

/// Whether a row whose first text this is may be one of totals.
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
    fn totals_are_distinguished_from_companies() {
        for text in ["Total", "TOTAL GÉNÉRAL", "Totaux :", "Sous-total 2024", " Grand  Total", "Somme", "total:"] {
            assert!(is_word(text), "{text}");
        }
        for text in ["TotalEnergies", "Totalement vrai", "Sommeil SA", "La somme", "", "Summit", "Sté Total"] {
            assert!(!is_word(text), "{text}");
        }
    }

    #[test]
    fn only_numbers_follow_totals() {
        let looks = |cells: &[(CellKind, &str)]| {
            cells.iter().fold(TotalsGuess::Empty, |looks, (kind, text)| looks.and(TextCell { kind: *kind, text }))
        };
        use CellKind::{Date, Empty, Error, Number, Text};
        for (cells, expected) in [
            (&[][..], TotalsGuess::Empty),
            (
                &[(Empty, ""), (Text, "Total"), (Empty, ""), (Number, "12"), (Text, "1 234,50"), (Error, "#REF!")],
                TotalsGuess::Captions,
            ),
            (&[(Text, "Total SA 2024"), (Number, "12")], TotalsGuess::Totals),
            (&[(Text, "Total SA"), (Text, "Paris")], TotalsGuess::Record),
            (&[(Text, "F7"), (Text, "Total")], TotalsGuess::Record),
            (&[(Number, "7"), (Text, "Total SA"), (Number, "75001")], TotalsGuess::Record),
            (&[(Text, "Total SA"), (Date, "2024-03-31")], TotalsGuess::Record),
            (&[(Text, "TOTAL"), (Text, "392 fournisseurs"), (Empty, ""), (Number, "9120.5")], TotalsGuess::Captions),
            (
                &[(Text, "Total général"), (Text, "EUR"), (Text, "Nb de lignes : 12"), (Number, "7")],
                TotalsGuess::Captions,
            ),
            (&[(Text, "Totaux"), (Date, "2024-03-31"), (Number, "7")], TotalsGuess::Captions),
            (&[(Text, "Sum"), (Text, "12 rows"), (Text, "€")], TotalsGuess::Captions),
            (&[(Text, "TOTAL"), (Text, "PARIS"), (Number, "75001")], TotalsGuess::Record),
            (&[(Text, "TOTAL"), (Text, "12 RUE HUGO"), (Number, "75001")], TotalsGuess::Record),
            (&[(Text, "Total SA"), (Text, "392 fournisseurs"), (Number, "7")], TotalsGuess::Record),
        ] {
            assert_eq!(looks(cells), expected, "{cells:?}");
        }
    }
}
