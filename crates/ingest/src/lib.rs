//! Reads files into Arrow batches: the supplier file and the registry, from XLSX, CSV, Parquet or rows in the pipeline
//! file.
//!
//! **Limits.** Memory is bounded for files of any length: a few batches, the shared strings of a workbook, the selected
//! columns of INSEE's legal units, and for supplier files a hash per key. A row of text has at most 16 MiB, a batch
//! 65,536 rows.
//!
//! **Invariants.** A cell that a plan names is emitted with its value, or is a
//! [`Reject`](matchflow_model::reject::Reject) with its address, or is empty: never a silent null. Text fields are
//! trimmed and otherwise unchanged; number cells keep their digits. A record's key is made here, once. No file makes
//! this crate panic: panics of third-party readers are caught. The same table gives the same rows, keys and digests,
//! whatever its format and `batch_rows`.
//!
//! A format is one file in `table/` and one line in `format::FORMATS`: its name, its keys in the pipeline file with
//! their help, and its reader, which emits a header and then blocks of raw cells. Fields, keys, rejects and batches are
//! made from blocks alone, and other crates ask that table.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod block;
mod column;
mod compression;
mod contents;
mod counted_file;
mod counts;
mod digest;
mod digits;
mod error;
mod error_facts;
mod facts;
mod faults;
mod field;
mod file;
mod file_set;
mod format;
mod format_guess;
mod header;
mod inspect;
mod irregular;
mod key;
mod read_counts;
mod reference;
mod select;
mod sheet;
mod sheets;
mod source;
mod strings;
mod table;
mod trim;
mod typed_fields;
mod value;
mod views;
mod zip_member;

pub use digest::digest;
pub use error::IngestError;
pub use facts::{TableFacts, table_facts};
pub use file::refuse_foreign;
pub use format::{
    FormatKey, KeyConflict, KeyType, TableFormat, TableOptions, TableRole, files_read, format, formats, key_at_fault,
    part_key, table_plan, with_files,
};
pub use format_guess::{format_of_contents, guess_format};
pub use inspect::{ColumnFacts, Inspection, InspectionFault, KINDS, TYPES, inspect};
pub use irregular::{IrregularRows, RowIrregularity, RowTally};
pub use matchflow_model::cells::CellCounts;
pub use reference::{ReferenceFacts, ReferenceReader, open_reference};
pub use sheets::{SheetFacts, SheetState, WorkbookFacts, guess_header, inspect_workbook};
pub use source::{SourceFacts, SourceReader, open_fields, open_source};
pub use table::{
    AreaChoice, HeaderChoice, HiddenRows, MergedCells, SheetChoice, Totals, WorkbookOptions, inline_table,
};
pub use typed_fields::TypedFieldFacts;
