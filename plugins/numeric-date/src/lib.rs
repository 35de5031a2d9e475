//! Distance between two numbers or two dates; see the README.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod date;
mod number;
#[cfg(test)]
mod tests;

use matchflow_plugin_api::{Explanation, Input, Row, Scorer, alternatives, best_alternative, best_pair, export_scorer};
use serde::Deserialize;

/// The parameters in the pipeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    absolute: Option<f64>,
    relative: Option<f64>,
    days: Option<u32>,
}

/// The scorer: the kind of the values, and the tolerance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumericDate {
    /// Numbers; an absolute tolerance, one as a fraction of the larger, or none.
    Numbers {
        /// In the unit of the numbers.
        absolute: Option<f64>,
        /// As a fraction of the larger number.
        relative: Option<f64>,
    },
    /// Dates; a tolerance in days.
    Dates {
        /// At least 1.
        days: u32,
    },
}

/// One of the values of a row: its text, and the number (days since 1970-01-01 for dates).
pub type Value<'a> = (&'a str, f64);

impl NumericDate {
    fn read(self, text: &str) -> Option<f64> {
        match self {
            NumericDate::Numbers { .. } => number::number(text),
            NumericDate::Dates { .. } => date::days(text).map(f64::from),
        }
    }

    /// The distance of two values as a fraction of the tolerance; more than 1 is too far.
    fn apart(self, left: f64, right: f64) -> f64 {
        let difference = (left - right).abs();
        let share = |tolerated: f64| if difference == 0.0 { 0.0 } else { difference / tolerated };
        match self {
            NumericDate::Dates { days } => share(f64::from(days)),
            NumericDate::Numbers { absolute: None, relative: None } => share(0.0),
            NumericDate::Numbers { absolute, relative } => {
                let absolute = absolute.map_or(f64::INFINITY, share);
                let relative = relative.map_or(f64::INFINITY, |relative| share(relative * left.abs().max(right.abs())));
                absolute.min(relative)
            }
        }
    }

    fn compare(self, (_, left): &Value<'_>, (_, right): &Value<'_>) -> f32 {
        (1.0 - self.apart(*left, *right)).clamp(0.0, 1.0) as f32
    }
}

impl Scorer for NumericDate {
    const NAME: &'static str = "numeric-date";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str = "How near two numbers or two dates are, within a tolerance";
    const INPUTS: &'static [Input] = &[Input::required("value", "text")];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type PreparedRow<'a> = Vec<Value<'a>>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let Parameters { absolute, relative, days } =
            serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        let above_zero = |name: &str, value: Option<f64>, max: f64| match value {
            Some(value) if !(value > 0.0 && value <= max) => {
                Err(format!("`{name}` must be above 0{}, not {value}", if max < 2.0 { " and at most 1" } else { "" }))
            }
            _ => Ok(()),
        };
        above_zero("absolute", absolute, f64::MAX)?;
        above_zero("relative", relative, 1.0)?;
        match days {
            Some(0) => Err("`days` must be at least 1".to_owned()),
            Some(_) if absolute.is_some() || relative.is_some() => {
                Err("`days` is for dates, `absolute` and `relative` are for numbers: give one kind".to_owned())
            }
            Some(days) => Ok(NumericDate::Dates { days }),
            None => Ok(NumericDate::Numbers { absolute, relative }),
        }
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Vec<Value<'a>> {
        let texts = alternatives(row.bytes(0).unwrap_or_default()).filter_map(|value| std::str::from_utf8(value).ok());
        texts.filter_map(|text| Some((text, self.read(text)?))).collect()
    }

    fn score(&self, left: &Vec<Value<'_>>, right: &Vec<Value<'_>>) -> Option<f32> {
        best_alternative(left, right, |one, other| self.compare(one, other))
    }

    fn explain(&self, left: &Vec<Value<'_>>, right: &Vec<Value<'_>>, explanation: &mut Explanation<'_>) {
        let Some((one, other)) = best_pair(left, right, |one, other| self.compare(one, other)) else { return };
        explanation.input("value").text("left", one.0.as_bytes()).text("right", other.0.as_bytes());
        if let NumericDate::Dates { .. } = self {
            explanation.count("days", (one.1 - other.1).abs() as u64);
        }
    }
}

export_scorer!(NumericDate);
