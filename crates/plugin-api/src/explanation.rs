//! Evidence: what led to a score, as the JSON object defined by the interface.
//!
//! **Limits.** Texts are truncated to [`TEXT_BYTES_MAX`] bytes, ratios have two digits. No floating-point formatting
//! and no JSON library: a few hundred bytes of code.

/// Maximum number of bytes of a text.
pub const TEXT_BYTES_MAX: usize = 200;

/// Writes the evidence of one pair: a member for each input, with what was compared and what was found.
///
/// ```
/// use matchflow_plugin_api::Explanation;
///
/// let mut text = Vec::new();
/// let mut explanation = Explanation::new(&mut text);
/// explanation.input("name").text("left", b"dupont").text("right", b"dupond").ratio("common", 0.833);
/// explanation.close();
/// assert_eq!(text, br#"{"name":{"left":"dupont","right":"dupond","common":0.83}}"#);
/// ```
pub struct Explanation<'a> {
    text: &'a mut Vec<u8>,
    depth: Depth,
}

#[derive(PartialEq, Eq)]
enum Depth {
    Nothing,
    Input,
}

impl<'a> Explanation<'a> {
    /// Creates an explanation that is appended to `text`.
    pub fn new(text: &'a mut Vec<u8>) -> Self {
        Explanation { text, depth: Depth::Nothing }
    }

    /// Starts the member of an input; the following calls describe it.
    pub fn input(&mut self, name: &str) -> &mut Self {
        self.text.extend_from_slice(match self.depth {
            Depth::Nothing => b"{",
            Depth::Input => b"},",
        });
        self.depth = Depth::Input;
        self.quoted(name.as_bytes());
        self.text.extend_from_slice(b":{");
        self
    }

    /// A text of the input, truncated to [`TEXT_BYTES_MAX`] bytes. Bytes that are not UTF-8 become U+FFFD.
    pub fn text(&mut self, name: &str, value: &[u8]) -> &mut Self {
        self.member(name);
        self.quoted(value);
        self
    }

    /// A number from 0 to 1, with two digits; values outside this range are clamped, NaN is 0.
    pub fn ratio(&mut self, name: &str, value: f32) -> &mut Self {
        self.member(name);
        self.digits(value);
        self
    }

    /// A whole number.
    pub fn count(&mut self, name: &str, value: u64) -> &mut Self {
        self.member(name);
        self.text.extend_from_slice(value.to_string().as_bytes());
        self
    }

    /// A list of texts.
    pub fn list<T: AsRef<[u8]>>(&mut self, name: &str, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.member(name);
        self.text.push(b'[');
        for value in values {
            if self.text.last() != Some(&b'[') {
                self.text.push(b',');
            }
            self.quoted(value.as_ref());
        }
        self.text.push(b']');
        self
    }

    /// Ends the object. An empty explanation remains empty.
    pub fn close(self) {
        if self.depth == Depth::Input {
            self.text.extend_from_slice(b"}}");
        }
    }

    fn member(&mut self, name: &str) {
        if self.text.last() != Some(&b'{') {
            self.text.push(b',');
        }
        self.quoted(name.as_bytes());
        self.text.push(b':');
    }

    fn digits(&mut self, value: f32) {
        let hundredths = (value.clamp(0.0, 1.0) * 100.0 + 0.5) as u32;
        match hundredths {
            0 => self.text.push(b'0'),
            100.. => self.text.push(b'1'),
            _ => {
                let digit = |value: u32| b'0' + (value % 10) as u8;
                self.text.extend_from_slice(&[b'0', b'.', digit(hundredths / 10)]);
                if !hundredths.is_multiple_of(10) {
                    self.text.push(digit(hundredths));
                }
            }
        }
    }

    fn quoted(&mut self, value: &[u8]) {
        let value = value.get(..TEXT_BYTES_MAX).map_or(value, cut);
        self.text.push(b'"');
        for character in String::from_utf8_lossy(value).chars() {
            match character {
                '"' | '\\' => self.text.extend_from_slice(&[b'\\', character as u8]),
                '\0'..='\x1f' => {
                    let hex = |nibble: u32| b"0123456789abcdef".get(nibble as usize).copied().unwrap_or(b'0');
                    let code = u32::from(character);
                    self.text.extend_from_slice(b"\\u00");
                    self.text.extend_from_slice(&[hex(code >> 4), hex(code & 15)]);
                }
                _ => self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.text.push(b'"');
    }
}

/// `value` without an incomplete character at its end.
fn cut(value: &[u8]) -> &[u8] {
    let end = match std::str::from_utf8(value) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => value.len(),
    };
    value.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(say: impl Fn(&mut Explanation<'_>)) -> serde_json::Value {
        let mut text = Vec::new();
        let mut explanation = Explanation::new(&mut text);
        say(&mut explanation);
        explanation.close();
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(&text)))
    }

    #[test]
    fn inputs_follow_each_other() {
        let found = said(|explanation| {
            explanation.input("name").text("left", b"a").list("words", ["x ~ y", "z = z"]);
            explanation.input("town").list("none", [""; 0]).count("edits", 12);
        });
        let expected = serde_json::json!({
            "name": { "left": "a", "words": ["x ~ y", "z = z"] }, "town": { "none": [], "edits": 12 },
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn ratios_have_two_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (0.05, "0.05"),
            (0.994, "0.99"),
            (0.996, "1"),
            (2.0, "1"),
            (-1.0, "0"),
            (f32::NAN, "0"),
        ] {
            let mut text = Vec::new();
            Explanation::new(&mut text).digits(value);
            assert_eq!(String::from_utf8(text).unwrap(), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_make_json(value in prop::collection::vec(any::<u8>(), 0..400), name in "\\PC{0,8}") {
            let found = said(|explanation| { explanation.input(&name).text("left", &value); });
            let text = found[&name]["left"].as_str().unwrap().to_owned();
            let kept = &value[..value.len().min(TEXT_BYTES_MAX)];
            prop_assert!(String::from_utf8_lossy(kept).starts_with(&text));
            if std::str::from_utf8(&value).is_ok() && value.len() <= TEXT_BYTES_MAX {
                prop_assert_eq!(text.as_bytes(), value.as_slice());
            }
        }
    }
}
