//! Supplier files with CSV garbled by people and programs: no row is lost, and doubtful ones are reported.

use crate::small::small;
use crate::support::{Ended, World};
use crate::tables::csv_rows;

/// A run of `small.yaml` over this supplier file: its exit, and the keys and names in the results.
fn run(world: &World, suppliers: &[u8], arguments: &[&str]) -> (Ended, Vec<(String, String)>) {
    world.write("suppliers.csv", suppliers);
    let _ = std::fs::remove_dir_all(world.path("out"));
    let ended = world.run(&[&["run", "small.yaml", "--set", "source.id=[Code, index]"], arguments].concat());
    let rows = if ended.code == Some(0) { csv_rows(world, "out/results.csv") } else { Vec::new() };
    let cell = |row: &crate::tables::Row, name: &str| row.get(name).cloned().unwrap_or_default();
    (ended, rows.iter().map(|row| (cell(row, "key"), cell(row, "in_name"))).collect())
}

fn keys(rows: &[(String, String)]) -> Vec<&str> {
    rows.iter().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn a_quote_left_open_ends_the_run_or_is_a_reject() {
    let world = small();
    let open = b"Code,Nom,Postal\nF1,\"DUPONT PLOMBERIE,69003\nF2,GARAGE DU LAC,74000\n";
    let (ended, _) = run(&world, open, &[]);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    assert!(ended.stderr.contains("row 2 of") && ended.stderr.contains("never closed"), "{ended:?}");
    let inspected = world.run(&["inspect", "suppliers.csv"]);
    assert!(inspected.code == Some(65) && inspected.stderr.contains("row 2 of"), "{inspected:?}");
    let (_, rows) = run(&world, open, &["--set", "source.csv.quote=none"]);
    assert_eq!(keys(&rows), ["F1", "F2"]);

    let closed = b"Code,Nom,Postal\nF1,\"DUPONT PLOMBERIE,69003\nF2,GARAGE DU LAC,74000\nF3,ZOLA \",37000\n";
    let (ended, rows) = run(&world, closed, &["--progress", "json"]);
    assert_eq!(keys(&rows), ["F1", "F2", "F3"], "{ended:?}");
    let note = "note: rows of the supplier file with quotes that are not closed or not doubled: 1, the first is row 2";
    assert!(ended.stdout.contains(note) && ended.stdout.contains("1 reject"), "{ended:?}");
    let events = ended.stderr.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let events: Vec<_> = events.filter(|event| event["event"] == "irregular_rows").collect();
    let [event] = &events[..] else { panic!("{ended:?}") };
    assert_eq!((&event["table"], &event["kind"]), (&"source".into(), &"quotes".into()), "{event}");
    assert_eq!((&event["first_row"], &event["rows"]), (&2.into(), &1.into()), "{event}");
    let ended = world.succeed(&["run", "small.yaml", "--set", "source.id=[Code, index]", "--set", "language=fr"]);
    assert!(ended.stdout.contains("la première est la ligne 2"), "{ended:?}");
}

#[test]
fn rows_of_another_width_are_reported_by_run_and_inspect() {
    let world = small();
    let text = b"Code,Nom,Postal\nF1,DUPONT,PLOMBERIE,69003\nF2,GARAGE\nDU LAC,74000\nF3,ZOLA,37000\nTotal,,3\n";
    let (ended, rows) = run(&world, text, &["--set", "source.csv.totals=skip"]);
    let expected = [("2", ""), ("F2", "GARAGE"), ("4", ""), ("F3", "ZOLA")];
    assert_eq!(rows, expected.map(|(key, name)| (key.to_owned(), name.to_owned())), "{ended:?}");
    let inspected = world.succeed(&["inspect", "suppliers.csv"]);
    for words in [
        "with more cells than the header: 1, the first is row 2",
        "with fewer cells than the header: 2, the first is row 3",
        "that cannot be read with certainty: 1, the first is row 4",
    ] {
        assert!(ended.stdout.contains(words) && inspected.stdout.contains(words), "{words}: {ended:?} {inspected:?}");
    }
    for words in ["row 2: `F1,DUPONT,PLOMBERIE,69003`; expected at most 3 cells", "    totals: skip\n"] {
        assert!(inspected.stdout.contains(words), "{words}: {inspected:?}");
    }
}

#[test]
fn the_registry_is_read_with_the_same_care() {
    let world = small();
    let registry = String::from_utf8(world.read("registry.csv")).unwrap();
    world.write("registry.csv", format!("{registry}80067890100017,800678901,LAC, ET FILS,74000,A\n"));
    let ended = world.succeed(&["run", "small.yaml"]);
    let words = "rows of the registry with more cells than the header: 1, the first is row 7";
    assert!(ended.stdout.contains(words), "{ended:?}");
}

#[test]
fn a_row_broken_over_many_lines_stays_one_row_without_shifted_cells() {
    let world = small();
    let header = "Code,Nom,Rue,Ville,Postal\n";
    for pieces in [
        "F2,GARAGE DU LAC,11\nQUAI\nDES\nTANNEURS,ANNECY,74000\n",
        "F2,GARAGE DU LAC,11\n\nQUAI,ANNECY\nCEDEX,74000\n",
        "F2,GARAGE\nDU\nLAC,11 QUAI,ANNECY\n CEDEX,74000\n",
    ] {
        let text =
            format!("{header}F1,DUPONT PLOMBERIE,3 RUE X,LYON,69003\n{pieces}F3,ZOLA MENUISERIE,1 RUE Y,TOURS,37000\n");
        let (ended, rows) = run(&world, text.as_bytes(), &[]);
        let names: Vec<&str> = rows.iter().map(|(_, name)| name.as_str()).filter(|name| !name.is_empty()).collect();
        assert_eq!(names.len(), 3, "{rows:?} {ended:?}");
        assert_eq!((names[0], names[2]), ("DUPONT PLOMBERIE", "ZOLA MENUISERIE"), "{rows:?}");
        let read = pieces.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(rows.len(), 2 + read, "each line is a row, none is lost: {rows:?}");
        let note = format!("that cannot be read with certainty: {}, the first is row 4", read - 1);
        assert!(
            ended.stdout.contains(&note) || ended.stdout.contains(&note.replace("row 4", "row 5")),
            "{note}: {ended:?}"
        );
    }
    // Rows that omit their last cells are accepted.
    let short = format!(
        "{header}F1,DUPONT PLOMBERIE\nF2,GARAGE DU LAC\nF3,ZOLA\nF4,BOULANGERIE MARTIN\nF5,TRANSPORTS LEGRAND\n"
    );
    let (ended, rows) = run(&world, short.as_bytes(), &[]);
    assert_eq!(rows.iter().filter(|(_, name)| !name.is_empty()).count(), 5, "{ended:?}");
}
