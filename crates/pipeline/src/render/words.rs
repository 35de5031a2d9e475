//! Descriptions of parts of a plan, shared by the text and the flowchart.

use std::fmt::Display;

use matchflow_candidates::search_kind;
use matchflow_model::plan::{
    ArbitratePlan, AskWhen, CandidatesPlan, CleanStep, CsvDialect, CsvFormulas, DecidePlan, DecimalMark, DedupePlan,
    FieldPlan, FieldType, GoldenField, GoldenRule, GuardPlan, HostPlan, InputPair, Join, MatchModel, OnFailure,
    RemotePlan, ScorerPlan, TableMode, TablePlan,
};

use crate::check::{CheckedArbiter, CheckedPlugin};

/// Number of digits of a digest to show.
const DIGEST_LETTERS: usize = 12;

/// A table, as described by its format.
pub(super) fn table(table: &TablePlan) -> String {
    matchflow_ingest::format(&table.format).map_or_else(|| table.to_string(), |format| format.describe(table))
}

/// How a CSV file differs from the default dialect; empty if it does not.
pub(super) fn csv_dialect(dialect: &CsvDialect) -> String {
    let CsvDialect { delimiter, decimal, byte_order_mark, formulas, columns } = dialect;
    let mut notes = Vec::new();
    if *delimiter != CsvDialect::PLAIN.delimiter {
        notes.push(format!("delimiter {:?}", char::from(*delimiter)));
    }
    if *decimal == DecimalMark::Comma {
        notes.push("decimal commas".to_owned());
    }
    if *byte_order_mark {
        notes.push("byte order mark".to_owned());
    }
    if *formulas == CsvFormulas::Keep {
        notes.push("formulas as they are".to_owned());
    }
    if !columns.is_empty() {
        notes.push(format!("columns {}", columns.join(" ")));
    }
    notes.iter().map(|note| format!(", {note}")).collect()
}

/// The table of results in a database.
pub(super) fn result_table(table: &str, mode: TableMode) -> String {
    match mode {
        TableMode::Replace => format!(", table {table}"),
        TableMode::Append => format!(", rows are added to table {table}"),
    }
}

pub(super) fn field(field: &FieldPlan) -> String {
    let columns = field.columns.join(if field.join == Join::Space { " + " } else { " | " });
    match field.data_type {
        FieldType::Text => columns,
        other => format!("{columns} ({})", word(&other)),
    }
}

/// The variant's name in snake case.
pub(crate) fn word(value: &impl std::fmt::Debug) -> String {
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
    let cleaner = step.cleaner.name();
    if step.inputs == [step.output.clone()] {
        return format!("{}: {cleaner}", step.output);
    }
    format!("{}: {cleaner} of {}", step.output, step.inputs.join(if step.all_inputs { " and " } else { ", else " }))
}

fn joined<T>(items: &[T], separator: &str, render: impl Fn(&T) -> String) -> String {
    items.iter().map(render).collect::<Vec<_>>().join(separator)
}

fn same(left: &str, right: &str) -> String {
    if left == right { left.to_owned() } else { format!("{left} = {right}") }
}

pub(super) fn pair(pair: &InputPair) -> String {
    same(&pair.left, &pair.right)
}

pub(super) fn candidates(plan: &CandidatesPlan) -> String {
    let kind = search_kind(&plan.search.kind);
    let search = kind.and_then(|kind| (kind.describe)(&plan.search).ok()).unwrap_or_else(|| plan.search.kind.clone());
    let only = if plan.only_if_none { "; only rows without candidates" } else { "" };
    format!("{search}; at most {} candidates{only}", plan.candidates_max)
}

pub(super) fn scorer(plan: &ScorerPlan, plugin: Option<&CheckedPlugin>) -> String {
    let compared = joined(&plan.inputs, ", ", pair);
    let digest: String = plan.digest.chars().take(DIGEST_LETTERS).collect();
    let (name, version): (&dyn Display, &str) = match plugin {
        Some(plugin) => (&plugin.facts.name, &plugin.facts.version),
        None => (&"?", "?"),
    };
    let failure = match plan.on_failure {
        OnFailure::FailRows => "",
        OnFailure::SkipPlugin => "; skipped if it fails",
        OnFailure::Stop => "; the run stops if it fails",
    };
    format!("{} ({compared}) weight {}: {name} {version}, sha256 {digest}{failure}", plan.name, plan.weight)
}

