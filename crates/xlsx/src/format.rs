//! Number formats: which numbers are dates, times or zero-padded. Only a format's first section counts.
//!
//! Letters outside quotes are date units (`dd/mm/yyyy`, `jj/mm/aaaa`) or words: `Standard`, which is `General` in
//! another language, or the `DH` of `# ##0 DH`. A section with a word or with digit placeholders is not a date.

/// What a number format turns a number into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberFormat {
    /// A number.
    #[default]
    Other,
    /// A day, possibly with a time.
    Date,
    /// A time of day.
    Time,
    /// Hours, minutes or seconds that may exceed a day (`[h]:mm`).
    Duration,
    /// A whole number padded with zeros to a number of digits (`00000`).
    ZeroPadded {
        /// At least 2.
        digits: u8,
    },
    /// The same, after a text that makes it an identifier (`"F"00000`).
    Prefixed {
        /// At least 2.
        digits: u8,
        /// The index of the text: see [`crate::Styles::prefix`].
        prefix: u16,
    },
}

impl NumberFormat {
    /// The format of a built-in id, which has no code (ECMA-376, 18.8.30; 27 to 36 and 50 to 58 are East Asian dates).
    pub fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => NumberFormat::Date,
            18..=21 | 32..=35 | 45 | 47 | 55 | 56 => NumberFormat::Time,
            46 => NumberFormat::Duration,
            _ => NumberFormat::Other,
        }
    }

    /// The format of a code, and the text of a [`NumberFormat::Prefixed`], whose index the caller sets.
    pub(crate) fn read(code: &str) -> (Self, String) {
        let mut section = Section::default();
        let mut rest = code.chars();
        while let Some(character) = rest.next() {
            if character.is_ascii_alphabetic() {
                let after = rest.as_str();
                if character.eq_ignore_ascii_case(&'a')
                    && let Some(after) = am_pm_end(after)
                {
                    section.is_time = true;
                    rest = after.chars();
                    continue;
                }
                let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
                section.letters(character, after.get(..end).unwrap_or_default());
                rest = after.get(end..).unwrap_or_default().chars();
                continue;
            }
            match character {
                ';' => break,
                '"' => {
                    let text: String = rest.by_ref().take_while(|c| *c != '"').collect();
                    section.text(&text);
                }
                // The next character is text, a width, or fills the cell.
                '\\' => section.text(rest.next().map(String::from).as_deref().unwrap_or_default()),
                '_' | '*' => section.is_mixed |= rest.next().is_some(),
                '[' => section.bracket(&rest.by_ref().take_while(|c| *c != ']').collect::<String>()),
                other => section.character(other),
            }
        }
        (section.format(), section.prefix)
    }
}

/// What follows `AM/PM` or `A/P`, given the text after its first letter.
fn am_pm_end(rest: &str) -> Option<&str> {
    ["M/PM", "m/pm", "/P", "/p"].iter().find_map(|marker| rest.strip_prefix(marker))
}

/// Facts about a section.
#[derive(Debug, Default)]
struct Section {
    is_date: bool,
    is_time: bool,
    /// `m`: months, or minutes where there are hours or seconds.
    has_m: bool,
    is_duration: bool,
    /// Digit placeholders from the first `0` on.
    digits: usize,
    /// Text before the placeholders.
    prefix: String,
    /// Whether there is anything other than the prefix, placeholders and blanks between them.
    is_mixed: bool,
    /// A word that is not a date unit.
    has_word: bool,
    /// Digit placeholders that are not fractions of seconds.
    has_digits: bool,
    /// How much of what must precede fractions of seconds has just been read: the seconds, then their decimal sign.
    seconds_read: u8,
}

impl Section {
    fn text(&mut self, text: &str) {
        self.seconds_read = if self.seconds_read == 1 && matches!(text, "." | ",") { 2 } else { 0 };
        if self.digits == 0 && !(self.prefix.is_empty() && text.trim().is_empty()) {
            self.prefix.push_str(text);
        }
        self.is_mixed |= self.digits > 0 && !text.trim().is_empty();
    }

    /// Whether the text before the digits belongs to an identifier rather than to an amount.
    fn has_identifier(&self) -> bool {
        const BYTES_MAX: usize = 32;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
        self.prefix.len() <= BYTES_MAX
            && self.prefix.contains(char::is_alphanumeric)
            && self.prefix.chars().all(is_part)
    }

    fn bracket(&mut self, inner: &str) {
        let is_unit = |unit: char| !inner.is_empty() && inner.chars().all(|c| c.eq_ignore_ascii_case(&unit));
        self.is_duration |= ['h', 'm', 's'].into_iter().any(is_unit);
        self.seconds_read = u8::from(is_unit('s'));
        // Conditions select sections; colours and locales do not affect digits.
        self.is_mixed |= inner.starts_with(['<', '>', '=']);
    }

