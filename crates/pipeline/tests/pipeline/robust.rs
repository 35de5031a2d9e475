//! Any text gives a plan or a report.

use proptest::prelude::*;

use crate::world::{SMALL, check_text};

/// Replacements for a stretch of a pipeline.
const PIECE: &str = "[-a-z:{}\\[\\], \n&*é]{0,6}";
/// Arguments of `--set` with valid paths.
const ARGUMENT: &str = "(stages|source|tests)(\\.([a-z0-9_]{0,9}|DIRECT_ID|TOKEN)){0,4}=.{0,9}";

fn survives(text: &str, overrides: &[&str]) {
    if let Err(report) = check_text(text, overrides) {
        assert!(report.count() > 0);
        assert!(!report.render(false, 80).is_empty());
        assert_eq!(report.messages().len(), report.count());
    }
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        survives(&text, &[]);
    }

    #[test]
    fn any_yaml_punctuation(text in "[-a-z0-9é:{}\\[\\],\"'#&*!|>%@?\n \t\r$~]{0,80}") {
        survives(&text, &[]);
    }

    #[test]
    fn a_pipeline_with_a_stretch_replaced(at in 0..SMALL.len(), length in 0usize..40, with in PIECE) {
        let end = (at + length).min(SMALL.len());
        survives(&format!("{}{with}{}", &SMALL[..at], &SMALL[end..]), &[]);
    }

    #[test]
    fn any_override(argument in any::<String>(), path in ARGUMENT) {
        survives(SMALL, &[&argument, &path]);
    }
}

#[test]
fn a_file_of_nested_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"));
    }
    let report = check_text(&text, &[]).unwrap_err();
    assert!(report.messages()[0].2.contains("more than 200000 values"), "{report}");
}

#[test]
fn deep_nesting_is_a_syntax_error() {
    let report = check_text(&format!("name: {}", "[".repeat(100_000)), &[]).unwrap_err();
    assert!(report.messages()[0].2.contains("not YAML"), "{:?}", report.messages());
}
