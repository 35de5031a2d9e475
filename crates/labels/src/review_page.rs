//! The texts of the review page, by the names that its program uses.
//!
//! **Invariant:** `{name}` in a text is filled in by the page; both languages have the same names.

use matchflow_model::language::Label;

use crate::page_texts::page_texts;

page_texts! {
    "title": "Review", "Revue";
    "skip": "Skip to the row", "Aller à la ligne";
    "loading": "Loading…", "Chargement…";
    "queue": "Rows", "Lignes";
    "filters": "Filters", "Filtres";
    "clear_filters": "Clear filters", "Effacer les filtres";
    "find_row": "Find a row", "Chercher une ligne";
    "order": "Order", "Ordre";
    "order.uncertainty": "most uncertain first", "les plus incertaines d’abord";
    "order.money": "most money first", "les plus gros montants d’abord";
    "order.stake": "most money at stake first", "les plus gros enjeux d’abord";
    "order.file": "as in the file", "comme dans le fichier";
    "counts": "{rows} rows, {undecided} to decide", "{rows} lignes, dont {undecided} à décider";
    "page": "{first}–{last} of {rows}", "{first}–{last} sur {rows}";
    "previous_page": "Previous page", "Page précédente";
    "next_page": "Next page", "Page suivante";
    "no_rows": "No row passes these filters.", "Aucune ligne ne correspond à ces filtres.";
    "more_values": "{count} more values: find a row to narrow them", "{count} autres valeurs\u{a0}: affinez avec la recherche";
    "row": "Supplier’s row", "Ligne du fournisseur";
    "row_number": "row {row}", "ligne {row}";
    "candidate": "Candidate {number}", "Candidat {number}";
    "candidates": "Candidates", "Candidats";
    "candidates_count": "candidates: {count}", "candidats\u{a0}: {count}";
    "no_candidates": "No candidate was found. Search the registry, or decide that it is not there.", "Aucun candidat trouvé. Cherchez dans le registre, ou indiquez qu’il n’y est pas.";
    "choose": "Choose", "Choisir";
    "field": "Field", "Champ";
    "closed": "closed", "fermé";
    "same_company": "same company as candidate 1", "même entreprise que le candidat 1";
    "same_company_short": "same company", "même entreprise";
    "yes": "yes", "oui";
    "no": "no", "non";
    "missing": "(empty)", "(vide)";
    "mark.other": "differs", "différent";
    "mark.near": "similar", "proche";
    "score": "score {score}", "score {score}";
    "amount": "amount", "montant";
    "why": "Why this result", "Pourquoi ce résultat";
    "evidence": "Evidence for candidate {number}, in bits", "Éléments pour le candidat {number}, en bits";
    "evidence_about": "Each comparison makes a match more likely (+) or less likely (−). The sum decides.", "Chaque comparaison rend la correspondance plus probable (+) ou moins probable (−). La somme décide.";
    "prior": "starting point", "point de départ";
    "sum": "match weight", "poids";
    "not_compared": "nothing to compare", "rien à comparer";
    "no_evidence": "The evidence of this row was not kept: `evidence: all` in the pipeline keeps it.", "Le détail de cette ligne n’a pas été conservé\u{a0}: `evidence: all` dans le pipeline le conserve.";
    "bits": "bits", "bits";
    "comparison": "Comparison", "Comparaison";
    "level": "Finding", "Constat";
    "behind": "Why candidate {number} is behind: {bits} bits", "Pourquoi le candidat {number} est derrière\u{a0}: {bits} bits";
    "behind_item": "{comparison}: {level}, against {best} ({bits} bits)", "{comparison}\u{a0}: {level}, contre {best} ({bits} bits)";
    "behind_equal": "Candidate {number} has the same evidence.", "Le candidat {number} a les mêmes éléments.";
    "decisions": "Decisions on this row", "Décisions sur cette ligne";
    "verdicts": "Decide", "Décider";
    "verdict.entry": "It is this entry", "C’est cette entrée";
    "verdict.other_establishment": "Right company, other establishment", "Bonne entreprise, autre établissement";
    "verdict.not_in_registry": "Not in the registry", "Absent du registre";
    "verdict.closed": "Closed down", "Fermé définitivement";
    "verdict.not_a_supplier": "Not a supplier", "Pas un fournisseur";
    "verdict.later": "Later", "Plus tard";
    "why_decided": "Comment (optional)", "Commentaire (facultatif)";
    "saved": "Saved: {verdict}, {name}", "Enregistré\u{a0}: {verdict}, {name}";
    "undone": "Undone: {count} decisions", "Annulé\u{a0}: {count} décisions";
    "undone_one": "Undone: {name}", "Annulé\u{a0}: {name}";
    "nothing_to_undo": "There is nothing of yours to undo.", "Vous n’avez rien à annuler.";
    "undo": "Undo", "Annuler";
    "all_decided": "All rows that pass these filters are decided.", "Toutes les lignes de ces filtres sont décidées.";
    "search": "Search the registry", "Chercher dans le registre";
    "search_loading": "The registry is being loaded: the search will work in a moment.", "Le registre se charge\u{a0}: la recherche fonctionnera dans un instant.";
    "search_results": "{count} entries", "{count} entrées";
    "search_none": "No entry begins with these words.", "Aucune entrée ne commence par ces mots.";
    "alike": "{count} other undecided rows have this name and postcode", "{count} autres lignes à décider ont ce nom et ce code postal";
    "alike_show": "Show and decide together", "Afficher et décider ensemble";
    "bulk": "Decide all filtered rows…", "Décider toutes les lignes filtrées…";
    "bulk_title": "Decide {count} rows at once", "Décider {count} lignes d’un coup";
    "bulk_about": "Only undecided rows that pass the filters; {left_out} others stay as they are. One undo takes all of it back.", "Seulement les lignes à décider qui passent les filtres\u{a0}; {left_out} autres restent telles quelles. Une seule annulation suffit.";
    "bulk_samples": "{count} of them", "{count} d’entre elles";
    "bulk_proposed": "Proposed", "Proposition";
    "bulk_accept": "Accept the proposal of each ({count})", "Accepter la proposition de chacune ({count})";
    "bulk_apply": "Decide {count} rows", "Décider {count} lignes";
    "bulk_verdict": "Verdict on all of them", "Décision pour toutes";
    "bulk_max": "At most {max} rows can be decided at once: filter more.", "Au plus {max} lignes à la fois\u{a0}: filtrez davantage.";
    "cancel": "Cancel", "Annuler";
    "close": "Close", "Fermer";
    "help": "Keys", "Touches";
    "key.candidate": "choose that candidate", "choisir ce candidat";
    "key.none": "not in the registry", "absent du registre";
    "key.establishment": "right company, other establishment (of the candidate selected)", "bonne entreprise, autre établissement (du candidat sélectionné)";
    "key.closed": "closed down", "fermé définitivement";
    "key.not_a_supplier": "not a supplier", "pas un fournisseur";
    "key.later": "later", "plus tard";
    "key.search": "search the registry", "chercher dans le registre";
    "key.undo": "undo your last decision", "annuler votre dernière décision";
    "key.move": "next and previous row", "ligne suivante et précédente";
    "key.select": "select the candidate whose evidence is displayed", "sélectionner le candidat dont le détail s’affiche";
    "key.comment": "write a comment", "écrire un commentaire";
    "key.help": "these keys", "ces touches";
    "reviewer": "You are", "Vous êtes";
    "reviewer_help": "Your name goes with each decision.", "Votre nom accompagne chaque décision.";
    "conflict": "People disagree about this row: read their decisions, then decide.", "Les avis diffèrent sur cette ligne\u{a0}: lisez les décisions, puis décidez.";
    "other_window": "{by} has just decided this row: {text}", "{by} vient de décider cette ligne\u{a0}: {text}";
    "outdated": "A run has changed the results: stop the review and start it again.", "Une exécution a changé les résultats\u{a0}: arrêtez la revue et relancez-la.";
    "failed": "It was not saved: {detail}", "Rien n’a été enregistré\u{a0}: {detail}";
    "unreachable": "The server does not answer. What was saved is safe; start `matchflow review` again and open its new address.", "Le serveur ne répond plus. Ce qui est enregistré est conservé\u{a0}; relancez `matchflow review` et ouvrez sa nouvelle adresse.";
    "run_next": "The next run of the pipeline applies the decisions.", "La prochaine exécution du pipeline applique les décisions.";
    "facet.decision": "decision", "décision";
    "facet.outcome": "outcome", "résultat";
    "facet.score": "score", "score";
    "facet.margin": "lead over the next company", "écart avec l’entreprise suivante";
    "facet.reason": "what agrees, what differs", "ce qui concorde, ce qui diffère";
    "facet.stage": "stage", "étape";
    "facet.state": "state of the entry", "état de l’entrée";
    "facet.town": "town", "commune";
    "facet.money": "amount", "montant";
    "facet.by": "decided by", "décidé par";
    "no_value": "(none)", "(aucun)";
    "undecided": "to decide", "à décider";
    "stale": "decided, but changed since", "décidée, mais changée depuis";
    "accepted": "accepted", "acceptée";
    "reason.no_candidate": "no candidate", "aucun candidat";
    "reason.below_review": "below the review threshold", "sous le seuil de revue";
    "reason.in_review_band": "between the thresholds", "entre les seuils";
    "reason.too_close": "two companies too close", "deux entreprises trop proches";
    "reason.supported_only": "only the place agrees", "seul le lieu concorde";
    "reason.accepted": "above the threshold", "au-dessus du seuil";
    "reason.closed_entry": "closed entry", "entrée fermée";
    "reason.entry_undecided": "establishment undecided", "établissement indéterminé";
    "reason.out_of_scope": "out of scope", "hors périmètre";
    "reason.joint_bid": "several companies in the name", "plusieurs entreprises dans le nom";
    "reason.stage_failed": "a stage failed", "une étape a échoué";
    "reason.entry_assigned": "entry given to another row", "entrée attribuée à une autre ligne";
    "reason.decided_by_person": "decided by a person", "décidée par une personne";
    "reason.decision_not_applied": "decision not applied", "décision non appliquée";
    "reason.other": "other", "autre";
}

/// The name of a facet.
pub fn facet(name: &str) -> Label {
    page_text(&format!("facet.{name}"))
}

/// A reason, by its code.
pub fn reason(code: &str) -> Label {
    match page_text(&format!("reason.{code}")) {
        Label { en: "", .. } => page_text("reason.other"),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_names_and_each_text_is_there_once() {
        crate::page_texts::check(ALL);
        for label in [page_text("title"), facet("town"), reason("too_close")] {
            assert!(!label.en.is_empty());
        }
        assert_eq!(reason("a later one").en, "other");
    }
}
