//! Time zones of Parquet columns: `Europe/Paris`, `UTC`, `+02:00`.

use chrono::{FixedOffset, NaiveDateTime, Offset, TimeZone as _, Utc};
use chrono_tz::Tz;

/// The zone of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeZone {
    Named(Tz),
    Fixed(FixedOffset),
}

impl TimeZone {
    /// The zone with that name; UTC if it is unknown.
    pub(super) fn new(name: &str) -> TimeZone {
        TimeZone::find(name).unwrap_or(TimeZone::Named(Tz::UTC))
    }

    /// The zone with that name, if there is one.
    pub(super) fn find(name: &str) -> Option<TimeZone> {
        // Some databases shorten it to `+02`.
        let fixed = || name.parse().or_else(|_| format!("{name}:00").parse()).ok().map(TimeZone::Fixed);
        let named = || name.parse().ok().map(TimeZone::Named);
        let is_utc = name == "Z" || name.eq_ignore_ascii_case("utc");
        if is_utc { Some(TimeZone::Fixed(Utc.fix())) } else { fixed().or_else(named) }
    }

    /// The offset from UTC at a UTC timestamp.
    pub(super) fn offset(self, moment: &NaiveDateTime) -> FixedOffset {
        match self {
            TimeZone::Named(zone) => zone.offset_from_utc_datetime(moment).fix(),
            TimeZone::Fixed(offset) => offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names_or_offsets() {
        let moment = chrono::DateTime::from_timestamp(1_711_843_200, 0).unwrap().naive_utc();
        for (name, hours) in [
            ("UTC", 0),
            ("utc", 0),
            ("Z", 0),
            ("+00:00", 0),
            ("Europe/Paris", 1),
            ("Etc/GMT-2", 2),
            ("+02:00", 2),
            ("-0330", -3),
            ("+02", 2),
        ] {
            let zone = TimeZone::find(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(zone.offset(&moment).local_minus_utc() / 3_600, hours, "{name}");
        }
        assert_eq!(TimeZone::find("Mars/Olympus"), None);
        assert_eq!(TimeZone::new("Mars/Olympus"), TimeZone::Named(Tz::UTC));
    }
}
