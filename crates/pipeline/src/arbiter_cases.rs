//! Tables of cases for an arbiter: a row with its candidates, the service's answers and the expected verdict. They are
//! read and checked like pipelines: all problems are reported together, each with its location.

use std::path::Path;

use crate::decode::{self, CellText, JsonObject, NamedMap, Spanned, keywords, record};
use crate::error::{Problems, Report, Source};
use crate::tree::parse;

/// The score of a candidate without one: in the middle of the usual review band.
const DEFAULT_SCORE: f64 = 0.7;

record! {
    /// Cases for one arbiter.
    ArbiterCasesFile {
        /// The parameters of cases without parameters of their own. Default: none.
        Optional parameters: JsonObject,
        /// The cases.
        Required cases: Vec<Spanned<ArbiterCaseEntry>>,
    }
}

record! {
    /// A row left for review and the expected verdict.
    ArbiterCaseEntry {
        /// The row's fields: `name: value`.
        Required row: NamedMap<CellText>,
        /// The candidates, best first: `id`, optionally `group` and `score`, and their fields.
        Required candidates: Vec<Spanned<NamedMap<CellText>>>,
        /// The parameters of this case.
        Optional parameters: JsonObject,
        /// The bodies of the service's answers, one for each request, in order. Default: none.
        Optional answers: Vec<Spanned<CellText>>,
        /// The id of the candidate to be chosen.
        Either id: CellText,
        /// The expected verdict, if no candidate must be chosen.
        Either verdict: NoChoice,
    }
}

/// A verdict that chooses no candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoChoice {
    /// None of the candidates.
    None,
    /// The arbiter cannot decide.
    Abstain,
}

keywords!(NoChoice, "a verdict" {
    "none" => NoChoice::None, "None of the candidates.",
    "abstain" => NoChoice::Abstain, "The arbiter cannot decide.",
});

/// The expected verdict of an arbiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// The candidate of this id.
    Candidate(String),
    /// None of them.
    None,
    /// The arbiter cannot decide.
    Abstain,
}

/// A candidate of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseCandidate {
    /// Its id.
    pub id: String,
    /// Its group; its id if the case has none.
    pub group: String,
    /// Its score.
    pub score: f64,
    /// Its fields: name and value.
    pub fields: Vec<(String, String)>,
}

/// A checked case.
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
    /// The expected verdict.
    pub expected: ExpectedVerdict,
}

/// Reads a table of cases.
///
/// # Errors
///
/// All problems of the file, each with its location.
pub fn arbiter_cases(text: &str, file: &Path) -> Result<Vec<ArbiterCase>, Report> {
    let mut problems = Problems::default();
    let read = |problems: &mut Problems| -> Option<Vec<ArbiterCase>> {
        let root = parse(text, 0, problems)?;
        let table: Spanned<ArbiterCasesFile> = decode::spanned(&root, problems)?;
        let shared = table.value.parameters.as_ref().map_or_else(|| "{}".to_owned(), json);
        let cases = table.value.cases.as_ref()?;
        if cases.value.is_empty() && cases.sound {
            let help = "add at least one `{ row: {...}, candidates: [{...}], answers: [...], id: ... }`";
            problems.at(cases.place, "there are no cases").help(help);
        }
        cases.value.iter().map(|case| checked(case, &shared, problems)).collect()
    };
    let cases = read(&mut problems);
    let source = Source { name: file.display().to_string(), text: text.to_owned() };
    problems.verdict(cases, vec![source]).map(|(cases, _)| cases)
}

fn json(json: &Spanned<JsonObject>) -> String {
    json.value.value.to_string()
}

fn checked(raw: &Spanned<ArbiterCaseEntry>, shared: &str, problems: &mut Problems) -> Option<ArbiterCase> {
    let ArbiterCaseEntry { row, candidates, parameters, answers, id, verdict } = &raw.value;
    let listed = candidates.as_ref()?;
    if listed.value.is_empty() && listed.sound {
        problems.at(listed.place, "there are no candidates").help("arbiters are asked about rows that have candidates");
    }
    let candidates: Option<Vec<_>> = listed.value.iter().map(|entry| candidate(entry, problems)).collect();
    let (candidates, row) = (candidates?, row.as_ref()?);
    let expected = match (id, verdict) {
        (Some(id), _) => ExpectedVerdict::Candidate(id.value.0.clone()),
        (_, Some(verdict)) if verdict.value == NoChoice::None => ExpectedVerdict::None,
        (_, Some(_)) => ExpectedVerdict::Abstain,
        (None, None) => return None,
    };
    if let (Some(id), ExpectedVerdict::Candidate(expected_id)) = (id, &expected)
        && candidates.iter().all(|candidate| candidate.id != *expected_id)
    {
        problems.at(id.place, format!("no candidate has the id `{expected_id}`"));
    }
    let fields = |entries: &NamedMap<CellText>| -> Vec<(String, String)> {
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

fn candidate(entry: &Spanned<NamedMap<CellText>>, problems: &mut Problems) -> Option<CaseCandidate> {
    let (mut id, mut group, mut score, mut fields) = (None, None, DEFAULT_SCORE, Vec::new());
    for (name, cell) in &entry.value.0 {
        let value = cell.value.0.clone();
        match name.value.as_str() {
            "id" => id = Some(value),
            "group" => group = Some(value),
            "score" => match value.parse().ok().filter(|score| (0.0..=1.0).contains(score)) {
                Some(given) => score = given,
                None => drop(problems.at(cell.place, "the score of a candidate must be a number from 0 to 1")),
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
            (&["{}".to_owned(), "x".to_owned()][..], &ExpectedVerdict::Candidate("1".to_owned()))
        );
        assert_eq!((cases[0].candidates[0].score, cases[0].candidates[0].group.as_str()), (0.9, "1"));
        assert_eq!(cases[0].candidates[1].group, "g");
        assert_eq!((cases[1].parameters.as_str(), &cases[1].expected), (r#"{"n":1}"#, &ExpectedVerdict::None));
    }

    #[test]
    fn problems_have_their_locations() {
        let cases = [
            ("cases: []\n", (1, 8), "there are no cases"),
            ("cases:\n  - { row: { a: b }, candidates: [{ id: 1 }] }\n", (2, 5), "one of `id`"),
            ("cases:\n  - { row: { a: b }, candidates: [{ a: 1 }], id: 1 }\n", (2, 35), "has no `id`"),
            ("cases:\n  - { row: { a: b }, candidates: [], id: 1 }\n", (2, 34), "there are no candidates"),
            ("cases:\n  - { row: { a: b }, candidates: [{ id: 1 }], id: 2 }\n", (2, 51), "no candidate has the id"),
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
