//! Company names without their legal form, which people omit, abbreviate and place anywhere.
//!
//! A legal form alone is not a name (`SARL`, `SOCIETE A RESPONSABILITE LIMITEE`, also truncated): the result is empty
//! then. A name that consists of other such words (`COMPAGNIE`, `SCA`) is kept as a whole. `et` and `&` are removed
//! too, so that `DUPONT & FILS`, `DUPONT ET FILS` and `DUPONT FILS` are one name.
//!
//! A text can contain several names of a company ([`company_names`]), and other things: [`readings`] parses the text as
//! written, [`clauses`] its words.

mod clauses;
mod joint;
mod readings;

pub use joint::{JointBid, joint_bid};

use crate::cleaner_info::{ALTERNATIVE, CleanedForm, CleanerInfo, ValueKind};
use crate::fold::{fold, join_words, known, until_stable};
use crate::legal_forms::{FormPlaces, has, legal_forms, well_spelt};
use crate::transliteration;

/// Maximum number of names taken from one text.
pub(crate) const NAMES_MAX: usize = 8;

/// Words after `STE` where it means `sainte` and not `société`, even at the start of a name. Sorted.
#[rustfmt::skip]
const SAINTS: &[&str] = &[
    "adresse", "agathe", "agnes", "anne", "barbe", "bernadette", "catherine", "cecile", "claire", "clotilde",
    "croix", "elisabeth", "eugenie", "eulalie", "famille", "fortunade", "foy", "genevieve", "helene", "jeanne",
    "livrade", "lucie", "madeleine", "marguerite", "marie", "marthe", "maxime", "menehould", "odile", "rose",
    "savine", "therese", "trinite", "ursule", "victoire",
];

/// The cleaner `company_name`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "company_name",
    help: "Company names without legal form, notes and punctuation. A cell that holds several names (a trade name, a former name) gives several.",
    example: ("S.A.R.L. L'Épi d'Or & Fils", "epi or fils"),
    version: 4,
    form: CleanedForm::Words,
    kind: ValueKind::Name,
    clean: company_name,
    clean_cell: Some(names_of_cell),
    is_repetitive: false,
};

/// [`crate::fold`] without legal forms, common abbreviations normalized: the first of `company_names`.
pub fn company_name(value: &str) -> Option<String> {
    let mut first = None;
    readings::visit_readings(value, |reading| {
        if first.is_none() {
            first = cleaned(reading);
        }
    });
    first
}

/// Adds the names that a text may mean, each once: the whole text, and without a remark in brackets, a branch (`-
/// AGENCE DE LYON`), a host (`CHEZ MARTIN`), its former name.
pub(crate) fn company_names(value: &str, names: &mut Vec<String>) {
    readings::visit_readings(value, |reading| names.extend(cleaned(reading).filter(|name| !names.contains(name))));
}

/// The names of a cell that may be multi-valued.
fn names_of_cell(cell: &str) -> Option<String> {
    let mut names = Vec::new();
    for value in cell.split(ALTERNATIVE).filter(|value| !value.is_empty()) {
        company_names(value, &mut names);
    }
    add_shorter(&mut names);
    transliteration::add_transliterated(&mut names, cleaned);
    // A single name, which is by far the commonest case, is not copied.
    if let [_] = names.as_slice() { names.pop() } else { (!names.is_empty()).then(|| names.join("\u{1f}")) }
}

/// Adds to the names what each of them may be shortened to.
pub(crate) fn add_shorter(names: &mut Vec<String>) {
    let mut place = 0;
    while let Some(name) = names.get(place).cloned() {
        clauses::visit_shorter(&name, |shorter| {
            if names.len() < NAMES_MAX {
                names.extend(cleaned(shorter).filter(|name| !names.contains(name)));
            }
        });
        place += 1;
    }
}

fn cleaned(value: &str) -> Option<String> {
    until_stable(fold(value)?, |name| known(without_forms(clauses::without_remark(name), &mut |_| {})))
}

