//! A Mermaid flowchart of the stages.

use std::fmt::Write as _;

use matchflow_model::plan::StageKind;

use super::words;
use crate::check::CheckedPipeline;

pub(super) fn render(checked: &CheckedPipeline) -> String {
    let plan = &checked.plan;
    let mut text = String::from("flowchart TD\n");
    node(&mut text, "source", "source", &[words::table(&plan.source.table)]);
    match &plan.dedupe {
        Some(dedupe) => node(&mut text, "reference", "dedupe", &words::dedupe(dedupe)),
        None => node(&mut text, "reference", "reference", &[words::table(&plan.reference.table)]),
    }
    for (index, stage) in plan.stages.iter().enumerate() {
        let lines: Vec<String> = match &stage.kind {
            StageKind::Clean(plan) => plan.steps.iter().map(words::clean_step).collect(),
            StageKind::Candidates(plan) => vec![words::candidates(plan)],
            StageKind::Score(plan) => {
                plan.scorers.iter().map(|scorer| scorer_line(checked, &stage.label, scorer)).collect()
            }
            StageKind::Decide(plan) => vec![words::decide(plan)],
            StageKind::Arbitrate(plan) => words::arbitrate(plan, arbiter(checked, &stage.label)),
        };
        node(&mut text, &format!("s{index}"), &stage.label, &lines);
    }
    node(&mut text, "sink", "sink", &[plan.sink.checkpoint.display().to_string()]);
    edges(&mut text, checked);
    text
}

fn arbiter<'a>(checked: &'a CheckedPipeline, stage: &str) -> Option<&'a crate::check::CheckedArbiter> {
    checked.arbiters.iter().find(|arbiter| arbiter.stage == stage)
}

fn scorer_line(checked: &CheckedPipeline, stage: &str, scorer: &matchflow_model::plan::ScorerPlan) -> String {
    let plugin = checked.plugins.iter().find(|plugin| plugin.stage == stage && plugin.scorer == scorer.name);
    words::scorer(scorer, plugin)
}

/// Rows pass from stage to stage; the registry feeds the searches; decided rows go to the sink.
fn edges(text: &mut String, checked: &CheckedPipeline) {
    let mut before = "source".to_owned();
    for (index, stage) in checked.plan.stages.iter().enumerate() {
        let name = format!("s{index}");
        let _ = writeln!(text, "  {before} --> {name}");
        match &stage.kind {
            StageKind::Candidates(_) => {
                let _ = writeln!(text, "  reference -.-> {name}");
            }
            StageKind::Decide(plan) => {
                let decided = match (plan.pass_on, plan.ask) {
                    (true, _) => "matched",
                    (false, true) => "matched, unmatched",
                    (false, false) => "every row",
                };
                let _ = writeln!(text, "  {name} -- {decided} --> sink");
            }
            StageKind::Arbitrate(plan) => {
                let decided = if plan.pass_on { "chosen, none" } else { "every row" };
                let _ = writeln!(text, "  {name} -- {decided} --> sink");
            }
            StageKind::Clean(_) | StageKind::Score(_) => {}
        }
        before = name;
    }
}

fn node(text: &mut String, name: &str, title: &str, lines: &[String]) {
    let mut label = format!("<b>{}</b>", escaped(title));
    for line in lines {
        label.push_str("<br/>");
        label.push_str(&escaped(line));
    }
    let _ = writeln!(text, "  {name}[\"{label}\"]");
}

/// Mermaid reads labels as HTML between quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
