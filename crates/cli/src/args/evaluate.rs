//! `matchflow evaluate`.

use std::path::PathBuf;

use clap::Args;
use matchflow_evaluate::{Floor, Measure, Sections};

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// The results: a file written by a run (CSV, XLSX or Parquet, in any language), or its DuckDB checkpoint
    pub(crate) results: PathBuf,
    /// The true matches: a key, then `siret` and/or `siren`, empty for suppliers not in the registry, and optionally
    /// `kind`, the difficulty of a row. For duplicates: a key and a `cluster`. CSV, a workbook or Parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// Shows the worst N mistakes
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) worst: usize,
    /// Shows precision and recall by score threshold
    #[arg(long)]
    curve: bool,
    /// Shows how often the results in each band of scores are correct
    #[arg(long)]
    reliability: bool,
    /// Shows the outcomes for each `kind` of row in the truth, the worst first
    #[arg(long)]
    kinds: bool,
    /// Fails (exit code 1) if F1 is below this value, by group or at another level (`siret:0.9`); may be repeated
    #[arg(long, value_name = "[LEVEL:]F1")]
    min_f1: Vec<Floor>,
    /// Fails if precision is below this value
    #[arg(long, value_name = "[LEVEL:]SHARE")]
    min_precision: Vec<Floor>,
    /// Fails if recall is below this value
    #[arg(long, value_name = "[LEVEL:]SHARE")]
    min_recall: Vec<Floor>,
    /// Prints JSON, with all sections
    #[arg(long)]
    pub(crate) json: bool,
}

impl EvaluateArgs {
    /// The optional sections of the report.
    pub(crate) fn sections(&self) -> Sections {
        Sections { curve: self.curve, reliability: self.reliability, kinds: self.kinds }
    }

    /// The floors of precision, recall and F1.
    pub(crate) fn floors(&self) -> impl Iterator<Item = (Measure, Floor)> {
        let with =
            |measure, floors: &'_ [Floor]| floors.iter().map(move |floor| (measure, floor.clone())).collect::<Vec<_>>();
        let lists = [
            with(Measure::Precision, &self.min_precision),
            with(Measure::Recall, &self.min_recall),
            with(Measure::F1, &self.min_f1),
        ];
        lists.into_iter().flatten()
    }
}
