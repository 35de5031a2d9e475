//! The comparison levels of the bundled match models, as shown to people in reasons. Levels of a user's own model are
//! already in the user's words.

use matchflow_model::language::{Label, Language};

/// The levels' labels and their texts.
const LEVELS: [(&str, Label); 45] = [
    // Companies.
    ("same SIRET", Label { en: "same SIRET", fr: "même SIRET" }),
    ("same SIREN", Label { en: "same SIREN", fr: "même SIREN" }),
    ("another identifier", Label { en: "other identifier", fr: "autre identifiant" }),
    ("same name", Label { en: "same name", fr: "même nom" }),
    ("nearly the same name", Label { en: "nearly the same name", fr: "nom presque identique" }),
    ("name with a word more", Label { en: "close name", fr: "nom très proche" }),
    ("alike name", Label { en: "similar name", fr: "nom proche" }),
    ("partly the same name", Label { en: "partly the same name", fr: "nom en partie identique" }),
    ("little in common", Label { en: "names with little in common", fr: "noms peu ressemblants" }),
    ("another name", Label { en: "other name", fr: "autre nom" }),
    ("same address", Label { en: "same address", fr: "même adresse" }),
    (
        "same address without a name",
        Label { en: "same address, no name to compare", fr: "même adresse, sans nom à comparer" },
    ),
    (
        "same address and town without a name",
        Label {
            en: "same address and town, no name to compare",
            fr: "même adresse et même commune, sans nom à comparer",
        },
    ),
    (
        "same address and town",
        Label { en: "same address and town, other postcode", fr: "même adresse et même commune, autre code postal" },
    ),
    ("alike address", Label { en: "similar address", fr: "adresse proche" }),
    (
        "alike address of the town",
        Label { en: "similar address in the same town", fr: "adresse proche dans la même commune" },
    ),
    (
        "same street of another place",
        Label { en: "same street name, but in another town", fr: "même nom de rue, mais dans une autre commune" },
    ),
    (
        "same address of no place",
        Label { en: "same address, no town to compare", fr: "même adresse, sans commune à comparer" },
    ),
    (
        "another address of the postcode",
        Label { en: "other address in the same postcode", fr: "autre adresse, même code postal" },
    ),
    ("another address of the town", Label { en: "other address in the same town", fr: "autre adresse, même commune" }),
    ("same postcode", Label { en: "same postcode", fr: "même code postal" }),
    ("same town of another postcode", Label { en: "same town, other postcode", fr: "même commune, autre code postal" }),
    ("same town", Label { en: "same town", fr: "même commune" }),
    ("same department", Label { en: "other town of the same department", fr: "autre commune du même département" }),
    ("elsewhere", Label { en: "other town", fr: "autre commune" }),
    // People.
    ("names swapped", Label { en: "names swapped", fr: "nom et prénom inversés" }),
    ("same surname", Label { en: "same surname", fr: "même nom de famille" }),
    ("same given name", Label { en: "same given name", fr: "même prénom" }),
    ("same day of birth", Label { en: "same day of birth", fr: "même date de naissance" }),
    ("a digit differs", Label { en: "a digit differs", fr: "un chiffre diffère" }),
    ("two digits differ", Label { en: "two digits differ", fr: "deux chiffres diffèrent" }),
    ("another day", Label { en: "other day of birth", fr: "autre date de naissance" }),
    ("same email", Label { en: "same email", fr: "même adresse électronique" }),
    ("nearly the same email", Label { en: "nearly the same email", fr: "adresse électronique presque identique" }),
    ("another email", Label { en: "other email", fr: "autre adresse électronique" }),
    ("same city", Label { en: "same city", fr: "même ville" }),
    ("nearly the same city", Label { en: "nearly the same city", fr: "ville presque identique" }),
    ("another city", Label { en: "other city", fr: "autre ville" }),
    ("same number", Label { en: "same number", fr: "même numéro" }),
    ("another number", Label { en: "other number", fr: "autre numéro" }),
    ("same street and number", Label { en: "same street and number", fr: "même rue et même numéro" }),
    ("same street", Label { en: "same street", fr: "même rue" }),
    ("another home", Label { en: "other address", fr: "autre adresse" }),
    ("same suburb and postcode", Label { en: "same suburb and postcode", fr: "même quartier et même code postal" }),
    ("same suburb", Label { en: "same suburb", fr: "même quartier" }),
];

/// The text of a level.
pub fn level(label: &str, language: Language) -> &str {
    LEVELS.iter().find(|(known, _)| *known == label).map_or(label, |(_, words)| words.get(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_the_bundled_models_has_a_text() {
        let models = [
            include_str!("../../pipeline/models/suppliers.yaml"),
            include_str!("../../pipeline/models/duplicates.yaml"),
        ];
        let labels: Vec<&str> = models
            .iter()
            .flat_map(|model| model.lines())
            .filter_map(|line| line.split_once("level: ")?.1.split(',').next())
            .collect();
        assert!(labels.len() > 40, "{labels:?}");
        for label in labels {
            assert!(LEVELS.iter().any(|(known, _)| *known == label), "`{label}` has no words in LEVELS");
        }
        assert_eq!(level("same trade register", Language::French), "same trade register");
    }
}
