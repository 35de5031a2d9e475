//! Secrets: values from the environment, which requests refer to by name.
//!
//! **Invariant:** a value only leaves this module in a header about to be sent; nothing here can print one. If a
//! service repeats a value, verbatim or escaped for JSON or an address, it is replaced by its name; a value that
//! contains another one is replaced first.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::RemoteError;

const OPEN: &str = "{{secret:";
const CLOSE: &str = "}}";
/// Shorter values are not searched for in answers: they occur in any text.
const SCRUBBED_BYTES_MIN: usize = 6;

/// Values by the names of their variables.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// Texts to replace in answers, with their replacements; longest first.
    forms: Vec<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.values.keys()).finish()
    }
}

/// The placeholder of a secret in a header: `{{secret:NAME}}`.
pub fn placeholder(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

impl Secrets {
    /// Looks up the names. Each must have a value that is valid in a header.
    pub fn read<'a>(
        names: impl IntoIterator<Item = &'a str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Secrets, RemoteError> {
        let mut secrets = Secrets::default();
        let mut missing = Vec::new();
        for name in names {
            match variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
                Some(value) if HeaderValue::from_str(&value).is_ok() => {
                    secrets.values.insert(name.to_owned(), value);
                }
                Some(_) => return Err(RemoteError::InvalidSecret { name: name.to_owned() }),
                None if missing.iter().any(|known| known == name) => {}
                None => missing.push(name.to_owned()),
            }
        }
        secrets.forms = forms(&secrets.values);
        if missing.is_empty() { Ok(secrets) } else { Err(RemoteError::MissingSecrets { names: missing }) }
    }

    /// The header's value with its secrets filled in; `None` if one of them is unknown.
    pub(crate) fn header(&self, value: &str) -> Option<HeaderValue> {
        let mut filled = String::with_capacity(value.len());
        let mut rest = value;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (name, after) = after.split_once(CLOSE)?;
            filled.push_str(before);
            filled.push_str(self.values.get(name)?);
            rest = after;
        }
        filled.push_str(rest);
        let mut header = HeaderValue::from_str(&filled).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// The text of a service, with secrets replaced by their names.
    pub(crate) fn scrub(&self, text: Vec<u8>) -> Vec<u8> {
        let mut scrubbed = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some((first, after)) = rest.split_first() {
            let form = self.forms.iter().find_map(|(form, name)| Some((rest.strip_prefix(form.as_slice())?, name)));
            match form {
                Some((after, name)) => {
                    scrubbed.extend_from_slice(name);
                    rest = after;
                }
                None => {
                    scrubbed.push(*first);
                    rest = after;
                }
            }
        }
        scrubbed
    }

    /// [`Secrets::scrub`] for text.
    pub(crate) fn scrub_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.scrub(text.as_bytes().to_vec())).into_owned()
    }
}

/// The names of the secrets that a text refers to.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPEN).skip(1).map(|rest| rest.split_once(CLOSE).map_or(rest, |(name, _)| name))
}

/// The forms in which a service may repeat a value: verbatim, escaped for JSON (with or without `/`), for addresses and
/// for HTML forms.
fn forms(values: &BTreeMap<String, String>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut forms = Vec::new();
    for (name, value) in values.iter().filter(|(_, value)| value.len() >= SCRUBBED_BYTES_MIN) {
        let json = serde_json::Value::from(value.as_str()).to_string();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(&json).to_owned();
        let upper = percent(value, |byte| format!("%{byte:02X}"));
        let lower = percent(value, |byte| format!("%{byte:02x}"));
        let form = upper.replace("%20", "+");
        let escaped = json.replace('/', "\\/");
        for text in [value.clone(), json, escaped, upper, lower, form] {
            forms.push((text.into_bytes(), placeholder(name).into_bytes()));
        }
    }
    forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// The value with all but the unreserved characters of RFC 3986, section 2.3, escaped.
fn percent(value: &str, escaped: impl Fn(u8) -> String) -> String {
    let mut text = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => text.push(char::from(byte)),
            false => text.push_str(&escaped(byte)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let values = [("KEY", "sk-0123456789"), ("SHORT", "ab")];
        let variable = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        Secrets::read(["KEY", "SHORT"], variable).unwrap()
    }

    #[test]
    fn headers_refer_to_secrets_by_name() {
        let header = secrets().header("Bearer {{secret:KEY}}, {{secret:SHORT}}!").unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer sk-0123456789, ab!");
        assert!(header.is_sensitive());
        assert_eq!(secrets().header("{{secret:OTHER}}"), None);
        assert_eq!(secrets().header("{{secret:KEY"), None);
        assert_eq!(names("a {{secret:KEY}} b {{secret:X}}").collect::<Vec<_>>(), ["KEY", "X"]);
    }

    #[test]
    fn a_repeated_value_is_replaced_by_its_name() {
        let said = b"bad key sk-0123456789, sk-0123456789! ab".to_vec();
        let expected = "bad key {{secret:KEY}}, {{secret:KEY}}! ab";
        assert_eq!(String::from_utf8(secrets().scrub(said)).unwrap(), expected);
    }

    #[test]
    fn a_value_that_contains_another_leaves_no_remainder() {
        let values = [("A", "sk-0123"), ("B", "sk-0123456789")];
        let variable = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        let secrets = Secrets::read(["A", "B"], variable).unwrap();
        assert_eq!(secrets.scrub_text("sk-0123456789 sk-01234 sk-012"), "{{secret:B}} {{secret:A}}4 sk-012");
    }

    #[test]
    fn an_escaped_value_is_replaced_too() {
        let secrets = Secrets::read(["KEY"], |_| Some(r#"a/b "c\d+e="#.to_owned())).unwrap();
        let said = [
            r#"a/b "c\d+e="#,
            r#"a/b \"c\\d+e="#,
            r#"a\/b \"c\\d+e="#,
            "a%2Fb%20%22c%5Cd%2Be%3D",
            "a%2fb%20%22c%5cd%2be%3d",
            "a%2Fb+%22c%5Cd%2Be%3D",
        ];
        for said in said {
            assert_eq!(secrets.scrub_text(&format!("<{said}>")), "<{{secret:KEY}}>", "{said}");
        }
    }

    #[test]
    fn nothing_prints_a_value() {
        assert_eq!(format!("{:?}", secrets()), r#"{"KEY", "SHORT"}"#);
    }

    #[test]
    fn missing_and_invalid_variables_are_named_but_not_shown() {
        let error = Secrets::read(["A", "B", "A"], |_| None).unwrap_err().to_string();
        assert!(error.contains("variables `A`, `B`"), "{error}");
        let error = Secrets::read(["A"], |_| Some("hidden\nvalue".to_owned())).unwrap_err().to_string();
        assert!(error.contains("`A`") && !error.contains("hidden"), "{error}");
        assert!(Secrets::read(["A"], |_| Some("  ".to_owned())).is_err(), "a variable of spaces is no secret");
    }
}
