//! `matchflow registry`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ProgressMode;
use super::whole_number;

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Fetches a registry from its publisher, or from files, as a new edition
    Fetch(RegistryFetchArgs),
    /// Fetches the editions that are new of the registries in a folder, and lists what changed
    Update(RegistryUpdateArgs),
    /// Lists what changed between two editions: created, closed, reopened, succeeded, renamed, moved entries
    Diff(RegistryDiffArgs),
}

/// A registry that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegistryName {
    /// INSEE's companies and establishments of France
    Sirene,
    /// The legal entities of the world that have an LEI
    Gleif,
    /// The companies of the United Kingdom
    CompaniesHouse,
}

impl RegistryName {
    /// The name of its descriptor.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RegistryName::Sirene => "sirene",
            RegistryName::Gleif => "gleif",
            RegistryName::CompaniesHouse => "companies-house",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RegistryFetchArgs {
    /// The registry
    #[arg(value_enum)]
    pub(crate) registry: RegistryName,
    /// The folder of all registries; created if missing
    #[arg(long, value_name = "DIR", default_value = "registries")]
    pub(crate) dir: PathBuf,
    /// Reads the publisher's files from this folder, or these files, and uses no network; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,
    /// Another address of one of its files, such as `units=https://mirror.example/units.parquet`; may be repeated
    #[arg(long, value_name = "NAME=URL", value_parser = name_and_value)]
    pub(crate) address: Vec<(String, String)>,
    /// The SHA-256 that one of its files must have, such as `units=9f86d0...`; may be repeated
    #[arg(long, value_name = "NAME=HEX", value_parser = name_and_digest)]
    pub(crate) sha256: Vec<(String, String)>,
    /// The edition that the files are of, as a day [default: the last day on which one of their rows changed]
    #[arg(long, value_name = "DAY")]
    pub(crate) edition: Option<String>,
    /// Accepts files with at least N rows [default: what the publisher's files have at least]
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(crate) rows_min: Option<u64>,
    /// How to show progress, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryUpdateArgs {
    /// The registries to update [default: all in the folder]
    #[arg(value_enum)]
    pub(crate) registries: Vec<RegistryName>,
    /// The folder of all registries
    #[arg(long, value_name = "DIR", default_value = "registries")]
    pub(crate) dir: PathBuf,
    /// Accepts files with at least N rows [default: what the publisher's files have at least]
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(crate) rows_min: Option<u64>,
    /// How to show progress, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryDiffArgs {
    /// The folder of the older edition, such as `registries/sirene/2026-09-30`
    pub(crate) before: PathBuf,
    /// The folder of the newer edition, such as `registries/sirene/latest`
    pub(crate) after: PathBuf,
    /// Writes each change to this file: `.csv`, `.jsonl` or `.parquet`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Prints the counts as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `NAME=VALUE`.
fn name_and_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let (name, value) = pair.ok_or_else(|| "it must be a name, `=` and a value".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

/// `NAME=HEX`, 64 hexadecimal digits.
fn name_and_digest(text: &str) -> Result<(String, String), String> {
    let (name, digest) = name_and_value(text)?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok((name, digest)) } else { Err("a SHA-256 has 64 hexadecimal digits".to_owned()) }
}
