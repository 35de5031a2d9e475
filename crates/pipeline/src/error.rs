//! The problems of a pipeline file, each with its place, in the order of the file.
//!
//! **Invariant:** no message shows the value of an environment variable; [`Problems::hide`] replaces them.

use std::collections::{HashMap, HashSet};
use std::fmt;

use matchflow_model::InputCondition;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, ThemeCharacters};

use crate::snippet::{bounded_help, bounded_message, displayed, mask};

/// Shorter values are not replaced in messages: they are no secrets, and single letters occur in every word.
const HIDDEN_LENGTH_MIN: usize = 4;

/// Maximum number of kinds of problems in a report; the rest are counted.
const SHOWN_MAX: usize = 20;
/// Problems in fewer places are shown in each.
const REPEATS_MIN: usize = 3;
/// Maximum number of further places listed for a problem.
const REPEATS_LISTED_MAX: usize = 5;

/// A range in one source: the pipeline file (source 0) or a `--set` argument (1, 2, ...).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Place {
    pub(crate) source: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    place: Place,
    message: String,
    label: String,
    help: Option<String>,
    other: Option<(Place, String)>,
    /// Whether the pipeline can run anyway.
    is_warning: bool,
    /// The condition of an input file, if that is the problem.
    condition: Option<InputCondition>,
}

impl Problem {
    /// The label of the marked place; "here" by default.
    pub(crate) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = label.into();
        self
    }

    /// What is allowed, or what to do.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Marks the problem as one with an input file.
    pub(crate) fn condition(&mut self, condition: Option<InputCondition>) -> &mut Self {
        self.condition = condition;
        self
    }

    /// Adds a second place that explains the first.
    pub(crate) fn see(&mut self, place: Place, label: impl Into<String>) -> &mut Self {
        self.other = Some((place, label.into()));
        self
    }
}

/// Collects problems while a file is read and checked.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    hidden: Vec<(String, String)>,
    masked: Vec<Place>,
}

impl Problems {
    /// Adds a problem at a place.
    pub(crate) fn at(&mut self, place: Place, message: impl Into<String>) -> &mut Problem {
        self.add(place, message.into(), false)
    }

    /// Adds a likely mistake that does not prevent the pipeline from running.
    pub(crate) fn warn(&mut self, place: Place, message: impl Into<String>) -> &mut Problem {
        self.add(place, message.into(), true)
    }

    fn add(&mut self, place: Place, message: String, is_warning: bool) -> &mut Problem {
        let (label, help, other, condition) = ("here".into(), None, None, None);
        self.list.push_mut(Problem { place, message, label, help, other, is_warning, condition })
    }

    /// Whether a problem has this message.
    pub(crate) fn has(&self, message: &str) -> bool {
        self.list.iter().any(|problem| problem.message == message)
    }

    /// The number of problems, without warnings.
    pub(crate) fn count(&self) -> usize {
        self.list.iter().filter(|problem| !problem.is_warning).count()
    }

    /// Turns problems inside `place` into warnings.
    pub(crate) fn soften(&mut self, place: Place) {
        let is_inside = |at: Place| at.source == place.source && place.start <= at.start && at.start < place.end;
        self.list.iter_mut().filter(|problem| is_inside(problem.place)).for_each(|problem| problem.is_warning = true);
    }

    /// Hides the value of a variable in all messages.
    pub(crate) fn hide(&mut self, name: &str, value: &str) {
        if value.len() >= HIDDEN_LENGTH_MIN {
            self.hidden.push((value.to_owned(), format!("${{{name}}}")));
        }
    }

    /// Shows asterisks in the place of a text that may have a secret, in every snippet.
    pub(crate) fn mask(&mut self, place: Place) {
        self.masked.push(place);
    }

    /// `checked` and the warnings if nothing is wrong, else the report of everything.
    pub(crate) fn verdict<T>(
        mut self,
        checked: Option<T>,
        sources: Vec<Source>,
    ) -> Result<(T, Option<Report>), Report> {
        match checked {
            Some(checked) if self.count() == 0 => {
                let warnings = (!self.list.is_empty()).then(|| self.report(sources));
                return Ok((checked, warnings));
            }
            // A check that returns nothing has reported why; if it forgot to, the report must still not be empty.
            None if self.count() == 0 => {
                self.at(Place::default(), "the pipeline could not be checked");
            }
            _ => {}
        }
        Err(self.report(sources))
    }

