//! Machine-readable facts about an error: the file that it is about, and the condition of that file.

use matchflow_model::InputCondition;

use crate::error::IngestError;

impl IngestError {
    /// The file that the error is about, as returned by [`crate::file::name`]; `None` if it is about none, or about
    /// several.
    pub(crate) fn file(&self) -> Option<&str> {
        use IngestError as Error;
        match self {
            Error::NotFound { file }
            | Error::IsFolder { file, .. }
            | Error::NotAFile { file }
            | Error::Unreadable { file, .. }
            | Error::EmptyFile { file }
            | Error::NotAWorkbook { file }
            | Error::Encrypted { file }
            | Error::CutWorkbook { file, .. }
            | Error::Workbook { file, .. }
            | Error::SheetNotFound { file, .. }
            | Error::TableNotFound { file, .. }
            | Error::Range { file, .. }
            | Error::NameOfSheets { file, .. }
            | Error::NoVisibleSheet { file, .. }
            | Error::EmptySheet { file, .. }
            | Error::NoHeader { file, .. }
            | Error::ColumnNotFound { file, .. }
            | Error::OtherContents { file, .. }
            | Error::PartColumns { file, .. }
            | Error::Decompression { file, .. }
            | Error::Database { file, .. }
            | Error::DatabaseTables { file, .. }
            | Error::ArchiveMembers { file, .. }
            | Error::Parquet { file, .. }
            | Error::ColumnType { file, .. }
            | Error::ColumnCompression { file, .. }
            | Error::NotSireneUnits { file, .. }
            | Error::UnknownEncoding { file, .. }
            | Error::UnsupportedEncoding { file, .. }
            | Error::UnclosedQuote { file, .. }
            | Error::RecordTooLong { file, .. }
            | Error::ReaderPanic { file, .. }
            | Error::Batch { file, .. } => Some(file),
            Error::UnknownFormat { .. }
            | Error::InvalidOptions { .. }
            | Error::NoFile { .. }
            | Error::SireneFilesSwapped { .. }
            | Error::InlineRow { .. } => None,
        }
    }

    /// The condition of the file that the error reports; `None` if the pipeline or this crate is at fault.
    pub fn condition(&self) -> Option<InputCondition> {
        use IngestError as Error;
        match self {
            Error::NotFound { .. } | Error::IsFolder { .. } | Error::NotAFile { .. } | Error::Unreadable { .. } => {
                Some(InputCondition::Missing)
            }
            Error::EmptyFile { .. } | Error::EmptySheet { .. } => Some(InputCondition::Empty),
            Error::NotAWorkbook { .. }
            | Error::Encrypted { .. }
            | Error::CutWorkbook { .. }
            | Error::Workbook { .. }
            | Error::Parquet { .. }
            | Error::Decompression { .. }
            | Error::Database { .. }
            | Error::ArchiveMembers { .. }
            | Error::RecordTooLong { .. }
            | Error::OtherContents { .. }
            | Error::ColumnCompression { .. }
            | Error::UnclosedQuote { .. }
            | Error::UnsupportedEncoding { .. }
            | Error::ReaderPanic { .. } => Some(InputCondition::Damaged),
            Error::SheetNotFound { .. }
            | Error::TableNotFound { .. }
            | Error::Range { .. }
            | Error::NameOfSheets { .. }
            | Error::NoVisibleSheet { .. }
            | Error::NoHeader { .. }
            | Error::PartColumns { .. }
            | Error::DatabaseTables { .. }
            | Error::ColumnNotFound { .. }
            | Error::UnknownFormat { .. }
            | Error::InvalidOptions { .. }
            | Error::NoFile { .. }
            | Error::ColumnType { .. }
            | Error::SireneFilesSwapped { .. }
            | Error::NotSireneUnits { .. }
            | Error::UnknownEncoding { .. }
            | Error::InlineRow { .. }
            | Error::Batch { .. } => None,
        }
    }
}
