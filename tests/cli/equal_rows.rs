//! Duplicates: rows equal in every compared field, rows that share an address, rows without a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::pipeline_files::shared;
use crate::support::{Ended, World};
use crate::tables::{count, csv_rows};

const HEADER: &str = "Code;Nom;Adresse;Postal;Ville;SIRET;Remarque\n";

/// The built-in model over names and places; `Remarque` is not compared.
const PIPELINE: &str = r#"name: doubles
source:
  csv: { path: suppliers.csv }
  id: Code
  fields: { name: Nom, address: Adresse, postcode: Postal, town: Ville, siret: SIRET, note: Remarque }
dedupe:
  accept: 0.95
  review: 0.1
  share: 0.1
  bridge: 0.99
  max_cluster_size: 50
  cannot_link: siren
  golden: { name: most_frequent }
model: duplicates
stages:
  - clean:
      name: { from: name, as: company_name }
      address: address
      postcode: postcode
      town: town
      siren: { from: siret, as: siren }
      siret: siret
  - candidates: { label: SIREN, exact: { siren: siren } }
  - candidates: { label: ADDRESS, exact: { "postcode + address": "postcode + address" } }
  - candidates: { label: BROAD, token: { name: name, prefer: [postcode, town], top: 10, per_group: 1 } }
  - score:
      siret: { plugin: ../plugins/dist/exact.wasm, compare: siret }
      siren: { plugin: ../plugins/dist/exact.wasm, compare: siren }
      company_name: { plugin: ../plugins/dist/company-name.wasm, compare: name }
      address: { plugin: ../plugins/dist/address.wasm, compare: address }
      postcode: { plugin: ../plugins/dist/exact.wasm, compare: postcode }
      town: { plugin: ../plugins/dist/exact.wasm, compare: town }
sink: { checkpoint: out/doubles.duckdb, batch_size: 50 }
outputs: [{ csv: out/doubles.csv }]
"#;

fn world(rows: &[String]) -> World {
    let world = World::empty();
    world.write("doubles.yaml", PIPELINE);
    write(&world, rows);
    world
}

fn write(world: &World, rows: &[String]) {
    world.write("suppliers.csv", format!("{HEADER}{}", rows.concat()));
}

fn run(world: &World, more: &[&str]) -> Ended {
    world.succeed(&[&["run", "doubles.yaml"][..], more].concat())
}

/// The clusters as sets of keys.
fn clusters(world: &World) -> BTreeSet<BTreeSet<String>> {
    let mut by_id: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in csv_rows(world, "out/doubles.csv") {
        by_id.entry(row["cluster"].clone()).or_default().insert(row["key"].clone());
    }
    by_id.into_values().collect()
}

/// A row of one company; copies differ only in what is not compared.
fn copy(number: u32) -> String {
    format!("K{number:05};ORVALINE;7 IMPASSE DU MOULIN;21000;DIJON;;note {number}\n")
}

fn copies(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(copy).collect()
}

#[test]
fn any_number_of_equal_rows_is_one_cluster_with_one_pair_each() {
    for rows in [2u32, 120, 3000] {
        let world = world(&copies(0..rows));
        let ended = run(&world, &[]);
        assert_eq!(clusters(&world).len(), 1, "{rows}: {ended:?}");
        assert_eq!(ended.after("rows in them:"), u64::from(rows), "{ended:?}");
        assert_eq!(ended.after("pairs cut (likely, but their groups contradict each other):"), 0, "{ended:?}");
        assert_eq!(ended.before(" pair"), u64::from(rows) - 1, "{ended:?}");
        let note = format!("a group of {rows} rows exceeds max_cluster_size: 50; equal rows are never separated");
        assert_eq!(ended.stdout.matches(&note).count(), usize::from(rows > 50), "{ended:?}");
    }
}

