//! `matchflow plugin`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use matchflow_text::CLEANERS;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Creates a folder with a working plug-in to start from
    New(PluginNewArgs),
    /// Builds the plug-in in a folder to a `.wasm` file next to its sources
    Build {
        /// The folder
        folder: PathBuf,
    },
    /// Scores pairs or runs a table of cases; a folder is built first
    Test(PluginTestArgs),
    /// Describes a plug-in: inputs, parameters, imports, size, digest
    Inspect {
        /// A `.wasm` file, or the name of a bundled plug-in
        file: PathBuf,
    },
    /// Measures pairs/s, the overhead of a call and the time to load
    Bench(PluginBenchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PluginNewArgs {
    /// The plug-in's name, also that of its folder: lower-case letters, digits and hyphens
    pub(crate) name: String,
    /// The language to write it in
    #[arg(long, value_enum)]
    pub(crate) lang: GuestLanguage,
    /// The kind of plug-in
    #[arg(long, value_enum, default_value_t = World::Scorer)]
    pub(crate) world: World,
}

/// A language that plug-ins can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GuestLanguage {
    Rust,
    Python,
    Javascript,
    C,
}

/// A kind of plug-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum World {
    /// Scores pairs of rows
    Scorer,
    /// Decides rows by asking a service
    Arbiter,
}

#[derive(Debug, Args)]
pub(crate) struct PluginTestArgs {
    /// A `.wasm` file, the folder with its sources, or the name of a bundled plug-in
    pub(crate) plugin: PathBuf,
    /// Scores one pair, `left|right`; values of several inputs are separated by `;`. May be repeated
    #[arg(long = "pair", value_name = "LEFT|RIGHT")]
    pub(crate) pairs: Vec<String>,
    /// Cleans the values of `--pair` first, as a run cleans fields (`company_name`, `address`...); otherwise the plug-in gets
    /// them as they are
    #[arg(long, value_name = "CLEANER", requires = "pairs", value_parser = cleaner_names())]
    pub(crate) clean: Option<String>,
    /// The parameters for `--pair`, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) parameters: String,
    /// A table of cases (YAML) [default: `cases.yaml` in the folder or next to the file]
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginBenchArgs {
    /// A `.wasm` file, or the name of a bundled plug-in
    pub(crate) file: PathBuf,
    /// Its parameters, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) parameters: String,
    /// Pairs to score in each of five rounds
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub(crate) pairs: u64,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn cleaner_names() -> PossibleValuesParser {
    CLEANERS.iter().map(|cleaner| cleaner.name).collect::<Vec<_>>().into()
}
