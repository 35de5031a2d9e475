//! A place supports a match and does not make one: another name at the same address, a street that every town has.

use crate::support::World;
use crate::tables::csv_rows;

const PIPELINE: &str = "name: places
source: { csv: { path: suppliers.csv }, id: key, fields: { name: name, address: address, postcode: postcode, town: town } }
reference:
  csv: { path: registry.csv }
  id: id
  group: group
  fields: { name: name, address: address, postcode: postcode, town: town }
  status: { column: state, open: A }
  closed: true
model: suppliers
stages:
  - clean: { name: company_name, address: address, postcode: postcode, town: town }
  - candidates: { label: NAMES, token: { name: name, top: 20 } }
  - candidates: { label: ADDRESS, exact: { 'postcode + address': 'postcode + address' } }
  - score:
      company_name: { plugin: company-name, compare: name }
      address: { plugin: address, compare: address }
      postcode: { plugin: exact, compare: postcode }
      town: { plugin: exact, compare: town }
  - decide: { accept: 0.9, review: 0.1 }
sink: { checkpoint: out/places.duckdb, batch_size: 10 }
outputs: [{ csv: out/places.csv }]
";

/// Entries of nobody that rows are about, on streets of which half are one that every town has.
const OTHERS: usize = 3000;

fn registry(entries: &str) -> String {
    let mut text = "id,group,name,address,postcode,town,state\n".to_owned();
    let syllables = ["bra", "cor", "dul", "fen", "gam", "hol", "jes", "kin", "lor", "mav", "nep", "pul", "rud", "sal"];
    let syllable = |number: usize| syllables[number % syllables.len()];
    for number in 0..OTHERS {
        let name = [number, number / 14, number / 196, number * 5 + 3].map(syllable).concat();
        let street = match number % 2 {
            0 => "rue Victor Hugo".to_owned(),
            _ => format!("rue du {}{}", syllable(number / 3), syllable(number / 7)),
        };
        let (house, town) = (number % 97 + 1, number % 60 + 10);
        text.push_str(&format!("o{number},g{number},{name},{house} {street},{town}100,Ville-{town},A\n"));
    }
    text + entries
}

fn world(suppliers: &str, entries: &str) -> World {
    let world = World::sample();
    world.write("places.yaml", PIPELINE);
    world.write("suppliers.csv", format!("key,name,address,postcode,town\n{suppliers}"));
    world.write("registry.csv", registry(entries));
    world
}

/// The outcome, the score and the reason of the only row.
fn run(world: &World, set: &[&str]) -> (String, f64, String) {
    world.succeed(&[&["run", "places.yaml"][..], set].concat());
    let rows = csv_rows(world, "out/places.csv");
    assert_eq!(rows.len(), 1);
    (rows[0]["outcome"].clone(), rows[0]["score"].parse().unwrap(), rows[0]["reason"].clone())
}

#[test]
fn an_address_alone_makes_no_match_unless_the_pipeline_accepts_it() {
    let entries = "c1,c1,MENUISERIE ORTEL ET FILS,14 quai des Tanneurs,21000,DIJON,F\n\
                   c2,c2,HORLOGERIE BASTIDE,14 quai des Tanneurs,21000,DIJON,A\n";
    let one = &entries[..entries.find('\n').unwrap() + 1];
    let small = |entries: &str| {
        let text = registry(entries);
        let lines = text.lines().rev().take(40);
        lines.fold("id,group,name,address,postcode,town,state\n".to_owned(), |text, line| text + line + "\n")
    };
    // Another name is more likely that of a tenant after or beside the company; of a row without a name a person may tell.
    for (name, outcome) in [("PYXARDE ASSURANCES", "unmatched"), ("", "review")] {
        let world = world(&format!("F1,{name},14 quai des Tanneurs,21000,DIJON\n"), one);
        // In a registry of a few companies an address seems to be strong evidence.
        world.write("registry.csv", small(one));
        let (found, score, reason) = run(&world, &[]);
        assert_eq!(found, outcome, "{name}: {reason}");
        assert!(score < 0.9 && reason.contains("neither a name nor an identifier agrees"), "{name} {score}: {reason}");
        assert!(reason.contains("the registry has 0 groups and had 1 more"), "{reason}");
        let accepting =
            ["--set", "stages.DECIDE.accept_without_name=true", "--set", "sink.checkpoint=out/again.duckdb"];
        let (found, score, _) = run(&world, &accepting);
        assert!(found == "matched" && score >= 0.9, "{name}: {found} {score}");
        world.write("registry.csv", small(entries));
        let (_, _, reason) = run(&world, &["--set", "sink.checkpoint=out/both.duckdb"]);
        assert!(reason.contains("the registry has 1 group and had 1 more"), "{reason}");
    }
}

