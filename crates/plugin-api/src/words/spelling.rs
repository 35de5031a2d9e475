//! Spelling keys: one text for the spellings that a word has by language and by transliteration.
//!
//! `jaegerstedt` and `jagerstedt`, `severnaya` and `severnaia`, `papadopoulos` and `papadopulos` have one key. **Limits.** A
//! key says that two words sound alike, not that they are one: words of one key are near, never equal. Words with digits
//! and short words are their own keys.

/// Letters of the shortest word with a key of its own.
const LETTERS_MIN: usize = 5;

/// What a word begins with, and what that becomes: the letters passed, and the letters of the key.
fn beginning(word: &[u8]) -> (usize, &'static [u8]) {
    match word {
        [b'y' | b'j', b'e', ..] => (2, b"e"),
        [b'c', b'h', b'r', ..] => (3, b"hr"),
        [b'm', b'p', ..] => (2, b"b"),
        [b'g', b'k', ..] => (2, b"g"),
        [b'n', b't', ..] => (2, b"d"),
        [b'c', b'z', ..] => (2, b"c"),
        _ => (0, b""),
    }
}

/// What comes next in a word, in the same way; `None` for letters that stay.
fn sound(rest: &[u8]) -> Option<(usize, u8)> {
    Some(match rest {
        [b's', b'h', b'c', b'h', ..] => (4, b's'),
        [b's', b'c', b'h', ..] => (3, b's'),
        [b's', b'h', ..] => (2, b's'),
        [b'z', b'h', ..] => (2, b'i'),
        [b'k', b'h', ..] => (2, b'h'),
        [b'p', b'h', ..] => (2, b'f'),
        [b't', b'h', ..] => (2, b't'),
        [b't', b's' | b'z', ..] => (2, b'c'),
        [b'c', b'k', ..] => (2, b'k'),
        [b'k', b's', ..] => (2, b'x'),
        [b'a', b'e' | b'a', ..] => (2, b'a'),
        [b'o', b'e', ..] => (2, b'o'),
        [b'u', b'e', ..] | [b'o', b'u', ..] => (2, b'u'),
        [b'j' | b'y', ..] => (1, b'i'),
        [b'w', ..] => (1, b'v'),
        _ => return None,
    })
}

/// A digest of the key of a clean word (FNV-1a), never 0.
pub(super) fn key_digest(word: &[u8]) -> u64 {
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    visit_key(word, |letter| digest = (digest ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3));
    digest.max(1)
}

/// Calls `visit` with the letters of the key of a clean word.
fn visit_key(word: &[u8], mut visit: impl FnMut(u8)) {
    if word.len() < LETTERS_MIN || !word.iter().all(u8::is_ascii_lowercase) {
        return word.iter().for_each(|letter| visit(*letter));
    }
    // A plural is no other word.
    let word = word.strip_suffix(b"s").unwrap_or(word);
    let mut last = 0;
    let mut push = |letter: u8| {
        // Double letters are written as one.
        if letter != last {
            visit(letter);
        }
        last = letter;
    };
    let (passed, letters) = beginning(word);
    letters.iter().for_each(|letter| push(*letter));
    let mut rest = word.get(passed..).unwrap_or_default();
    while let Some(letter) = rest.first() {
        let (passed, letter) = sound(rest).unwrap_or((1, *letter));
        push(letter);
        rest = rest.get(passed..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(word: &str) -> String {
        let mut keys = Vec::new();
        visit_key(word.as_bytes(), |letter| keys.push(letter));
        String::from_utf8(keys).unwrap()
    }

    #[test]
    fn spellings_of_one_word_have_one_key() {
        for (one, other) in [
            ("jaegerstedt", "jagerstedt"),
            ("soendergaard", "sondergard"),
            ("severnaya", "severnaia"),
            ("yuzhny", "iujnyi"),
            ("yevgeniy", "evgeny"),
            ("papadopoulos", "papadopulos"),
            ("christodoulou", "hristodulu"),
            ("farmaka", "pharmaka"),
            ("cermakova", "cermakowa"),
            ("grosskellner", "groskelner"),
            ("toitures", "toiture"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in [("martin", "marvin"), ("dupont", "dumont"), ("aube", "abe"), ("b2b42", "b2b24")] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }
}
