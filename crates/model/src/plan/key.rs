//! Key expressions: `siren`, `name[0:4] + postcode`.
//!
//! ```text
//! expression = part { "+" part }
//! part       = field [ "[" [from] ":" [to] "]" ]
//! ```
//!
//! `from` and `to` count characters from 0, `to` is exclusive; they default to the start and the end. A shorter value
//! gives the characters that it has. A row with a missing or empty part has no key. A field with several alternatives
//! gives a key for each.

use std::fmt;

use crate::columns;

/// Maximum number of keys of a row or entry: several alternatives in several parts multiply.
pub const KEYS_MAX: usize = 64;
/// Separates the parts of a key, so that `ab` + `c` differs from `a` + `bc` (U+001E, the ASCII record separator).
const PART: char = '\u{1e}';

/// How a key is computed from fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyExpression {
    /// The parts, at least one.
    pub parts: Vec<KeyPart>,
}

/// A field, or a range of its characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The field.
    pub field: String,
    /// The first character, from 0.
    pub from: usize,
    /// The character after the last; `None` for the end.
    pub to: Option<usize>,
}

/// An invalid key expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is no part of a key: a field (`postcode`) or some of its characters (`name[0:4]`), joined by `+`")]
pub struct KeyError {
    /// The part at fault.
    pub part: String,
}

impl KeyExpression {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// The first invalid part.
    pub fn parse(text: &str) -> Result<KeyExpression, KeyError> {
        let part = |part: &str| KeyPart::parse(part.trim()).ok_or_else(|| KeyError { part: part.trim().to_owned() });
        Ok(KeyExpression { parts: text.split('+').map(part).collect::<Result<_, _>>()? })
    }

    /// The field, if the expression is just a field.
    pub fn field(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [KeyPart { field, from: 0, to: None }] => Some(field),
            _ => None,
        }
    }

    /// Calls `visit` with each key composed of the cells of the parts, which are in order.
    pub fn visit(&self, cells: &[Option<&str>], mut visit: impl FnMut(&str)) {
        if let (Some(_), [Some(cell)]) = (self.field(), cells) {
            columns::alternatives(cell).for_each(visit);
            return;
        }
        let mut keys: Vec<String> = vec![String::new()];
        for (number, part) in self.parts.iter().enumerate() {
            let cell = cells.get(number).copied().flatten().unwrap_or("");
            let mut longer = Vec::new();
            for (key, value) in keys.iter().flat_map(|key| columns::alternatives(cell).map(move |value| (key, value))) {
                let value = part.of(value);
                if value.is_empty() || longer.len() == KEYS_MAX {
                    continue;
                }
                let mut key = key.clone();
                if number > 0 {
                    key.push(PART);
                }
                key.push_str(value);
                longer.push(key);
            }
            keys = longer;
        }
        keys.sort_unstable();
        keys.dedup();
        keys.iter().for_each(|key| visit(key));
    }
}

impl KeyPart {
    fn parse(text: &str) -> Option<KeyPart> {
        let is_field = |name: &str| {
            !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
        };
        let Some((field, range)) = text.split_once('[') else {
            return is_field(text).then(|| KeyPart { field: text.to_owned(), from: 0, to: None });
        };
        let (from, to) = range.strip_suffix(']')?.split_once(':')?;
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let from = if from.trim().is_empty() { 0 } else { number(from)? };
        let to = if to.trim().is_empty() { None } else { Some(number(to)?) };
        let field = field.trim_end();
        (is_field(field) && to.is_none_or(|to| to > from)).then(|| KeyPart { field: field.to_owned(), from, to })
    }

    /// The range of characters of a value that count.
    fn of<'a>(&self, value: &'a str) -> &'a str {
        let byte = |characters: usize| value.char_indices().nth(characters).map_or(value.len(), |(at, _)| at);
        value.get(byte(self.from)..self.to.map_or(value.len(), byte)).unwrap_or("")
    }
}

impl fmt::Display for KeyExpression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                out.write_str(" + ")?;
            }
            out.write_str(&part.field)?;
            match (part.from, part.to) {
                (0, None) => {}
                (from, None) => write!(out, "[{from}:]")?,
                (from, Some(to)) => write!(out, "[{from}:{to}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(expression: &str, cells: &[Option<&str>]) -> Vec<String> {
        let mut keys = Vec::new();
        KeyExpression::parse(expression).unwrap().visit(cells, |key| keys.push(key.replace(PART, "/")));
        keys
    }

    #[test]
    fn keys_are_composed_of_parts() {
        type Case<'a> = (&'a str, &'a [Option<&'a str>], &'a [&'a str]);
        let cases: [Case<'_>; 9] = [
            ("siren", &[Some("732829320")], &["732829320"]),
            ("siret[0:9]", &[Some("73282932000074")], &["732829320"]),
            ("name[0:4] + postcode", &[Some("étienne"), Some("42000")], &["étie/42000"]),
            ("name[:2]+name[ 2 : ]", &[Some("abcd"), Some("abcd")], &["ab/cd"]),
            ("name[0:9]", &[Some("abc")], &["abc"]),
            ("name[3:9]", &[Some("abc")], &[]),
            ("name + town", &[Some("abc"), None], &[]),
            ("name[0:1] + town", &[Some("ab\u{1f}ac\u{1f}b"), Some("x\u{1f}y")], &["a/x", "a/y", "b/x", "b/y"]),
            ("name", &[None], &[]),
        ];
        for (expression, cells, wanted) in cases {
            assert_eq!(keys(expression, cells), wanted, "{expression}");
        }
        let many = (0..20).map(|number| number.to_string()).collect::<Vec<_>>().join("\u{1f}");
        assert_eq!(keys("a + b", &[Some(&many), Some(&many)]).len(), KEYS_MAX);
    }

    #[test]
    fn expressions_round_trip() {
        for text in ["siren", "name[0:4] + postcode", "a[2:] + b[1:3] + c"] {
            assert_eq!(KeyExpression::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(KeyExpression::parse("siren").unwrap().field(), Some("siren"));
        assert_eq!(KeyExpression::parse("siren[0:3]").unwrap().field(), None);
        let faults =
            [("", ""), ("a +", ""), ("a b", "a b"), ("a[4]", "a[4]"), ("a[3:2]", "a[3:2]"), ("a + b[x:2]", "b[x:2]")];
        for (text, part) in faults {
            assert_eq!(KeyExpression::parse(text).unwrap_err().part, part, "{text}");
        }
    }
}
