//! The evaluation as text for a terminal: the main figures, then the requested sections, then the worst mistakes.

use std::fmt::{Display, Formatter, Result};

use matchflow_model::outcome::Outcome;
use matchflow_model::printable::printable_line;

use crate::evaluation::Evaluation;
use crate::level::LevelFigures;
use crate::mistakes::Mistake;
use crate::scores::Interval;
use crate::sections;

/// The sections shown in addition to the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sections {
    /// Precision and recall by score.
    pub curve: bool,
    /// How often the scores of each band are correct.
    pub reliability: bool,
    /// Rows by kind.
    pub kinds: bool,
}

/// A report with sections.
struct EvaluationReport<'a> {
    evaluation: &'a Evaluation,
    sections: Sections,
}

impl Evaluation {
    /// The evaluation as text, with sections.
    pub fn report(&self, sections: Sections) -> impl Display {
        EvaluationReport { evaluation: self, sections }
    }

    /// The level at which mistakes are listed: the group, if the truth has groups.
    fn main_level(&self) -> Option<&LevelFigures> {
        self.group.as_ref().or(self.id.as_ref())
    }
}

impl Display for Evaluation {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        self.report(Sections::default()).fmt(out)
    }
}

impl Display for EvaluationReport<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        self.evaluation.write_head(out)?;
        let levels = [&self.evaluation.id, &self.evaluation.group];
        for figures in levels.into_iter().flatten() {
            stages(out, figures)?;
        }
        // Thresholds apply to rows, and a row is decided by its group.
        if let Some(figures) = self.evaluation.main_level() {
            sections::advice(out, figures)?;
        }
        for figures in levels.into_iter().flatten() {
            let sections = self.sections;
            let parts: [(bool, sections::SectionWriter); 3] = [
                (sections.curve, sections::curve),
                (sections.reliability, sections::reliability),
                (sections.kinds, sections::kinds),
            ];
            parts
                .into_iter()
                .filter(|(is_requested, _)| *is_requested)
                .try_for_each(|(_, write)| write(out, figures))?;
        }
        mistakes(out, "Wrong, highest score first", &self.evaluation.worst_wrong)?;
        mistakes(out, "Missed, highest score first", &self.evaluation.worst_missed)
    }
}

impl Evaluation {
    fn write_head(&self, out: &mut Formatter<'_>) -> Result {
        let counts = &self.outcomes;
        writeln!(
            out,
            "{} rows: {} matched, {} review, {} unmatched, {} failed",
            counts.committed(),
            counts.matched,
            counts.review,
            counts.unmatched,
            counts.failed
        )?;
        note(out, self.without_truth, "results whose key is not in the truth, not counted below")?;
        note(out, self.repeated, "results with the key of an earlier one, not counted below")?;
        note(
            out,
            self.without_result,
            "keys of the truth without a result, counted as missed where they have an entry",
        )?;
        writeln!(
            out,
            "\n{:<6} {:>9} {:>7} {:>7} {:>8} {:>8} {:>8} {:>18}",
            "level", "precision", "recall", "F1", "right", "wrong", "missed", "recall with review"
        )?;
        [&self.id, &self.group].into_iter().flatten().try_for_each(|figures| level(out, figures))?;
        [&self.id, &self.group].into_iter().flatten().try_for_each(|figures| intervals(out, figures))
    }
}

fn note(out: &mut Formatter<'_>, count: u64, what: &str) -> Result {
    if count > 0 { writeln!(out, "{what}: {count}") } else { Ok(()) }
}

fn level(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    writeln!(
        out,
        "{:<6} {:>9} {:>7} {:>7} {:>8} {:>8} {:>8} {:>18}",
        figures.name,
        share(figures.precision),
        share(figures.recall),
        share(figures.f1),
        figures.right,
        figures.wrong,
        figures.missed,
        share(figures.recall_with_review)
    )
}

fn intervals(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    let intervals = &figures.intervals;
    let (Some(precision), Some(recall), Some(f1)) = (intervals.precision, intervals.recall, intervals.f1) else {
        return Ok(());
    };
    writeln!(
        out,
        "{}: 95% confidence interval: precision {}, recall {}, F1 {}",
        figures.name,
        range(precision),
        range(recall),
        range(f1)
    )
}

