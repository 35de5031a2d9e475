//! `matchflow plugin`: new, build, test, inspect and bench, and their messages when something is wrong.

use crate::support::World;
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, SCORE, guest, guest_with};

const COMPANY_NAME: &str = "../plugins/dist/company-name.wasm";
const EXACT: &str = "../plugins/dist/exact.wasm";
const WEBHOOK: &str = "../plugins/dist/webhook-arbiter.wasm";

/// The error output of a command that must exit with this code.
fn refused(world: &World, code: i32, arguments: &[&str]) -> String {
    let ended = world.run(arguments);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    ended.stderr
}

#[test]
fn a_new_plugin_has_the_files_of_its_language_and_world() {
    let cases: [(&str, &str, &[&str]); 7] = [
        ("rust", "scorer", &["Cargo.toml", "sdk", "src"]),
        ("python", "scorer", &["matchflow.py", "scorer.py"]),
        ("javascript", "scorer", &["matchflow.js", "package.json", "scorer.js"]),
        ("c", "scorer", &["matchflow.h", "scorer.c"]),
        ("rust", "arbiter", &["Cargo.toml", "sdk", "src"]),
        ("python", "arbiter", &["arbiter.py"]),
        ("javascript", "arbiter", &["arbiter.js", "matchflow.js", "package.json"]),
    ];
    let world = World::empty();
    for (language, kind, own) in cases {
        let name = format!("my-{language}-{kind}");
        let made = world.succeed(&["plugin", "new", &name, "--lang", language, "--world", kind]);
        assert!(made.stdout.contains(&format!("next: cd {name}")) && made.stdout.contains("plugin test ."), "{made:?}");
        let mut expected = vec![".gitignore", "README.md", "cases.yaml"];
        expected.extend(own);
        expected.sort_unstable();
        assert_eq!(world.files(&name), expected, "{name}");
        let readme = String::from_utf8(world.read(&format!("{name}/README.md"))).unwrap();
        assert!(readme.starts_with(&format!("# {name}\n")), "{readme}");
    }
    assert_eq!(world.files("my-rust-arbiter/sdk"), ["Cargo.toml", "src", "wit"]);
}

#[test]
fn invalid_requests_are_refused_and_nothing_is_written() {
    let world = World::empty();
    let arbiter_in_c = refused(&world, 64, &["plugin", "new", "mine", "--lang", "c", "--world", "arbiter"]);
    assert!(
        arbiter_in_c.contains("arbiters cannot be written in C") && arbiter_in_c.contains("python"),
        "{arbiter_in_c}"
    );
    let name = refused(&world, 64, &["plugin", "new", "My Matcher", "--lang", "c"]);
    assert!(name.contains("invalid plug-in name `My Matcher`: use lower-case letters"), "{name}");
    assert_eq!(world.files(""), [""; 0]);
    world.succeed(&["plugin", "new", "mine", "--lang", "c"]);
    world.write("mine/scorer.c", "mine");
    let there = refused(&world, 64, &["plugin", "new", "mine", "--lang", "python"]);
    assert!(there.contains("`mine` already exists and is not empty"), "{there}");
    assert_eq!(world.read("mine/scorer.c"), b"mine");
    let language = refused(&world, 64, &["plugin", "new", "other", "--lang", "cobol"]);
    assert!(language.contains("rust, python, javascript, c"), "{language}");
    std::fs::create_dir(world.path("empty")).unwrap();
    let empty = refused(&world, 64, &["plugin", "build", "empty"]);
    assert!(empty.contains("has no Cargo.toml") && empty.contains("matchflow plugin new"), "{empty}");
    assert!(refused(&world, 1, &["plugin", "build", "gone"]).contains("`gone`: No such file"));
}

