//! Abbreviations in addresses and their meanings: INSEE's street types (`typeVoie`) and common spellings.

/// Expanded wherever they occur. Sorted by abbreviation.
pub(crate) const ANYWHERE: &[(&str, &str)] = &[
    ("allees", "allee"),
    ("appt", "appartement"),
    ("apt", "appartement"),
    ("av", "avenue"),
    ("ave", "avenue"),
    ("bat", "batiment"),
    ("bd", "boulevard"),
    ("bld", "boulevard"),
    ("blvd", "boulevard"),
    ("boul", "boulevard"),
    ("bvd", "boulevard"),
    ("carref", "carrefour"),
    ("cdt", "commandant"),
    ("ch", "chemin"),
    ("che", "chemin"),
    ("chem", "chemin"),
    ("chs", "chaussee"),
    ("crs", "cours"),
    ("ctre", "centre"),
    ("dr", "docteur"),
    ("esp", "esplanade"),
    ("espl", "esplanade"),
    ("etg", "etage"),
    ("fbg", "faubourg"),
    ("fg", "faubourg"),
    ("gal", "general"),
    ("gen", "general"),
    ("ham", "hameau"),
    ("imm", "immeuble"),
    ("imp", "impasse"),
    ("ld", "lieudit"),
    ("lot", "lotissement"),
    ("lotiss", "lotissement"),
    ("mal", "marechal"),
    ("mte", "montee"),
    ("pl", "place"),
    ("pres", "president"),
    ("prof", "professeur"),
    ("prom", "promenade"),
    ("qrt", "quartier"),
    ("qua", "quartier"),
    ("quart", "quartier"),
    ("res", "residence"),
    ("resid", "residence"),
    ("rle", "ruelle"),
    ("rpt", "rond point"),
    ("rte", "route"),
    ("sq", "square"),
    ("st", "saint"),
    ("ste", "sainte"),
    ("vge", "village"),
    ("vlge", "village"),
    ("vlla", "villa"),
];

/// Only expanded where a street type is expected, at the start or after the number. Sorted.
pub(crate) const AS_TYPE: &[(&str, &str)] = &[
    ("all", "allee"),
    ("car", "carrefour"),
    ("cor", "corniche"),
    ("dom", "domaine"),
    ("dsc", "descente"),
    ("gr", "grande rue"),
    ("mar", "marche"),
    ("pas", "passage"),
    ("pass", "passage"),
    ("prv", "parvis"),
    ("q", "quai"),
    ("r", "rue"),
    ("sen", "sentier"),
    ("tra", "traverse"),
    ("trav", "traverse"),
    ("vc", "voie communale"),
    ("vla", "villa"),
];

/// Several words that become one.
pub(crate) const PHRASES: &[(&[&str], &str)] = &[
    (&["zone", "industrielle"], "zi"),
    (&["zone", "artisanale"], "za"),
    (&["zone", "activites"], "za"),
    (&["zone", "activite"], "za"),
    (&["zone", "amenagement", "concerte"], "zac"),
    (&["zone", "commerciale"], "zc"),
    (&["parc", "activites"], "pa"),
    (&["parc", "activite"], "pa"),
    (&["boite", "postale"], "bp"),
    (&["centre", "commercial"], "cc"),
    (&["route", "nationale"], "rn"),
    (&["route", "departementale"], "rd"),
    (&["lieu", "dit"], "lieudit"),
];

/// The meaning of `word` in a table sorted by its first column.
pub(crate) fn meaning(table: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    let at = table.binary_search_by_key(&word, |(abbreviation, _)| abbreviation).ok()?;
    table.get(at).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [ANYWHERE, AS_TYPE] {
            assert!(table.is_sorted_by_key(|(abbreviation, _)| *abbreviation));
        }
    }
}
