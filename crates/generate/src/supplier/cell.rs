//! One cell of the supplier file.

/// What a spreadsheet stores.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Cell {
    #[default]
    Empty,
    Text(String),
    /// A whole number below 2^53: leading zeros are gone.
    Number(u64),
    /// Days since 1899-12-30, as a spreadsheet counts.
    Date(u32),
}

impl Cell {
    /// Text, or nothing where it is empty.
    pub(crate) fn text_of(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// `digits` stored as a number.
    pub(crate) fn number(digits: &str) -> Self {
        digits.parse().map_or_else(|_| Self::text_of(digits), Self::Number)
    }

    /// As text, dates as `31/12/2024`.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(serial) => date(*serial),
        }
    }
}

/// A day in the Gregorian calendar, by the algorithm of H. Hinnant ("chrono-compatible low-level date algorithms"):
/// years begin in March, so that the leap day is the last.
fn date(serial: u32) -> String {
    // 1899-12-30 is 693,899 days after 0000-03-01.
    let days = serial + 693_899;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u32::from(month <= 2);
    format!("{day:02}/{month:02}/{year:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers() {
        let cases = [(1, "31/12/1899"), (43_466, "01/01/2019"), (43_890, "29/02/2020"), (46_022, "31/12/2025")];
        cases.into_iter().for_each(|(serial, wanted)| assert_eq!(Cell::Date(serial).text(), wanted));
        assert_eq!(Cell::number("06000"), Cell::Number(6000));
        assert_eq!(Cell::number("73282932000074").text(), "73282932000074");
    }
}
