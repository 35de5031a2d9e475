//! Parts of a plan in words, shared by the text and the flowchart.

use std::fmt::Display;

use matchflow_model::plan::{
    CandidatesPlan, CleanStep, DecidePlan, ExactKey, FieldPlan, FieldType, Format, InputPair, Join, ReferenceFormat,
    ScorerPlan, Search, SheetChoice,
};

use crate::check::CheckedPlugin;

/// Letters of a digest that are shown.
const DIGEST_LETTERS: usize = 12;

pub(super) fn format(format: &Format) -> String {
    match format {
        Format::Xlsx(xlsx) => match &xlsx.sheet {
            SheetChoice::First => format!("xlsx {}, first sheet", xlsx.path.display()),
            SheetChoice::Name(name) => format!("xlsx {}, sheet {name}", xlsx.path.display()),
            SheetChoice::Position(position) => format!("xlsx {}, sheet {position}", xlsx.path.display()),
        },
        Format::Csv(csv) => format!("csv {}", csv.path.display()),
        Format::Parquet { path } => format!("parquet {}", path.display()),
        Format::Inline(table) => format!("{} rows of a test", table.rows.len()),
    }
}

pub(super) fn reference(reference: &ReferenceFormat) -> String {
    match reference {
        ReferenceFormat::Flat(flat) => format(flat),
        ReferenceFormat::Sirene { units, establishments } => {
            format!("sirene {} and {}", units.display(), establishments.display())
        }
    }
}

pub(super) fn field(field: &FieldPlan) -> String {
    let columns = field.columns.join(if field.join == Join::Space { " + " } else { " | " });
    match field.data_type {
        FieldType::Text => columns,
        other => format!("{columns} ({})", word(&other)),
    }
}

/// The variant's name in lower case, words joined with `_`.
pub(super) fn word(value: &impl std::fmt::Debug) -> String {
    let mut word = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

pub(super) fn clean_step(step: &CleanStep) -> String {
    let cleaner = word(&step.cleaner);
    if step.inputs == [step.output.clone()] {
        return format!("{}: {cleaner}", step.output);
    }
    format!("{}: {cleaner} of {}", step.output, step.inputs.join(", else "))
}

fn joined<T>(items: &[T], separator: &str, show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(separator)
}

fn same(left: &str, right: &str) -> String {
    if left == right { left.to_owned() } else { format!("{left} = {right}") }
}

fn key(key: &ExactKey) -> String {
    same(&key.left, &key.right)
}

pub(super) fn pair(pair: &InputPair) -> String {
    same(&pair.left, &pair.right)
}

pub(super) fn candidates(plan: &CandidatesPlan) -> String {
    let search = match &plan.search {
        Search::Exact { keys } => format!("exact: {}", joined(keys, ", else ", key)),
        Search::Local { blocks, name, distance_max } => {
            let blocks = joined(blocks, ", else ", key);
            format!("local: same {blocks}; {} within {distance_max} edits", pair(name))
        }
        Search::Broad { name, prefer, top, per_group } => {
            let prefer = match prefer.as_slice() {
                [] => String::new(),
                prefer => format!("; prefers {}", joined(prefer, ", ", pair)),
            };
            format!("broad: {}, top {top} groups, {per_group} entries each{prefer}", pair(name))
        }
    };
    let only = if plan.only_if_none { "; only rows without candidates" } else { "" };
    format!("{search}; keeps {}{only}", plan.candidates_max)
}

pub(super) fn scorer(plan: &ScorerPlan, plugin: Option<&CheckedPlugin>) -> String {
    let compared = joined(&plan.inputs, ", ", pair);
    let digest: String = plan.digest.chars().take(DIGEST_LETTERS).collect();
    let (name, version): (&dyn Display, &str) = match plugin {
        Some(plugin) => (&plugin.facts.name, &plugin.facts.version),
        None => (&"?", "?"),
    };
    format!("{} ({compared}) weight {}: {name} {version}, sha256 {digest}", plan.name, plan.weight)
}

pub(super) fn decide(plan: &DecidePlan) -> String {
    let rest = if plan.pass_on { "the rest goes on" } else { "the rest is unmatched" };
    let DecidePlan { accept, review, margin, .. } = plan;
    format!("matched from {accept}, review from {review}, margin {margin}; {rest}")
}
