//! Days of the registry: when an entry began, since when it is as it is, when the publisher last changed it.

use std::fmt;

use crate::stream::{Stream, Topic};

/// A calendar day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// The month of the first edition, and of the next.
const FIRST: (u16, u8) = (2026, 9);
const NEXT: (u16, u8) = (2026, 10);
/// The last day of [`FIRST`]: an edition has at least one entry that changed on its last day.
const FIRST_DAYS: u8 = 30;
/// The last day of [`NEXT`].
const NEXT_DAYS: u8 = 31;

impl Day {
    /// The last day of the next edition.
    pub(crate) const LAST: Day = Day { year: NEXT.0, month: NEXT.1, day: NEXT_DAYS };

    /// The day on which an entity began, and since when it is as it is.
    pub(crate) fn of_entity(stream: &mut Stream) -> (Day, Day) {
        let created = Day::in_years(stream, 1985, 36);
        let since = if stream.chance(300) { Day::in_years(stream, 2021, 5) } else { created };
        (created, since)
    }

    /// The day on which the publisher last changed an entity, in the month of the first edition.
    pub(crate) fn processed(seed: u64, number: u64) -> Day {
        let day = if number == 0 { FIRST_DAYS } else { day_before(Stream::new(seed, Topic::Date, number), FIRST_DAYS) };
        Day { year: FIRST.0, month: FIRST.1, day }
    }

    /// A day in the month of the next edition.
    pub(crate) fn of_next_edition(stream: &mut Stream) -> Day {
        Day { year: NEXT.0, month: NEXT.1, day: 1 + stream.below(u32::from(NEXT_DAYS)) as u8 }
    }

    fn in_years(stream: &mut Stream, first: u16, years: u32) -> Day {
        let year = first + stream.below(years) as u16;
        Day { year, month: 1 + stream.below(12) as u8, day: 1 + stream.below(28) as u8 }
    }
}

fn day_before(mut stream: Stream, days: u8) -> u8 {
    1 + stream.below(u32::from(days) - 1) as u8
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
