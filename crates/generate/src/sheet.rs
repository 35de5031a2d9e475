//! The supplier file (XLSX or CSV) and `truth.csv`, written row by row.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use csv::Writer;
use matchflow_files::StagedFile;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::establishment::Registry;
use crate::permutation::Permutation;
use crate::supplier::cell::SupplierCell;
use crate::supplier::{HEADER, RowShares, Supplier};
use crate::{
    GenerateError, GenerateOptions, GeneratedPart, GenerationProgress, SupplierFormat, TRUTH, create, publish,
};

/// The sheet of the workbook.
const SHEET: &str = "Fournisseurs";
/// Number of rows between two calls of `progress`.
const PROGRESS_ROWS: u64 = 500;

/// The files, and the number of suppliers in the registry.
pub(crate) struct SupplierFiles {
    pub(crate) suppliers: PathBuf,
    pub(crate) truth: PathBuf,
    pub(crate) present: u64,
}

/// Writes both files into `folder`.
pub(crate) fn write(
    registry: &Registry,
    options: &GenerateOptions,
    folder: &Path,
    progress: &mut dyn FnMut(GenerationProgress),
) -> Result<SupplierFiles, GenerateError> {
    let mut rows = SupplierRows::start(registry, options, folder.join(TRUTH), progress)?;
    let suppliers = match options.format {
        SupplierFormat::Xlsx => write_workbook(&mut rows, folder.join(options.format.file_name()))?,
        SupplierFormat::Csv => write_csv(&mut rows, folder.join(options.format.file_name()))?,
    };
    let (truth, present) = rows.finish()?;
    Ok(SupplierFiles { suppliers, truth, present })
}

/// The supplier rows in order; taking one writes its truth.
struct SupplierRows<'a> {
    registry: &'a Registry,
    permutation: Permutation,
    next: u64,
    total: u64,
    shares: RowShares,
    present: u64,
    truth: Writer<File>,
    truth_file: StagedFile,
    truth_path: PathBuf,
    progress: &'a mut dyn FnMut(GenerationProgress),
}

impl<'a> SupplierRows<'a> {
    fn start(
        registry: &'a Registry,
        options: &GenerateOptions,
        truth_path: PathBuf,
        progress: &'a mut dyn FnMut(GenerationProgress),
    ) -> Result<Self, GenerateError> {
        let permutation = Permutation::new(registry.seed, registry.total);
        let (truth_file, file) = create(&truth_path)?;
        let mut truth = Writer::from_writer(file);
        let shares = RowShares { duplicates: options.duplicates_per_mille, strangers: options.strangers_per_mille };
        let cluster = (shares.duplicates > 0).then_some("cluster");
        let header = ["key", "siret", "siren", "kind"].into_iter().chain(cluster);
        truth.write_record(header).map_err(|source| csv_error(&truth_path, source))?;
        let (next, total, present) = (0, options.suppliers, 0);
        Ok(Self { registry, permutation, next, total, shares, present, truth, truth_file, truth_path, progress })
    }

    fn next(&mut self) -> Result<Option<[SupplierCell; 12]>, GenerateError> {
        if self.next.is_multiple_of(PROGRESS_ROWS) || self.next == self.total {
            (self.progress)(GenerationProgress { part: GeneratedPart::Suppliers, done: self.next, total: self.total });
        }
        if self.next == self.total {
            return Ok(None);
        }
        let supplier = Supplier::of(self.registry, &self.permutation, self.next, self.shares);
        self.next += 1;
        self.present += u64::from(supplier.entry.is_some());
        let (siret, siren) = supplier.entry.unwrap_or_default();
        let cluster = if siren.is_empty() { format!("row {}", supplier.first) } else { siren.clone() };
        let cluster = (self.shares.duplicates > 0).then_some(cluster);
        self.truth
            .write_record([supplier.key, siret, siren, supplier.dirts.words()].into_iter().chain(cluster))
            .map_err(|source| csv_error(&self.truth_path, source))?;
        Ok(Some(supplier.cells))
    }

    fn finish(mut self) -> Result<(PathBuf, u64), GenerateError> {
        let path = self.truth_path;
        self.truth.flush().map_err(|source| GenerateError::Write { path: path.clone(), source })?;
        Ok((publish(self.truth_file)?, self.present))
    }
}

fn write_csv(rows: &mut SupplierRows<'_>, path: PathBuf) -> Result<PathBuf, GenerateError> {
    let (staged, file) = create(&path)?;
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(file);
    writer.write_record(HEADER).map_err(|source| csv_error(&path, source))?;
    while let Some(cells) = rows.next()? {
        writer.write_record(cells.map(|cell| cell.text())).map_err(|source| csv_error(&path, source))?;
    }
    writer.flush().map_err(|source| GenerateError::Write { path: path.clone(), source })?;
    publish(staged)
}

fn write_workbook(rows: &mut SupplierRows<'_>, path: PathBuf) -> Result<PathBuf, GenerateError> {
    let failed = |source| GenerateError::Workbook { path: path.clone(), source };
    let (staged, file) = create(&path)?;
    let mut workbook = Workbook::new();
    // Without a fixed time, the workbook would contain the current time.
    let made = ExcelDateTime::from_ymd(2026, 1, 1).map_err(failed)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let folder = path.parent().unwrap_or(Path::new("."));
    workbook.set_tempdir(folder).map_err(failed)?;
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name(SHEET).map_err(failed)?;
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string(0, column, name).map_err(failed)?;
    }
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let mut line = 0;
    while let Some(cells) = rows.next()? {
        line += 1;
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, line, column, &cell, &date).map_err(failed)?;
        }
    }
    workbook.save_to_writer(BufWriter::new(file)).map_err(failed)?;
    publish(staged)
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &SupplierCell,
    date: &Format,
) -> Result<(), XlsxError> {
    match cell {
        SupplierCell::Empty => Ok(()),
        SupplierCell::Text(text) => sheet.write_string(row, column, text).map(drop),
        SupplierCell::Number(number) => sheet.write_number(row, column, *number as f64).map(drop),
        SupplierCell::Date(serial) => sheet.write_number_with_format(row, column, *serial, date).map(drop),
    }
}

fn csv_error(path: &Path, source: csv::Error) -> GenerateError {
    GenerateError::Csv { path: path.to_owned(), source }
}
