//! `explain --recall` and `plan --count`: what the candidate stages find, compared with the truth.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::support::World;
use crate::tables::{count, csv_rows};

#[test]
fn recall_is_reported_by_stage_with_examples() {
    let world = World::sample();
    let explain = ["explain", "suppliers.yaml", "--recall", "--truth", "data/truth.csv"];
    let text = world.succeed(&explain).stdout;
    for wanted in ["2500 rows searched", "recall of the siren", "recall of the siret", "all stages", "at 20"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(world.files("out").is_empty(), "a survey writes nothing");
    let json = world.succeed(&[&explain[..], &["--json", "--missed", "3"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let recall = &json["recall"];
    let judged = recall["rows_with_truth"].as_u64().unwrap() - recall["rows_absent"].as_u64().unwrap();
    let first: u64 = recall["stages"].as_array().unwrap().iter().map(|stage| stage["first"].as_u64().unwrap()).sum();
    let found = recall["together"]["group"]["found"].as_array().unwrap();
    assert!(found.windows(2).all(|two| two[0].as_u64() <= two[1].as_u64()), "{found:?}");
    assert_eq!(recall["together"]["group"]["rows"].as_u64(), Some(judged));
    assert_eq!(recall["together"]["first"].as_u64(), Some(first));
    assert!(found[2].as_u64().unwrap() as f64 >= 0.95 * judged as f64, "recall at 20 of the sample: {found:?}");
    assert_eq!(recall["missed"].as_array().unwrap().len(), 3);
}

#[test]
fn pair_counts_of_a_plan_do_not_depend_on_threads() {
    let world = World::sample();
    let count = |workers: &str| {
        let set = format!("execution.workers={workers}");
        let text =
            world.succeed(&["plan", "suppliers.yaml", "--count", "500", "--format", "json", "--set", &set]).stdout;
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["candidates"]["recall"].take()
    };
    let (one, three) = (count("1"), count("3"));
    assert_eq!(one, three);
    assert_eq!(one["rows"].as_u64(), Some(500));
    assert!(one["stages"].as_array().unwrap().iter().all(|stage| stage["pairs"].as_u64() > Some(0)), "{one}");
    let text = world.succeed(&["plan", "suppliers.yaml", "--count", "500", "--truth", "data/truth.csv"]).stdout;
    assert!(text.contains("BROAD") && text.contains("pairs,") && text.contains("recall of the siren"), "{text}");
}

#[test]
fn recall_needs_a_truth() {
    let world = World::sample();
    let ended = world.run(&["explain", "suppliers.yaml", "--recall"]);
    assert_eq!(ended.code, Some(64));
    assert!(ended.stderr.contains("--truth"), "{}", ended.stderr);
}

#[test]
fn an_explanation_shows_the_weight_of_each_comparison_and_why_others_lost() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "200", "--set", "evidence=all"]);
    let csv = String::from_utf8(world.read("out/suppliers-results.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let matched = rows.iter().find(|row| &row[place("outcome")] == "matched" && &row[place("alternatives")] != "[]");
    let matched = matched.expect("a row with more than one candidate");
    let key = &matched[place("key")];
    let text = world.succeed(&["explain", "out/suppliers.duckdb", key]).stdout;
    for wanted in
        [key, "matched", &matched[place("id")], "starting point (a random pair)", "name: ", "match weight", "2. "]
    {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let json = world.succeed(&["explain", "out/suppliers.duckdb", key, "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let model = json["candidates"][0]["evidence"]["_model"].as_object().unwrap();
    let bits = |value: &serde_json::Value| value.as_f64().or(value["bits"].as_f64()).unwrap();
    let sum: f64 = model.iter().filter(|(name, _)| *name != "weight").map(|(_, step)| bits(step)).sum();
    assert!((sum - bits(&model["weight"])).abs() < 0.05, "the steps add up to the weight: {model:?}");
    assert!((json["weight"].as_f64().unwrap() - bits(&model["weight"])).abs() < 0.01);
    let unknown = world.run(&["explain", "out/suppliers.duckdb", "nobody"]);
    assert_eq!(unknown.code, Some(64), "{unknown:?}");
    assert!(unknown.stderr.contains("no result with the key `nobody`"), "{unknown:?}");
}

/// Evidence that was not stored is recomputed, and equals the stored evidence.
#[test]
fn evidence_that_is_not_stored_is_recomputed() {
    let run = |evidence: &str| {
        let world = World::sample();
        let csv = "outputs=[{csv: out/results.csv}]";
        world.succeed(&["run", "suppliers.yaml", "--limit", "60", "--set", csv, "--set", evidence]);
        world
    };
    let [all, review, none] = ["evidence=all", "evidence=review", "evidence=none"].map(run);
    let mut outcomes = BTreeSet::new();
    for row in csv_rows(&all, "out/results.csv").iter().step_by(4) {
        let key = row["key"].as_str();
        let kept = all.succeed(&["explain", "out/suppliers.duckdb", key]).stdout;
        outcomes.insert(row["outcome"].clone());
        for world in [&review, &none] {
            let again = world.succeed(&["explain", "suppliers.yaml", key]).stdout;
            let again = again
                .trim_end()
                .trim_end_matches("the evidence of this row was not kept: it was made again now, with the same result");
            assert_eq!(again.trim_end(), kept.trim_end());
        }
    }
    assert!(outcomes.len() > 1, "{outcomes:?}");
    // From a stored index as well; a damaged one counts for nothing.
    let key = csv_rows(&all, "out/results.csv")[0]["key"].clone();
    let again = review.succeed(&["explain", "suppliers.yaml", &key]).stdout;
    review.succeed(&["index", "suppliers.yaml"]);
    assert_eq!(review.succeed(&["explain", "suppliers.yaml", &key]).stdout, again);
    let index = review.files("data").into_iter().find(|name| name.ends_with(".index")).expect("an index is stored");
    review.write(&format!("data/{index}"), b"damaged");
    assert_eq!(review.succeed(&["explain", "suppliers.yaml", &key]).stdout, again);

    let size = |world: &World| world.read("out/results.csv").len();
    assert!(size(&none) < size(&review) && size(&review) * 2 < size(&all), "less is kept");

    // From a checkpoint alone, and with another registry, only the stored part is shown, with the reason.
    let key = csv_rows(&all, "out/results.csv").into_iter().find(|row| row["outcome"] == "matched").unwrap();
    let key = key["key"].as_str();
    let alone = review.succeed(&["explain", "out/suppliers.duckdb", key]).stdout;
    assert!(alone.contains("`matchflow explain PIPELINE.yaml KEY` makes it again"), "{alone}");
    // Levels and scores are kept as data: the steps of the match weight need neither the registry nor a plug-in.
    let whole = all.succeed(&["explain", "out/suppliers.duckdb", key]).stdout;
    let steps = |text: &str| -> Vec<String> {
        let is_step = |line: &&str| line.contains(" bits  ") || line.contains("       ") && line.contains(": ");
        let lines = text.lines().filter(is_step).filter(|line| line.trim_start().starts_with(['+', '-']));
        let lines = lines.filter(|line| line.trim_start().chars().nth(1).is_some_and(|digit| digit.is_ascii_digit()));
        lines.filter(|line| !line.contains("nothing to compare")).map(str::to_owned).collect()
    };
    assert!(steps(&whole).len() > 3, "{whole}");
    assert_eq!(steps(&alone), steps(&whole));
    let changed = review.succeed(&["explain", "suppliers.yaml", key, "--set", "source.fields.name=Ville"]).stdout;
    assert!(changed.contains("has changed since the run"), "{changed}");
}

/// Evidence is columns and lists for programs; the words, and what is known of other candidates, come where they are asked for.
#[test]
fn evidence_is_data_in_every_file() {
    let run = |evidence: &str| {
        let world = World::sample();
        let outputs = "outputs=[{csv: out/results.csv}, {parquet: out/results.parquet}]";
        world.succeed(&["run", "suppliers.yaml", "--limit", "2500", "--set", outputs, "--set", evidence]);
        world
    };
    let [review, all] = ["evidence=review", "evidence=all"].map(run);
    let (short, whole) = (csv_rows(&review, "out/results.csv"), csv_rows(&all, "out/results.csv"));
    let list = |json: &str| serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(json).unwrap();
    let scores = |row: &HashMap<String, String>| -> BTreeMap<String, String> {
        let is_score = |(name, _): &(&String, &String)| name.starts_with("score_");
        row.iter().filter(is_score).map(|(name, score)| (name.clone(), score.clone())).collect()
    };
    let mut in_review = 0;
    for (short, whole) in short.iter().zip(&whole) {
        assert_eq!(
            (&short["key"], &short["outcome"], scores(short)),
            (&whole["key"], &whole["outcome"], scores(whole))
        );
        let is_found = short["outcome"] == "matched" || short["outcome"] == "review";
        assert_eq!(scores(short).values().any(|score| !score.is_empty()), is_found || short["candidates"] != "0");
        assert_eq!(short["evidence"].is_empty(), short["outcome"] != "review", "{short:?}");
        in_review += usize::from(short["outcome"] == "review");
        assert!(list(&short["alternatives"]).iter().all(|one| !one.contains_key("entry")));
        let complete = |one: &serde_json::Map<_, _>| one.contains_key("entry");
        assert!(list(&whole["alternatives"]).iter().all(complete));
        for name in ["score", "margin", "entry_score", "weight"] {
            assert!(short[name].split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 6), "{name}: {short:?}");
        }
    }
    assert!(in_review > 3, "{in_review}");
    for (world, name) in
        [(&review, "out/results.parquet"), (&review, "out/results.csv"), (&review, "out/suppliers.duckdb")]
    {
        assert!(world.path(name).exists());
    }
    let file = review.path("out/results.parquet");
    let typed = format!(
        "SELECT count(*) FROM latest JOIN (SELECT \"key\", scores, comparisons, alternatives FROM '{}') AS file USING (\"key\")
         WHERE file.scores = latest.scores AND file.comparisons = latest.comparisons
         AND list_transform(file.alternatives, lambda one: one.id) = list_transform(latest.alternatives, lambda one: one.id)",
        file.display()
    );
    assert_eq!(count(&review, "out/suppliers.duckdb", &typed), 2500);
    let columns = "outputs=[{csv: {path: out/few.csv, columns: [key, score_company_name, evidence]}}]";
    review.succeed(&["run", "suppliers.yaml", "--limit", "2500", "--set", columns]);
    let header = String::from_utf8(review.read("out/few.csv")).unwrap();
    assert_eq!(header.lines().next(), Some("key,score_company_name,evidence"));
}

#[test]
fn a_result_is_explained_in_the_language_of_the_pipeline() {
    let world = World::sample();
    let outputs = "outputs=[{csv: out/results.csv}]";
    world.succeed(&["run", "suppliers.yaml", "--limit", "20", "--set", outputs, "--set", "evidence=all"]);
    let csv = String::from_utf8(world.read("out/results.csv")).unwrap();
    let key = csv.lines().nth(1).and_then(|line| line.split(',').next()).expect("a row of results");
    let by_pipeline = world.succeed(&["explain", "suppliers.yaml", key]).stdout;
    assert_eq!(by_pipeline, world.succeed(&["explain", "out/suppliers.duckdb", key]).stdout);
    let french = world.succeed(&["explain", "suppliers.yaml", key, "--set", "language=fr"]).stdout;
    assert_ne!(french, by_pipeline);

    let elsewhere = ["--set", "sink.checkpoint=out/elsewhere.duckdb", "--set", "sink.fallback=null"];
    let none = world.run(&[&["explain", "suppliers.yaml", key][..], &elsewhere].concat());
    assert!(none.code != Some(0) && none.stderr.contains("out/elsewhere.duckdb"), "{none:?}");
    let results = world.run(&["explain", "out/results.csv", key]);
    assert_eq!(results.code, Some(64), "{results:?}");
    assert!(results.stderr.contains("neither a checkpoint nor a pipeline"), "{results:?}");
    let missing = world.run(&["explain", "out/missing.yaml", key]);
    assert!(missing.code != Some(0) && missing.stderr.contains("out/missing.yaml"), "{missing:?}");
}
