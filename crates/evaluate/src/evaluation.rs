//! Compares results with the truth, row by row.

use std::collections::HashSet;
use std::path::Path;

use matchflow_model::outcome::Counts;
use serde::Serialize;

use crate::error::EvaluateError;
use crate::level::{LevelCounter, LevelFigures};
use crate::mistakes::{Mistake, WorstMistakes};
use crate::results::{ResultRow, result_rows};
use crate::tally::{LevelRule, Verdict};
use crate::truth::{Level, Truth};

/// The quality of results. Shown as text by [`std::fmt::Display`], as JSON by serde.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Rows by outcome.
    pub outcomes: Counts,
    /// Rows whose key is not in the truth; not in the figures below.
    pub without_truth: u64,
    /// Rows with the key of an earlier row; not in the figures below.
    pub repeated: u64,
    /// Keys of the truth without a result: missed, if the truth has an entry for them.
    pub without_result: u64,
    /// By id; `None` if the truth has no ids.
    pub id: Option<LevelFigures>,
    /// By group; `None` if the truth has no groups.
    pub group: Option<LevelFigures>,
    /// Matched with a wrong group, or a wrong entry if the truth has no groups; highest score first.
    pub worst_wrong: Vec<Mistake>,
    /// Not matched although the truth has an entry; highest score first.
    pub worst_missed: Vec<Mistake>,
}

/// Compares results with the truth and lists at most `worst_max` mistakes of each kind.
pub fn evaluate(results: impl IntoIterator<Item = ResultRow>, truth: &Truth, worst_max: usize) -> Evaluation {
    let mut evaluator = Evaluator::new(truth, worst_max);
    results.into_iter().for_each(|row| evaluator.add(row));
    evaluator.finish()
}

/// The same for two files: CSV, workbooks or Parquet.
pub fn evaluate_file(results: &Path, truth: &Path, worst_max: usize) -> Result<Evaluation, EvaluateError> {
    let truth = Truth::open(truth)?;
    let mut evaluator = Evaluator::new(&truth, worst_max);
    for row in result_rows(results)? {
        evaluator.add(row?);
    }
    Ok(evaluator.finish())
}

/// Takes results one at a time, for sources that may fail midway.
pub struct Evaluator<'a> {
    truth: &'a Truth,
    /// Keys of the results, as written there.
    keys: HashSet<String>,
    /// Keys of the truth that have a result.
    answered: HashSet<String>,
    outcomes: Counts,
    without_truth: u64,
    repeated: u64,
    levels: [LevelCounter; 2],
    /// Whether scores are probabilities: a result with a match model has the probability of its entry.
    is_probability: bool,
    wrong: WorstMistakes,
    missed: WorstMistakes,
}

