//! `match`, `dedupe` and `init`: from just the files to results, without a pipeline file.

use rust_xlsxwriter::{Format, Workbook};

use crate::support::World;

/// A registry with INSEE's column names, fewer columns than the real one.
const REGISTRY: &str = "siret,siren,denominationUniteLegale,enseigne1Etablissement,numeroVoieEtablissement,\
typeVoieEtablissement,libelleVoieEtablissement,codePostalEtablissement,libelleCommuneEtablissement,\
etatAdministratifEtablissement
81234567600017,812345676,MENUISERIE VALCLAIR,,12,RUE,DES LILAS,69003,LYON 3EME,A
82345678500018,823456785,PLOMBERIE HAUTMONT,,4,AVENUE,JEAN JAURES,31000,TOULOUSE,A
83456789300013,834567893,TRANSPORTS BELLEROCHE,,,,ZI DES PRES VERTS,44600,SAINT-NAZAIRE,A
84567890300012,845678903,IMPRIMERIE DU VIEUX PONT,,27,QUAI,DE LA LOIRE,37000,TOURS,A
85678901100017,856789011,ORSENNE ET ASSOCIES,CABINET ORSENNE,8,PLACE,DU MARCHE,67000,STRASBOURG,A
86789012100017,867890121,GARAGE TREMOLINES,,,ROUTE,DE BAYONNE,64100,BAYONNE,F
";

/// Names, addresses, postcodes and towns: a typical list.
const LIST: &str = "Fournisseur;Adresse;CP;Ville
Menuiserie Valclair;12 rue des Lilas;69003;LYON
SARL Plomberie Hautmont;4 av. Jean Jaurès;31000;Toulouse
Transports Belleroche SAS;ZI des Prés Verts;44600;St Nazaire
Imprimerie du Vieux Pont;27 quai de la Loire;37000;Tours
Cabinet Orsenne;8 place du Marché;67000;STRASBOURG
Garage Tremolines;Route de Bayonne;64100;Bayonne
Traiteur Fines Saisons;19 rue Nationale;01000;Bourg en Bresse
";

fn list() -> World {
    let world = World::empty();
    world.write("list.csv", LIST);
    world.write("registry.csv", REGISTRY);
    world
}

/// What an accountant sends: titles, a merged one, a repeated header, SIRETs as numbers, totals; on the second sheet.
fn accountant() -> World {
    let world = World::empty();
    world.write("registry.csv", REGISTRY);
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Lisez-moi").unwrap().write(0, 0, "Merci de ne pas modifier ce fichier.").unwrap();
    let sheet = book.add_worksheet().set_name("Fournisseurs 2024").unwrap();
    sheet.merge_range(0, 0, 0, 6, "Service comptabilité", &Format::new()).unwrap();
    sheet.write(1, 0, "Liste des fournisseurs au 31/12/2024").unwrap();
    let header = ["Code", "Raison sociale", "Adresse", "Adresse", "Code postal", "Ville", "N° SIRET", "Montant TTC"];
    for (column, title) in (0..).zip(header) {
        sheet.write(3, column, title).unwrap();
    }
    let rows = [
        ("F001", "MENUISERIE VALCLAIR", "12 RUE DES LILAS", "", "69003", "LYON", 81_234_567_600_017.0, 1200.5),
        ("F002", "PLOMBERIE HAUTMONT SARL", "4 AV JEAN JAURES", "BAT B", "31000", "TOULOUSE", 0.0, 310.25),
        ("F003", "BELLEROCHE TRANSPORTS", "ZI DES PRES VERTS", "", "44600", "ST NAZAIRE", 83_456_789_300_013.0, 78.0),
        ("F004", "IMPRIMERIE DU VIEUX PONT", "27 QUAI DE LA LOIRE", "", "37000", "TOURS", 0.0, 9120.5),
    ];
    for (row, (code, name, line, more, postcode, town, siret, amount)) in (4..).zip(rows) {
        for (column, text) in (0..).zip([code, name, line, more, postcode, town]) {
            if !text.is_empty() {
                sheet.write(row, column, text).unwrap();
            }
        }
        if siret > 0.0 {
            sheet.write(row, 6, siret).unwrap();
        }
        sheet.write(row, 7, amount).unwrap();
    }
    sheet.write(8, 0, "TOTAL").unwrap().write(8, 7, 10_709.25).unwrap();
    book.save(world.path("suppliers.xlsx")).unwrap();
    world
}

