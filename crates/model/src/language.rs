//! The language of texts for people: reasons, headings and workbooks. It never affects which entry a row is matched
//! with.

use serde::Serialize;

/// A language that results are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

/// The properties of a language.
struct LanguageFacts {
    code: &'static str,
    description: &'static str,
    /// Between groups of three digits.
    group_separator: char,
    /// Whether nouns after 0 are in the singular.
    is_0_singular: bool,
}

/// The environment variables with the locale of messages, the most specific one first.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// All languages.
    pub const ALL: [Language; 2] = [Language::English, Language::French];

    /// The table of languages and their properties.
    const fn facts(self) -> LanguageFacts {
        match self {
            Language::English => {
                LanguageFacts { code: "en", description: "English.", group_separator: ',', is_0_singular: false }
            }
            Language::French => {
                LanguageFacts { code: "fr", description: "French.", group_separator: '\u{a0}', is_0_singular: true }
            }
        }
    }

    /// Its ISO 639-1 code, the keyword in pipelines.
    pub const fn code(self) -> &'static str {
        self.facts().code
    }

    /// Its description in the reference documentation.
    pub const fn description(self) -> &'static str {
        self.facts().description
    }

    /// A number with its digits in groups of three: `1,234,567`.
    pub fn grouped(self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(self.facts().group_separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// The form that a number needs: that of one, or that of several.
    pub fn form_of<T>(self, number: u64, one: T, several: T) -> T {
        let is_one = number == 1 || number == 0 && self.facts().is_0_singular;
        if is_one { one } else { several }
    }

    /// A number with the noun that follows it: `1 row`, `2 rows`.
    pub fn count(self, number: u64, one: &str, several: &str) -> String {
        format!("{number} {}", self.form_of(number, one, several))
    }

    /// The language of a POSIX locale (`fr_FR.UTF-8`), if supported.
    pub fn from_locale(locale: &str) -> Option<Language> {
        let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// The language of the environment that `variable` reads: that of the first locale variable with a value, otherwise
    /// English.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
        let locale = LOCALE_VARIABLES.into_iter().filter_map(variable).find(|locale| !locale.is_empty());
        locale.and_then(|locale| Language::from_locale(&locale)).unwrap_or_default()
    }
}

/// A text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// In English.
    pub en: &'static str,
    /// In French.
    pub fr: &'static str,
}

impl Label {
    /// The text in a language.
    pub fn get(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::French => self.fr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_determines_the_language() {
        for (locale, language) in [
            ("fr", Some(Language::French)),
            ("fr_FR.UTF-8", Some(Language::French)),
            ("fr-CA", Some(Language::French)),
            ("en_GB", Some(Language::English)),
            ("C", None),
            ("POSIX", None),
            ("frp_IT", None),
            ("", None),
        ] {
            assert_eq!(Language::from_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn digits_are_in_groups_of_three() {
        for (number, english, french) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1\u{a0}000"),
            (12_345_678, "12,345,678", "12\u{a0}345\u{a0}678"),
        ] {
            assert_eq!(Language::English.grouped(number), english);
            assert_eq!(Language::French.grouped(number), french);
        }
    }

    #[test]
    fn nouns_agree_with_their_number() {
        for (number, english, french) in [(0, "0 rows", "0 ligne"), (1, "1 row", "1 ligne"), (2, "2 rows", "2 lignes")]
        {
            assert_eq!(Language::English.count(number, "row", "rows"), english);
            assert_eq!(Language::French.count(number, "ligne", "lignes"), french);
        }
    }

    #[test]
    fn the_first_variable_with_a_value_counts() {
        let language = |variables: &[(&str, &str)]| {
            Language::from_environment(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(language(&[]), Language::English);
        assert_eq!(language(&[("LANG", "fr_FR.UTF-8")]), Language::French);
        assert_eq!(language(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(language(&[("LANG", "en_US"), ("LC_MESSAGES", "fr_FR"), ("LC_ALL", "")]), Language::French);
        assert_eq!(language(&[("LANG", "de_DE.UTF-8")]), Language::English);
    }
}
