//! Duplicates within the supplier file: clusters, constraints between rows, golden records; changed files, kills, row
//! orders.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::World;
use crate::tables::{count, csv_rows, xlsx_rows};

/// Scores that depend only on the two rows, so that incremental runs equal a complete run.
const PIPELINE: &str = r"name: doubles
source:
  csv: { path: suppliers.csv }
  id: Code
  fields:
    name: Nom
    postcode: Postal
    siren: Siren
    seen: { column: Vu, type: date }
    balance: { column: Solde, type: decimal }
dedupe:
  accept: 0.8
  review: 0.6
  bridge: 0.9
  rows: 6
  cannot_link: siren
  amount: balance
  golden:
    name: most_frequent
    postcode: { most_recent: seen }
    siren: longest
stages:
  - clean: { name: company_name, postcode: postcode, siren: siren }
  - candidates: { label: SIREN, exact: { siren: siren } }
  - candidates: { label: LOCAL, blocked: { block: postcode, name: name, distance: 4 }, keep: 1000 }
  - score:
      name: { plugin: ../plugins/dist/edit-distance.wasm, compare: name, weight: 3 }
      postcode: { plugin: ../plugins/dist/exact.wasm, compare: postcode }
sink: { checkpoint: out/doubles.duckdb, batch_size: 7 }
outputs:
  - csv: out/doubles.csv
  - xlsx: out/doubles.xlsx
execution: { chunk: 4, in_flight: 32 }
";

const HEADER: &str = "Code,Nom,Postal,Siren,Vu,Solde\n";

fn world(rows: &[String]) -> World {
    let world = World::empty();
    world.write("doubles.yaml", PIPELINE);
    write(&world, rows);
    world
}

fn write(world: &World, rows: &[String]) {
    world.write("suppliers.csv", format!("{HEADER}{}", rows.concat()));
}

/// Names from a few families in a few towns, many of them similar; another `salt` gives other rows with the same keys.
fn rows(range: std::ops::Range<u32>, salt: u32) -> Vec<String> {
    let names = ["DUPONT PLOMBERIE", "GARAGE DU LAC", "ZOLA MENUISERIE", "BOULANGERIE MARTIN", "TRANSPORTS LEGRAND"];
    let row = |number: u32| {
        let mixed = (number + 7919 * salt).wrapping_mul(2_654_435_761) >> 7;
        let name = names[(mixed % 5) as usize];
        // Some lose a letter, so that pairs have various scores.
        let name: String = match mixed / 5 % 4 {
            0 => name.to_owned(),
            cut => name.chars().enumerate().filter(|(at, _)| *at as u32 != 3 * cut).map(|(_, letter)| letter).collect(),
        };
        let siren = match mixed / 20 % 5 {
            0 => "732829320",
            1 => "800123457",
            _ => "",
        };
        let postcode = 69_001 + mixed / 100 % 9;
        format!("K{number:04},{name},{postcode},{siren},2024-01-{:02},{}.50\n", 1 + mixed % 28, mixed % 100)
    };
    range.map(row).collect()
}

/// The clusters as sets of keys, and the id of each.
fn clusters(world: &World) -> (BTreeSet<BTreeSet<String>>, BTreeMap<String, BTreeSet<String>>) {
    let mut by_id: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in csv_rows(world, "out/doubles.csv") {
        by_id.entry(row["cluster"].clone()).or_default().insert(row["key"].clone());
    }
    (by_id.values().cloned().collect(), by_id)
}

fn run(world: &World, more: &[&str]) -> crate::support::Ended {
    world.succeed(&[&["run", "doubles.yaml"][..], more].concat())
}

