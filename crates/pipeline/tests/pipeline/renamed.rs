//! Keys that were renamed are still read, with a warning that names the new one.

use std::path::Path;

use matchflow_pipeline::{CheckedPipeline, check};

use crate::world::{SMALL, World, check_text};

fn warnings(checked: &CheckedPipeline) -> Vec<String> {
    checked.warnings.iter().flat_map(|report| report.messages()).map(|(_, _, text)| text.to_owned()).collect()
}

#[test]
fn an_old_file_gives_the_same_plan_and_one_warning_per_key() {
    let out_of_scope = "decide: { out_of_scope: { label: FOREIGN, field: postcode, except: '69003' }, ";
    let new = SMALL.replace("decide: { ", out_of_scope);
    assert_ne!(new, SMALL);
    let old = new.replace("token:", "broad:").replace("out_of_scope:", "aside:").replace("except:", "home:");
    let old = check_text(&old, &[]).unwrap_or_else(|report| panic!("{}", report.render(false, 100)));
    let new = check_text(&new, &[]).unwrap();
    assert_eq!((&old.plan, warnings(&new)), (&new.plan, vec![]));
    let mut expected = [("broad", "token"), ("aside", "out_of_scope"), ("home", "except")]
        .map(|(old, new)| format!("`{old}` was renamed to `{new}`"));
    let mut found = warnings(&old);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn an_argument_may_use_old_names() {
    let top = |checked: &CheckedPipeline| serde_json::to_value(&checked.plan.stages[2].kind).unwrap().to_string();
    for (argument, is_warned) in [("stages.TOKEN.token.top=7", false), ("stages.TOKEN.broad.top=7", false)] {
        let checked = check_text(SMALL, &[argument]).unwrap();
        assert!(top(&checked).contains("\"top\":7"), "{argument}");
        assert_eq!(!warnings(&checked).is_empty(), is_warned, "{argument}");
    }
    let aside = "stages.DECIDE.aside={label: FOREIGN, field: postcode, home: '69003'}";
    assert_eq!(warnings(&check_text(SMALL, &[aside]).unwrap()).len(), 2);
}

#[test]
fn a_key_under_both_names_is_a_problem() {
    let both = SMALL.replace("token: {", "token: { name: name }, broad: {");
    let report = check_text(&both, &[]).unwrap_err().render(false, 100);
    assert!(report.contains("`broad` is the old name of `token`, which is given too"), "{report}");
}

#[test]
fn names_that_users_choose_are_not_keys() {
    let text = SMALL.replace("siren: { from: siret", "blocked: { from: siret");
    let text = text.replace("exact: { siren", "exact: { local");
    if let Ok(checked) = check(&text, Path::new("small.yaml"), &[], &World::plain()) {
        assert_eq!(warnings(&checked), Vec::<String>::new());
    }
}
