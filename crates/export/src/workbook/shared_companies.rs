//! The sheet of rows that share a company: suppliers that are probably in the file twice. Companies with the highest
//! amounts come first.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use matchflow_labels::texts;
use matchflow_model::digest;
use rust_xlsxwriter::Workbook;

use super::SheetError;
use super::cells::Cell;
use super::columns::{SheetColumn, shared_company_columns};
use super::result_sheet::ResultSheet;
use super::row_spool::RowSpool;
use super::styles::{self, Formats};
use crate::layout::Layout;
use crate::record::Record;

/// Rows by company.
pub(crate) struct SharedCompanies {
    sheet: ResultSheet,
    spool: RowSpool,
    companies: HashMap<u64, CompanyFigures>,
}

/// The number of companies shared by several rows, and the number of those rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SharedCount {
    pub(crate) companies: u64,
    pub(crate) rows: u64,
}

#[derive(Default)]
struct CompanyFigures {
    rows: u64,
    amount: f64,
    /// The position of its first row: orders companies that are otherwise equal.
    first: usize,
}

impl SharedCompanies {
    pub(crate) fn new(layout: &Layout, rows_max: u32, folder: &Path) -> io::Result<SharedCompanies> {
        let label = (texts::DUPLICATES, styles::DUPLICATES);
        Ok(SharedCompanies {
            sheet: ResultSheet::new(label, shared_company_columns(layout), rows_max, &layout.words),
            spool: RowSpool::create(folder)?,
            companies: HashMap::new(),
        })
    }

    pub(crate) fn columns(&self) -> &[SheetColumn] {
        self.sheet.columns()
    }

    pub(crate) fn sheet(&mut self) -> &mut ResultSheet {
        &mut self.sheet
    }

    /// Adds a matched row.
    pub(crate) fn add(&mut self, record: &Record<'_>, cells: &[Cell], amount: f64) -> io::Result<()> {
        let company = record.text("group").filter(|group| !group.is_empty()).or_else(|| record.text("id"));
        let Some(company) = company else { return Ok(()) };
        let company = digest::row([Some(company)]);
        let first = self.spool.rows.len();
        let figures = self.companies.entry(company).or_insert(CompanyFigures { first, ..CompanyFigures::default() });
        figures.rows += 1;
        figures.amount += amount;
        self.spool.add(cells, company, amount, 0.0)
    }

    /// Writes the rows of companies that several rows share.
    pub(crate) fn fill(
        &mut self,
        workbook: &mut Workbook,
        formats: &Formats,
        folder: &Path,
    ) -> Result<SharedCount, SheetError> {
        let mut spool = std::mem::replace(&mut self.spool, RowSpool::create(folder)?);
        self.companies.retain(|_, figures| figures.rows > 1);
        spool.rows.retain(|row| self.companies.contains_key(&row.company));
        let order = |company: &u64| {
            let figures = self.companies.get(company);
            figures.map_or((0.0, 0, 0), |figures| (figures.amount.abs(), figures.rows, figures.first))
        };
        spool.rows.sort_by(|a, b| {
            let ((a_amount, a_rows, a_first), (b_amount, b_rows, b_first)) = (order(&a.company), order(&b.company));
            b_amount.total_cmp(&a_amount).then(b_rows.cmp(&a_rows)).then(a_first.cmp(&b_first))
        });
        let count = SharedCount { companies: self.companies.len() as u64, rows: spool.rows.len() as u64 };
        let (mut company, mut is_banded) = (0, true);
        for row in spool.read()? {
            let (row, cells) = row?;
            if row.company != company {
                (company, is_banded) = (row.company, !is_banded);
            }
            self.sheet.add(workbook, formats, &cells, is_banded)?;
        }
        Ok(count)
    }
}
