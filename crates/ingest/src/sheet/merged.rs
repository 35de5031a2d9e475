//! Values of merged cells: each has the value of the first.
//!
//! **Limits.** One stored text per area that crosses the current row; at most [`ACTIVE_MAX`] areas cross a row, as many
//! as there are columns, since spreadsheets write no overlapping areas.

use std::collections::{HashMap, HashSet};

use matchflow_xlsx::Area;
use matchflow_xlsx::limits::COLUMNS_MAX;

use super::header::EarlyCell;
use super::{CellValue, StoredValue};

const ACTIVE_MAX: usize = COLUMNS_MAX as usize;

/// The merged areas of a sheet.
#[derive(Debug, Default)]
pub(crate) struct MergedAreas {
    /// Sorted by first row.
    areas: Vec<(Area, Option<StoredValue>)>,
    /// Indices by first cell.
    by_corner: HashMap<(u32, u32), usize>,
    /// The first area that begins below the last requested row.
    next_area: usize,
    /// Areas before it that may cross that row.
    active: Vec<usize>,
    row_last: u32,
}

impl MergedAreas {
    pub(crate) fn new(mut areas: Vec<Area>) -> Self {
        areas.sort_by_key(|area| (area.first_row, area.first_column));
        let corner = |(index, area): (usize, &Area)| ((area.first_row, area.first_column), index);
        let by_corner = areas.iter().enumerate().map(corner).collect();
        let areas = areas.into_iter().map(|area| (area, None)).collect();
        MergedAreas { areas, by_corner, ..MergedAreas::default() }
    }

    /// Whether there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Stores the value of a cell if it is the first of a merged area.
    pub(crate) fn store(&mut self, row: u32, column: u32, value: CellValue<'_>) {
        if let Some(index) = self.by_corner.get(&(row, column))
            && let Some((_, stored)) = self.areas.get_mut(*index)
        {
            *stored = Some(StoredValue::new(value));
        }
    }

    /// Whether this cell is the first of an area that reaches down to the row `last`.
    pub(crate) fn reaches(&self, row: u32, column: u32, last: u32) -> bool {
        let index = self.by_corner.get(&(row, column));
        index.and_then(|index| self.areas.get(*index)).is_some_and(|(area, _)| area.last_row >= last)
    }

    /// The areas that cross a row, and their values. Rows must be requested in ascending order: areas that end above a
    /// requested row are dropped.
    pub(crate) fn across(&mut self, row: u32) -> impl Iterator<Item = (&Area, CellValue<'_>)> {
        if row < self.row_last {
            self.next_area = 0;
            self.active.clear();
        }
        self.row_last = row;
        let areas = &mut self.areas;
        self.active.retain(|index| {
            let Some((area, value)) = areas.get_mut(*index) else { return false };
            let is_active = area.last_row >= row;
            if !is_active {
                *value = None;
            }
            is_active
        });
        while let Some((area, _)) = self.areas.get(self.next_area).filter(|(area, _)| area.first_row <= row) {
            if area.last_row >= row && self.active.len() < ACTIVE_MAX {
                self.active.push(self.next_area);
            }
            self.next_area += 1;
        }
        self.active.iter().filter_map(|index| {
            let (area, value) = self.areas.get(*index)?;
            Some((area, value.as_ref()?.value()))
        })
    }

    /// Adds names for merged cells of a header row that have none; `above` are the cells down to that row.
    pub(crate) fn name(
        &self,
        row: u32,
        above: &[EarlyCell],
        name: impl Fn(&EarlyCell) -> String,
        names: &mut Vec<(usize, String)>,
    ) {
        let crossing = |area: &&Area| area.first_row <= row && area.last_row >= row;
        let corners: HashMap<(u32, u32), &EarlyCell> =
            above.iter().map(|cell| ((cell.row, cell.column), cell)).collect();
        let mut known: HashSet<usize> = names.iter().map(|(position, _)| *position).collect();
        for area in self.areas.iter().map(|(area, _)| area).filter(crossing).take(ACTIVE_MAX) {
            let Some(corner) = corners.get(&(area.first_row, area.first_column)) else { continue };
            let columns = area.first_column as usize..=area.last_column as usize;
            names.extend(columns.filter(|column| known.insert(*column)).map(|column| (column, name(corner))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::CellKind;

    #[test]
    fn areas_are_found_by_row() {
        let area = |text: &str| Area::parse(text).unwrap();
        let mut merged = MergedAreas::new(vec![area("C4:C9"), area("A1:B2"), area("A4:B4")]);
        merged.store(1, 0, CellValue::Text(CellKind::Text, "a"));
        merged.store(4, 2, CellValue::Text(CellKind::Number, "4"));
        merged.store(4, 3, CellValue::Text(CellKind::Text, "nobody's"));
        let mut texts =
            |row: u32| merged.across(row).map(|(_, value)| value.resolve(None).text.to_owned()).collect::<Vec<_>>();
        for (row, expected) in
            [(1, vec!["a"]), (2, vec!["a"]), (3, vec![]), (9, vec!["4"]), (4, vec!["4"]), (10, vec![]), (2, vec![])]
        {
            assert_eq!(texts(row), expected, "{row}");
        }
        assert!(merged.reaches(4, 2, 9) && !merged.reaches(4, 2, 10) && !merged.reaches(5, 2, 5));
    }
}
