//! Detects what a file is from its first bytes, whatever its name and declared format.
//!
//! Only unmistakable contents are recognised. A reader refuses contents it does not take before it opens the file, so
//! no library's error needs to be interpreted.

use std::path::Path;

use crate::error::IngestError;

/// Bytes read for detection.
pub(crate) const START_BYTES: u64 = 512;
/// Extensions of files with tables.
const TABLE_EXTENSIONS: [&str; 13] =
    ["csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "xlsx", "xls", "xlsb", "ods", "duckdb", "ddb"];
/// Extensions of compressed files.
const COMPRESSED_EXTENSIONS: [&str; 5] = ["gz", "gzip", "zst", "zstd", "zip"];
/// Folders are searched for data files down to this depth, up to this number of entries.
const FOLDER_DEPTH_MAX: usize = 4;
const FOLDER_ENTRIES_MAX: usize = 2_000;

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstandard,
    Zip,
}

impl Compression {
    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstandard => "Zstandard",
            Compression::Zip => "zip",
        }
    }
}

/// The contents of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileContents {
    /// Parts of an `.xlsx`, an `.xlsb` or another Office document.
    OfficeArchive,
    /// Parts of an OpenDocument file.
    OpenDocument,
    /// A zip archive whose first file has this name.
    Archive(String),
    /// Bytes compressed with gzip or Zstandard.
    Compressed(Compression),
    /// Old Office files, and encrypted ones.
    Ole,
    Parquet,
    /// A DuckDB database.
    Duckdb,
    /// Anything else that no reader takes.
    Foreign(ForeignContents),
}

/// Contents that no reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ForeignContents {
    /// Name with its article.
    name: &'static str,
    remedy: &'static str,
}

const EXPORT: &str = "export the table as .csv, .xlsx or .parquet";
const SAVE: &str = "open it in a spreadsheet program and save it as .xlsx";

/// Magic bytes, their offset, and the contents they identify.
const SIGNATURES: &[(usize, &[u8], ForeignContents)] = &[
    (4, b"1AY&SY", foreign("compressed with bzip2", "decompress it first: `bunzip2 --keep FILE`")),
    (0, b"\xFD7zXZ\0", foreign("compressed with xz", "decompress it first: `unxz --keep FILE`")),
    (0, b"\x04\x22\x4D\x18", foreign("compressed with LZ4", "decompress it first: `lz4 -d FILE`")),
    (0, b"\x1F\x9D", foreign("compressed with compress", "decompress it first: `uncompress FILE`")),
    (0, b"7z\xBC\xAF\x27\x1C", foreign("a 7z archive", "extract the table first: `7z x FILE`")),
    (0, b"Rar!\x1A\x07", foreign("a RAR archive", "extract the table first")),
    (
        0,
        b"version https://git-lfs.github.com/",
        foreign("a Git LFS pointer, not the file itself", "fetch the file: `git lfs pull`"),
    ),
    (0, b"ARROW1\0\0", foreign("an Arrow (Feather) file", "write it as .parquet")),
    (0, b"Obj\x01", foreign("an Avro file", "write it as .parquet")),
    (0, b"SQLite format 3\0", foreign("an SQLite database", EXPORT)),
    (4, b"Standard Jet DB", foreign("an Access database", EXPORT)),
    (4, b"Standard ACE DB", foreign("an Access database", EXPORT)),
    (0, b"%PDF-", foreign("a PDF document", EXPORT)),
    (0, b"{\\rtf", foreign("an RTF document", EXPORT)),
    (0, b"\x89PNG\r\n\x1A\n", foreign("a PNG image", EXPORT)),
    (0, b"\xFF\xD8\xFF", foreign("a JPEG image", EXPORT)),
];

/// The same, but only for files that contain a zero byte: a text table may begin with these letters.
const BINARY_SIGNATURES: &[(usize, &[u8], ForeignContents)] = &[
    (257, b"ustar", foreign("a tar archive", "extract the table first: `tar -xf FILE`")),
    (0, b"PARE", foreign("an encrypted Parquet file", "write it without encryption")),
    (0, b"FEA1", foreign("a Feather file", "write it as .parquet")),
    (0, b"ORC", foreign("an ORC file", "write it as .parquet")),
];

