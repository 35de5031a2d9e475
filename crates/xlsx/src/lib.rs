//! Streaming reader for the cells of `.xlsx` workbooks, limited only by the speed of inflating, safe on untrusted
//! files.
//!
//! **Limits.** Memory: the shared strings, the styles, and a window of 256 KiB that grows with the longest cell up to
//! 64 MiB; never the sheet. What a file may claim is bounded by [`limits`].
//!
//! **Invariants.** No file makes this crate panic or allocate by a number that the file claims. Every `c` element of a
//! sheet is emitted as written: numbers as their characters, dates as numbers with a format. Any split of a part's
//! bytes gives the same cells ([`SheetScanner`], [`StringsScanner`]). A part's size and checksum are verified before
//! its end is reported. Every error names the part and the byte.
//!
//! The scanners only see bytes; [`Workbook`] feeds them from an archive. A general XML parser emits six events per
//! cell, each copied and checked; the scanner here finds a cell's parts in place in the inflated bytes and touches them
//! once. The price: within a cell, tags are not matched by name, and namespace prefixes are stripped without being
//! resolved, so XML that is merely close to a sheet is read as one.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod area;
mod cell;
mod error;
mod fast_path;
mod format;
pub mod limits;
mod objects;
mod read_ahead;
mod reader;
mod reference;
mod relations;
mod rich;
mod scan_step;
mod serial;
mod sheet;
mod strings;
mod styles;
mod swar;
mod window;
mod workbook;
mod xml;
mod zip;

pub use area::Area;
pub use cell::{Cell, RowStart, Value};
pub use error::{FlawKind, FormatViolation, XlsxError};
pub use format::NumberFormat;
pub use objects::NamedTable;
pub use reader::{SheetReader, Tables, Threads, Workbook};
pub use scan_step::{ScanEnd, ScanStep, SheetItem};
pub use serial::DateSystem;
pub use sheet::SheetScanner;
pub use strings::{SharedStrings, StringsScanner};
pub use styles::Styles;
pub use workbook::{DefinedName, Sheet, SheetKind, Visibility};
