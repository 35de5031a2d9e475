//! `matchflow train`: learns the match weights of a pipeline, and writes them as a commented file.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use matchflow_evaluate::{Level, Truth};
use matchflow_files::StagedFile;
use matchflow_ingest::{SourceReader, open_reference, open_source};
use matchflow_match_weights::{
    CrossValidation, ScorerOutput, TrainingResult, TrainingRow, cross_validate, train as estimate,
};
use matchflow_matcher::{
    Matcher, TrainingExample, TrainingPair, TrainingSampler, survey_matcher, term_frequency_fields,
};
use matchflow_model::digest;
use matchflow_model::plan::{MatchModel, Plan};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::args::TrainArgs;
use crate::commands::model_file::{model_file, significant};
use crate::commands::survey::require_registry;
use crate::engine::REGISTRY_BATCH_ROWS;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::{LoadedPipeline, load};
use crate::run_files::{self, MODEL};

/// Rows searched and scored per batch.
const BATCH_ROWS: usize = 512;

/// Minimum number of expected true pairs at the levels of a comparison for it to count as observed.
const SEEN_MIN: f64 = 0.5;

/// Minimum size of a registry for random pairs to be hardly ever matches.
const RANDOM_ENTRIES_MIN: u32 = 100;

/// Scored rows to learn from.
struct TrainingData {
    rows: Vec<TrainingRow>,
    /// Number of rows whose match is known.
    known: usize,
    random_pairs: Vec<Vec<ScorerOutput>>,
}

/// Learns and writes the model.
pub(crate) fn train(args: &TrainArgs) -> Result<ExitCode, Failure> {
    let LoadedPipeline { checked, plugins, .. } = load(&args.pipeline)?;
    let plan = checked.plan;
    require_registry(&plan)?;
    args.truth.iter().for_each(|truth| matchflow_files::protect(truth, "the known matches"));
    run_files::claim_argument(&args.out, MODEL)?;
    let truth = args.truth.as_deref().map(Truth::open).transpose().while_doing("reading the truth")?;
    let mut reference =
        open_reference(&plan.reference, REGISTRY_BATCH_ROWS).while_doing("reading and indexing the registry")?;
    let matcher = survey_matcher(&plan, 0, &term_frequency_fields(&plan, &plugins), move || {
        let batch = reference.next_batch().map_err(|error| Box::new(error) as matchflow_matcher::ReadError)?;
        Ok(batch.map(|batch| batch.rows))
    });
    let matcher = matcher.while_doing("reading and indexing the registry")?;
    let Some(mut sampler) = TrainingSampler::new(&plan, &plugins, &matcher) else {
        let message = "error: the pipeline has no match model to train: add `model: suppliers`, or a model of your own";
        return Err(Failure::Refused(ExitReason::Pipeline, message.to_owned()));
    };
    let data = collect(args, &plan, &matcher, &mut sampler, truth.as_ref())?;
    check_data(&data, &plan, args)?;
    let model = sampler.model();
    let trained = estimate(model, sampler.groups(), &data.rows, &data.random_pairs);
    let validation = cross_validate(model, sampler.groups(), &data.rows, &data.random_pairs);
    check_result(&trained, validation, &data)?;
    let text = model_file(&trained, sampler.scorers(), &about(&plan, &data, args));
    let write = || {
        let (staged, mut file) = StagedFile::create(&args.out, MODEL)?;
        file.write_all(text.as_bytes())?;
        staged.publish()
    };
    write().map_err(|error| write_failure(&args.out, &error))?;
    message!("{}", changes(&trained, model, &data));
    for comparison in unseen_comparisons(&trained) {
        message!("warning: no true pair was compared by `{comparison}`: its m are as they were");
    }
    message!("{}", validation_line(validation));
    message!("{}", args.out.display());
    Ok(ExitCode::SUCCESS)
}

