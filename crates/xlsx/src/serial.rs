//! Days counted from an epoch, the form in which workbooks store dates, as ISO 8601.

use chrono::{Datelike, NaiveDate};

use std::fmt::Write;

use crate::format::NumberFormat;

/// The first day of a workbook's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateSystem {
    /// Day 1 is 1900-01-01, and day 60 the non-existent 1900-02-29.
    #[default]
    Y1900,
    /// Day 0 is 1904-01-01.
    Y1904,
}

const DAY_MS: f64 = 86_400_000.0;
/// The day after 9999-12-31, counted as in [`DateSystem::Y1900`].
const DAYS_END: f64 = 2_958_466.0;
/// Day 0 of [`DateSystem::Y1904`], counted as in [`DateSystem::Y1900`].
const DAYS_1904: f64 = 1_462.0;

impl DateSystem {
    /// Appends `days` under a date format: `2024-03-31`, `2024-03-31T12:00:00`, `12:00:00`, `36:00:00`, with
    /// milliseconds if there are any. Returns false and appends nothing if spreadsheets show no such date.
    pub fn write(self, days: f64, format: NumberFormat, out: &mut String) -> bool {
        if !(0.0..DAYS_END).contains(&days) {
            return false;
        }
        // Below 2^53, so the conversion is exact.
        let total_ms = (days * DAY_MS).round() as u64;
        let (day, day_ms) = (total_ms / DAY_MS as u64, total_ms % DAY_MS as u64);
        // Writing to a `String` never fails, here and below.
        let is_time = day == 0 && (format == NumberFormat::Time || self == DateSystem::Y1900);
        if format == NumberFormat::Duration || is_time {
            write_time(total_ms, out);
            return true;
        }
        let Some(day) = self.day(day) else { return false };
        write_date(day as i64, out);
        if day_ms > 0 {
            out.push('T');
            write_time(day_ms, out);
        }
        true
    }

    /// Appends a day without a time under a date format. Returns false and appends nothing if [`DateSystem::write`]
    /// must be used.
    pub fn write_day(self, day: u32, format: NumberFormat, out: &mut String) -> bool {
        // Day 0 may be a time only.
        let is_day = day > 0 && matches!(format, NumberFormat::Date | NumberFormat::Time);
        let Some(day) = self.day(u64::from(day)).filter(|_| is_day) else { return false };
        write_date(day as i64, out);
        true
    }

    /// A day converted to [`DateSystem::Y1900`]; `None` beyond the last one.
    fn day(self, day: u64) -> Option<u64> {
        let day = if self == DateSystem::Y1904 { day + DAYS_1904 as u64 } else { day };
        Some(day).filter(|day| (*day as f64) < DAYS_END)
    }
}

fn write_date(day: i64, out: &mut String) {
    let (year, month, day) = civil(day);
    let digit = |value: i64| b'0' + (value % 10) as u8;
    let date = [
        digit(year / 1_000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
    ];
    out.push_str(std::str::from_utf8(&date).unwrap_or_default());
}

fn write_time(total_ms: u64, out: &mut String) {
    let (seconds, milliseconds) = (total_ms / 1_000, total_ms % 1_000);
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if milliseconds > 0 {
        let _ = write!(out, ".{milliseconds:03}");
    }
}

/// Year, month and day of a day of [`DateSystem::Y1900`]. Excel counts a non-existent 1900-02-29, as day 60.
fn civil(day: i64) -> (i64, i64, i64) {
    if day == 60 {
        return (1900, 2, 29);
    }
    // 1899-12-30 is 25,569 days before 1970-01-01; days before day 60 are off by one.
    let epoch_days = day - 25_569 + i64::from(day < 60);
    let date = i32::try_from(epoch_days).ok().and_then(NaiveDate::from_epoch_days).unwrap_or_default();
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_iso() {
        use DateSystem::{Y1900, Y1904};
        use NumberFormat::{Date, Duration, Time};
        for (system, days, format, expected) in [
            (Y1900, 45_382.0, Date, "2024-03-31"),
            (Y1900, 45_382.5, Date, "2024-03-31T12:00:00"),
            (Y1900, 45_382.000_011_574, Date, "2024-03-31T00:00:01"),
            (Y1900, 0.25, Date, "06:00:00"),
            (Y1900, 45_382.25, Time, "2024-03-31T06:00:00"),
            (Y1900, 1.0, Date, "1900-01-01"),
            (Y1900, 59.0, Date, "1900-02-28"),
            (Y1900, 60.0, Date, "1900-02-29"),
            (Y1900, 61.0, Date, "1900-03-01"),
            (Y1900, 36_585.0, Date, "2000-02-29"),
            (Y1900, 2_958_465.0, Date, "9999-12-31"),
            (Y1900, 2_958_466.0, Date, ""),
            (Y1900, -1.0, Date, ""),
            (Y1900, f64::NAN, Date, ""),
            (Y1904, 43_920.0, Date, "2024-03-31"),
            (Y1904, 0.0, Date, "1904-01-01"),
            (Y1904, 0.5, Time, "12:00:00"),
            (Y1904, 2_957_004.0, Date, ""),
            (Y1900, 1.5, Duration, "36:00:00"),
            (Y1900, 0.123_456_789, Duration, "02:57:46.667"),
            (Y1904, 1.5, Duration, "36:00:00"),
        ] {
            let mut out = String::new();
            assert_eq!(system.write(days, format, &mut out), !expected.is_empty());
            assert_eq!(out, expected, "{days}");
            let mut of_day = String::new();
            if days.fract() == 0.0 && days > 0.0 && system.write_day(days as u32, format, &mut of_day) {
                assert_eq!(of_day, expected, "{days}");
            }
        }
    }
}