#[test]
fn a_list_of_four_columns_is_matched_without_a_pipeline() {
    let world = list();
    let ended = world.succeed(&["match", "list.csv", "--registry", "registry.csv"]);
    assert_eq!(ended.after("matched "), 6, "{ended:?}");
    for words in ["Fournisseur", "company name", "postcode", "registry.csv: INSEE's SIRENE registry", "next: open"] {
        assert!(ended.stderr.contains(words), "{words} is not in:\n{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    assert_eq!(world.files("").iter().filter(|name| name.starts_with("list")).count(), 3, "{:?}", world.files(""));
    // The second time there is nothing left to do, and the results are written again.
    let again = world.succeed(&["match", "list.csv", "--registry", "registry.csv"]);
    assert_eq!((again.after("matched "), again.after("this run: ")), (6, 0), "{again:?}");
    // Another registry: all rows are matched again.
    world.write("registry.csv", REGISTRY.lines().take(3).map(|line| format!("{line}\n")).collect::<String>());
    let other = world.succeed(&["match", "list.csv", "--registry", "registry.csv"]);
    assert_eq!((other.after("matched "), other.after("this run: ")), (2, 7), "{other:?}");
}

#[test]
fn a_column_that_the_user_sets_is_used_or_refused() {
    let world = list();
    world.write("money.csv", "Code;Nom;Ville;Solde\nA1;Verdelune;Dijon;1.100,50-\nA2;Brumelac;Bordeaux;(20,10)\n");
    for (settings, words) in [
        (&["amount=Solde"][..], "its cells cannot all be read as the kind amount, for example `1.100,50-`"),
        (&["name=Nom", "name=Code"], "another `--column` has named the column of the kind name"),
    ] {
        let mut arguments = vec!["init", "money.csv", "--registry", "registry.csv", "--yes"];
        settings.iter().for_each(|setting| arguments.extend(["--column", setting]));
        let refused = world.run(&arguments);
        assert!(refused.code == Some(64) && refused.stderr.contains(words), "{refused:?}");
        assert!(!world.path("money.yaml").exists());
    }
}

#[test]
fn an_accountants_workbook_is_read_correctly() {
    let world = accountant();
    let arguments = ["match", "suppliers.xlsx", "--registry", "registry.csv", "--output", "found.csv"];
    let ended = world.succeed(&[&arguments[..], &["--write-pipeline", "mine.yaml"]].concat());
    assert_eq!((ended.after("matched "), ended.after("this run: ")), (4, 4), "{ended:?}");
    assert!(ended.stderr.contains("sheet `Fournisseurs 2024`, header in row 4"), "{}", ended.stderr);
    let pipeline = String::from_utf8(world.read("mine.yaml")).unwrap();
    assert!((25..=45).contains(&pipeline.lines().count()), "{pipeline}");
    for words in [
        "sheet: \"Fournisseurs 2024\"",
        "totals: skip",
        "id: [\"Code\", index]",
        "address: { columns: [\"Adresse\", \"Adresse_2\"] }",
        "amount: { column: \"Montant TTC\", type: decimal }",
        "\n  amount: amount\n",
        "preset: sirene",
        "preset: suppliers",
    ] {
        assert!(pipeline.contains(words), "{words} is not in:\n{pipeline}");
    }
    // It is an ordinary pipeline, with the same results.
    let validated = world.succeed(&["validate", "mine.yaml"]);
    assert!(!validated.stderr.contains("warning"), "{validated:?}");
    let results = world.read("found.csv");
    let ran = world.succeed(&[
        "run",
        "mine.yaml",
        "--set",
        "sink.checkpoint=other.duckdb",
        "--set",
        "outputs=[{csv: other.csv}]",
        "--set",
        "evidence=all",
    ]);
    assert_eq!(ran.after("matched "), 4, "{ran:?}");
    assert_eq!(world.read("other.csv"), results);
    // `inspect` chooses the same sheet.
    let inspected = world.succeed(&["inspect", "suppliers.xlsx"]);
    assert!(inspected.stdout.contains("sheet: \"Fournisseurs 2024\""), "{}", inspected.stdout);
}

#[test]
fn files_of_others_are_not_overwritten() {
    let world = list();
    world.write("list-results.xlsx", "someone's work");
    let ended = world.succeed(&["match", "list.csv", "--registry", "registry.csv"]);
    assert!(ended.stdout.contains("list-results-2.xlsx"), "{ended:?}");
    assert_eq!(world.read("list-results.xlsx"), b"someone's work");
    let output = ["match", "list.csv", "--registry", "registry.csv", "--output", "list-results.xlsx"];
    let refused = world.run(&output);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert!(refused.stderr.contains("is not a result of matchflow"), "{refused:?}");
    world.write("mine.yaml", "name: theirs\n");
    let refused = world.run(&["match", "list.csv", "--registry", "registry.csv", "--write-pipeline", "mine.yaml"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert_eq!(world.read("mine.yaml"), b"name: theirs\n");
}

#[test]
fn results_go_to_standard_output() {
    let world = list();
    let ended = world.succeed(&["match", "list.csv", "-r", "registry.csv", "-o", "-", "--progress", "none"]);
    assert_eq!(ended.stdout.lines().count(), 8, "{}", ended.stdout);
    assert!(ended.stdout.contains("81234567600017"), "{}", ended.stdout);
}

/// Without a terminal there are no questions: an open question is an error, unless the best guess is accepted.
#[test]
fn an_open_question_is_an_error_without_a_terminal() {
    let world = list();
    world.write("unclear.csv", "A;B;C\nValclair;Lilas;1\nHautmont;Jaures;2\nBelleroche;Pres;3\n");
    let refused = world.run(&["match", "unclear.csv", "-r", "registry.csv"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    for words in ["Which column has the company name?", "--column name=COLUMN", "--yes"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    let named =
        world.succeed(&["match", "unclear.csv", "-r", "registry.csv", "--column", "name=A", "--column", "town=B"]);
    assert_eq!(named.after("this run: "), 3, "{named:?}");
    let wrong = world.run(&["match", "unclear.csv", "-r", "registry.csv", "--column", "nom=A"]);
    assert!(wrong.stderr.contains("is not a kind of column; expected siret"), "{wrong:?}");
    let wrong = world.run(&["match", "unclear.csv", "-r", "registry.csv", "--column", "name=Z"]);
    assert!(wrong.stderr.contains("there is no column `Z`; there are: A, B, C"), "{wrong:?}");
}

#[test]
fn a_written_pipeline_runs() {
    let world = list();
    let ended = world.succeed(&["init", "list.csv", "--registry", "registry.csv"]);
    assert!(ended.stderr.contains("list.yaml is written and has no problems"), "{ended:?}");
    assert_eq!(world.succeed(&["run", "list.yaml"]).after("matched "), 6);
    let refused = world.run(&["init", "list.csv", "-r", "registry.csv", "--column", "other=Ville"]);
    assert!(refused.code == Some(64) && refused.stderr.contains("already exists"), "{refused:?}");
    // In French, including comments.
    let mut world = list();
    world.set_variable("LC_ALL", "fr_FR.UTF-8");
    let ended = world.succeed(&["init", "list.csv", "--registry", "registry.csv", "--output", "fr.yaml"]);
    for words in ["interprétée comme", "nom de l'entreprise", "le répertoire SIRENE", "fr.yaml est écrit"] {
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
    }
    assert!(String::from_utf8(world.read("fr.yaml")).unwrap().contains("# Les champs"));
}

#[test]
fn duplicates_are_found_without_a_pipeline() {
    let world = World::empty();
    world.write(
        "list.csv",
        format!("{LIST}MENUISERIE VALCLAIR;12 rue des lilas;69003;Lyon\nImprimerie Vieux Pont;27 quai de la Loire;37000;TOURS\n"),
    );
    let ended = world.succeed(&["dedupe", "list.csv"]);
    assert_eq!(ended.after("groups of duplicates: "), 2, "{ended:?}");
    assert!(world.files("").contains(&"list-duplicates.xlsx".to_owned()));
}

/// INSEE's two files, given individually: the other one is found next to it, or named.
#[test]
fn insees_files_belong_together() {
    let world = list();
    let units = "siren,denominationUniteLegale\n812345676,MENUISERIE VALCLAIR\n";
    let establishments =
        "siret,siren,codePostalEtablissement,libelleCommuneEtablissement\n81234567600017,812345676,69003,LYON\n";
    world.write("StockEtablissement.csv", establishments);
    let refused = world.run(&["match", "list.csv", "-r", "StockEtablissement.csv"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert!(refused.stderr.contains("StockUniteLegale") && refused.stderr.contains("data.gouv.fr"), "{refused:?}");
    world.write("StockUniteLegale.csv", units);
    let ended = world.succeed(&["match", "list.csv", "-r", "StockEtablissement.csv"]);
    assert_eq!(ended.after("matched "), 1, "{ended:?}");
    std::fs::remove_file(world.path("StockEtablissement.csv")).unwrap();
    let refused = world.run(&["match", "list.csv", "-r", "StockUniteLegale.csv"]);
    assert!(refused.stderr.contains("StockEtablissement"), "{refused:?}");
    std::fs::create_dir(world.path("empty")).unwrap();
    let refused = world.run(&["match", "list.csv", "-r", "empty"]);
    assert!(refused.code == Some(64) && refused.stderr.contains("there is no registry"), "{refused:?}");
}

/// A list from another country, with other identifiers and postcodes.
#[test]
fn any_list_of_companies_can_be_the_registry() {
    let world = World::empty();
    world.write(
        "companies.csv",
        "CompanyNumber,CompanyName,AddressLine1,PostTown,PostCode\n\
         01234567,HARROWGATE STATIONERS LIMITED,14 MILL LANE,LEEDS,LS1 4DY\n\
         02345678,BLACKFRIARS LOGISTICS PLC,UNIT 7 DOCKSIDE PARK,BRISTOL,BS1 6TQ\n\
         03456789,QUAYSIDE PRINT WORKS LTD,9 ALBION STREET,GLASGOW,G1 1LH\n",
    );
    world.write(
        "vendors.csv",
        "No.,Name,Address,City,Post Code\n\
         V1,Harrowgate Stationers Ltd,14 Mill Lane,Leeds,LS1 4DY\n\
         V2,Blackfriars Logistics,Unit 7 Dockside Park,Bristol,BS1 6TQ\n\
         V3,Coral Bay Catering LLC,77 Ocean Drive,Miami,33139\n",
    );
    let ended = world.succeed(&["match", "vendors.csv", "-r", "companies.csv", "-o", "found.csv"]);
    assert!(ended.stderr.contains("a list of companies, id = CompanyNumber"), "{ended:?}");
    assert_eq!(ended.after("matched "), 2, "{ended:?}");
    let results = String::from_utf8(world.read("found.csv")).unwrap();
    assert!(results.contains("01234567") && results.contains("02345678"), "{results}");
}

/// The binary is enough on its own: plug-ins are bundled.
#[test]
fn bundled_plugins_are_found_by_name() {
    let world = list();
    let inspected = world.succeed(&["plugin", "inspect", "company-name"]);
    assert!(inspected.stdout.contains("scorer: scores pairs"), "{inspected:?}");
    let refused = world.run(&["plugin", "inspect", "companyname"]);
    assert!(refused.stderr.contains("no plug-in that comes with matchflow is called `companyname`"), "{refused:?}");
    std::fs::remove_dir_all(world.path("../plugins")).unwrap();
    assert_eq!(world.succeed(&["match", "list.csv", "-r", "registry.csv"]).after("matched "), 6);
}

#[test]
fn files_with_one_name_in_several_formats_have_separate_results() {
    let world = list();
    let matched = |file: &str| world.succeed(&["match", file, "--registry", "registry.csv"]);
    matched("list.csv");
    let first = world.read("list-results.xlsx");
    let rows = String::from_utf8(world.read("list.csv")).unwrap();
    world.write("list.tsv", rows.replace([';', ','], "\t"));
    let ended = matched("list.tsv");
    assert!(!ended.stdout.contains("no longer in the supplier file"), "{ended:?}");
    assert!(ended.stdout.contains("list-results-2.xlsx"), "{ended:?}");
    assert_eq!(world.read("list-results.xlsx"), first);
    // Each finds its own again, even after the folder was moved.
    for (file, results) in [("list.csv", "list-results.xlsx"), ("./list.tsv", "list-results-2.xlsx")] {
        let again = matched(file);
        assert_eq!(again.after("this run: "), 0, "{again:?}");
        assert!(again.stdout.contains(results), "{again:?}");
    }
    let names = world.files("");
    assert_eq!(names.iter().filter(|name| name.ends_with(".duckdb")).count(), 2, "{names:?}");
}

#[test]
fn nested_objects_are_columns_and_lists_are_left_out() {
    let world = list();
    world.write(
        "list.jsonl",
        "{\"name\":\"Menuiserie Valclair\",\"place\":{\"zip\":\"69003\",\"city\":\"Lyon\"},\"tags\":[1]}\n",
    );
    let arguments =
        ["match", "list.jsonl", "-r", "registry.csv", "--yes", "--write-pipeline", "mine.yaml", "-o", "out.jsonl"];
    let ended = world.succeed(&arguments);
    assert!(ended.stderr.contains("place.zip") && ended.stderr.contains("place.city"), "{ended:?}");
    assert_eq!(ended.after("matched "), 1, "{ended:?}");
    assert!(String::from_utf8(world.read("mine.yaml")).unwrap().contains("nested: dotted"));
    assert_eq!(world.succeed(&["run", "mine.yaml"]).after("matched "), 1);
    world.write(
        "registry.jsonl",
        "{\"id\":\"R1\",\"name\":\"MENUISERIE VALCLAIR\",\"place\":{\"zip\":\"69003\",\"city\":\"LYON\"}}\n",
    );
    let other = world.succeed(&["match", "list.jsonl", "-r", "registry.jsonl", "--yes", "-o", "other.csv"]);
    assert!(other.stderr.contains("place.city") && other.stdout.contains("matched 1"), "{other:?}");
    // Results of one run are suppliers of another: their lists are no fields.
    world.write(
        "p.yaml",
        String::from_utf8(world.read("mine.yaml")).unwrap().replace("- jsonl:", "- duckdb: t.duckdb\n  - jsonl:"),
    );
    world.succeed(&["run", "p.yaml"]);
    let again = world.succeed(&["match", "t.duckdb", "-r", "registry.csv", "--yes", "-o", "again.csv"]);
    assert_eq!(again.after("matched "), 1, "{again:?}");
}
