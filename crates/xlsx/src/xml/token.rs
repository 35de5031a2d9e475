//! XML tokens. A token is complete or absent: a token cut by the end of the bytes is read again with more input.
//!
//! Names are local names: namespace prefixes are ignored. Comments and processing instructions
//! are skipped; document types are rejected.

use memchr::{memchr, memmem};

use crate::error::{FlawKind, FormatViolation};

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name a="b">`, or `<name/>`, which has no end tag.
    Start(Tag<'a>),
    /// `</name>`.
    End(&'a [u8]),
    /// Text up to the next `<`, with entities not decoded.
    Text(&'a [u8]),
    /// The content of a CDATA section.
    Literal(&'a [u8]),
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Without its prefix.
    pub(crate) name: &'a [u8],
    pub(crate) is_empty: bool,
    attributes: &'a [u8],
}

/// A position in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    input: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Cursor { input, position: 0 }
    }

    /// Advances to the start of `rest`, which must be a suffix of what [`Cursor::rest`] returned.
    #[inline]
    pub(crate) fn leave(&mut self, rest: &[u8]) {
        self.position = self.input.len().saturating_sub(rest.len());
    }

    /// The offset of the next token.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// All bytes, including those already read.
    #[inline]
    pub(crate) fn input(&self) -> &'a [u8] {
        self.input
    }

    /// The bytes not yet read.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    /// The next token, or `None` if it is incomplete.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, FormatViolation> {
        loop {
            let rest = self.rest();
            match rest {
                [b'<', b'/', tail @ ..] => {
                    let Some(end) = memchr(b'>', tail) else { return Ok(None) };
                    self.position += end + 3;
                    return Ok(Some(Token::End(local(tail.get(..end).unwrap_or_default().trim_ascii_end()))));
                }
                [b'<', b'!', ..] => match self.declaration(rest)? {
                    Markup::Cut => return Ok(None),
                    Markup::Passed => {}
                    Markup::Literal(literal) => return Ok(Some(Token::Literal(literal))),
                },
                [b'<', b'?', ..] => {
                    let Some(end) = memmem::find(rest, b"?>") else { return Ok(None) };
                    self.position += end + 2;
                }
                [b'<', tail @ ..] => return self.start(tail),
                [] => return Ok(None),
                _ => {
                    let Some(end) = memchr(b'<', rest) else { return Ok(None) };
                    self.position += end;
                    return Ok(rest.get(..end).map(Token::Text));
                }
            }
        }
    }

    #[inline]
    fn start(&mut self, tail: &'a [u8]) -> Result<Option<Token<'a>>, FormatViolation> {
        let mut quote = 0;
        for (end, &byte) in tail.iter().enumerate() {
            match byte {
                b'>' if quote == 0 => {
                    self.position += end + 2;
                    return Ok(Some(Token::Start(Tag::new(tail.get(..end).unwrap_or_default()))));
                }
                b'<' => return Err(FlawKind::Malformed("`<` within a tag").at(self.position)),
                b'"' | b'\'' if quote == 0 => quote = byte,
                _ if byte == quote => quote = 0,
                _ => {}
            }
        }
        Ok(None)
    }

    fn declaration(&mut self, rest: &'a [u8]) -> Result<Markup<'a>, FormatViolation> {
        const CDATA: &[u8] = b"<![CDATA[";
        const DOCTYPE: &[u8] = b"DOCTYPE";
        let until = |end: &[u8], after: usize| {
            rest.get(after..).and_then(|body| memmem::find(body, end)).map(|length| (after + length, end.len()))
        };
        if rest.starts_with(b"<!--") {
            let Some((end, length)) = until(b"-->", 4) else { return Ok(Markup::Cut) };
            self.position += end + length;
            return Ok(Markup::Passed);
        }
        if rest.starts_with(CDATA) {
            let Some((end, length)) = until(b"]]>", CDATA.len()) else { return Ok(Markup::Cut) };
            self.position += end + length;
            return Ok(Markup::Literal(rest.get(CDATA.len()..end).unwrap_or_default()));
        }
        if CDATA.starts_with(rest) || b"<!--".starts_with(rest) {
            return Ok(Markup::Cut);
        }
        let word = rest.get(2..).unwrap_or_default();
        let word = word.get(..DOCTYPE.len()).unwrap_or(word);
        let kind = match DOCTYPE.get(..word.len()) {
            Some(start) if !start.eq_ignore_ascii_case(word) => FlawKind::Malformed("an unknown declaration"),
            _ if word.len() < DOCTYPE.len() => return Ok(Markup::Cut),
            _ => FlawKind::Doctype,
        };
        Err(kind.at(self.position))
    }
}

enum Markup<'a> {
    Cut,
    Passed,
    Literal(&'a [u8]),
}

impl<'a> Tag<'a> {
    /// Parses the bytes between `<` and `>`.
    #[inline]
    fn new(inner: &'a [u8]) -> Self {
        let (inner, is_empty) = match inner {
            [body @ .., b'/'] => (body, true),
            body => (body, false),
        };
        let end = inner.iter().position(u8::is_ascii_whitespace).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(end).unwrap_or((inner, &[]));
        Tag { name: local(name), is_empty, attributes }
    }

    #[inline]
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes)
    }

    /// The raw value of the attribute `name`, prefixed or not.
    pub(crate) fn attribute(&self, name: &[u8]) -> Result<Option<&'a [u8]>, FlawKind> {
        let mut attributes = self.attributes();
        while let Some((found, value)) = attributes.next()? {
            if local(found) == name {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// A name and a raw value.
type Attribute<'a> = (&'a [u8], &'a [u8]);

/// The attributes of a tag: names with their prefix, values not decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Parses the attributes after a tag's name.
    #[inline]
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Attributes { rest }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Attribute<'a>>, FlawKind> {
        const MALFORMED: FlawKind = FlawKind::Malformed("an attribute without a quoted value");
        let rest = self.rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(None);
        }
        let equals = rest.iter().position(|byte| *byte == b'=').ok_or(MALFORMED)?;
        let (name, value) = rest.split_at_checked(equals).ok_or(MALFORMED)?;
        let [b'=', value @ ..] = value else { return Err(MALFORMED) };
        let [quote @ (b'"' | b'\''), value @ ..] = value.trim_ascii_start() else { return Err(MALFORMED) };
        let end = value.iter().position(|byte| byte == quote).ok_or(MALFORMED)?;
        self.rest = value.get(end + 1..).unwrap_or_default();
        Ok(Some((name.trim_ascii_end(), value.get(..end).unwrap_or_default())))
    }
}

/// A name without its prefix.
#[inline]
pub(crate) fn local(name: &[u8]) -> &[u8] {
    match name.iter().position(|byte| *byte == b':') {
        Some(colon) => name.get(colon + 1..).unwrap_or_default(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: &str) -> Result<Vec<String>, FlawKind> {
        let mut cursor = Cursor::new(input.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut found = Vec::new();
        while let Some(token) = cursor.next().map_err(|flaw| flaw.kind)? {
            found.push(match token {
                Token::Start(tag) => {
                    let mut shown = format!("<{}", text(tag.name));
                    let mut attributes = tag.attributes();
                    while let Some((name, value)) = attributes.next()? {
                        shown += &format!(" {}={}", text(name), text(value));
                    }
                    shown + if tag.is_empty { "/>" } else { ">" }
                }
                Token::End(name) => format!("</{}>", text(name)),
                Token::Text(raw) => text(raw),
                Token::Literal(raw) => format!("[{}]", text(raw)),
            });
        }
        Ok(found)
    }

    #[test]
    fn tokens_parse() {
        for (input, expected) in [
            ("<a>b</a >", vec!["<a>", "b", "</a>"]),
            ("<x:a r:id = '1>2' b=\"c/\"/>", vec!["<a r:id=1>2 b=c//>"]),
            ("<?xml v?><!-- <a> --><a\n/>", vec!["<a/>"]),
            ("<![CDATA[<b>]]]><c>", vec!["[<b>]]", "<c>"]),
            ("<a>cut", vec!["<a>"]),
            ("<a><b", vec!["<a>"]),
            ("<![CDA", vec![]),
            ("<!", vec![]),
        ] {
            assert_eq!(tokens(input).unwrap(), expected, "{input}");
        }
    }

    #[test]
    fn invalid_xml_is_refused() {
        for (input, expected) in [
            ("<!DOCTYPE lolz [<!ENTITY a 'b'>]>", FlawKind::Doctype),
            ("<!ELEMENT a>", FlawKind::Malformed("an unknown declaration")),
            ("<a <b>", FlawKind::Malformed("`<` within a tag")),
            ("<a b>", FlawKind::Malformed("an attribute without a quoted value")),
            ("<a b=c>", FlawKind::Malformed("an attribute without a quoted value")),
        ] {
            assert_eq!(tokens(input), Err(expected), "{input}");
        }
    }
}
