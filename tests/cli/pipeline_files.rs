//! The commands on pipeline files: validate, plan, test, schema.

use std::fs;
use std::path::{Path, PathBuf};

use crate::small::small;
use crate::support::{World, root};

/// The folder of the labelled data, if available.
pub(crate) fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("MATCHFLOW_SHARED").map(PathBuf::from);
    let shared = named.unwrap_or_else(|| root().join("../shared"));
    fs::canonicalize(shared).ok().filter(|shared| shared.join("data").is_dir())
}

/// The names of the committed files next to the sample data with this ending.
fn committed(end: &str) -> Vec<String> {
    let names = fs::read_dir(root().join("pipelines")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(end));
    names.sort();
    names
}

/// A committed pipeline in a separate folder with its match models; `None`, with a message, if its data is missing.
fn world_of(name: &str) -> Option<World> {
    let text = |name: &str| fs::read_to_string(root().join("pipelines").join(name)).unwrap();
    let world = World::sample();
    committed(".model.yaml").iter().for_each(|model| world.write(model, text(model)));
    let text = text(name);
    let text = match (shared(), text.contains("${MATCHFLOW_SHARED")) {
        (Some(shared), true) => {
            text.replace("${MATCHFLOW_SHARED:-../../shared}", &shared.display().to_string().replace('\\', "/"))
        }
        (None, true) => {
            println!("skipped: {name} needs MATCHFLOW_SHARED");
            return None;
        }
        _ => text,
    };
    world.write(name, text);
    Some(world)
}

#[test]
fn the_committed_pipelines_are_valid_and_pass_their_tests() {
    let mut names = committed(".yaml");
    names.retain(|name| !name.ends_with(".model.yaml"));
    assert!(names.contains(&"suppliers.yaml".to_owned()), "{names:?}");
    for name in names {
        let Some(world) = world_of(&name) else { continue };
        world.succeed(&["validate", &name]);
        let ended = world.succeed(&["test", &name]);
        assert!(ended.after(": ") > 0 && ended.stdout.contains(" 0 failed"), "{name}: {ended:?}");
        assert_eq!(world.files("out"), [""; 0], "{name}: tests leave nothing");
    }
}

#[test]
fn labelled_sets_stay_above_their_floors() {
    // Floors against regressions, slightly below the measured values; the goal for `decp` is an F1 of 0.75.
    let sets = [
        ("decp", "data/decp-dev/truth.csv", ["siren:0.67", "siren:0.88"]),
        ("febrl4", "data/febrl4/truth.csv", ["id:0.995", "id:0.995"]),
    ];
    for (set, truth, [min_f1, min_precision]) in sets {
        let Some((world, shared)) = world_of(&format!("{set}.yaml")).zip(shared()) else { continue };
        world.succeed(&["run", &format!("{set}.yaml")]);
        let truth = shared.join(truth).display().to_string();
        let floors = ["--min-f1", min_f1, "--min-precision", min_precision];
        for results in [format!("out/{set}-results.csv"), format!("out/{set}.duckdb")] {
            world.succeed(&[&["evaluate", &results, "--truth", &truth][..], &floors].concat());
        }
    }
}

#[test]
fn the_quality_of_person_deduplication_stays_above_its_floor() {
    // A floor against regressions, slightly below the measured value.
    let Some((world, shared)) = world_of("fake1000.yaml").zip(shared()) else { return };
    world.succeed(&["run", "fake1000.yaml"]);
    let truth = shared.join("data/fake1000/truth.csv").display().to_string();
    let floors = ["--min-f1", "0.955", "--min-precision", "0.99"];
    world.succeed(&[&["evaluate", "out/fake1000.duckdb", "--truth", &truth][..], &floors].concat());
}

