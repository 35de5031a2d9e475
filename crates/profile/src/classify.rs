//! Assigns a kind to each column from its sample.

use crate::cell_pattern::{has_cents, has_company_word, is_code, is_number, is_words};
use crate::column_kind::{COLUMN_KINDS, ColumnKind, KindInfo};
use crate::column_sample::ColumnSample;
use crate::header_words::{header_evidence, is_descriptive};

/// Kinds with less confidence are dropped.
const CONFIDENCE_MIN: f64 = 0.42;
/// Weight of a header that contradicts all cells.
const CONTRADICTED: f64 = 0.3;
/// Weight of cells under a header with unrelated words.
const OTHER_HEADER: f64 = 0.75;
/// Minimum share of numbers among cells that are no names, whatever the header.
const NUMBERS: f64 = 0.8;
/// Confidence of a kind that only cells prove, and not by check digits: it does not outweigh a missing key.
const UNPROVEN: f64 = 0.8;
/// Minimum share of words, and of distinct ones, in a column that is taken for the names because no other is.
const WORDS: f64 = 0.8;
const WORDS_DISTINCT: f64 = 0.7;
/// Minimum share of rows with a value in a key column, and of distinct values among them.
const KEY_FILL: f64 = 0.5;
const KEY_DISTINCT: f64 = 0.9;

/// The detected kind of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnGuess {
    /// The column.
    pub column: String,
    /// The kind of its cells.
    pub kind: ColumnKind,
    /// The confidence, from 0 to 1.
    pub confidence: f64,
    /// Whether the header indicates it, rather than the cells alone.
    pub by_header: bool,
    /// The other possible kinds, most likely first.
    pub others: Vec<(ColumnKind, f64)>,
}

/// A possible kind of a column.
struct Candidate {
    kind: ColumnKind,
    confidence: f64,
    by_header: bool,
}

/// The kinds of the columns of a table.
pub fn classify(samples: &[ColumnSample]) -> Vec<ColumnGuess> {
    let mut candidates: Vec<Vec<Candidate>> = samples.iter().map(column_candidates).collect();
    for info in COLUMN_KINDS.iter().filter(|info| info.is_single) {
        retain_one(info.kind, samples, &mut candidates);
    }
    add_key(samples, &mut candidates);
    add_name(samples, &mut candidates);
    let guess = |(sample, mut candidates): (&ColumnSample, Vec<Candidate>)| {
        candidates.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
        let mut candidates = candidates.into_iter();
        let other = Candidate { kind: ColumnKind::Other, confidence: 1.0, by_header: false };
        let best = candidates.next().unwrap_or(other);
        ColumnGuess {
            column: sample.name.clone(),
            kind: best.kind,
            confidence: best.confidence,
            by_header: best.by_header,
            others: candidates.map(|candidate| (candidate.kind, candidate.confidence)).collect(),
        }
    };
    samples.iter().zip(candidates).map(guess).collect()
}

/// All kinds for which a column has enough evidence.
fn column_candidates(sample: &ColumnSample) -> Vec<Candidate> {
    let header = header_evidence(&sample.name);
    let not_a_kind = worth(&header, ColumnKind::Other);
    let of_kind = |info: &KindInfo| {
        let by_header = worth(&header, info.kind);
        let confidence = confidence(info, sample, by_header, not_a_kind);
        (confidence >= CONFIDENCE_MIN).then_some(Candidate {
            kind: info.kind,
            confidence,
            by_header: by_header >= CONFIDENCE_MIN,
        })
    };
    let mut candidates: Vec<Candidate> = COLUMN_KINDS.iter().filter_map(of_kind).collect();
    let best = candidates.iter().map(|candidate| candidate.confidence).fold(0.0, f64::max);
    if not_a_kind > best {
        candidates.clear();
    }
    candidates
}

fn worth(header: &[(ColumnKind, f64)], kind: ColumnKind) -> f64 {
    header.iter().find(|(known, _)| *known == kind).map_or(0.0, |(_, worth)| *worth)
}

