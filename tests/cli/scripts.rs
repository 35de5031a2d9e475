//! Names in other scripts than Latin: found, matched, left for a person where they are only alike, and never matched to
//! another company of the registry.

use crate::support::World;
use crate::tables::csv_rows;

/// Invented companies in nine scripts; some have a name in Latin letters as well.
const REGISTRY: &str = "id|name|other
R1|ООО «Светлая Заря»|
R2|ООО «Светлый Путь»|
R3|ТОВ «Блакитна Хвиля»|
G1|ΡΟΔΙΝΗ ΑΥΓΗ ΑΝΩΝΥΜΗ ΕΤΑΙΡΕΙΑ|
G2|Γαλάζιο Κύμα Ε.Π.Ε.|
G3|Ελληνικά Ναυπηγεία Α.Ε.|
J1|株式会社青空商会|Aozora Trading Co., Ltd.
J2|株式会社青空製作所|
J3|株式会社みどり工業|
C1|深圳市蓝湖科技股份有限公司|Shenzhen Lanhu Technology
C2|上海蓝湖贸易有限公司|
K1|주식회사 푸른하늘전자|
K2|푸른바다식품(주)|
A1|شركة الأفق الأزرق ش.م.م|
A2|مؤسسة النجم الفضي للتجارة|
H1|מאפיית השחר הכסוף בע\"מ|
H2|מוסכי הגליל התחתון בע\"מ|
E1|შპს ლურჯი ტალღა|
M1|ՍՊԸ Կապույտ Ալիք|
T1|บริษัท ฟ้าใสพาณิชย์ จำกัด|
L1|Clair Matin SARL|
L2|Orwald Bau GmbH|
";

const PIPELINE: &str = "name: scripts
source:
  csv: { path: suppliers.csv, delimiter: '|' }
  id: [key]
  fields: { name: name }
reference:
  csv: { path: registry.csv, delimiter: '|' }
  id: id
  group: id
  fields: { name: { columns: [name, other], join: alternatives } }
stages:
  - clean: { name: { from: name, as: company_name } }
  - candidates: { label: NAME, token: { name: name, top: 5, per_group: 1 } }
  - score:
      name: { plugin: ../plugins/dist/company-name.wasm, compare: name }
  - decide: { accept: 0.85, review: 0.5, margin: 0.02 }
sink: { checkpoint: out/scripts.duckdb }
outputs: [{ csv: out/scripts.csv }]
";

/// A run over rows of a name each: the outcome and the id of each, and what the command wrote.
fn run(names: &[&str]) -> (Vec<(String, String)>, String) {
    let world = World::empty();
    world.write("registry.csv", REGISTRY);
    world.write("scripts.yaml", PIPELINE);
    let rows: Vec<String> = (1..).zip(names).map(|(number, name)| format!("{number}|{name}\n")).collect();
    world.write("suppliers.csv", format!("key|name\n{}", rows.concat()));
    let ended = world.succeed(&["run", "scripts.yaml"]);
    let mut rows = csv_rows(&world, "out/scripts.csv");
    rows.sort_by_key(|row| row["key"].parse::<usize>().unwrap());
    (rows.iter().map(|row| (row["outcome"].clone(), row["id"].clone())).collect(), ended.stdout)
}

