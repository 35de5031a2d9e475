//! Each rule, on a small workspace that violates it.

use matchflow_xtask::tidy::{Dependency, Member, TidyReport, Workspace, check};

const RULES: &str = "\
[layers]
model
flow
cli
[libraries]
timely crates/flow/src/
[languages]
crates/cli/src/main.rs
[unsafe]
crates/model/src/views.rs checked bytes
[odd words]
told report
[participles]
found
[nouns]
feed
";

const MAP: &str = "\
## Code map

| folder | what is there | knows |
|---|---|---|
| `crates/model` | columns | nothing |
| `crates/flow` | the dataflow | model |
| `crates/cli` | the command | flow, model |
";

const VIEWS: &str = "#![allow(unsafe_code)]\n";

fn member(folder: &str, dependencies: &[&str]) -> Member {
    let dependencies =
        dependencies.iter().map(|name| Dependency { folder: format!("crates/{name}"), dev: false }).collect();
    Member { folder: folder.to_owned(), dependencies }
}

fn report_of(files: &[(&str, &str)], members: Vec<Member>) -> TidyReport {
    let base = [
        ("crates/xtask/tidy/rules.txt", RULES),
        ("ARCHITECTURE.md", MAP),
        ("crates/model/src/views.rs", VIEWS),
        ("crates/flow/src/lib.rs", ""),
        ("crates/cli/src/main.rs", ""),
        ("crates/cli/Cargo.toml", ""),
    ];
    let kept = base.iter().filter(|(path, _)| !files.iter().any(|(other, _)| other == path)).copied();
    let all: Vec<(&str, &str)> = kept.chain(files.iter().copied()).collect();
    check(&Workspace::new(&all, members)).unwrap()
}

fn members() -> Vec<Member> {
    vec![member("crates/cli", &["flow", "model"]), member("crates/flow", &["model"]), member("crates/model", &[])]
}

fn broken(files: &[(&str, &str)]) -> Vec<(String, String, usize)> {
    let report = report_of(files, members());
    report.violations.into_iter().map(|one| (one.rule.to_owned(), one.file, one.line)).collect()
}

fn violation(rule: &str, file: &str, line: usize) -> Vec<(String, String, usize)> {
    vec![(rule.to_owned(), file.to_owned(), line)]
}

#[test]
fn a_tidy_workspace_passes() {
    assert_eq!(broken(&[]), Vec::new());
}

#[test]
fn a_long_file() {
    let text = "// a line\n".repeat(401);
    assert_eq!(broken(&[("crates/flow/src/long.rs", &text)]), violation("file-length", "crates/flow/src/long.rs", 1));
    let text = "// a line\n".repeat(400);
    assert_eq!(broken(&[("crates/flow/src/long.rs", &text)]), Vec::new());
}

#[test]
fn a_long_function_whatever_its_strings_and_comments_contain() {
    let body = "    let text = \"}}}\"; // }}} '\"'\n".repeat(69);
    let text = format!("fn short() {{}}\nfn long<'a>(x: &'a [u8; 3]) {{\n{body}}}\n");
    assert_eq!(broken(&[("crates/flow/src/a.rs", &text)]), violation("function-length", "crates/flow/src/a.rs", 2));
}

#[test]
fn a_ceiling_allows_the_current_value_and_no_more() {
    let ceilings = r#"{"file-length": {"crates/flow/src/long.rs": 410}}"#;
    let allowed = "// a line\n".repeat(410);
    let path = "crates/flow/src/long.rs";
    let ceilings = ("crates/xtask/tidy/ceilings.json", ceilings);
    assert_eq!(broken(&[(path, &allowed), ceilings]), Vec::new());
    assert_eq!(broken(&[(path, &format!("{allowed}// one more\n")), ceilings]), violation("file-length", path, 1));
    let shorter = report_of(&[(path, "// short\n"), ceilings], members());
    assert_eq!(shorter.loose, vec!["file-length crates/flow/src/long.rs: 1 < 410".to_owned()]);
}

#[test]
fn a_circle_of_four_files() {
    let circle = [
        ("crates/flow/src/a.rs", "use crate::b::{self, B};\n"),
        ("crates/flow/src/b.rs", "//! crate::a\n\nuse super::c::{C, D};\n"),
        ("crates/flow/src/c/mod.rs", "mod deep;\npub(crate) use deep::D;\n"),
        ("crates/flow/src/c/deep.rs", "fn f() -> crate::d::D { super::C }\nuse super::C;\n"),
        ("crates/flow/src/d.rs", "use crate::a::A;\n"),
    ];
    // `c/mod.rs` only names its child, so the circle is not closed.
    assert_eq!(broken(&circle), Vec::new());
    let mut closed = circle;
    closed[2].1 = "mod deep;\nuse self::deep::D;\n";
    assert_eq!(broken(&closed), violation("import-circle", "crates/flow/src/a.rs", 1));
}

#[test]
fn tests_are_not_part_of_a_circle() {
    let files = [
        ("crates/flow/src/a.rs", "use crate::b::B;\n"),
        ("crates/flow/src/b.rs", "use crate::c::C;\n"),
        ("crates/flow/src/c.rs", "use crate::d::D;\n"),
        ("crates/flow/src/d.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::a::A;\n}\n"),
    ];
    assert_eq!(broken(&files), Vec::new());
}

