//! Dirt in a supplier's address, postcode and town.

use crate::dirt::typo::{slip, wrong_digit};
use crate::dirt::{Dirt, Dirts, Style};
use crate::naming::sole_trader;
use crate::stream::Stream;
use crate::supplier::cell::SupplierCell;
use crate::supplier::facts::{Facts, WrittenAddress};

const STREETS: &[(&str, &[&str])] = &[
    ("Avenue", &["AV", "AVE", "AV."]),
    ("Boulevard", &["BD", "BLD", "BVD", "BOUL."]),
    ("Rue", &["R", "R."]),
    ("Chemin", &["CH", "CHE", "CHEM"]),
    ("Route", &["RTE"]),
    ("WrittenAddress", &["PL"]),
    ("Impasse", &["IMP"]),
    ("Allée", &["ALL"]),
    ("Général", &["GAL", "GL"]),
    ("Maréchal", &["MAL"]),
    ("Saint-Martin", &["ST MARTIN"]),
    ("Saint-Jean", &["ST JEAN"]),
    ("Saint-Pierre", &["ST PIERRE"]),
    ("Zone", &["Z."]),
    ("Bâtiment", &["BAT"]),
    ("Résidence", &["RES"]),
];

/// `Adresse 1..3`, `Postal` and `Ville`.
pub(crate) struct Cells {
    pub(crate) address: [SupplierCell; 3],
    pub(crate) postcode: SupplierCell,
    pub(crate) town: SupplierCell,
}

/// The address as written in the supplier file.
pub(crate) fn write(facts: &Facts, style: Style, stream: &mut Stream, dirts: &mut Dirts) -> Cells {
    let place = match &facts.head {
        Some(head) if stream.chance(120) => {
            dirts.add(Dirt::AddressHead);
            head
        }
        _ => &facts.place,
    };
    let mut cells = Cells {
        address: address(place, style, stream, dirts),
        postcode: postcode(place, stream, dirts),
        town: town(place, style, stream, dirts),
    };
    if place.is_french && dirts.add_if(Dirt::AddressTown, stream.chance(15)) {
        let line = format!("{} {}", cells.postcode.text(), cells.town.text());
        let [_, _, last] = &mut cells.address;
        *last = SupplierCell::text_of(line.trim());
        (cells.postcode, cells.town) = (SupplierCell::Empty, SupplierCell::Empty);
    }
    cells
}

fn address(place: &WrittenAddress, style: Style, stream: &mut Stream, dirts: &mut Dirts) -> [SupplierCell; 3] {
    let mut lines: Vec<String> = Vec::new();
    if !dirts.add_if(Dirt::AddressMissing, stream.chance(80)) {
        lines.push(line(&place.line, stream, dirts));
        if let Some(complement) = &place.complement {
            lines.insert(usize::from(!stream.chance(300)), line(complement, stream, dirts));
        }
        if dirts.add_if(Dirt::PoBox, stream.chance(40)) {
            let kind = stream.pick(&["BP", "CS", "B.P."]);
            let most = if kind == "CS" { 99_999 } else { 999 };
            lines.push(format!("{kind} {}", 1 + stream.below(most)));
        }
    }
    if dirts.add_if(Dirt::CareOf, stream.chance(12)) {
        lines.insert(0, format!("C/O {}", sole_trader(stream).text));
    }
    lines.truncate(3);
    let shift = usize::from(lines.len() < 3 && !lines.is_empty() && stream.chance(60));
    dirts.add_if(Dirt::AddressColumn, shift > 0);
    let mut cells = [SupplierCell::Empty, SupplierCell::Empty, SupplierCell::Empty];
    for (cell, line) in cells.iter_mut().skip(shift).zip(lines) {
        *cell = SupplierCell::text_of(&style.apply(&line, dirts));
    }
    cells
}

