//! INSEE's files, Parquet or CSV, as one table: each establishment with the columns of its legal unit, joined on
//! `siren`, and its successor, joined on `siret`, if the file of successions is given.
//!
//! Memory: the selected columns of the units, and 12 bytes per unit; establishments are streamed. If an establishment's
//! unit is missing, its unit columns are empty; a filter on one of those drops it. A name that is in both files refers
//! to the establishment's column.

use std::path::Path;

use arrow::array::{BooleanArray, StringArray};
use matchflow_model::digest::Hasher;
use matchflow_model::plan::TablePlan;

use super::column_table::{ColumnTable, JoinedFaults};
use super::successions::{SUCCESSOR, SuccessionIndex};
use super::{ColumnFilter, Selection, Table};
use crate::block::{Block, CellKind};
use crate::column::{ChunkedColumn, ColumnBlock, TextColumn};
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::format::{FormatKey, FormatReader, KeyType, TableFormat, TableRole};
use crate::header::{self, Header, HeaderColumn};

/// The column that is in both files.
const SIREN: &str = "siren";
/// The id of an establishment.
const SIRET: &str = "siret";

const UNITS: &str = "units";
const ESTABLISHMENTS: &str = "establishments";
const SUCCESSIONS: &str = "successions";

/// INSEE's files.
#[derive(Debug)]
pub(crate) struct Sirene;

static KEYS: [FormatKey; 3] = [
    FormatKey {
        name: ESTABLISHMENTS,
        about: "The `StockEtablissement` file.",
        is_required: true,
        value: KeyType::File,
    },
    FormatKey { name: UNITS, about: "The `StockUniteLegale` file.", is_required: true, value: KeyType::File },
    FormatKey {
        name: SUCCESSIONS,
        about: "The `StockEtablissementLiensSuccession` file: establishments get a column \
                `siretEtablissementSuccesseur`. As the field `successor` it is reported with an entry that is closed. Default: none.",
        is_required: false,
        value: KeyType::File,
    },
];

impl TableFormat for Sirene {
    fn name(&self) -> &'static str {
        "sirene"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        (role == TableRole::Reference)
            .then_some("INSEE's files, Parquet or CSV (also as zip or gzip), joined on `siren` and `siret`.")
    }

    fn summary(&self) -> &'static str {
        "INSEE's files."
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }

    fn row_columns(&self, _table: &TablePlan) -> &'static [&'static str] {
        &[]
    }

    fn describe(&self, table: &TablePlan) -> String {
        let file = |key: &str| table.file(key).unwrap_or(Path::new("")).display().to_string();
        let links = table.file(SUCCESSIONS).map(|links| format!(", successions {}", links.display()));
        format!("sirene {} and {}{}", file(UNITS), file(ESTABLISHMENTS), links.unwrap_or_default())
    }
}

impl FormatReader for Sirene {
    fn takes_compressed(&self) -> bool {
        true
    }

    fn takes(&self, contents: &FileContents) -> bool {
        *contents == FileContents::Parquet || contents.compression().is_some()
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        let file = |key| table.file(key).ok_or_else(|| IngestError::NoFile { format: table.format.clone() });
        Ok(Box::new(SireneTable::open(file(UNITS)?, file(ESTABLISHMENTS)?, table.file(SUCCESSIONS))?))
    }

    /// The order is the same as in all existing checkpoints.
    fn digest(&self, table: &TablePlan, hasher: &mut Hasher) -> Result<(), IngestError> {
        let files = [UNITS, ESTABLISHMENTS, SUCCESSIONS].into_iter().filter_map(|key| table.file(key));
        files.into_iter().try_for_each(|path| file::digest_file(hasher, path))
    }
}

struct SireneTable {
    header: Header,
    establishments: ColumnTable,
    units: ColumnTable,
    /// The origin of each column of the joined header.
    origins: Vec<ColumnOrigin>,
    /// The position of each selected column in the blocks of its file.
    picks: Vec<ColumnOrigin>,
    loaded: Option<UnitIndex>,
    inner: bool,
    /// The file of successions, until it is loaded.
    successions: Option<ColumnTable>,
    links: Option<SuccessionIndex>,
    /// The position of the SIRET in the blocks of the establishments, if successors are needed.
    sirets: Option<usize>,
    /// Filters on successors.
    successors: Vec<ColumnFilter>,
    /// Faults of the files that are loaded, until the next block reports them.
    joined_faults: JoinedFaults,
}

/// A column of one of the two files, or of a selection from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnOrigin {
    Establishment(usize),
    Unit(usize),
    Successor,
}

