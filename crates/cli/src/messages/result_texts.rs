//! The fixed texts of `explain`, `inspect` and `plan`, in English and French. Values are filled in by the rules of
//! [`matchflow_labels::sentence`].

use matchflow_model::language::{Label, Language};

macro_rules! labels {
    ($($name:ident: $en:literal, $fr:literal;)+) => {
        $(pub(crate) const $name: Label = Label { en: $en, fr: $fr };)+

        /// Every text, for tests.
        #[cfg(test)]
        pub(super) const ALL: &[Label] = &[$($name),+];
    };
}

labels! {
    // `explain`: a result and its candidates.
    RESULT: "{key}, row {row}: {outcome}", "{key}, ligne {row} : {outcome}";
    CANDIDATE: "{place}. {id}< of {group}><, score {score}>", "{place}. {id}< de {group}><, score {score}>";
    NO_CANDIDATES: "no candidates were found", "aucun candidat n'a été trouvé";
    PRIOR: "starting point (a random pair)", "point de départ (une paire au hasard)";
    MATCH_WEIGHT: "match weight: {odds}", "poids d'appariement : {odds}";
    NOT_COMPARED: "nothing to compare", "rien à comparer";
    ARBITER: "arbiter: {answer}", "arbitre : {answer}";
    SAME_WEIGHT: "has the same weight; ordered by id", "a le même poids ; l'identifiant décide de l'ordre";
    BITS_BEHIND: "{bits} bits behind<; {why}>", "{bits} bits de moins< ; {why}>";
    DEFICIT: "{comparison}: {level} ({bits} bits less than {best})",
        "{comparison} : {level} ({bits} bits de moins que {best})";
    COMPARISON: "{comparison}: {level}", "{comparison} : {level}";
    ODDS_FOR: "{count} to 1", "{count} contre 1";
    ODDS_AGAINST: "1 to {count}", "1 contre {count}";
    OVER_A_TRILLION: "more than a trillion", "plus de mille milliards";
    BILLIONS: "about {count} billion", "environ {count} milliards";
    MILLIONS: "about {count} million", "environ {count} millions";
    ABOUT: "about {count}", "environ {count}";

    // `inspect`: a table and its columns.
    SHEET: "sheet `{name}`: {state}<, {area}>", "feuille `{name}` : {state}<, {area}>";
    DATABASE_TABLE: "table `{name}`", "table `{name}` de la base";
    SHEET_TABLE: "table `{name}`: {area}", "tableau `{name}` : {area}";
    RANGE: "range `{name}`: {cells}", "plage `{name}` : {cells}";
    TABLE: "<sheet `{sheet}`, ><header in row {header}, >{columns|column|columns}, {rows|row|rows} ({blank} blank between)",
        "<feuille `{sheet}`, ><en-tête ligne {header}, >{columns|colonne|colonnes}, {rows|ligne|lignes} ({blank} vides \
         entre elles)";
    DATABASE_TABLE_ROWS: "<table `{sheet}`, >{columns|column|columns}, {rows|row|rows}",
        "<table `{sheet}`, >{columns|colonne|colonnes}, {rows|ligne|lignes}";
    TOTALS: "the last row looks like totals: `totals: skip` skips it",
        "la dernière ligne semble être un total : `totals: skip` l'ignore";
    NOT_READ: "not read: {reason}", "non lu : {reason}";
    UNNAMED_COLUMN: "no name in the header; use this one in `fields`",
        "sans nom dans l'en-tête ; utiliser celui-ci dans `fields`";
    KEY_COLUMN: "unique, never empty: can be the id", "unique, jamais vide : peut servir d'identifiant (`id`)";
    EXAMPLES: "such as {examples}", "par exemple {examples}";
    REJECTS: "{count|reject|rejects}; the first:", "{count|rejet|rejets} ; les premiers :";
    REJECT: "row {row}: `{raw}`; expected {expected}", "ligne {row} : `{raw}` ; attendu : {expected}";
    ALL_FIT: "{type}: all fit", "{type} : toutes conviennent";
    NONE_FITS: "{type}: none fits", "{type} : aucune ne convient";
    REJECTED_CELLS: "{type}: {count} rejected", "{type} : {count|rejetée|rejetées}";
    LEADING_ZEROS: "{count|value|values} with leading zeros, which only `text` preserves",
        "{count|valeur|valeurs} avec des zéros en tête, que seul `text` conserve";
    BETWEEN_FITS: "; ", " ; ";
    PIPELINE_BLOCK: "For a pipeline file:", "Pour un fichier pipeline :";

    // `plan`: what cleaning leaves, what the searches find, what a run would resume.
    FIRST_ROWS: "{stage} of the first rows:", "{stage} des premières lignes :";
    CLEANED_CELLS: "{cells} cells, {left} after cleaning ({percent} %)<; nothing of {example}>",
        "{cells} cellules, {left} après nettoyage ({percent} %)< ; rien de {example}>";
    LOST_EXAMPLE: "`{value}` (row {row})", "`{value}` (ligne {row})";
    SEARCH_COST: "candidates: {entries|entry|entries} indexed in {load} s, {bytes} bytes each; {rows|row|rows} searched by every \
                  stage in {seconds} s on {threads|thread|threads}, {rate} rows/s with reading and cleaning",
        "candidats : {entries|entrée indexée|entrées indexées} en {load} s, {bytes} octets chacune ; {rows|ligne \
         cherchée|lignes cherchées} par chaque étape en {seconds} s sur {threads|thread|threads}, {rate} lignes/s lecture et \
         nettoyage compris";
    STAGE_RATE: "{rate} rows/s per thread", "{rate} lignes/s par thread";
    STAGE_PAIRS: "{pairs} pairs, {each} per row; {found} % of the rows have one",
        "{pairs} paires, {each} par ligne ; {found} % des lignes en ont une";
    ENTRIES_CUT: "; not searched: {count|entry|entries} over the limit per row",
        " ; sans {count|entrée|entrées} au-delà de la limite par ligne";
    COMMON_WORDS: "; not searched: {count|word|words} too common to search by",
        " ; sans {count|mot trop courant|mots trop courants} pour chercher";
    NEAR_WORDS_CUT: "; not searched: {count|similar word|similar words} over the limit per word",
        " ; sans {count|mot proche|mots proches} au-delà de la limite par mot";
    NO_CHECKPOINT: "resume: no checkpoint yet, every row is new",
        "reprise : pas encore de checkpoint, toutes les lignes sont nouvelles";
    RESUME: "resume: {rows|row is|rows are} done ({counts}) and {rows?is|are} skipped if unchanged",
        "reprise : {rows|ligne faite|lignes faites} ({counts}), ignorées si elles n'ont pas changé";
    REVIEW_WORTH: "review: the right entry is expected among the candidates of {expected} of {rows|row|rows} ({percent} %); by \
        probability {bands}",
        "revue : la bonne entrée est attendue parmi les candidats de {expected} sur {rows|ligne|lignes} ({percent} %) ; par \
        probabilité {bands}";
    REVIEW_BAND: "{from} to {to}: {expected} of {rows}",
        "{from} à {to} : {expected} sur {rows}";
    STALE: "{rows} of them {rows?was|were} decided before these changed: {changed}",
        "dont {rows|décidée|décidées} avant que ceci change : {changed}";
}

/// A text with its values.
macro_rules! fill_label {
    ($label:expr, $language:expr $(, $name:literal: $value:expr)* $(,)?) => {
        matchflow_labels::sentence(
            $language,
            $label.get($language),
            &[$(($name, &$value as &dyn matchflow_labels::MessageValue)),*],
        )
    };
}
pub(crate) use fill_label;

/// A number with decimals as the language writes it.
pub(crate) fn decimal(number: f64, decimals: usize, language: Language) -> String {
    matchflow_labels::Words::new(language).decimal(number, decimals)
}
