//! Areas of a sheet: `B3:F500`.

use crate::limits::{COLUMNS_MAX, ROWS_MAX};
use crate::reference;

/// A rectangle of cells; both ends are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// From 1.
    pub first_row: u32,
    /// From 1.
    pub last_row: u32,
    /// From 0.
    pub first_column: u32,
    /// From 0.
    pub last_column: u32,
}

impl Area {
    /// A whole sheet.
    pub const SHEET: Area = Area { first_row: 1, last_row: ROWS_MAX, first_column: 0, last_column: COLUMNS_MAX - 1 };

    /// Parses an area as spreadsheets write it, with or without `$`: cells (`B3:F500`), one cell, columns (`B:F`), rows
    /// (`3:500`). `None` if it is not a valid area or exceeds the limits of a sheet.
    pub fn parse(text: &str) -> Option<Area> {
        let plain: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b'$').collect();
        let mut corners = plain.split(|byte| *byte == b':');
        let first = Corner::read(corners.next()?)?;
        let last = corners.next().map_or(Some(first), Corner::read)?;
        if corners.next().is_some() || first.row.is_some() != last.row.is_some() {
            return None;
        }
        // A single cell needs no range; a row or column does.
        if first.column.is_some() != last.column.is_some() || (!plain.contains(&b':') && !first.is_complete()) {
            return None;
        }
        let (rows, columns) = ((first.row.zip(last.row)), (first.column.zip(last.column)));
        let (first_row, last_row) = rows.unwrap_or((1, ROWS_MAX));
        let (first_column, last_column) = columns.unwrap_or((0, COLUMNS_MAX - 1));
        Some(Area {
            first_row: first_row.min(last_row),
            last_row: first_row.max(last_row),
            first_column: first_column.min(last_column),
            last_column: first_column.max(last_column),
        })
    }

    /// Whether the area contains the cell; rows count from 1, columns from 0.
    #[inline]
    pub fn contains(&self, row: u32, column: u32) -> bool {
        (self.first_row..=self.last_row).contains(&row) && (self.first_column..=self.last_column).contains(&column)
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let corner = |column: u32, row: u32| {
            let (mut rest, mut letters) = (column + 1, Vec::new());
            while rest > 0 {
                letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
                rest = (rest - 1) / 26;
            }
            letters.iter().rev().chain(row.to_string().chars().collect::<Vec<_>>().iter()).collect::<String>()
        };
        let (first, last) = (corner(self.first_column, self.first_row), corner(self.last_column, self.last_row));
        write!(out, "{first}:{last}")
    }
}

#[derive(Debug, Clone, Copy)]
struct Corner {
    row: Option<u32>,
    column: Option<u32>,
}

impl Corner {
    fn read(text: &[u8]) -> Option<Corner> {
        let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (letters, digits) = text.split_at_checked(letters)?;
        if letters.is_empty() {
            return Some(Corner { row: Some(reference::row(digits)?), column: None });
        }
        // A column without a row is parsed as a cell in row 1.
        let corner_cell = if digits.is_empty() { [letters, b"1"].concat() } else { text.to_vec() };
        let (row, column) = reference::parse(&corner_cell)?;
        Some(Corner { row: Some(row).filter(|_| !digits.is_empty()), column: Some(column) })
    }

    fn is_complete(&self) -> bool {
        self.row.is_some() && self.column.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_parse() {
        let area = |first_row, last_row, first_column, last_column| {
            Some(Area { first_row, last_row, first_column, last_column })
        };
        for (text, expected) in [
            ("B3:F500", area(3, 500, 1, 5)),
            (" $b$3:$F$500 ", area(3, 500, 1, 5)),
            ("F500:B3", area(3, 500, 1, 5)),
            ("C7", area(7, 7, 2, 2)),
            ("B:F", area(1, ROWS_MAX, 1, 5)),
            ("$3:$5", area(3, 5, 0, COLUMNS_MAX - 1)),
            ("A1:XFD1048576", Some(Area::SHEET)),
            ("A1:XFE5", None),
            ("A0:B2", None),
            ("B", None),
            ("3", None),
            ("A1:B", None),
            ("A1:3", None),
            ("A1:B2:C3", None),
            ("A1,B2", None),
            ("é1", None),
            (":", None),
            ("", None),
        ] {
            assert_eq!(Area::parse(text), expected, "{text}");
        }
        assert_eq!(Area::parse("$f$500:b3").unwrap().to_string(), "B3:F500");
        assert_eq!(Area::SHEET.to_string(), "A1:XFD1048576");
        let area = Area::parse("B3:C4").unwrap();
        assert!(area.contains(3, 1) && area.contains(4, 2) && !area.contains(2, 1) && !area.contains(3, 3));
    }
}
