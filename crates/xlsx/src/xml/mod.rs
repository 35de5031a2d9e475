//! The subset of XML that workbooks need: tokens over bytes that may end anywhere, and text with its entities decoded.

pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod utf16;

use crate::error::{FlawKind, FormatViolation};
use token::{Cursor, Token};

/// Passes each token of a complete part to `visit`, with the number of elements around it.
pub(crate) fn walk<'a>(
    input: &'a [u8],
    mut visit: impl FnMut(usize, &Token<'a>) -> Result<(), FlawKind>,
) -> Result<(), FormatViolation> {
    let mut cursor = Cursor::new(input);
    let mut depth = 0_usize;
    loop {
        let at = cursor.position();
        let Some(token) = cursor.next()? else { break };
        if matches!(token, Token::End(_)) {
            depth = depth.checked_sub(1).ok_or(FlawKind::Malformed("an end tag without a start").at(at))?;
        }
        visit(depth, &token).map_err(|kind| kind.at(at))?;
        depth += usize::from(matches!(&token, Token::Start(tag) if !tag.is_empty));
    }
    if depth == 0 { Ok(()) } else { Err(FlawKind::Unfinished.at(cursor.position())) }
}