/// Beginnings of text in lower case, after white space, in any ASCII-compatible encoding.
const MARKUP: &[(&str, ForeignContents)] = &[
    ("<!doctype html", foreign("an HTML page", SAVE)),
    ("<html", foreign("an HTML page", SAVE)),
    ("<table", foreign("an HTML table", SAVE)),
    ("<head", foreign("an HTML page", SAVE)),
    ("<body", foreign("an HTML page", SAVE)),
    ("<style", foreign("an HTML page", SAVE)),
    ("<meta ", foreign("an HTML page", SAVE)),
    ("<div", foreign("an HTML page", SAVE)),
    ("<?xml", foreign("an XML document", SAVE)),
    ("<workbook", foreign("an XML workbook", SAVE)),
    ("mime-version:", foreign("a web archive (MHTML)", SAVE)),
];
/// What an XML workbook of Excel 2003 contains among its first bytes.
const XML_WORKBOOK: (&str, ForeignContents) = ("excel.sheet", foreign("an XML workbook of Excel 2003", SAVE));

const fn foreign(name: &'static str, remedy: &'static str) -> ForeignContents {
    ForeignContents { name, remedy }
}

impl FileContents {
    /// The contents of a file that begins with these bytes, if they are recognised.
    pub(crate) fn recognise(start: &[u8]) -> Option<FileContents> {
        if start.starts_with(b"PK\x03\x04") {
            return Some(archive(start));
        }
        if start.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            return Some(FileContents::Ole);
        }
        if start.starts_with(b"\x1F\x8B") {
            return Some(FileContents::Compressed(Compression::Gzip));
        }
        if start.starts_with(b"\x28\xB5\x2F\xFD") {
            return Some(FileContents::Compressed(Compression::Zstandard));
        }
        let is_binary = start.contains(&0);
        if start.starts_with(b"PAR1") && is_binary {
            return Some(FileContents::Parquet);
        }
        if start.get(8..12) == Some(b"DUCK") && is_binary {
            return Some(FileContents::Duckdb);
        }
        let is_at = |at: usize, bytes: &[u8]| start.get(at..).is_some_and(|rest| rest.starts_with(bytes));
        let binary = BINARY_SIGNATURES.iter().filter(|_| is_binary);
        let mut signatures = SIGNATURES.iter().chain(binary);
        let known = signatures.find(|(at, bytes, _)| is_at(*at, bytes)).map(|(_, _, contents)| *contents);
        known.or_else(|| markup(start)).map(FileContents::Foreign)
    }

    /// The compression of a text table with these contents.
    pub(crate) fn compression(&self) -> Option<Compression> {
        match self {
            FileContents::Compressed(compression) => Some(*compression),
            FileContents::Archive(_) => Some(Compression::Zip),
            _ => None,
        }
    }

    /// The error for a compressed file whose contents the reader does not take.
    pub(crate) fn refusal_within(&self, path: &Path, outer: Compression) -> IngestError {
        match self.refusal(path) {
            IngestError::OtherContents { file, contents, remedy } => IngestError::OtherContents {
                file,
                contents: format!("compressed with {} and holds {contents}", outer.name()),
                remedy: format!("decompress it; {remedy}"),
            },
            other => other,
        }
    }

    /// Whether it is an archive that could be a document written in an unusual order: its first file is not a table.
    pub(crate) fn may_be_document(&self) -> bool {
        matches!(self, FileContents::Archive(entry) if table_extension(Path::new(entry)).is_none())
    }

    /// The error for a file whose reader does not take these contents.
    pub(crate) fn refusal(&self, path: &Path) -> IngestError {
        let (contents, remedy) = match self {
            FileContents::OfficeArchive => {
                ("an Excel workbook".to_owned(), "declare it as `xlsx` or `xlsb`".to_owned())
            }
            FileContents::OpenDocument => {
                ("an OpenDocument file".to_owned(), "declare a spreadsheet as `ods`".to_owned())
            }
            FileContents::Archive(entry) => {
                (format!("a zip archive that holds `{entry}`"), "extract the table first: `unzip FILE`".to_owned())
            }
            FileContents::Compressed(compression) => {
                let remedy = match compression {
                    Compression::Zstandard => "decompress it first: `zstd -d FILE`",
                    Compression::Gzip | Compression::Zip => "decompress it first: `gunzip --keep FILE`",
                };
                (format!("compressed with {}", compression.name()), remedy.to_owned())
            }
            FileContents::Ole => {
                let save = "declare it as `xls`, or save it without a password as .xlsx".to_owned();
                ("an old or encrypted Office file".to_owned(), save)
            }
            FileContents::Parquet => ("a Parquet file".to_owned(), "declare it as `parquet`".to_owned()),
            FileContents::Duckdb => {
                ("a DuckDB database".to_owned(), "declare it as `duckdb`, with a `table` or a `query`".to_owned())
            }
            FileContents::Foreign(foreign) => (foreign.name.to_owned(), foreign.remedy.to_owned()),
        };
        IngestError::OtherContents { file: path.display().to_string(), contents, remedy }
    }
}

