//! Guesses which encoding of one byte a character a text has, from its accented letters.
//!
//! Excel saves three: Windows-1252, the Mac's and, as "CSV (MS-DOS)", code page 850. All give a letter to nearly every byte,
//! but only the right one gives letters that suit their neighbours: `Société`, not `Soci‚t‚`, `SociÇtÇ` or `SociÚtÚ`.
//!
//! **Limits.** Western European languages. Where nothing speaks for another one, it is Windows-1252.

use std::io::{self, BufReader, Read};

use encoding_rs::{MACINTOSH, WINDOWS_1252};

use super::TextEncoding;

/// The characters of the bytes from 0x80 in code page 850 (IBM, *Code Page 00850*).
const CODE_PAGE_850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û',
    'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡',
    '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─',
    '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█',
    '▄', '¦', 'Ì', '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}', '±',
    '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];
/// Letters that are frequent in the languages of these encodings.
const FREQUENT: &str = "éèàçêâîôûùëïüöäßñáíóúåøœæÉÈÀÇÊÂÎÔÛËÏÜÖÄÑÁÍÓÚÅØŒÆ";

/// The character of a byte in code page 850.
pub(super) fn code_page_850(byte: u8) -> char {
    let place = byte.checked_sub(0x80).map(usize::from);
    place.and_then(|place| CODE_PAGE_850.get(place).copied()).unwrap_or(char::from(byte))
}

/// The likeliest encoding of a text that is not UTF-8.
pub(super) fn guess(text: impl Read) -> io::Result<TextEncoding> {
    let candidates =
        [TextEncoding::Standard(WINDOWS_1252), TextEncoding::Standard(MACINTOSH), TextEncoding::CodePage850];
    let characters = candidates.map(characters_of);
    let mut scores = [0_i64; 3];
    let mut window = [b'\n'; 3];
    for byte in BufReader::new(text).bytes().chain([Ok(b'\n')]) {
        window = [window[1], window[2], byte?];
        let [before, middle, after] = window;
        if let Some(place) = middle.checked_sub(0x80).map(usize::from) {
            for (score, characters) in scores.iter_mut().zip(&characters) {
                *score += characters.get(place).map_or(0, |character| suitability(before, *character, after));
            }
        }
    }
    // Of equal ones the first.
    let best = candidates.into_iter().zip(scores).rev().max_by_key(|(_, score)| *score);
    Ok(best.map_or(TextEncoding::Standard(WINDOWS_1252), |(candidate, _)| candidate))
}

/// The characters of the bytes from 0x80.
fn characters_of(encoding: TextEncoding) -> Vec<char> {
    let character = |byte: u8| match encoding {
        TextEncoding::CodePage850 => code_page_850(byte),
        TextEncoding::Standard(encoding) => {
            encoding.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    };
    (0x80..=0xFF).map(character).collect()
}

/// How well a character suits the ASCII characters before and after it.
fn suitability(before: u8, character: char, after: u8) -> i64 {
    let is_word = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    let is_within_word = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
    let reward = if FREQUENT.contains(character) { 2 } else { 1 };
    match character {
        '\u{80}'..='\u{9f}' => -2,
        '’' if is_within_word => 1,
        _ if !is_word => 0,
        _ if character.is_lowercase() => {
            let is_capital_word = before.is_ascii_uppercase() && !after.is_ascii_lowercase();
            if is_capital_word || after.is_ascii_uppercase() { -1 } else { reward }
        }
        _ if character.is_uppercase() => {
            if before.is_ascii_lowercase() {
                -1
            } else {
                reward
            }
        }
        _ if is_within_word => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 8] = [
        "Code;Nom\r\nF1;Société générale d'électricité\r\n",
        "Code;Nom\r\nF1;SOCIÉTÉ DÉCORÉE\r\nF2;FENÊTRES DE L'ÎLE\r\n",
        "Code;Nom\r\nF1;André\r\n",
        "Code;Nom\r\nF1;Ébénisterie du Château\r\n",
        "Nr;Name;Ort\r\n1;Müller Söhne;Köln\r\n2;Bäckerei Weiß;Düsseldorf\r\n",
        "Id;Nombre\r\n1;Compañía Española de Petróleos\r\n",
        "Code;Nom\r\nF1;Cœur d'hôtel\r\nF2;Façades à neuf\r\n",
        "Nr;Navn\r\n1;Møller og sønner\r\n",
    ];

    /// The text in an encoding; `None` if it has not all characters.
    fn encoded(text: &str, encoding: TextEncoding) -> Option<Vec<u8>> {
        let characters = characters_of(encoding);
        let byte = |character: char| match u8::try_from(character) {
            Ok(byte) if byte < 0x80 => Some(byte),
            _ => characters.iter().position(|other| *other == character).map(|place| place as u8 + 0x80),
        };
        text.chars().map(byte).collect()
    }

    #[test]
    fn texts_that_excel_saves_are_recognised() {
        let mut checked = 0;
        for text in TEXTS {
            for encoding in
                [TextEncoding::Standard(WINDOWS_1252), TextEncoding::Standard(MACINTOSH), TextEncoding::CodePage850]
            {
                let Some(bytes) = encoded(text, encoding) else { continue };
                assert_eq!(guess(bytes.as_slice()).unwrap(), encoding, "{text}");
                checked += 1;
            }
        }
        assert!(checked >= 22, "{checked}");
    }

    #[test]
    fn punctuation_and_symbols_leave_windows_1252() {
        for text in
            ["Nom;Prix\r\nL’été;10 €\r\n", "Nom\r\n« Chez Jo »\r\n", "N° 5\r\n", "Nom\r\nLes Amis – Paris\r\n", "plain"]
        {
            let bytes = encoded(text, TextEncoding::Standard(WINDOWS_1252)).unwrap();
            assert_eq!(guess(bytes.as_slice()).unwrap(), TextEncoding::Standard(WINDOWS_1252), "{text}");
        }
    }
}
