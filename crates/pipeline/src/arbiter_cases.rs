//! Tables of cases for one arbiter: a row with its candidates, what the service answers, and what must be decided. Read
//! and checked as pipelines are: every problem at once, with its place.

use std::path::Path;

use crate::decode::{self, Cell, Entries, Json, Spanned, record, words};
use crate::error::{Problems, Report, Source};
use crate::tree::parse;

/// The score of a candidate that says none: in the middle of the band that arbiters are asked about.
const SCORE: f64 = 0.7;

record! {
    /// Cases for one arbiter.
    ArbiterCasesFile {
        /// The parameters of every case that gives none. Default: none.
        Optional parameters: Json,
        /// The cases.
        Required cases: Vec<Spanned<Case>>,
    }
}

record! {
    /// A row that was left open, and what must become of it.
    Case {
        /// The row's fields: `name: value`.
        Required row: Entries<Cell>,
        /// The entries that it may be, the best first: `id`, `group` and `score` where they matter, and their fields.
        Required candidates: Vec<Spanned<Entries<Cell>>>,
        /// The parameters of this case.
        Optional parameters: Json,
        /// What the service answers, one body a request, in the order in which they are asked for. Default: none.
        Optional answers: Vec<Spanned<Cell>>,
        /// The id of the candidate that must be chosen.
        Either id: Cell,
        /// What else must be said.
        Either verdict: Undecided,
    }
}

/// A verdict that chooses no candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undecided {
    /// None of the candidates.
    None,
    /// It cannot be told.
    Abstain,
}

words!(Undecided, "a verdict" {
    "none" => Undecided::None,
    "abstain" => Undecided::Abstain,
});

/// What an arbiter must say of a case's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruled {
    /// The candidate of this id.
    Candidate(String),
    /// None of them.
    None,
    /// It cannot be told.
    Abstain,
}

/// An entry that a case's row may be.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseCandidate {
    /// Its id.
    pub id: String,
    /// What it belongs to; its id where the case does not say.
    pub group: String,
    /// What the scores came to.
    pub score: f64,
    /// Its fields: name and value.
    pub fields: Vec<(String, String)>,
}

/// A case that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub struct ArbiterCase {
    /// The row's fields: name and value.
    pub row: Vec<(String, String)>,
    /// At least one.
    pub candidates: Vec<CaseCandidate>,
    /// A JSON object.
    pub parameters: String,
    /// The bodies of the answers.
    pub answers: Vec<String>,
    /// What must be said.
    pub expected: Ruled,
}

/// Reads a table of cases.
///
/// # Errors
///
/// Every problem of the file, with its place.
pub fn arbiter_cases(text: &str, file: &Path) -> Result<Vec<ArbiterCase>, Report> {
    let mut problems = Problems::default();
    let read = |problems: &mut Problems| -> Option<Vec<ArbiterCase>> {
        let root = parse(text, 0, problems)?;
        let table: Spanned<ArbiterCasesFile> = decode::spanned(&root, problems)?;
        let shared = table.value.parameters.as_ref().map_or_else(|| "{}".to_owned(), json);
        let cases = table.value.cases.as_ref()?;
        if cases.value.is_empty() && cases.sound {
            let help = "at least one `{ row: {...}, candidates: [{...}], answers: [...], id: ... }`";
            problems.at(cases.place, "there is no case").help(help);
        }
        cases.value.iter().map(|case| checked(case, &shared, problems)).collect()
    };
    let cases = read(&mut problems);
    let source = Source { name: file.display().to_string(), text: text.to_owned() };
    problems.verdict(cases, vec![source]).map(|(cases, _)| cases)
}

fn json(json: &Spanned<Json>) -> String {
    json.value.value.to_string()
}

