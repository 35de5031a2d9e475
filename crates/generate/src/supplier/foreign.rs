//! Suppliers abroad.

use crate::naming;
use crate::stream::Stream;
use crate::supplier::facts::{Facts, WrittenAddress};
use crate::words::WORDS;

struct Country {
    code: &'static str,
    /// The VAT number: its prefix and the number of digits after it; none for countries outside the union.
    vat: Option<(&'static str, usize)>,
    forms: &'static [&'static str],
    towns: &'static [(&'static str, &'static str)],
    streets: &'static [&'static str],
}

const COUNTRIES: &[Country] = &[
    Country {
        code: "BE",
        vat: Some(("BE0", 9)),
        forms: &["SPRL", "SA", "NV", "BV"],
        towns: &[("1000", "Bruxelles"), ("4000", "Liège"), ("5000", "Namur"), ("2000", "Antwerpen"), ("9000", "Gent")],
        streets: &["Rue Neuve", "Chaussée de Charleroi", "Avenue Louise", "Kerkstraat"],
    },
    Country {
        code: "DE",
        vat: Some(("DE", 9)),
        forms: &["GmbH", "AG", "GmbH & Co. KG"],
        towns: &[("10115", "Berlin"), ("80331", "München"), ("50667", "Köln"), ("70173", "Stuttgart")],
        streets: &["Hauptstrasse", "Bahnhofstrasse", "Industriestrasse", "Goethestrasse"],
    },
    Country {
        code: "ES",
        vat: Some(("ESB", 8)),
        forms: &["SL", "SA", "S.L.U."],
        towns: &[("28001", "Madrid"), ("08001", "Barcelona"), ("48001", "Bilbao"), ("46001", "Valencia")],
        streets: &["Calle Mayor", "Avenida de la Constitución", "Gran Via"],
    },
    Country {
        code: "IT",
        vat: Some(("IT", 11)),
        forms: &["SRL", "SPA", "S.r.l."],
        towns: &[("20121", "Milano"), ("10121", "Torino"), ("00184", "Roma"), ("40121", "Bologna")],
        streets: &["Via Roma", "Via Garibaldi", "Corso Italia"],
    },
    Country {
        code: "CH",
        vat: None,
        forms: &["SA", "AG", "Sàrl"],
        towns: &[("1201", "Genève"), ("1003", "Lausanne"), ("8001", "Zürich"), ("4051", "Basel")],
        streets: &["Rue du Rhône", "Avenue de la Gare", "Bahnhofstrasse"],
    },
    Country {
        code: "LU",
        vat: Some(("LU", 8)),
        forms: &["SA", "SARL"],
        towns: &[("1111", "Luxembourg"), ("4001", "Esch-sur-Alzette")],
        streets: &["Rue de la Gare", "Boulevard Royal"],
    },
    Country {
        code: "GB",
        vat: Some(("GB", 9)),
        forms: &["Ltd", "Limited", "PLC"],
        towns: &[("EC1A 1BB", "London"), ("M1 1AE", "Manchester"), ("B1 1AA", "Birmingham")],
        streets: &["High Street", "Station Road", "Victoria Road"],
    },
    Country {
        code: "US",
        vat: None,
        forms: &["Inc", "LLC", "Corp."],
        towns: &[("10001", "New York"), ("94103", "San Francisco"), ("60601", "Chicago")],
        streets: &["Main Street", "Market Street", "5th Avenue"],
    },
];

/// A company in another country.
pub(crate) fn draw(stream: &mut Stream) -> Facts {
    let at = stream.weighted(&[(30, 0), (22, 1), (12, 2), (12, 3), (10, 4), (6, 5), (5, 6), (3, 7)]);
    let Some(country) = COUNTRIES.get(at) else {
        return Facts::default();
    };
    let name = match stream.below(3) {
        0 => naming::brand(stream),
        1 => {
            format!("{} {}", naming::brand(stream), stream.pick(&["International", "Industries", "Trading", "Systems"]))
        }
        _ => format!(
            "{} {}",
            stream.pick_skewed(&WORDS.surnames),
            stream.pick(&["Technik", "Group", "Europe", "Logistics"])
        ),
    };
    let (postcode, town) = stream.pick(country.towns);
    Facts {
        name,
        form: stream.pick(country.forms),
        place: WrittenAddress {
            line: format!("{} {}", stream.pick(country.streets), 1 + stream.below(200)),
            postcode: postcode.to_owned(),
            town: town.to_owned(),
            ..WrittenAddress::default()
        },
        country: country.code,
        vat: country.vat.map(|(prefix, count)| format!("{prefix}{}", stream.digits(count))),
        ..Facts::default()
    }
}

/// The country as the accountant wrote it.
pub(crate) fn country(code: &'static str, stream: &mut Stream) -> &'static str {
    let names: &[&'static str] = match code {
        "FR" => &["FRANCE", "FR", "France", "FRA"],
        "BE" => &["BELGIQUE", "BE", "Belgique"],
        "DE" => &["ALLEMAGNE", "DE", "Allemagne"],
        "ES" => &["ESPAGNE", "ES", "Espagne"],
        "IT" => &["ITALIE", "IT", "Italie"],
        "CH" => &["SUISSE", "CH", "Suisse"],
        "LU" => &["LUXEMBOURG", "LU", "Luxembourg"],
        "GB" => &["ROYAUME-UNI", "GB", "Grande-Bretagne"],
        _ => &["ETATS-UNIS", "US", "USA"],
    };
    stream.pick_skewed(names)
}
