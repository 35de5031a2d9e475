//! `csv` under `outputs`: its path and its dialect.
//!
//! The dialect's defaults only depend on the key `language`, never on the locale: a program that reads the file gets
//! the same file wherever the pipeline runs.

use matchflow_model::outcome::COLUMNS;
use matchflow_model::plan::{CsvDialect, ReferencePlan, SourcePlan, StagePlan, scorer_names};
use matchflow_model::result_table::{Export, ResultColumn};

use super::Check;
use crate::decode::{FilePath, ShortOrLong, Spanned};
use crate::raw::{CsvOutput, Pipeline};
use crate::suggest::listed;

/// The path and dialect of a CSV file; `None` if the path is missing, which has been reported already.
pub(super) fn csv_output(
    csv: &Spanned<ShortOrLong<FilePath, CsvOutput>>,
    raw: &Pipeline,
) -> Option<(Spanned<FilePath>, CsvDialect)> {
    let language = raw.language.as_ref().map(|language| language.value).unwrap_or_default();
    let default = CsvDialect::of_language(language);
    match &csv.value {
        ShortOrLong::Short(path) => {
            Some((Spanned { value: path.clone(), place: csv.place, sound: csv.sound }, default))
        }
        ShortOrLong::Long(CsvOutput { path, formulas, columns, delimiter, decimal, bom }) => {
            let columns = columns.iter().flat_map(|columns| &columns.value.0);
            let dialect = CsvDialect {
                delimiter: delimiter.as_ref().map_or(default.delimiter, |delimiter| delimiter.value.0),
                decimal: decimal.as_ref().map_or(default.decimal, |decimal| decimal.value),
                byte_order_mark: bom.as_ref().map_or(default.byte_order_mark, |bom| bom.value),
                formulas: formulas.as_ref().map(|formulas| formulas.value).unwrap_or_default(),
                columns: columns.map(|column| column.value.clone()).collect(),
            };
            Some((path.clone()?, dialect))
        }
    }
}

/// Columns of a file of clusters, in addition to the fields.
const CLUSTER_COLUMNS: [&str; 7] = ["cluster", "rows", "key", "row", "same_as", "score", "reason"];

impl Check<'_> {
    /// Reports columns that the results of the pipeline never have.
    pub(super) fn csv_columns(
        &mut self,
        csv: &Spanned<ShortOrLong<FilePath, CsvOutput>>,
        raw: &Pipeline,
        source: &SourcePlan,
        reference: &ReferencePlan,
        stages: &[StagePlan],
    ) {
        let ShortOrLong::Long(CsvOutput { columns: Some(columns), .. }) = &csv.value else { return };
        let known = match raw.dedupe {
            Some(_) => cluster_columns(raw, source),
            None => result_columns(source, reference, stages),
        };
        for column in columns.value.0.iter().filter(|column| !known.contains(&column.value)) {
            let help = listed("the columns are ", &column.value, known.iter().map(String::as_str));
            let problem = self.problems.at(column.place, format!("results have no column `{}`", column.value));
            problem.help(help);
        }
    }
}

fn cluster_columns(raw: &Pipeline, source: &SourcePlan) -> Vec<String> {
    let amount = raw.source.as_ref().and_then(|source| source.value.amount.as_ref());
    let sum = amount.map(|amount| format!("cluster_{}", amount.value));
    let fields = source.fields.iter().map(|field| field.name.clone());
    CLUSTER_COLUMNS.map(str::to_owned).into_iter().chain(sum).chain(fields).collect()
}

fn result_columns(source: &SourcePlan, reference: &ReferencePlan, stages: &[StagePlan]) -> Vec<String> {
    let is_plain = |column: &&ResultColumn| match column.export {
        Export::Hidden | Export::InputFields | Export::EntryFields | Export::Scores | Export::Comparisons => false,
        Export::Value
        | Export::WeighedValue
        | Export::GroupValue
        | Export::StatusValue
        | Export::ReviewValue
        | Export::Alternatives
        | Export::Evidence => true,
    };
    let results = COLUMNS.iter().filter(is_plain).map(|column| column.name.to_owned());
    let of_source = source.fields.iter().map(|field| format!("in_{}", field.name));
    let of_entry = reference.fields.iter().map(|field| format!("entry_{}", field.name));
    let of_scorers = scorer_names(stages).into_iter().map(|scorer| format!("score_{scorer}"));
    results.chain(of_source).chain(of_entry).chain(of_scorers).collect()
}