fn checked(raw: &Spanned<Case>, shared: &str, problems: &mut Problems) -> Option<ArbiterCase> {
    let Case { row, candidates, parameters, answers, id, verdict } = &raw.value;
    let listed = candidates.as_ref()?;
    if listed.value.is_empty() && listed.sound {
        problems
            .at(listed.place, "there is no candidate")
            .help("an arbiter is asked about rows that have one at least");
    }
    let candidates: Option<Vec<_>> = listed.value.iter().map(|entry| candidate(entry, problems)).collect();
    let (candidates, row) = (candidates?, row.as_ref()?);
    let expected = match (id, verdict) {
        (Some(id), _) => Ruled::Candidate(id.value.0.clone()),
        (_, Some(verdict)) if verdict.value == Undecided::None => Ruled::None,
        (_, Some(_)) => Ruled::Abstain,
        (None, None) => return None,
    };
    if let (Some(id), Ruled::Candidate(wanted)) = (id, &expected)
        && candidates.iter().all(|candidate| candidate.id != *wanted)
    {
        problems.at(id.place, format!("`{wanted}` is the id of no candidate"));
    }
    let fields = |entries: &Entries<Cell>| -> Vec<(String, String)> {
        entries.0.iter().map(|(name, cell)| (name.value.clone(), cell.value.0.clone())).collect()
    };
    let bodies = answers.iter().flat_map(|answers| &answers.value).map(|body| body.value.0.clone());
    Some(ArbiterCase {
        row: fields(&row.value),
        candidates,
        parameters: parameters.as_ref().map_or_else(|| shared.to_owned(), json),
        answers: bodies.collect(),
        expected,
    })
}

fn candidate(entry: &Spanned<Entries<Cell>>, problems: &mut Problems) -> Option<CaseCandidate> {
    let (mut id, mut group, mut score, mut fields) = (None, None, SCORE, Vec::new());
    for (name, cell) in &entry.value.0 {
        let value = cell.value.0.clone();
        match name.value.as_str() {
            "id" => id = Some(value),
            "group" => group = Some(value),
            "score" => match value.parse().ok().filter(|score| (0.0..=1.0).contains(score)) {
                Some(given) => score = given,
                None => drop(problems.at(cell.place, "the score of a candidate is a number from 0 to 1")),
            },
            _ => fields.push((name.value.clone(), value)),
        }
    }
    if id.is_none() {
        problems.at(entry.place, "the candidate has no `id`");
    }
    let id = id?;
    Some(CaseCandidate { group: group.unwrap_or_else(|| id.clone()), id, score, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ArbiterCase>, Vec<(usize, usize, String)>> {
        arbiter_cases(text, Path::new("cases.yaml")).map_err(|report| {
            let messages = report.messages();
            messages.into_iter().map(|(line, column, text)| (line, column, text.to_owned())).collect()
        })
    }

    #[test]
    fn cases_are_read() {
        let text = "parameters: { url: u }\ncases:\n  - row: { name: TAXI }\n    candidates: [{ id: 1, score: 0.9, name: A }, { id: b, group: g }]\n    answers: ['{}', x]\n    id: 1\n  - { row: { name: Z }, candidates: [{ id: 1 }], verdict: none, parameters: { n: 1 } }\n";
        let cases = read(text).unwrap();
        assert_eq!(
            (cases[0].answers.as_slice(), &cases[0].expected),
            (&["{}".to_owned(), "x".to_owned()][..], &Ruled::Candidate("1".to_owned()))
        );
        assert_eq!((cases[0].candidates[0].score, cases[0].candidates[0].group.as_str()), (0.9, "1"));
        assert_eq!(cases[0].candidates[1].group, "g");
        assert_eq!((cases[1].parameters.as_str(), &cases[1].expected), (r#"{"n":1}"#, &Ruled::None));
    }

    #[test]
    fn problems_have_their_places() {
        let cases = [
            ("cases: []\n", (1, 8), "there is no case"),
            ("cases:\n  - { row: { a: b }, candidates: [{ id: 1 }] }\n", (2, 5), "one of `id`"),
            ("cases:\n  - { row: { a: b }, candidates: [{ a: 1 }], id: 1 }\n", (2, 35), "has no `id`"),
            ("cases:\n  - { row: { a: b }, candidates: [], id: 1 }\n", (2, 34), "there is no candidate"),
            ("cases:\n  - { row: { a: b }, candidates: [{ id: 1 }], id: 2 }\n", (2, 51), "the id of no candidate"),
            ("cases:\n  - { row: { a: b }, candidates: [{ id: 1 }], verdict: nobody }\n", (2, 56), "a verdict"),
            ("cases:\n  - { left: a, right: b, score: 1 }\n", (2, 7), "unknown key `left`"),
        ];
        for (text, place, expected) in cases {
            let problems = read(text).unwrap_err();
            let found =
                problems.iter().any(|(line, column, message)| (*line, *column) == place && message.contains(expected));
            assert!(found, "{text}: {problems:?}");
        }
    }
}
