//! Dates as days.

/// Days since 1970-01-01 in the Gregorian calendar of `2024-03-05`, `2024/03/05`, `20240305`, `05/03/2024`,
/// `5.3.2024` (the day before the month), each with or without a time behind it. `None` where it is no date.
pub(crate) fn days(text: &str) -> Option<i32> {
    let date = text.trim().split(['T', ' ']).next().unwrap_or_default();
    let number = |text: &str| -> Option<u32> {
        let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok())?
    };
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [one] if one.len() == 8 => (one.get(..4)?, one.get(4..6)?, one.get(6..)?),
        [year, month, day] if year.len() == 4 && day.len() <= 2 => (*year, *month, *day),
        [day, month, year] if year.len() == 4 && day.len() <= 2 => (*year, *month, *day),
        _ => return None,
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| from_civil(year as i32, month as i32, day as i32))
}

/// Hinnant, "chrono-compatible low-level date algorithms" (`days_from_civil`), for years from 0.
fn from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