    fn report(self, mut sources: Vec<Source>) -> Report {
        self.masked.iter().for_each(|place| mask(&mut sources, *place));
        let (mut list, mut hidden) = (self.list, self.hidden);
        // Longest first, so that a value contained in another leaves no remainder.
        hidden.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for problem in &mut list {
            let texts = [Some(&mut problem.message), Some(&mut problem.label), problem.help.as_mut()];
            for text in texts.into_iter().flatten() {
                for (value, name) in &hidden {
                    *text = text.replace(value.as_str(), name);
                }
            }
            problem.message = bounded_message(&problem.message);
            problem.help = problem.help.as_deref().map(bounded_help);
        }
        list.sort_by_key(|problem| problem.place);
        // A problem in the target of aliases is reported once.
        let mut known = HashSet::new();
        list.retain(|problem| known.insert((problem.place, problem.message.clone())));
        Report { problems: list, sources }
    }
}

/// A text that places refer to.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// All problems and likely mistakes of a pipeline file. Never empty.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.headline())]
pub struct Report {
    problems: Vec<Problem>,
    sources: Vec<Source>,
}

/// How a report is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportStyle {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Whether to draw with non-ASCII characters.
    pub unicode: bool,
    /// The width at which help is wrapped.
    pub columns: usize,
}

/// A problem of a report, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedProblem<'a> {
    /// The pipeline file, or `--set`.
    pub file: &'a str,
    /// The line, from 1; 0 if the problem is in a `--set` argument.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// Whether the pipeline can run anyway.
    pub is_warning: bool,
    /// What is wrong.
    pub message: &'a str,
    /// What is allowed, or what to do.
    pub help: Option<&'a str>,
}

impl Report {
    /// The number of problems, at least 1.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// The problems without their snippets: `(line, column, message)`, lines and columns counted from 1.
    /// A problem of a `--set` argument has line 0.
    pub fn messages(&self) -> Vec<(usize, usize, &str)> {
        let message = |problem| (self.position(problem).unwrap_or_default(), problem);
        self.problems.iter().map(message).map(|((line, column), p)| (line, column, p.message.as_str())).collect()
    }

    /// Line and column of a problem in the pipeline file.
    fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        let source = self.sources.get(problem.place.source)?;
        let before = source.text.get(..problem.place.start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
        (problem.place.source == 0).then_some((line, column))
    }

    /// The problems, each with those that repeat it elsewhere.
    fn kinds(&self) -> Vec<(&Problem, Vec<&Problem>)> {
        let key = |problem: &Problem| (problem.is_warning, problem.message.clone());
        let mut counts: HashMap<(bool, String), usize> = HashMap::new();
        for problem in &self.problems {
            *counts.entry(key(problem)).or_default() += 1;
        }
        let mut kinds: Vec<(&Problem, Vec<&Problem>)> = Vec::new();
        let mut first: HashMap<(bool, String), usize> = HashMap::new();
        for problem in &self.problems {
            let key = key(problem);
            let is_repeated = counts.get(&key).is_some_and(|count| *count >= REPEATS_MIN);
            match first.get(&key).and_then(|place| kinds.get_mut(*place)) {
                Some((_, repeats)) if is_repeated => repeats.push(problem),
                _ => {
                    first.insert(key, kinds.len());
                    kinds.push((problem, Vec::new()));
                }
            }
        }
        kinds
    }

    /// The other places of a problem: "the same in 18 other places: 120:27, 133:27 and 16 more".
    fn repeats(&self, repeats: &[&Problem]) -> Option<String> {
        let places = repeats.iter().take(REPEATS_LISTED_MAX).map(|problem| match self.position(problem) {
            Some((line, column)) => format!("{line}:{column}"),
            None => self.sources.get(problem.place.source).map_or_else(String::new, |source| source.name.clone()),
        });
        let listed = places.collect::<Vec<_>>().join(", ");
        let count = repeats.len();
        let more = match count.saturating_sub(REPEATS_LISTED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (count > 0).then(|| format!("the same in {count} other places: {listed}{more}"))
    }

    /// The condition of an input file, if that is the only problem: the pipeline itself is valid.
    pub fn input_condition(&self) -> Option<InputCondition> {
        let mut problems = self.problems.iter().filter(|problem| !problem.is_warning);
        let first = problems.next()?.condition?;
        problems.all(|problem| problem.condition.is_some()).then_some(first)
    }

    /// The problems for programs.
    pub fn problems(&self) -> impl Iterator<Item = ReportedProblem<'_>> {
        self.problems.iter().zip(self.messages()).map(|(problem, (line, column, message))| ReportedProblem {
            file: self.sources.get(problem.place.source).map_or("", |source| source.name.as_str()),
            line,
            column,
            is_warning: problem.is_warning,
            message,
            help: problem.help.as_deref(),
        })
    }

