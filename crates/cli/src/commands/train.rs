//! `matchflow train`: learns the weights of a pipeline's match model and writes them as a file for people to read.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use matchflow_evaluate::{Level, Truth};
use matchflow_ingest::{SourceReader, open_reference, open_source};
use matchflow_match_weights::{Row, Said, Trained, train as learn};
use matchflow_matcher::{Example, Survey, Trainer, counted_fields};
use matchflow_model::plan::{Chance, ComparisonLevel, Condition, HeadOffice, MatchModel, Plan, ScorerPlan};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::args::TrainArgs;
use crate::commands::survey::wants_registry;
use crate::failure::Failure;
use crate::load::{LoadedPipeline, load};

/// Rows searched and scored at once.
const BATCH_ROWS: usize = 512;
/// Registry entries read at once.
const ENTRIES_AT_ONCE: usize = 8_192;

/// What there is to learn from.
struct Seen {
    rows: Vec<Row>,
    /// Rows whose answer is known.
    known: usize,
    blind: Vec<Vec<Said>>,
}

/// Learns and writes the model.
pub(crate) fn train(args: &TrainArgs) -> Result<ExitCode, Failure> {
    let LoadedPipeline { checked, plugins, .. } = load(&args.pipeline)?;
    let plan = checked.plan;
    wants_registry(&plan)?;
    let truth = args.truth.as_deref().map(Truth::open).transpose().map_err(|error| Failure::fatal(&error))?;
    let mut reference = open_reference(&plan.reference, ENTRIES_AT_ONCE).map_err(|error| Failure::fatal(&error))?;
    let survey = Survey::load(&plan, 0, &counted_fields(&plan, &plugins), move || {
        let batch = reference.next_batch().map_err(|error| Box::new(error) as matchflow_matcher::ReadError)?;
        Ok(batch.map(|batch| batch.rows))
    });
    let survey = survey.map_err(|error| Failure::fatal(&error))?;
    let Some(mut trainer) = Trainer::new(&plan, &plugins, &survey) else {
        let message =
            "error: the pipeline has no match model to train; say `model: suppliers`, or name one of your own";
        return Err(Failure::Usage(message.to_owned()));
    };
    let seen = look(args, &plan, &survey, &mut trainer, truth.as_ref())?;
    let Some(model) = trainer.model() else { return Ok(ExitCode::SUCCESS) };
    let trained = learn(model, trainer.groups(), &seen.rows, &seen.blind);
    let text = written(&trained, trainer.scorers(), &about(&plan, &seen, args));
    std::fs::write(&args.out, text).map_err(|error| not_written(&args.out, &error))?;
    message!("{}", told(&trained, model, &seen));
    message!("{}", args.out.display());
    Ok(ExitCode::SUCCESS)
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Fatal(format!("{} cannot be written: {error}", path.display()))
}

/// Scores the candidates of the first rows, and as many blind pairs as wanted.
fn look(
    args: &TrainArgs,
    plan: &Plan,
    survey: &Survey,
    trainer: &mut Trainer<'_>,
    truth: Option<&Truth>,
) -> Result<Seen, Failure> {
    let mut source: SourceReader = open_source(&plan.source, BATCH_ROWS).map_err(|error| Failure::fatal(&error))?;
    let mut random = ChaCha8Rng::seed_from_u64(args.seed);
    let mut seen = Seen { rows: Vec::new(), known: 0, blind: Vec::new() };
    let mut left = args.rows;
    let per_row = args.blind.div_ceil(args.rows.max(1));
    while let Some(batch) = source.next_batch().map_err(|error| Failure::fatal(&error))? {
        let count = batch.rows.num_rows().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            break;
        }
        left -= count as u64;
        let rows = batch.rows.slice(0, count);
        for _ in 0..per_row {
            let entries: Vec<u32> = (0..count).map(|_| random.random_range(0..survey.entries().max(1))).collect();
            seen.blind.extend(trainer.blind(rows.clone(), &entries).map_err(|error| Failure::fatal(&error))?);
        }
        for example in trainer.examples(rows).map_err(|error| Failure::fatal(&error))? {
            let row = row(example, truth);
            seen.known += usize::from(row.truth.is_some());
            seen.rows.push(row);
        }
    }
    Ok(seen)
}

