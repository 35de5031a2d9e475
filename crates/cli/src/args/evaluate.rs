//! `matchflow evaluate`.

use std::path::PathBuf;

use clap::Args;
use matchflow_evaluate::{Floor, Measure, Sections};

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Results: the CSV that a run writes, or its DuckDB checkpoint
    pub(crate) results: PathBuf,
    /// The truth: a key, then `siret` and/or `siren`, empty where there is no entry; `kind` says why a row is hard. Of
    /// duplicates: a key and a `cluster`
    #[arg(long, value_name = "CSV")]
    pub(crate) truth: PathBuf,
    /// Shows the worst N mistakes
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) worst: usize,
    /// Shows precision and recall from score to score
    #[arg(long)]
    curve: bool,
    /// Shows for bands of scores how often they are right
    #[arg(long)]
    reliability: bool,
    /// Shows what became of each kind of row that the truth names, the worst first
    #[arg(long)]
    kinds: bool,
    /// Fails (exit code 1) where F1 is below; of SIREN unless said, `siret:0.9`; may be repeated
    #[arg(long, value_name = "[LEVEL:]F1")]
    min_f1: Vec<Floor>,
    /// The same for precision
    #[arg(long, value_name = "[LEVEL:]SHARE")]
    min_precision: Vec<Floor>,
    /// The same for recall
    #[arg(long, value_name = "[LEVEL:]SHARE")]
    min_recall: Vec<Floor>,
    /// Prints JSON, with all sections
    #[arg(long)]
    pub(crate) json: bool,
}

impl EvaluateArgs {
    /// What is shown beyond the figures.
    pub(crate) fn sections(&self) -> Sections {
        Sections { curve: self.curve, reliability: self.reliability, kinds: self.kinds }
    }

    /// What must not be below what.
    pub(crate) fn floors(&self) -> impl Iterator<Item = (Measure, Floor)> {
        let of = |measure, floors: &'_ [Floor]| floors.iter().map(move |floor| (measure, *floor)).collect::<Vec<_>>();
        let lists = [
            of(Measure::Precision, &self.min_precision),
            of(Measure::Recall, &self.min_recall),
            of(Measure::F1, &self.min_f1),
        ];
        lists.into_iter().flatten()
    }
}
