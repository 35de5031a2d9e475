//! Rows of totals: what their first text begins with.

use matchflow_model::header::fold;

/// Words that the first text of a row of totals begins with, without accents and in lower case.
const WORDS: [&str; 7] = ["total", "totaux", "sous-total", "sous total", "grand total", "somme", "sum"];

/// Whether a row whose first text this is looks like one of totals.
pub(crate) fn is_total(text: &str) -> bool {
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
            assert!(is_total(text), "{text}");
        }
        for text in ["TotalEnergies", "Totalement vrai", "Sommeil SA", "La somme", "", "Summit", "Sté Total"] {
            assert!(!is_total(text), "{text}");
        }
    }
}
