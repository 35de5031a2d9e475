//! Floors that figures must not fall below: a gate against regressions.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::evaluation::Evaluation;
use crate::level::LevelFigures;
use crate::truth::Level;

/// What is held to a floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The share of matches that are right.
    Precision,
    /// The share of what the truth has that was found.
    Recall,
    /// The harmonic mean of both.
    F1,
}

/// A floor as it is written: `0.9`, `siren:0.9`, `siret:0.8`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// The level; `None`: SIREN where the truth has it, else SIRET.
    pub level: Option<Level>,
    /// The lowest value that passes, 0 to 1.
    pub min: f64,
}

/// A floor that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no floor: a number from 0 to 1, alone or after a level (`0.9`, `siren:0.9`, `siret:0.8`)")]
pub struct FloorError {
    text: String,
}

/// A figure below its floor.
#[derive(Debug, Clone, PartialEq)]
pub struct Shortfall {
    /// What the level is called.
    pub called: &'static str,
    /// The measure.
    pub measure: Measure,
    /// The figure; `None` where there is nothing to compute it from.
    pub found: Option<f64>,
    /// The floor.
    pub min: f64,
}

impl FromStr for Floor {
    type Err = FloorError;

    fn from_str(text: &str) -> Result<Floor, FloorError> {
        let wrong = || FloorError { text: text.to_owned() };
        let (level, number) = match text.split_once(':') {
            None => (None, text),
            Some((level, number)) => match level.trim().to_ascii_lowercase().as_str() {
                "siren" | "group" => (Some(Level::Group), number),
                "siret" | "id" => (Some(Level::Id), number),
                _ => return Err(wrong()),
            },
        };
        let min: f64 = number.trim().parse().map_err(|_| wrong())?;
        if (0.0..=1.0).contains(&min) { Ok(Floor { level, min }) } else { Err(wrong()) }
    }
}

impl Evaluation {
    /// How far a measure falls short of a floor; `None` where it does not. What has no figure falls short.
    pub fn shortfall(&self, measure: Measure, floor: Floor) -> Option<Shortfall> {
        let level = floor.level.unwrap_or(if self.group.is_some() { Level::Group } else { Level::Id });
        let (figures, name) = match level {
            Level::Id => (&self.id, "SIRET"),
            Level::Group => (&self.group, "SIREN"),
        };
        let found = figures.as_ref().and_then(|figures| measure.of(figures));
        let called = figures.as_ref().map_or(name, |figures| figures.called);
        let passes = found.is_some_and(|found| found >= floor.min);
        (!passes).then_some(Shortfall { called, measure, found, min: floor.min })
    }
}

impl Measure {
    fn of(self, figures: &LevelFigures) -> Option<f64> {
        match self {
            Measure::Precision => figures.precision,
            Measure::Recall => figures.recall,
            Measure::F1 => figures.f1,
        }
    }
}

impl Display for Measure {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Measure::Precision => "precision",
            Measure::Recall => "recall",
            Measure::F1 => "F1",
        })
    }
}

impl Display for Shortfall {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Shortfall { called, measure, found, min } = self;
        match found {
            // All digits: 0.89999 is not 0.9.
            Some(found) => write!(out, "{called} {measure} is {found}, below the floor of {min}"),
            None => write!(out, "{called} {measure} cannot be told from this truth; the floor is {min}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResultRow, Truth, evaluate};
    use matchflow_model::outcome::Outcome;

    #[test]
    fn floors_are_read_and_held() {
        let truth = Truth::read("key,siren\nF1,1\nF2,2\n".as_bytes(), "truth.csv").unwrap();
        let row = ResultRow { group: Some("1".to_owned()), ..ResultRow::new("F1", Outcome::Matched) };
        let found = evaluate([row], &truth, 0);
        let cases = [
            (Measure::Precision, "1", None),
            (Measure::Recall, "0.5", None),
            (Measure::Recall, "siren:0.6", Some("SIREN recall is 0.5, below the floor of 0.6")),
            (Measure::F1, "Group: 0.7", Some("SIREN F1 is 0.6666666666666666, below the floor of 0.7")),
            (Measure::F1, "siret:0", Some("SIRET F1 cannot be told from this truth; the floor is 0")),
        ];
        for (measure, floor, wanted) in cases {
            let shortfall = found.shortfall(measure, floor.parse().unwrap()).map(|shortfall| shortfall.to_string());
            assert_eq!(shortfall.as_deref(), wanted, "{measure} {floor}");
        }
        for text in ["", "high", "1.1", "-0.1", "NaN", "siren:", "street:0.9"] {
            assert!(text.parse::<Floor>().is_err(), "{text}");
        }
    }
}
