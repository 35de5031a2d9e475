//! What merged cells say: each what the first of them does.
//!
//! **Limits.** One text an area, for areas that begin above the rows to come; [`ACTIVE_MAX`] areas cross a row, as many
//! as there are columns, for areas that overlap are no spreadsheet's.

use std::collections::HashMap;

use matchflow_xlsx::Area;
use matchflow_xlsx::limits::COLUMNS_MAX;

use super::header::Early;
use crate::block::Kind;

const ACTIVE_MAX: usize = COLUMNS_MAX as usize;

/// The merged areas of a sheet.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// By first row.
    areas: Vec<(Area, Option<(Kind, String)>)>,
    /// By first cell.
    by_corner: HashMap<(u32, u32), usize>,
    /// Areas that begin at or above the row asked for last.
    begun: usize,
    /// Those of them that it is within, perhaps.
    active: Vec<usize>,
    row_last: u32,
}

impl Merged {
    pub(crate) fn new(mut areas: Vec<Area>) -> Self {
        areas.sort_by_key(|area| (area.first_row, area.first_column));
        let corner = |(index, area): (usize, &Area)| ((area.first_row, area.first_column), index);
        let by_corner = areas.iter().enumerate().map(corner).collect();
        let areas = areas.into_iter().map(|area| (area, None)).collect();
        Merged { areas, by_corner, ..Merged::default() }
    }

    /// Whether there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Keeps what a cell says, if others say the same.
    pub(crate) fn keep(&mut self, row: u32, column: u32, kind: Kind, text: &str) {
        if let Some(index) = self.by_corner.get(&(row, column))
            && let Some((_, said)) = self.areas.get_mut(*index)
        {
            *said = Some((kind, text.to_owned()));
        }
    }

    /// The areas that cross a row, and what their cells say. Rows are best asked for in ascending order.
    pub(crate) fn across(&mut self, row: u32) -> impl Iterator<Item = (&Area, Kind, &str)> {
        if row < self.row_last {
            self.begun = 0;
            self.active.clear();
        }
        self.row_last = row;
        let last_row = |index: &usize| self.areas.get(*index).map_or(0, |(area, _)| area.last_row);
        self.active.retain(|index| last_row(index) >= row);
        while let Some((area, _)) = self.areas.get(self.begun).filter(|(area, _)| area.first_row <= row) {
            if area.last_row >= row && self.active.len() < ACTIVE_MAX {
                self.active.push(self.begun);
            }
            self.begun += 1;
        }
        self.active.iter().filter_map(|index| {
            let (area, said) = self.areas.get(*index)?;
            let (kind, text) = said.as_ref()?;
            Some((area, *kind, text.as_str()))
        })
    }

    /// Adds names to a header's row for its merged cells that have none; `above` are the cells down to that row.
    pub(crate) fn name(&self, row: u32, above: &[Early], names: &mut Vec<(usize, String)>) {
        let crossing = |area: &&Area| area.first_row <= row && area.last_row >= row;
        for area in self.areas.iter().map(|(area, _)| area).filter(crossing).take(ACTIVE_MAX) {
            let is_corner = |cell: &&Early| cell.row == area.first_row && cell.column == area.first_column;
            let Some(corner) = above.iter().find(is_corner) else { continue };
            for column in area.first_column..=area.last_column {
                if !names.iter().any(|(known, _)| *known == column as usize) {
                    names.push((column as usize, corner.text.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_found_by_row() {
        let area = |text: &str| Area::parse(text).unwrap();
        let mut merged = Merged::new(vec![area("C4:C9"), area("A1:B2"), area("A4:B4")]);
        merged.keep(1, 0, Kind::Text, "a");
        merged.keep(4, 2, Kind::Number, "4");
        merged.keep(4, 3, Kind::Text, "nobody's");
        let mut texts = |row: u32| merged.across(row).map(|(_, _, text)| text.to_owned()).collect::<Vec<_>>();
        for (row, expected) in
            [(1, vec!["a"]), (2, vec!["a"]), (3, vec![]), (4, vec!["4"]), (9, vec!["4"]), (10, vec![])]
        {
            assert_eq!(texts(row), expected, "{row}");
        }
        assert_eq!(texts(2), ["a"], "rows out of order");
    }
}