#[test]
fn a_name_is_matched_in_its_script_and_in_latin_letters() {
    let cases = [
        ("Светлая Заря, ООО", "R1"),
        ("СВЕТЛАЯ ЗАРЯ", "R1"),
        ("OOO Svetlaya Zarya", "R1"),
        ("Svetlaia Zaria OOO", "R1"),
        ("Общество с ограниченной ответственностью «Светлый путь»", "R2"),
        ("Блакитна Хвиля", "R3"),
        ("Ρόδινη Αυγή Α.Ε.", "G1"),
        ("Rodini Avgi S.A.", "G1"),
        ("ΓΑΛΑΖΙΟ ΚΥΜΑ", "G2"),
        ("Ellinika Nafpigeia AE", "G3"),
        ("青空商会（株）", "J1"),
        ("㈱青空商会", "J1"),
        ("株式会社 青空商会", "J1"),
        ("Aozora Trading", "J1"),
        ("青空製作所", "J2"),
        ("みどり工業", "J3"),
        ("深圳市蓝湖科技", "C1"),
        ("深圳市蓝湖科技有限公司", "C1"),
        ("SHENZHEN LANHU TECHNOLOGY CO., LTD.", "C1"),
        ("上海蓝湖贸易有限公司", "C2"),
        ("푸른하늘전자", "K1"),
        ("(주)푸른하늘전자", "K1"),
        ("푸른바다식품 주식회사", "K2"),
        ("شَرِكَة الافق الازرق", "A1"),
        ("النجم الفضى للتجاره", "A2"),
        ("מאפיית השחר הכסוף", "H1"),
        ("מאפיית השחר הכסוף בעמ", "H1"),
        ("ლურჯი ტალღა", "E1"),
        ("Lurji Talgha", "E1"),
        ("Կապույտ Ալիք ՍՊԸ", "M1"),
        ("Kapuyt Alik", "M1"),
        ("ฟ้าใสพาณิชย์", "T1"),
        ("ＣＬＡＩＲ　ＭＡＴＩＮ", "L1"),
        ("Orwald Bau Gesellschaft m.b.H.", "L2"),
    ];
    let (rows, _) = run(&cases.map(|(name, _)| name));
    let wrong: Vec<String> = cases
        .iter()
        .zip(&rows)
        .filter(|((_, id), (outcome, found))| (outcome.as_str(), found.as_str()) != ("matched", *id))
        .map(|((name, id), (outcome, found))| format!("{name}: {outcome} {found}, expected {id}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_name_that_is_only_alike_is_matched_with_nobody() {
    let names = [
        "Светлая Луна",
        "Тёмная Заря",
        "Ρόδινη Νύχτα",
        "青山商会",
        "株式会社青空",
        "北京蓝湖旅游有限公司",
        "蓝湖",
        "푸른숲전자",
        "شركة الأفق الأحمر",
        "מאפיית הגליל",
        "ლურჯი მთა",
        "Կապույտ Քար",
        "ฟ้าใหม่การช่าง",
        "ООО",
        "株式会社",
    ];
    let (rows, _) = run(&names);
    for (name, (outcome, id)) in names.iter().zip(&rows) {
        assert!(outcome != "matched", "{name}: {outcome} {id}");
    }
}

#[test]
fn a_misspelt_name_of_another_script_is_at_least_looked_at() {
    let cases = [
        ("ООО Светлая Зоря", "R1"),
        ("Галазио Кима", ""),
        ("Ρόδυνη Αυγή", "G1"),
        ("青空商店", "J1"),
        ("深圳蓝湖科技", "C1"),
        ("푸른하늘전자서비스", "K1"),
        ("شركة الافق الازرك", "A1"),
        ("מאפיית השחר הכסוב", "H1"),
    ];
    let (rows, _) = run(&cases.map(|(name, _)| name));
    for ((name, id), (outcome, found)) in cases.iter().zip(&rows) {
        if !id.is_empty() {
            assert!(outcome != "unmatched" && found == id, "{name}: {outcome} {found}, expected {id}");
        }
    }
}

#[test]
fn a_name_that_cleaning_empties_is_counted() {
    let (_, output) = run(&["ООО", "株式会社", "Светлая Заря", "!!!"]);
    assert!(output.contains("`name`") && output.contains("ООО"), "{output}");
}

#[test]
fn another_legal_form_makes_another_company_less_likely() {
    let world = World::empty();
    world.write("registry.csv", "id|name|other\nA|Orwald Holding AG|\nG|Orwald Holding GmbH|\n");
    let pipeline = PIPELINE
        .replace("clean: { name:", "clean: { form: { from: name, as: legal_form }, name:")
        .replace("compare: name", "compare: [name, form]");
    world.write("scripts.yaml", pipeline);
    world.write(
        "suppliers.csv",
        "key|name\n1|ORWALD HOLDING GESELLSCHAFT M.B.H.\n2|AG Orwald Holding Aktiengesellschaft\n3|Orwald Holding\n",
    );
    world.succeed(&["run", "scripts.yaml"]);
    let mut rows = csv_rows(&world, "out/scripts.csv");
    rows.sort_by(|one, other| one["key"].cmp(&other["key"]));
    let found: Vec<_> = rows.iter().map(|row| (row["outcome"].as_str(), row["id"].as_str())).collect();
    assert_eq!(found[0], ("matched", "G"));
    assert_eq!(found[1], ("matched", "A"));
    assert_eq!(found[2].0, "review", "either of the two");
}

#[test]
fn numbers_of_any_kind_find_their_company() {
    let world = World::empty();
    world.write(
        "registry.csv",
        "id|name|number
B|Velmora NV|0403.019.261
F|Ostrival|SIREN 732 829 320
D|Orwald GmbH|HRB 4711 (Amtsgericht Köln)
L|Tarnhill|213800KUD8LAJWSQ9D15
",
    );
    world.write(
        "suppliers.csv",
        "key|name|number
1|X|TVA BE 403.019.261
2|Y|RCS NICE B 732 829 320
3|Y|SIRET n° 732 829 320 00074
4|Z|Amtsgericht Koeln, HRB 4711
5|W|LEI: 213800-KUD8LAJWSQ9D-15
6|V|CVR 13585628 / KBO 0403.019.261
7|U|BE 0403.019.262
",
    );
    let pipeline = PIPELINE
        .replace("fields: { name: name }", "fields: { name: name, number: number }")
        .replace(", join: alternatives } }", ", join: alternatives }, number: number }")
        .replace("columns: [name, other]", "columns: [name]")
        .replace("clean: { name:", "clean: { number: identifier, name:")
        .replace(
            "{ label: NAME, token: { name: name, top: 5, per_group: 1 } }",
            "{ label: NUMBER, exact: { number: number } }",
        )
        .replace("company-name.wasm, compare: name", "identifier.wasm, compare: number, parameters: { kind: auto }");
    world.write("scripts.yaml", pipeline);
    world.succeed(&["run", "scripts.yaml"]);
    let mut rows = csv_rows(&world, "out/scripts.csv");
    rows.sort_by(|one, other| one["key"].cmp(&other["key"]));
    let found: Vec<&str> = rows.iter().map(|row| row["id"].as_str()).collect();
    assert_eq!(found, ["B", "F", "F", "D", "L", "B", ""]);
}
