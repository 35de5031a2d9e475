//! One cell of the supplier file.

use chrono::{Days, NaiveDate};

/// Day 0 of spreadsheets, 1899-12-30: 25,569 days before 1970-01-01.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The value of a spreadsheet cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum SupplierCell {
    #[default]
    Empty,
    Text(String),
    /// A whole number below 2^53: leading zeros are lost.
    Number(u64),
    /// Days since 1899-12-30, as in spreadsheets.
    Date(u32),
}

impl SupplierCell {
    /// Text, or no value if it is empty.
    pub(crate) fn text_of(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// `digits` stored as a number.
    pub(crate) fn number(digits: &str) -> Self {
        digits.parse().map_or_else(|_| Self::text_of(digits), Self::Number)
    }

    /// The cell as text, dates as `31/12/2024`.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(serial) => date(*serial),
        }
    }
}

/// The day of a spreadsheet's serial number, as `31/12/2024`.
fn date(serial: u32) -> String {
    let day = EPOCH.checked_add_days(Days::new(u64::from(serial))).unwrap_or(NaiveDate::MAX);
    day.format("%d/%m/%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers() {
        let cases = [(1, "31/12/1899"), (43_466, "01/01/2019"), (43_890, "29/02/2020"), (46_022, "31/12/2025")];
        cases.into_iter().for_each(|(serial, expected)| assert_eq!(SupplierCell::Date(serial).text(), expected));
        assert_eq!(SupplierCell::number("06000"), SupplierCell::Number(6000));
        assert_eq!(SupplierCell::number("73282932000074").text(), "73282932000074");
    }
}