impl SireneTable {
    fn open(units: &Path, establishments: &Path, successions: Option<&Path>) -> Result<Self, IngestError> {
        let units = ColumnTable::open(units)?;
        let establishments = ColumnTable::open(establishments)?;
        let are_swapped = units.header().find(SIRET).is_ok() && establishments.header().find(SIRET).is_err();
        if are_swapped {
            let (units, establishments) = (units.header().file.clone(), establishments.header().file.clone());
            return Err(IngestError::SireneFilesSwapped { units, establishments });
        }
        units.header().find(SIREN)?;
        establishments.header().find(SIREN)?;
        establishments.header().find(SIRET)?;
        let mut columns: Vec<HeaderColumn> = establishments.header().columns.clone();
        let mut origins: Vec<ColumnOrigin> = (0..columns.len()).map(ColumnOrigin::Establishment).collect();
        for (index, column) in units.header().columns.iter().enumerate() {
            if !columns.iter().any(|known| known.name == column.name) {
                columns
                    .push(HeaderColumn { name: column.name.clone(), place: header::ColumnSource::At(columns.len()) });
                origins.push(ColumnOrigin::Unit(index));
            }
        }
        let successions = successions.map(SuccessionIndex::open).transpose()?;
        if successions.is_some() {
            columns.push(HeaderColumn { name: SUCCESSOR.to_owned(), place: header::ColumnSource::At(columns.len()) });
            origins.push(ColumnOrigin::Successor);
        }
        let header = Header {
            file: format!("{} + {}", establishments.header().file, units.header().file),
            named: columns.len(),
            columns,
            width: 0,
            extras: &[],
            ..establishments.header().clone()
        };
        Ok(SireneTable {
            header,
            establishments,
            units,
            origins,
            picks: Vec::new(),
            loaded: None,
            inner: false,
            successions,
            links: None,
            sirets: None,
            successors: Vec::new(),
            joined_faults: JoinedFaults::default(),
        })
    }

    fn origin(&self, column: usize) -> ColumnOrigin {
        self.origins.get(column).copied().unwrap_or(ColumnOrigin::Establishment(column))
    }

    fn join(&self, units: &UnitIndex, block: ColumnBlock) -> Result<ColumnBlock, IngestError> {
        let failed = |source| IngestError::Batch { file: self.header.file.clone(), source };
        let places: Vec<Option<UnitPlace>> = {
            let sirens = block.columns.first();
            sirens.into_iter().flat_map(TextColumn::readable).map(|siren| units.find(siren)).collect()
        };
        let unit_columns = units.gather(&places).map_err(failed)?;
        let sirets = self.sirets.and_then(|sirets| block.columns.get(sirets));
        let successors = sirets.zip(self.links.as_ref()).map(|(sirets, links)| links.successors(&sirets.values));
        let successors = successors.unwrap_or_else(|| StringArray::new_null(places.len()));
        let pick = |origin: &ColumnOrigin| match origin {
            ColumnOrigin::Establishment(index) => block.columns.get(*index).cloned(),
            ColumnOrigin::Unit(index) => {
                Some(unit_columns.get(*index).cloned().unwrap_or_else(|| nothing(places.len())))
            }
            ColumnOrigin::Successor => Some(TextColumn::new(CellKind::Text, successors.clone())),
        };
        let columns = self.picks.iter().filter_map(pick).collect();
        let ColumnBlock { numbers, mut faults, irregular, joined_faults, .. } = block;
        // A fault of a column that is not selected is the row's.
        let slot_of = |index| self.picks.iter().position(|pick| *pick == ColumnOrigin::Establishment(index));
        faults.iter_mut().for_each(|fault| fault.slot = fault.slot.and_then(slot_of));
        let joined = ColumnBlock { columns, numbers, faults, irregular, joined_faults };
        if !self.inner && self.successors.is_empty() {
            return Ok(joined);
        }
        let is_selected = |successor: Option<&str>| {
            self.successors.iter().all(|filter| successor.is_some_and(|siret| filter.condition.holds(siret)))
        };
        let joined_rows = places.iter().zip(&successors);
        let mask: BooleanArray = joined_rows
            .map(|(place, successor)| Some((place.is_some() || !self.inner) && is_selected(successor)))
            .collect();
        joined.filter(&mask).map_err(failed)
    }
}

