//! Decoding of text: entities, line ends and `_xHHHH_` escapes.
//!
//! Decoding only fails for bytes that are not UTF-8: an invalid entity remains as written, so that nothing is lost from
//! files whose writers forgot to escape.

use memchr::{memchr, memchr2, memchr3};

use crate::error::FlawKind;
use crate::limits::NAME_BYTES_MAX;

/// Whether `_xHHHH_` in a text encodes a UTF-16 unit (ECMA-376, ST_Xstring).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Numbers, names, attributes.
    Plain,
    /// What people typed into cells.
    Escaped,
}

/// Whether [`decode`] would change the text.
#[inline]
pub(crate) fn is_encoded(raw: &[u8], form: Form) -> bool {
    match form {
        Form::Plain => memchr2(b'&', b'\r', raw).is_some(),
        Form::Escaped => memchr3(b'&', b'\r', b'_', raw).is_some(),
    }
}

/// The longest prefix of `input` that is valid UTF-8.
pub(crate) fn valid(input: &[u8]) -> &str {
    simdutf8::basic::from_utf8(input).unwrap_or_else(|_| match std::str::from_utf8(input) {
        Ok(text) => text,
        Err(error) => input.get(..error.valid_up_to()).and_then(|start| std::str::from_utf8(start).ok()).unwrap_or(""),
    })
}

/// Decodes raw XML text and appends it.
pub(crate) fn decode(raw: &[u8], form: Form, out: &mut String) -> Result<(), FlawKind> {
    decode_text(std::str::from_utf8(raw).map_err(|_| FlawKind::Utf8)?, form, out);
    Ok(())
}

/// Decodes raw XML text that is known to be UTF-8 and appends it.
pub(crate) fn decode_text(raw: &str, form: Form, out: &mut String) {
    let (mut rest, start) = (raw, out.len());
    while let Some((before, after)) = memchr2(b'&', b'\r', rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        rest = match after.strip_prefix('\r') {
            Some(after) => {
                out.push('\n');
                after.strip_prefix('\n').unwrap_or(after)
            }
            None => entity(after, out),
        };
    }
    out.push_str(rest);
    if form == Form::Escaped {
        unescape(start, out);
    }
}

/// Appends text without entities (CDATA).
pub(crate) fn literal(raw: &[u8], form: Form, out: &mut String) -> Result<(), FlawKind> {
    let start = out.len();
    out.push_str(std::str::from_utf8(raw).map_err(|_| FlawKind::Utf8)?);
    if form == Form::Escaped {
        unescape(start, out);
    }
    Ok(())
}

/// The text of an attribute's raw value.
pub(crate) fn attribute(raw: &[u8]) -> Result<String, FlawKind> {
    let mut out = String::new();
    decode(raw, Form::Plain, &mut out)?;
    Ok(out)
}

/// The text of an attribute that is a name.
pub(crate) fn name(raw: &[u8]) -> Result<String, FlawKind> {
    if raw.len() > NAME_BYTES_MAX { Err(FlawKind::NameTooLong) } else { attribute(raw) }
}

/// Appends the character of the entity at the start of `text`; returns the text after the entity.
fn entity<'a>(text: &'a str, out: &mut String) -> &'a str {
    // `&#x10FFFF;`
    const LENGTH_MAX: usize = 10;
    let found = text.bytes().take(LENGTH_MAX).position(|byte| byte == b';').and_then(|end| {
        let name = text.get(1..end)?;
        let character = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        };
        Some((character, text.get(end + 1..)?))
    });
    let (character, rest) = found.unwrap_or(('&', text.strip_prefix('&').unwrap_or(text)));
    out.push(character);
    rest
}

/// Decodes `_xHHHH_` in `out` from `start`. A lone surrogate remains as written.
fn unescape(start: usize, out: &mut String) {
    let Some(escaped) = out.get(start..).filter(|text| memchr(b'_', text.as_bytes()).is_some()) else { return };
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.find("_x").and_then(|at| rest.split_at_checked(at)) {
        text.push_str(before);
        rest = match character(after) {
            Some((character, after)) => {
                text.push(character);
                after
            }
            None => {
                text.push('_');
                after.strip_prefix('_').unwrap_or(after)
            }
        };
    }
    text.push_str(rest);
    out.truncate(start);
    out.push_str(&text);
}

fn character(text: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(text)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, rest));
    }
    let (second, rest) = unit(rest)?;
    let mut pair = char::decode_utf16([first, second]);
    pair.next()?.ok().map(|character| (character, rest))
}

/// The UTF-16 unit of the `_xHHHH_` at the start of `text`.
fn unit(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("_x")?;
    let (digits, rest) = digits.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((unit, rest.strip_prefix('_')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded() {
        for (raw, plain, escaped) in [
            ("a&lt;b&gt;&amp;&quot;&apos;", "a<b>&\"'", "a<b>&\"'"),
            ("&#233;&#xE9;&#x1F600;", "éé😀", "éé😀"),
            ("A & B &nbsp; &#xD800; &#; &", "A & B &nbsp; &#xD800; &#; &", "A & B &nbsp; &#xD800; &#; &"),
            ("a\r\nb\rc&#13;d", "a\nb\nc\rd", "a\nb\nc\rd"),
            ("a_x000D_b_x000a_", "a_x000D_b_x000a_", "a\rb\n"),
            ("_x005F_x000D_", "_x005F_x000D_", "_x000D_"),
            ("_xD83D__xDE00__xD83D_!", "_xD83D__xDE00__xD83D_!", "😀_xD83D_!"),
            ("_x+00D_ _x00_ _xyz __x0041_", "_x+00D_ _x00_ _xyz __x0041_", "_x+00D_ _x00_ _xyz _A"),
        ] {
            let mut out = String::from(">");
            decode(raw.as_bytes(), Form::Plain, &mut out).unwrap();
            decode(raw.as_bytes(), Form::Escaped, &mut out).unwrap();
            assert_eq!(out, format!(">{plain}{escaped}"), "{raw}");
            let is_equal = raw == escaped;
            assert!(is_equal || is_encoded(raw.as_bytes(), Form::Escaped), "{raw}");
        }
        assert_eq!(decode(b"\xff", Form::Plain, &mut String::new()), Err(FlawKind::Utf8));
    }
}