/// An example with its answer, where the truth has one: the entry, else any entry of the company.
fn row(example: Example, truth: Option<&Truth>) -> Row {
    let answer = truth.and_then(|truth| {
        let key = truth.key_of(&example.key)?;
        let is_true = |level: Level| -> Option<Vec<bool>> {
            let wanted = truth.wanted(key, level)?;
            let value = |pair: &matchflow_matcher::ExamplePair| match level {
                Level::Id => wanted.contains(&pair.id),
                Level::Group => wanted.contains(&pair.group),
            };
            Some(example.pairs.iter().map(value).collect())
        };
        // The true entry may be closed or not found; then its company's others stand for it.
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
    Row { groups, truth: answer, pairs: example.pairs.into_iter().map(|pair| pair.said).collect() }
}

fn about(plan: &Plan, seen: &Seen, args: &TrainArgs) -> String {
    let answers = match seen.known {
        0 => "without known answers".to_owned(),
        known => format!("with the answers of {known} of them"),
    };
    format!(
        "# Learned from {} rows of {} {answers}, and {} blind pairs (seed {}).\n",
        seen.rows.len(),
        plan.name,
        seen.blind.len(),
        args.seed
    )
}

/// The model as a file.
fn written(trained: &Trained, scorers: &[ScorerPlan], about: &str) -> String {
    let mut text = String::from(about);
    text.push_str("# `m`: how often true pairs come to a level, `u`: how often others do by chance.\n");
    let _ = writeln!(text, "prior: {}", shown(trained.model.prior));
    if let Some(HeadOffice { instead, unless }) = &trained.model.head_office {
        // Not learned: rows do not tell which establishment they mean.
        let unless = conditions(unless, scorers);
        let unless = if unless.is_empty() { String::new() } else { format!(", unless: {{ {unless} }}") };
        let _ = writeln!(text, "head_office: {{ instead: {}{unless} }}", shown(*instead));
    }
    text.push_str("\ncomparisons:\n");
    for comparison in &trained.model.comparisons {
        let _ = writeln!(text, "  {}:", comparison.name);
        for level in &comparison.levels {
            let _ = writeln!(text, "    - {}", level_line(level, scorers));
        }
    }
    text
}

fn conditions(conditions: &[Condition], scorers: &[ScorerPlan]) -> String {
    let shown = |condition: &Condition| {
        let scorer = scorers.get(condition.scorer).map_or("", |scorer| scorer.name.as_str());
        format!("{scorer}: {}", shown(condition.score_min))
    };
    conditions.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn level_line(level: &ComparisonLevel, scorers: &[ScorerPlan]) -> String {
    let name = |place: usize| scorers.get(place).map_or("", |scorer| scorer.name.as_str());
    let conditions = conditions(&level.conditions, scorers);
    let when = if conditions.is_empty() { String::new() } else { format!(", when: {{ {conditions} }}") };
    let u = match level.u {
        Chance::Share(share) => shown(share),
        Chance::Companies(companies) => format!("{{ companies: {} }}", shown(companies)),
        Chance::Rarity { scorer, times } => format!("{{ rarity: {}, times: {} }}", name(scorer), shown(times)),
    };
    // A label is a text of the user's own: quoted as JSON, which YAML reads.
    let label = serde_json::Value::from(level.label.as_str());
    format!("{{ level: {label}{when}, m: {}, u: {u} }}", shown(level.m))
}

/// Four significant digits.
fn shown(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = (3 - number.abs().log10().floor() as i32).clamp(0, 15) as usize;
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What changed, level by level.
fn told(trained: &Trained, before: &MatchModel, seen: &Seen) -> String {
    let mut text = format!(
        "{} rows, {} with a known answer, {} pairs, {} rounds\nprior {} (was {})\n",
        seen.rows.len(),
        seen.known,
        seen.rows.iter().map(|row| row.pairs.len()).sum::<usize>(),
        trained.rounds,
        shown(trained.model.prior),
        shown(before.prior)
    );
    let levels = trained.model.comparisons.iter().zip(&before.comparisons).zip(&trained.true_pairs);
    for ((comparison, before), counts) in levels {
        let _ = writeln!(text, "{:<34} {:>10} {:>9} {:>9}", comparison.name, "true pairs", "m", "was");
        for ((level, before), count) in comparison.levels.iter().zip(&before.levels).zip(counts) {
            let _ = writeln!(text, "  {:<32} {count:>10.1} {:>9} {:>9}", level.label, shown(level.m), shown(before.m));
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
            assert_eq!(shown(number), text);
        }
        assert_eq!(shown(0.0), "0");
    }
}
