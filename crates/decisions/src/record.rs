//! One record of the file of decisions, and its line.
//!
//! ```text
//! {"id":"3f0c…","act":"91ab…","of":1,"by":"Alice","at":"2026-11-30T17:32:54.104Z","kind":"verdict","key":"F1",…}
//! ```

use matchflow_model::digest::sha256_hex;
use matchflow_model::review_verdict::{ReviewVerdict, VerdictNote};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Hexadecimal digits of ids: 64 bits, as many as a row's digest has.
const ID_DIGITS: usize = 16;

/// How every line begins.
const LINE_START: &str = "{\"id\":\"";

/// What a person did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The act that it is a part of. Set by [`act_lines`].
    #[serde(default)]
    pub act: String,
    /// The records of the act. Set by [`act_lines`].
    #[serde(default)]
    pub of: u64,
    /// Who.
    pub by: String,
    /// When: RFC 3339 in UTC, so that times sort as texts.
    pub at: String,
    /// Why, in the person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What.
    #[serde(flatten)]
    pub content: DecisionContent,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecisionContent {
    /// A verdict.
    Verdict(Box<RowDecision>),
    /// Records that no longer count.
    Undo {
        /// Their ids.
        undoes: Vec<String>,
    },
}

/// A verdict on a row, or on rows that may be the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowDecision {
    /// The row.
    #[serde(flatten)]
    pub row: DecidedRow,
    /// What was decided.
    pub verdict: ReviewVerdict,
    /// The entry chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The group chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The rows that it is, or is not, the same as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<DecidedRow>,
    /// The ids of the verdicts that it replaces: those that the person knew of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
    /// The digest of the file that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the person was given to decide by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ProposedResult>,
}

/// A row, by its key and its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DecidedRow {
    /// Its key.
    pub key: String,
    /// The digest of its declared fields.
    #[serde(with = "hexadecimal")]
    pub digest: u64,
}

/// The result that a person decided by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProposedResult {
    /// Its outcome.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The run that it is of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// The digest of the registry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub registry: String,
    /// The digest of the plan.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// The fields of the entry that was chosen, where the result had them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Map<String, Value>>,
}

/// A record with its line.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordLine {
    /// The digest of the line.
    pub id: String,
    /// The line, without its end. Copied as it is, so that what a later version adds is not lost.
    pub line: String,
    /// What it says.
    pub record: DecisionRecord,
}

impl RowDecision {
    /// The verdict as results name it.
    pub fn note(&self, id: &str, record: &DecisionRecord) -> VerdictNote {
        VerdictNote {
            record: id.to_owned(),
            verdict: self.verdict,
            id: self.entry.clone(),
            group: self.group.clone(),
            by: record.by.clone(),
            at: record.at.clone(),
            why: record.why.clone(),
        }
    }
}

impl DecisionRecord {
    /// The verdict; `None` for a record that undoes others.
    pub fn verdict(&self) -> Option<&RowDecision> {
        match &self.content {
            DecisionContent::Verdict(verdict) => Some(verdict),
            DecisionContent::Undo { .. } => None,
        }
    }

    /// The ids of the records that it ends.
    pub fn ends(&self) -> &[String] {
        match &self.content {
            DecisionContent::Verdict(verdict) => &verdict.replaces,
            DecisionContent::Undo { undoes } => undoes,
        }
    }

    fn to_json(&self) -> String {
        // Texts, numbers, lists and JSON: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl RecordLine {
    fn new(record: DecisionRecord) -> RecordLine {
        let json = record.to_json();
        let id = id_of(&json);
        let line = format!("{LINE_START}{id}\",{}", json.get(1..).unwrap_or_default());
        RecordLine { id, line, record }
    }

    /// Reads a line; `Err` has what is wrong with it.
    ///
    /// # Errors
    ///
    /// A line that no version has written, or that was changed since.
    pub fn parse(line: &str) -> Result<RecordLine, &'static str> {
        let rest = line.strip_prefix(LINE_START).ok_or("it is no record of a decision")?;
        let (id, rest) = rest.split_at_checked(ID_DIGITS).ok_or("it ends too soon")?;
        let rest = rest.strip_prefix("\",").ok_or("it is no record of a decision")?;
        let json = format!("{{{rest}");
        if id_of(&json) != id {
            return Err("it was changed or damaged after it was written");
        }
        let record = serde_json::from_str(&json).map_err(|_| "a later version of matchflow wrote it")?;
        Ok(RecordLine { id: id.to_owned(), line: line.to_owned(), record })
    }
}