#[test]
fn rows_of_one_company_are_one_cluster_with_a_golden_record() {
    let world = world(&[
        "F1,DUPONT PLOMBERIE,69003,732829320,2024-01-05,100.25\n".to_owned(),
        "F2,DUPONT PLOMBERIE SARL,69003,,2024-03-01,50\n".to_owned(),
        "F3,DUPONT PLOMBRIE,69003,,2023-12-01,\n".to_owned(),
        "F4,GARAGE DU LAC,74000,,2024-01-01,7\n".to_owned(),
        // The same name in the same town, but another company's number.
        "F5,DUPONT PLOMBERIE,69003,800123457,2024-02-01,1000\n".to_owned(),
    ]);
    let ended = run(&world, &[]);
    for words in [
        "rows of the supplier file: 5",
        "groups of duplicates: 1",
        "rows in them: 3",
        "redundant rows: 2",
        "at stake (sum of `balance` of these rows): 150.25",
        "pairs cut (likely, but their groups contradict each other): 3",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {ended:?}");
    }
    let (sets, _) = clusters(&world);
    // F5 contradicts F1; the pairs, all equal, and then the keys decide which of the two F2 and F3 join.
    assert_eq!(sets, BTreeSet::from([BTreeSet::from(["F1", "F2", "F3"].map(str::to_owned))]));
    let sql = "SELECT count(*) FROM current_golden WHERE record =
        '{\"name\":{\"value\":\"DUPONT PLOMBERIE\",\"from\":\"F1\"},\"postcode\":{\"value\":\"69003\",\"from\":\"F2\"},\
         \"siren\":{\"value\":\"732829320\",\"from\":\"F1\"}}'";
    assert_eq!(count(&world, "out/doubles.duckdb", sql), 1);
    let why = "SELECT count(*) FROM current_edges WHERE status = 'cut' AND reason LIKE '%cut_by_conflict%siren%'";
    assert_eq!(count(&world, "out/doubles.duckdb", why), 3);
    let (header, lines) = xlsx_rows(&world, "out/doubles.xlsx");
    assert_eq!(header[..5], ["cluster", "rows", "balance of the cluster", "key", "row"]);
    assert_eq!(lines.iter().map(|line| line[3].to_string()).collect::<Vec<_>>(), ["F1", "F2", "F3"]);
    let reason = header.iter().position(|heading| heading == "reason").unwrap();
    assert!(lines.iter().all(|line| line[reason].to_string().starts_with("same as F")), "{lines:?}");
    assert_eq!(header[reason + 1..], ["verdict", "comment"], "for a reviewer");
}

#[test]
fn neither_workers_nor_the_order_of_rows_change_a_cluster_or_its_id() {
    let own = rows(0..300, 0);
    let world = world(&own);
    run(&world, &["--workers", "1"]);
    let expected = clusters(&world);
    assert!(expected.0.len() > 20, "{}", expected.0.len());
    for workers in ["2", "4"] {
        std::fs::remove_dir_all(world.path("out")).unwrap();
        run(&world, &["--workers", workers]);
        assert_eq!(clusters(&world), expected, "{workers} workers");
    }
    let mut turned = own;
    turned.reverse();
    turned.rotate_left(77);
    write(&world, &turned);
    std::fs::remove_dir_all(world.path("out")).unwrap();
    run(&world, &[]);
    assert_eq!(clusters(&world), expected, "another order");
    let pairs =
        "SELECT count(*) FROM (SELECT least(\"key\", pair.id) AS a, greatest(\"key\", pair.id) AS b, count(*) AS times,
        bool_or(\"key\" = pair.id) AS own FROM (SELECT \"key\", unnest(alternatives) AS pair
        FROM latest) GROUP BY ALL) WHERE times > 1 OR own";
    assert_eq!(count(&world, "out/doubles.duckdb", pairs), 0, "a pair was compared twice, or a row with itself");
}

