//! What a benchmark tells: figures by size, as a table and as JSON.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::times::grouped;

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// More is better: rows in a second. The first of a part is drawn.
    Rate,
    /// Less is better: seconds.
    Cost,
    /// Less is better: memory. Drawn.
    Memory,
    /// Neither: what the work was.
    Size,
}

/// A figure of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// As in JSON, with its unit: `whole_s`.
    pub(super) name: &'static str,
    /// As in tables.
    pub(super) label: &'static str,
    pub(super) sense: Sense,
}

/// A part of a run that can be measured.
pub(super) struct Part {
    pub(super) name: &'static str,
    /// Rows unless said.
    pub(super) rows: u64,
    /// What tells several points of a size apart, as the head of a column; empty where there is one.
    pub(super) series: &'static str,
    pub(super) figures: &'static [Figure],
}

/// What was measured with so many rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Point {
    pub(super) series: String,
    pub(super) rows: u64,
    pub(super) figures: BTreeMap<String, f64>,
    /// By how much the rounds of a figure differ, as a share of it; empty with one round.
    pub(super) spread: BTreeMap<String, f64>,
    /// Stages in their order with the seconds that somebody worked on them.
    pub(super) stages: Vec<(String, f64)>,
}

impl Point {
    /// A point with these figures, in the order of the part's.
    pub(super) fn new(part: &Part, series: &str, rows: u64, values: &[f64]) -> Point {
        let figures = part.figures.iter().zip(values).map(|(figure, value)| (figure.name.to_owned(), *value));
        Point { series: series.to_owned(), rows, figures: figures.collect(), ..Point::default() }
    }

    pub(super) fn get(&self, figure: &str) -> f64 {
        self.figures.get(figure).copied().unwrap_or(f64::NAN)
    }

