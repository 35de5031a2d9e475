//! Floors that figures must reach: a gate against regressions.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::evaluation::Evaluation;
use crate::level::LevelFigures;

/// A figure that may have a floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The share of matches that are right.
    Precision,
    /// The share of the truth's entries that were found.
    Recall,
    /// The harmonic mean of both.
    F1,
}

/// A floor as written: `0.9`, `group:0.9`, `siret:0.8`.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// The level: `id`, `group`, or the truth's name for one of them. `None`: groups if the truth has them, else ids.
    pub level: Option<String>,
    /// The lowest value that passes, 0 to 1.
    pub min: f64,
}

/// An invalid floor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid floor `{text}`: must be a number from 0 to 1, alone or after a level (`0.9`, `group:0.9`, `siret:0.8`)"
)]
pub struct FloorError {
    text: String,
}

/// A figure below its floor.
#[derive(Debug, Clone, PartialEq)]
pub struct Shortfall {
    /// The name of the level.
    pub name: String,
    /// The measure.
    pub measure: Measure,
    /// The figure; `None` if there is nothing to compute it from.
    pub found: Option<f64>,
    /// The floor.
    pub min: f64,
}

impl FromStr for Floor {
    type Err = FloorError;

    fn from_str(text: &str) -> Result<Floor, FloorError> {
        let invalid = || FloorError { text: text.to_owned() };
        let (level, number) = match text.split_once(':') {
            None => (None, text),
            Some((level, number)) if !level.trim().is_empty() => (Some(level.trim().to_owned()), number),
            Some(_) => return Err(invalid()),
        };
        let min: f64 = number.trim().parse().map_err(|_| invalid())?;
        if (0.0..=1.0).contains(&min) { Ok(Floor { level, min }) } else { Err(invalid()) }
    }
}

impl Evaluation {
    /// How far a measure is below a floor; `None` if it is not. A missing figure is below any floor.
    pub fn shortfall(&self, measure: Measure, floor: &Floor) -> Option<Shortfall> {
        let figures = match &floor.level {
            None => self.group.as_ref().or(self.id.as_ref()),
            Some(name) => self.level(name),
        };
        let found = figures.and_then(|figures| measure.figure(figures));
        let name = figures.map_or_else(|| floor.level.clone().unwrap_or_default(), |figures| figures.name.clone());
        let passes = found.is_some_and(|found| found >= floor.min);
        (!passes).then_some(Shortfall { name, measure, found, min: floor.min })
    }

    /// The figures of a level by `id`, `group` or the truth's name for it.
    fn level(&self, name: &str) -> Option<&LevelFigures> {
        let named = |figures: &&LevelFigures| figures.name.eq_ignore_ascii_case(name);
        match name.to_ascii_lowercase().as_str() {
            "group" => self.group.as_ref(),
            "id" => self.id.as_ref(),
            _ => [&self.group, &self.id].into_iter().flatten().find(named),
        }
    }
}

impl Measure {
    fn figure(self, figures: &LevelFigures) -> Option<f64> {
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
        let Shortfall { name, measure, found, min } = self;
        match found {
            Some(found) => write!(out, "{name}: {measure} is {}, below the floor of {min}", below(*found, *min)),
            None => write!(out, "{name}: {measure} cannot be computed from this truth; the floor is {min}"),
        }
    }
}

/// A figure with four decimals, or with as many more as needed to show that it is below `min`: 0.89999 must not be
/// shown as 0.9.
fn below(found: f64, min: f64) -> String {
    const DECIMALS: std::ops::RangeInclusive<usize> = 4..=17;
    let written = |decimals: usize| format!("{found:.decimals$}");
    let is_below = |text: &String| text.parse().is_ok_and(|shown: f64| shown < min);
    DECIMALS.map(written).find(is_below).unwrap_or_else(|| found.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResultRow, Truth, evaluate};
    use matchflow_model::outcome::Outcome;

    #[test]
    fn floors_are_read_and_applied() {
        let truth = Truth::read("key,siren\nF1,1\nF2,2\n".as_bytes(), "truth.csv").unwrap();
        let row = ResultRow { group: Some("1".to_owned()), ..ResultRow::new("F1", Outcome::Matched) };
        let found = evaluate([row], &truth, 0);
        let cases = [
            (Measure::Precision, "1", None),
            (Measure::Recall, "0.5", None),
            (Measure::Recall, "siren:0.6", Some("siren: recall is 0.5000, below the floor of 0.6")),
            (Measure::F1, "Group: 0.7", Some("siren: F1 is 0.6667, below the floor of 0.7")),
            (Measure::F1, "siret:0", Some("siret: F1 cannot be computed from this truth; the floor is 0")),
        ];
        for (measure, floor, expected) in cases {
            let shortfall = found.shortfall(measure, &floor.parse().unwrap()).map(|shortfall| shortfall.to_string());
            assert_eq!(shortfall.as_deref(), expected, "{measure} {floor}");
        }
        assert_eq!((below(0.899_996, 0.9), below(0.899_9, 0.9)), ("0.899996".to_owned(), "0.8999".to_owned()));
        for text in ["", "high", "1.1", "-0.1", "NaN", "siren:", ":0.9"] {
            assert!(text.parse::<Floor>().is_err(), "{text}");
        }
    }
}
