//! Parts of messages that depend on the case.

use matchflow_model::printable::excerpt;

pub(super) fn place(file: &str, sheet: &str) -> String {
    if sheet.is_empty() { format!("`{file}`") } else { format!("the sheet `{sheet}` of `{file}`") }
}

pub(super) fn folder_hint(extension: Option<&str>) -> String {
    match extension {
        Some(extension) => format!(" of .{extension} files; declare it in their format, or name one of them"),
        None => "; name a file".to_owned(),
    }
}

pub(super) fn archive_hint(members: &[String]) -> String {
    if members.is_empty() {
        return "it has none".to_owned();
    }
    format!("extract the one to read: it has {}", list(members))
}

pub(super) fn columns_hint(missing: &[String], others: &[String]) -> String {
    let lacks = (!missing.is_empty()).then(|| format!("it lacks {}", list(missing)));
    let has = (!others.is_empty()).then(|| format!("it has {} in addition", list(others)));
    lacks.into_iter().chain(has).collect::<Vec<_>>().join(", ")
}

pub(super) fn not_found(file: &str) -> String {
    if file.contains(['*', '?', '[']) {
        return format!("no file matches `{file}`");
    }
    format!("there is no file `{file}`")
}

pub(super) fn refers_hint(refers_to: Option<&str>) -> String {
    refers_to.map_or("is not a range".to_owned(), |to| format!("refers to `{to}`, which is not a range of cells,"))
}

pub(super) fn closest_hint(closest: Option<&str>) -> String {
    closest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// Names in backticks, truncated so that a long list does not hide the message.
pub(super) fn list(names: &[String]) -> String {
    const NAMES_MAX: usize = 40;
    if names.is_empty() {
        return "none".to_owned();
    }
    let listed: Vec<String> = names.iter().take(NAMES_MAX).map(|name| format!("`{}`", excerpt(name))).collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    if more == 0 { listed.join(", ") } else { format!("{} and {more} more", listed.join(", ")) }
}
