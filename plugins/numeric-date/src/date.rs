//! Dates as days.

use chrono::NaiveDate;

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
    let date = NaiveDate::from_ymd_opt(number(year)?.try_into().ok()?, number(month)?, number(day)?)?;
    Some(date.to_epoch_days())
}
