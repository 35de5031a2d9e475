//! What the terminal can show: colours, characters outside of ASCII, and how many columns.

use std::io::IsTerminal;

use matchflow_pipeline::ReportStyle;

/// Columns of a terminal of unknown width, and of a file or pipe.
const COLUMNS_UNKNOWN: usize = 100;
/// Limits of the width of text: shorter lines cannot hold a message, longer ones cannot be read.
const COLUMNS: std::ops::RangeInclusive<usize> = 40..=100;

/// Whether standard error takes ANSI colours: a terminal, neither `NO_COLOR` nor `TERM=dumb`.
pub(crate) fn has_colour() -> bool {
    std::io::stderr().is_terminal() && !refuses_colour()
}

fn refuses_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_dumb()
}

/// Whether standard error takes a progress bar that is drawn again and again.
pub(crate) fn has_cursor() -> bool {
    std::io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the locale is one of ASCII: `C` or `POSIX` without an encoding. Without any locale, UTF-8 is assumed.
pub(crate) fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    locale.is_some_and(|locale| locale == "C" || locale == "POSIX")
}

/// Columns for text on standard error.
pub(crate) fn columns() -> usize {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
    width.unwrap_or(COLUMNS_UNKNOWN).clamp(*COLUMNS.start(), *COLUMNS.end())
}

/// How reports of problems are drawn.
pub(crate) fn report_style() -> ReportStyle {
    ReportStyle { colour: has_colour(), unicode: !is_ascii(), columns: columns() }
}

/// Characters of messages outside of ASCII, and what stands for them.
const IN_ASCII: [(char, &str); 8] =
    [('·', "|"), ('…', "..."), ('×', "x"), ('→', "->"), ('’', "'"), ('“', "\""), ('”', "\""), ('█', "#")];

/// A message for standard error: folded to the width of a terminal, in ASCII where the locale has no more.
pub(crate) fn folded(text: &str) -> String {
    let text = if is_ascii() { in_ascii(text) } else { text.to_owned() };
    if std::io::stderr().is_terminal() { fold(&text, columns()) } else { text }
}

/// The summary for standard output: the outcomes, which are its first line, stand out on a terminal.
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

/// Text for standard output, folded to the width of a terminal.
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

/// Folds the lines that are longer than `columns` between words; what follows is indented by two more.
fn fold(text: &str, columns: usize) -> String {
    let fold_line = |line: &str| {
        let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
        let options = textwrap::Options::new(columns).subsequent_indent(&indent).break_words(false);
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        let options = options.word_separator(textwrap::WordSeparator::AsciiSpace);
        // Columns of a table and drawings are aligned by their spaces, which folding would take.
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
    fn ascii_has_no_separators_of_its_own() {
        assert_eq!(in_ascii("matched 1 · review 2…"), "matched 1 | review 2...");
    }
}
