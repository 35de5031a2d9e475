//! A row that a person filled in, and the verdict that it comes to.
//!
//! **Invariants.** Nothing is guessed: a cell that is not understood is a problem with its place. What the person was
//! given counts, not what the results have become since: `accept` is about the entry that the file has, and a row that has
//! changed since the file was written is not decided by it.

use matchflow_checkpoint::ReviewableResult;
use matchflow_decisions::RowDecision;
use matchflow_evaluate::{NamedRow, NamedTable};
use matchflow_labels::{VerdictWord, Words, texts, verdict_of};
use matchflow_model::columns::ALTERNATIVE;
use matchflow_model::evidence::Alternative;
use matchflow_model::formula;
use matchflow_model::language::{Label, Language};
use matchflow_model::plan::{FieldType, IdColumn, Plan};
use matchflow_model::review_verdict::ReviewVerdict;
use matchflow_review::{entry_fields, row_decision};
use serde_json::{Map, Value};

use crate::messages::CellProblem;

/// Where the columns of a file are.
pub(super) struct FilledColumns {
    pub(super) key: Option<usize>,
    pub(super) verdict: Option<usize>,
    other: Option<usize>,
    comment: Option<usize>,
    by: Option<usize>,
    at: Option<usize>,
    others: Option<usize>,
    record: Option<usize>,
    id: Option<usize>,
    group: Option<usize>,
    decision: Option<usize>,
    cluster: Option<usize>,
    pair: Option<usize>,
    /// The supplier's texts, by field.
    fields: Vec<(String, usize)>,
}

/// What a person filled in, as it is in the file.
#[derive(Debug, Default)]
pub(super) struct FilledRow {
    /// The file, the sheet and the row, in words.
    pub(super) place: String,
    pub(super) key: Option<String>,
    pub(super) verdict: Option<String>,
    pub(super) other: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) by: Option<String>,
    pub(super) at: Option<String>,
    /// The keys of other rows.
    pub(super) others: Vec<String>,
    pub(super) record: Option<String>,
    /// The cluster or the pair that the file has the row in.
    pub(super) together: Option<String>,
    id: Option<String>,
    group: Option<String>,
    /// Whether the person was given earlier verdicts.
    pub(super) knew_verdicts: bool,
    fields: Vec<(String, String)>,
}

impl FilledColumns {
    /// Finds the columns by their ids, or by what a workbook in any language calls them.
    pub(super) fn of(table: &NamedTable<'_>, plan: &Plan) -> FilledColumns {
        let labelled = |id: &str, label: Label| {
            let headings = Language::ALL.iter().map(|language| label.get(*language));
            table.position(id).or_else(|| headings.filter_map(|heading| table.position(heading)).next())
        };
        let key_headers = plan.source.id.iter().filter_map(|column| match column {
            IdColumn::Column(header) => table.position(header),
            IdColumn::Index => None,
        });
        let texts_of_row = plan.source.fields.iter().filter(|field| field.data_type == FieldType::Text);
        FilledColumns {
            key: labelled("key", texts::KEY).or_else(|| key_headers.into_iter().next()),
            verdict: labelled("verdict", texts::VERDICT),
            other: labelled("other_id", texts::OTHER_ID),
            comment: labelled("comment", texts::COMMENT),
            by: labelled("by", texts::DECIDED_BY),
            at: labelled("at", texts::DECIDED_AT),
            others: labelled("others", texts::OTHER_ROWS),
            record: labelled("record", texts::RECORD),
            id: table.position("id"),
            group: table.position("group"),
            decision: table.position("decision"),
            cluster: table.position("cluster"),
            pair: table.position("pair"),
            fields: texts_of_row
                .filter_map(|field| Some((field.name.clone(), table.position(&format!("in_{}", field.name))?)))
                .collect(),
        }
    }

    /// The cells of a row; `place` names it.
    pub(super) fn read(&self, row: &NamedRow, place: String) -> FilledRow {
        let cell = |column| row.cell(column).map(|cell| formula::unescape(cell).trim().to_owned());
        let others = cell(self.others).unwrap_or_default();
        let keys = others.split([',', ';', '\n']).map(str::trim).filter(|key| !key.is_empty());
        FilledRow {
            place,
            key: cell(self.key),
            verdict: cell(self.verdict),
            other: cell(self.other),
            comment: cell(self.comment),
            by: cell(self.by),
            at: cell(self.at),
            others: keys.map(str::to_owned).collect(),
            record: cell(self.record),
            together: cell(self.pair).map(|pair| format!("pair {pair}")).or_else(|| cell(self.cluster)),
            id: cell(self.id),
            group: cell(self.group),
            knew_verdicts: row.cell(self.decision).is_some(),
            fields: self.fields.iter().filter_map(|(name, at)| Some((name.clone(), cell(Some(*at))?))).collect(),
        }
    }
}

