//! A row of the supplier file, generated from the seed and its number.

pub(crate) mod cell;
pub(crate) mod facts;
mod foreign;
mod key;
mod source;

use crate::dirt::{Dirt, Dirts, Style, ids, name, place};
use crate::establishment::Registry;
use crate::permutation::Permutation;
use crate::stream::{Stream, Topic};

use cell::SupplierCell;
use key::Key;
use source::Source;

/// The columns of the supplier file.
pub(crate) const HEADER: [&str; 12] = [
    "Auxiliaire",
    "Code tiers",
    "Nom",
    "Adresse 1",
    "Adresse 2",
    "Adresse 3",
    "Postal",
    "Ville",
    "Pays",
    "Code SIRET",
    "Code NIF",
    "Date dern. Mouvt",
];

/// The range of last movements: 2019 to 2025.
const DAY_FIRST: u32 = 43_466;
const DAY_LAST: u32 = 46_022;

/// How many rows per thousand are of a kind that is generated on request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowShares {
    /// They repeat an earlier supplier.
    pub(crate) duplicates: u32,
    /// They are companies in no registry, at the address of one that is.
    pub(crate) strangers: u32,
}

/// A row and the truth about it.
pub(crate) struct Supplier {
    /// In the order of [`HEADER`].
    pub(crate) cells: [SupplierCell; 12],
    pub(crate) key: String,
    /// SIRET and SIREN, if it is in the registry.
    pub(crate) entry: Option<(String, String)>,
    /// The first row of the same supplier; usually the row itself.
    pub(crate) first: u64,
    pub(crate) dirts: Dirts,
}

/// The row that `row` repeats; `per_mille` rows per thousand repeat one.
fn first_of(seed: u64, row: u64, per_mille: u32) -> u64 {
    let mut first = row;
    while first > 0 && per_mille > 0 {
        let mut stream = Stream::new(seed, Topic::Duplicate, first);
        if !stream.chance(per_mille) {
            break;
        }
        first = stream.below_wide(first);
    }
    first
}

impl Supplier {
    /// Data row `row`, from 0.
    pub(crate) fn of(registry: &Registry, permutation: &Permutation, row: u64, shares: RowShares) -> Self {
        let repeated = first_of(registry.seed, row, shares.duplicates);
        let Source { facts, entry, mut dirts } = Source::of(registry, permutation, repeated, shares);
        let key = Key::of(registry.seed, row);
        dirts.add_if(Dirt::DuplicateKey, key.is_duplicate);
        let mut stream = Stream::new(registry.seed, Topic::Dirt, row);
        let style = Style::draw(&mut stream);
        let name = name::write(&facts, style, &mut stream, &mut dirts);
        let place::Cells { address: [first, second, third], postcode, town } =
            place::write(&facts, style, &mut stream, &mut dirts);
        let country = foreign::country(facts.country, &mut stream);
        let country = if facts.country == "FR" && stream.chance(350) { "" } else { country };
        let cell = |text: Option<String>| text.map_or(SupplierCell::Empty, SupplierCell::Text);
        let cells = [
            cell(key.auxiliary),
            cell(key.third_party),
            SupplierCell::text_of(&name),
            first,
            second,
            third,
            postcode,
            town,
            SupplierCell::text_of(country),
            ids::siret(&facts, &mut stream, &mut dirts),
            ids::nif(&facts, &mut stream, &mut dirts),
            last_movement(&mut stream),
        ];
        Self { cells, key: key.key, entry, first: repeated, dirts }
    }
}

/// Usually recent; a few suppliers have none.
fn last_movement(stream: &mut Stream) -> SupplierCell {
    let days = DAY_LAST - DAY_FIRST + 1;
    let (a, b) = (stream.below(days), stream.below(days));
    if stream.chance(20) { SupplierCell::Empty } else { SupplierCell::Date(DAY_FIRST + a.max(b)) }
}
