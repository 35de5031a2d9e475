//! Closed entries, and rows outside the scope of the registry.

use crate::small::{MATCHED, closed_registry, small};
use crate::tables::csv_rows;

#[test]
fn closed_entries_are_found_and_marked_closed() {
    let world = small();
    let registry = closed_registry();
    let open_sibling = "80023456900021,800234569,GARAGE DU LAC,13001,A,\n";
    let with_successor: String = registry.lines().enumerate().fold(String::new(), |text, (at, line)| {
        let successor = ["successor", "80034567000015"].get(at).copied().unwrap_or_default();
        text + line + "," + successor + "\n"
    });
    world.write("registry.csv", with_successor + open_sibling);
    let set = ["--set", "reference.closed=true", "--set", "reference.fields.successor=successor"];
    let ended = world.succeed(&[&["run", "small.yaml"][..], &set[..]].concat());
    assert_eq!(ended.after("matched "), MATCHED, "{ended:?}");
    assert!(ended.stdout.contains(&format!("note: {MATCHED} rows matched a closed establishment;")), "{ended:?}");
    let rows = csv_rows(&world, "out/results.csv");
    let reason = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap()["reason"].clone();
    assert!(reason("F1").ends_with("the entry is closed, succeeded by 80034567000015"), "{}", reason("F1"));
    assert!(reason("F2").ends_with(" has 1 open entry"), "{}", reason("F2"));
    assert!(reason("F3").ends_with(" has no open entry"), "{}", reason("F3"));
}

#[test]
fn out_of_scope_rows_are_unmatched_by_a_separate_stage() {
    let world = small();
    // F1 is abroad but accepted; F7 would be searched for; nothing is known about the others.
    let text = "Code,Nom,Postal,Pays\nF1,DUPONT PLOMBERIE,69003,BE\nF2,GARAGE DU LAC,74000,\nF7,NOWHERE,13001,Italie\n";
    world.write("suppliers.csv", text);
    let clean = "stages.CLEAN={name: company_name, postcode: postcode, country: country}";
    let aside = "stages.DECIDE.out_of_scope={label: FOREIGN, field: country, except: FR}";
    let run = ["run", "small.yaml", "--set", "source.fields.country=Pays", "--set", clean, "--set", aside];
    world.succeed(&run);
    let rows = csv_rows(&world, "out/results.csv");
    let shown: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (row["key"].as_str(), row["outcome"].as_str(), row["stage"].as_str())).collect();
    assert_eq!(shown, [("F1", "matched", "LOCAL"), ("F2", "matched", "LOCAL"), ("F7", "unmatched", "FOREIGN")]);
    assert_eq!(rows[2]["reason"], "out of scope: country is IT");
}
