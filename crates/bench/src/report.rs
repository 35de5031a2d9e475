//! The report of a benchmark: figures by size, as a table and as JSON.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::BenchError;
use crate::number::{grouped, rounded};

/// Whether more or less of a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// More is better: rows per second. The first of a benchmark is plotted.
    Rate,
    /// Less is better: seconds.
    Cost,
    /// Less is better: memory. Plotted.
    Memory,
    /// Neither: the amount of work.
    Size,
}

/// A figure that a benchmark measures.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its key in JSON, with the unit: `total_s`.
    pub name: &'static str,
    /// Its heading in tables and plots.
    pub label: &'static str,
    /// Whether more of it is better.
    pub sense: FigureKind,
}

/// A part of a run that can be measured.
pub struct Benchmark {
    /// Its subcommand.
    pub name: &'static str,
    /// The default number of rows.
    pub rows: u64,
    /// What distinguishes several points with the same size, as a column heading; empty if there is only one.
    pub series: &'static str,
    /// What it measures, in the order of the table.
    pub figures: &'static [Figure],
}

/// The figures measured with one number of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasuredPoint {
    /// The series it belongs to.
    pub series: String,
    /// Supplier rows.
    pub rows: u64,
    /// Values by the name of their figure.
    pub figures: BTreeMap<String, f64>,
    /// The range of each figure over the rounds, as a share of its median; empty with one round.
    pub noise: BTreeMap<String, f64>,
    /// Stages in order, with the seconds that threads spent on them.
    pub stages: Vec<(String, f64)>,
}

impl MeasuredPoint {
    /// A point with these values, in the order of the benchmark's figures.
    pub fn new(benchmark: &Benchmark, series: &str, rows: u64, values: &[f64]) -> MeasuredPoint {
        let figures = benchmark.figures.iter().zip(values).map(|(figure, value)| (figure.name.to_owned(), *value));
        MeasuredPoint { series: series.to_owned(), rows, figures: figures.collect(), ..MeasuredPoint::default() }
    }

    /// A figure; NaN if it was not measured.
    pub fn get(&self, figure: &str) -> f64 {
        self.figures.get(figure).copied().unwrap_or(f64::NAN)
    }

