//! Dirt in a supplier's name.

use crate::dirt::typo::slip;
use crate::dirt::{Dirt, Dirts, Style};
use crate::insee::capitals;
use crate::naming::of_town;
use crate::stream::Stream;
use crate::supplier::facts::Facts;

/// How accountants shorten words.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("ETABLISSEMENTS", "ETS"),
    ("SOCIETE", "STE"),
    ("COMPAGNIE", "CIE"),
    ("FRERES", "FRES"),
    ("ASSOCIES", "ASS"),
    ("GROUPE", "GRPE"),
    ("ASSOCIATION", "ASSO"),
    ("CENTRE", "CTRE"),
    ("HOSPITALIER", "HOSP"),
    ("GENERALE", "GLE"),
    ("NOUVELLE", "NLLE"),
    ("FRANCAISE", "FRSE"),
    ("INDUSTRIELLE", "IND"),
    ("INDUSTRIE", "IND"),
    ("INTERNATIONAL", "INTL"),
    ("SERVICES", "SCES"),
    ("DISTRIBUTION", "DISTRIB"),
    ("DEVELOPPEMENT", "DEV"),
    ("CONSTRUCTION", "CONST"),
    ("BATIMENT", "BAT"),
    ("TRAVAUX", "TX"),
    ("ELECTRICITE", "ELEC"),
    ("CHAUFFAGE", "CHAUF"),
    ("PLOMBERIE", "PLOMB"),
    ("MENUISERIE", "MENUIS"),
    ("MACONNERIE", "MACON"),
    ("TRANSPORTS", "TRANSP"),
    ("AUTOMOBILES", "AUTO"),
    ("IMPRIMERIE", "IMP"),
    ("BOULANGERIE", "BOUL"),
    ("PHARMACIE", "PHIE"),
    ("RESTAURANT", "REST"),
    ("INFORMATIQUE", "INFO"),
    ("INGENIERIE", "ING"),
    ("MAINTENANCE", "MAINT"),
    ("MATERIAUX", "MATX"),
    ("IMMOBILIER", "IMMO"),
    ("NETTOYAGE", "NETT"),
    ("COMMUNICATION", "COM"),
    ("PRODUCTIONS", "PROD"),
    ("SAINT", "ST"),
];

const SPELLED: &[(&str, &str)] = &[
    ("SARL", "Société à responsabilité limitée"),
    ("SAS", "Société par actions simplifiée"),
    ("SASU", "Société par actions simplifiée unipersonnelle"),
    ("SA", "Société anonyme"),
    ("SCI", "Société civile immobilière"),
    ("SNC", "Société en nom collectif"),
    ("EURL", "Entreprise unipersonnelle"),
];

/// The lengths at which old accounting software truncates.
const CUT_CHARACTERS: [usize; 2] = [30, 32];

/// The name as written in the supplier file.
pub(crate) fn write(facts: &Facts, style: Style, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let text = base(facts, stream, dirts);
    let text = reword(text, stream, dirts);
    let text = with_form(text, facts, stream, dirts);
    let text = if dirts.add_if(Dirt::Agency, stream.chance(50)) { with_agency(&text, facts, stream) } else { text };
    let mut text = style.apply(&text, dirts);
    for per_mille in [120, 25] {
        if stream.chance(per_mille) {
            let slipped = slip(&text, stream);
            dirts.add_if(Dirt::Typo, slipped != text);
            text = slipped;
        }
    }
    truncate(respace(text, stream, dirts), stream, dirts)
}

/// Chooses one of the supplier's names.
fn base(facts: &Facts, stream: &mut Stream, dirts: &mut Dirts) -> String {
    if let Some(trade) = facts.trade_name.as_ref().filter(|_| stream.chance(220)) {
        dirts.add(Dirt::TradeName);
        return trade.clone();
    }
    if let Some(sigle) = facts.sigle.as_ref().filter(|_| stream.chance(250)) {
        dirts.add(Dirt::Sigle);
        return sigle.clone();
    }
    let Some(person) = &facts.person else {
        return facts.name.clone();
    };
    let (surname, given) = (person.surname_used.unwrap_or(person.surname), person.given_used.unwrap_or(person.given));
    match stream.below(100) {
        0..45 => format!("{surname} {given}"),
        45..75 => format!("{given} {surname}"),
        75..88 => {
            dirts.add(Dirt::Title);
            let title = if person.is_woman { ["Mme", "Madame"] } else { ["M.", "Monsieur"] };
            format!("{} {surname} {given}", stream.pick(&title))
        }
        88..94 if !facts.trade.is_empty() => {
            dirts.add(Dirt::TradeName);
            format!("{} {surname}", facts.trade)
        }
        _ => {
            dirts.add(Dirt::Abbreviation);
            format!("{surname} {}.", given.chars().take(1).collect::<String>())
        }
    }
}

