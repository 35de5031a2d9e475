//! The language of `--fail-if`: comparisons of figures and numbers, with `+ - * /`, `and`, `or`, `not` and parentheses.
//!
//! **Limits.** A condition has at most [`LENGTH_MAX`] characters, so that its nesting is bounded.
//!
//! **Invariant.** A condition that names a figure which this report does not have has no value: it is neither true nor false, and
//! the error names the figure.

use std::fmt;

use crate::figures::{FigureInfo, Figures, figure};

/// The longest condition.
pub const LENGTH_MAX: usize = 1_000;

/// A checked condition.
#[derive(Debug, Clone)]
pub struct FailCondition {
    text: String,
    term: Term,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// The text.
    pub text: String,
    /// The character, from 1, where it is wrong.
    pub position: usize,
    /// What is there; `None` at the end.
    pub found: Option<String>,
    /// What may be there.
    pub expected: ExpectedTerm,
}

/// What a condition may have at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedTerm {
    /// A figure, a number or a parenthesis.
    Value,
    /// `<`, `<=`, `>`, `>=`, `=` or `!=`.
    Comparison,
    /// `)`.
    Parenthesis,
    /// `and`, `or`, or the end.
    End,
    /// At most [`LENGTH_MAX`] characters.
    Shorter,
}

#[derive(Debug, Clone)]
enum Term {
    Number(f64),
    Figure(&'static FigureInfo),
    Negated(Box<Term>),
    Not(Box<Term>),
    Binary(Box<Term>, Operator, Box<Term>),
}

/// An operator, by its spelling in [`OPERATORS`].
type Operator = &'static str;

/// Operators by how tightly they bind, the loosest first.
const OPERATORS: [&[&str]; 5] = [&["or"], &["and"], &["<=", ">=", "!=", "==", "<", ">", "="], &["+", "-"], &["*", "/"]];
/// Where comparisons are in [`OPERATORS`].
const COMPARISONS: usize = 2;

impl FailCondition {
    /// Parses a condition.
    pub fn parse(text: &str) -> Result<FailCondition, ConditionError> {
        let mut parser = Parser { text, at: 0 };
        if text.chars().count() > LENGTH_MAX {
            return Err(parser.error(ExpectedTerm::Shorter));
        }
        let term = parser.binary(0)?;
        parser.skip_spaces();
        if parser.at < text.len() {
            return Err(parser.error(ExpectedTerm::End));
        }
        if !term.is_condition() {
            return Err(parser.error(ExpectedTerm::Comparison));
        }
        Ok(FailCondition { text: text.to_owned(), term })
    }

    /// Whether it is met; an error is a figure that the report does not have.
    pub fn is_met(&self, figures: &Figures) -> Result<bool, &'static FigureInfo> {
        Ok(self.term.value(figures)? != 0.0)
    }

    /// The figures that it names, with their values.
    pub fn figures(&self, figures: &Figures) -> Vec<(&'static str, Option<f64>)> {
        let mut named = Vec::new();
        self.term.visit(&mut |info| named.push((info.name, figures.value(info))));
        named.dedup();
        named
    }
}

impl fmt::Display for FailCondition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Term {
    /// Whether it is true or false, not a number; what it is made of is checked too.
    fn is_condition(&self) -> bool {
        match self {
            Term::Not(term) => term.is_condition(),
            Term::Binary(left, "and" | "or", right) => left.is_condition() && right.is_condition(),
            Term::Binary(left, operator, right) => is_comparison(operator) && left.is_number() && right.is_number(),
            Term::Number(_) | Term::Figure(_) | Term::Negated(_) => false,
        }
    }

    fn is_number(&self) -> bool {
        match self {
            Term::Number(_) | Term::Figure(_) => true,
            Term::Negated(term) => term.is_number(),
            Term::Binary(left, "+" | "-" | "*" | "/", right) => left.is_number() && right.is_number(),
            Term::Not(_) | Term::Binary(..) => false,
        }
    }

    fn value(&self, figures: &Figures) -> Result<f64, &'static FigureInfo> {
        Ok(match self {
            Term::Number(number) => *number,
            Term::Figure(info) => figures.value(info).ok_or(*info)?,
            Term::Negated(term) => -term.value(figures)?,
            Term::Not(term) => f64::from(term.value(figures)? == 0.0),
            Term::Binary(left, operator, right) => {
                let (left, right) = (left.value(figures)?, right.value(figures)?);
                match *operator {
                    "or" => f64::from(left != 0.0 || right != 0.0),
                    "and" => f64::from(left != 0.0 && right != 0.0),
                    "<=" => f64::from(left <= right),
                    ">=" => f64::from(left >= right),
                    "!=" => f64::from(left != right),
                    "<" => f64::from(left < right),
                    ">" => f64::from(left > right),
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    "/" => left / right,
                    _ => f64::from(left == right),
                }
            }
        })
    }

    fn visit(&self, visit: &mut impl FnMut(&'static FigureInfo)) {
        match self {
            Term::Number(_) => {}
            Term::Figure(info) => visit(info),
            Term::Negated(term) | Term::Not(term) => term.visit(visit),
            Term::Binary(left, _, right) => {
                left.visit(visit);
                right.visit(visit);
            }
        }
    }
}

