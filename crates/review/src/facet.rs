//! The facets of the queue: by what rows are filtered, and how many rows each value would give.
//!
//! **Invariant:** the count of a value is that of the rows that all filters but those of its own facet admit.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_labels::{Words, level_text, review_page};
use matchflow_model::outcome::Outcome;
use matchflow_serve::{FieldError, Problem};
use serde_json::{Value, json};

use crate::row_list::{ListedRow, RowList, TextNumbers};
use crate::row_status::{RowStatus, StatusKind};

/// Values of a facet that are listed, the most frequent ones.
const LISTED_MAX: usize = 40;
/// What separates the values of a parameter.
const SEPARATOR: char = '|';
/// Lower ends of score and margin bands, in hundredths.
const BANDS: [u32; 8] = [0, 10, 25, 50, 75, 90, 95, 99];
/// Lower ends of bands of money.
const MONEY_BANDS: [u32; 7] = [0, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/// The code of a row without a value.
const NONE: u32 = u32::MAX;

/// By what rows are filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facet {
    Decision,
    Outcome,
    Score,
    Margin,
    Reason,
    Stage,
    State,
    Town,
    Money,
    By,
}

impl Facet {
    /// In the order of the page and of the parameters of requests.
    pub(crate) const ALL: [(Facet, &'static str); 10] = [
        (Facet::Decision, "decision"),
        (Facet::Outcome, "outcome"),
        (Facet::Score, "score"),
        (Facet::Margin, "margin"),
        (Facet::Reason, "reason"),
        (Facet::Stage, "stage"),
        (Facet::State, "state"),
        (Facet::Town, "town"),
        (Facet::Money, "money"),
        (Facet::By, "by"),
    ];

    /// The number of a row's value; reasons have several.
    fn code(self, row: &ListedRow, status: &RowStatus) -> u32 {
        let band = |value: Option<f64>| {
            value.map_or(NONE, |value| {
                let hundredths = (value * 100.0).floor();
                BANDS.iter().rposition(|low| f64::from(*low) <= hundredths).unwrap_or(0) as u32
            })
        };
        match self {
            Facet::Decision => status.kind as u32,
            Facet::Outcome => row.outcome as u32,
            Facet::Score => band(row.score),
            Facet::Margin => band(row.margin),
            Facet::Stage => row.stage,
            Facet::State => row.is_closed.map_or(NONE, u32::from),
            Facet::Town => row.town,
            Facet::Money => row.amount.map_or(NONE, |amount| {
                MONEY_BANDS.iter().rposition(|low| f64::from(*low) <= amount.abs()).unwrap_or(0) as u32
            }),
            Facet::By => status.by,
            Facet::Reason => NONE,
        }
    }

    fn admits(self, codes: &FacetCodes, row: &ListedRow, status: &RowStatus) -> bool {
        match codes {
            FacetCodes::Any => true,
            FacetCodes::Bits(bits) => row.reasons & bits != 0,
            FacetCodes::Codes(codes) => codes.contains(&self.code(row, status)),
        }
    }
}

/// The values of a facet that a filter admits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum FacetCodes {
    #[default]
    Any,
    Codes(BTreeSet<u32>),
    Bits(u128),
}

/// Which rows a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowFilter {
    codes: [FacetCodes; Facet::ALL.len()],
    text: Option<String>,
    alike: Option<u64>,
}

impl RowFilter {
    /// The filter of a request: a text for each facet, in their order, with values separated by `|`; then a text that
    /// rows must have; then the key of a row that they must be like.
    ///
    /// # Errors
    ///
    /// A value that a facet cannot have.
    pub(crate) fn read(values: &[Option<String>], list: &RowList, people: &TextNumbers) -> Result<RowFilter, Problem> {
        let value = |place: usize| values.get(place).and_then(Option::as_deref).filter(|text| !text.is_empty());
        let mut filter = RowFilter::default();
        let mut errors = Vec::new();
        for (place, ((facet, name), codes)) in Facet::ALL.into_iter().zip(&mut filter.codes).enumerate() {
            let Some(text) = value(place) else { continue };
            let found: Vec<Option<u32>> =
                text.split(SEPARATOR).map(|word| code_of(facet, word, list, people)).collect();
            if found.contains(&None) && !matches!(facet, Facet::Stage | Facet::Town | Facet::By | Facet::Reason) {
                errors.push(FieldError::new(format!("?{name}"), "the facet has no such value"));
            }
            // A town or a person that is there no more admits no row.
            let found = found.into_iter().flatten();
            *codes = match facet {
                Facet::Reason => FacetCodes::Bits(found.fold(0, |bits, code| bits | 1_u128 << code.min(127))),
                _ => FacetCodes::Codes(found.collect()),
            };
        }
        filter.text = value(Facet::ALL.len()).and_then(matchflow_text::fold);
        if let Some(key) = value(Facet::ALL.len() + 1) {
            let row = list.find(key).and_then(|number| list.rows.get(number));
            match row.and_then(|row| row.alike) {
                Some(alike) => filter.alike = Some(alike),
                None => errors.push(FieldError::new("?like", "there is no row with this key and a name")),
            }
        }
        if errors.is_empty() { Ok(filter) } else { Err(Problem::of_parts(errors)) }
    }

