//! `matchflow inspect`: its report on a workbook, and that `validate` accepts the `source` block that it prints.

use rust_xlsxwriter::{Table, Workbook};

use crate::small::small;

/// The rest of a pipeline after `source`, which compares `nom` and `code_postal`.
const REST: &str = "reference:
  csv: { path: registry.csv }
  id: siret
  group: siren
  fields: { name: name, postcode: postcode }
stages:
  - candidates: { label: LOCAL, blocked: { block: { code_postal: postcode }, name: { nom: name }, distance: 3 } }
  - score:
      name: { plugin: ../plugins/dist/company-name.wasm, compare: { nom: name } }
  - decide: { accept: 0.45 }
sink: { checkpoint: out/mine.duckdb, fallback: { path: out/other.duckdb } }
outputs:
  - csv: out/results.csv
";

#[test]
fn a_workbook_is_described_and_its_source_block_is_accepted() {
    let world = small();
    let path = world.path("mes fournisseurs.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().set_hidden(true);
    let sheet = book.add_worksheet().set_name("Base \"A\"").unwrap();
    sheet.set_active(true).write(0, 0, "Export du 31 mars").unwrap();
    let rows = [
        ["Code", "Nom", "Nom", "Code Postal", "Depuis le", "Total HT"],
        ["F1", "Acme", "SA", "06000", "31/03/2024", "12,50"],
        ["F2", "Bric", "SARL", "75001", "01/04/2024", "7"],
        ["Total", "", "", "", "", "19,5"],
    ];
    for (row, cells) in (2..).zip(rows) {
        for (position, cell) in (1..).zip(cells) {
            sheet.write(row, position, cell).unwrap();
        }
    }
    let other = book.add_worksheet().set_name("Autre").unwrap();
    other.add_table(8, 0, 10, 1, &Table::new().set_name("Petite")).unwrap();
    book.save(&path).unwrap();
    let ended = world.succeed(&["inspect", "mes fournisseurs.xlsx"]);
    for words in [
        "sheet `Notes`: hidden",
        "sheet `Base \"A\"`: visible",
        "table `Petite`: A9:B11",
        "header in row 3, 6 columns",
        "such as `F1`, `F2`, `Total`",
        "1 value with leading zeros, which only `text` preserves",
        "date: all fit",
        "{ column: \"Depuis le\", type: date }",
    ] {
        assert!(ended.stdout.contains(words), "{words} is not in:\n{}", ended.stdout);
    }
    let block = ended.stdout.split_once("For a pipeline file:\n\n").unwrap().1;
    world.write("mine.yaml", format!("name: mine\n{block}{REST}"));
    world.succeed(&["validate", "mine.yaml"]);
    let ran = world.succeed(&["run", "mine.yaml", "-v"]);
    assert_eq!(ran.after("this run: "), 2, "{ran:?}");
    // The title, the header and the totals are not rows.
    assert!(ran.stdout.contains("cells: "), "{ran:?}");
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix("cells: ")).unwrap();
    let numbers: Vec<u64> =
        line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    let [read, emitted, rejected, elsewhere] = numbers[..] else { panic!("{line}") };
    assert_eq!(read, emitted + rejected + elsewhere, "{line}");
    assert_eq!((emitted, rejected), (12, 0), "{line}");
}

/// Without `sheet:` the first sheet is read, which may be a notice.
#[test]
fn a_column_of_another_sheet_is_found_there() {
    let world = small();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Lisez-moi").unwrap().write(0, 0, "Merci de lire").unwrap();
    let sheet = book.add_worksheet().set_name("Fournisseurs 2024").unwrap();
    for (position, name) in (0..).zip(["Code", "Nom", "Postal"]) {
        sheet.write(0, position, name).unwrap();
    }
    book.save(world.path("s.xlsx")).unwrap();
    let ended = world.run(&["validate", "small.yaml", "--set", "source.csv=null", "--set", "source.xlsx.path=s.xlsx"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let report = ended.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(report.contains("sheet `Lisez-moi` of the supplier file has no column `Nom`"), "{report}");
    assert!(report.contains("sheet `Fournisseurs 2024` has it: add `sheet: \"Fournisseurs 2024\"`"), "{report}");
}

#[test]
fn everything_in_a_workbook_is_listed_and_a_supplier_called_total_is_kept() {
    let world = small();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Base").unwrap();
    let rows = [["Code", "Nom", "", "Code Postal"], ["F1", "Acme", "note", "06000"], ["F2", "Total SA", "", "75001"]];
    for (row, cells) in (0..).zip(rows) {
        for (position, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, position, cell).unwrap();
        }
    }
    book.define_name("Liste", "=Base!$A$1:$D$3").unwrap();
    book.define_name("Taux", "=0.2").unwrap();
    book.save(world.path("base.xlsx")).unwrap();
    let ended = world.succeed(&["inspect", "base.xlsx"]);
    for words in [
        "sheet `Base`: visible, A1:D3",
        "range `Liste`: Base!$A$1:$D$3",
        "$C  (no name in the header",
        "such as `note`",
        "3 columns, 2 rows",
    ] {
        assert!(ended.stdout.contains(words), "{words} is not in:\n{}", ended.stdout);
    }
    for words in ["totals", "Taux", "c_3"] {
        assert!(!ended.stdout.contains(words), "{words} is in:\n{}", ended.stdout);
    }
}

#[test]
fn a_column_is_found_by_a_synonym_of_its_name() {
    let world = small();
    world.write("autre.csv", "Code;Raison sociale;CP\nF1;Acme SA;06000\n");
    let source = "source:
  csv: { path: autre.csv }
  id: [Code, index]
  fields:
    nom: { column: Nom, synonyms: [Dénomination, raison  SOCIALE] }
    code_postal: { column: Code postal, synonyms: [CP] }
";
    world.write("mine.yaml", format!("name: mine\n{source}{REST}"));
    let ran = world.succeed(&["run", "mine.yaml", "-v"]);
    assert_eq!(ran.after("this run: "), 1, "{ran:?}");
    // Code, name and postcode: only the header is outside.
    assert!(ran.stdout.contains("cells: 6 read = 3 used + 0 rejected + 3 outside"), "{ran:?}");
}
