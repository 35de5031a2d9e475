//! Names that sound alike, from the pipeline file to the results.

use crate::small::small;
use crate::support::World;
use crate::tables::csv_rows;

fn sounding() -> World {
    let world = small();
    let text = String::from_utf8(world.read("small.yaml")).unwrap();
    let (before, rest) = text.split_once("  - candidates:").unwrap();
    let (_, after) = rest.split_once("  - decide:").unwrap();
    world.write("small.yaml", format!("{before}  - candidates: {{ phonetic: {{ name: name }} }}\n  - decide:{after}"));
    world.write("suppliers.csv", "Code,Nom,Postal\nF1,DUPONT FRERES,69003\nF2,MARTIN FRERES,69003\n");
    world.write("registry.csv", "siret,siren,name,postcode,state\n80012345700015,800123457,DUPOND FRERES,74000,A\n");
    world
}

#[test]
fn a_name_that_sounds_alike_is_found() {
    let world = sounding();
    let plan = world.succeed(&["plan", "small.yaml"]);
    assert!(plan.stdout.contains("phonetic: name sounds alike (fr)"), "{plan:?}");
    world.succeed(&["run", "small.yaml"]);
    let rows = csv_rows(&world, "out/results.csv");
    let outcomes: Vec<&str> = rows.iter().map(|row| row["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["matched", "unmatched"]);
}

#[test]
fn validate_lists_the_search() {
    let world = sounding();
    let ended = world.run(&["validate", "small.yaml", "--set", "stages.PHONETIC.phonetic=null"]);
    assert!(ended.stderr.contains("`phonetic`"), "{ended:?}");
}
