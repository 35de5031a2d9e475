//! The variants of a word by which words one edit away are found: the word, and the word without each of its characters.

use matchflow_model::digest;

use crate::vocabulary::INITIALS_MARK;

/// Length in characters of the words that similar words are searched for, inclusive. In shorter words, a typo usually
/// makes another word; longer ones are not words.
const NEAR_CHARS: std::ops::RangeInclusive<usize> = 4..=32;

/// Whether similar words are searched for a word.
pub(crate) fn is_searched_near(word: &str) -> bool {
    NEAR_CHARS.contains(&word.chars().count()) && !word.starts_with(INITIALS_MARK)
}

/// The hashes of the word and, if similar words are searched for it, of the word without each of its characters.
pub(crate) fn visit_variants(word: &str, scratch: &mut String, mut visit: impl FnMut(u64)) {
    visit(digest::exchange(word.as_bytes()));
    if !is_searched_near(word) {
        return;
    }
    let mut before = None;
    for (at, character) in word.char_indices() {
        // Removing either of two equal neighbours gives the same text.
        if before.replace(character) == Some(character) {
            continue;
        }
        let (head, tail) = word.split_at(at);
        scratch.clear();
        scratch.push_str(head);
        scratch.push_str(tail.get(character.len_utf8()..).unwrap_or(""));
        visit(digest::exchange(scratch.as_bytes()));
    }
}