impl<'a> Evaluator<'a> {
    /// Nothing counted yet.
    pub fn new(truth: &'a Truth, worst_max: usize) -> Evaluator<'a> {
        Evaluator {
            truth,
            keys: HashSet::new(),
            answered: HashSet::new(),
            outcomes: Counts::default(),
            without_truth: 0,
            repeated: 0,
            levels: [Level::Id, Level::Group]
                .map(|level| LevelCounter::new(LevelRule { level, identifier: truth.identifier(level) })),
            is_probability: false,
            wrong: WorstMistakes::new(worst_max),
            missed: WorstMistakes::new(worst_max),
        }
    }

    /// Counts one row.
    pub fn add(&mut self, row: ResultRow) {
        if !self.keys.insert(row.key.clone()) {
            self.repeated += 1;
            return;
        }
        self.outcomes.add(row.outcome);
        let Some(key) = self.truth.key_of(&row.key) else {
            self.without_truth += 1;
            return;
        };
        self.answered.insert(key.to_owned());
        self.is_probability |= row.entry_score.is_some();
        for counter in &mut self.levels {
            if let Some(accepted) = self.truth.accepted(key, counter.rule.level) {
                counter.add(&row, accepted, self.truth.kinds(key));
            }
        }
        // A wrong group is worse than another entry of the right one: mistakes are listed by group if the truth has
        // groups.
        let levels = [Level::Group, Level::Id];
        let with_truth = levels.into_iter().find_map(|level| Some((level, self.truth.accepted(key, level)?)));
        if let Some((level, accepted)) = with_truth {
            self.list(row, accepted, level);
        }
    }

    /// The figures.
    pub fn finish(mut self) -> Evaluation {
        let mut without_result = 0;
        for key in self.truth.keys().filter(|key| !self.answered.contains(*key)) {
            without_result += 1;
            for counter in &mut self.levels {
                if self.truth.accepted(key, counter.rule.level).is_some_and(|accepted| !accepted.is_empty()) {
                    counter.add_absent(self.truth.kinds(key));
                }
            }
        }
        let truth = self.truth;
        let [id, group] = self.levels.map(|counter| {
            let name = truth.level_name(counter.rule.level)?.to_owned();
            Some(counter.finish(name, self.is_probability))
        });
        Evaluation {
            outcomes: self.outcomes,
            without_truth: self.without_truth,
            repeated: self.repeated,
            without_result,
            id,
            group,
            worst_wrong: self.wrong.finish(),
            worst_missed: self.missed.finish(),
        }
    }

    fn list(&mut self, row: ResultRow, accepted: &[String], level: Level) {
        let rule = LevelRule { level, identifier: self.truth.identifier(level) };
        let list = match Verdict::new(&row, accepted, rule) {
            Verdict::Right | Verdict::RightlyNone => return,
            Verdict::Another | Verdict::Invented => &mut self.wrong,
            Verdict::Missed => &mut self.missed,
        };
        let ResultRow { key, outcome, supplier, id, group, score, stage, .. } = row;
        list.add(Mistake { key, outcome, supplier, id, group, accepted: accepted.to_vec(), score, stage });
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::outcome::Outcome;
    use proptest::prelude::*;

    use super::*;
    use crate::{EntryRef, StageFigures};

    /// `key outcome stage id group score`, with `.` for a missing value.
    fn row(text: &str) -> ResultRow {
        let cells: Vec<&str> = text.split_whitespace().collect();
        let cell = |at: usize| cells.get(at).filter(|cell| **cell != ".").map(|cell| (*cell).to_owned());
        ResultRow {
            stage: cell(2),
            id: cell(3),
            group: cell(4),
            score: cell(5).map(|score| score.parse().unwrap()),
            ..ResultRow::new(cells[0], Outcome::from_word(cells[1]).unwrap())
        }
    }

    fn truth(text: &str) -> Truth {
        Truth::read(text.as_bytes(), "truth.csv").unwrap()
    }

    /// Six suppliers: a and b correct (b at another establishment), c wrong, d matched though not in the registry, e
    /// correct in review, f missed and only among the alternatives, g correctly unmatched, h without a result.
    fn example() -> Evaluation {
        let truth = truth("key,id,group\na,a1,A\nb,b1,B\nc,c1,C\nd,,\ne,e1,E\nf,f1,F\ng,,\nh,h1,H\n");
        let mut rows: Vec<ResultRow> = [
            "a matched DIRECT_ID a1 A 1.0",
            "b matched STRICT_LOCAL b2 B 0.9",
            "c matched BROAD z1 Z 0.8",
            "d matched BROAD y1 Y 0.95",
            "e review BROAD e1 E 0.6",
            "f review BROAD x1 X 0.55",
            "g unmatched . . . .",
            "x matched BROAD q1 Q 0.7",
            "a matched DIRECT_ID a1 A 1.0",
        ]
        .map(row)
        .to_vec();
        rows[5].alternatives = vec![EntryRef { id: Some("f2".to_owned()), group: Some("F".to_owned()) }];
        evaluate(rows, &truth, 10)
    }

    #[test]
    fn figures_computed_by_hand() {
        let found = example();
        let counts = [found.without_truth, found.repeated, found.without_result];
        assert_eq!(counts, [1, 1, 1]);
        assert_eq!(found.outcomes, Counts { matched: 5, review: 2, unmatched: 1, failed: 0, skipped: 0 });

        let group = found.group.unwrap();
        assert_eq!(
            [group.with_truth, group.right, group.wrong, group.missed, group.rightly_none],
            [8, 2, 2, 4, 1],
            "right: a b; wrong: c d; missed: c e f h; none: g"
        );
        assert_eq!((group.precision, group.recall, group.f1), (Some(0.5), Some(2.0 / 6.0), Some(0.4)));
        assert_eq!((group.review_right, group.review_alternative), (1, 1));
        assert_eq!(group.recall_with_review, Some(4.0 / 6.0));

        let id = found.id.unwrap();
        assert_eq!(
            [id.with_truth, id.right, id.wrong, id.missed, id.rightly_none],
            [8, 1, 3, 5, 1],
            "right: a; wrong: b c d; missed: b c e f h; none: g"
        );
        assert_eq!((id.precision, id.recall), (Some(0.25), Some(1.0 / 6.0)));
        assert_eq!((id.review_right, id.review_alternative), (1, 0));

        let broad = StageFigures { matched: 2, right: 0, wrong: 2, precision: Some(0.0) };
        assert_eq!(group.stages["BROAD"], broad);
        assert_eq!(group.stages["STRICT_LOCAL"].precision, Some(1.0));
        assert_eq!(id.stages["STRICT_LOCAL"].precision, Some(0.0));
    }

    #[test]
    fn the_worst_mistakes_come_first() {
        let found = example();
        let keys = |list: &[Mistake]| list.iter().map(|mistake| mistake.key.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(keys(&found.worst_wrong), "d c");
        assert_eq!(keys(&found.worst_missed), "e f");
        assert_eq!(found.worst_wrong[1].accepted, ["C"]);

        let truth = truth("key,siren\na,1\nb,1\nc,1\nd,1\ne,1\n");
        let rows = ["a", "b", "c", "d", "e"].map(|key| row(&format!("{key} matched BROAD 2 2 0.5")));
        assert_eq!(keys(&evaluate(rows.clone(), &truth, 2).worst_wrong), "a b");
        assert_eq!(keys(&evaluate(rows, &truth, 0).worst_wrong), "");
    }

    #[test]
    fn a_division_by_zero_gives_no_figure() {
        let empty = evaluate([], &truth("key,siren\n"), 10);
        let group = empty.group.unwrap();
        assert_eq!((group.precision, group.recall, group.f1, empty.id), (None, None, None, None));
    }

    #[test]
    fn a_second_row_with_the_same_key_is_judged_like_the_first() {
        let rows = [row("a matched BROAD a1 A 1.0"), row("a#2 matched BROAD a1 A 1.0")];
        let found = evaluate(rows, &truth("key,group\na,A\n"), 10);
        assert_eq!((found.group.unwrap().right, found.without_truth), (2, 0));
    }

    #[test]
    fn dropped_zeros_do_not_count_as_mistakes() {
        let truth = truth("key,siret\na,2588054300019\n");
        let found = evaluate([row("a matched DIRECT_ID 02588054300019 025880543 1.0")], &truth, 10);
        assert_eq!((found.id.unwrap().right, found.group.unwrap().right), (1, 1));
    }

    #[test]
    fn ids_of_products_are_compared_unchanged() {
        let truth = truth("key,id\na,4006381333931\nb,96385074\n");
        let rows = [row("a matched EXACT 4006381333931 . 1.0"), row("b matched EXACT 096385074 . 1.0")];
        let found = evaluate(rows, &truth, 10);
        let id = found.id.unwrap();
        assert_eq!((id.name.as_str(), id.right, id.wrong), ("id", 1, 1));
        assert_eq!(found.group, None, "a product has no SIREN");
    }

    #[test]
    fn kinds_come_worst_first_and_a_row_counts_in_each_of_its_kinds() {
        let truth = truth("key,siren,kind\na,1,case+typo\nb,2,typo\nc,,foreign\nd,4,case\n");
        let rows = [row("a matched BROAD . 1 1.0"), row("b matched BROAD . 9 0.9"), row("c unmatched")];
        let kinds = evaluate(rows, &truth, 0).group.unwrap().kinds;
        let shown = kinds.iter().map(|kind| {
            let numbers = [kind.rows, kind.right, kind.wrong, kind.missed, kind.rightly_none];
            (kind.kind.as_str(), numbers, kind.mistaken)
        });
        let wanted =
            [("case", [2, 1, 0, 1, 0], 0.5), ("typo", [2, 1, 1, 1, 0], 0.5), ("foreign", [1, 0, 0, 0, 1], 0.0)];
        assert_eq!(shown.collect::<Vec<_>>(), wanted);
    }

    proptest! {
        #[test]
        fn figures_add_up_whatever_the_order(
            rows in prop::collection::vec((0..30u8, 0..4usize, 0..4u8), 0..40),
            accepted in prop::collection::vec((0..30u8, 0..4u8), 0..40),
        ) {
            let mut text = "key,group\n".to_owned();
            for (key, group) in &accepted {
                let group = if *group == 0 { String::new() } else { group.to_string() };
                text.push_str(&format!("k{key},{group}\n"));
            }
            let truth = truth(&text);
            let mut rows: Vec<ResultRow> = rows
                .into_iter()
                .map(|(key, outcome, group)| ResultRow {
                    group: Some(group.to_string()),
                    score: Some(f64::from(key) / 30.0),
                    ..ResultRow::new(&format!("k{key}"), Outcome::ALL[outcome])
                })
                .collect();
            rows.sort_by(|left, right| left.key.cmp(&right.key));
            rows.dedup_by(|left, right| left.key == right.key);
            let found = evaluate(rows.clone(), &truth, 5);
            rows.reverse();
            prop_assert_eq!(&evaluate(rows.clone(), &truth, 5), &found);
            prop_assert_eq!(found.outcomes.committed(), rows.len() as u64);
            let group = found.group.unwrap();
            let answered = rows.len() as u64 - found.without_truth;
            let not_listed = group.with_truth.saturating_sub(answered);
            prop_assert!(not_listed <= found.without_result);
            prop_assert!(group.review_right + group.review_alternative <= group.missed);
            prop_assert!(group.curve.windows(2).all(|pair| pair[0].right <= pair[1].right));
            prop_assert_eq!(group.stages.values().map(|stage| stage.matched).sum::<u64>(), group.right + group.wrong);
        }
    }
}
