//! What people decide about duplicates: clusters keep to it.

use std::collections::BTreeMap;

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;

use crate::support::{Ended, World};
use crate::tables::csv_rows;

/// A pipeline that finds duplicates: A1, A2 and A3 are alike, B1 and B2 less so.
fn doubles() -> World {
    let world = World::empty();
    let pipeline = r"name: doubles
source:
  csv: { path: suppliers.csv }
  id: Code
  fields: { name: Nom, postcode: Postal, siren: Siren }
dedupe: { accept: 0.8, review: 0.5, cannot_link: siren }
stages:
  - clean: { name: company_name, postcode: postcode, siren: siren }
  - candidates: { label: LOCAL, blocked: { block: postcode, name: name, distance: 6 }, keep: 1000 }
  - score:
      name: { plugin: ../plugins/dist/edit-distance.wasm, compare: name }
sink: { checkpoint: out/doubles.duckdb }
outputs:
  - csv: out/doubles.csv
  - xlsx: out/doubles.xlsx
";
    world.write("doubles.yaml", pipeline);
    let suppliers = "Code,Nom,Postal,Siren\nA1,BOULANGERIE MARTIN,37000,\nA2,BOULANGERIE MARTINS,37000,\nA3,BOULANGERIE MARTINE,37000,\n\
                     B1,GARAGE DU LAC,74000,732829320\nB2,GARAGE DULAC,74000,552081317\nC1,ZOLA MENUISERIE,13001,\nC2,TRANSPORTS LEGRAND,44600,\n";
    world.write("suppliers.csv", suppliers);
    world
}

/// The clusters as lists of keys.
fn clusters(world: &World) -> Vec<Vec<String>> {
    let mut clusters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in csv_rows(world, "out/doubles.csv") {
        clusters.entry(row["cluster"].clone()).or_default().push(row["key"].clone());
    }
    let mut clusters: Vec<Vec<String>> = clusters.into_values().collect();
    clusters.iter_mut().for_each(|keys| keys.sort());
    clusters.sort();
    clusters
}

fn decide_rows(world: &World, verdicts: &str) -> Ended {
    world.write("verdicts.csv", format!("key,verdict,others\n{verdicts}"));
    world.succeed(&["decisions", "import", "doubles.yaml", "verdicts.csv", "--by", "Alice"]);
    world.succeed(&["run", "doubles.yaml"])
}

#[test]
fn clusters_keep_to_what_people_decided() {
    let world = doubles();
    let run: &[&str] = &["run", "doubles.yaml"];
    world.succeed(run);
    assert_eq!(clusters(&world), [["A1", "A2", "A3"]], "B1 and B2 have other numbers");
    let before = world.read("out/doubles.csv");
    // The same although their numbers differ, and although nothing compared them.
    let ended = decide_rows(&world, "B1,same,B2\nC1,same,C2\nA1,not the same,A3\n");
    assert!(ended.stdout.contains("decisions: 3 applied"), "{ended:?}");
    let found = clusters(&world);
    assert!(found.contains(&vec!["B1".to_owned(), "B2".to_owned()]), "{found:?}");
    assert!(found.contains(&vec!["C1".to_owned(), "C2".to_owned()]), "{found:?}");
    assert!(!found.iter().any(|keys| keys.contains(&"A1".to_owned()) && keys.contains(&"A3".to_owned())), "{found:?}");
    let reasons: Vec<String> = csv_rows(&world, "out/doubles.csv").iter().map(|row| row["reason"].clone()).collect();
    assert!(reasons.iter().any(|reason| reason == "same as B2: decided by Alice"), "{reasons:?}");
    let again = world.succeed(run);
    assert_eq!(clusters(&world), found, "{again:?}");
    let ended = decide_rows(&world, "A2,never merge,\n");
    assert!(ended.stdout.contains("decisions: 4 applied"), "{ended:?}");
    assert!(!clusters(&world).iter().flatten().any(|key| key == "A2"), "{:?}", clusters(&world));
    // A changed row: what was decided about it comes back.
    let suppliers = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", suppliers.replace("ZOLA MENUISERIE", "ZOLA BOIS"));
    let ended = world.succeed(run);
    assert!(ended.stdout.contains("decisions: 3 applied, 1 stale: the row has changed"), "{ended:?}");
    world.write("suppliers.csv", suppliers);
    for key in ["A1", "A2", "B1", "C1"] {
        world.succeed(&["decisions", "undo", "doubles.yaml", "--key", key, "--by", "Bob"]);
    }
    world.succeed(run);
    assert_eq!(clusters(&world), [["A1", "A2", "A3"]]);
    assert_eq!(csv_rows(&world, "out/doubles.csv").len(), before.split(|byte| *byte == b'\n').count() - 2);
}

#[test]
fn the_workbook_of_duplicates_takes_verdicts() {
    let world = doubles();
    world.succeed(&["run", "doubles.yaml"]);
    // A person takes A3 out of its group.
    let mut old: Xlsx<_> = open_workbook(world.path("out/doubles.xlsx")).unwrap();
    let names = old.sheet_names();
    let mut new = Workbook::new();
    for name in names {
        let range = old.worksheet_range(&name).unwrap();
        let sheet = new.add_worksheet();
        sheet.set_name(&name).unwrap();
        let header: Vec<String> =
            range.rows().next().map(|row| row.iter().map(Data::to_string).collect()).unwrap_or_default();
        for (row, cells) in range.rows().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let is_of_a3 = row > 0 && cells.iter().any(|cell| matches!(cell, Data::String(key) if key == "A3"));
                let text = match header.get(column).map(String::as_str) {
                    Some("verdict") if is_of_a3 => "split".to_owned(),
                    _ => cell.to_string(),
                };
                sheet.write_string(row as u32, column as u16, &text).unwrap();
            }
        }
    }
    new.save(world.path("filled.xlsx")).unwrap();
    let ended = world.succeed(&["decisions", "import", "doubles.yaml", "filled.xlsx", "--by", "Alice"]);
    assert!(ended.stderr.contains("1 verdict imported"), "{ended:?}");
    let ended = world.succeed(&["run", "doubles.yaml"]);
    assert!(ended.stdout.contains("decisions: 2 applied"), "{ended:?}");
    assert_eq!(clusters(&world), [["A1", "A2"]]);
}