#[test]
fn a_changed_file_gives_the_clusters_of_a_fresh_run_and_ids_are_kept() {
    let world = world(&rows(0..250, 0));
    run(&world, &[]);
    let (_, first) = clusters(&world);
    // 30 rows removed, 20 changed, 40 new.
    let changed = [rows(30..230, 0), rows(230..250, 1), rows(250..290, 0)].concat();
    write(&world, &changed);
    let ended = run(&world, &[]);
    // Three more equal a removed row that represented them.
    assert!(ended.stdout.contains("63 rows compared") && ended.stdout.contains("197 skipped"), "{ended:?}");
    let (kept, second) = clusters(&world);
    let anew = self::world(&changed);
    run(&anew, &[]);
    assert_eq!(kept, clusters(&anew).0);
    let mut lasting = 0;
    for (id, keys) in &first {
        // A cluster keeps its id if all its rows are still in one cluster that contains no other old cluster.
        let now: BTreeSet<&String> =
            second.iter().filter(|(_, new)| !new.is_disjoint(keys)).map(|(id, _)| id).collect();
        let alone = |new: &String| first.values().filter(|old| !old.is_disjoint(&second[new])).count() == 1;
        if let (1, Some(new)) = (now.len(), now.first())
            && alone(new)
        {
            assert_eq!(id, *new);
            lasting += 1;
        }
    }
    assert!(lasting > 10, "{lasting}");
    let told = "SELECT count(DISTINCT event) FROM cluster_events";
    assert!(count(&world, "out/doubles.duckdb", told) >= 3);
    let ended = run(&world, &[]);
    assert!(ended.stdout.contains("0 rows compared"), "{ended:?}");
    assert_eq!(clusters(&world).1, second, "nothing new changes nothing");
    // Returning rows meet rows added in the meantime.
    let back = [rows(0..230, 0), rows(230..250, 1), rows(250..290, 0)].concat();
    write(&world, &back);
    let ended = run(&world, &[]);
    assert!(ended.stdout.contains("30 rows compared"), "{ended:?}");
    let anew = self::world(&back);
    run(&anew, &[]);
    assert_eq!(clusters(&world).0, clusters(&anew).0);
}

#[test]
fn a_run_killed_anywhere_is_clustered_by_the_next_one() {
    let own = rows(0..300, 2);
    let whole = world(&own);
    run(&whole, &[]);
    let expected = clusters(&whole);
    let places = [
        "between append and commit",
        "after commit",
        "before the clusters are committed",
        "after the clusters are committed",
    ];
    for place in places {
        let world = world(&own);
        let ended = world.run_with_fault(&format!("kill@{place}"), &["run", "doubles.yaml"]);
        assert_ne!(ended.code, Some(0), "{place}: {ended:?}");
        run(&world, &[]);
        assert_eq!(clusters(&world), expected, "{place}");
        let repeated = "SELECT count(*) - count(DISTINCT \"key\") FROM current_members";
        assert_eq!(count(&world, "out/doubles.duckdb", repeated), 0, "{place}");
    }
}

/// Uses `MATCHFLOW_KILLS` and `MATCHFLOW_SEED` like `kill`.
#[test]
#[cfg(unix)]
fn killed_at_random_moments_clusters_equal_those_of_an_undisturbed_run() {
    use crate::kill::{Random, variable};
    let (kills_wanted, seed) = (variable("MATCHFLOW_KILLS", 20), variable("MATCHFLOW_SEED", 20_261_125));
    println!("MATCHFLOW_KILLS={kills_wanted} MATCHFLOW_SEED={seed}");
    let world = world(&rows(0..1500, 4));
    let began = std::time::Instant::now();
    run(&world, &[]);
    let (took, expected) = (began.elapsed(), clusters(&world));
    let mut random = Random(seed);
    let mut kills = 0;
    while kills < kills_wanted {
        std::fs::remove_dir_all(world.path("out")).unwrap();
        let (mut code, mut patience) = (None, 1.2);
        while code.is_none() {
            let ended = world.start(&["run", "doubles.yaml"]).kill_after(took.mul_f64(random.share() * patience));
            kills += u64::from(ended.code.is_none());
            code = ended.code;
            // So that a machine that has become slower finishes too.
            patience += 0.3;
        }
        assert_eq!((code, clusters(&world)), (Some(0), expected.clone()), "seed {seed}, {kills} kills");
        let twice = "SELECT count(*) - count(DISTINCT \"key\") FROM results";
        assert_eq!(count(&world, "out/doubles.duckdb", twice), 0, "seed {seed}, {kills} kills");
    }
}

