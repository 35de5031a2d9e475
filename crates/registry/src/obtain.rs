//! Gets the files of a registry: from the publisher, or from this machine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use matchflow_model::digest::Hasher;
use matchflow_remote::{DownloadError, DownloadOutcome, DownloadRequest, DownloadedFile, Downloader};

use crate::descriptor::{Descriptor, SourceDescriptor};
use crate::error::RegistryError;
use crate::fetch::{FetchNote, FetchOptions, FetchProgress};
use crate::manifest::Manifest;

/// Replaced in addresses by the first day of a month.
const MONTH: &str = "{month}";
/// Months before this one whose file is tried: the publisher may be late.
const MONTHS_BACK: u32 = 1;
const BUFFER_BYTES: usize = 1 << 20;

/// A file on this machine.
#[derive(Debug, Clone)]
pub(crate) struct ObtainedFile {
    pub(crate) source: &'static SourceDescriptor,
    pub(crate) path: PathBuf,
    /// Its address, or its name.
    pub(crate) url: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) etag: Option<String>,
    /// The day that its publisher names it with.
    pub(crate) named_day: Option<String>,
    /// The day on which it was last changed.
    pub(crate) modified: Option<String>,
}

/// The files, or that they are those of the newest edition.
pub(crate) enum SourceFiles {
    Files(Vec<ObtainedFile>),
    Unchanged,
}

/// Finds the files among those that the user gives: by their names.
pub(crate) fn from_files(
    descriptor: &'static Descriptor,
    given: &[PathBuf],
    notes: &mut Vec<FetchNote>,
) -> Result<SourceFiles, RegistryError> {
    let mut all = Vec::new();
    for path in given {
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
            all.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
        } else {
            all.push(path.clone());
        }
    }
    all.sort();
    let mut files = Vec::new();
    for source in &descriptor.sources {
        let found: Vec<PathBuf> = all.iter().filter(|path| is_named(path, &source.stem)).cloned().collect();
        match found.as_slice() {
            [only] => files.push(local_file(source, only)?),
            [] if source.optional => notes.push(FetchNote::WithoutSource { key: source.key.clone() }),
            [] => {
                return Err(RegistryError::MissingFile {
                    stem: source.stem.clone(),
                    publisher: descriptor.publisher.clone(),
                    url: source.url.clone(),
                });
            }
            _ => return Err(RegistryError::SeveralFiles { key: source.key.clone(), files: found }),
        }
    }
    Ok(SourceFiles::Files(files))
}

/// Whether a name is a stem and what is no letter: `StockEtablissement_utf8.parquet`, not `StockEtablissementHistorique`.
fn is_named(path: &Path, stem: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (name, stem) = (name.to_lowercase(), stem.to_lowercase());
    let Some((_, rest)) = name.split_once(&stem) else { return false };
    !rest.starts_with(|letter: char| letter.is_alphabetic()) && !name.starts_with('.')
}

fn local_file(source: &'static SourceDescriptor, path: &Path) -> Result<ObtainedFile, RegistryError> {
    let failed = |error| RegistryError::Io { path: path.to_owned(), source: error };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; BUFFER_BYTES]);
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ObtainedFile {
        source,
        path: path.to_owned(),
        bytes: metadata.len(),
        sha256: hasher.finish_hex(),
        etag: None,
        named_day: day_in(&name),
        modified: metadata.modified().ok().map(day_of),
        url: name,
    })
}