/// Refuses a model that has learned nothing, or that is worse than the one before.
fn check_result(
    trained: &TrainingResult,
    validation: Option<CrossValidation>,
    data: &TrainingData,
) -> Result<(), Failure> {
    if !trained.has_learned() {
        let names: Vec<String> =
            trained.model.comparisons.iter().map(|comparison| format!("`{}`", comparison.name)).collect();
        return Err(Failure::Fatal(format!(
            "nothing can be learned from {} rows without known matches: most pairs have a single comparison ({}), which would \
             confirm itself. Give known matches (`--truth`), or compare a second field; nothing was written",
            data.rows.len(),
            names.join(", ")
        )));
    }
    match validation {
        Some(validation) if validation.is_worse() => Err(Failure::Fatal(format!(
            "the learned model is worse than the one before on rows that it has not learned from: {:.4} bits a row, {:.4} \
             before ({} rows in five parts, divided by company). Give more rows or known matches (`--rows`, `--truth`); \
             nothing was written",
            validation.after_bits, validation.before_bits, validation.rows
        ))),
        _ => Ok(()),
    }
}

/// How the model does on rows that it has not learned from.
fn validation_line(validation: Option<CrossValidation>) -> String {
    match validation {
        Some(CrossValidation { rows, before_bits, after_bits }) => format!(
            "held-out rows: {after_bits:.4} bits a row (was {before_bits:.4}; {rows} rows in five parts, divided by company)"
        ),
        None => "warning: too few rows to check the model on rows that it has not learned from".to_owned(),
    }
}

/// Refuses data from which nothing can be learned.
fn check_data(data: &TrainingData, plan: &Plan, args: &TrainArgs) -> Result<(), Failure> {
    let file = &plan.source.table;
    let rows = data.rows.len();
    if rows == 0 {
        return Err(match args.rows {
            0 => Failure::Usage("error: `--rows 0` leaves no row to learn from".to_owned()),
            _ => Failure::Ended(
                ExitReason::InputEmpty,
                format!("the supplier file `{file}` has no rows under its header: there is nothing to learn from"),
            ),
        });
    }
    if let Some(truth) = args.truth.as_ref().filter(|_| data.known == 0) {
        return Err(Failure::Fatal(format!(
            "none of the {rows} rows read from `{file}` has its key in `{}`: use the truth of this file, or more `--rows`",
            truth.display()
        )));
    }
    if data.rows.iter().all(|row| row.pairs.is_empty()) {
        return Err(Failure::Fatal(format!(
            "no search found a candidate for any of the {rows} rows read from `{file}`: there is nothing to learn from"
        )));
    }
    Ok(())
}

/// The comparisons at whose levels hardly any true pair was expected.
pub(super) fn unseen_comparisons(trained: &TrainingResult) -> impl Iterator<Item = &str> {
    let comparisons = trained.model.comparisons.iter().zip(&trained.true_pairs);
    let unseen = comparisons.filter(|(_, counts)| counts.iter().sum::<f64>() < SEEN_MIN);
    unseen.map(|(comparison, _)| comparison.name.as_str())
}

fn write_failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Fatal(format!("{} cannot be written: {error}", path.display()))
}

/// Scores the candidates of the first rows, and as many random pairs as requested.
fn collect(
    args: &TrainArgs,
    plan: &Plan,
    matcher: &Matcher,
    sampler: &mut TrainingSampler<'_>,
    truth: Option<&Truth>,
) -> Result<TrainingData, Failure> {
    let mut source: SourceReader = open_source(&plan.source, BATCH_ROWS).while_doing("reading the supplier file")?;
    let mut random = ChaCha8Rng::seed_from_u64(args.seed);
    let mut data = TrainingData { rows: Vec::new(), known: 0, random_pairs: Vec::new() };
    let mut left = args.rows;
    // A single shard, whose entries can be numbered with 32 bits.
    let entry_count = u32::try_from(matcher.index().entries()).unwrap_or(u32::MAX).max(1);
    let has_random_pairs = entry_count >= RANDOM_ENTRIES_MIN;
    let per_row = if has_random_pairs { args.random_pairs.div_ceil(args.rows.max(1)) } else { 0 };
    if !has_random_pairs {
        message!(
            "warning: the registry has {entry_count} entries, of which random pairs are too often matches: u is as it was \
             (at least {RANDOM_ENTRIES_MIN} entries are needed)"
        );
    }
    while let Some(batch) = source.next_batch().while_doing("reading the supplier file")? {
        let count = batch.rows.num_rows().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            break;
        }
        left -= count as u64;
        let rows = batch.rows.slice(0, count);
        for _ in 0..per_row {
            let entries: Vec<u32> = (0..count).map(|_| random.random_range(0..entry_count)).collect();
            data.random_pairs
                .extend(sampler.score_random_pairs(rows.clone(), &entries).while_doing("scoring random pairs")?);
        }
        for example in sampler.score_candidates(rows).while_doing("scoring candidates")? {
            let row = row(example, truth);
            data.known += usize::from(row.truth.is_some());
            data.rows.push(row);
        }
    }
    Ok(data)
}