    /// The median of each figure over the rounds of one size and series.
    pub(crate) fn median(rounds: &[MeasuredPoint]) -> Option<MeasuredPoint> {
        let first = rounds.first()?;
        let sorted = |value: &dyn Fn(&MeasuredPoint) -> Option<f64>| -> Vec<f64> {
            let mut values: Vec<f64> = rounds.iter().filter_map(value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let middle = |values: &[f64]| values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
        let mut point = MeasuredPoint { series: first.series.clone(), rows: first.rows, ..MeasuredPoint::default() };
        for name in first.figures.keys() {
            let values = sorted(&|round| round.figures.get(name).copied());
            point.figures.insert(name.clone(), middle(&values));
            if let (true, Some(least), Some(most)) = (values.len() > 1, values.first(), values.last()) {
                point.noise.insert(name.clone(), (most - least) / middle(&values).abs().max(f64::MIN_POSITIVE));
            }
        }
        for (place, (stage, _)) in first.stages.iter().enumerate() {
            let values = sorted(&|round| round.stages.get(place).map(|stage| stage.1));
            point.stages.push((stage.clone(), middle(&values)));
        }
        Some(point)
    }

    pub(crate) fn to_json(&self) -> Value {
        let stages = self.stages.iter().map(|(stage, busy_s)| json!({ "stage": stage, "busy_s": busy_s }));
        json!({ "series": self.series, "rows": self.rows, "figures": self.figures, "noise": self.noise,
                "stages": stages.collect::<Vec<_>>() })
    }

    pub(crate) fn from_json(value: &Value) -> Option<MeasuredPoint> {
        let numbers = |name: &str| -> BTreeMap<String, f64> {
            let object: Option<&Map<String, Value>> = value.get(name).and_then(Value::as_object);
            // Figures that could not be measured are null.
            let number = |(name, value): (&String, &Value)| (name.clone(), value.as_f64().unwrap_or(f64::NAN));
            object.into_iter().flatten().map(number).collect()
        };
        let stage = |stage: &Value| {
            Some((stage.get("stage")?.as_str()?.to_owned(), stage.get("busy_s")?.as_f64().unwrap_or(f64::NAN)))
        };
        Some(MeasuredPoint {
            series: value.get("series")?.as_str()?.to_owned(),
            rows: value.get("rows")?.as_u64()?,
            figures: numbers("figures"),
            noise: numbers("noise"),
            stages: value.get("stages")?.as_array()?.iter().filter_map(stage).collect(),
        })
    }
}

/// All points of a benchmark.
#[derive(Debug, Clone, Default)]
pub struct BenchReport {
    /// The benchmark's name.
    pub part: String,
    /// Its points.
    pub points: Vec<MeasuredPoint>,
}

impl BenchReport {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "matchflow": env!("CARGO_PKG_VERSION"),
            "part": self.part,
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "points": self.points.iter().map(MeasuredPoint::to_json).collect::<Vec<_>>(),
        })
    }

    /// Reads an earlier report.
    pub(crate) fn read(path: &Path) -> Result<BenchReport, BenchError> {
        let usage = |why: &str| BenchError::Usage(format!("`{}` {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| usage(&format!("cannot be read: {error}")))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| usage(&format!("is not JSON: {error}")))?;
        let part = value.get("part").and_then(Value::as_str);
        let points = value.get("points").and_then(Value::as_array);
        let (Some(part), Some(points)) = (part, points) else {
            return Err(usage("is not a benchmark report: `matchflow bench --json FILE` writes one"));
        };
        Ok(BenchReport { part: part.to_owned(), points: points.iter().filter_map(MeasuredPoint::from_json).collect() })
    }

    /// Writes the table in Markdown, followed by the stages of each point.
    pub(crate) fn table(&self, benchmark: &Benchmark, out: &mut impl Write) -> std::io::Result<()> {
        let series = |text: &str| if benchmark.series.is_empty() { String::new() } else { format!("| {text} ") };
        let labels: Vec<&str> = benchmark.figures.iter().map(|figure| figure.label).collect();
        writeln!(out, "{}| rows | {} |", series(benchmark.series), labels.join(" | "))?;
        writeln!(out, "{}|---{}|", series("---"), "|---".repeat(labels.len()))?;
        for point in &self.points {
            let values: Vec<String> = benchmark.figures.iter().map(|figure| rounded(point.get(figure.name))).collect();
            writeln!(out, "{}| {} | {} |", series(&point.series), grouped(point.rows), values.join(" | "))?;
        }
        for point in self.points.iter().filter(|point| !point.stages.is_empty()) {
            let stages: Vec<String> =
                point.stages.iter().map(|(stage, busy_s)| format!("{stage} {}", rounded(*busy_s))).collect();
            writeln!(out, "busy seconds with {} rows: {}", grouped(point.rows), stages.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCHMARK: Benchmark = Benchmark {
        name: "run",
        rows: 10,
        series: "",
        figures: &[
            Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
            Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
        ],
    };

    fn measured(total_s: f64, rate: f64) -> MeasuredPoint {
        MeasuredPoint {
            stages: vec![("clean".to_owned(), total_s / 2.0)],
            ..MeasuredPoint::new(&BENCHMARK, "", 1_000, &[total_s, rate])
        }
    }

    #[test]
    fn the_median_of_rounds_is_reported_with_their_range() {
        let point =
            MeasuredPoint::median(&[measured(4.0, 250.0), measured(1.0, 1_000.0), measured(2.0, 500.0)]).unwrap();
        assert_eq!((point.get("total_s"), point.get("rows_per_s")), (2.0, 500.0));
        assert_eq!((point.noise["total_s"], &point.stages[0]), (1.5, &("clean".to_owned(), 1.0)));
        assert!(MeasuredPoint::median(&[]).is_none());
        assert!(MeasuredPoint::median(&[measured(1.0, 1.0)]).unwrap().noise.is_empty(), "one round has no range");
    }

    #[test]
    fn points_round_trip_through_json() {
        let mut unknown = measured(f64::NAN, 3.5);
        unknown.noise.insert("rows_per_s".to_owned(), 0.25);
        let back = MeasuredPoint::from_json(&serde_json::from_str(&unknown.to_json().to_string()).unwrap()).unwrap();
        assert!(back.get("total_s").is_nan());
        assert_eq!((back.get("rows_per_s"), &back.noise, &back.stages.len()), (3.5, &unknown.noise, &1));
        assert_eq!(MeasuredPoint::from_json(&measured(2.0, 3.0).to_json()), Some(measured(2.0, 3.0)));
    }

    #[test]
    fn the_table_is_markdown() {
        let report = BenchReport { part: "run".to_owned(), points: vec![measured(16.6, 5_500.0)] };
        let mut out = Vec::new();
        report.table(&BENCHMARK, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "| rows | total, s | rows/s |\n|---|---|---|\n| 1,000 | 16.6 | 5,500 |\nbusy seconds with 1,000 rows: clean 8.30\n";
        assert_eq!(text, expected);
    }
}
