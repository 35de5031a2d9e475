//! What a command was doing when it failed, in French.

/// Actions as the code names them in English, and in French.
pub(super) const ACTIONS: [(&str, &str); 54] = [
    ("applying `one_to_one` to the results", "application de `one_to_one` aux résultats"),
    ("cleaning the supplier file", "nettoyage du fichier fournisseurs"),
    ("clustering the rows", "regroupement des lignes"),
    ("connecting to the other processes", "connexion aux autres processus"),
    ("ending the run in the checkpoint", "fin de l'exécution dans le checkpoint"),
    ("installing the signal handlers", "mise en place des signaux"),
    ("loading the pipeline", "chargement du pipeline"),
    ("loading the plug-in", "chargement du plug-in"),
    ("loading the registry", "chargement du registre"),
    ("making the folder of the manual pages", "création du dossier des pages de manuel"),
    ("making the report", "production du rapport"),
    ("opening the checkpoint", "ouverture du checkpoint"),
    ("opening the files of the pipeline", "ouverture des fichiers du pipeline"),
    ("opening the recorded answers", "ouverture des réponses conservées"),
    ("reading and indexing the registry", "lecture et indexation du registre"),
    ("reading or writing the recorded answers", "lecture ou écriture des réponses conservées"),
    ("reading the checkpoint", "lecture du checkpoint"),
    ("reading the clusters from the checkpoint", "lecture des groupes dans le checkpoint"),
    ("reading the decisions", "lecture des décisions"),
    ("reading the files of the pipeline", "lecture des fichiers du pipeline"),
    ("reading the index", "lecture de l'index"),
    ("reading the plug-in", "lecture du plug-in"),
    ("reading the registry", "lecture du registre"),
    ("reading the result", "lecture du résultat"),
    ("reading the results and the truth", "lecture des résultats et de la vérité"),
    ("reading the results from the checkpoint", "lecture des résultats dans le checkpoint"),
    ("reading the runs from the checkpoint", "lecture des exécutions dans le checkpoint"),
    ("reading the secrets of an `arbitrate` stage", "lecture des secrets d'une étape `arbitrate`"),
    ("reading the supplier file", "lecture du fichier fournisseurs"),
    ("reading the table", "lecture de la table"),
    ("reading the truth", "lecture de la vérité"),
    ("reading the verdicts", "lecture des verdicts"),
    ("recording the removed rows", "enregistrement des lignes disparues"),
    ("running a test case", "exécution d'un cas de test"),
    ("running the pipeline", "exécution du pipeline"),
    ("running the plug-in", "exécution du plug-in"),
    ("running this process's part of the pipeline", "exécution de la part de ce processus"),
    ("scoring candidates", "notation des candidats"),
    ("scoring random pairs", "notation de paires au hasard"),
    ("scoring the pair", "notation de la paire"),
    ("searching candidates", "recherche des candidats"),
    ("starting the plug-in host", "démarrage de l'hôte des plug-ins"),
    ("starting the requests of an `arbitrate` stage", "démarrage des requêtes d'une étape `arbitrate`"),
    ("starting the review", "démarrage de la revue"),
    ("starting the run in the checkpoint", "début de l'exécution dans le checkpoint"),
    ("starting the server", "démarrage du serveur"),
    ("starting the thread that watches plug-ins", "démarrage du thread qui surveille les plug-ins"),
    ("writing JSON", "écriture du JSON"),
    ("writing the clusters to the checkpoint", "écriture des groupes dans le checkpoint"),
    ("writing the decisions", "écriture des décisions"),
    ("writing the plan as JSON", "écriture du plan en JSON"),
    ("writing the result as JSON", "écriture du résultat en JSON"),
    ("writing the results", "écriture des résultats"),
    ("writing the workbook", "écriture du classeur"),
];

/// The French words for an action; an action with a name in it (`reading \`a.json\``) begins with its verb.
pub(super) fn action(action: &str) -> String {
    if let Some((_, french)) = ACTIONS.iter().find(|(english, _)| *english == action) {
        return (*french).to_owned();
    }
    let verbs = [("reading ", "lecture de "), ("writing ", "écriture de "), ("opening ", "ouverture de ")];
    let with_name =
        verbs.iter().find_map(|(english, french)| Some(format!("{french}{}", action.strip_prefix(english)?)));
    with_name.unwrap_or_else(|| action.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every action that the code names is in the table: its literals are read from the sources.
    #[test]
    fn every_action_has_french_words() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut missing = Vec::new();
        let mut actions = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap_or_default();
                for after in source.split("while_doing(\"").skip(1) {
                    let name = after.split('"').next().unwrap();
                    actions += 1;
                    if action(name) == name {
                        missing.push(name.to_owned());
                    }
                }
            }
        }
        assert!(actions > 40, "{actions}");
        assert_eq!(missing, Vec::<String>::new());
    }
}