/// Abbreviates, drops and reorders words.
fn reword(text: String, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    if stream.chance(250) {
        for word in &mut words {
            let key = capitals(word);
            if let Some((_, short)) = ABBREVIATIONS.iter().find(|(long, _)| *long == key) {
                dirts.add(Dirt::Abbreviation);
                *word = if stream.chance(200) { format!("{short}.") } else { (*short).to_owned() };
            }
        }
    }
    if dirts.add_if(Dirt::WordMissing, words.len() >= 3 && stream.chance(50)) {
        words.pop();
    }
    if dirts.add_if(Dirt::WordOrder, words.len() >= 2 && stream.chance(60)) {
        match stream.below(2) {
            0 => words.rotate_left(1),
            _ => words.rotate_right(1),
        }
    }
    words.join(" ")
}

fn with_form(text: String, facts: &Facts, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let form = facts.form;
    let keeps = stream.chance(match facts.form_first {
        Some(_) => 600,
        None => 420,
    });
    if form.is_empty() || dirts.has(Dirt::TradeName) {
        return text;
    }
    if !keeps {
        dirts.add_if(Dirt::FormMissing, facts.form_first.is_some());
        return text;
    }
    let first = stream.chance(450);
    dirts.add_if(Dirt::FormAdded, facts.form_first.is_none());
    dirts.add_if(Dirt::FormMoved, facts.form_first.is_some_and(|registered| registered != first));
    let form = match stream.below(100) {
        0..10 => form.chars().map(|letter| format!("{letter}.")).collect(),
        10..13 => form.chars().map(|letter| format!("{letter} ")).collect::<String>().trim_end().to_owned(),
        13..17 => SPELLED.iter().find(|(short, _)| *short == form).map_or(form, |(_, long)| long).to_owned(),
        _ => form.to_owned(),
    };
    dirts.add_if(Dirt::FormSpelling, form != facts.form);
    let bracketed = !first && stream.chance(80);
    match (first, bracketed) {
        (true, _) => format!("{form} {text}"),
        (false, true) => format!("{text} ({form})"),
        (false, false) => format!("{text} {form}"),
    }
}

fn with_agency(text: &str, facts: &Facts, stream: &mut Stream) -> String {
    let town = &facts.place.town;
    match stream.below(5) {
        0 => format!("{text} - Agence {}", of_town(town)),
        1 => format!("{text} ({})", facts.place.postcode.chars().take(2).collect::<String>()),
        2 => format!("{text} Agence {town}"),
        _ => format!("{text} {town}"),
    }
}

fn respace(text: String, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let spaced = match stream.below(1000) {
        0..15 => text.replacen(' ', "", 1),
        15..25 => {
            let middle = text.char_indices().nth(4).map_or(0, |(at, _)| at);
            let (head, tail) = text.split_at(middle);
            if head.is_empty() || head.contains(' ') || tail.starts_with(' ') {
                text.clone()
            } else {
                format!("{head} {tail}")
            }
        }
        _ => text.clone(),
    };
    dirts.add_if(Dirt::Spacing, spaced != text);
    let pointed = match stream.below(1000) {
        0..120 => spaced.replace(['\'', '-'], " "),
        120..150 => spaced.replace(['\'', '.'], ""),
        150..170 => spaced.replacen(' ', "  ", 1),
        170..180 => format!("{spaced}."),
        180..200 => spaced.replace(" & ", " ET ").replace(" ET ", " & "),
        200..210 => format!(" {spaced}"),
        210..215 => format!("{spaced} *NE PAS UTILISER*"),
        _ => return spaced,
    };
    dirts.add_if(Dirt::Punctuation, pointed != spaced);
    pointed
}

fn truncate(text: String, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let most = stream.pick(&CUT_CHARACTERS);
    if text.chars().count() <= most || !stream.chance(350) {
        return text;
    }
    dirts.add(Dirt::Truncated);
    text.chars().take(most).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Topic;

    #[test]
    fn every_kind_of_name_dirt_occurs_and_none_empties_the_name() {
        let facts = Facts {
            name: "Établissements Lefèvre Menuiserie de l'Étoile et Fils".into(),
            form: "SARL",
            form_first: Some(true),
            trade_name: Some("Chez Noël".into()),
            sigle: Some("ELM".into()),
            ..Facts::default()
        };
        let mut all = Dirts::default();
        for row in 0..2_000 {
            let mut stream = Stream::new(1, Topic::Dirt, row);
            let mut dirts = Dirts::default();
            let style = Style::draw(&mut stream);
            assert!(write(&facts, style, &mut stream, &mut dirts).trim().len() >= 2);
            all = all.union(dirts);
        }
        let name_dirt = Dirt::ALL
            .iter()
            .filter(|(dirt, _)| (Dirt::TradeName as u32..=Dirt::Accents as u32).contains(&(*dirt as u32)));
        for (dirt, word) in name_dirt.filter(|(dirt, _)| ![Dirt::Title, Dirt::FormAdded].contains(dirt)) {
            assert!(all.has(*dirt), "{word}");
        }
    }
}