pub(super) fn dedupe(plan: &DedupePlan) -> Vec<String> {
    let DedupePlan { accept, guard, golden, amount, matches } = plan;
    let GuardPlan { rows_max, bridge_min, cannot_link } = guard;
    let mut lines = vec![
        "the rows are compared with each other".to_owned(),
        format!(
            "clusters of pairs from {accept}, at most {rows_max} rows, a single pair between groups from {bridge_min}"
        ),
    ];
    if !cannot_link.is_empty() {
        lines.push(format!("no two values in a cluster: {}", cannot_link.join(", ")));
    }
    let rule = |field: &GoldenField| {
        let rule = match &field.rule {
            GoldenRule::MostFrequent => "most frequent".to_owned(),
            GoldenRule::Longest => "longest".to_owned(),
            GoldenRule::MostRecent { by } => format!("most recent by {by}"),
            GoldenRule::Registry { field } => format!("the registry's {field}"),
        };
        format!("{}: {rule}", field.field)
    };
    lines.push(format!("golden {}", golden.iter().map(rule).collect::<Vec<_>>().join(", ")));
    lines.extend(amount.as_ref().map(|amount| format!("amount at stake: {amount}")));
    lines.extend(matches.as_ref().map(|path| format!("registry matches from {}", path.display())));
    lines
}

pub(super) fn decide(plan: &DecidePlan) -> String {
    let rest = match (plan.pass_on, plan.ask) {
        (true, _) => "the rest is passed on",
        (false, true) => "review goes to an arbiter, the rest is unmatched",
        (false, false) => "the rest is unmatched",
    };
    let DecidePlan { accept, review, review_worth, margin, entry, accept_without_name, out_of_scope, .. } = plan;
    if plan.of_pairs {
        return format!("duplicates from {accept}, review from {review}");
    }
    let entry = if *entry > 0.0 { format!(", entries named from {entry}") } else { String::new() };
    let out_of_scope = out_of_scope.as_ref().map_or_else(String::new, |scope| {
        format!("{} unless {} is {}; ", scope.label, scope.fields.join(" or else "), scope.except.join(", "))
    });
    let worth = match accept > review && !plan.pass_on {
        true => format!(" if the right entry is a candidate with probability {review_worth}"),
        false => String::new(),
    };
    let nameless = if *accept_without_name { ", also without a name" } else { "" };
    format!(
        "matched from {accept}, review from {review}{worth}, margin {margin}{entry}{nameless}; {out_of_scope}{rest}"
    )
}

/// The comparisons of a match model.
pub(super) fn model(model: &MatchModel, of_pairs: bool) -> String {
    let comparisons = joined(&model.comparisons, ", ", |comparison| {
        format!("{} ({} levels)", comparison.name, comparison.levels.len())
    });
    let prior = if of_pairs { "rows duplicate an earlier one" } else { "suppliers are in the registry" };
    format!("match model: {comparisons}; prior: {} of the {prior}", model.prior)
}

/// The rows an arbiter is asked about, its hosts and limits.
pub(super) fn arbitrate(plan: &ArbitratePlan, arbiter: Option<&CheckedArbiter>) -> Vec<String> {
    let digest: String = plan.digest.chars().take(DIGEST_LETTERS).collect();
    let (name, version) = arbiter.map_or(("?", "?"), |arbiter| (&arbiter.facts.name, &arbiter.facts.version));
    let rows = match plan.when {
        AskWhen::Review => "rows left for review",
        AskWhen::Tied => "rows with two groups too close",
        AskWhen::Band => "rows between review and accept",
    };
    let rest = if plan.pass_on { "the next arbiter" } else { "review" };
    let RemotePlan { timeout_ms, deadline_ms, tries_max, .. } = &plan.remote;
    let mut lines = vec![
        format!("{name} {version}, sha256 {digest}: {rows}; undecided rows go to {rest}"),
        format!(
            "sends {} of a row, {} of at most {} candidates",
            plan.row_fields.join(", "),
            plan.entry_fields.join(", "),
            plan.candidates_max
        ),
    ];
    lines.extend(plan.remote.hosts.iter().map(host));
    lines.push(format!("at most {tries_max} attempts of {timeout_ms} ms each, within {deadline_ms} ms"));
    lines.extend(plan.cost_max.map(|cost| format!("stops asking at a cost of {cost}")));
    lines
}

fn host(host: &HostPlan) -> String {
    let port = host.port.map_or(String::new(), |port| format!(":{port}"));
    let private = if host.private { ", may be private" } else { "" };
    let secrets = match host.secrets.as_slice() {
        [] => String::new(),
        secrets => format!(", with {}", secrets.join(", ")),
    };
    let rate = host.rate.map_or(String::new(), |rate| format!(", {} in {} s", rate.requests, rate.period_ms / 1000));
    format!("{} {}{port}{private}{secrets}; {} in flight{rate}", host.methods.join(", "), host.name, host.in_flight_max)
}
