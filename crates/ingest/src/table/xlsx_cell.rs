//! What a calamine cell says, as text: numbers keep their digits, dates are ISO 8601.

use std::fmt::Write;

use calamine::{DataRef, ExcelDateTime};

use crate::block::Kind;
use crate::digits::{number, without_midnight};

/// Days that Excel can show as a date: 9999-12-31 is the last.
const DATE_DAYS_END: f64 = 2_958_466.0;

/// Writes the cell's text to `out` unless it has one already, which is returned then.
pub(super) fn text<'a>(value: &'a DataRef<'a>, out: &'a mut String) -> (Kind, &'a str) {
    out.clear();
    let kind = match value {
        DataRef::Empty => return (Kind::Empty, ""),
        DataRef::String(text) => return (Kind::Text, text),
        DataRef::SharedString(text) => return (Kind::Text, text),
        DataRef::DateTimeIso(text) => return (Kind::Date, without_midnight(text)),
        DataRef::DurationIso(text) => return (Kind::Date, text),
        DataRef::Bool(value) => return (Kind::Boolean, if *value { "true" } else { "false" }),
        DataRef::Error(error) => {
            // Writing to a `String` never fails, here and below.
            let _ = write!(out, "{error}");
            Kind::Error
        }
        DataRef::Int(value) => {
            let _ = write!(out, "{value}");
            Kind::Number
        }
        DataRef::Float(value) => {
            number(*value, out);
            Kind::Number
        }
        DataRef::DateTime(moment) => date(moment, out),
    };
    (kind, out)
}

fn date(moment: &ExcelDateTime, out: &mut String) -> Kind {
    let days = moment.as_f64();
    if !(0.0..DATE_DAYS_END).contains(&days) {
        // No such date: what the cell holds is its number.
        number(days, out);
        return Kind::Number;
    }
    if moment.is_duration() {
        let seconds = (days * 86_400.0).round() as u64;
        let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        return Kind::Date;
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    // Day 0 of the 1900 system is no date: the cell holds a time.
    let time_only = year == 1899;
    if !time_only {
        let _ = write!(out, "{year:04}-{month:02}-{day:02}");
    }
    if time_only || (hour, minute, second, milli) != (0, 0, 0, 0) {
        let separator = if time_only { "" } else { "T" };
        let _ = write!(out, "{separator}{hour:02}:{minute:02}:{second:02}");
        if milli != 0 {
            let _ = write!(out, ".{milli:03}");
        }
    }
    Kind::Date
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn dates_are_iso() {
        for (days, kind, is_1904, expected) in [
            (45_382.0, DateTime, false, "2024-03-31"),
            (45_382.5, DateTime, false, "2024-03-31T12:00:00"),
            (0.25, DateTime, false, "06:00:00"),
            (43_920.0, DateTime, true, "2024-03-31"),
            (1.5, TimeDelta, false, "36:00:00"),
            (-1.0, DateTime, false, "-1"),
        ] {
            let mut out = String::new();
            date(&ExcelDateTime::new(days, kind, is_1904), &mut out);
            assert_eq!(out, expected);
        }
    }
}
