//! The sections of a report that are printed on request, and the advice on thresholds.

use std::fmt::{Formatter, Result};

use matchflow_model::printable::printable_line;

use crate::level::LevelFigures;
use crate::report::{range, share};
use crate::scores::{Advice, Point};

/// Writes a section about one level.
pub(crate) type SectionWriter = fn(&mut Formatter<'_>, &LevelFigures) -> Result;

/// The scores shown in a printed curve; JSON has all.
const PRINTED_SCORES: [f64; 16] =
    [1.0, 0.9999, 0.999, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1, 0.0];

/// The score from which each precision is reached.
pub(crate) fn advice(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    if figures.curve.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nIf every row were matched from one score on ({}):", figures.name)?;
    let mut advice = figures.advice.iter().peekable();
    while let Some(Advice { precision_min, from }) = advice.next() {
        let Some(Point { score, recall, .. }) = from else {
            writeln!(out, "  precision of at least {precision_min:.2} at no score")?;
            break;
        };
        // A higher precision from the same score implies this one.
        if advice.peek().is_none_or(|next| next.from != *from) {
            let recall = share(*recall);
            writeln!(out, "  precision of at least {precision_min:.2} from score {score:.4} on, at recall {recall}")?;
        }
    }
    writeln!(out, "A threshold tuned on these rows looks better than it is: check it on other rows.")
}

/// Precision and recall by score.
pub(crate) fn curve(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    let title = format!("score ({}) from", figures.name);
    writeln!(out, "\n{title:<24} {:>8} {:>8} {:>9} {:>7} {:>7}", "rows", "right", "precision", "recall", "F1")?;
    let mut last_rows = 0;
    for score in PRINTED_SCORES {
        // The lowest score of a row at or above it: no row is between them.
        let Some(point) = figures.curve.iter().rev().find(|point| point.score >= score) else { continue };
        // Without a row between two lines, the second would repeat the first.
        if point.rows > last_rows {
            let [recall, f1] = [point.recall, point.f1].map(share);
            let Point { rows, right, precision, .. } = point;
            writeln!(out, "{score:<24.4} {rows:>8} {right:>8} {precision:>9.4} {recall:>7} {f1:>7}")?;
            last_rows = point.rows;
        }
    }
    Ok(())
}

/// How often the scores of each band are correct.
pub(crate) fn reliability(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    let reliability = &figures.reliability;
    let title = format!("score ({})", figures.name);
    writeln!(out, "\n{title:<24} {:>8} {:>10} {:>12}   95% interval", "rows", "mean score", "share right")?;
    for band in &reliability.bands {
        let bounds = format!("{} to {}", band.from, band.to);
        let interval = band.right_interval;
        let verdict = match () {
            () if !reliability.is_probability => "",
            () if band.mean_score > interval.high => "   overconfident",
            () if band.mean_score < interval.low => "   underconfident",
            () => "",
        };
        let (rows, mean, right) = (band.rows, band.mean_score, band.right);
        writeln!(out, "{bounds:<24} {rows:>8} {mean:>10.4} {right:>12.4}   {}{verdict}", range(interval))?;
    }
    match (reliability.is_probability, reliability.gap) {
        (true, Some(gap)) => {
            writeln!(out, "Scores are probabilities; their mean calibration error is {gap:.4}.")
        }
        (true, None) => writeln!(out, "No row has a score."),
        (false, _) => writeln!(
            out,
            "These scores are similarities, not probabilities (`model:` makes probabilities): only their order is \
             meaningful."
        ),
    }
}

/// Rows by kind.
pub(crate) fn kinds(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    if figures.kinds.is_empty() {
        return writeln!(out, "\nThe truth has no column `kind`, which says why a row is hard.");
    }
    let title = format!("kind of row ({})", figures.name);
    writeln!(
        out,
        "\n{title:<24} {:>8} {:>8} {:>8} {:>8} {:>12} {:>9}",
        "rows", "right", "wrong", "missed", "rightly none", "mistaken"
    )?;
    for kind in &figures.kinds {
        writeln!(
            out,
            "{:<24} {:>8} {:>8} {:>8} {:>8} {:>12} {:>8.2}%",
            printable_line(&kind.kind),
            kind.rows,
            kind.right,
            kind.wrong,
            kind.missed,
            kind.rightly_none,
            kind.mistaken * 100.0
        )?;
    }
    Ok(())
}
