//! The name of an edition: the day whose state it is, and a number where there are several of one day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An edition: `2026-10-31`, or `2026-10-31-2` for the second of that day. Later ones are greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Edition {
    day: String,
    number: u32,
}

impl Edition {
    /// The first edition of a day.
    pub fn of_day(day: &str) -> Option<Edition> {
        chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| day.len() == 10)?;
        Some(Edition { day: day.to_owned(), number: 1 })
    }

    /// The day.
    pub fn day(&self) -> &str {
        &self.day
    }

    /// The next edition of the same day.
    pub(crate) fn next_of_day(&self) -> Edition {
        Edition { day: self.day.clone(), number: self.number + 1 }
    }

    /// Days from another edition to this one.
    pub fn days_since(&self, other: &Edition) -> i64 {
        let day = |edition: &Edition| chrono::NaiveDate::parse_from_str(&edition.day, "%Y-%m-%d").unwrap_or_default();
        (day(self) - day(other)).num_days()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => out.write_str(&self.day),
            number => write!(out, "{}-{number}", self.day),
        }
    }
}

/// A text that names no edition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no edition; one is a day such as 2026-10-31")]
pub struct InvalidEdition(String);

impl FromStr for Edition {
    type Err = InvalidEdition;

    fn from_str(text: &str) -> Result<Edition, InvalidEdition> {
        let invalid = || InvalidEdition(text.to_owned());
        let (day, rest) = text.split_at_checked(10).ok_or_else(invalid)?;
        let first = Edition::of_day(day).ok_or_else(invalid)?;
        let number = match rest.strip_prefix('-') {
            Some(number) => number.parse().ok().filter(|number| *number > 1).ok_or_else(invalid)?,
            None if rest.is_empty() => 1,
            None => return Err(invalid()),
        };
        Ok(Edition { number, ..first })
    }
}

impl TryFrom<String> for Edition {
    type Error = InvalidEdition;

    fn try_from(text: String) -> Result<Edition, InvalidEdition> {
        text.parse()
    }
}

impl From<Edition> for String {
    fn from(edition: Edition) -> String {
        edition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_are_days_in_their_order() {
        let names = ["2026-09-30", "2026-10-31", "2026-10-31-2", "2026-10-31-10", "2026-11-30"];
        let editions: Vec<Edition> = names.iter().map(|name| name.parse().unwrap()).collect();
        assert!(editions.is_sorted());
        assert_eq!(editions.iter().map(Edition::to_string).collect::<Vec<_>>(), names);
        assert_eq!(editions[1].next_of_day(), editions[2]);
        assert_eq!(editions[1].days_since(&editions[0]), 31);
        for other in
            ["", "2026-10", "2026-13-01", "2026-10-31-1", "2026-10-31-x", "2026-10-31x", ".downloads", "latest"]
        {
            assert!(other.parse::<Edition>().is_err(), "{other}");
        }
    }
}