#[test]
fn a_bare_participle_as_a_type() {
    let path = "crates/flow/src/a.rs";
    assert_eq!(broken(&[(path, "struct Feed;\npub(crate) struct FoundEntries;\n")]), Vec::new());
    assert_eq!(broken(&[(path, "\npub(crate) enum Found {}\n")]), violation("participle", path, 2));
    assert_eq!(broken(&[(path, "trait Weighed {}\n")]), violation("participle", path, 1));
}

#[test]
fn a_name_with_four_meanings() {
    let text = "struct Row;\n";
    let files = ["a", "b", "c", "d"].map(|name| format!("crates/flow/src/{name}.rs"));
    let four: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), text)).collect();
    assert_eq!(broken(&four), violation("type-meanings", "crates/flow/src/d.rs", 1));
    assert_eq!(broken(four.get(1..).unwrap()), Vec::new());
}

#[test]
fn an_odd_word_in_an_identifier_but_not_in_a_string_or_a_comment() {
    let path = "crates/flow/src/a.rs";
    assert_eq!(broken(&[(path, "// told\nconst X: &str = \"told\";\n")]), Vec::new());
    assert_eq!(broken(&[(path, "\nfn is_told() {}\n")]), violation("odd-words", path, 2));
    assert_eq!(broken(&[(path, "type X = ToldRows;\n")]), violation("odd-words", path, 1));
}

#[test]
fn a_dependency_that_goes_up() {
    let upward = vec![
        member("crates/cli", &["flow", "model"]),
        member("crates/flow", &["model"]),
        member("crates/model", &["flow"]),
    ];
    let manifest = ("crates/model/Cargo.toml", "[dependencies]\nmatchflow-flow.workspace = true\n");
    let map = MAP.replace("columns | nothing", "columns | flow");
    let report = report_of(&[manifest, ("ARCHITECTURE.md", &map)], upward);
    let found: Vec<_> = report.violations.iter().map(|one| (one.rule, one.file.as_str(), one.line)).collect();
    assert_eq!(found, vec![("layers", "crates/model/Cargo.toml", 2)]);
}

#[test]
fn a_language_named_outside_of_the_texts() {
    let (path, text) = ("crates/cli/src/run.rs", "crates/cli/src/main.rs");
    let choice = "fn f() { match l { Language::French => 1, _ => Language::from_locale(x) } }\n";
    assert_eq!(broken(&[(path, choice), (text, choice)]), violation("language", path, 1));
    assert_eq!(broken(&[(path, "fn f() { Language::ALL.len() }\n")]), Vec::new());
}

#[test]
fn a_library_outside_of_its_crate() {
    let path = "crates/cli/src/run.rs";
    assert_eq!(broken(&[(path, "use timely::Data;\n")]), violation("library", path, 1));
    assert_eq!(broken(&[("crates/flow/src/run.rs", "use timely::Data;\n")]), Vec::new());
    assert_eq!(broken(&[(path, "use crate::timely::Data; // timely::Data\n")]), Vec::new());
}

#[test]
fn unsafe_code_outside_of_its_list() {
    let path = "crates/cli/src/run.rs";
    assert_eq!(broken(&[(path, "fn f() { unsafe { g() } }\n")]), violation("unsafe", path, 1));
    assert_eq!(broken(&[(path, "#[expect(unsafe_code, reason = \"x\")]\nmod m;\n")]), violation("unsafe", path, 1));
    assert_eq!(broken(&[(path, "#![deny(unsafe_code)]\n")]), Vec::new());
}

#[test]
fn a_listed_file_that_is_no_longer_unsafe() {
    let gone = broken(&[("crates/model/src/views.rs", "fn safe() {}\n")]);
    assert_eq!(gone, violation("rules", "crates/xtask/tidy/rules.txt", 10));
}

#[test]
fn a_code_map_that_differs_from_the_workspace() {
    let absent = MAP.replace("| `crates/flow` | the dataflow | model |\n", "");
    assert_eq!(broken(&[("ARCHITECTURE.md", &absent)]), violation("code-map", "ARCHITECTURE.md", 5));
    let wrong = MAP.replace("the dataflow | model", "the dataflow | nothing");
    assert_eq!(broken(&[("ARCHITECTURE.md", &wrong)]), violation("code-map", "ARCHITECTURE.md", 6));
}

#[test]
fn a_path_in_the_documentation_that_does_not_exist() {
    let text = "See `flow/src/lib.rs`, `flow/lib.rs`, `lib.rs`, `cli/src/*.rs`, `a/b`.\n\n`flow/src/{lib,old}.rs`\n";
    assert_eq!(broken(&[("docs/page.md", text)]), violation("documented-path", "docs/page.md", 3));
}

#[test]
fn a_folder_of_one_machine() {
    let folder = ["/ho", "me/someone/file"].concat();
    let path = "scripts/build";
    assert_eq!(broken(&[(path, &format!("cd {folder}\n"))]), violation("machine-path", path, 1));
    assert_eq!(broken(&[(path, &format!("cd ~{folder}\n"))]), Vec::new());
}

#[test]
fn a_violation_has_a_location_and_a_remedy() {
    let report = report_of(&[("crates/cli/src/run.rs", "use timely::Data;\n")], members());
    assert_eq!(
        report.to_string(),
        "crates/cli/src/run.rs:1: [library] `timely` is named here; only crates/flow/src/ may name it\n    \
         use the types of that crate, or argue for the path in crates/xtask/tidy/rules.txt\ntidy: 1 violations\n"
    );
}
