//! Lines that fit the terminal.

/// Width of a terminal of unknown width.
const WIDTH: usize = 80;
const WIDTH_MIN: usize = 40;

/// Width of the terminal on standard error.
pub(crate) fn terminal_width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or(WIDTH, |(width, _)| usize::from(width.0)).max(WIDTH_MIN)
}

/// A line truncated to `width` characters.
pub(crate) fn cut(line: &str, width: usize) -> String {
    let printable: String =
        line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if printable.chars().count() <= width {
        return printable.trim_end().to_owned();
    }
    let mut cut: String = printable.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Lines of at most `width` characters, indented after the first.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("    {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