fn stages(out: &mut Formatter<'_>, figures: &LevelFigures) -> Result {
    if figures.stages.is_empty() {
        return Ok(());
    }
    let title = format!("stage ({})", figures.name);
    writeln!(out, "\n{title:<24} {:>8} {:>8} {:>8} {:>9}", "matched", "right", "wrong", "precision")?;
    for (stage, of) in &figures.stages {
        let precision = share(of.precision);
        writeln!(out, "{stage:<24} {:>8} {:>8} {:>8} {precision:>9}", of.matched, of.right, of.wrong)?;
    }
    Ok(())
}

fn mistakes(out: &mut Formatter<'_>, title: &str, mistakes: &[Mistake]) -> Result {
    if mistakes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for mistake in mistakes {
        let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
        let supplier = mistake.supplier.as_ref().map(|name| format!(" {}", printable_line(name))).unwrap_or_default();
        let expected = match mistake.accepted.is_empty() {
            true => "not in the registry".to_owned(),
            false => mistake.accepted.join(" or "),
        };
        writeln!(
            out,
            "  {}  {}{supplier}: {} / {}, expected {expected} ({}{})",
            share(mistake.score),
            printable_line(&mistake.key),
            text(&mistake.id),
            text(&mistake.group),
            text(&mistake.stage),
            if mistake.outcome == Outcome::Review { ", in review" } else { "" }
        )?;
    }
    Ok(())
}

pub(crate) fn share(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.4}"))
}

pub(crate) fn range(interval: Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}

#[cfg(test)]
mod tests {
    use crate::{EntryRef, ResultRow, Truth, evaluate, evaluate_file};
    use matchflow_model::outcome::Outcome;

    #[test]
    fn the_report_of_a_small_run() {
        let truth = Truth::read("key,siren\nF1,111\nF2,\nF3,333\nF4,444\n".as_bytes(), "truth.csv").unwrap();
        let matched = |key: &str, group: &str, score: f64| ResultRow {
            id: Some(format!("{group}00010")),
            group: Some(group.to_owned()),
            score: Some(score),
            stage: Some("BROAD".to_owned()),
            supplier: Some("Du\u{1b}pont".to_owned()),
            ..ResultRow::new(key, Outcome::Matched)
        };
        let review = ResultRow {
            alternatives: vec![EntryRef { id: None, group: Some("333".to_owned()) }],
            outcome: Outcome::Review,
            ..matched("F3", "999", 0.5)
        };
        let found = evaluate([matched("F1", "111", 1.0), matched("F2", "222", 0.9), review], &truth, 10);
        let expected = "\
3 rows: 2 matched, 1 review, 0 unmatched, 0 failed
keys of the truth without a result, counted as missed where they have an entry: 1

level  precision  recall      F1    right    wrong   missed recall with review
siren     0.5000  0.3333  0.4000        1        1        2             0.6667
siren: 95% confidence interval: precision 0.000 to 1.000, recall 0.000 to 1.000, F1 0.000 to 0.857

stage (siren)             matched    right    wrong precision
BROAD                           2        1        1    0.5000

If every row were matched from one score on (siren):
  precision of at least 0.99 from score 1.0000 on, at recall 0.3333
A threshold tuned on these rows looks better than it is: check it on other rows.

Wrong, highest score first
  0.9000  F2 Du\\u{1b}pont: 22200010 / 222, expected not in the registry (BROAD)

Missed, highest score first
  0.5000  F3 Du\\u{1b}pont: 99900010 / 999, expected 333 (BROAD, in review)
";
        assert_eq!(found.to_string(), expected);
    }

    #[test]
    fn files_are_read_and_json_has_the_figures() {
        let folder = tempfile::tempdir().unwrap();
        let (results, truth) = (folder.path().join("results.csv"), folder.path().join("truth.csv"));
        std::fs::write(&results, "key,outcome,stage,id,group,score\nF1,matched,BROAD,1,2,0.5\n").unwrap();
        std::fs::write(&truth, "Auxiliaire;siret;siren\nF1;1;2\n").unwrap();
        let found = serde_json::to_value(evaluate_file(&results, &truth, 10).unwrap()).unwrap();
        assert_eq!(found["id"]["precision"], 1.0);
        assert_eq!(found["group"]["stages"]["BROAD"]["right"], 1);
        assert_eq!(found["outcomes"]["matched"], 1);
    }
}