fn line(text: &str, stream: &mut Stream, dirts: &mut Dirts) -> String {
    let shortens = stream.chance(450);
    let comma = stream.chance(120);
    let mut words = Vec::new();
    for (place, word) in text.split(' ').enumerate() {
        let short = STREETS.iter().find(|(long, _)| shortens && *long == word).map(|(_, short)| stream.pick(short));
        // `R` for street is rare, even where everything is abbreviated.
        let short = short.filter(|_| word != "Rue" || stream.chance(200));
        dirts.add_if(Dirt::AddressAbbreviation, short.is_some());
        let is_number = place == 0 && word.bytes().all(|byte| byte.is_ascii_digit());
        words.push(if is_number && comma { format!("{word},") } else { short.unwrap_or(word).to_owned() });
    }
    let line = words.join(" ");
    if !stream.chance(40) {
        return line;
    }
    let slipped = slip(&line, stream);
    dirts.add_if(Dirt::AddressTypo, slipped != line);
    slipped
}

fn postcode(place: &WrittenAddress, stream: &mut Stream, dirts: &mut Dirts) -> SupplierCell {
    let code = place.postcode.as_str();
    let drawn = stream.below(1000);
    if drawn < 70 {
        dirts.add(Dirt::PostcodeMissing);
        return SupplierCell::Empty;
    }
    if !place.is_french {
        return SupplierCell::text_of(code);
    }
    let generic = format!("{}000", code.chars().take(2).collect::<String>());
    let code = match drawn {
        70..95 if generic != code && place.is_city => {
            dirts.add(Dirt::PostcodeGeneric);
            generic
        }
        95..107 => {
            dirts.add(Dirt::PostcodeDigit);
            wrong_digit(code, stream)
        }
        107..120 => format!("F-{code}"),
        _ => code.to_owned(),
    };
    if drawn >= 120 && dirts.add_if(Dirt::PostcodeNumber, stream.chance(320)) {
        return SupplierCell::number(&code);
    }
    SupplierCell::Text(code)
}

fn town(place: &WrittenAddress, style: Style, stream: &mut Stream, dirts: &mut Dirts) -> SupplierCell {
    if dirts.add_if(Dirt::TownMissing, stream.chance(30)) {
        return SupplierCell::Empty;
    }
    let mut town = place.town.clone();
    if stream.chance(350) {
        let short = shortened(&town);
        dirts.add_if(Dirt::TownAbbreviation, short != town);
        town = short;
    }
    if stream.chance(350) {
        town = town.replace('-', " ");
    }
    if stream.chance(30) {
        let slipped = slip(&town, stream);
        dirts.add_if(Dirt::TownTypo, slipped != town);
        town = slipped;
    }
    if let Some(number) = place.arrondissement {
        town = match stream.below(20) {
            0..11 => town,
            11..14 => format!("{town} {number}"),
            14..16 => format!("{town} {number:02}"),
            16..18 => format!("{town} {number}ème"),
            _ => format!("{town} {number}e Arrondissement"),
        };
        dirts.add(Dirt::TownArrondissement);
    }
    if place.is_french && dirts.add_if(Dirt::TownCedex, stream.chance(60)) {
        let number =
            place.arrondissement.or_else(|| (place.is_city && stream.chance(500)).then(|| 1 + stream.below(9)));
        town = match number {
            Some(number) => format!("{} Cedex {number:02}", place.town),
            None => format!("{town} Cedex"),
        };
    }
    SupplierCell::text_of(&style.apply(&town, dirts))
}

/// `St Etienne`, `Villeneuve s/Lot`.
fn shortened(town: &str) -> String {
    let town = town.replace("Sainte-", "Ste ").replace("Saint-", "St ");
    let town = town.replace("-sur-", " s/").replace("-sous-", " s/s ").replace("-lès-", " les ");
    town.strip_prefix("L'").or_else(|| town.strip_prefix("Les ")).map(str::to_owned).unwrap_or(town)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_are_shortened() {
        let cases = [
            ("Saint-Étienne", "St Étienne"),
            ("Villeneuve-sur-Lot", "Villeneuve s/Lot"),
            ("Soisy-sous-Montmorency", "Soisy s/s Montmorency"),
            ("Les Ulis", "Ulis"),
            ("Lyon", "Lyon"),
        ];
        cases.into_iter().for_each(|(town, wanted)| assert_eq!(shortened(town), wanted));
    }
}
