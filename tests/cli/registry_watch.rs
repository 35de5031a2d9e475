//! The edition of the registry in results, and what a new one means for matched suppliers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use matchflow_model::columns::{text, value};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::support::World;

const PIPELINE: &str = "\
name: watched
preset: suppliers
source:
  csv: { path: suppliers.csv }
  id: code
  fields: { name: name, siret: siret, amount: { column: amount, type: decimal } }
  amount: amount
reference:
  parquet: { path: registries/sirene/latest/sirene.parquet }
  preset: sirene
sink: { checkpoint: out/watched.duckdb }
outputs: [{ csv: out/watched.csv }, { xlsx: out/watched.xlsx }]
";

/// A supplier of the file.
struct Supplier {
    code: String,
    siret: String,
    amount: u64,
}

/// A world with suppliers that were matched with the first edition, and the second one fetched.
struct Watched {
    world: World,
    suppliers: Vec<Supplier>,
    /// The changes of each entry, from the generator.
    truth: BTreeMap<String, BTreeSet<String>>,
}

impl Watched {
    fn new() -> Watched {
        let mut world = World::empty();
        world.set_variable("LC_ALL", "C.UTF-8");
        let generate =
            ["generate", "--suppliers", "5", "--establishments", "20000", "--sirene", "--format", "csv", "--out"];
        world.succeed(&[&generate[..], &["first"]].concat());
        world.succeed(&[&generate[..], &["next", "--next"]].concat());
        fetch(&world, "first");
        let mut truth: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let changes = String::from_utf8(world.read("next/changes.csv")).unwrap();
        for line in changes.lines().skip(1) {
            let mut cells = line.split(',');
            let (siret, kind) = (cells.next().unwrap().to_owned(), cells.next().unwrap().to_owned());
            truth.entry(siret).or_default().insert(kind);
        }
        let names = names(&world);
        // Some that changed, and some that did not.
        let changed = names.iter().filter(|(siret, _)| truth.contains_key(*siret)).take(60);
        let others = names.iter().filter(|(siret, _)| !truth.contains_key(*siret)).take(60);
        let mut suppliers = Vec::new();
        let mut csv = "code,name,siret,amount\n".to_owned();
        for (number, (siret, name)) in changed.chain(others).enumerate() {
            let (code, amount) = (format!("F{number}"), 1_000 + number as u64);
            csv.push_str(&format!("{code},\"{}\",{siret},{amount}\n", name.replace('"', "")));
            suppliers.push(Supplier { code, siret: siret.clone(), amount });
        }
        world.write("suppliers.csv", csv);
        world.write("watched.yaml", PIPELINE);
        Watched { world, suppliers, truth }
    }
}

fn fetch(world: &World, from: &str) {
    world.succeed(&["registry", "fetch", "sirene", "--from", from, "--rows-min", "1", "--progress=none"]);
}

