//! Reads a pipeline file, and describes files that are not pipelines.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use matchflow_ingest::formats;

use crate::exit_reason::ExitReason;
use crate::failure::Failure;

/// Maximum size of a pipeline file; the longest known one has a thousandth of it.
const BYTES_MAX: u64 = 16 << 20;
/// Number of lines used to distinguish a table from a pipeline.
const LINES: usize = 5;
/// Extensions of pipeline files.
const PIPELINE_EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];
/// Magic bytes of other kinds of files, and their descriptions.
const SIGNATURES: [(&[u8], &str); 6] = [
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or an encrypted one"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\0asm", "a plug-in"),
];

/// The text of a pipeline file. A file of another kind is described, without showing its content.
pub(crate) fn read_pipeline(file: &Path) -> Result<String, Failure> {
    matchflow_files::protect(file, "the pipeline");
    let name = file.display();
    let refused = |text: String| Failure::Refused(ExitReason::Pipeline, format!("error: {text}; nothing was done"));
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| refused(format!("the pipeline file `{name}` cannot be read: {error}")))?;
    // The first character of a pipeline is of ASCII, or it is a byte-order mark.
    if matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=0x7F, ..] | [1..=0x7F, 0, ..]) {
        return Err(refused(format!("`{name}` is UTF-16 text: save it as UTF-8")));
    }
    if let Some(kind) = other_kind(file, &bytes) {
        let text = format!("`{name}` is {kind}, not a pipeline (YAML)");
        let advice =
            format!("`matchflow inspect {name}` shows what is in it, `matchflow init {name}` makes a pipeline for it");
        let advice = if is_table(file, &bytes) { format!("\n  {advice}") } else { String::new() };
        return Err(Failure::Refused(ExitReason::Pipeline, format!("error: {text}; nothing was done{advice}")));
    }
    if bytes.len() as u64 > BYTES_MAX {
        return Err(refused(format!("`{name}` is longer than {} MiB: it is no pipeline", BYTES_MAX >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        refused(format!("`{name}` is not UTF-8 text (line {line}): save it as UTF-8"))
    })
}

/// Describes a file that is not a pipeline, with an article; `None` if it may be one.
fn other_kind(file: &Path, bytes: &[u8]) -> Option<String> {
    if let Some((_, kind)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return Some((*kind).to_owned());
    }
    let extension = extension(file);
    // A text file may be either: its content decides.
    let format = extension.as_deref().filter(|extension| *extension != "txt").and_then(format_of);
    if let Some(format) = format {
        let article = if format.starts_with(['a', 'e', 'i', 'o', 'x']) { "an" } else { "a" };
        return Some(format!("{article} {} file", format.to_uppercase()));
    }
    if bytes.contains(&0) {
        return Some("a binary file".to_owned());
    }
    let is_pipeline_name = extension.is_some_and(|extension| PIPELINE_EXTENSIONS.contains(&extension.as_str()));
    (!is_pipeline_name && looks_like_csv(bytes)).then(|| "a table (CSV)".to_owned())
}

/// Whether `inspect` can read the file.
fn is_table(file: &Path, bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1")
        || bytes.starts_with(b"PK\x03\x04")
        || extension(file).as_deref().and_then(format_of).is_some()
        || looks_like_csv(bytes)
}

fn extension(file: &Path) -> Option<String> {
    Some(file.extension()?.to_str()?.to_lowercase())
}

/// The table format with this extension.
fn format_of(extension: &str) -> Option<&'static str> {
    formats().find(|format| format.extensions().contains(&extension)).map(|format| format.name())
}

/// Whether the first lines have the same number of delimiters, and none is a YAML key.
fn looks_like_csv(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(1 << 16)).unwrap_or_default());
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    let is_key = |line: &&str| line.trim_end().ends_with(':') || line.contains(": ") || line.starts_with(['#', '-']);
    let counts = |delimiter: char| lines.iter().map(move |line| line.matches(delimiter).count());
    let is_even = |delimiter: char| {
        let first = counts(delimiter).next().unwrap_or_default();
        first > 0 && counts(delimiter).all(|count| count == first)
    };
    lines.len() > 1 && !lines.iter().any(is_key) && [';', ',', '\t', '|'].into_iter().any(is_even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_recognised_by_name_and_content() {
        let kind = |name: &str, bytes: &[u8]| other_kind(Path::new(name), bytes);
        assert_eq!(kind("suppliers.csv", b"id;name\n1;A\n").as_deref(), Some("a CSV file"));
        assert_eq!(kind("SUPPLIERS.XLSX", b"damaged").as_deref(), Some("an XLSX file"));
        assert_eq!(kind("list.txt", b"id;name\n1;A\n").as_deref(), Some("a table (CSV)"));
        assert_eq!(kind("list", b"PAR1...").as_deref(), Some("a Parquet file"));
        assert_eq!(kind("list.yaml", b"PK\x03\x04").as_deref(), Some("an Excel workbook or another zip archive"));
        assert_eq!(kind("list.dat", b"\x01\0").as_deref(), Some("a binary file"));
    }

    #[test]
    fn pipelines_are_not_mistaken_for_tables() {
        let kind = |name: &str, text: &str| other_kind(Path::new(name), text.as_bytes());
        for name in ["p.yaml", "pipeline", "p.txt"] {
            assert_eq!(kind(name, "name: a, b\nsource: {csv: {path: x, y}}\n"), None, "{name}");
            assert_eq!(kind(name, ""), None, "{name}");
        }
        assert_eq!(kind("p.yml", "id;name\n1;A\n"), None, "a YAML error is the better one");
    }
}