#[test]
fn a_namesake_elsewhere_is_no_match_and_its_score_is_low_unless_something_else_agrees() {
    let entry = "c1,c1,ZEPHYRINE ORTOLAN,14 quai des Tanneurs,21000,DIJON,A\n";
    let score = |row: &str| {
        let (outcome, score, reason) = run(&world(row, entry), &[]);
        (outcome, score, reason)
    };
    let (outcome, elsewhere, reason) = score("F1,ZEPHYRINE ORTOLAN,3 place Neuve,76600,LE HAVRE\n");
    assert!(outcome == "unmatched" && elsewhere < 0.1, "{elsewhere} {reason}");
    let (outcome, nowhere, reason) = score("F1,ZEPHYRINE ORTOLAN,,,\n");
    assert!(outcome != "unmatched" && nowhere > elsewhere, "{nowhere} {reason}");
    assert_eq!(score("F1,ZEPHYRINE ORTOLAN,,21000,DIJON\n").0, "matched");
}

#[test]
fn the_same_name_at_the_address_is_a_match() {
    let world = world(
        "F1,MENUISERIE ORTEL,14 quai des Tanneurs,21000,DIJON\n",
        "c1,c1,MENUISERIE ORTEL ET FILS,14 quai des Tanneurs,21000,DIJON,A\n",
    );
    assert_eq!(run(&world, &[]).0, "matched");
}

#[test]
fn a_street_that_every_town_has_does_not_make_namesakes_one_company() {
    // One letter less in the name, no house number, and another town.
    let row = "F1,NORVALDIS CONSEIL,55 rue Victor Hugo,44300,NANTES\n";
    let common = "c1,c1,NOVALDIS CONSEIL,rue Victor Hugo,13013,MARSEILLE,A\n";
    let (outcome, score, reason) = run(&world(row, common), &[]);
    assert_ne!(outcome, "matched", "{score}: {reason}");
    // A street of its own tells more, the more so with the number.
    let rare = |entry: &str| {
        let row = "F1,NORVALDIS CONSEIL,55 rue Zacharie Quillot,44300,NANTES\n";
        run(&world(row, entry), &[]).1
    };
    let with_number = rare("c1,c1,NOVALDIS CONSEIL,55 rue Zacharie Quillot,13013,MARSEILLE,A\n");
    let without = rare("c1,c1,NOVALDIS CONSEIL,rue Zacharie Quillot,13013,MARSEILLE,A\n");
    assert!(with_number > without && without > score, "{with_number} {without} {score}");
}

#[test]
fn two_rows_at_one_address_under_two_names_are_two_suppliers() {
    let world = World::sample();
    let rows = "key,name,address,postcode,town\nF1,PYXARDE ASSURANCES,14 quai des Tanneurs,21000,DIJON\n\
                F2,MENUISERIE ORTEL,14 quai des Tanneurs,21000,DIJON\nF3,ZINGUERIE BAVOL,2 rue du Lac,74000,ANNECY\n";
    world.write("suppliers.csv", rows);
    let (head, rest) = PIPELINE.split_once("reference:").unwrap();
    let (_, rest) = rest.split_once("model: suppliers").unwrap();
    let dedupe = "dedupe: { accept: 0.9, review: 0.1 }\nmodel: duplicates";
    let stages = rest.replace("  - decide: { accept: 0.9, review: 0.1 }\n", "");
    world.write("places.yaml", format!("{head}{dedupe}{stages}"));
    let clusters = |set: &[&str]| {
        world.succeed(&[&["run", "places.yaml"][..], set].concat());
        let rows = csv_rows(&world, "out/places.csv");
        rows.iter().map(|row| row["cluster"].clone()).collect::<std::collections::BTreeSet<_>>().len()
    };
    // Results of duplicates are the rows of clusters.
    let apart = clusters(&[]);
    let accepting = ["--set", "dedupe.accept_without_name=true", "--set", "sink.checkpoint=out/again.duckdb"];
    assert_eq!((apart, clusters(&accepting)), (0, 1));
}