/// The names of open companies by SIRET, in the first edition.
fn names(world: &World) -> BTreeMap<String, String> {
    let table = File::open(world.path("registries/sirene/latest/sirene.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(table).unwrap().build().unwrap();
    let mut names = BTreeMap::new();
    for batch in reader.map(Result::unwrap) {
        let cell = |column: &str, row: usize| value(text(&batch, column).unwrap(), row).map(str::to_owned);
        for row in 0..batch.num_rows() {
            let is_masked = cell("statutDiffusionEtablissement", row).as_deref() == Some("P");
            if let Some(name) = cell("denominationUniteLegale", row).filter(|_| !is_masked) {
                names.insert(cell("siret", row).unwrap(), name);
            }
        }
    }
    names
}

#[test]
fn results_are_of_an_edition_and_an_older_one_is_refused() {
    let Watched { world, suppliers, .. } = Watched::new();
    let run = world.succeed(&["run", "watched.yaml"]);
    assert!(run.stdout.contains("registry: SIRENE 2026-09-30 (Licence Ouverte 2.0)"), "{run:?}");
    let matched = suppliers.first().unwrap();
    let explained = world.succeed(&["explain", "watched.yaml", &matched.code]);
    assert!(explained.stdout.contains("registry: SIRENE 2026-09-30"), "{explained:?}");
    let json = world.succeed(&["explain", "watched.yaml", &matched.code, "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["edition"], "SIRENE 2026-09-30");
    let cells = crate::tables::strings(&world, "out/watched.xlsx");
    assert!(cells.contains("SIRENE 2026-09-30"), "the summary sheet names the edition");
    fetch(&world, "next");
    let run = world.succeed(&["run", "watched.yaml", "--resume", "redo"]);
    assert!(run.stdout.contains("registry: SIRENE 2026-10-31"), "{run:?}");
    // Back to the edition before.
    let older = ["run", "watched.yaml", "--set", "reference.parquet.path=registries/sirene/2026-09-30/sirene.parquet"];
    let before = world.read("out/watched.csv");
    let refused = world.run(&older);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.stderr.contains("is SIRENE 2026-09-30, and the last run had SIRENE 2026-10-31"), "{refused:?}");
    assert!(refused.stderr.contains("--allow-older-edition"), "{refused:?}");
    assert_eq!(world.read("out/watched.csv"), before);
    let allowed = world.succeed(&[&older[..], &["--allow-older-edition"]].concat());
    assert!(allowed.stdout.contains("registry: SIRENE 2026-09-30"), "{allowed:?}");
}

#[test]
fn watch_lists_the_suppliers_that_changed_with_their_money() {
    let Watched { mut world, suppliers, truth } = Watched::new();
    let none = world.run(&["watch", "watched.yaml"]);
    assert_eq!(none.code, Some(1), "there is no checkpoint yet: {none:?}");
    world.succeed(&["run", "watched.yaml"]);
    let first = world.run(&["watch", "watched.yaml"]);
    assert!(first.code == Some(66) && first.stderr.contains("has no edition before 2026-09-30"), "{first:?}");
    fetch(&world, "next");
    let watch = world.run(&["watch", "watched.yaml", "--json", "--xlsx", "changed.xlsx"]);
    assert_eq!(watch.code, Some(6), "{watch:?}");
    let report: Value = serde_json::from_str(&watch.stdout).unwrap();
    assert_eq!((report["before"].as_str(), report["after"].as_str()), (Some("2026-09-30"), Some("2026-10-31")));
    let found: BTreeSet<(String, String, String)> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let text = |name: &str| change[name].as_str().unwrap().to_owned();
            (text("key"), text("id"), text("change"))
        })
        .collect();
    // Every supplier has the SIRET and the name of its entry, so each is matched with it.
    let by_code: BTreeMap<&str, &Supplier> =
        suppliers.iter().map(|supplier| (supplier.code.as_str(), supplier)).collect();
    assert_eq!(report["watched"].as_u64(), Some(suppliers.len() as u64));
    let expected: BTreeSet<(String, String, String)> = suppliers
        .iter()
        .flat_map(|supplier| {
            let kinds = truth.get(&supplier.siret).into_iter().flatten().filter(|kind| *kind != "created");
            kinds.map(|kind| (supplier.code.clone(), supplier.siret.clone(), kind.clone()))
        })
        .collect();
    assert_eq!(found, expected);
    for total in report["totals"].as_array().unwrap() {
        let of_kind = found.iter().filter(|(_, _, kind)| total["change"] == kind.as_str());
        let amounts: u64 = of_kind.clone().map(|(code, ..)| by_code[code.as_str()].amount).sum();
        assert_eq!(
            (total["suppliers"].as_u64(), total["amount"].as_f64()),
            (Some(of_kind.count() as u64), Some(amounts as f64))
        );
    }
    let amounts: Vec<f64> =
        report["changes"].as_array().unwrap().iter().map(|change| change["amount"].as_f64().unwrap()).collect();
    assert!(amounts.is_sorted_by(|one, next| one >= next), "those with the most money first");
    let cells = crate::tables::strings(&world, "changed.xlsx");
    assert!(cells.contains("Supplier") && cells.contains("Successor"), "{cells:?}");
    world.set_variable("LC_ALL", "fr_FR.UTF-8");
    world.write("watched.yaml", format!("{PIPELINE}language: fr\n"));
    let french = world.run(&["watch", "watched.yaml", "--since", "2026-09-30"]);
    assert_eq!(french.code, Some(6), "{french:?}");
    assert!(
        french.stdout.starts_with("SIRENE : 120 fournisseurs rapprochés, de 2026-09-30 à 2026-10-31"),
        "{french:?}"
    );
    let unknown = world.run(&["watch", "watched.yaml", "--since", "2020-01-01"]);
    assert!(unknown.code != Some(0) && unknown.stderr.contains("2026-09-30, 2026-10-31"), "{unknown:?}");
    // A run with the new edition has nothing more to compare but what is named.
    world.succeed(&["run", "watched.yaml", "--resume", "redo"]);
    assert_eq!(world.run(&["watch", "watched.yaml", "--since", "2026-10-31"]).code, Some(0));
}
