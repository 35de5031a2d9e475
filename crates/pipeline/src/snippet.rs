//! The text of a pipeline file as shown in a report: short lines, without terminal control characters.

use matchflow_model::printable::{EXCERPT_CHARS_MAX, excerpt, is_obeyed};

use crate::error::{Place, Source};

/// Characters of a line that are shown.
const LINE_CHARS_MAX: usize = 160;
/// Number of characters shown before the marked place in a longer line.
const LEAD_CHARS: usize = 40;
/// Maximum length of a path in a message, and of any word in help.
const PATH_CHARS_MAX: usize = 300;

/// Puts asterisks in the place of a text that may have a secret.
pub(crate) fn mask(sources: &mut [Source], Place { source, start, end }: Place) {
    let source = sources.get_mut(source).filter(|source| source.text.get(start..end).is_some());
    if let Some(source) = source {
        source.text.replace_range(start..end, &"*".repeat(end - start));
    }
}

/// The text to show. `offsets` are moved to the same places in it.
pub(crate) fn displayed(text: &str, offsets: &mut [usize]) -> String {
    let mut shown = String::with_capacity(text.len().min(1 << 16));
    let mut start = 0;
    let mut moved = vec![None; offsets.len()];
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let is_last = end == text.len();
        let inside: Vec<(usize, usize)> = (0..)
            .zip(offsets.iter())
            .filter(|(_, offset)| (start..end).contains(*offset) || (is_last && **offset >= end))
            .map(|(number, offset)| (number, (*offset).min(end) - start))
            .collect();
        push_line(&mut shown, line, &inside, &mut moved);
        start = end;
    }
    for (offset, moved) in offsets.iter_mut().zip(moved) {
        *offset = moved.unwrap_or_default();
    }
    shown
}

fn push_line(shown: &mut String, line: &str, offsets: &[(usize, usize)], moved: &mut [Option<usize>]) {
    let (body, ending) = match line.strip_suffix('\n') {
        Some(body) => (body, "\n"),
        None => (line, ""),
    };
    let marked = offsets.iter().map(|(_, offset)| *offset).min().unwrap_or_default();
    let before = body.get(..marked.min(body.len())).map_or(0, |before| before.chars().count());
    let is_long = body.chars().nth(LINE_CHARS_MAX).is_some();
    let first = if is_long && before > LINE_CHARS_MAX / 2 { before - LEAD_CHARS } else { 0 };
    if first > 0 {
        shown.push('…');
    }
    let mut note = |at: usize, length: usize| {
        for (number, offset) in offsets {
            if let Some(place) = moved.get_mut(*number).filter(|place| place.is_none() && *offset <= at) {
                *place = Some(length);
            }
        }
    };
    let mut left = body.char_indices().skip(first);
    for (at, character) in left.by_ref().take(LINE_CHARS_MAX) {
        note(at, shown.len());
        shown.push(if character != '\t' && is_obeyed(character) { '\u{fffd}' } else { character });
    }
    note(body.len(), shown.len());
    if left.next().is_some() {
        shown.push('…');
    }
    shown.push_str(ending);
    note(usize::MAX, shown.len());
}

/// Truncates the quoted words of a message, but not paths: a value that fills a file is recognisable by its beginning.
pub(crate) fn bounded_message(text: &str) -> String {
    bounded(text, |word| if word.contains(['/', '\\']) { PATH_CHARS_MAX } else { EXCERPT_CHARS_MAX })
}

/// The same for help, which quotes what to write.
pub(crate) fn bounded_help(text: &str) -> String {
    bounded(text, |_| PATH_CHARS_MAX)
}

fn bounded(text: &str, chars_max: impl Fn(&str) -> usize) -> String {
    let shorten = |(number, part): (usize, &str)| {
        let is_quoted = number % 2 == 1;
        let short = match part.char_indices().nth(if is_quoted { chars_max(part) } else { usize::MAX }) {
            Some((end, _)) => format!("{}…", part.get(..end).unwrap_or_default()),
            None => part.to_owned(),
        };
        short
            .chars()
            .map(|one| if one != '\n' && is_obeyed(one) { excerpt(&one.to_string()) } else { one.into() })
            .collect()
    };
    let parts: Vec<String> = text.split('`').enumerate().map(shorten).collect();
    parts.join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_shown_as_it_is() {
        let text = "name: x\nsource:\n  csv: é\n";
        let mut offsets = [0, 6, 8, text.len()];
        assert_eq!(displayed(text, &mut offsets), text);
        assert_eq!(offsets, [0, 6, 8, text.len()]);
    }

    #[test]
    fn a_long_line_is_cut_around_the_marked_place() {
        let text = format!("a: 1\n{}HERE{}\nb: 2\n", "x".repeat(1_000), "y".repeat(1_000));
        let mut offsets = [1_005, 1_009];
        let shown = displayed(&text, &mut offsets);
        assert_eq!(shown.get(offsets[0]..offsets[1]), Some("HERE"));
        assert!(shown.lines().all(|line| line.chars().count() <= LINE_CHARS_MAX + 2), "{shown}");
        assert!(shown.starts_with("a: 1\n…x") && shown.ends_with("y…\nb: 2\n"), "{shown}");
    }

    #[test]
    fn a_place_beyond_the_shown_text_is_at_its_end() {
        let text = "z".repeat(10_000);
        let mut offsets = [0, 10_000];
        let shown = displayed(&text, &mut offsets);
        assert_eq!((offsets[0], shown.get(offsets[1]..)), (0, Some("…")));
    }

    #[test]
    fn control_characters_are_not_passed_on() {
        let text = "name: \u{1b}[31mred\u{202e}\tx";
        let mut offsets = [6];
        let shown = displayed(text, &mut offsets);
        assert_eq!((shown.as_str(), offsets[0]), ("name: \u{fffd}[31mred\u{fffd}\tx", 6));
        assert_eq!(bounded_message("found `a\u{1b}b`"), "found `a\\u{1b}b`");
    }

    #[test]
    fn quoted_values_are_cut_and_paths_are_not() {
        let value = "v".repeat(100);
        assert_eq!(bounded_message(&format!("found `{value}`, no")), format!("found `{}…`, no", "v".repeat(60)));
        let path = format!("there is no file `/data/{value}.csv`");
        assert_eq!(bounded_message(&path), path);
        assert_eq!(bounded_help(&format!("`{value}`")), format!("`{value}`"));
    }
}