    /// The report for people, each problem with its snippet. `width` is the column at which help is wrapped.
    pub fn render(&self, colour: bool, width: usize) -> String {
        self.draw(&ReportStyle { colour, unicode: true, columns: width })
    }

    /// The report for people, in a given style.
    pub fn draw(&self, style: &ReportStyle) -> String {
        let ReportStyle { colour, unicode, columns } = *style;
        let theme = match (colour, unicode) {
            (true, true) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::unicode_nocolor(),
            (true, false) => GraphicalTheme { characters: ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(columns).with_context_lines(1);
        let mut text = String::new();
        let kinds = self.kinds();
        let errors = kinds.iter().filter(|(problem, _)| !problem.is_warning).count();
        // Errors take precedence over warnings if not all can be shown.
        let (mut errors_left, mut warnings_left) = (SHOWN_MAX, SHOWN_MAX.saturating_sub(errors));
        for (problem, repeats) in &kinds {
            let left = if problem.is_warning { &mut warnings_left } else { &mut errors_left };
            let Some(remaining) = left.checked_sub(1) else { continue };
            *left = remaining;
            let help: Vec<String> = problem.help.iter().cloned().chain(self.repeats(repeats)).collect();
            let snippet = Snippet {
                help: (!help.is_empty()).then(|| help.join("\n")),
                ..Snippet::new(problem, self.sources.get(problem.place.source))
            };
            // Writing to a String cannot fail; if miette cannot show a snippet, the message remains.
            if handler.render_report(&mut text, &snippet).is_err() {
                text.push_str(&problem.message);
            }
            text.push('\n');
        }
        if let hidden @ 1.. = kinds.len().saturating_sub(SHOWN_MAX) {
            text.push_str(&format!("... and {hidden} more of other kinds, which are not shown\n"));
        }
        text.push_str(&self.headline());
        text.push('\n');
        text
    }

    fn headline(&self) -> String {
        let name = self.sources.first().map_or("the pipeline", |source| source.name.as_str());
        let warnings = self.problems.iter().filter(|problem| problem.is_warning).count();
        let counted = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            count => Some(format!("{count} {what}s")),
        };
        let parts = [counted(self.problems.len() - warnings, "problem"), counted(warnings, "warning")];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        match self.kinds().len() {
            1 if self.problems.len() > 1 => format!("{parts} of one kind in {name}"),
            kinds if kinds < self.problems.len() => format!("{parts} of {kinds} kinds in {name}"),
            _ => format!("{parts} in {name}"),
        }
    }
}

/// A problem in the form that miette takes.
#[derive(Debug)]
struct Snippet<'a> {
    problem: &'a Problem,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl<'a> Snippet<'a> {
    fn new(problem: &'a Problem, source: Option<&Source>) -> Snippet<'a> {
        let other = problem.other.as_ref().filter(|(other, _)| other.source == problem.place.source);
        let places = std::iter::once(&problem.place).chain(other.map(|(place, _)| place));
        let mut offsets: Vec<usize> = places.flat_map(|place| [place.start, place.end.max(place.start)]).collect();
        let source = source.map(|source| NamedSource::new(&source.name, displayed(&source.text, &mut offsets)));
        let texts = std::iter::once(&problem.label).chain(other.map(|(_, label)| label));
        let spans = offsets.as_chunks().0.iter().map(|[start, end]| *start..*end);
        let labels = (0..).zip(texts.zip(spans)).map(|(number, (text, span))| match number {
            0 => LabeledSpan::new_primary_with_span(Some(text.clone()), span),
            _ => LabeledSpan::new_with_span(Some(text.clone()), span),
        });
        Snippet { problem, help: None, source, labels: labels.collect() }
    }
}

impl fmt::Display for Snippet<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problem.message)
    }
}

impl std::error::Error for Snippet<'_> {}

impl Diagnostic for Snippet<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(if self.problem.is_warning { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