    /// Adjacent letters: units of a date, or a word.
    fn letters(&mut self, first: char, others: &str) {
        // Units in English, East Asian calendars (`ggge`), French, German and related languages.
        const UNITS: &str = "ymdhsegbjat";
        let mut letters = std::iter::once(first).chain(others.chars()).map(|letter| letter.to_ascii_lowercase());
        // One repeated letter is a unit in some language (`rrrr`).
        let is_one_unit = letters.clone().all(|letter| letter.eq_ignore_ascii_case(&first));
        self.has_word |= !is_one_unit && letters.clone().any(|letter| !UNITS.contains(letter));
        self.is_mixed = true;
        self.seconds_read = u8::from(letters.clone().next_back() == Some('s'));
        self.is_date |= letters.clone().any(|letter| matches!(letter, 'd' | 'y'));
        self.is_time |= letters.clone().any(|letter| matches!(letter, 'h' | 's'));
        self.has_m |= letters.any(|letter| letter == 'm');
    }

    fn character(&mut self, character: char) {
        let is_fraction = self.seconds_read == 2;
        match character {
            '.' | ',' if self.seconds_read == 1 => {
                (self.seconds_read, self.is_mixed) = (2, true);
                return;
            }
            '0' if is_fraction => return,
            '0' => self.digits += 1,
            '#' | '?' => self.digits += usize::from(self.digits > 0),
            ' ' | '\u{a0}' | '\u{202f}' => {}
            _ => self.is_mixed = true,
        }
        self.has_digits |= matches!(character, '0' | '#' | '?');
        self.seconds_read = 0;
    }

    fn format(&self) -> NumberFormat {
        let is_moment = !self.has_word && !self.has_digits;
        match (self.is_duration && is_moment, self.is_date && is_moment, self.is_time && is_moment) {
            (true, ..) => NumberFormat::Duration,
            (_, true, _) => NumberFormat::Date,
            (_, _, true) => NumberFormat::Time,
            _ if self.has_m && is_moment => NumberFormat::Date,
            // Padding to more digits than any number has is not that of an identifier.
            _ if self.is_mixed || !(2..=32).contains(&self.digits) => NumberFormat::Other,
            _ if self.prefix.is_empty() => NumberFormat::ZeroPadded { digits: self.digits as u8 },
            _ if self.has_identifier() => NumberFormat::Prefixed { digits: self.digits as u8, prefix: 0 },
            _ => NumberFormat::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes_parse() {
        let padded = |digits| NumberFormat::ZeroPadded { digits };
        let prefixed = |digits| NumberFormat::Prefixed { digits, prefix: 0 };
        let (other, date, time) = (NumberFormat::Other, NumberFormat::Date, NumberFormat::Time);
        for (code, expected) in [
            ("General", other),
            ("0", other),
            ("@", other),
            ("#,##0.00", other),
            ("# ##0", other),
            ("0.00E+00", other),
            ("00%", other),
            ("#,##0*y", other),
            ("#,##0\\ [$\u{20bd}-46D]", other),
            ("\"n° \"00\" h\"", other),
            ("[$-411]ggge\"年\"m\"月\"d\"日\";@", date),
            ("\"Y: \"0.00\"m\";@", other),
            ("[>=100][Magenta]00", other),
            ("\\Y000000", prefixed(6)),
            ("\"F-\" 00000", prefixed(5)),
            ("\"€ \"00", other),
            ("\"F\"0", other),
            ("\"F\"00\"x\"", other),
            ("\" \"00", padded(2)),
            ("0_ ;[Red]\\-0\\ ", other),
            ("00000", padded(5)),
            ("000\\ 000\\ 000\\ 00000", padded(14)),
            ("0#\" \"##\" \"##\" \"##\" \"##", padded(10)),
            ("[Red]00;@", padded(2)),
            ("DD/MM/YY", date),
            ("yyyy\\-mm\\-dd;@", date),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", date),
            ("mmm", date),
            ("m/d/yy h:mm", date),
            ("H:MM:SS;@", time),
            ("mm:ss.0", time),
            ("ha/p", time),
            ("[$-F400]h:mm:ss AM/PM", time),
            ("[h]:mm:ss", NumberFormat::Duration),
            ("[Blue]\\+[mm]", NumberFormat::Duration),
            ("[ss].00", NumberFormat::Duration),
            ("[h]:mm:ss,000", NumberFormat::Duration),
            ("Standard", other),
            ("Yleinen", other),
            ("Normál", other),
            ("Général", other),
            ("0 jours", other),
            ("# ##0 DH", other),
            ("#,##0 USD", other),
            ("#,##0.00 Mad", other),
            ("0\\ days", other),
            ("0.0 h", other),
            ("0h", other),
            ("GENERAL", other),
            ("jj/mm/aaaa", date),
            ("aaaammjj", date),
            ("TT.MM.JJJJ", date),
            ("rrrr-mm-dd", date),
            ("yyyymmdd", date),
            ("yyyy年m月d日", date),
            ("hhmmss", time),
            ("h\"h\"mm", time),
            ("h:mm:ss.000", time),
            ("h:mm am/pm", time),
        ] {
            assert_eq!(NumberFormat::read(code).0, expected, "{code}");
        }
        assert_eq!(NumberFormat::read("\\F\"RN \"\\ 000").1, "FRN  ");
    }
}
