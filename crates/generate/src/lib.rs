//! Generates a supplier file, a registry and the truth between them, of any size, from a seed.
//!
//! - The same options give the same bytes. Everything is derived from (seed, entity number) through ChaCha streams; no
//!   clock, thread or hash map has any influence.
//! - Memory does not grow with the counts: units, their SIRENs and the establishments of suppliers are functions of
//!   numbers, not tables. At any time, one Parquet row group and one sheet row are in memory.
//! - At most 60,000,000 establishments (the SIREN space), and 1,048,575 suppliers in a workbook (Excel's rows).
//!
//! # The registry
//!
//! Companies, sole traders, associations, real estate companies and town halls in some 600 French towns with their real
//! postcodes; one establishment for most, hundreds for a few; families of companies with equal or similar names; closed
//! ones; units that opted out of publication (`[ND]`).
//!
//! # Editions
//!
//! A registry has a following edition ([`RegistryEdition::Next`]) with every kind of change; `changes.csv` lists them.
//!
//! # The supplier rows
//!
//! Each row starts as an establishment of the registry (85 in 100) or as a supplier that is not in it, and is then
//! dirtied as people would: see [`Dirt`]. `truth.csv` has one line per row: `key,siret,siren,kind`, `kind` being the
//! words of [`Dirt`] joined with `+`, or `clean`. If duplicates are requested, a fifth column `cluster` identifies the
//! rows of one supplier: the SIREN, or for suppliers in no registry its first row. Apart from these duplicates, a
//! company is then a supplier only once.
//!
//! The rules and word lists of the dirt are only here. The engine's cleaning must not share them: a generator that
//! knows how its dirt is undone measures nothing.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod change_files;
mod columns;
mod dates;
mod dirt;
mod error;
mod establishment;
mod identifiers;
mod insee;
mod layout;
mod naming;
mod next_edition;
mod permutation;
mod registry;
mod sheet;
mod stream;
mod supplier;
mod towns;
mod unit;
mod words;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use matchflow_files::StagedFile;

pub use dirt::Dirt;
pub use error::GenerateError;

use establishment::Registry;

/// Maximum number of establishments.
pub const ESTABLISHMENTS_MAX: u64 = 60_000_000;
/// Maximum number of suppliers in a workbook: Excel's rows without the header.
pub const XLSX_SUPPLIERS_MAX: u64 = 1_048_575;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Rows of the supplier file.
    pub suppliers: u64,
    /// Entries of the registry.
    pub establishments: u64,
    /// Rows per thousand that repeat the supplier of an earlier row, written differently. If not zero, the truth has a
    /// column `cluster`.
    pub duplicates_per_mille: u32,
    /// Rows per thousand that are companies in no registry at the address of one that is, open or closed.
    pub strangers_per_mille: u32,
    /// Determines everything else.
    pub seed: u64,
    /// The format of the supplier file.
    pub format: SupplierFormat,
    /// The files of the registry.
    pub layout: RegistryLayout,
    /// Which edition of the registry.
    pub edition: RegistryEdition,
}

/// The format of the supplier file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SupplierFormat {
    /// `suppliers.xlsx`, sheet `Fournisseurs`, dates and numbers stored as such.
    #[default]
    Xlsx,
    /// `suppliers.csv`: UTF-8, `;`, dates as `31/12/2024`.
    Csv,
}

/// The files of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistryLayout {
    /// `registry.parquet`: establishments joined with their units.
    #[default]
    Flat,
    /// `StockUniteLegale_utf8.parquet` and `StockEtablissement_utf8.parquet`, as INSEE publishes them.
    Sirene,
}

/// An edition of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistryEdition {
    /// The first one, of 2026-09-30. The supplier file is of it.
    #[default]
    First,
    /// The one after it, of 2026-10-31: entries closed, reopened, moved, got other names, were taken over, and new ones.
    Next,
}

/// The part being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratedPart {
    /// The registry's entries.
    Registry,
    /// The supplier rows and their truth.
    Suppliers,
}

/// The progress of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerationProgress {
    /// The part.
    pub part: GeneratedPart,
    /// Rows generated.
    pub done: u64,
    /// Rows to generate.
    pub total: u64,
}

impl SupplierFormat {
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            SupplierFormat::Xlsx => "suppliers.xlsx",
            SupplierFormat::Csv => "suppliers.csv",
        }
    }
}

