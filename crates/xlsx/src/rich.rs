//! The text of an element: `v`, `t`, and the rich text of `is` and `si`, whose runs are joined and whose phonetic
//! readings (`rPh`) are omitted. Whitespace is preserved regardless of `xml:space`: trimming is the caller's task.

use std::ops::Range;

use crate::error::{FlawKind, FormatViolation};
use crate::xml::text::{Form, decode, is_encoded, literal};
use crate::xml::token::{Cursor, Token};

/// Where an element's text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextPlace {
    /// A slice of the input.
    Input(Range<usize>),
    /// Decoded, in the given scratch buffer.
    Scratch,
}

/// The text of an element without children, whose start tag was the last token; `None` if it is incomplete.
#[inline]
pub(crate) fn plain(
    cursor: &mut Cursor<'_>,
    form: Form,
    out: &mut String,
) -> Result<Option<TextPlace>, FormatViolation> {
    let begin = *cursor;
    let start = cursor.position();
    match cursor.next()? {
        None => return Ok(None),
        Some(Token::End(_)) => return Ok(Some(TextPlace::Input(start..start))),
        Some(Token::Text(raw)) if !is_encoded(raw, form) => match cursor.next()? {
            None => return Ok(None),
            // A comment before the text would shift it; then the end tag is not at the expected offset.
            Some(Token::End(_)) if begin.rest().starts_with(raw) => {
                return Ok(Some(TextPlace::Input(start..start + raw.len())));
            }
            Some(_) => {}
        },
        Some(_) => {}
    }
    *cursor = begin;
    Ok(gather(cursor, form, |_, depth| depth == 1, out)?.map(|()| TextPlace::Scratch))
}

/// The text of `is` or `si`, whose start tag was the last token; `None` if it is incomplete.
#[inline]
pub(crate) fn rich(cursor: &mut Cursor<'_>, out: &mut String) -> Result<Option<TextPlace>, FormatViolation> {
    let begin = *cursor;
    match cursor.next()? {
        None => return Ok(None),
        Some(Token::Start(tag)) if tag.name == b"t" && !tag.is_empty => {
            let place = plain(cursor, Form::Escaped, out)?;
            match cursor.next()? {
                None => return Ok(None),
                Some(Token::End(_)) => return Ok(place),
                Some(_) => {}
            }
        }
        Some(Token::End(_)) => return Ok(Some(TextPlace::Input(cursor.position()..cursor.position()))),
        Some(_) => {}
    }
    *cursor = begin;
    let mut phonetic = None;
    let mut text = None;
    let is_selected = |token: &Token<'_>, depth: usize| {
        match token {
            Token::Start(tag) if tag.name == b"rPh" && phonetic.is_none() => phonetic = Some(depth),
            Token::Start(tag) if tag.name == b"t" && text.is_none() => text = Some(depth),
            Token::End(_) if phonetic == Some(depth) => phonetic = None,
            Token::End(_) if text == Some(depth) => text = None,
            _ => {}
        }
        text.is_some() && phonetic.is_none()
    };
    Ok(gather(cursor, Form::Escaped, is_selected, out)?.map(|()| TextPlace::Scratch))
}

/// Skips the rest of an element whose start tag was the last token; `None` if it is incomplete.
pub(crate) fn skip(cursor: &mut Cursor<'_>) -> Result<Option<()>, FormatViolation> {
    let mut depth = 1_usize;
    while depth > 0 {
        match cursor.next()? {
            None => return Ok(None),
            Some(Token::Start(tag)) => depth += usize::from(!tag.is_empty),
            Some(Token::End(_)) => depth -= 1,
            Some(_) => {}
        }
    }
    Ok(Some(()))
}

/// Replaces `out` with the selected texts of an element. `is_selected` sees every token of the element that has
/// children, and the number of elements around what the token contains or closes.
fn gather(
    cursor: &mut Cursor<'_>,
    form: Form,
    mut is_selected: impl FnMut(&Token<'_>, usize) -> bool,
    out: &mut String,
) -> Result<Option<()>, FormatViolation> {
    out.clear();
    let mut depth = 1_usize;
    loop {
        let at = cursor.position();
        let Some(token) = cursor.next()? else { return Ok(None) };
        let flaw = |kind: FlawKind| kind.at(at);
        match &token {
            Token::Start(tag) if tag.is_empty => {}
            Token::Start(_) => {
                depth += 1;
                is_selected(&token, depth);
            }
            Token::End(_) => {
                is_selected(&token, depth);
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(()));
                }
            }
            Token::Text(raw) if is_selected(&token, depth) => decode(raw, form, out).map_err(flaw)?,
            Token::Literal(raw) if is_selected(&token, depth) => literal(raw, form, out).map_err(flaw)?,
            Token::Text(_) | Token::Literal(_) => {}
        }
    }
}
