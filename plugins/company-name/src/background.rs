//! Words that many French companies bear whatever a registry says of them.
//!
//! How rare a word is in a registry says how rare it is among companies only where the registry has all of them. An
//! extract of one trade or one region makes the words of the others look rare: in one of restaurants hardly anybody is
//! called `menuiserie`. Such words, when two names share them, tell no more than [`INFORMATION_MAX`].

/// What a background word tells at most, as a rarity: in the whole of SIRENE these words tell less anyhow.
pub(crate) const INFORMATION_MAX: f32 = 0.4;

/// Trades, regions, rivers that departments are called after, large towns. Sorted.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "achat", "acier", "agencement", "agricole", "aisne", "aix", "alimentation", "alpes", "alsace", "ambulance",
    "ambulances", "amenagement", "amiens", "analyses", "angers", "anjou", "aquitaine", "architecte", "architectes",
    "architecture", "ardeche", "ardenne", "ardennes", "ariege", "ascenseur", "ascenseurs", "assainissement", 
    "assurance", "assurances", "atlantique", "aube", "auberge", "aude", "audit", "auto", "automation", "automobile",
    "automobiles", "auvergne", "avocat", "avocats", "azur", "banque", "bar", "bas", "basque", "basse", "bearn",
    "beaute", "berry", "besancon", "beton", "bois", "bordeaux", "boucherie", "boulangerie", "bourgogne", "brasserie",
    "brest", "bretagne", "btp", "bureau", "bureaux", "caen", "cafe", "calvados", "carrelage", "carrosserie",
    "champagne", "charente", "charentes", "charpente", "chateau", "chauffage", "cher", "chimie", "clermont",
    "climatisation", "clinique", "club", "coiffure", "comite", "commune", "communication", "comptable", "comte",
    "concept", "construction", "constructions", "consultant", "consultants", "controle", "cooperative", "corse", "cote",
    "couverture", "creation", "credit", "cuisine", "cuisines", "dechets", "decoration", "demenagement", "demolition",
    "dentaire", "desamiantage", "design", "diagnostic", "diagnostics", "digital", "dijon", "domaine", "dordogne",
    "doubs", "drome", "eau", "ecole", "edition", "editions", "electricite", "electrique", "electronique", "energie",
    "energies", "entretien", "environnement", "esat", "espaces", "est", "etancheite", "etude", "etudes", "eure",
    "expertise", "federation", "fenetres", "fermetures", "foncier", "fournitures", "franche", "froid", "garage", "gard",
    "garonne", "gascogne", "gaz", "geometre", "gers", "gironde", "grand", "grenoble", "guadeloupe", "guyane", "habitat",
    "haute", "hauts", "havre", "herault", "hopital", "hotel", "huissier", "hydraulique", "idf", "ile", "iles",
    "imprimerie", "incendie", "indien", "informatique", "ingenieur", "ingenieurs", "institut", "isere", "jardin",
    "jardins", "jura", "laboratoire", "landes", "languedoc", "librairie", "lille", "limoges", "limousin", "logement",
    "logistique", "loire", "loisirs", "lorraine", "lot", "lyon", "maconnerie", "mairie", "maison", "manche", "mans",
    "marine", "maritime", "marne", "marseille", "martinique", "mayenne", "mayotte", "mecanique", "media", "medical",
    "medicale", "mediterranee", "menuiserie", "menuiseries", "mesure", "metal", "metallerie", "metz", "meuse", "midi",
    "mobilier", "montpellier", "moselle", "mutuelle", "nancy", "nantes", "negoce", "nettoyage", "nice", "nimes", "nord",
    "normandie", "notaire", "notaires", "numerique", "ocean", "office", "oise", "optique", "orleans", "orne", "ouest",
    "paca", "papeterie", "paris", "patisserie", "pays", "paysage", "paysages", "peinture", "perigord",
    "perpignan", "petrole", "pharmacie", "picardie", "pieces", "pierre", "pizza", "pizzeria", "plastique", "platrerie",
    "plomberie", "pneus", "poitou", "presse", "proprete", "provence", "public", "publicite", "publics", "pyrenees",
    "quercy", "recyclage", "reims", "rennes", "renovation", "reparation", "reseau", "reseaux", "residence",
    "restaurant", "restauration", "reunion", "rhone", "rouen", "roussillon", "route", "routes", "sante", "sarthe",
    "savoie", "securite", "serrurerie", "signalisation", "solaire", "somme", "sport", "sports", "strasbourg", "studio",
    "sud", "surveillance", "syndicat", "tabac", "tarn", "taxi", "telecom", "telecoms", "terrassement", "textile",
    "toiture", "toulon", "toulouse", "touraine", "tourisme", "tours", "tp", "traiteur", "urbain", "val", "vallee",
    "vendee", "verre", "verts", "ville", "viticole", "voirie", "vosges", "voyages",
];

/// Those of them that are places: what a company has more than another in its name may be its branch there. Sorted.
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "aisne", "aix", "alpes", "alsace", "amiens", "angers", "anjou", "aquitaine", "ardeche", "ardenne", "ardennes",
    "ariege", "atlantique", "aube", "aude", "auvergne", "azur", "bas", "basque", "basse", "bearn", "berry",
    "besancon", "bordeaux", "bourgogne", "brest", "bretagne", "caen", "calvados", "champagne", "charente",
    "charentes", "cher", "clermont", "comte", "corse", "cote", "dijon", "dordogne", "doubs", "drome", "est", "eure",
    "franche", "gard", "garonne", "gascogne", "gers", "gironde", "grenoble", "guadeloupe", "guyane", "haute", "hauts",
    "havre", "herault", "idf", "ile", "iles", "indien", "isere", "jura", "landes", "languedoc", "lille", "limoges",
    "limousin", "loire", "lorraine", "lot", "lyon", "manche", "mans", "maritime", "marne", "marseille", "martinique",
    "mayenne", "mayotte", "mediterranee", "metz", "meuse", "midi", "montpellier", "moselle", "nancy", "nantes",
    "nice", "nimes", "nord", "normandie", "ocean", "oise", "orleans", "orne", "ouest", "paca", "paris", "pays",
    "perigord", "perpignan", "picardie", "poitou", "provence", "pyrenees", "quercy", "reims", "rennes", "reunion",
    "rhone", "rouen", "roussillon", "sarthe", "savoie", "somme", "strasbourg", "sud", "tarn", "toulon", "toulouse",
    "touraine", "tours", "val", "vallee", "vendee", "vosges",
];

/// The words, each with whether it is a place.
pub(crate) fn words() -> impl Iterator<Item = (&'static str, bool)> {
    WORDS.iter().map(|word| (*word, PLACES.binary_search(word).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_not_generic_as_well() {
        assert!(WORDS.is_sorted() && PLACES.is_sorted());
        assert!(PLACES.iter().all(|place| WORDS.contains(place)));
        assert!(!WORDS.iter().any(|word| crate::generic::GENERIC.contains(word)));
    }
}
