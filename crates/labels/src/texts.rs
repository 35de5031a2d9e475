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
    ENTRY: "entry", "identifiant";
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
    // Facts of a run.
    SUPPLIER_FILE: "supplier file", "fichier fournisseurs";
    CELLS_READ: "cells read", "cellules lues";
    CELLS_USED: "cells used", "cellules utilisées";
    CELLS_UNUSED: "cells in unused columns and titles", "cellules de colonnes non utilisées et de titres";
    REGISTRY_ENTRIES: "registry entries", "entrées du registre";
    ROWS_OF_RUN: "rows matched in this run", "lignes traitées par cette exécution";
    ROWS_BEFORE: "rows matched before", "lignes traitées auparavant";
    PAIRS_SCORED: "pairs scored", "paires évaluées";
    SECONDS: "seconds", "secondes";
    // Duplicates.
    CLUSTER: "cluster", "groupe";
    SAME_AS: "same as", "identique à";
    SCORE: "score", "score";
    REASON: "reason", "motif";
    PAIR: "pair", "paire";
    WHY: "why", "motif";
    CUT: "cut", "écartée";
    IN_REVIEW: "review", "à vérifier";
    SUPPLIER_ROWS: "rows of the supplier file", "lignes du fichier fournisseurs";
    CLUSTERS: "groups of duplicates", "groupes de doublons";
    CLUSTERED_ROWS: "rows in them", "lignes de ces groupes";
    REMOVABLE_ROWS: "rows that could be removed", "lignes qui pourraient être supprimées";
    PAIRS_IN_REVIEW: "pairs to check", "paires à vérifier";
    PAIRS_CUT: "pairs cut: likely, but their groups contradict each other", "paires écartées : probables, mais leurs groupes se contredisent";
    ROWS_FAILED: "rows that failed in this run", "lignes en échec lors de cette exécution";
}
