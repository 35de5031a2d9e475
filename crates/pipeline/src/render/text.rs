//! Lines for a terminal: a column of names, then their descriptions.

use std::fmt::Write as _;

use matchflow_model::plan::{
    FieldPlan, Filter, IdColumn, OutputPlan, Plan, Schedule, StageKind, StagePlan, ValueComparison,
};

use super::words;
use crate::check::{CheckedPipeline, CheckedPlugin};

pub(super) fn render(checked: &CheckedPipeline) -> String {
    let plan = &checked.plan;
    let mut text = format!("{}\n\n", plan.name);
    inputs(&mut text, plan);
    text.push_str("\nstages\n");
    for (index, stage) in plan.stages.iter().enumerate() {
        line(&mut text, &format!("  {}. {}", index + 1, stage.label), &stage_lines(stage, checked));
    }
    text.push('\n');
    run(&mut text, plan);
    text
}

/// A name and its lines. Writing to a String cannot fail.
fn line(text: &mut String, name: &str, lines: &[String]) {
    let first = lines.first().map_or("", String::as_str);
    let _ = writeln!(text, "{name:<20} {first}");
    for more in lines.iter().skip(1) {
        let _ = writeln!(text, "{:<20} {more}", "");
    }
}

fn inputs(text: &mut String, plan: &Plan) {
    let source = &plan.source;
    let id = source.id.iter().map(|id| match id {
        IdColumn::Column(name) => name.as_str(),
        IdColumn::Index => "the row's number",
    });
    let key = format!("key: {}", id.collect::<Vec<_>>().join(", else "));
    line(text, "source", &[words::table(&source.table), key]);
    fields(text, &source.fields);
    if let Some(dedupe) = &plan.dedupe {
        return line(text, "dedupe", &words::dedupe(dedupe));
    }
    let reference = &plan.reference;
    let mut lines = vec![words::table(&reference.table)];
    let group = reference.group.as_ref().map_or(String::new(), |group| format!(", group: {group}"));
    lines.push(format!("id: {}{group}", reference.id));
    let filter = |filter: &Filter| {
        let comparison = match filter.comparison {
            ValueComparison::Equal => "=",
            ValueComparison::Prefix => "begins with",
        };
        format!("only {} {comparison} {}", filter.column, filter.values.join(", "))
    };
    lines.extend(reference.filters.iter().map(filter));
    if let Some(status) = &reference.status {
        let closed = if status.include_closed { "closed ones are included" } else { "closed ones are excluded" };
        lines.push(format!("open where {} = {}; {closed}", status.column, status.open.join(", ")));
    }
    line(text, "reference", &lines);
    fields(text, &reference.fields);
}

fn fields(text: &mut String, fields: &[FieldPlan]) {
    for field in fields {
        line(text, &format!("  {}", field.name), &[words::field(field)]);
    }
}

fn stage_lines(stage: &StagePlan, checked: &CheckedPipeline) -> Vec<String> {
    let plugins: &[CheckedPlugin] = &checked.plugins;
    match &stage.kind {
        StageKind::Clean(plan) => plan.steps.iter().map(words::clean_step).collect(),
        StageKind::Candidates(plan) => vec![words::candidates(plan)],
        StageKind::Score(plan) => {
            let plugin = |name: &str| plugins.iter().find(|one| one.stage == stage.label && one.scorer == name);
            let scorers = plan.scorers.iter().map(|scorer| words::scorer(scorer, plugin(&scorer.name)));
            scorers.chain(plan.model.as_ref().map(|model| words::model(model, plan.of_pairs))).collect()
        }
        StageKind::Decide(plan) => vec![words::decide(plan)],
        StageKind::Arbitrate(plan) => {
            let arbiter = checked.arbiters.iter().find(|arbiter| arbiter.stage == stage.label);
            words::arbitrate(plan, arbiter)
        }
    }
}

fn run(text: &mut String, plan: &Plan) {
    let sink = &plan.sink;
    if plan.one_to_one {
        line(text, "at the end", &["each entry is matched by one supplier at most, the most probable".to_owned()]);
    }
    let mut lines = vec![format!("{}, {} outcomes per commit", sink.checkpoint.display(), sink.batch_size)];
    lines.extend(sink.fallback.as_ref().map(|fallback| format!("fallback: {}", fallback.display())));
    line(text, "sink", &lines);
    let output = |output: &OutputPlan| {
        let dialect = match output {
            OutputPlan::Csv { dialect, .. } => words::csv_dialect(dialect),
            OutputPlan::Duckdb { table, mode, .. } | OutputPlan::Postgres { table, mode, .. } => {
                words::result_table(table, *mode)
            }
            OutputPlan::Xlsx { .. } | OutputPlan::Parquet { .. } | OutputPlan::Jsonl { .. } => String::new(),
        };
        format!("{} {}{dialect}", output.format(), output.place())
    };
    let outputs: Vec<String> = plan.outputs.iter().map(output).collect();
    line(text, "outputs", if outputs.is_empty() { &[] } else { &outputs });
    let execution = &plan.execution;
    let limit = execution.limit_rows.map_or("all rows".to_owned(), |limit| format!("at most {limit} new rows"));
    let retry = if execution.retry_errors { ", only those that failed" } else { "" };
    let schedule = if execution.schedule == Schedule::Chunked { "; in chunks" } else { "" };
    let threads = format!("{} workers, {} scoring threads", execution.workers, execution.scoring_threads);
    let rows = format!(
        "{} rows per chunk, {} in flight{schedule}; {limit}{retry}",
        execution.chunk_rows, execution.in_flight_rows
    );
    line(text, "execution", &[threads, rows]);
}