    /// The rows like a row that nobody has decided.
    pub(crate) fn undecided_like(row: &ListedRow) -> Option<RowFilter> {
        let mut filter = RowFilter { alike: Some(row.alike?), ..RowFilter::default() };
        if let Some(codes) = filter.codes.first_mut() {
            *codes = FacetCodes::Codes([StatusKind::Undecided as u32].into());
        }
        Some(filter)
    }

    /// Whether a row passes.
    pub(crate) fn admits(&self, row: &ListedRow, status: &RowStatus) -> bool {
        let facets = Facet::ALL.into_iter().zip(&self.codes);
        self.admits_text(row) && facets.into_iter().all(|((facet, _), codes)| facet.admits(codes, row, status))
    }

    fn admits_text(&self, row: &ListedRow) -> bool {
        let has_words = |text: &String| text.split(' ').all(|word| row.searched.contains(word));
        self.text.as_ref().is_none_or(has_words) && self.alike.is_none_or(|alike| row.alike == Some(alike))
    }
}

/// The number of rows that pass, those of them that nobody has decided, and the facets with their counts, as JSON.
pub(crate) struct FacetCounts {
    pub(crate) rows: u64,
    pub(crate) undecided: u64,
    counts: Vec<BTreeMap<u32, u64>>,
}

impl FacetCounts {
    pub(crate) fn new(list: &RowList, statuses: &[RowStatus], filter: &RowFilter) -> FacetCounts {
        let mut counts: Vec<Vec<u64>> = Facet::ALL.iter().map(|_| Vec::new()).collect();
        let mut without = vec![0_u64; Facet::ALL.len()];
        let (mut rows, mut undecided) = (0, 0);
        for (row, status) in list.rows.iter().zip(statuses).filter(|(row, _)| filter.admits_text(row)) {
            let mut refused = None;
            let mut is_refused_twice = false;
            for (place, ((facet, _), codes)) in Facet::ALL.into_iter().zip(&filter.codes).enumerate() {
                if !facet.admits(codes, row, status) {
                    is_refused_twice = refused.is_some();
                    if is_refused_twice {
                        break;
                    }
                    refused = Some(place);
                }
            }
            if is_refused_twice {
                continue;
            }
            if refused.is_none() {
                rows += 1;
                undecided += u64::from(status.kind == StatusKind::Undecided);
            }
            let places = refused.map_or(0..Facet::ALL.len(), |place| place..place + 1);
            for place in places {
                let Some(((facet, _), counts)) = Facet::ALL.get(place).zip(counts.get_mut(place)) else { continue };
                if *facet == Facet::Reason {
                    let mut bits = row.reasons;
                    while bits != 0 {
                        count(counts, bits.trailing_zeros());
                        bits &= bits - 1;
                    }
                    continue;
                }
                match facet.code(row, status) {
                    NONE => without.get_mut(place).into_iter().for_each(|count| *count += 1),
                    code => count(counts, code),
                }
            }
        }
        let counted = counts.into_iter().zip(without).map(|(counts, without)| {
            let counts = counts.into_iter().enumerate().map(|(code, rows)| (code as u32, rows));
            counts.chain([(NONE, without)]).filter(|(_, rows)| *rows > 0).collect()
        });
        FacetCounts { rows, undecided, counts: counted.collect() }
    }

    /// The facets with their values, as the page lists them.
    pub(crate) fn to_json(&self, list: &RowList, people: &TextNumbers, filter: &RowFilter, words: &Words) -> Value {
        let facets = Facet::ALL.into_iter().zip(&self.counts).zip(&filter.codes).filter_map(
            |(((facet, name), counts), codes)| {
                let mut values: Vec<(u32, u64)> = counts.iter().map(|(code, rows)| (*code, *rows)).collect();
                let selected = |code: u32| match codes {
                    FacetCodes::Any => false,
                    FacetCodes::Bits(bits) => bits >> code.min(127) & 1 == 1,
                    FacetCodes::Codes(codes) => codes.contains(&code),
                };
                if let FacetCodes::Codes(codes) = codes {
                    // What is chosen is listed, if with no row.
                    let missing = codes.iter().filter(|code| !counts.contains_key(code));
                    values.extend(missing.map(|code| (*code, 0)));
                }
                if matches!(facet, Facet::Town | Facet::Reason | Facet::Stage | Facet::By) {
                    values.sort_by_key(|(code, rows)| (!selected(*code), std::cmp::Reverse(*rows), *code));
                } else {
                    values.sort_by_key(|(code, _)| *code);
                }
                let more = values.len().saturating_sub(LISTED_MAX);
                values.truncate(LISTED_MAX);
                let is_used = values.len() > 1 || values.iter().any(|(code, _)| selected(*code));
                let values = values.into_iter().map(|(code, rows)| {
                    let (word, label) = value_of(facet, code, list, people, words);
                    json!({ "value": word, "label": label, "rows": rows, "selected": selected(code) })
                });
                let label = words.heading(review_page::facet(name));
                is_used.then(
                    || json!({ "name": name, "label": label, "values": values.collect::<Vec<_>>(), "more": more }),
                )
            },
        );
        facets.collect::<Vec<_>>().into()
    }
}

