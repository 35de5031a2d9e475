//! The terms of a text by which it is searched: its words, and where words have no spaces between them, pairs of characters.
//!
//! `日立製作所` is `日立`, `立製`, `製作`, `作所`, so that a name shares terms with a longer or shorter form of it. A word of two
//! scripts is divided where the script changes: `nttデータ` is `ntt`, `デー`, `ータ`.

use matchflow_characters::is_unspaced;

/// Calls `visit` with the terms of a clean text, in order.
pub(crate) fn visit_terms<'a>(text: &'a str, mut visit: impl FnMut(&'a str)) {
    // Most names are Latin: their words are their terms.
    if text.is_ascii() {
        return text.split_ascii_whitespace().for_each(visit);
    }
    for word in text.split_ascii_whitespace() {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let unspaced = is_unspaced(first);
            let end = rest.find(|character: char| is_unspaced(character) != unspaced).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            match unspaced {
                true => visit_pairs(part, &mut visit),
                false => visit(part),
            }
            rest = after;
        }
    }
}

/// Calls `visit` with each two adjacent characters; with the character where there is one alone.
fn visit_pairs<'a>(text: &'a str, visit: &mut impl FnMut(&'a str)) {
    let ends = text.char_indices().map(|(at, character)| at + character.len_utf8());
    let starts = text.char_indices().map(|(at, _)| at);
    let mut pairs = starts.zip(ends.skip(1)).filter_map(|(start, end)| text.get(start..end)).peekable();
    match pairs.peek() {
        Some(_) => pairs.for_each(visit),
        None => visit(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_terms_and_so_are_pairs_of_characters_without_spaces() {
        for (text, expected) in [
            ("sides  service", "sides|service"),
            ("épi ромашка", "épi|ромашка"),
            ("日立製作所", "日立|立製|製作|作所"),
            ("東 京電力 12", "東|京電|電力|12"),
            ("nttデータ2", "ntt|デー|ータ|2"),
            ("삼성전자 서울", "삼성|성전|전자|서울"),
            ("", ""),
        ] {
            let mut terms = Vec::new();
            visit_terms(text, |term| terms.push(term));
            assert_eq!(terms.join("|"), expected, "{text}");
        }
    }
}
