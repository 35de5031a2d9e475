//! Fixed texts: outcomes, sheets, headings of sheets, facts of a run.

use matchflow_model::language::Label;

macro_rules! texts {
    ($($name:ident: $en:literal, $fr:literal;)+) => {
        $(
            #[doc = $en]
            pub const $name: Label = Label { en: $en, fr: $fr };
        )+

        /// Every text, for tests.
        #[cfg(test)]
        pub(crate) const ALL: &[Label] = &[$($name),+];
    };
}

texts! {
    // Outcomes.
    MATCHED: "matched", "apparié";
    REVIEW: "review", "à vérifier";
    UNMATCHED: "unmatched", "non apparié";
    FAILED: "failed", "échec";
    // What the registry lists, where the pipeline has no name for it.
    ENTRY: "entry", "entrée";
    GROUP: "group", "groupe";
    // Sheets.
    RESULTS: "Results", "Résultats";
    SUMMARY: "Summary", "Synthèse";
    REJECTS: "Rejects", "Rejets";
    DUPLICATES: "Duplicates", "Doublons";
    GOLDEN: "Golden", "Fiches de référence";
    TO_CHECK: "To check", "À vérifier";
    // Sheet `Summary`.
    OUTCOME: "outcome", "résultat";
    ROWS: "rows", "lignes";
    SHARE: "share", "part";
    TOTAL: "total", "total";
    STAGE: "stage", "étape";
    NO_STAGE: "(none)", "(aucune)";
    RUN: "run", "exécution";
    CELLS_REJECTED: "cells rejected", "cellules rejetées";
    // Sheet `Rejects`.
    FILE: "file", "fichier";
    SHEET: "sheet", "feuille";
    CELL: "cell", "cellule";
    ROW: "row", "ligne";
    KEY: "key", "clé";
    FIELD: "field", "champ";
    VALUE: "value", "valeur";
    EXPECTED: "expected", "attendu";
    // Duplicates.
    CLUSTER: "cluster", "groupe";
    SAME_AS: "same as", "identique à";
    SCORE: "score", "score";
    REASON: "reason", "motif";
    PAIR: "pair", "paire";
    CUT: "cut", "écartée";
    IN_REVIEW: "review", "à vérifier";
    CLUSTER_SUM: "of the cluster", "du groupe";
    SOURCE: "from", "source";
    ROWS_BEYOND: "rows that do not fit into the sheet", "lignes qui dépassent la feuille";
    AND_MORE: "more", "de plus";
}
