//! What moved between two reports of a part.

use super::report::{Figure, Part, Point, Report, Sense, shown};

/// Less than this is noise, whatever the rounds say.
const NOISE: f64 = 0.10;

/// A line for each figure that moved by more than the noise, the furthest first, and one for the rest.
pub(super) fn compare(part: &Part, before: &Report, now: &Report) -> Vec<String> {
    if before.part != now.part {
        return vec![format!("the earlier figures are of `bench {}`: they say nothing of this", before.part)];
    }
    let (mut moved, mut still, mut unmatched) = (Vec::new(), 0, 0);
    for point in &now.points {
        let earlier = before.points.iter().find(|other| other.rows == point.rows && other.series == point.series);
        let Some(earlier) = earlier else {
            unmatched += 1;
            continue;
        };
        for figure in part.figures {
            match change(figure, earlier, point) {
                Some((by, line)) => moved.push((by, line)),
                None => still += 1,
            }
        }
    }
    moved.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut lines: Vec<String> = moved.into_iter().map(|(_, line)| line).collect();
    lines.push(format!(
        "{still} figures are where they were, within {:.0} % or what the rounds differ by",
        NOISE * 100.0
    ));
    if unmatched > 0 {
        lines.push(format!("{unmatched} points have none of their size in the earlier figures"));
    }
    lines
}

/// By how much a figure moved, in words, if by more than the noise of both.
fn change(figure: &Figure, before: &Point, now: &Point) -> Option<(f64, String)> {
    let (old, new) = (before.get(figure.name), now.get(figure.name));
    let by = (new - old) / old.abs();
    let spread = |point: &Point| point.spread.get(figure.name).copied().unwrap_or(0.0);
    let noise = NOISE.max(spread(before)).max(spread(now));
    if !by.is_finite() || by.abs() <= noise {
        return None;
    }
    let verdict = match (figure.sense, by > 0.0) {
        (Sense::Size, _) => "other work",
        (Sense::Rate, true) | (Sense::Cost | Sense::Memory, false) => "better",
        _ => "worse",
    };
    let series = if now.series.is_empty() { String::new() } else { format!("{}, ", now.series) };
    let line = format!(
        "{series}{} rows: {} {} -> {} ({:+.0} %, {verdict})",
        shown(now.rows as f64),
        figure.label,
        shown(old),
        shown(new),
        by * 100.0
    );
    Some((by.abs(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: Part = Part {
        name: "run",
        rows: 1,
        series: "",
        figures: &[
            Figure { name: "whole_s", label: "whole, s", sense: Sense::Cost },
            Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
            Figure { name: "pairs", label: "pairs", sense: Sense::Size },
        ],
    };

    fn report(values: [f64; 3], spread: f64) -> Report {
        let mut point = Point::new(&PART, "", 1_000, &values);
        point.spread.insert("whole_s".to_owned(), spread);
        Report { part: "run".to_owned(), points: vec![point] }
    }

    #[test]
    fn what_moved_is_told_with_its_direction_and_noise_is_not() {
        let lines = compare(&PART, &report([10.0, 100.0, 7.0], 0.0), &report([20.0, 95.0, 7.0], 0.0));
        assert_eq!(lines[0], "1,000 rows: whole, s 10 -> 20 (+100 %, worse)");
        assert!(lines.len() == 2 && lines[1].starts_with("2 figures are where they were"), "{lines:?}");
        let lines = compare(&PART, &report([10.0, 100.0, 7.0], 0.0), &report([12.0, 150.0, 9.0], 0.3));
        assert_eq!(lines[0], "1,000 rows: rows/s 100 -> 150 (+50 %, better)");
        assert_eq!(lines[1], "1,000 rows: pairs 7 -> 9 (+29 %, other work)");
        assert_eq!(lines.len(), 3, "rounds that differ by 30 % cannot tell 20 %: {lines:?}");
    }

    #[test]
    fn other_parts_and_sizes_are_not_compared() {
        let (now, mut before) = (report([1.0; 3], 0.0), report([9.0; 3], 0.0));
        before.points[0].rows = 5;
        assert!(compare(&PART, &before, &now)[1].starts_with("1 points have none of their size"));
        before.part = "ingest".to_owned();
        assert_eq!(compare(&PART, &before, &now).len(), 1);
    }
}