/// An example with its answer, if the truth has one: the entry, else any entry of the company.
fn row(example: TrainingExample, truth: Option<&Truth>) -> TrainingRow {
    let answer = truth.and_then(|truth| {
        let key = truth.key_of(&example.key)?;
        let is_true = |level: Level| -> Option<Vec<bool>> {
            let true_values = truth.accepted(key, level)?;
            let value = |pair: &TrainingPair| match level {
                Level::Id => true_values.contains(&pair.id),
                Level::Group => true_values.contains(&pair.group),
            };
            Some(example.pairs.iter().map(value).collect())
        };
        // The true entry may be closed or not among the candidates; then any entry of its company counts.
        is_true(Level::Id)
            .filter(|found| found.contains(&true))
            .or_else(|| is_true(Level::Group))
            .or(is_true(Level::Id))
    });
    let mut names: Vec<&str> = example.pairs.iter().map(|pair| pair.group.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let groups = example.pairs.iter().map(|pair| names.binary_search(&pair.group.as_str()).unwrap_or_default());
    let groups = groups.collect();
    // The best candidate stands for the company where the answer is not known.
    let place = answer.iter().flatten().position(|is_true| *is_true).unwrap_or_default();
    let company = example.pairs.get(place).map_or(example.key.as_str(), |pair| pair.group.as_str());
    let company = digest::exchange(company.as_bytes());
    TrainingRow { groups, company, truth: answer, pairs: example.pairs.into_iter().map(|pair| pair.outputs).collect() }
}

fn about(plan: &Plan, data: &TrainingData, args: &TrainArgs) -> String {
    let answers = match data.known {
        0 => "without known matches".to_owned(),
        known => format!("with the known matches of {known} of them"),
    };
    format!(
        "# Learned from {} rows of {} {answers}, and {} random pairs (seed {}).\n",
        data.rows.len(),
        plan.name,
        data.random_pairs.len(),
        args.seed
    )
}

/// The changes, level by level.
fn changes(trained: &TrainingResult, before: &MatchModel, data: &TrainingData) -> String {
    let mut text = format!(
        "{} rows, {} with a known match, {} pairs, {} rounds\nprior {} (was {})\n",
        data.rows.len(),
        data.known,
        data.rows.iter().map(|row| row.pairs.len()).sum::<usize>(),
        trained.rounds,
        significant(trained.model.prior),
        significant(before.prior)
    );
    let levels = trained.model.comparisons.iter().zip(&before.comparisons).zip(&trained.true_pairs);
    for ((comparison, before), counts) in levels {
        let _ = writeln!(text, "{:<34} {:>10} {:>9} {:>9}", comparison.name, "true pairs", "m", "was");
        for ((level, before), count) in comparison.levels.iter().zip(&before.levels).zip(counts) {
            let _ = writeln!(
                text,
                "  {:<32} {count:>10.1} {:>9} {:>9}",
                level.label,
                significant(level.m),
                significant(before.m)
            );
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_that_count() {
        let cases =
            [(0.8, "0.8"), (0.123456, "0.1235"), (0.000000123456, "0.0000001235"), (12345.6, "12346"), (1.0, "1")];
        for (number, text) in cases {
            assert_eq!(significant(number), text);
        }
        assert_eq!(significant(0.0), "0");
    }
}
