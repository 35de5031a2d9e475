//! Scripts that are written without spaces between words, and Chinese characters.
//!
//! **Limits.** Blocks of Unicode rather than its script property: punctuation within a block belongs to the script. Korean
//! has spaces, but names of companies are written with and without them, so it counts as one of these scripts.

/// Whether a character belongs to a script that is written without spaces between words: Chinese, Japanese, Korean, Thai,
/// Lao, Burmese, Khmer.
pub fn is_unspaced(character: char) -> bool {
    is_han(character)
        || matches!(
            character,
            '\u{e00}'..='\u{eff}'
                | '\u{1000}'..='\u{109f}'
                | '\u{1100}'..='\u{11ff}'
                | '\u{1780}'..='\u{17ff}'
                | '\u{3040}'..='\u{318f}'
                | '\u{31a0}'..='\u{31bf}'
                | '\u{31f0}'..='\u{31ff}'
                | '\u{ac00}'..='\u{d7ff}'
        )
}

/// Whether it is a Chinese character, also in Japanese or Korean text.
pub fn is_han(character: char) -> bool {
    matches!(
        character,
        '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_spaces() {
        for text in ["日立製作所", "トヨタ", "ひらがな", "ー々", "삼성전자", "บริษัท", "ລາວ", "ខ្មែរ", "မြန်မာ"]
        {
            assert!(text.chars().all(is_unspaced), "{text}");
        }
        for text in ["Dupont", "Ромашка", "Πετρέλαια", "النور", "שלום", "हिन्दी", "საქართველო", "Հայաստան", "12"]
        {
            assert!(!text.chars().any(is_unspaced), "{text}");
        }
        assert!("漢字々".chars().all(is_han) && !"かなカナ한글".chars().any(is_han));
    }
}
