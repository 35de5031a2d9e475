//! What merged cells say: each what the first of them does.
//!
//! **Limits.** One text of its own an area that begins above the rows to come and ends below; [`ACTIVE_MAX`] areas cross
//! a row, as many as there are columns, for areas that overlap are no spreadsheet's.

use std::collections::{HashMap, HashSet};

use matchflow_xlsx::Area;
use matchflow_xlsx::limits::COLUMNS_MAX;

use super::header::Early;
use super::{Held, Said};

const ACTIVE_MAX: usize = COLUMNS_MAX as usize;

/// The merged areas of a sheet.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// By first row.
    areas: Vec<(Area, Option<Held>)>,
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
    pub(crate) fn keep(&mut self, row: u32, column: u32, said: Said<'_>) {
        if let Some(index) = self.by_corner.get(&(row, column))
            && let Some((_, kept)) = self.areas.get_mut(*index)
        {
            *kept = Some(Held::new(said));
        }
    }

    /// Whether an area that reaches down to the row `last` begins in this cell.
    pub(crate) fn reaches(&self, row: u32, column: u32, last: u32) -> bool {
        let index = self.by_corner.get(&(row, column));
        index.and_then(|index| self.areas.get(*index)).is_some_and(|(area, _)| area.last_row >= last)
    }

    /// The areas that cross a row, and what their cells say. Rows are best asked for in ascending order: of an area that
    /// lies above one asked for before, nothing is known any more.
    pub(crate) fn across(&mut self, row: u32) -> impl Iterator<Item = (&Area, Said<'_>)> {
        if row < self.row_last {
            self.begun = 0;
            self.active.clear();
        }
        self.row_last = row;
        let areas = &mut self.areas;
        self.active.retain(|index| {
            let Some((area, said)) = areas.get_mut(*index) else { return false };
            let is_active = area.last_row >= row;
            if !is_active {
                *said = None;
            }
            is_active
        });
        while let Some((area, _)) = self.areas.get(self.begun).filter(|(area, _)| area.first_row <= row) {
            if area.last_row >= row && self.active.len() < ACTIVE_MAX {
                self.active.push(self.begun);
            }
            self.begun += 1;
        }
        self.active.iter().filter_map(|index| {
            let (area, said) = self.areas.get(*index)?;
            Some((area, said.as_ref()?.said()))
        })
    }

    /// Adds names to a header's row for its merged cells that have none; `above` are the cells down to that row.
    pub(crate) fn name(
        &self,
        row: u32,
        above: &[Early],
        name: impl Fn(&Early) -> String,
        names: &mut Vec<(usize, String)>,
    ) {
        let crossing = |area: &&Area| area.first_row <= row && area.last_row >= row;
        let corners: HashMap<(u32, u32), &Early> = above.iter().map(|cell| ((cell.row, cell.column), cell)).collect();
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
    use crate::block::Kind;

    #[test]
    fn areas_are_found_by_row() {
        let area = |text: &str| Area::parse(text).unwrap();
        let mut merged = Merged::new(vec![area("C4:C9"), area("A1:B2"), area("A4:B4")]);
        merged.keep(1, 0, Said::Text(Kind::Text, "a"));
        merged.keep(4, 2, Said::Text(Kind::Number, "4"));
        merged.keep(4, 3, Said::Text(Kind::Text, "nobody's"));
        let mut texts =
            |row: u32| merged.across(row).map(|(_, said)| said.resolve(None).text.to_owned()).collect::<Vec<_>>();
        for (row, expected) in
            [(1, vec!["a"]), (2, vec!["a"]), (3, vec![]), (9, vec!["4"]), (4, vec!["4"]), (10, vec![]), (2, vec![])]
        {
            assert_eq!(texts(row), expected, "{row}");
        }
        assert!(merged.reaches(4, 2, 9) && !merged.reaches(4, 2, 10) && !merged.reaches(5, 2, 5));
    }
}
