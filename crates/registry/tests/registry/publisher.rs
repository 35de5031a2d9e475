//! A publisher: files of editions, a server that has them, and a folder that they are fetched into.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_generate::{GenerateOptions, RegistryEdition, RegistryLayout, SupplierFormat, generate};
use matchflow_mock_server::{Behaviour, FileServer, MockServer, ServedFile};
use matchflow_model::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_registry::{FetchOptions, FetchOutcome, RegistryError, StoredEdition, descriptor, fetch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

pub(crate) const UNITS: &str = "/api/1/datasets/r/350182c9-148a-46e0-8389-76c2ec1374a3";
pub(crate) const ESTABLISHMENTS: &str = "/api/1/datasets/r/a29c1297-1f92-4e2a-8f6b-8c902ce96c5f";
pub(crate) const SUCCESSIONS: &str = "/api/1/datasets/r/9c4d5d9c-4bbb-4b9c-837a-6155cb589e26";

/// A row by column.
pub(crate) type Row = BTreeMap<String, String>;

/// A publisher, and a folder of registries.
pub(crate) struct Publisher {
    pub(crate) folder: TempDir,
    pub(crate) files: FileServer,
    pub(crate) server: MockServer,
}

impl Publisher {
    pub(crate) fn new() -> Publisher {
        let files = FileServer::default();
        let server = MockServer::start(Behaviour::default(), files.responder()).unwrap();
        Publisher { folder: tempfile::tempdir().unwrap(), files, server }
    }

    /// A file at a stable address that redirects to where it is.
    pub(crate) fn put(&self, path: &str, etag: &str, bytes: Vec<u8>) {
        let place = format!("/static{path}/{etag}");
        let redirect_to = Some(self.server.url(&place));
        self.files.put(path, ServedFile { redirect_to, ..ServedFile::default() });
        let etag = format!("\"{etag}\"");
        self.files.put(&place, ServedFile { bytes, etag, ..ServedFile::default() });
    }

    /// Publishes an edition of SIRENE.
    pub(crate) fn publish_sirene(&self, edition: &SireneFiles, etag: &str) {
        self.put(UNITS, etag, fs::read(&edition.units).unwrap());
        self.put(ESTABLISHMENTS, etag, fs::read(&edition.establishments).unwrap());
        if let Some(links) = &edition.links {
            self.put(
                SUCCESSIONS,
                etag,
                zipped("StockEtablissementLiensSuccession_utf8.csv", &fs::read(links).unwrap()),
            );
        }
    }

    pub(crate) fn options<'a>(&'a self, name: &str, mirror: &'a str) -> FetchOptions<'a> {
        FetchOptions {
            descriptor: descriptor(name).unwrap(),
            registries: self.folder.path(),
            from: None,
            addresses: BTreeMap::new(),
            mirror: Some(mirror),
            checksums: BTreeMap::new(),
            edition: None,
            rows_min: Some(1),
            stopped: Arc::new(|| false),
        }
    }

    pub(crate) fn fetch(&self, name: &str) -> Result<FetchOutcome, RegistryError> {
        let mirror = self.server.url("");
        fetch(&self.options(name, &mirror), &mut |_| {})
    }

    /// Fetches an edition, which must be new.
    pub(crate) fn fetch_new(&self, name: &str) -> StoredEdition {
        match self.fetch(name).unwrap_or_else(|error| panic!("{error}")) {
            FetchOutcome::New { edition, .. } => *edition,
            FetchOutcome::Unchanged(edition) => panic!("{} is not new", edition.manifest.edition),
        }
    }

    /// Everything in the folder of a registry but downloads, with the digests of files.
    pub(crate) fn state(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.folder.path().join(name), &mut found);
        found.retain(|path| !["/.downloads", "/.lock", "/.staging"].iter().any(|hidden| path.contains(hidden)));
        found.sort();
        found
    }
}

fn list(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            list(&path, found);
        } else if entry.file_type().unwrap().is_symlink() {
            found.push(format!("{} -> {}", path.display(), fs::read_link(&path).unwrap().display()));
        } else {
            let digest = matchflow_model::digest::sha256_hex(&fs::read(&path).unwrap());
            found.push(format!("{} {digest}", path.display()));
        }
    }
}

/// INSEE's files of an edition.
pub(crate) struct SireneFiles {
    pub(crate) folder: TempDir,
    pub(crate) units: PathBuf,
    pub(crate) establishments: PathBuf,
    pub(crate) links: Option<PathBuf>,
    pub(crate) changes: Option<PathBuf>,
}

/// Generates an edition of SIRENE.
pub(crate) fn sirene(establishments: u64, edition: RegistryEdition) -> SireneFiles {
    let options = GenerateOptions {
        suppliers: 1,
        establishments,
        duplicates_per_mille: 0,
        strangers_per_mille: 0,
        seed: 5,
        format: SupplierFormat::Csv,
        layout: RegistryLayout::Sirene,
        edition,
    };
    let folder = tempfile::tempdir().unwrap();
    let made = generate(&options, folder.path(), &mut |_| {}).unwrap();
    let [units, establishments, ..] = made.registry.as_slice() else { panic!("{made:?}") };
    let (units, establishments) = (units.clone(), establishments.clone());
    SireneFiles { folder, units, establishments, links: made.registry.get(2).cloned(), changes: made.changes }
}

/// The rows of a Parquet file, all columns as text.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(Result::unwrap) {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let cell = |field: &std::sync::Arc<Field>| {
                let column = batch.column_by_name(field.name()).unwrap().as_string::<i32>();
                column.is_valid(row).then(|| (field.name().clone(), column.value(row).to_owned()))
            };
            rows.push(schema.fields().iter().filter_map(cell).collect());
        }
    }
    rows
}

/// Writes rows as Parquet with these columns, all of them text.
pub(crate) fn write_rows(path: &Path, columns: &[&str], rows: &[Row]) {
    let fields: Vec<Field> = columns.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let column = |name: &&str| {
        let values: StringArray = rows.iter().map(|row| row.get(*name).map(String::as_str)).collect();
        Arc::new(values) as Arc<dyn Array>
    };
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.iter().map(column).collect()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// The columns of a Parquet file.
pub(crate) fn columns(path: &Path) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// A zip archive with one file.
pub(crate) fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file(name, options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}
