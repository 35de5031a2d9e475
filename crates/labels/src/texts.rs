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
    // Levels of messages.
    ERROR: "error", "erreur";
    WARNING: "warning", "avertissement";
    // Outcomes.
    MATCHED: "matched", "rapproché";
    REVIEW: "review", "à vérifier";
    UNMATCHED: "unmatched", "non rapproché";
    FAILED: "failed", "en erreur";
    // What a result names, and whether that is closed.
    ESTABLISHMENT: "establishment", "établissement";
    COMPANY: "company only", "entreprise seule";
    OPEN: "open", "ouvert";
    CLOSED: "closed", "fermé";
    // Before what differs, in a reason.
    BUT: "but ", "mais ";
    // What the registry lists, where the pipeline has no name for it.
    ENTRY: "entry", "entrée";
    GROUP: "group", "groupe";
    // Headings with a name in them.
    REGISTRY_FIELD: "registry {name}", "{name} (registre)";
    // Dates: as workbooks format them, and with a time as `strftime` does.
    DATE_FORMAT: "yyyy-mm-dd", "dd/mm/yyyy";
    TIME_FORMAT: "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M";
    // Facts of a run.
    SUPPLIER_FILE: "supplier file", "fichier fournisseurs";
    REGISTRY: "registry", "registre";
    REGISTRY_EDITION: "registry edition", "édition du registre";
    REGISTRY_ENTRIES: "registry entries", "entrées du registre";
    ROWS_OF_RUN: "rows matched by this run", "lignes traitées par cette exécution";
    ROWS_DONE_BEFORE: "rows done before", "lignes déjà traitées";
    PAIRS_SCORED: "pairs scored", "paires notées";
    SECONDS: "seconds", "secondes";
    CELLS_READ: "cells read", "cellules lues";
    CELLS_USED: "cells used", "cellules utilisées";
    CELLS_OUTSIDE: "cells outside the columns and rows in use", "cellules hors des colonnes et lignes utilisées";
    VERSION: "version of matchflow", "version de matchflow";
    // Sheets.
    SUMMARY: "Summary", "Synthèse";
    TO_REVIEW: "To review", "À vérifier";
    MATCHED_SHEET: "Matched", "Rapprochés";
    NOT_FOUND: "Not found", "Non trouvés";
    FAILED_SHEET: "Failed", "En erreur";
    DATA_PROBLEMS: "Data problems", "Anomalies de données";
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
    TITLE: "Matching results", "Résultats du rapprochement";
    AMOUNT: "amount", "montant";
    DETAILS: "details", "détails";
    ENTRY_NAMED: "matched, establishment named", "rapprochés, établissement identifié";
    COMPANY_ONLY: "matched, company only (no establishment)", "rapprochés, entreprise seule (sans établissement)";
    MATCHED_CLOSED: "matched, but closed", "rapprochés, mais fermés";
    SHARED_ROWS: "rows that share a company with another row", "lignes partageant leur entreprise avec une autre";
    SHARED_COMPANIES: "companies shared by several rows", "entreprises partagées par plusieurs lignes";
    BEST_SCORE: "score of the best candidate", "score du meilleur candidat";
    ROWS_BY_OUTCOME: "rows by outcome", "lignes par résultat";
    AMOUNT_BY_OUTCOME: "amount by outcome", "montant par résultat";
    ROWS_BY_SCORE: "rows by score", "lignes par score";
    // Columns that a reviewer fills in.
    VERDICT: "verdict", "décision";
    VERDICT_HELP: "Choose from the list, or leave the cell empty.", "Choisissez dans la liste, ou laissez la cellule vide.";
    OTHER_ID: "other id", "autre identifiant";
    COMMENT: "comment", "commentaire";
    VERDICT_ENTRY: "accept", "accepter";
    VERDICT_OTHER_ESTABLISHMENT: "other establishment", "autre établissement";
    VERDICT_CLOSED: "closed down", "fermé définitivement";
    VERDICT_NOT_IN_REGISTRY: "not in the registry", "absent du registre";
    VERDICT_NOT_A_SUPPLIER: "not a supplier", "pas un fournisseur";
    VERDICT_LATER: "later", "plus tard";
    VERDICT_SAME: "same", "identique";
    VERDICT_NOT_THE_SAME: "not the same", "pas identique";
    VERDICT_SPLIT: "split", "à séparer";
    VERDICT_NEVER_MERGE: "never merge", "ne jamais fusionner";
    // The table of decisions.
    DECISIONS: "Decisions", "Décisions";
    DECIDED_BY: "decided by", "décidé par";
    DECIDED_AT: "decided at", "décidé le";
    OTHER_ROWS: "other rows", "autres lignes";
    RECORD: "record", "enregistrement";
    // What became of decisions.
    DECISION_APPLIED: "applied", "appliquée";
    DECISION_POSTPONED: "put off", "remise à plus tard";
    ROW_CHANGED: "the row has changed", "la ligne a changé";
    ENTRY_CHANGED: "the entry has changed ({fields})", "l’entrée a changé ({fields})";
    ENTRY_CLOSED: "the entry has closed since", "l’entrée a fermé depuis";
    ENTRY_MISSING: "the registry does not have the entry", "l’entrée n’est pas dans le registre";
    PEOPLE_DISAGREE: "people disagree", "avis contradictoires";
    COLON: ": ", "\u{a0}: ";
    // The company's page in a public register.
    PAGE: "register", "fiche publique";
    OPEN_PAGE: "open", "ouvrir";
    YES: "yes", "oui";
    NO: "no", "non";
    // Sheet `Data problems`.
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
    CLUSTER_ROWS: "rows of a cluster", "lignes d'un groupe";
    CLUSTERS: "clusters", "groupes";
    CLUSTERS_BY_ROWS: "clusters by number of rows", "groupes par nombre de lignes";
    ROWS_BEYOND: "rows that do not fit into the sheet", "lignes qui dépassent la feuille";
    AND_MORE: "more", "de plus";
}
