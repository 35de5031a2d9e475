//! The capabilities of the terminal: colours, non-ASCII characters, and width.

use std::io::IsTerminal;

use matchflow_pipeline::ReportStyle;

/// Width for a terminal of unknown width, and for a file or pipe.
const COLUMNS_UNKNOWN: usize = 100;
/// Limits on the width of text: shorter lines cannot hold a message, longer ones are hard to read.
const COLUMNS: std::ops::RangeInclusive<usize> = 40..=100;

/// Whether to use ANSI colours on standard error: on a terminal, without `NO_COLOR` and `TERM=dumb`.
pub(crate) fn has_colour() -> bool {
    std::io::stderr().is_terminal() && !refuses_colour()
}

fn refuses_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_dumb()
}

/// Whether standard error supports a progress bar that is redrawn.
pub(crate) fn has_cursor() -> bool {
    std::io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the locale is ASCII only: `C` or `POSIX` without an encoding. Without any locale, UTF-8 is assumed.
pub(crate) fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    locale.is_some_and(|locale| locale == "C" || locale == "POSIX")
}

/// Width of text on standard error.
pub(crate) fn columns() -> usize {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
    width.unwrap_or(COLUMNS_UNKNOWN).clamp(*COLUMNS.start(), *COLUMNS.end())
}

/// The style of problem reports.
pub(crate) fn report_style() -> ReportStyle {
    ReportStyle { colour: has_colour(), unicode: !is_ascii(), columns: columns() }
}

/// Non-ASCII characters of messages, and their replacements.
const IN_ASCII: [(char, &str); 8] =
    [('·', "|"), ('…', "..."), ('×', "x"), ('→', "->"), ('’', "'"), ('“', "\""), ('”', "\""), ('█', "#")];

/// A message for standard error: wrapped to the width of the terminal, converted to ASCII if the locale requires it.
pub(crate) fn folded(text: &str) -> String {
    let text = if is_ascii() { in_ascii(text) } else { text.to_owned() };
    if std::io::stderr().is_terminal() { fold(&text, columns()) } else { text }
}

/// The summary for standard output: the first line, with the outcomes, is highlighted on a terminal.
pub(crate) fn for_stdout(text: &str) -> String {
    let text = if is_ascii() { in_ascii(text) } else { text.to_owned() };
    if !std::io::stdout().is_terminal() {
        return text;
    }
    let text = fold_for_stdout(&text);
    match text.split_once('\n') {
        Some((first, rest)) if !refuses_colour() => format!("\u{1b}[1m{first}\u{1b}[0m\n{rest}"),
        _ => text,
    }
}

/// Text for standard output, wrapped to the width of the terminal.
pub(crate) fn fold_for_stdout(text: &str) -> String {
    let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    match width {
        Some(width) => fold(text, width.clamp(*COLUMNS.start(), *COLUMNS.end())),
        None => text.to_owned(),
    }
}

fn in_ascii(text: &str) -> String {
    let replaced = |character: char| match IN_ASCII.iter().find(|(from, _)| *from == character) {
        Some((_, ascii)) => (*ascii).to_owned(),
        None => character.to_string(),
    };
    text.chars().map(replaced).collect()
}

/// Wraps lines longer than `columns` between words; continuation lines are indented by two more.
fn fold(text: &str, columns: usize) -> String {
    let fold_line = |line: &str| {
        let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
        let options = textwrap::Options::new(columns).subsequent_indent(&indent).break_words(false);
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        let options = options.word_separator(textwrap::WordSeparator::AsciiSpace);
        // Tables and drawings are aligned with spaces, which wrapping would remove.
        match line.chars().count() <= columns || line.contains(is_drawing) {
            true => line.to_owned(),
            false => textwrap::fill(line, options),
        }
    };
    text.split('\n').map(fold_line).collect::<Vec<_>>().join("\n")
}

fn is_drawing(character: char) -> bool {
    ('\u{2500}'..='\u{257f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_words_and_indented() {
        let text = "warning: the file `a/very/long/path/that/is/not/broken.csv` is not there\nshort";
        let folded = fold(text, 40);
        assert_eq!(folded, "warning: the file\n  `a/very/long/path/that/is/not/broken.csv`\n  is not there\nshort");
        assert_eq!(fold("  aaa bbb ccc", 9), "  aaa bbb\n    ccc");
    }

    #[test]
    fn separators_are_replaced_in_ascii() {
        assert_eq!(in_ascii("matched 1 · review 2…"), "matched 1 | review 2...");
    }
}