/// Calls `visit` with the legal forms in a name, in the order in which they are removed from it.
pub(crate) fn visit_legal_forms(name: &str, mut visit: impl FnMut(&'static str)) {
    let Some(folded) = fold(name) else { return };
    // The form may be all that is there.
    until_stable(folded, |name| known(without_forms(clauses::without_remark(name), &mut visit)));
}

/// The name without legal forms; `visit` is called with each, where it tells which it is.
fn without_forms(name: &str, visit: &mut impl FnMut(&'static str)) -> String {
    let forms = legal_forms();
    let words: Vec<&str> = name.split(' ').map(well_spelt).collect();
    let mut retained: Vec<&str> = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    // Whether a form of several words was found; whether all words are of forms, and one of them is never a name.
    let (mut has_phrase, mut all_forms, mut says_form) = (false, true, false);
    while let Some((word, after)) = rest.split_first() {
        let known = forms.word(word);
        if let Some(phrase) = known.and_then(|known| forms.phrase(known, rest)) {
            phrase.form.into_iter().for_each(&mut *visit);
            rest = rest.get(phrase.length..).unwrap_or_default();
            has_phrase = true;
            continue;
        }
        let bare =
            if word.is_ascii() { word } else { forms.detached(word, |form| form.into_iter().for_each(&mut *visit)) };
        has_phrase |= bare.is_empty();
        let places = known.map_or_else(FormPlaces::default, |known| known.places);
        match spelling(bare, places, retained.is_empty(), after) {
            Some(word) => retained.push(word),
            None => known.and_then(|known| known.form).into_iter().for_each(&mut *visit),
        }
        all_forms &= places.anywhere || *word == "et";
        says_form |= places.nameless;
        rest = after;
    }
    match (retained.is_empty(), has_phrase || all_forms && says_form) {
        (true, true) => String::new(),
        (true, false) => join_words(words.iter().copied()),
        (false, _) => join_words(retained.iter().copied()),
    }
}

/// The word as kept; `None` if it only denotes a kind of company. `first`: no significant word precedes it.
fn spelling<'a>(word: &'a str, places: FormPlaces, first: bool, after: &[&str]) -> Option<&'a str> {
    let last = after.is_empty();
    match word {
        "" | "et" => None,
        // `and` in Greek, Russian and Ukrainian.
        "και" | "и" | "і" if !first && !last => None,
        "ste" if after.first().is_some_and(|next| has(SAINTS, next)) => Some("sainte"),
        "ste" if first || last => None,
        "ste" => Some("sainte"),
        "st" if !last => Some("saint"),
        "gpe" | "grp" => Some("groupe"),
        "frs" | "freres" => Some("freres"),
        "ent" | "entr" => Some("entreprise"),
        "ctre" => Some("centre"),
        "labo" => Some("laboratoire"),
        "pharm" | "phie" => Some("pharmacie"),
        "intl" => Some("international"),
        _ if places.anywhere || places.edges && (first || last) || places.end && last => None,
        _ => Some(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saints_are_sorted() {
        assert!(SAINTS.is_sorted());
    }

    #[test]
    fn legal_forms_are_removed_and_names_kept() {
        crate::check(
            company_name,
            &[
                ("SARL DUPONT", "dupont"),
                ("DUPONT S.A.R.L.", "dupont"),
                ("DUPONT S. A. R. L.", "dupont"),
                ("S A R L DUPONT", "dupont"),
                ("DUPONT (SARL) MENUISERIE", "dupont menuiserie"),
                ("Dupont, S.A.", "dupont"),
                ("SA.RL DUPONT", "dupont"),
                ("SAS AU CAPITAL", "au capital"),
                ("Société à responsabilité limitée Dupont", "dupont"),
                ("DUPONT société par actions simplifiée unipersonnelle", "dupont"),
                ("Société par Actions Simplifiée à capital variable X2", "x2"),
                ("Société d'exercice libéral à responsabilité limitée du Parc", "du parc"),
                ("GROUPEMENT AGRICOLE D'EXPLOITATION EN COMMUN DU PRE", "du pre"),
                ("GAEC DU PRÉ", "du pre"),
                ("EARL LES LILAS", "les lilas"),
                ("SCI DES DEUX MOULINS", "des deux moulins"),
                ("SCP MARTIN ET ASSOCIES", "martin associes"),
                ("S.C.O.P. ALPHA", "alpha"),
                ("ETS MARTIN", "martin"),
                ("Éts. Martin", "martin"),
                ("ETABLISSEMENTS MARTIN & CIE", "martin"),
                ("STE MARTIN", "martin"),
                ("Sté Martin", "martin"),
                ("SARL STE MARTIN", "martin"),
                ("MARTIN STE", "martin"),
                ("CLINIQUE STE ANNE", "clinique sainte anne"),
                ("STE ANNE", "sainte anne"),
                ("INSTITUT ST JOSEPH", "institut saint joseph"),
                ("DUPONT & FILS", "dupont fils"),
                ("DUPONT ET FILS", "dupont fils"),
                ("DUPONT FRS", "dupont freres"),
                ("GPE VERT", "groupe vert"),
                ("GROUPE FRERES FILS", "groupe freres fils"),
                ("H & M", "hm"),
                ("H&M", "hm"),
                ("MULLER GMBH", "muller"),
                ("SMITH & CO LTD", "smith"),
                ("ACME Inc.", "acme"),
                ("INC ACME", "inc acme"),
                ("SEM", "sem"),
                ("FESTIVAL SEM ROUGE", "festival sem rouge"),
                ("SEM ROUGE", "rouge"),
                ("SPA DETENTE", "spa detente"),
                ("AS SAINT ETIENNE", "as saint etienne"),
                ("SARL", ""),
                ("SOCIETE ANONYME", ""),
                ("Société à responsabilité limitée", ""),
                ("SOCIETE A RESPONSABILITE LIMIT", ""),
                ("DUPONT SOCIETE A RESPONSABILI", "dupont"),
                ("Société par actions simplifiée un", ""),
                ("SOCIETE PAR ACTION", "par action"),
                ("GROUPEMENT AGRICOLE", ""),
                ("S.A. & CIE", "sa et cie"),
                ("SCA", "sca"),
                ("SARL SAS", ""),
                ("LA COMPAGNIE", "la"),
                ("COMPAGNIE", "compagnie"),
                ("DUPONT A L'ATTENTION DE MME MARTIN", "dupont"),
                ("DUPONT Attn. Mme Martin", "dupont"),
                ("DUPONT aux bons soins de MARTIN", "dupont"),
                ("DUPONT C/O MARTIN", "dupont"),
                ("A L'ATTENTION DE MME MARTIN", "a attention de mme martin"),
                ("DUPONT *NE PAS UTILISER*", "dupont"),
                ("DUPONT SAS (NE PLUS UTIL", "dupont"),
                ("DUPONT - DOUBLON", "dupont"),
                ("NE PAS UTILISER", "ne pas utiliser"),
                ("ETAABLISSEMENTS DUPONT", "dupont"),
                ("DUPONT SOCIETE A RESPONSABILTE LIMITEE", "dupont"),
                ("SOCIETE PAR ACTIONS SMIPLIFIEE", ""),
                ("RESEAU DES ASSOCIATIONS", "reseau des associations"),
                ("DUPONT (mandataire) / MARTIN (cotraitant)", "dupont"),
                ("L'ATELIER DU BOIS SARL", "atelier du bois"),
                ("SASHA", "sasha"),
                ("CASA SARLAT", "casa sarlat"),
                ("DUPONT EN LIQUIDATION JUDICIAIRE", "dupont"),
                ("Association loi 1901 Les Amis", "les amis"),
                ("SARL nan", ""),
                ("NaN", ""),
                ("[ND]", ""),
            ],
        );
    }

    #[test]
    fn legal_forms_of_the_world_go_wherever_they_stand() {
        crate::check(
            company_name,
            &[
                ("Orwald Gesellschaft mit beschränkter Haftung", "orwald"),
                ("Orwald GmbH & Co. KG", "orwald"),
                ("Aktiengesellschaft Orwald", "orwald"),
                ("Orwald Bau UG (haftungsbeschränkt)", "orwald bau"),
                ("Tarnhill Limited Liability Company", "tarnhill"),
                ("Tarnhill Public Limited Company", "tarnhill"),
                ("Tarnhill Pty Ltd", "tarnhill"),
                ("Tarnhill Pvt. Ltd.", "tarnhill"),
                ("Bellandi S.p.A.", "bellandi"),
                ("Bellandi Società a Responsabilità Limitata", "bellandi"),
                ("Zaremba Sp. z o.o. sp.k.", "zaremba"),
                ("Zaremba Spółka Akcyjna", "zaremba"),
                ("Olmeda, S.L.U.", "olmeda"),
                ("Olmeda S.A. de C.V.", "olmeda"),
                ("OOO Zarya", "zarya"),
                ("Nordvik AS", "nordvik"),
                ("AS Nordvik", "as nordvik"),
                ("Nordvik Oy Ab", "nordvik"),
                ("Hradek spol. s r.o.", "hradek"),
                ("Hradek, a.s.", "hradek"),
                ("Petrov d.o.o.", "petrov"),
                ("SPA DES ALPES", "spa des alpes"),
                ("ORWALD AU CAPITAL DE 8000 EUROS", "orwald"),
                ("Orwald e.K. Inh. Peter Berg", "orwald"),
                ("OOO", ""),
            ],
        );
    }

    #[test]
    fn legal_forms_of_other_scripts_go_too() {
        crate::check(
            company_name,
            &[
                ("ООО «Светлая Заря»", "светлая заря"),
                ("Светлая Заря, ООО", "светлая заря"),
                ("О.О.О. Светлая Заря", "светлая заря"),
                ("О О О Светлая Заря", "светлая заря"),
                ("Общество с ограниченной ответственностью «Светлая Заря»", "светлая заря"),
                ("Светлая Заря общество с ограниченной ответств", "светлая заря"),
                ("ТОВ «Блакитна Хвиля»", "блакитна хвиля"),
                ("ИП Светлов", "светлов"),
                ("Лебедев и сыновья", "лебедев сыновья"),
                ("Лебедев & сыновья", "лебедев сыновья"),
                ("Ρόδινη Αυγή Α.Ε.", "ροδινη αυγη"),
                ("ΡΟΔΙΝΗ ΑΥΓΗ ΑΝΩΝΥΜΗ ΕΤΑΙΡΕΙΑ", "ροδινη αυγη"),
                ("Ρόδινη Αυγή Ε.Π.Ε.", "ροδινη αυγη"),
                ("Αφοί Κυμάτη και Υιοί", "αφοι κυματη υιοι"),
                ("株式会社 あおぞら商会", "あおぞら商会"),
                ("あおぞら商会（株）", "あおぞら商会"),
                ("(株)あおぞら商会", "あおぞら商会"),
                ("㈱あおぞら商会", "あおぞら商会"),
                ("深圳市蓝湖科技股份有限公司", "深圳市蓝湖科技"),
                ("藍湖貿易有限公司", "藍湖貿易"),
                ("蓝湖（中国）有限公司", "蓝湖 中国"),
                ("주식회사 푸른하늘", "푸른하늘"),
                ("푸른하늘주식회사", "푸른하늘"),
                ("(주)푸른하늘", "푸른하늘"),
                ("株式会社", ""),
                ("מאפיית השחר בע\"מ", "מאפיית השחר"),
                ("شركة الأفق الأزرق ش.م.م", "الافق الازرق"),
                ("مؤسسة الأفق الأزرق للتجارة", "الافق الازرق للتجاره"),
                ("შპს ლურჯი ტალღა", "ლურჯი ტალღა"),
                ("ՍՊԸ Կապույտ Ալիք", "կապույտ ալիք"),
                ("บริษัท ฟ้าใส จำกัด (มหาชน)", "ฟ้าใส"),
            ],
        );
    }

    #[test]
    fn names_of_other_scripts_have_a_latin_one_beside() {
        let names = |cell: &str| names_of_cell(cell).unwrap_or_default().replace('\u{1f}', " | ");
        assert_eq!(names("Светлая Заря"), "светлая заря | svetlaya zarya");
        assert_eq!(names("ООО «Светлая Заря»"), "светлая заря | svetlaya zarya");
        assert_eq!(names("ООО"), "");
        assert_eq!(names("شركة النور"), "النور | al nur");
        assert_eq!(names("株式会社あおぞら商会"), "あおぞら商会");
        assert_eq!(names("株式会社あおぞら"), "あおぞら | aozora");
        assert_eq!(names("Ρόδινη Αυγή"), "ροδινη αυγη | rodini avgi");
        assert_eq!(names("Épi d'Or"), "epi or");
    }

    #[test]
    fn one_text_can_hold_several_names() {
        let cases: &[(&str, &[&str])] = &[
            ("COLAS - AGENCE D'ANNECY", &["colas agence annecy", "colas"]),
            ("EIFFAGE ROUTE AGENCE DU GARD", &["eiffage route agence du gard", "eiffage route"]),
            ("DUPONT AGENCE IMMOBILIERE", &["dupont agence immobiliere"]),
            ("DUPONT AGENCE DE VOYAGES", &["dupont agence de voyages"]),
            ("AGENCE DUPONT", &["agence dupont"]),
            ("LA PETITE AGENCE DE LYON", &["la petite agence de lyon"]),
            ("WEB AGENCE", &["web agence"]),
            ("DUPONT AGENCE 12", &["dupont agence 12"]),
            ("DUPONT CHEZ MARTIN", &["dupont chez martin", "dupont"]),
            ("RESTAURANT CHEZ LEA", &["restaurant chez lea"]),
            ("CHEZ LEA", &["chez lea"]),
            ("COMME CHEZ SOI", &["comme chez soi"]),
            ("ESVIA SAS EX LESOURD", &["esvia ex lesourd", "esvia", "lesourd"]),
            ("DUPONT EX AEQUO", &["dupont ex aequo"]),
            ("DUPONT TP / MARTIN", &["dupont tp martin", "dupont tp"]),
            ("DUPONT (ex MARTIN)", &["dupont ex martin", "dupont", "martin"]),
            ("SARLDUPONT PLOMBERIE", &["sarldupont plomberie", "dupont plomberie"]),
            ("MADAMEDUPONT", &["madamedupont", "dupont"]),
            ("DUPONTETABLISSEMENTS", &["dupontetablissements", "dupont"]),
            ("SASKIA", &["saskia"]),
            ("SARLAT", &["sarlat"]),
            ("SARL", &[]),
        ];
        for (text, wanted) in cases {
            let mut names = Vec::new();
            company_names(text, &mut names);
            add_shorter(&mut names);
            assert_eq!(names, *wanted, "{text}");
        }
    }
}
