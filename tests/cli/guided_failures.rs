//! Why the commands without a pipeline file did nothing, in the user's language.

use crate::support::World;

#[test]
fn failures_are_in_french_where_the_locale_is() {
    let mut world = World::empty();
    world.set_variable("LC_ALL", "fr_FR.UTF-8");
    world.write("vide.csv", "");
    world.write("entete.csv", "Code;Raison sociale\n");
    world.write("faux.xlsx", "Code;Raison sociale\n1;Menuiserie Valclair\n");
    world.write("guillemet.csv", "Code;Raison sociale\n1;\"Menuiserie Valclair\n2;Plomberie Hautmont\n");
    world.write("bon.csv", "Code;Raison sociale;CP\n1;Menuiserie Valclair;69003\n");
    world.write("notes.abc", "?");
    world.write("pris.xlsx", "d'un autre");
    std::fs::create_dir(world.path("dossier")).unwrap();
    for (arguments, code, words) in [
        (&["inspect", "absent.csv"][..], 66, "le fichier `absent.csv` n'existe pas"),
        (&["dedupe", "absent.csv", "--yes"], 66, "à la lecture du fichier des fournisseurs"),
        (&["match", "bon.csv", "--registry", "absent.parquet", "--yes"], 66, "à la lecture du registre"),
        (&["inspect", "vide.csv"], 67, "`vide.csv` est vide (0 octet)"),
        (&["dedupe", "entete.csv", "--yes"], 67, "n'a aucune ligne sous son en-tête"),
        (&["inspect", "faux.xlsx"], 65, "n'est pas un classeur .xlsx"),
        (&["inspect", "notes.abc"], 64, "a une extension inconnue"),
        (&["dedupe", "bon.csv", "--yes", "--column", "nom=CP"], 64, "`nom` n'est pas un type de colonne"),
        (&["dedupe", "bon.csv", "--yes", "-o", "pris.xlsx"], 64, "existe déjà et n'est pas un résultat de matchflow"),
        (&["match", "bon.csv", "--registry", "dossier", "--yes"], 64, "erreur : "),
    ] {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(words), "{arguments:?}: {ended:?}");
        for english in ["error:", "while reading", "nothing was done", "cannot be"] {
            assert!(!ended.stderr.contains(english), "{arguments:?}: {ended:?}");
        }
    }
}