#[test]
fn pairs_are_scored_and_explained() {
    let world = World::empty();
    let pairs = ["--pair", "dupont plombrie|dupont plomberie", "--pair", "dupont|dupont", "--pair", "dupont|"];
    let ended = world.succeed(&[&["plugin", "test", COMPANY_NAME], &pairs[..]].concat());
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("0.9") && lines[0].ends_with("dupont plombrie|dupont plomberie"), "{ended:?}");
    let evidence: serde_json::Value = serde_json::from_str(lines[1].trim()).unwrap();
    assert_eq!(evidence["name"]["right"], "dupont plomberie");
    assert!(lines.contains(&"1.0000  dupont|dupont") && lines.contains(&"-       dupont|"), "{ended:?}");
    let with = |parameters| {
        let arguments =
            ["plugin", "test", COMPANY_NAME, "--pair", "dupont|dupont plomberie", "--parameters", parameters];
        world.succeed(&arguments).stdout
    };
    assert_ne!(with("{}"), with(r#"{"generic_words": ["plomberie"], "generic_weight": 0.1}"#));
    let names = ["plugin", "test", COMPANY_NAME, "--pair", "SARL Dupont Plomberie|DUPONT PLOMBERIE"];
    let as_they_are = world.succeed(&names);
    assert!(as_they_are.stdout.contains("SARL Dupont Plomberie|") && as_they_are.stderr.contains("--clean"));
    let cleaned = world.succeed(&[&names[..], &["--clean", "company_name"]].concat());
    assert!(cleaned.stdout.starts_with("1.0000  dupont plomberie|dupont plomberie"), "{cleaned:?}");
    assert_eq!(cleaned.stderr, "");
    let unknown = refused(&world, 1, &["plugin", "test", COMPANY_NAME, "--pair", "a|b", "--parameters", r#"{"x": 1}"#]);
    assert!(unknown.contains("rejects its parameters: unknown field `x`"), "{unknown}");
    let inputs = refused(&world, 1, &["plugin", "test", COMPANY_NAME, "--pair", "a;b;c|d;e;f"]);
    assert!(inputs.contains("got 3 input(s)"), "{inputs}");
    assert!(refused(&world, 64, &["plugin", "test", COMPANY_NAME, "--pair", "a"]).contains("expected `left|right`"));
    assert!(refused(&world, 64, &["plugin", "test", COMPANY_NAME]).contains("nothing to test"));
}

#[test]
fn a_table_of_cases_shows_which_differ() {
    let world = World::empty();
    let good = "cases:\n  - { left: dupont, right: dupont, score: 1 }\n  - { left: dupont, right: martin, max: 0.2 }\n  - { left: '', right: a, compared: false }\n";
    world.write("good.yaml", good);
    let ended = world.succeed(&["plugin", "test", COMPANY_NAME, "--cases", "good.yaml"]);
    assert!(ended.stdout.contains("good.yaml: 3 passed, 0 failed"), "{ended:?}");
    world.write("bad.yaml", good.replace("score: 1", "score: 0.5"));
    let ended = world.run(&["plugin", "test", COMPANY_NAME, "--cases", "bad.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAILED dupont | dupont\n       expected 0.495 to 0.505, found 1.0000"), "{ended:?}");
    assert!(ended.stdout.contains("2 passed, 1 failed"), "{ended:?}");
    world.write("broken.yaml", good.replace("left", "lfet"));
    let broken = refused(&world, 64, &["plugin", "test", COMPANY_NAME, "--cases", "broken.yaml"]);
    assert!(broken.contains("unknown key `lfet`") && broken.contains("broken.yaml:2:7"), "{broken}");
    let gone = refused(&world, 1, &["plugin", "test", COMPANY_NAME, "--cases", "gone.yaml"]);
    assert!(gone.contains("`gone.yaml`: No such file"), "{gone}");
}

#[test]
fn an_arbiter_is_tested_with_the_answers_of_its_table() {
    let world = World::empty();
    let decisions = |said: &str| format!(r#"'{{"decisions": [{{"row": 0, {said}}}]}}'"#);
    let case = |answer: &str, expected: &str| {
        format!(
            "  - row: {{ name: TAXI }}\n    candidates: [{{ id: a, name: TAXI }}, {{ id: b, name: TAXIS }}]\n    answers: [{answer}]\n    {expected}\n"
        )
    };
    let table =
        |cases: &[String]| format!("parameters: {{ url: 'https://match.example/' }}\ncases:\n{}", cases.concat());
    let (chosen, none) = (decisions(r#""id": "b""#), decisions(r#""id": null"#));
    let good =
        [case(&chosen, "id: b"), case(&none, "verdict: none"), case(r#"'{"decisions": []}'"#, "verdict: abstain")];
    world.write("good.yaml", table(&good));
    let ended = world.succeed(&["plugin", "test", WEBHOOK, "--cases", "good.yaml"]);
    assert!(ended.stdout.contains("ok     TAXI | 2 candidates\n") && ended.stdout.contains("3 passed"), "{ended:?}");
    let bad = [case(&chosen, "id: a"), case("'<html>'", "id: a"), case("", "id: a")];
    world.write("bad.yaml", table(&bad));
    let ended = world.run(&["plugin", "test", WEBHOOK, "--cases", "bad.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for said in [
        "expected candidate a, found candidate b",
        "the service's answer cannot be read",
        "it sends a request for which the case has no answer under `answers`:\n       POST https://match.example/\n       {\"version\":1,",
        "0 passed, 3 failed",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {ended:?}");
    }
    let pairs = refused(&world, 64, &["plugin", "test", WEBHOOK, "--pair", "a|b"]);
    assert!(pairs.contains("`webhook-arbiter` is an arbiter, which scores no pairs"), "{pairs}");
    world.write("pairs.yaml", "cases: [{ left: a, right: b, score: 1 }]\n");
    let table = refused(&world, 64, &["plugin", "test", WEBHOOK, "--cases", "pairs.yaml"]);
    assert!(table.contains("unknown key `left`"), "{table}");
}

#[test]
fn inspect_describes_a_file() {
    let world = World::empty();
    let scorer = world.succeed(&["plugin", "inspect", COMPANY_NAME]).stdout;
    for said in [
        "scorer: scores pairs",
        "name         required, cleaned as company-name, with the rarity of its words",
        "generic_weight",
        "exports    matchflow:plugin/scoring@1.0.0",
        "imports    nothing",
        "sha-256    ",
    ] {
        assert!(scorer.contains(said), "{said}: {scorer}");
    }
    let arbiter = world.succeed(&["plugin", "inspect", "../plugins/dist/llm-arbiter.wasm"]).stdout;
    for said in
        ["arbiter: decides rows", "hosts              api.openai.com", "model ", "matchflow:plugin/arbitration@1.0.0"]
    {
        assert!(arbiter.contains(said), "{said}: {arbiter}");
    }
    world.write("text.wasm", "name: small\n");
    let text = world.run(&["plugin", "inspect", "text.wasm"]);
    assert_eq!(text.code, Some(1), "{text:?}");
    assert!(text.stdout.contains("the file is not a component") && text.stderr.contains("is a text file"), "{text:?}");
    world.write(
        "wasi.wasm",
        wat::parse_str(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance (export "connect" (func)))))"#)
            .unwrap(),
    );
    let wasi = world.run(&["plugin", "inspect", "wasi.wasm"]);
    assert!(wasi.code == Some(1) && wasi.stdout.contains("imports    wasi:sockets/tcp@0.2.0"), "{wasi:?}");
    assert!(wasi.stderr.contains("runs without imports"), "{wasi:?}");
    world.write("spins.wasm", guest("(loop $again (br $again)) (unreachable)", CONFIGURE, SCORE));
    let spins = world.run(&["plugin", "inspect", "spins.wasm"]);
    assert!(spins.code == Some(1) && spins.stderr.contains("did not finish within 5000 ms"), "{spins:?}");
    assert!(refused(&world, 1, &["plugin", "inspect", "gone.wasm"]).contains("gone.wasm cannot be read: No such file"));
}

#[test]
fn a_scorer_that_depends_on_state_or_its_batch_fails_its_test() {
    let world = World::empty();
    let global = "(global $calls (mut i32) (i32.const 0))";
    let first_score = |score: &str| {
        let count = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))";
        let body = format!("{count} (f32.store (i32.const 65536) {score}) {SCORE}");
        guest_with(global, DESCRIBE, CONFIGURE, &body)
    };
    let faulty = [
        "(f32.div (f32.const 1) (f32.convert_i32_u (global.get $calls)))",
        "(f32.div (f32.const 1) (f32.convert_i32_u (local.get 5)))",
        "(f32.const 0.5)",
    ];
    let pairs = ["--pair", "a|b", "--pair", "c|d", "--pair", "e|f"];
    for score in faulty {
        world.write("state.wasm", first_score(score));
        let ended = world.run(&[&["plugin", "test", "state.wasm"], &pairs[..]].concat());
        assert!(ended.code == Some(1) && ended.stdout.contains("is not repeatable: a pair got"), "{score}: {ended:?}");
        assert!(ended.stdout.contains("plug-in `hostile` (state.wasm)"), "{score}: {ended:?}");
    }
    world.write("pure.wasm", first_score("(f32.const 0)"));
    world.succeed(&[&["plugin", "test", "pure.wasm"], &pairs[..]].concat());
}

#[test]
fn bench_measures_scorers_and_rejects_arbiters() {
    let world = World::empty();
    world.write("mine.wasm", guest(DESCRIBE, CONFIGURE, SCORE));
    for file in [EXACT, "mine.wasm"] {
        let ended = world.succeed(&["plugin", "bench", file, "--pairs", "2048", "--json"]);
        let figures: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(figures["pairs_per_s"].as_f64().unwrap() > 0.0, "{figures}");
    }
    let arbiter = refused(&world, 64, &["plugin", "bench", WEBHOOK]);
    assert!(arbiter.contains("`webhook-arbiter` is an arbiter"), "{arbiter}");
}