impl FilledRow {
    /// The verdict of the cell; `None` where nothing is filled in.
    pub(super) fn word(&self, words: &Words, allowed: &[ReviewVerdict]) -> Result<Option<VerdictWord>, CellProblem> {
        let Some(text) = &self.verdict else {
            return match &self.other {
                Some(other) => Err(CellProblem::NoVerdict { other: other.clone() }),
                None => Ok(None),
            };
        };
        let word = verdict_of(text).ok_or_else(|| CellProblem::UnknownVerdict {
            text: text.clone(),
            allowed: allowed.iter().map(|verdict| words.verdict(*verdict)).collect::<Vec<_>>().join(", "),
        })?;
        let is_allowed = match word {
            VerdictWord::Verdict(verdict) => allowed.contains(&verdict),
            VerdictWord::OtherEntry => allowed.contains(&ReviewVerdict::Entry),
        };
        if is_allowed { Ok(Some(word)) } else { Err(CellProblem::OtherKind { verdict: text.clone() }) }
    }

    /// The decision that the row comes to, given the result that it is about.
    pub(super) fn decision(
        &self,
        word: VerdictWord,
        result: &ReviewableResult,
        plan: &Plan,
    ) -> Result<RowDecision, CellProblem> {
        self.check_row(result)?;
        let candidates = result.decision.alternatives.as_slice();
        let text = || self.verdict.clone().unwrap_or_default();
        let needs = || CellProblem::NeedsEntry { verdict: text(), id: plan.reference.id.clone() };
        let other = self.other.as_deref().map(|other| self.entry_of(other, candidates, plan)).transpose()?;
        let proposed = || match (&self.id, &self.group) {
            (None, None) => (result.decision.id.clone(), result.decision.group.clone()),
            (id, group) => (id.clone(), group.clone()),
        };
        let (verdict, (entry, group)) = match word {
            VerdictWord::OtherEntry => (ReviewVerdict::Entry, other.ok_or_else(needs)?),
            VerdictWord::Verdict(verdict @ ReviewVerdict::Entry) => (verdict, other.unwrap_or_else(proposed)),
            VerdictWord::Verdict(verdict @ ReviewVerdict::OtherEstablishment) => {
                // Which one may not be known: then the company alone is decided.
                let company = || candidates.first().and_then(|candidate| candidate.group.clone());
                (verdict, other.unwrap_or_else(|| (None, proposed().1.or_else(company))))
            }
            VerdictWord::Verdict(verdict @ ReviewVerdict::Closed) => (verdict, other.unwrap_or_default()),
            VerdictWord::Verdict(verdict) => {
                if let Some(other) = &self.other {
                    return Err(CellProblem::EntryNotAllowed { verdict: text(), other: other.clone() });
                }
                (verdict, (None, None))
            }
        };
        let is_of_entry = matches!(verdict, ReviewVerdict::Entry | ReviewVerdict::OtherEstablishment);
        if is_of_entry && entry.is_none() && group.is_none() {
            return Err(needs());
        }
        // An entry says which group it is of.
        let group = group.filter(|_| entry.is_none());
        let fields = entry.as_ref().and_then(|entry| entry_fields(entry, result));
        Ok(RowDecision { entry, group, ..row_decision(verdict, result, fields) })
    }

    /// Whether the row is what it was when the file was written, as far as the file has its texts.
    fn check_row(&self, result: &ReviewableResult) -> Result<(), CellProblem> {
        let input: Map<String, Value> = serde_json::from_str(&result.decision.input).unwrap_or_default();
        for (field, before) in &self.fields {
            let Some(Value::String(now)) = input.get(field) else { continue };
            let now = now.split(ALTERNATIVE).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ");
            // A workbook cuts what is too long for a cell.
            let before = before.trim_end_matches('…');
            if !plain(&now).starts_with(&plain(before)) {
                return Err(CellProblem::RowChanged { field: field.clone() });
            }
        }
        Ok(())
    }

    /// The entry or the group that a person named: by its id, or as a candidate by its number.
    fn entry_of(
        &self,
        text: &str,
        candidates: &[Alternative],
        plan: &Plan,
    ) -> Result<(Option<String>, Option<String>), CellProblem> {
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let widths = plan.reference.id_widths;
        let is_number = !compact.is_empty() && compact.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(candidate) = compact.parse::<usize>().ok().filter(|place| (1..=candidates.len()).contains(place)) {
            let chosen = candidates.get(candidate - 1);
            return Ok((chosen.map(|one| one.id.clone()), chosen.and_then(|one| one.group.clone())));
        }
        let known = |one: &&Alternative| one.id == compact;
        if let Some(candidate) = candidates.iter().find(known) {
            return Ok((Some(candidate.id.clone()), candidate.group.clone()));
        }
        match (widths.id, widths.group) {
            (Some(width), _) if is_number && compact.len() == width => Ok((Some(compact), None)),
            (_, Some(width)) if is_number && compact.len() == width => Ok((None, Some(compact))),
            // What is written may be a group: the run looks it up as either.
            (None, _) => Ok((Some(if is_number { compact } else { text.to_owned() }), None)),
            (Some(width), _) => Err(CellProblem::NoSuchEntry {
                text: text.to_owned(),
                id: plan.reference.id.clone(),
                width: width as u64,
                candidates: candidates.len() as u64,
            }),
        }
    }
}

/// A text without differences that programs make: white space, apostrophes.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