impl Table for SireneTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn applies_filters(&self) -> bool {
        true
    }

    fn check(&self, column: usize) -> Result<(), IngestError> {
        match self.origin(column) {
            ColumnOrigin::Establishment(column) => self.establishments.check(column),
            ColumnOrigin::Unit(column) => self.units.check(column),
            ColumnOrigin::Successor => Ok(()),
        }
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        let rows_max = selection.rows_max;
        let with_siren = |table: &ColumnTable| {
            let columns = table.header().find(SIREN).map(|siren| vec![siren]);
            columns.map(|columns| Selection { columns, filters: Vec::new(), rows_max })
        };
        let (mut of_units, mut of_establishments) = (with_siren(&self.units)?, with_siren(&self.establishments)?);
        for &column in &selection.columns {
            self.picks.push(match self.origin(column) {
                ColumnOrigin::Establishment(column) => {
                    ColumnOrigin::Establishment(add(&mut of_establishments.columns, column))
                }
                ColumnOrigin::Unit(column) => ColumnOrigin::Unit(add(&mut of_units.columns, column)),
                ColumnOrigin::Successor => ColumnOrigin::Successor,
            });
        }
        for filter in selection.filters {
            match self.origin(filter.column) {
                ColumnOrigin::Establishment(column) => {
                    of_establishments.filters.push(ColumnFilter { column, ..filter })
                }
                ColumnOrigin::Unit(column) => of_units.filters.push(ColumnFilter { column, ..filter }),
                ColumnOrigin::Successor => self.successors.push(filter),
            }
        }
        if self.picks.contains(&ColumnOrigin::Successor) || !self.successors.is_empty() {
            let siret = self.establishments.header().find(SIRET)?;
            self.sirets = Some(add(&mut of_establishments.columns, siret));
        }
        self.inner = !of_units.filters.is_empty();
        of_units.rows_max = super::selection::BLOCK_ROWS_MAX;
        self.units.select(of_units)?;
        self.establishments.select(of_establishments)
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let units = match self.loaded.take() {
            Some(units) => units,
            None => UnitIndex::load(&mut self.units, &mut self.joined_faults)?,
        };
        if self.sirets.is_some()
            && let Some(mut successions) = self.successions.take()
        {
            self.links = Some(SuccessionIndex::load(&mut successions, &mut self.joined_faults)?);
        }
        let next = match self.establishments.next_block()? {
            Some(mut block) => {
                let faults = std::mem::take(&mut self.joined_faults);
                block.irregular += faults.irregular;
                block.joined_faults += faults.count;
                Some(self.join(&units, block)?)
            }
            None => None,
        };
        self.loaded = Some(units);
        Ok(next.map(Block::Columns))
    }
}

/// A unit's column if the file has no units at all.
fn nothing(rows: usize) -> TextColumn {
    TextColumn::new(CellKind::Text, StringArray::new_null(rows))
}

/// The position of `column` in `columns`, to which it is appended if missing.
fn add(columns: &mut Vec<usize>, column: usize) -> usize {
    columns.iter().position(|known| *known == column).unwrap_or_else(|| {
        columns.push(column);
        columns.len() - 1
    })
}

/// The position of a unit: chunk and row.
type UnitPlace = (u32, u32);

/// The legal units in memory, by siren. Sirens are numbers here, so leading zeros lost in a file do not matter.
struct UnitIndex {
    /// Sorted by siren, without duplicates.
    index: Vec<(u32, UnitPlace)>,
    /// One for each selected column; the first is the siren.
    columns: Vec<ChunkedColumn>,
}

impl UnitIndex {
    fn load(table: &mut ColumnTable, faults: &mut JoinedFaults) -> Result<Self, IngestError> {
        let mut units = UnitIndex { index: Vec::new(), columns: Vec::new() };
        let mut chunk = 0_u32;
        while let Some(block) = table.next_block()? {
            faults.add(&block);
            if block.numbers.is_empty() {
                continue;
            }
            units.push(chunk, block);
            chunk += 1;
        }
        units.index.sort_by_key(|(siren, place)| (*siren, *place));
        let mut pairs = units.index.windows(2);
        if let Some([(siren, _), _]) = pairs.find(|pair| matches!(pair, [(one, _), (next, _)] if one == next)) {
            let reason = format!("several of its rows have the siren {siren:09}, where each company has one");
            return Err(IngestError::NotSireneUnits { file: table.header().file.clone(), reason });
        }
        units.columns.iter_mut().for_each(ChunkedColumn::finish);
        Ok(units)
    }

    fn push(&mut self, chunk: u32, block: ColumnBlock) {
        if let Some(sirens) = block.columns.first() {
            let keyed = sirens.readable().zip(0_u32..).filter_map(|(siren, row)| Some((number(siren?)?, (chunk, row))));
            self.index.extend(keyed);
        }
        if self.columns.is_empty() {
            self.columns = block.columns.iter().map(|column| ChunkedColumn::new(column.kind)).collect();
        }
        for (chunked, column) in self.columns.iter_mut().zip(block.columns) {
            chunked.push(column);
        }
    }

    fn find(&self, siren: Option<&str>) -> Option<UnitPlace> {
        let siren = number(siren?)?;
        let at = self.index.partition_point(|(known, _)| *known < siren);
        self.index.get(at).filter(|(known, _)| *known == siren).map(|(_, place)| *place)
    }

    /// The unit columns of rows with these units; null for rows without one.
    fn gather(&self, places: &[Option<UnitPlace>]) -> Result<Vec<TextColumn>, arrow::error::ArrowError> {
        self.columns.iter().map(|column| column.gather(places)).collect()
    }
}

fn number(siren: &str) -> Option<u32> {
    siren.trim().parse().ok()
}
