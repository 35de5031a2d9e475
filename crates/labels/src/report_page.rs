//! The texts of the page of a report, by the names that its program uses.
//!
//! **Invariant:** `{name}` in a text is filled in by the page; both languages have the same names.

use matchflow_model::language::Label;

use crate::page_texts::page_texts;

page_texts! {
    "title": "Report", "Rapport";
    "noscript": "The charts need JavaScript; nothing is loaded from elsewhere.", "Les graphiques ont besoin de JavaScript\u{a0}; rien n’est chargé d’ailleurs.";
    "contents": "Contents", "Sommaire";
    "made": "Last run: {started}, {decided} rows decided, matchflow {version}.", "Dernière exécution\u{a0}: {started}, {decided} lignes décidées, matchflow {version}.";
    "made_with": "Registry: {edition}.", "Registre\u{a0}: {edition}.";
    "rows": "rows", "lignes";
    "amount": "amount", "montant";
    "outcome": "Outcome", "Résultat";
    "outcome.matched": "matched", "rapprochée";
    "outcome.review": "review", "à vérifier";
    "outcome.unmatched": "unmatched", "sans correspondance";
    "outcome.failed": "failed", "en échec";
    "none": "none", "aucune";
    "key": "Key", "Clé";
    "name": "Name", "Nom";
    "field": "Field", "Champ";
    "stage": "Stage", "Étape";
    "empty": "nothing to display", "rien à afficher";
    "as_table": "As a table", "Sous forme de tableau";

    "outcomes": "Outcomes and money", "Résultats et montants";
    "outcomes.rows": "Rows by outcome", "Lignes par résultat";
    "outcomes.amount": "Money by outcome", "Montant par résultat";
    "outcomes.no_amount": "The pipeline names no field of money (`source.amount`).", "Le pipeline n’indique aucun champ de montant (`source.amount`).";
    "scores": "Scores and margins", "Scores et écarts";
    "scores.about": "The score of the best entry of each row, and its lead over the next company.", "Le score de la meilleure entrée de chaque ligne, et son avance sur l’entreprise suivante.";
    "score": "score", "score";
    "margin": "margin", "écart";
    "threshold": "Thresholds", "Seuils";
    "threshold.about": "What a single threshold for all rows would accept. Point at the chart, or move the slider.", "Ce qu’un seuil unique pour toutes les lignes accepterait. Survolez le graphique, ou déplacez le curseur.";
    "threshold.truth": "Right and wrong are by the truth ({judged} rows).", "Juste et faux selon la vérité connue ({judged} lignes).";
    "threshold.decisions": "Right and wrong are by what people decided ({judged} rows), which is no random sample.", "Juste et faux selon les décisions prises ({judged} lignes), qui ne sont pas un échantillon aléatoire.";
    "threshold.unknown": "Which rows are right is not known: `--truth FILE`, or decisions, add the counts of mistakes.", "On ne sait pas quelles lignes sont justes\u{a0}: `--truth FICHIER`, ou des décisions, ajoutent le compte des erreurs.";
    "threshold.slider": "Threshold", "Seuil";
    "threshold.accepted": "accepted", "acceptées";
    "threshold.below": "below", "en dessous";
    "threshold.right": "accepted, right", "acceptées, justes";
    "threshold.wrong": "accepted, wrong", "acceptées, fausses";
    "threshold.missed": "missed", "manquées";
    "threshold.rightly_none": "rightly not accepted", "non acceptées à raison";
    "threshold.precision": "precision", "précision";
    "threshold.recall": "recall", "rappel";
    "threshold.plan": "the plan’s", "celui du plan";
    "weights": "Match weights", "Poids d’appariement";
    "weights.about": "What each level of agreement adds to the match weight, in bits: the mean over the best candidates, and the range.", "Ce que chaque niveau d’accord ajoute au poids, en bits\u{a0}: moyenne sur les meilleurs candidats, et étendue.";
    "weights.none": "The pipeline has no match model.", "Le pipeline n’a pas de modèle d’appariement.";
    "comparison": "Comparison", "Comparaison";
    "level": "Level", "Niveau";
    "bits": "bits", "bits";
    "explained": "Rows explained", "Lignes expliquées";
    "explained.about": "What each comparison adds for the best entry: rows that are surest, closest to the threshold, or worth most.", "Ce que chaque comparaison ajoute pour la meilleure entrée\u{a0}: lignes les plus sûres, les plus proches du seuil, ou aux plus gros montants.";
    "explained.choose": "Row", "Ligne";
    "explained.surest": "surest", "la plus sûre";
    "explained.barely_accepted": "barely accepted", "acceptée de justesse";
    "explained.nearly_accepted": "nearly accepted", "presque acceptée";
    "explained.most_money": "most money in review", "plus gros montant à vérifier";
    "explained.prior": "starting point", "point de départ";
    "explained.sum": "match weight", "poids";
    "explained.supplier": "Supplier", "Fournisseur";
    "explained.entry": "Entry", "Entrée";
    "lacks": "Rows that cannot be matched", "Lignes impossibles à rapprocher";
    "lacks.about": "Rows that lack what a search needs, whatever the registry has. Without any search, a row cannot be matched.", "Lignes auxquelles il manque ce dont une recherche a besoin, quel que soit le registre. Sans aucune recherche possible, une ligne ne peut être rapprochée.";
    "lacks.every": "every search", "toute recherche";
    "lacks.fields": "Lacks", "Il manque";
    "lacks.unusable": "nothing: its values are unusable", "rien\u{a0}: ses valeurs sont inutilisables";
    "stages": "Found by stage", "Trouvées par étape";
    "stages.about": "Which stage found the entries.", "Quelle étape a trouvé les entrées.";
    "stages.right": "right", "justes";
    "quality": "Quality of the supplier file", "Qualité du fichier fournisseurs";
    "quality.filled": "Filled", "Remplies";
    "quality.missing": "Missing", "Vides";
    "quality.invalid": "Invalid", "Invalides";
    "quality.closed": "Matched with closed companies", "Rapprochées d’entreprises fermées";
    "quality.unfound": "Without any candidate", "Sans aucun candidat";
    "changes": "Changed since the run before", "Changements depuis l’exécution précédente";
    "changes.first": "This is the first complete run: there is nothing to compare with.", "C’est la première exécution complète\u{a0}: il n’y a rien à comparer.";
    "changes.since": "Compared with the run of {started}: matched {before} of {rows_before} rows then, {now} of {rows_now} now.", "Comparé à l’exécution du {started}\u{a0}: {before} lignes rapprochées sur {rows_before} alors, {now} sur {rows_now} maintenant.";
    "changes.none": "No row changed.", "Aucune ligne n’a changé.";
    "changes.editions": "Registry: {before}, then {now}.", "Registre\u{a0}: {before}, puis {now}.";
    "changes.kind": "Change", "Changement";
    "changes.cause": "Cause", "Cause";
    "changes.settings": "What was set otherwise", "Réglages modifiés";
    "changes.before": "Before", "Avant";
    "changes.now": "Now", "Maintenant";
    "kind.gained": "now matched", "désormais rapprochée";
    "kind.lost": "no longer matched", "n’est plus rapprochée";
    "kind.other_company": "another company", "autre entreprise";
    "kind.other_establishment": "another establishment", "autre établissement";
    "kind.closed": "entry closed", "entrée fermée";
    "kind.reopened": "entry open again", "entrée rouverte";
    "kind.other_outcome": "another outcome", "autre résultat";
    "kind.other_candidate": "another candidate in review", "autre candidat à vérifier";
    "kind.new_row": "new row", "nouvelle ligne";
    "kind.removed_row": "row removed", "ligne supprimée";
    "cause.row": "row", "ligne";
    "cause.entry": "registry", "registre";
    "cause.plugin": "plug-in", "module";
    "cause.plan": "plan", "plan";
    "cause.person": "person", "personne";
    "cause.retry": "tried again", "nouvel essai";
    "cause.assignment": "another row has the entry", "entrée attribuée à une autre ligne";
    "cause.unrecorded": "not recorded", "non enregistrée";
    "runs": "Runs", "Exécutions";
    "runs.started": "Start (UTC)", "Début (UTC)";
    "runs.status": "Status", "État";
    "runs.seconds": "Seconds", "Secondes";
    "runs.decided": "Rows decided", "Lignes décidées";
    "runs.edition": "Registry", "Registre";
    "figures": "Figures", "Chiffres";
    "figures.about": "`--fail-if` and the JSON have them by these names.", "`--fail-if` et le JSON les ont sous ces noms.";
    "figures.figure": "Figure", "Chiffre";
    "figures.value": "Value", "Valeur";
    "figures.meaning": "Meaning", "Signification";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_names_and_each_text_is_there_once() {
        crate::page_texts::check(ALL);
    }
}
