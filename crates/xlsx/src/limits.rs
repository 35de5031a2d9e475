//! Limits on untrusted files. Nothing beyond these is allocated because of a number in a file.

/// Rows of a sheet, by the format.
pub const ROWS_MAX: u32 = 1_048_576;
/// Columns of a sheet, by the format.
pub const COLUMNS_MAX: u32 = 16_384;
/// Entries of the archive's directory.
pub const PARTS_MAX: u64 = 1 << 17;
/// Size of the archive's directory.
pub const DIRECTORY_BYTES_MAX: u64 = 1 << 26;
/// A part that is read as a whole: the workbook, its styles, its relationships.
pub const SMALL_PART_BYTES_MAX: u64 = 1 << 26;
/// The shared strings part, inflated.
pub const SHARED_STRINGS_BYTES_MAX: u64 = 1 << 31;
/// Shared strings of a workbook.
pub const SHARED_STRINGS_MAX: usize = 1 << 26;
/// A sheet, inflated: 1,048,576 x 16,384 cells of 60 bytes.
pub const SHEET_BYTES_MAX: u64 = 1 << 40;
/// Inflated bytes per packed byte, beyond [`RATIO_FREE_BYTES`]. Sheets of real cells stay below 50, DEFLATE below
/// 1,032.
pub const RATIO_MAX: u64 = 400;
/// Parts up to this size may have any ratio.
pub const RATIO_FREE_BYTES: u64 = 1 << 26;
/// A cell, a shared string, a comment: what must be in memory as a whole. 32,767 characters, each a run with its own
/// font.
pub const ELEMENT_BYTES_MAX: usize = 1 << 25;
/// A cell's text in UTF-16 units, by the format.
pub const TEXT_UNITS_MAX: usize = 32_767;
/// Sheets of a workbook.
pub const SHEETS_MAX: usize = 1 << 14;
/// The name of a sheet, table, table column or range: names are repeated in messages and rejects.
pub const NAME_BYTES_MAX: usize = 1 << 12;
/// Merged areas of a sheet.
pub const MERGED_MAX: usize = 1 << 20;
/// Parts of a workbook that are read for named tables.
pub const TABLE_PARTS_MAX: usize = 1 << 12;