fn id_of(json: &str) -> String {
    let mut id = sha256_hex(json.as_bytes());
    id.truncate(ID_DIGITS);
    id
}

/// The lines of one act: they count together or not at all.
pub fn act_lines(records: Vec<DecisionRecord>) -> Vec<RecordLine> {
    let of = records.len() as u64;
    let contents: Vec<String> = records.iter().map(DecisionRecord::to_json).collect();
    let act = id_of(&contents.join("\n"));
    records.into_iter().map(|record| RecordLine::new(DecisionRecord { act: act.clone(), of, ..record })).collect()
}

/// A digest as 16 hexadecimal digits: JSON numbers of other programs have 53 bits.
mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(digest: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{digest:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A verdict on a row; `digest` is that of its content.
    pub(crate) fn verdict(by: &str, at: u32, key: &str, digest: u64, verdict: ReviewVerdict) -> DecisionRecord {
        let entry = matches!(verdict, ReviewVerdict::Entry).then(|| "73282932000074".to_owned());
        DecisionRecord {
            act: String::new(),
            of: 0,
            by: by.to_owned(),
            at: format!("2026-11-30T17:00:{at:02}Z"),
            why: None,
            content: DecisionContent::Verdict(Box::new(RowDecision {
                row: DecidedRow { key: key.to_owned(), digest },
                verdict,
                entry,
                group: None,
                others: Vec::new(),
                replaces: Vec::new(),
                source: None,
                proposed: None,
            })),
        }
    }

    #[test]
    fn a_line_reads_back_as_the_record_it_was_made_of() {
        let mut record = verdict("Élodie \"E\"", 1, "F1", u64::MAX, ReviewVerdict::Entry);
        record.why = Some("same phone\nand town".to_owned());
        if let DecisionContent::Verdict(verdict) = &mut record.content {
            let fields = serde_json::json!({"name": "NOVALIS"}).as_object().cloned();
            verdict.proposed = Some(ProposedResult { score: Some(0.1 + 0.2), fields, ..ProposedResult::default() });
        }
        let undo = DecisionRecord {
            content: DecisionContent::Undo { undoes: vec!["0123456789abcdef".to_owned()] },
            ..record.clone()
        };
        let lines = act_lines(vec![record, undo]);
        for line in &lines {
            assert!(!line.line.contains('\n'));
            assert_eq!(RecordLine::parse(&line.line).as_ref(), Ok(line));
            assert_eq!((line.record.of, line.record.act.len()), (2, 16));
        }
        assert!(lines[0].line.contains("\"key\":\"F1\",\"digest\":\"ffffffffffffffff\""), "{}", lines[0].line);
    }

    #[test]
    fn a_changed_line_is_found() {
        let line = act_lines(vec![verdict("Alice", 1, "F1", 7, ReviewVerdict::Closed)]).remove(0).line;
        assert!(RecordLine::parse(&line.replace("Alice", "Bob")).unwrap_err().contains("changed"));
        for end in 0..line.len() {
            assert!(RecordLine::parse(&line[..end]).is_err(), "{end}");
        }
        assert!(RecordLine::parse("").is_err());
        assert!(RecordLine::parse("{\"key\":\"F1\"}").is_err());
    }

    #[test]
    fn what_a_later_version_adds_is_reported_not_guessed() {
        let json = r#"{"act":"a","of":1,"by":"A","at":"2026-11-30T17:00:00Z","kind":"reminder"}"#;
        let line = format!("{LINE_START}{}\",{}", id_of(json), &json[1..]);
        assert_eq!(RecordLine::parse(&line), Err("a later version of matchflow wrote it"));
    }
}
