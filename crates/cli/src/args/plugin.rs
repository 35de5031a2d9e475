//! What `matchflow plugin` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What is done with a matcher.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Makes a folder with a working matcher, to be changed
    New(PluginNewArgs),
    /// Builds the matcher in a folder to a `.wasm` file beside its sources
    Build {
        /// The folder
        folder: PathBuf,
    },
    /// Scores pairs, or runs a table of cases; a folder is built first
    Test(PluginTestArgs),
    /// Shows what a `.wasm` file is: inputs, parameters, imports, size, digest
    Inspect {
        /// The component
        file: PathBuf,
    },
    /// Measures pairs/s, the cost of a call and the time to start
    Bench(PluginBenchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PluginNewArgs {
    /// The matcher's name: lower-case letters, digits and hyphens. The folder has this name too
    pub(crate) name: String,
    /// The language
    #[arg(long, value_enum)]
    pub(crate) lang: Language,
    /// What it does
    #[arg(long, value_enum, default_value_t = World::Scorer)]
    pub(crate) world: World,
}

/// A language that matchers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Python,
    Javascript,
    C,
}

/// What a plug-in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum World {
    /// Scores pairs of rows
    Scorer,
    /// Decides rows by asking a service
    Arbiter,
}

#[derive(Debug, Args)]
pub(crate) struct PluginTestArgs {
    /// A `.wasm` file, or the folder of its sources
    pub(crate) plugin: PathBuf,
    /// Scores one pair, `left|right`; values of several inputs are separated by `;`. May be repeated
    #[arg(long = "pair", value_name = "LEFT|RIGHT")]
    pub(crate) pairs: Vec<String>,
    /// The parameters for `--pair`, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) parameters: String,
    /// A table of cases (YAML). Default: `cases.yaml` in the folder or beside the file
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginBenchArgs {
    /// The component
    pub(crate) file: PathBuf,
    /// Its parameters, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) parameters: String,
    /// Pairs scored in each of five rounds
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub(crate) pairs: u64,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}