/// Combines header and cells as independent evidence.
fn confidence(info: &KindInfo, sample: &ColumnSample, by_header: f64, not_a_kind: f64) -> f64 {
    let has_values = !sample.values.is_empty();
    let share = sample.share(info.fits);
    let by_header = match info.is_strict && has_values {
        true => by_header * (CONTRADICTED + (1.0 - CONTRADICTED) * share),
        // A column of one or two distinct values, or of numbers, contains no company names.
        false if info.kind == ColumnKind::Name && (sample.is_constant() || sample.share(is_number) >= NUMBERS) => {
            by_header * CONTRADICTED
        }
        false => by_header,
    };
    let mut by_cells = if has_values && share >= 0.5 { share * info.cells_alone } else { 0.0 };
    by_cells *= match info.kind {
        // Numbers without cents may be anything; names are recognised by company words and by being distinct.
        ColumnKind::Amount => sample.share(has_cents),
        // Two letters are a country, a province or a state: the header has to tell.
        ColumnKind::Country if by_header == 0.0 && is_descriptive(&sample.name) => CONTRADICTED,
        ColumnKind::Name => (0.35 + 0.65 * sample.share(has_company_word).min(0.4) / 0.4) * sample.distinct().sqrt(),
        _ => 1.0,
    };
    // Check digits are proof. For other kinds a few cells prove little, and a header with unrelated words counts
    // against the kind.
    if info.cells_alone < 1.0 {
        let count = sample.values.len() as f64;
        by_cells *= count / (count + 1.0);
        if by_header == 0.0 && is_descriptive(&sample.name) {
            by_cells *= OTHER_HEADER;
        }
    }
    if not_a_kind > 0.0 && by_header < not_a_kind {
        by_cells *= 0.5;
    }
    1.0 - (1.0 - by_header) * (1.0 - by_cells)
}

/// For a kind that a table has once: keeps the column with the most evidence that is filled in the most rows.
fn retain_one(kind: ColumnKind, samples: &[ColumnSample], candidates: &mut [Vec<Candidate>]) {
    let is_best = |candidates: &[Candidate], candidate: &Candidate| {
        candidates.iter().all(|other| other.confidence <= candidate.confidence)
    };
    let mut best: Option<(usize, f64)> = None;
    for (place, (sample, candidates)) in samples.iter().zip(candidates.iter()).enumerate() {
        let Some(candidate) = candidates.iter().find(|candidate| candidate.kind == kind) else { continue };
        let first = if is_best(candidates, candidate) { 1.0 } else { 0.6 };
        let worth = candidate.confidence * first * (0.6 + 0.4 * sample.fill());
        if best.is_none_or(|(_, known)| worth > known + 1e-9) {
            best = Some((place, worth));
        }
    }
    for (place, candidates) in candidates.iter_mut().enumerate() {
        if best.is_some_and(|(best, _)| best != place) {
            candidates.retain(|candidate| candidate.kind != kind);
        }
    }
}

/// Values of a key are distinct. Without a header that indicates it, it is the first column of codes that are all
/// distinct.
fn add_key(samples: &[ColumnSample], candidates: &mut [Vec<Candidate>]) {
    for (sample, candidates) in samples.iter().zip(candidates.iter_mut()) {
        let is_key = sample.fill() >= KEY_FILL && sample.distinct() >= KEY_DISTINCT;
        candidates.retain(|candidate| candidate.kind != ColumnKind::Key || is_key);
    }
    let has_key = candidates.iter().flatten().any(|candidate| candidate.kind == ColumnKind::Key);
    if let (false, Some((sample, candidates))) = (has_key, samples.iter().zip(candidates.iter_mut()).next())
        && candidates.iter().all(|candidate| !candidate.by_header && candidate.confidence < UNPROVEN)
        && worth(&header_evidence(&sample.name), ColumnKind::Other) == 0.0
        && sample.is_key()
        && sample.share(is_code) >= 1.0
    {
        candidates.clear();
        candidates.push(Candidate { kind: ColumnKind::Key, confidence: 0.6, by_header: false });
    }
}

/// A list of companies has names: if no header and no company words tell which column has them, it is the one with the most
/// distinct words.
fn add_name(samples: &[ColumnSample], candidates: &mut [Vec<Candidate>]) {
    if candidates.iter().flatten().any(|candidate| candidate.kind == ColumnKind::Name) {
        return;
    }
    let may_be_names = |(sample, candidates): &(&ColumnSample, &mut Vec<Candidate>)| {
        candidates.is_empty()
            && worth(&header_evidence(&sample.name), ColumnKind::Other) == 0.0
            && sample.share(is_words) >= WORDS
            && sample.distinct() >= WORDS_DISTINCT
            && !sample.is_constant()
    };
    let likeness = |sample: &ColumnSample| sample.distinct() * (1.0 + sample.share(has_company_word)) * sample.fill();
    let best = samples.iter().zip(candidates.iter_mut()).filter(may_be_names);
    if let Some((_, candidates)) = best.max_by(|(left, _), (right, _)| likeness(left).total_cmp(&likeness(right))) {
        candidates.push(Candidate { kind: ColumnKind::Name, confidence: 0.45, by_header: false });
    }
}