fn count(counts: &mut Vec<u64>, code: u32) {
    let place = code as usize;
    if counts.len() <= place {
        counts.resize(place + 1, 0);
    }
    counts.get_mut(place).into_iter().for_each(|count| *count += 1);
}

/// The word of a value in requests.
const NO_VALUE: &str = "-";

/// A value's word in requests, and its text.
fn value_of(facet: Facet, code: u32, list: &RowList, people: &TextNumbers, words: &Words) -> (String, String) {
    let named = |texts: &TextNumbers| (texts.text(code).to_owned(), texts.text(code).to_owned());
    let found = match facet {
        _ if code == NONE => (NO_VALUE.to_owned(), words.text(review_page::page_text("no_value")).to_owned()),
        Facet::Decision => {
            let kind = StatusKind::ALL.into_iter().find(|kind| *kind as u32 == code).unwrap_or_default();
            (kind.word().to_owned(), kind.text(words).to_owned())
        }
        Facet::Outcome => {
            let outcome = Outcome::ALL.into_iter().find(|outcome| *outcome as u32 == code).unwrap_or_default();
            (outcome.as_str().to_owned(), words.outcome(outcome).to_owned())
        }
        Facet::Score | Facet::Margin => {
            let end = |place: usize| BANDS.get(place).map_or(1.0, |low| f64::from(*low) / 100.0);
            let (low, high) = (end(code as usize), end(code as usize + 1));
            let label = format!("{} – {}", words.decimal(low, 2), words.decimal(high, 2));
            (BANDS.get(code as usize).map_or_else(String::new, u32::to_string), label)
        }
        Facet::Money => {
            let low = MONEY_BANDS.get(code as usize).copied().unwrap_or_default();
            let grouped = |number: u32| words.language.grouped(u64::from(number));
            let label = match MONEY_BANDS.get(code as usize + 1) {
                Some(high) => format!("{} – {}", grouped(low), grouped(*high)),
                None => format!("≥ {}", grouped(low)),
            };
            (low.to_string(), label)
        }
        Facet::State => (code.to_string(), words.state(code == 1).to_owned()),
        Facet::Reason => {
            let text = list.reasons.text(code);
            (text.to_owned(), reason_label(text, words))
        }
        Facet::Stage => named(&list.stages),
        Facet::Town => named(&list.towns),
        Facet::By => named(people),
    };
    if found.0.is_empty() {
        (NO_VALUE.to_owned(), words.text(review_page::page_text("no_value")).to_owned())
    } else {
        found
    }
}

/// The code of a value's word in a request.
fn code_of(facet: Facet, word: &str, list: &RowList, people: &TextNumbers) -> Option<u32> {
    let band = |bands: &[u32]| {
        let number: u32 = word.parse().ok()?;
        bands.iter().position(|low| *low == number).map(|place| place as u32)
    };
    let named = |texts: &TextNumbers| if word == NO_VALUE { texts.find("").or(Some(NONE)) } else { texts.find(word) };
    match facet {
        Facet::Decision => StatusKind::ALL.into_iter().find(|kind| kind.word() == word).map(|kind| kind as u32),
        Facet::Outcome => Outcome::from_word(word).map(|outcome| outcome as u32),
        Facet::Stage => named(&list.stages),
        Facet::Town => named(&list.towns),
        Facet::By => named(people),
        Facet::Reason => list.reasons.find(word),
        _ if word == NO_VALUE => Some(NONE),
        Facet::Score | Facet::Margin => band(&BANDS),
        Facet::Money => band(&MONEY_BANDS),
        Facet::State => match word {
            "0" => Some(0),
            "1" => Some(1),
            _ => None,
        },
    }
}

/// A reason in words: what agrees, what differs, or its code.
fn reason_label(text: &str, words: &Words) -> String {
    match text.split_at_checked(1) {
        Some(("+", level)) => format!("= {}", level_text(level, words.language)),
        Some(("-", level)) => format!("≠ {}", level_text(level, words.language)),
        Some((_, code)) => words.text(review_page::reason(code)).to_owned(),
        None => String::new(),
    }
}