    /// The middle of each figure over rounds of one size and series.
    pub(super) fn middle(rounds: &[Point]) -> Option<Point> {
        let first = rounds.first()?;
        let sorted = |value: &dyn Fn(&Point) -> Option<f64>| -> Vec<f64> {
            let mut values: Vec<f64> = rounds.iter().filter_map(value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let median = |values: &[f64]| values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
        let mut point = Point { series: first.series.clone(), rows: first.rows, ..Point::default() };
        for name in first.figures.keys() {
            let values = sorted(&|round| round.figures.get(name).copied());
            point.figures.insert(name.clone(), median(&values));
            if let (true, Some(least), Some(most)) = (values.len() > 1, values.first(), values.last()) {
                point.spread.insert(name.clone(), (most - least) / median(&values).abs().max(f64::MIN_POSITIVE));
            }
        }
        for (place, (stage, _)) in first.stages.iter().enumerate() {
            let values = sorted(&|round| round.stages.get(place).map(|stage| stage.1));
            point.stages.push((stage.clone(), median(&values)));
        }
        Some(point)
    }

    pub(super) fn to_json(&self) -> Value {
        let stages = self.stages.iter().map(|(stage, busy_s)| json!({ "stage": stage, "busy_s": busy_s }));
        json!({ "series": self.series, "rows": self.rows, "figures": self.figures, "spread": self.spread,
                "stages": stages.collect::<Vec<_>>() })
    }

    pub(super) fn from_json(value: &Value) -> Option<Point> {
        let numbers = |name: &str| -> BTreeMap<String, f64> {
            let object: Option<&Map<String, Value>> = value.get(name).and_then(Value::as_object);
            // What could not be measured is null.
            let number = |(name, value): (&String, &Value)| (name.clone(), value.as_f64().unwrap_or(f64::NAN));
            object.into_iter().flatten().map(number).collect()
        };
        let stage = |stage: &Value| {
            Some((stage.get("stage")?.as_str()?.to_owned(), stage.get("busy_s")?.as_f64().unwrap_or(f64::NAN)))
        };
        Some(Point {
            series: value.get("series")?.as_str()?.to_owned(),
            rows: value.get("rows")?.as_u64()?,
            figures: numbers("figures"),
            spread: numbers("spread"),
            stages: value.get("stages")?.as_array()?.iter().filter_map(stage).collect(),
        })
    }
}

/// All points of a part.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    pub(super) part: String,
    pub(super) points: Vec<Point>,
}

impl Report {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "matchflow": env!("CARGO_PKG_VERSION"),
            "part": self.part,
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "points": self.points.iter().map(Point::to_json).collect::<Vec<_>>(),
        })
    }

    /// An earlier report.
    pub(super) fn read(path: &Path) -> Result<Report, Failure> {
        let usage = |why: &str| Failure::Usage(format!("error: `{}` {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| usage(&format!("cannot be read: {error}")))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| usage(&format!("is not JSON: {error}")))?;
        let part = value.get("part").and_then(Value::as_str);
        let points = value.get("points").and_then(Value::as_array);
        let (Some(part), Some(points)) = (part, points) else {
            return Err(usage("is no report of a benchmark: `matchflow bench --json FILE` writes one"));
        };
        Ok(Report { part: part.to_owned(), points: points.iter().filter_map(Point::from_json).collect() })
    }

    /// The table, in Markdown; under it the stages of each point.
    pub(super) fn table(&self, part: &Part, out: &mut impl Write) -> std::io::Result<()> {
        let series = |text: &str| if part.series.is_empty() { String::new() } else { format!("| {text} ") };
        let labels: Vec<&str> = part.figures.iter().map(|figure| figure.label).collect();
        writeln!(out, "{}| rows | {} |", series(part.series), labels.join(" | "))?;
        writeln!(out, "{}|---{}|", series("---"), "|---".repeat(labels.len()))?;
        for point in &self.points {
            let values: Vec<String> = part.figures.iter().map(|figure| shown(point.get(figure.name))).collect();
            writeln!(out, "{}| {} | {} |", series(&point.series), grouped(point.rows), values.join(" | "))?;
        }
        for point in self.points.iter().filter(|point| !point.stages.is_empty()) {
            let stages: Vec<String> =
                point.stages.iter().map(|(stage, busy_s)| format!("{stage} {}", shown(*busy_s))).collect();
            writeln!(out, "busy with {} rows, s: {}", grouped(point.rows), stages.join(", "))?;
        }
        Ok(())
    }
}

/// A figure with three digits or so.
pub(super) fn shown(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "-".to_owned(),
        _ if value.abs() >= 100.0 || value == value.trunc() => {
            format!("{}{}", if value < 0.0 { "-" } else { "" }, grouped(value.abs().round() as u64))
        }
        _ if value.abs() >= 10.0 => format!("{value:.1}"),
        _ if value.abs() >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: Part = Part {
        name: "run",
        rows: 10,
        series: "",
        figures: &[
            Figure { name: "whole_s", label: "whole, s", sense: Sense::Cost },
            Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
        ],
    };

    fn point(whole_s: f64, rate: f64) -> Point {
        Point { stages: vec![("clean".to_owned(), whole_s / 2.0)], ..Point::new(&PART, "", 1_000, &[whole_s, rate]) }
    }

    #[test]
    fn the_middle_of_rounds_is_told_with_how_far_they_are_apart() {
        let middle = Point::middle(&[point(4.0, 250.0), point(1.0, 1_000.0), point(2.0, 500.0)]).unwrap();
        assert_eq!((middle.get("whole_s"), middle.get("rows_per_s")), (2.0, 500.0));
        assert_eq!((middle.spread["whole_s"], &middle.stages[0]), (1.5, &("clean".to_owned(), 1.0)));
        assert!(Point::middle(&[]).is_none());
        assert!(Point::middle(&[point(1.0, 1.0)]).unwrap().spread.is_empty(), "one round says nothing of noise");
    }

    #[test]
    fn points_come_back_from_json() {
        let mut unknown = point(f64::NAN, 3.5);
        unknown.spread.insert("rows_per_s".to_owned(), 0.25);
        let back = Point::from_json(&serde_json::from_str(&unknown.to_json().to_string()).unwrap()).unwrap();
        assert!(back.get("whole_s").is_nan());
        assert_eq!((back.get("rows_per_s"), &back.spread, &back.stages.len()), (3.5, &unknown.spread, &1));
        assert_eq!(Point::from_json(&point(2.0, 3.0).to_json()), Some(point(2.0, 3.0)));
    }

    #[test]
    fn the_table_is_markdown() {
        let report = Report { part: "run".to_owned(), points: vec![point(16.6, 5_500.0)] };
        let mut out = Vec::new();
        report.table(&PART, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let wanted = "| rows | whole, s | rows/s |\n|---|---|---|\n| 1,000 | 16.6 | 5,500 |\nbusy with 1,000 rows, s: clean 8.30\n";
        assert_eq!(text, wanted);
    }
}