#[test]
fn equal_rows_join_only_the_cluster_of_their_representative() {
    let mut rows = copies(0..200);
    rows.push("T1;ORVALINE SARL;7 IMPASSE DU MOULIN;21000;DIJON;;a word more\n".to_owned());
    rows.push("T2;PELLUNORD;5 IMPASSE DU FOUR;57000;METZ;;\n".to_owned());
    // Nothing to compare: equal to no other row.
    rows.push("E1;;;;;;\nE2;;;;;;\n".to_owned());
    let world = world(&rows);
    run(&world, &[]);
    let found = clusters(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    let cluster = found.first().unwrap();
    assert!(cluster.len() == 201 && cluster.contains("T1"), "{cluster:?}");
    let cut = "SELECT count(*) FROM current_edges WHERE status = 'cut'";
    assert_eq!(count(&world, "out/doubles.duckdb", cut), 0);
}

#[test]
fn equal_rows_give_the_same_clusters_after_kills_and_limits_in_any_order() {
    let names = ["ORVALINE", "ORVALINE SARL", "ORVALIN", "PELLUNORD"];
    let row = |number: u32| {
        let name = names[(number / 3 % 4) as usize];
        format!("K{number:04};{name};7 IMPASSE DU MOULIN;{};DIJON;;\n", 21_000 + number / 40)
    };
    let all: Vec<String> = (0..160).map(row).collect();
    let whole = world(&all);
    run(&whole, &[]);
    let expected = whole.read("out/doubles.csv");
    assert!(clusters(&whole).iter().any(|cluster| cluster.len() > 20));
    for limit in ["1", "37", "90"] {
        let parts = world(&all);
        run(&parts, &["--limit", limit]);
        run(&parts, &["--limit", limit]);
        run(&parts, &[]);
        assert!(parts.read("out/doubles.csv") == expected, "limit {limit}");
    }
    for place in ["after commit:1", "after commit:2", "between append and commit:3"] {
        let killed = world(&all);
        assert_eq!(killed.run_with_fault(&format!("kill@{place}"), &["run", "doubles.yaml"]).code, None);
        run(&killed, &["--workers", "3"]);
        assert!(killed.read("out/doubles.csv") == expected, "{place}");
    }
    let sets = clusters(&whole);
    let mut turned = all;
    turned.reverse();
    turned.rotate_left(59);
    let turned = world(&turned);
    run(&turned, &[]);
    assert_eq!(clusters(&turned), sets);
}

#[test]
fn a_representative_may_change_or_be_removed() {
    let world = world(&copies(0..40));
    run(&world, &[]);
    let rows = csv_rows(&world, "out/doubles.csv");
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *named.entry(row["same_as"].as_str()).or_default() += 1);
    let representative = named.iter().max_by_key(|(_, rows)| **rows).map(|(key, _)| (*key).to_owned()).unwrap();
    let others = |changed: Option<String>| {
        let kept = copies(0..40).into_iter().filter(|row| !row.starts_with(&representative));
        kept.chain(changed).collect::<Vec<_>>()
    };
    // The representative is removed.
    write(&world, &others(None));
    run(&world, &[]);
    assert_eq!(clusters(&world).into_iter().map(|cluster| cluster.len()).collect::<Vec<_>>(), [39]);
    // It returns as another company, along with more copies.
    let changed = format!("{representative};PELLUNORD;5 IMPASSE DU FOUR;57000;METZ;;\n");
    write(&world, &[others(Some(changed)), copies(40..50)].concat());
    run(&world, &[]);
    let found = clusters(&world);
    assert_eq!(found.iter().map(BTreeSet::len).collect::<Vec<_>>(), [49]);
    assert!(!found.first().unwrap().contains(&representative));
}

#[test]
fn many_names_at_one_address_cost_a_bounded_number_of_pairs_each() {
    let row = |number: u32| {
        // Names without anything in common.
        let letters = |mut mixed: u32| -> String {
            std::iter::repeat_with(|| {
                let letter = char::from(b'A' + (mixed % 23) as u8);
                mixed /= 23;
                letter
            })
            .take(6)
            .collect()
        };
        let name = letters((number + 1).wrapping_mul(2_654_435_761) >> 3);
        format!("K{number:04};{name};3 RUE DES LAVANDES;06300;NICE;;\n")
    };
    let world = world(&(0..600).map(row).collect::<Vec<_>>());
    let ended = run(&world, &[]);
    let pairs = ended.before("pairs scored");
    assert!(pairs > 10_000 && pairs < 600 * 60, "{ended:?}");
}

#[test]
fn a_row_without_a_name_joins_no_companies_at_its_address() {
    let rows = [
        "F1;COMPTOIR ORVAL;8 RUE DE LA TOUR;57000;METZ;;\n",
        "F2;;8 RUE DE LA TOUR;57000;METZ;;\n",
        // Cleaning leaves an empty name.
        "F3;---;8 RUE DE LA TOUR;57000;METZ;;\n",
        "F4;MENUISERIE PELLU;8 RUE DE LA TOUR;57000;METZ;;\n",
        // An identifier is enough.
        "F5;;1 QUAI DES TANNEURS;21000;DIJON;73282932000074;\n",
        "F6;ZOLA;1 QUAI DES TANNEURS;21000;DIJON;73282932000074;\n",
    ];
    let world = world(&rows.map(str::to_owned));
    let ended = run(&world, &[]);
    assert_eq!(clusters(&world), BTreeSet::from([BTreeSet::from(["F5", "F6"].map(str::to_owned))]));
    assert!(ended.after("pairs to review:") >= 5, "F2 and F3 with all at their address: {ended:?}");
}

/// Inputs from bug reports, if the shared data is available.
#[test]
fn inputs_from_bug_reports_are_clustered_correctly() {
    let Some(failing) = shared().map(|shared| shared.join("data/failing")).filter(|folder| folder.is_dir()) else {
        println!("skipped: needs data/failing of MATCHFLOW_SHARED");
        return;
    };
    for (folder, name, groups, rows) in [
        ("17-equal-rows-cut", "pipeline", 1, 120),
        ("26-row-without-name-joins-two", "pipeline", 0, 0),
        ("26-row-without-name-joins-two", "without", 0, 0),
    ] {
        let mut world = World::empty();
        world.set_variable("MATCHFLOW_PLUGINS", "../plugins");
        for file in fs::read_dir(failing.join(folder)).unwrap().map(Result::unwrap) {
            world.write(file.file_name().to_str().unwrap(), fs::read(file.path()).unwrap());
        }
        let ended = world.succeed(&["run", &format!("{name}.yaml")]);
        assert_eq!(ended.after("groups of duplicates:"), groups, "{folder}: {ended:?}");
        assert_eq!(ended.after("rows in them:"), rows, "{folder}: {ended:?}");
        assert_eq!(ended.after("pairs cut (likely, but their groups contradict each other):"), 0, "{ended:?}");
    }
}
