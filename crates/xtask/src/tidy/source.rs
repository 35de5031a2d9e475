//! Rust text without comments and literals, and the elements that the rules look for in it.
//!
//! **Invariants.** [`blank`] keeps every line and column: offsets into its result are valid for the original text.

/// The text with comments and the contents of literals replaced by spaces.
pub(super) fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(character) = rest.chars().next() {
        let length = comment(rest).or_else(|| literal(rest, before)).unwrap_or(0);
        if length == 0 {
            out.push(character);
            before = character;
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (skipped, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        // One byte per byte, so that offsets are kept; lines are kept too.
        out.extend(skipped.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        before = ' ';
        rest = after;
    }
    out
}

/// The length of the comment that the text starts with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..) {
        let step = match rest {
            "" => break,
            _ if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            _ if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// The length of the string or character literal at the start of the text; `before` is the preceding character.
fn literal(text: &str, before: char) -> Option<usize> {
    if !is_word(before) {
        let raw = text.strip_prefix('b').or_else(|| text.strip_prefix('c')).unwrap_or(text);
        if let Some(hashes) = raw.strip_prefix('r') {
            let count = hashes.len() - hashes.trim_start_matches('#').len();
            let open = text.len() - hashes.len() + count;
            if text.get(open..).is_some_and(|rest| rest.starts_with('"')) {
                let close = format!("\"{}", "#".repeat(count));
                let length = text.get(open + 1..)?.find(&close).map(|at| open + 1 + at + close.len());
                return Some(length.unwrap_or(text.len()));
            }
        }
    }
    match text.chars().next()? {
        '"' => Some(escaped(text, '"').unwrap_or(text.len())),
        '\'' => {
            let inner = text.get(1..)?.chars().next()?;
            // A lifetime is not a literal: `'a` has no quote after its first letter.
            let single = text.get(1 + inner.len_utf8()..)?.starts_with('\'');
            if inner == '\\' || single { escaped(text, '\'') } else { None }
        }
        _ => None,
    }
}

/// The length up to the first closing quote that is not escaped.
fn escaped(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return Some(at + 1);
        }
    }
    None
}

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The line of an offset, from 1.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// Every word of blanked code, with its offset.
pub(super) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = code.get(at..)?;
        let start = at + rest.find(is_word)?;
        let tail = code.get(start..)?;
        let word = tail.get(..tail.find(|character| !is_word(character)).unwrap_or(tail.len()))?;
        at = start + word.len();
        Some((start, word))
    })
}

/// The offset after the brace that closes the one at `open`.
pub(super) fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// An inline module: its name and the code between its braces.
pub(super) struct InlineModule<'a> {
    pub(super) name: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The inline modules of a file.
pub(super) fn inline_modules(code: &str) -> Vec<InlineModule<'_>> {
    let found = words(code).filter(|(_, word)| *word == "mod").filter_map(|(at, _)| {
        let (name_at, name) = words(code.get(at + 3..)?).next()?;
        let behind = at + 3 + name_at + name.len();
        let gap = code.get(behind..)?;
        let open = behind + gap.find(|character: char| !character.is_whitespace())?;
        code.get(open..)?.starts_with('{').then(|| InlineModule { name, start: open, end: block_end(code, open) })
    });
    found.collect()
}

/// The code without its unit tests: modules after `#[cfg(test)]` are blanked.
pub(super) fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for module in inline_modules(code) {
        let head = code.get(..module.start).unwrap_or_default();
        let tail = head.get(head.rfind([';', '}']).map_or(0, |at| at + 1)..).unwrap_or_default();
        if tail.contains("#[cfg(test)]") {
            let inside = bytes.get_mut(module.start..module.end).unwrap_or_default();
            inside.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Whether a file only contains tests.
pub(super) fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["/tests/", "/fuzz/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder))
        || path.starts_with("tests/")
        || name == "test.rs" && path.ends_with("/tests/test.rs")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
}
