//! The forms in which nearly all cells and shared strings are written, read without tokens.
//!
//! `None` says nothing about the bytes but that they have another form, or are cut: the general reading, by tokens,
//! then decides. What is read here is what that reading gives; a property test holds the two together.

use memchr::memchr;

use crate::reference;
use crate::sheet::Type;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quick<'a> {
    /// From 1 and from 0.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) style: u32,
    pub(crate) kind: Type,
    /// As it stands, perhaps coded; `None` for a cell without a value.
    pub(crate) raw: Option<&'a [u8]>,
    /// The bytes between the value and `rest`.
    pub(crate) end_bytes: usize,
    pub(crate) rest: &'a [u8],
}

/// `<c r="A1" s="1" t="s"><v>0</v></c>`, attributes in any order, or the same with `<is><t>` for inline strings.
#[inline]
pub(crate) fn cell(input: &[u8]) -> Option<Quick<'_>> {
    let mut rest = input.strip_prefix(b"<c ")?;
    let mut quick = Quick { place: None, style: 0, kind: Type::Number, raw: None, end_bytes: 0, rest };
    loop {
        let [name, b'=', b'"', value @ ..] = rest else { return None };
        rest = match name {
            b'r' => {
                let (place, rest) = reference::read(value)?;
                quick.place = Some(place);
                rest
            }
            b's' => {
                let (style, rest) = reference::read_integer(value)?;
                quick.style = style;
                rest
            }
            b't' => {
                let end = value.iter().position(|byte| *byte == b'"')?;
                quick.kind = Type::read(value.get(..end)?);
                value.get(end..)?
            }
            _ => return None,
        };
        rest = match rest {
            [b'"', b' ', rest @ ..] => rest,
            [b'"', b'>', rest @ ..] => {
                let (raw, end_bytes, rest) = cell_value(quick.kind, rest)?;
                return Some(Quick { raw: Some(raw), end_bytes, rest, ..quick });
            }
            [b'"', b'/', b'>', rest @ ..] => return Some(Quick { rest, ..quick }),
            _ => return None,
        };
    }
}

/// `<si><t>text</t></si>`: the raw text, and what follows.
#[inline]
pub(crate) fn shared_string(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text_start(input.strip_prefix(b"<si>")?)?;
    let (raw, rest) = body.split_at_checked(memchr(b'<', body)?)?;
    Some((raw, rest.strip_prefix(b"</t></si>")?))
}

#[inline]
fn cell_value(kind: Type, body: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let (body, length, end): (_, _, &[u8]) = if kind == Type::Inline {
        let body = text_start(body.strip_prefix(b"<is>")?)?;
        (body, memchr(b'<', body)?, b"</t></is></c>")
    } else {
        let body = body.strip_prefix(b"<v>")?;
        // Mostly a few digits: a search that starts at once.
        (body, body.iter().position(|byte| *byte == b'<')?, b"</v></c>")
    };
    let (raw, rest) = body.split_at_checked(length)?;
    Some((raw, end.len(), rest.strip_prefix(end)?))
}

#[inline]
fn text_start(input: &[u8]) -> Option<&[u8]> {
    input.strip_prefix(b"<t>").or_else(|| input.strip_prefix(b"<t xml:space=\"preserve\">"))
}