#[test]
fn a_limited_run_and_its_rest_equal_one_run() {
    let own = rows(0..400, 3);
    let whole = world(&own);
    run(&whole, &[]);
    let parts = world(&own);
    for limit in ["37", "50", "120"] {
        run(&parts, &["--limit", limit]);
    }
    run(&parts, &[]);
    assert_eq!(clusters(&parts), clusters(&whole), "the clusters and their ids");
    assert!(parts.read("out/doubles.csv") == whole.read("out/doubles.csv"));
}

#[test]
fn matches_with_a_registry_are_evidence() {
    let world = crate::small::small();
    world.succeed(&["run", "small.yaml"]);
    let pipeline = "name: after
source:
  csv: { path: suppliers.csv }
  id: Code
  fields: { name: Nom, postcode: Postal }
dedupe:
  accept: 0.9
  matches: out/small.duckdb
  cannot_link: registry_group
  golden: { name: { registry: name }, postcode: most_frequent }
stages:
  - candidates: { label: MATCHED, exact: { registry_group: registry_group } }
  - score:
      matched: { plugin: ../plugins/dist/exact.wasm, compare: registry_group }
sink: { checkpoint: out/after.duckdb }
outputs: [{ csv: out/after.csv }]
";
    world.write("after.yaml", pipeline);
    let ended = world.succeed(&["run", "after.yaml", "-v"]);
    assert!(ended.stderr.contains("read entries") && !ended.stderr.contains("read registry"), "{ended:?}");
    let keys: Vec<String> = csv_rows(&world, "out/after.csv").iter().map(|row| row["key"].clone()).collect();
    assert_eq!(keys, ["F2", "F6"]);
    let golden = "SELECT count(*) FROM current_golden WHERE record LIKE '{\"name\":{\"value\":\"GARAGE DU LAC\",%'";
    assert_eq!(count(&world, "out/after.duckdb", golden), 1);
}

#[test]
fn clusters_are_evaluated_against_the_truth() {
    let world =
        world(&["F1,DUPONT,69003,,,\n".to_owned(), "F2,DUPONT,69003,,,\n".to_owned(), "F3,ZOLA,1000,,,\n".to_owned()]);
    run(&world, &[]);
    world.write("truth.csv", "key,cluster\nF1,a\nF2,a\nF3,b\n");
    for results in ["out/doubles.duckdb", "out/doubles.csv"] {
        let ended = world.succeed(&["evaluate", results, "--truth", "truth.csv", "--min-f1", "1"]);
        assert!(ended.stdout.contains("B-cubed       1.0000    1.0000    1.0000"), "{ended:?}");
    }
    world.write("truth.csv", "key,cluster\nF1,a\nF2,a\nF3,a\n");
    let ended = world.run(&["evaluate", "out/doubles.duckdb", "--truth", "truth.csv", "--min-recall", "0.9"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("B-cubed: recall is 0.5556"), "{ended:?}");
}

/// If several pairs of a row have the same weight, the one named in the reason does not depend on where runs ended.
#[test]
fn ties_are_the_same_after_a_kill_or_a_limit() {
    let names = ["DUPONT PLOMBERIE", "DUPONT PLOMBERIE", "DUPONT PLOMBERI", "GARAGE DU LAC"];
    let ties = |number: u32| {
        let name = names[(number % 4) as usize];
        format!("K{number:04},{name},{},,2024-01-01,1.50\n", 69_001 + number / 5)
    };
    let all: Vec<String> = (0..60).map(ties).collect();
    let whole = world(&all);
    run(&whole, &[]);
    let expected = whole.read("out/doubles.csv");
    for limit in ["1", "7", "13", "31"] {
        let parts = world(&all);
        run(&parts, &["--limit", limit]);
        run(&parts, &["--limit", limit]);
        run(&parts, &[]);
        assert!(parts.read("out/doubles.csv") == expected, "limit {limit}");
    }
    for place in ["after commit:2", "after commit:5", "between append and commit:4"] {
        let killed = world(&all);
        assert_eq!(killed.run_with_fault(&format!("kill@{place}"), &["run", "doubles.yaml"]).code, None);
        run(&killed, &[]);
        assert!(killed.read("out/doubles.csv") == expected, "{place}");
    }
}