fn is_comparison(operator: &str) -> bool {
    OPERATORS.get(COMPARISONS).is_some_and(|operators| operators.contains(&operator))
}

struct Parser<'a> {
    text: &'a str,
    /// A place in bytes, between characters.
    at: usize,
}

impl Parser<'_> {
    fn binary(&mut self, level: usize) -> Result<Term, ConditionError> {
        let Some(operators) = OPERATORS.get(level) else { return self.value() };
        if level == COMPARISONS && self.take(&["not"]).is_some() {
            return Ok(Term::Not(Box::new(self.binary(level)?)));
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.take(operators) {
            left = Term::Binary(Box::new(left), operator, Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn value(&mut self) -> Result<Term, ConditionError> {
        if self.take(&["("]).is_some() {
            let term = self.binary(0)?;
            return if self.take(&[")"]).is_some() { Ok(term) } else { Err(self.error(ExpectedTerm::Parenthesis)) };
        }
        if self.take(&["-"]).is_some() {
            return Ok(Term::Negated(Box::new(self.value()?)));
        }
        let word = self.word().to_owned();
        let number = || word.parse::<f64>().ok().filter(|number| number.is_finite()).map(Term::Number);
        let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let term = if is_number { number() } else { figure(&word).map(Term::Figure) };
        let term = term.ok_or_else(|| self.error(ExpectedTerm::Value))?;
        self.at += word.len();
        Ok(term)
    }

    fn skip_spaces(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The word or the sign that comes next.
    fn word(&mut self) -> &str {
        self.skip_spaces();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let in_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let end = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
        rest.get(..end).unwrap_or_default()
    }

    /// Takes the first of these that is next.
    fn take(&mut self, operators: &[Operator]) -> Option<Operator> {
        let word = self.word().to_owned();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_word = |operator: &str| operator.starts_with(char::is_alphabetic);
        let is_next = |operator: &&&'static str| {
            if is_word(operator) { word == **operator } else { rest.starts_with(**operator) }
        };
        let operator = *operators.iter().find(is_next)?;
        self.at += operator.len();
        Some(operator)
    }

    fn error(&mut self, expected: ExpectedTerm) -> ConditionError {
        let found = self.word().to_owned();
        ConditionError {
            text: self.text.to_owned(),
            position: self.text.get(..self.at).unwrap_or_default().chars().count() + 1,
            found: (!found.is_empty()).then_some(found),
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures { matched_share: Some(0.75), rows: Some(100.0), lost: Some(3.0), ..Figures::default() }
    }

    #[test]
    fn conditions_have_the_usual_precedence() {
        let met = |text: &str| FailCondition::parse(text).unwrap().is_met(&figures()).unwrap();
        for text in [
            "matched_share < 0.8",
            "matched_share<.8 and lost>2",
            "lost = 3",
            "lost == 3",
            "lost / rows > 0.02",
            "not lost > 3",
            "not (lost > 3 or rows < 10)",
            "1 + 2 * 3 = 7",
            "(1 + 2) * 3 = 9",
            "lost > 100 and lost > 1 or rows >= 100",
            "-lost < -2",
            "5 - 2 - 1 = 2",
        ] {
            assert!(met(text), "{text}");
        }
        for text in ["matched_share < 0.7", "lost != 3", "lost > 2 and not rows > 1"] {
            assert!(!met(text), "{text}");
        }
    }

    #[test]
    fn an_error_has_its_place_and_what_is_allowed() {
        let error = |text: &str| {
            let error = FailCondition::parse(text).unwrap_err();
            (error.position, error.found, error.expected)
        };
        let found = |text: &str| Some(text.to_owned());
        assert_eq!(error("matchd_share < 0.8"), (1, found("matchd_share"), ExpectedTerm::Value));
        assert_eq!(error("rows <"), (7, None, ExpectedTerm::Value));
        assert_eq!(error("(rows < 1"), (10, None, ExpectedTerm::Parenthesis));
        assert_eq!(error("rows < 1 lost > 2"), (10, found("lost"), ExpectedTerm::End));
        assert_eq!(error("rows"), (5, None, ExpectedTerm::Comparison));
        assert_eq!(error("rows and lost > 1").2, ExpectedTerm::Comparison);
        assert_eq!(error("1 < rows < 3").2, ExpectedTerm::Comparison);
        assert_eq!(error("rows ! 3"), (6, found("!"), ExpectedTerm::End));
        assert_eq!(error("é < 1"), (1, found("é"), ExpectedTerm::Value));
        assert_eq!(error(&"(".repeat(LENGTH_MAX + 1)).2, ExpectedTerm::Shorter);
    }

    #[test]
    fn a_figure_that_is_not_there_is_an_error() {
        let condition = FailCondition::parse("precision < 0.9 or lost > 1").unwrap();
        assert_eq!(condition.is_met(&figures()).unwrap_err().name, "precision");
    }
}
