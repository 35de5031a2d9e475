//! Words of legal forms, as they occur in folded names.
//!
//! Compiled from INSEE's legal categories and from common use. Omitted on purpose, because they are ordinary words of
//! names: `as`, `ab`, `spa`, `sl`, `asa`, `groupe`, `entreprise`, `fils`, `freres`.

/// Removed wherever they occur. Sorted.
pub(crate) static ANYWHERE: WordList = WordList::new(&[
    "akcyjna",
    "aktiebolag",
    "aktiengesellschaft",
    "assoc",
    "association",
    "cie",
    "cjsc",
    "compagnie",
    "cuma",
    "doo",
    "dooel",
    "earl",
    "eireli",
    "eirl",
    "eood",
    "etablissement",
    "etablissements",
    "etbs",
    "etbt",
    "etbts",
    "ets",
    "eurl",
    "fcp",
    "fcpi",
    "fcpr",
    "gaec",
    "geie",
    "gfa",
    "gie",
    "gmbh",
    "haftungsbeschrankt",
    "jsc",
    "kgaa",
    "kommanditgesellschaft",
    "llc",
    "llp",
    "ltda",
    "mbh",
    "nyrt",
    "oao",
    "ojsc",
    "ood",
    "ooo",
    "pao",
    "pjsc",
    "plc",
    "psc",
    "pvt",
    "sa",
    "sarl",
    "sarlu",
    "sas",
    "sasl",
    "sasu",
    "sca",
    "sccv",
    "scea",
    "scev",
    "sci",
    "scic",
    "scm",
    "scop",
    "scp",
    "scpi",
    "scs",
    "selafa",
    "selarl",
    "selarlu",
    "selas",
    "selasu",
    "selca",
    "seleurl",
    "seml",
    "semop",
    "sica",
    "sicav",
    "snc",
    "soc",
    "societe",
    "societes",
    "sogepa",
    "spfpl",
    "spfplarl",
    "spfplas",
    "srls",
    "sro",
    "uab",
    "unipersonnelle",
    "zao",
    "zrt",
]);

/// Those that are never names: `SCA` or `COMPAGNIE` may be one, `SARL` is not. Sorted.
pub(crate) static NAMELESS: WordList = WordList::new(&[
    "aktiengesellschaft",
    "doo",
    "earl",
    "eirl",
    "eurl",
    "gaec",
    "gmbh",
    "ooo",
    "sarl",
    "sarlu",
    "sas",
    "sasl",
    "sasu",
    "sci",
    "selarl",
    "selarlu",
    "selas",
    "selasu",
    "snc",
    "sro",
    "zao",
]);

/// Removed where they are the first or the last word: inside a name they mean something else. Sorted.
pub(crate) static AT_EDGES: WordList =
    WordList::new(&["ao", "asso", "ei", "epic", "gip", "ip", "kk", "sem", "sep", "spl", "vof"]);

/// Removed if they are the last word: foreign forms, which occur there. Sorted.
pub(crate) static AT_END: WordList = WordList::new(&[
    "ab",
    "ae",
    "ag",
    "aps",
    "as",
    "asa",
    "ax",
    "bhd",
    "bt",
    "bv",
    "bvba",
    "co",
    "corp",
    "corporation",
    "dd",
    "ehf",
    "ek",
    "epe",
    "ev",
    "gbr",
    "hf",
    "ike",
    "inc",
    "incorporated",
    "ivs",
    "kft",
    "kg",
    "lda",
    "limitada",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "nv",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "rl",
    "sdn",
    "se",
    "sl",
    "sll",
    "slp",
    "slu",
    "spa",
    "spk",
    "sprl",
    "srl",
    "sro",
    "sti",
    "tbk",
    "ug",
    "unipessoal",
    "vof",
    "wll",
]);

/// Long words of forms: another word that is one slip away from one of them is a misspelling of it.
const LONG: &[&str] =
    &["association", "etablissement", "etablissements", "responsabilite", "simplifiee", "unipersonnelle"];

/// The word of a legal form that `word` misspells; else the word itself.
pub(crate) fn well_spelt(word: &str) -> &str {
    let near = |form: &&&str| word.len().abs_diff(form.len()) <= 1 && is_slip(word.as_bytes(), form.as_bytes());
    match word.len() {
        9..=15 if word.is_ascii() => LONG.iter().find(near).copied().unwrap_or(word),
        _ => word,
    }
}

/// Whether one letter inserted, removed or replaced, or two adjacent letters swapped, turn one word into the other. A
/// trailing `s` is a plural.
fn is_slip(word: &[u8], form: &[u8]) -> bool {
    if word == form || word.strip_suffix(b"s") == Some(form) {
        return false;
    }
    let same_start = word.iter().zip(form).take_while(|(one, other)| one == other).count();
    let (word, form) = (word.get(same_start..).unwrap_or_default(), form.get(same_start..).unwrap_or_default());
    let same_end = word.iter().rev().zip(form.iter().rev()).take_while(|(one, other)| one == other).count();
    match (word.get(..word.len() - same_end), form.get(..form.len() - same_end)) {
        (Some([]), Some([_])) | (Some([_]), Some([] | [_])) => true,
        (Some([one, two]), Some([first, second])) => one == second && two == first,
        _ => false,
    }
}

/// Sorted words with what most other words are told from them by: no list is searched for them.
pub(crate) struct WordList {
    words: &'static [&'static str],
    /// For each first letter, a bit for each length of a word that begins with it.
    shapes: [u32; 26],
}

impl WordList {
    /// Words must begin with a letter and have fewer than 32.
    #[expect(clippy::indexing_slicing, reason = "for statics alone: what is out of bounds does not compile")]
    pub(crate) const fn new(words: &'static [&'static str]) -> WordList {
        let mut shapes = [0; 26];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].as_bytes();
            shapes[(word[0] - b'a') as usize] |= 1 << word.len();
            at += 1;
        }
        WordList { words, shapes }
    }

    /// Whether the word is in the list.
    pub(crate) fn has(&self, word: &str) -> bool {
        let letter = word.bytes().next().and_then(|byte| byte.checked_sub(b'a'));
        let shapes = letter.and_then(|letter| self.shapes.get(usize::from(letter))).copied().unwrap_or(0);
        word.len() < 32 && shapes >> word.len() & 1 == 1 && has(self.words, word)
    }
}

/// Whether a sorted list has the word.
pub(crate) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legal_phrases::{PHRASE_STARTS, PHRASES};

    #[test]
    fn lists_are_sorted_and_folded() {
        for list in [&ANYWHERE, &NAMELESS, &AT_EDGES, &AT_END, &PHRASE_STARTS] {
            assert!(list.words.is_sorted(), "{:?}", list.words);
            assert!(list.words.iter().all(|word| list.has(word)), "{:?}", list.words);
        }
        let mut starts: Vec<&str> = PHRASES.iter().filter_map(|phrase| phrase.first().copied()).collect();
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts, PHRASE_STARTS.words);
        for phrase in PHRASES {
            for word in *phrase {
                assert_eq!(crate::fold(word).as_deref(), Some(*word));
            }
        }
    }
}