#[test]
fn a_wrong_expectation_is_shown_with_what_was_found() {
    let world = World::sample();
    let text = String::from_utf8(world.read("suppliers.yaml")).unwrap();
    let wanted = "outcome: matched, id: \"73282932000074\", group: \"732829320\", stage: DIRECT_ID";
    assert!(text.contains(wanted));
    world.write("suppliers.yaml", text.replace(wanted, "outcome: review, id: \"73282932000074\", stage: BROAD"));
    let ended = world.run(&["test", "suppliers.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let says = ["FAILED a SIRET decides", "outcome: expected review, found matched", "stage: expected BROAD, found"];
    assert!(says.iter().all(|words| ended.stdout.contains(words)), "{ended:?}");
    assert!(!ended.stdout.contains("id: expected"), "what agrees is not listed: {ended:?}");
    assert!(ended.stdout.contains(" 1 failed"), "{ended:?}");
    let only = world.succeed(&["test", "suppliers.yaml", "--only", "legal form"]);
    assert!(only.stdout.contains("1 passed, 0 failed"), "{only:?}");
}

#[test]
fn a_plan_is_text_a_graph_or_json() {
    let world = small();
    let text = world.succeed(&["plan", "small.yaml"]).stdout;
    for words in ["LOCAL", "company-name 1.5.0, sha256 ", "no checkpoint yet", "out/small.duckdb"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(world.succeed(&["plan", "small.yaml", "--format", "mermaid"]).stdout.starts_with("flowchart "));
    let json = |world: &World| -> serde_json::Value {
        serde_json::from_str(&world.succeed(&["plan", "small.yaml", "--format", "json"]).stdout).unwrap()
    };
    let before = json(&world);
    assert_eq!(before["resume"], serde_json::Value::Null);
    assert_eq!(before["plan"]["name"], "small");
    assert_eq!(before["plan"]["stages"][0]["kind"]["clean"]["steps"][0]["output"], "name", "{before:#}");
    assert_eq!(names_in_capitals(&before["plan"]), [""; 0]);
    assert_eq!(world.files("out"), [""; 0], "a plan changes nothing");
    world.succeed(&["run", "small.yaml"]);
    let after = json(&world);
    assert_eq!((&after["resume"]["done"], &after["resume"]["stale"]), (&7.into(), &0.into()), "{after:#}");
    assert_eq!(after["resume"]["counts"]["matched"], 6);
}

/// The keys of a plan that begin with a capital, as variants of Rust do and words of pipelines do not.
fn names_in_capitals(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(names_in_capitals).collect(),
        serde_json::Value::Object(fields) => {
            let own = fields.keys().map(String::as_str).filter(|key| key.starts_with(char::is_uppercase));
            own.chain(fields.values().flat_map(names_in_capitals)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_schema_is_json_and_knows_every_top_level_key() {
    let schema: serde_json::Value = serde_json::from_str(&World::empty().succeed(&["schema"]).stdout).unwrap();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    for key in ["name", "source", "reference", "stages", "sink", "outputs", "execution", "tests"] {
        assert!(keys.iter().any(|known| *known == key), "{key}: {keys:?}");
    }
}

#[test]
fn values_from_the_command_line_override_the_file() {
    let world = small();
    let set = ["--set", "sink.batch_size=3", "--set", "stages.LOCAL.blocked.distance=1", "--set", "name=other"];
    let plan = world.succeed(&[&["plan", "small.yaml"][..], &set].concat()).stdout;
    for words in ["other\n", "3 outcomes per commit", "name within 1 edit"] {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    let outputs = "outputs=[{csv: elsewhere/set.csv}]";
    world.succeed(&["run", "small.yaml", "--set", outputs]);
    assert_eq!(world.files("elsewhere"), ["set.csv"]);
    assert_eq!(world.files("out"), ["small.duckdb"]);
}

#[test]
fn all_problems_are_listed_together_with_their_places() {
    let world = small();
    let text = String::from_utf8(world.read("small.yaml")).unwrap();
    let text = text.replace("name: Nom", "name: Nomm").replace("accept: 0.45", "accept: 4.5");
    world.write("small.yaml", text.replace("checkpoint:", "chekpoint:").replace("registry.csv", "gone.csv"));
    for command in ["validate", "plan", "run", "test"] {
        let ended = world.run(&[command, "small.yaml", "--set", "bogus=1"]);
        assert_eq!(ended.code, Some(2), "{command}: {ended:?}");
        let says = [
            "no column `Nomm`",
            "did you mean `Nom`",
            "4.5",
            "small.yaml:17:",
            "`chekpoint`",
            "gone.csv",
            "`bogus`",
            "--set",
            "problems in small.yaml",
            "nothing was done",
        ];
        for words in says {
            assert!(ended.stderr.contains(words), "{command}, {words}: {}", ended.stderr);
        }
        assert_eq!(ended.stderr.matches("problems in small.yaml").count(), 1, "{}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{command}: {ended:?}");
    }
    assert_eq!(world.files("out"), [""; 0]);
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let world = small();
    let lines: [(&[&str], i32); 7] = [
        (&["frobnicate"], 64),
        (&[], 64),
        (&["run"], 64),
        (&["run", "gone.yaml"], 2),
        (&["run", "small.yaml", "--limit", "many"], 64),
        (&["plan", "small.yaml", "--format", "svg"], 64),
        (&["run", "small.yaml", "--set", "no-equals-sign"], 2),
    ];
    for (line, code) in lines {
        let ended = world.run(line);
        assert_eq!(ended.code, Some(code), "{line:?}: {ended:?}");
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{line:?}: {ended:?}");
    }
    assert!(!Path::new(&world.path("out")).exists());
}
