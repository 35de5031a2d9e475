//! The defaults that the schema states are those that the checks apply.

use matchflow_pipeline::pipeline_keys;

use crate::world::{SMALL, check_text};

const DEDUPE: &str = "name: d\nsource: { csv: { path: suppliers.csv }, fields: { name: Nom } }\ndedupe: { accept: 0.9 }\n\
stages:\n  - candidates: { blocked: { block: name, name: name } }\nsink: { checkpoint: d.duckdb }\n";

/// The `--set` arguments that create the sections of the documented keys, in a pipeline that has them.
fn sections() -> Vec<(&'static str, &'static str, &'static str)> {
    let asked = include_str!("asked.yaml");
    vec![
        ("sink.", SMALL, "sink."),
        ("execution.", SMALL, "execution."),
        ("source.id", SMALL, "source.id"),
        ("source.xlsx.", SMALL, "source.xlsx."),
        ("source.fields.<name>.", SMALL, "source.fields.moved."),
        ("reference.fields.<name>.type", SMALL, "reference.fields.name.type"),
        ("reference.closed", SMALL, "reference.closed"),
        ("stages[].clean.<name>.", SMALL, "stages.CLEAN.siren."),
        ("stages[].candidates.token.", SMALL, "stages.TOKEN.token."),
        ("stages[].candidates.blocked.", DEDUPE, "stages.BLOCKED.blocked."),
        ("stages[].candidates.when", SMALL, "stages.TOKEN.when"),
        ("stages[].candidates.keep", SMALL, "stages.TOKEN.keep"),
        ("stages[].score.<name>.", SMALL, "stages.SCORE.name."),
        ("stages[].decide.margin", SMALL, "stages.DECIDE.margin"),
        ("stages[].decide.label", SMALL, "stages.DECIDE.label"),
        ("stages[].decide.one_to_one", SMALL, "stages.DECIDE.one_to_one"),
        ("stages[].arbitrate.prices.", asked, "stages.MODEL.prices."),
        ("stages[].arbitrate.", asked, "stages.ARBITRATE."),
        ("dedupe.", DEDUPE, "dedupe."),
    ]
}

#[test]
fn explicit_defaults_change_nothing() {
    let keys = pipeline_keys();
    let mut checked = 0;
    for (section, text, argument) in sections() {
        let inside = keys.iter().filter(|key| key.path.starts_with(section));
        for (key, default) in inside.filter_map(|key| Some((key, key.default.as_deref()?))) {
            let name = format!("{argument}{}", &key.path[section.len()..]);
            if name.contains(".prices.") != section.contains(".prices.") {
                continue;
            }
            let plan = |value: &str| {
                let set = format!("{name}={value}");
                check_text(text, &[&set]).unwrap_or_else(|report| panic!("{set}: {}", report.render(false, 100))).plan
            };
            assert_eq!(plan("null"), plan(default), "{name}={default}");
            checked += 1;
        }
    }
    assert!(checked >= 35, "only {checked} defaults were checked");
}
