//! Errors that end the reading of a workbook, with part and byte offset.

use std::io;

/// A workbook that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XlsxError {
    /// The operating system refuses to read.
    #[error("the file cannot be read")]
    Io {
        /// The operating system's error.
        #[from]
        source: io::Error,
    },
    /// Not a zip archive: another format or an empty file.
    #[error("the file is not a zip archive; an .xlsx workbook is one")]
    NotAnArchive,
    /// An OLE container: what Excel writes for a password, and for `.xls`.
    #[error("the file is encrypted or an old .xls; save it without a password as .xlsx")]
    Encrypted,
    /// The archive ends early or its structure is damaged: an interrupted download or copy.
    #[error("the archive is cut or damaged at byte {offset}: {what}")]
    Cut {
        /// The offset in the file.
        offset: u64,
        /// What was expected there.
        what: &'static str,
    },
    /// Two parts share bytes: an archive crafted to inflate to far more than its size.
    #[error("the parts `{part}` and `{other}` overlap in the archive")]
    Overlap {
        /// The earlier part.
        part: String,
        /// The later one.
        other: String,
    },
    /// A directory with more entries than any workbook has.
    #[error("the archive claims {count} parts; {count_max} are allowed")]
    TooManyParts {
        /// The number of entries that the archive claims.
        count: u64,
        /// The limit.
        count_max: u64,
    },
    /// A part, or the archive's directory, beyond its limit.
    #[error("the part `{part}` has {bytes} bytes; {bytes_max} are allowed")]
    TooLarge {
        /// The part.
        part: String,
        /// Its size, inflated.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A part that inflates to far more than real cells do.
    #[error("the part `{part}` inflates from {packed_bytes} to {bytes} bytes; {ratio_max} times are allowed")]
    Bomb {
        /// The part.
        part: String,
        /// Its size in the archive.
        packed_bytes: u64,
        /// Its size, inflated.
        bytes: u64,
        /// The maximum ratio.
        ratio_max: u64,
    },
    /// A zip entry with a password.
    #[error("the part `{part}` is encrypted; save the workbook without a password")]
    EncryptedPart {
        /// The part.
        part: String,
    },
    /// A compression method that `.xlsx` does not allow.
    #[error(
        "the part `{part}` is packed by method {method}{}; stored (0) and deflate (8) are allowed",
        method_name(*method)
    )]
    Method {
        /// The part.
        part: String,
        /// The method's number in the zip specification.
        method: u16,
    },
    /// The compressed bytes are not a DEFLATE stream.
    #[error("the part `{part}` cannot be inflated beyond byte {offset}")]
    Inflate {
        /// The part.
        part: String,
        /// The offset in the inflated part.
        offset: u64,
    },
    /// A part whose inflated size differs from the one in the directory.
    #[error(
        "the part `{part}` inflates to {} than the {expected_bytes} bytes that the archive says",
        if *more { "more" } else { "fewer" }
    )]
    Length {
        /// The part.
        part: String,
        /// The size in the directory.
        expected_bytes: u64,
        /// Whether the part is larger than the directory claims.
        more: bool,
    },
    /// A part whose checksum is wrong.
    #[error("the part `{part}` has the checksum {found:08x}; the archive says {expected:08x}")]
    Checksum {
        /// The part.
        part: String,
        /// The checksum of the bytes read.
        found: u32,
        /// The checksum in the directory.
        expected: u32,
    },
    /// A missing part that the workbook refers to or requires.
    #[error("the archive has no part `{part}`; is it a workbook?")]
    NoPart {
        /// The part.
        part: String,
    },
    /// An encoding other than UTF-8 and UTF-16.
    #[error("the part `{part}` is in the encoding `{label}`; UTF-8 and UTF-16 are allowed")]
    Encoding {
        /// The part.
        part: String,
        /// The encoding's name as written in the part.
        label: String,
    },
    /// The content of a part violates the format.
    #[error("the part `{part}`, byte {}: {}", flaw.offset, flaw.kind)]
    Content {
        /// The part.
        part: String,
        /// What is wrong, and where.
        flaw: FormatViolation,
    },
}

/// What is wrong in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatViolation {
    /// The offset in the inflated part, in UTF-8.
    pub offset: u64,
    /// What is wrong.
    pub kind: FlawKind,
}

/// The kinds of [`FormatViolation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlawKind {
    /// Not well-formed XML.
    #[error("malformed XML: {0}")]
    Malformed(&'static str),
    /// The part ends inside an element.
    #[error("the part ends early")]
    Unfinished,
    /// A document type declaration: they allow entity bombs, and the format has none.
    #[error("document type declarations are not allowed")]
    Doctype,
    /// Bytes that are not UTF-8.
    #[error("the text is not valid UTF-8")]
    Utf8,
    /// An unpaired surrogate, or an incomplete UTF-16 unit.
    #[error("the text is not valid UTF-16")]
    Utf16,
    /// An element larger than [`crate::limits::ELEMENT_BYTES_MAX`].
    #[error("an element is longer than {} bytes", crate::limits::ELEMENT_BYTES_MAX)]
    ElementTooLong,
    /// An invalid cell reference, or one outside `A1:XFD1048576`.
    #[error("a cell or row lies outside of A1:XFD1048576, or its reference cannot be read")]
    Reference,
    /// A chart or dialog sheet, or something else.
    #[error("the part is not a worksheet")]
    NotAWorksheet,
    /// More shared strings than [`crate::limits::SHARED_STRINGS_MAX`], or more than 4 GiB of them.
    #[error("there are more than {} shared strings, or more than 4 GiB of them", crate::limits::SHARED_STRINGS_MAX)]
    TooManyStrings,
    /// More sheets than [`crate::limits::SHEETS_MAX`].
    #[error("there are more than {} sheets", crate::limits::SHEETS_MAX)]
    TooManySheets,
    /// A name of a sheet, table or range that is longer than [`crate::limits::NAME_BYTES_MAX`].
    #[error("a name is longer than {} bytes", crate::limits::NAME_BYTES_MAX)]
    NameTooLong,
    /// More than [`crate::limits::TABLE_PARTS_MAX`] parts with named tables.
    #[error("there are more than {} named tables", crate::limits::TABLE_PARTS_MAX)]
    TooManyTables,
    /// More merged areas than [`crate::limits::MERGED_MAX`].
    #[error("there are more than {} merged areas", crate::limits::MERGED_MAX)]
    TooManyMerged,
}

impl FlawKind {
    pub(crate) fn at(self, offset: usize) -> FormatViolation {
        FormatViolation { offset: offset as u64, kind: self }
    }
}

impl FormatViolation {
    /// The same flaw in bytes that begin at `base`.
    pub(crate) fn shifted(self, base: u64) -> FormatViolation {
        FormatViolation { offset: self.offset + base, kind: self.kind }
    }

    pub(crate) fn within(self, part: &str) -> XlsxError {
        XlsxError::Content { part: part.to_owned(), flaw: self }
    }
}

fn method_name(method: u16) -> &'static str {
    match method {
        9 => " (deflate64)",
        12 => " (bzip2)",
        14 => " (lzma)",
        93 => " (zstd)",
        99 => " (AES)",
        _ => "",
    }
}
