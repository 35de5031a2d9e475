//! The searches of `candidates`, as declared in the table of searches.

use matchflow_candidates::{ParameterType, SEARCHES};
use matchflow_model::plan::{ExactKey, InputPair, Search, StageKind};
use matchflow_pipeline::{RenderFormat, pipeline_keys, render};

use crate::world::{SMALL, check_text};

const TOKEN: &str = "token: { name: name, prefer: postcode }";
const EXACT: &str = "exact: { siret: _id, siren: _group }";

/// The search of the stage `index` in the small pipeline after a replacement, or the problems.
fn search(index: usize, from: &str, to: &str) -> Result<Search, String> {
    let text = SMALL.replace(from, to);
    assert_ne!(text, SMALL);
    let plan = check_text(&text, &[]).map_err(|report| report.render(false, 100))?.plan;
    match &plan.stages[index].kind {
        StageKind::Candidates(plan) => Ok(plan.search.clone()),
        other => panic!("{other:?}"),
    }
}

fn pair(field: &str) -> InputPair {
    InputPair { left: field.to_owned(), right: field.to_owned() }
}

#[test]
fn every_search_can_be_written_with_required_parameters_only() {
    for kind in SEARCHES {
        let required =
            |value: ParameterType| matches!(value, ParameterType::Keys { required: true } | ParameterType::Field);
        let given = kind.parameters.iter().filter(|parameter| required(parameter.value));
        let given: Vec<String> = given.map(|parameter| format!("{}: [name]", parameter.name)).collect();
        let written = format!("{}: {{ {} }}", kind.name, given.join(", "));
        let search = search(2, TOKEN, &written).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(search.kind, kind.name);
        for parameter in kind.parameters {
            assert!(search.parameters.contains_key(parameter.name), "{written} has no {}", parameter.name);
        }
        (kind.describe)(&search).unwrap();
        let path = format!("stages[].candidates.{}", kind.name);
        assert!(pipeline_keys().iter().any(|key| key.path == path && key.is_choice && key.description == kind.help));
    }
}

#[test]
fn an_exact_search_has_a_short_and_a_long_form() {
    let key = |left: &str, right: &str| ExactKey { left: left.to_owned(), right: right.to_owned() };
    let short = search(1, EXACT, "exact: {siret: _id, siren: _group}").unwrap();
    assert_eq!(short.keys("keys"), [key("siret", "_id"), key("siren", "_group")]);
    assert_eq!(short.pairs("prefer"), [pair("postcode"), pair("town")]);
    let long = search(1, EXACT, "exact: { keys: { siret: _id, siren: _group } }").unwrap();
    assert_eq!(long, short);
    let preferred = search(1, EXACT, "exact: { keys: [{ siret: _id }, { siren: _group }], prefer: [name] }").unwrap();
    assert_eq!((preferred.keys("keys"), preferred.pairs("prefer")), (short.keys("keys"), &[pair("name")][..]));
    let none = search(1, EXACT, "exact: { keys: { siret: _id }, prefer: [] }").unwrap();
    assert_eq!(none.pairs("prefer"), []);
    let one = search(1, EXACT, "exact: name").unwrap();
    assert_eq!(one.keys("keys"), [key("name", "name")]);
    // A supplier field may share its name with a parameter.
    let named = SMALL.replace(EXACT, "exact: { keys: _id }").replace("siret: Code SIRET", "keys: Code SIRET");
    let named = check_text(&named.replace("{ from: siret, as: siren }", "{ from: keys, as: siren }"), &["tests=null"]);
    let plan = named.unwrap_or_else(|report| panic!("{}", report.render(false, 100))).plan;
    let StageKind::Candidates(plan) = &plan.stages[1].kind else { panic!() };
    assert_eq!(plan.search.keys("keys"), [key("keys", "_id")]);
}

#[test]
fn invalid_parameters_are_reported() {
    for (from, to, expected) in [
        (TOKEN, "token: { prefer: postcode }", "`name` is missing"),
        (TOKEN, "token: { name: name, pefer: postcode }", "did you mean `prefer`?"),
        (TOKEN, "token: { name: name, top: 0 }", "expected an integer from 1 to 1000"),
        (TOKEN, "token: { name: [name, postcode] }", "only one pair of name fields can be compared"),
        (TOKEN, "token: { name: nam }", "did you mean `name`?"),
        (TOKEN, "tokens: { name: name }", "did you mean `token`?"),
        (EXACT, "exact: { prefer: [name] }", "`keys` is missing"),
        (EXACT, "exact: []", "no field is named"),
    ] {
        let report = search(1, from, to).unwrap_err();
        assert!(report.contains(expected), "{to}: {report}");
    }
}

#[test]
fn a_plan_describes_its_searches() {
    let text = SMALL.replace(EXACT, "exact: { keys: { siret: _id }, prefer: [name] }");
    let shown = render(&check_text(&text, &[]).unwrap(), RenderFormat::Text);
    assert!(shown.contains("exact: siret = _id; prefers name"), "{shown}");
}