impl RegistryLayout {
    /// `registry.parquet`, or units and establishments.
    pub(crate) fn file_names(self) -> &'static [&'static str] {
        match self {
            RegistryLayout::Flat => &[FLAT_REGISTRY],
            RegistryLayout::Sirene => &[SIRENE_UNITS, SIRENE_ESTABLISHMENTS],
        }
    }
}

impl RegistryEdition {
    /// The files that only this edition has.
    fn file_names(self, layout: RegistryLayout) -> &'static [&'static str] {
        match (self, layout) {
            (RegistryEdition::First, _) => &[],
            (RegistryEdition::Next, RegistryLayout::Flat) => &[CHANGES],
            (RegistryEdition::Next, RegistryLayout::Sirene) => &[CHANGES, SIRENE_SUCCESSIONS],
        }
    }
}

impl GenerateOptions {
    /// The files that [`generate`] writes into `folder`.
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let names = self.layout.file_names().iter().chain(self.edition.file_names(self.layout)).copied();
        names.chain([self.format.file_name(), TRUTH]).map(|name| folder.join(name)).collect()
    }
}

pub(crate) const FLAT_REGISTRY: &str = "registry.parquet";
pub(crate) const SIRENE_UNITS: &str = "StockUniteLegale_utf8.parquet";
pub(crate) const SIRENE_ESTABLISHMENTS: &str = "StockEtablissement_utf8.parquet";
pub(crate) const SIRENE_SUCCESSIONS: &str = "StockEtablissementLiensSuccession_utf8.csv";
pub(crate) const CHANGES: &str = "changes.csv";
pub(crate) const TRUTH: &str = "truth.csv";

/// The generated files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFiles {
    /// The supplier file.
    pub suppliers: PathBuf,
    /// The registry's file or files.
    pub registry: Vec<PathBuf>,
    /// The truth.
    pub truth: PathBuf,
    /// What changed since the edition before, one line per entry and kind of change.
    pub changes: Option<PathBuf>,
    /// Suppliers that are in the registry.
    pub present: u64,
    /// Suppliers that are not.
    pub absent: u64,
}

/// Generates the files in `out_dir`, which is created if needed; `progress` is called every few hundred rows.
///
/// Files get their names only once they are complete, and replace existing ones.
pub fn generate(
    options: &GenerateOptions,
    out_dir: &Path,
    progress: &mut dyn FnMut(GenerationProgress),
) -> Result<GeneratedFiles, GenerateError> {
    check(options)?;
    fs::create_dir_all(out_dir).map_err(|source| GenerateError::Write { path: out_dir.to_owned(), source })?;
    let registry = Registry { seed: options.seed, total: options.establishments };
    let files = registry::write(&registry, options.layout, options.edition, out_dir, progress)?;
    let written = sheet::write(&registry, options, out_dir, progress)?;
    Ok(GeneratedFiles {
        suppliers: written.suppliers,
        registry: files.files,
        truth: written.truth,
        changes: files.changes,
        present: written.present,
        absent: options.suppliers - written.present,
    })
}

fn check(options: &GenerateOptions) -> Result<(), GenerateError> {
    let count = |what, value, allowed| Err(GenerateError::Count { what, value, allowed });
    if !(1..=ESTABLISHMENTS_MAX).contains(&options.establishments) {
        return count("establishments", options.establishments, "from 1 to 60,000,000 fit the SIREN numbers");
    }
    if options.duplicates_per_mille >= 1000 {
        return count("duplicates in a thousand", u64::from(options.duplicates_per_mille), "from 0 to 999");
    }
    if options.strangers_per_mille > 1000 {
        return count("strangers in a thousand", u64::from(options.strangers_per_mille), "from 0 to 1000");
    }
    if options.format == SupplierFormat::Xlsx && options.suppliers > XLSX_SUPPLIERS_MAX {
        return count("suppliers", options.suppliers, "a sheet holds up to 1,048,575; CSV holds any number");
    }
    Ok(())
}

/// Starts a file.
fn create(path: &Path) -> Result<(StagedFile, File), GenerateError> {
    StagedFile::create(path, "a generated file")
        .map_err(|source| GenerateError::Write { path: path.to_owned(), source })
}

/// Gives a complete file its name.
fn publish(file: StagedFile) -> Result<PathBuf, GenerateError> {
    let path = file.path().to_owned();
    file.publish().map_err(|source| GenerateError::Write { path, source })
}