/// A zip archive, classified by the name of its first file.
fn archive(start: &[u8]) -> FileContents {
    const NAME_LENGTH: std::ops::Range<usize> = 26..28;
    const NAME: usize = 30;
    let length = start.get(NAME_LENGTH).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
    let name = start.get(NAME..).unwrap_or_default();
    let name = String::from_utf8_lossy(name.get(..usize::from(length)).unwrap_or(name)).into_owned();
    let has_prefix = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if has_prefix(&["mimetype", "META-INF/", "content.xml"]) {
        FileContents::OpenDocument
    } else if has_prefix(&["[Content_Types].xml", "_rels/", "xl/", "docProps/", "customXml/", "word/"]) {
        FileContents::OfficeArchive
    } else {
        FileContents::Archive(name)
    }
}

/// Detects HTML and XML, in UTF-16 too: zeros and the byte-order mark are skipped.
fn markup(start: &[u8]) -> Option<ForeignContents> {
    let ascii = start.iter().filter(|byte| (0x01..0x80).contains(*byte));
    let text: String = ascii.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let text = text.trim_start();
    let (_, found) = MARKUP.iter().find(|(beginning, _)| text.starts_with(beginning))?;
    let (sign, workbook) = XML_WORKBOOK;
    let is_xml = text.starts_with("<?xml");
    if is_xml && text.contains(sign) {
        return Some(workbook);
    }
    if is_xml && text.contains("<html") {
        return Some(foreign("an HTML page", SAVE));
    }
    Some(*found)
}

/// The extension of the data files in a folder, if it has any of a supported format: `parquet`.
pub(crate) fn folder_extension(folder: &Path) -> Option<String> {
    let mut entries_left = FOLDER_ENTRIES_MAX;
    let mut level = vec![folder.to_owned()];
    for _ in 0..FOLDER_DEPTH_MAX {
        let mut below = Vec::new();
        for entry in level.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten() {
            entries_left = entries_left.checked_sub(1)?;
            let path = entry.path();
            match table_extension(&path) {
                _ if entry.file_type().is_ok_and(|kind| kind.is_dir()) => below.push(path),
                Some(extension) => return Some(extension),
                None => {}
            }
        }
        level = below;
    }
    None
}

/// The extension of a table file, in lower case; of a compressed file, the one before (`csv` of `s.csv.gz`).
pub(crate) fn table_extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    if COMPRESSED_EXTENSIONS.contains(&extension.as_str()) {
        return table_extension(Path::new(path.file_stem()?));
    }
    TABLE_EXTENSIONS.contains(&extension.as_str()).then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(start: &[u8]) -> String {
        match FileContents::recognise(start).map(|contents| contents.refusal(Path::new("f"))) {
            Some(IngestError::OtherContents { contents, .. }) => contents,
            _ => "-".to_owned(),
        }
    }

    #[test]
    fn contents_are_recognised_by_their_first_bytes() {
        let mut tar = vec![0_u8; 300];
        tar[257..262].copy_from_slice(b"ustar");
        let utf16: Vec<u8> = "\u{feff} <html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let entry = [b"PK\x03\x04".as_slice(), &[0; 22], &[13, 0, 0, 0], b"suppliers.csv and more"].concat();
        for (start, expected) in [
            (b"\x1F\x8B\x08".as_slice(), "compressed with gzip"),
            (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the file itself"),
            (&tar, "a tar archive"),
            (b"\xEF\xBB\xBF\r\n<!DOCTYPE HTML>", "an HTML page"),
            (&utf16, "an HTML page"),
            (b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", "an XML workbook of Excel 2003"),
            (b"<?xml version=\"1.0\"?><a/>", "an XML document"),
            (&entry, "a zip archive that holds `suppliers.csv`"),
            (b"PAR1\x15\x04\0", "a Parquet file"),
            (b"PAR1;PARENT\n", "-"),
            (b"ORCID;Nom\n", "-"),
            (b"", "-"),
            (b"Code;Nom\n", "-"),
            (b"<5;>7\n", "-"),
            ("Société;Ville".as_bytes(), "-"),
        ] {
            assert_eq!(name(start), expected);
        }
    }
}