/// Downloads the files.
pub(crate) fn from_publisher(
    options: &FetchOptions<'_>,
    folder: &Path,
    known: Option<&Manifest>,
    notes: &mut Vec<FetchNote>,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<SourceFiles, RegistryError> {
    let downloader = Downloader::new(std::sync::Arc::clone(&options.stopped))?;
    let mut download = SourceDownload { options, folder, downloader, progress };
    let mut files: BTreeMap<&str, Option<ObtainedFile>> = BTreeMap::new();
    let sources = &options.descriptor.sources;
    for source in sources {
        let etag = known.and_then(|manifest| manifest.sources.get(&source.key)?.etag.clone());
        match download.run(source, etag.as_deref()) {
            Ok(file) => _ = files.insert(&source.key, file),
            Err(RegistryError::Download(DownloadError::Status { status: 404 | 410, .. })) if source.optional => {
                notes.push(FetchNote::WithoutSource { key: source.key.clone() });
            }
            Err(error) => return Err(error),
        }
    }
    if files.values().all(Option::is_none) {
        return Ok(SourceFiles::Unchanged);
    }
    let mut obtained = Vec::new();
    for source in sources {
        match files.remove(source.key.as_str()) {
            Some(Some(file)) => obtained.push(file),
            // Unchanged, but no longer here: an edition is made of all files.
            Some(None) => obtained.extend(download.run(source, None)?),
            None => {}
        }
    }
    Ok(SourceFiles::Files(obtained))
}

struct SourceDownload<'a, 'p> {
    options: &'a FetchOptions<'a>,
    folder: &'a Path,
    downloader: Downloader,
    progress: &'p mut dyn FnMut(FetchProgress),
}

impl SourceDownload<'_, '_> {
    /// Downloads a file; `None` if it is the one that is known.
    fn run(
        &mut self,
        source: &'static SourceDescriptor,
        known_etag: Option<&str>,
    ) -> Result<Option<ObtainedFile>, RegistryError> {
        let template = self.options.addresses.get(&source.key).unwrap_or(&source.url);
        let template = with_mirror(template, self.options.mirror);
        let months = if template.contains(MONTH) { MONTHS_BACK } else { 0 };
        for back in 0..=months {
            let month = month_before(Utc::now().date_naive(), back);
            let url = template.replace(MONTH, &month);
            match self.download(source, &url, known_etag) {
                Err(RegistryError::Download(DownloadError::Status { status: 404, .. })) if back < months => {}
                other => return other,
            }
        }
        Ok(None)
    }

    fn download(
        &mut self,
        source: &'static SourceDescriptor,
        url: &str,
        known_etag: Option<&str>,
    ) -> Result<Option<ObtainedFile>, RegistryError> {
        let path = self.folder.join(format!("{}.{}", source.stem, source.extension));
        let sha256 = self.options.checksums.get(&source.key).map(String::as_str);
        let request = DownloadRequest { url, path: &path, known_etag, sha256 };
        let mut show = |done, total| {
            (self.progress)(FetchProgress::Download { key: source.key.clone(), done, total });
        };
        let DownloadOutcome::Complete(file) = self.downloader.download(&request, &mut show)? else { return Ok(None) };
        let DownloadedFile { bytes, sha256, etag, modified, published } = file;
        let named_day = day_in(url.rsplit('/').next().unwrap_or_default()).or(published);
        let url = url.to_owned();
        Ok(Some(ObtainedFile { source, path, url, bytes, sha256, etag, named_day, modified }))
    }
}

/// The address with the scheme and host of a mirror.
fn with_mirror(url: &str, mirror: Option<&str>) -> String {
    let Some(mirror) = mirror else { return url.to_owned() };
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    format!("{}/{path}", mirror.trim_end_matches('/'))
}

/// The first day of the month that is `back` months before that of `day`.
fn month_before(day: NaiveDate, back: u32) -> String {
    let first = day.with_day(1).unwrap_or(day);
    let month = first.checked_sub_months(chrono::Months::new(back)).unwrap_or(first);
    month.format("%Y-%m-%d").to_string()
}

/// The day in a name: `BasicCompanyDataAsOneFile-2026-11-01.zip`.
fn day_in(name: &str) -> Option<String> {
    let starts = name.char_indices().map(|(at, _)| at);
    let mut days = starts.filter_map(|at| name.get(at..at + 10));
    let is_day = |text: &&str| NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.is_char_boundary(4);
    days.find(is_day).map(str::to_owned)
}

fn day_of(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_how_their_names_begin() {
        for (name, is_it) in [
            ("StockEtablissement_utf8.parquet", true),
            ("StockEtablissement.parquet", true),
            ("2026-11-01-stocketablissement.csv.gz", true),
            ("StockEtablissementHistorique_utf8.parquet", false),
            ("StockEtablissementLiensSuccession_utf8.zip", false),
            (".StockEtablissement.parquet.new-1", false),
        ] {
            assert_eq!(is_named(Path::new(name), "StockEtablissement"), is_it, "{name}");
        }
    }

    #[test]
    fn addresses_have_months_mirrors_and_days() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        assert_eq!(month_before(day, 0), "2026-01-01");
        assert_eq!(month_before(day, 1), "2025-12-01");
        assert_eq!(with_mirror("https://a.example/b/c?d", Some("http://127.0.0.1:1/")), "http://127.0.0.1:1/b/c?d");
        assert_eq!(with_mirror("https://a.example/b", None), "https://a.example/b");
        assert_eq!(day_in("BasicCompanyDataAsOneFile-2026-11-01.zip").as_deref(), Some("2026-11-01"));
        assert_eq!(day_in("StockÉtablissement_utf8.parquet"), None);
    }
}
