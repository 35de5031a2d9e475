//! Number formats: which numbers are dates, times or padded with zeros. Only a format's first section counts.

/// What a number format makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberFormat {
    /// A number.
    #[default]
    Other,
    /// A day, with a time perhaps.
    Date,
    /// A time of day.
    Time,
    /// Hours, minutes or seconds that go on beyond a day (`[h]:mm`).
    Duration,
    /// A whole number shown with at least so many digits (`00000`).
    ZeroPadded {
        /// At least 2.
        digits: u8,
    },
    /// The same behind a text that makes it an identifier (`"F"00000`).
    Prefixed {
        /// At least 2.
        digits: u8,
        /// The text: [`crate::Styles::prefix`].
        prefix: u16,
    },
}

impl NumberFormat {
    /// The format of an id that needs no code (ECMA-376, 18.8.30; 27 to 36 and 50 to 58 are East Asian dates).
    pub fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => NumberFormat::Date,
            18..=21 | 32..=35 | 45 | 47 | 55 | 56 => NumberFormat::Time,
            46 => NumberFormat::Duration,
            _ => NumberFormat::Other,
        }
    }

    /// The format of a code, and the text of a [`NumberFormat::Prefixed`], whose number is left open.
    pub(crate) fn read(code: &str) -> (Self, String) {
        let mut section = Section::default();
        let mut rest = code.chars();
        while let Some(character) = rest.next() {
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
                'A' | 'a' if is_am_pm(rest.as_str()) => section.is_time = true,
                other => section.character(other),
            }
        }
        (section.format(), section.prefix)
    }
}

/// `AM/PM` or `A/P` without its first letter.
fn is_am_pm(rest: &str) -> bool {
    ["M/P", "m/p", "/P", "/p"].iter().any(|marker| rest.starts_with(marker))
}

/// What is known of a section.
#[derive(Debug, Default)]
struct Section {
    is_date: bool,
    is_time: bool,
    /// Months, or minutes where there are hours or seconds.
    has_m: bool,
    is_duration: bool,
    /// Digits from the first `0` on.
    digits: usize,
    /// Text before them.
    prefix: String,
    /// Anything but that, digits and blanks between them.
    is_mixed: bool,
}

impl Section {
    fn text(&mut self, text: &str) {
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
        // Conditions choose sections; colours and locales change no digit.
        self.is_mixed |= inner.starts_with(['<', '>', '=']);
    }

    fn character(&mut self, character: char) {
        match character.to_ascii_lowercase() {
            'd' | 'y' => self.is_date = true,
            'h' | 's' => self.is_time = true,
            'm' => self.has_m = true,
            '0' => self.digits += 1,
            '#' | '?' => self.digits += usize::from(self.digits > 0),
            ' ' | '\u{a0}' | '\u{202f}' => {}
            _ => self.is_mixed = true,
        }
    }

    fn format(&self) -> NumberFormat {
        match (self.is_duration, self.is_date, self.is_time) {
            (true, ..) => NumberFormat::Duration,
            (_, true, _) => NumberFormat::Date,
            (_, _, true) => NumberFormat::Time,
            _ if self.has_m => NumberFormat::Date,
            // More digits than any number has are no padding that an identifier needs.
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
    fn codes_are_read() {
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
        ] {
            assert_eq!(NumberFormat::read(code).0, expected, "{code}");
        }
        assert_eq!(NumberFormat::read("\\F\"RN \"\\ 000").1, "FRN  ");
    }
}
