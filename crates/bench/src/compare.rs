//! Differences between two reports of a benchmark.

use crate::number::rounded;
use crate::report::{BenchReport, Benchmark, Figure, FigureKind, MeasuredPoint};

/// Smaller differences are noise, even where the rounds agree.
const NOISE: f64 = 0.10;

/// One line for each figure that changed by more than the noise, the largest change first, and one for the rest.
pub(crate) fn compare(benchmark: &Benchmark, before: &BenchReport, now: &BenchReport) -> Vec<String> {
    if before.part != now.part {
        return vec![format!("the earlier figures are of `bench {}` and cannot be compared with these", before.part)];
    }
    let mut changed = Vec::new();
    let mut unchanged = 0;
    let mut unmatched = 0;
    for point in &now.points {
        let earlier = before.points.iter().find(|other| other.rows == point.rows && other.series == point.series);
        let Some(earlier) = earlier else {
            unmatched += 1;
            continue;
        };
        for figure in benchmark.figures {
            match change(figure, earlier, point) {
                Some((by, line)) => changed.push((by, line)),
                None => unchanged += 1,
            }
        }
    }
    changed.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut lines: Vec<String> = changed.into_iter().map(|(_, line)| line).collect();
    lines.push(format!("{unchanged} figures are unchanged, within {:.0} % or the range of the rounds", NOISE * 100.0));
    if unmatched > 0 {
        lines.push(format!("{unmatched} points have no point of their size in the earlier report"));
    }
    lines
}

/// The change of a figure, with a line that describes it, if it exceeds the noise of both.
fn change(figure: &Figure, before: &MeasuredPoint, now: &MeasuredPoint) -> Option<(f64, String)> {
    let old = before.get(figure.name);
    let new = now.get(figure.name);
    let by = (new - old) / old.abs();
    let range = |point: &MeasuredPoint| point.noise.get(figure.name).copied().unwrap_or(0.0);
    let noise = NOISE.max(range(before)).max(range(now));
    if !by.is_finite() || by.abs() <= noise {
        return None;
    }
    let verdict = match (figure.sense, by > 0.0) {
        (FigureKind::Size, _) => "different work",
        (FigureKind::Rate, true) | (FigureKind::Cost | FigureKind::Memory, false) => "better",
        _ => "worse",
    };
    let series = if now.series.is_empty() { String::new() } else { format!("{}, ", now.series) };
    let line = format!(
        "{series}{} rows: {} {} -> {} ({:+.0} %, {verdict})",
        rounded(now.rows as f64),
        figure.label,
        rounded(old),
        rounded(new),
        by * 100.0
    );
    Some((by.abs(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCHMARK: Benchmark = Benchmark {
        name: "run",
        rows: 1,
        series: "",
        figures: &[
            Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
            Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
            Figure { name: "pairs", label: "pairs", sense: FigureKind::Size },
        ],
    };

    fn report(values: [f64; 3], noise: f64) -> BenchReport {
        let mut point = MeasuredPoint::new(&BENCHMARK, "", 1_000, &values);
        point.noise.insert("total_s".to_owned(), noise);
        BenchReport { part: "run".to_owned(), points: vec![point] }
    }

    #[test]
    fn changes_are_listed_with_their_direction_and_noise_is_not() {
        let lines = compare(&BENCHMARK, &report([10.0, 100.0, 7.0], 0.0), &report([20.0, 95.0, 7.0], 0.0));
        assert_eq!(lines[0], "1,000 rows: total, s 10 -> 20 (+100 %, worse)");
        assert!(lines.len() == 2 && lines[1].starts_with("2 figures are unchanged"), "{lines:?}");
        let lines = compare(&BENCHMARK, &report([10.0, 100.0, 7.0], 0.0), &report([12.0, 150.0, 9.0], 0.3));
        assert_eq!(lines[0], "1,000 rows: rows/s 100 -> 150 (+50 %, better)");
        assert_eq!(lines[1], "1,000 rows: pairs 7 -> 9 (+29 %, different work)");
        assert_eq!(lines.len(), 3, "rounds that differ by 30 % hide a change of 20 %: {lines:?}");
    }

    #[test]
    fn other_parts_and_sizes_are_not_compared() {
        let (now, mut before) = (report([1.0; 3], 0.0), report([9.0; 3], 0.0));
        before.points[0].rows = 5;
        assert!(compare(&BENCHMARK, &before, &now)[1].starts_with("1 points have no point of their size"));
        before.part = "ingest".to_owned();
        assert_eq!(compare(&BENCHMARK, &before, &now).len(), 1);
    }
}
