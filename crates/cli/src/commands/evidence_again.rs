//! Recomputes the evidence of a row that the checkpoint does not keep: the row is read, searched and scored as in a
//! run.
//!
//! **Limits.** Without a stored index the registry is read whole, and no arbiter is asked: what one decided is always kept.

use matchflow_ingest::open_source;
use matchflow_matcher::MatchScratch;
use matchflow_model::RowBatch;
use matchflow_model::columns;
use matchflow_model::evidence::Alternative;
use matchflow_model::language::Label;
use matchflow_model::outcome::Decision;
use matchflow_model::plan::EvidenceScope;

use crate::failure::{Failure, FailureContext};
use crate::load::LoadedPipeline;
use crate::plan_matcher::plan_matcher;

/// Rows per batch read.
const BATCH_ROWS: usize = 512;

/// The origin of the evidence shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EvidenceOrigin {
    /// The checkpoint.
    Kept,
    /// The checkpoint has at most the scores, and no pipeline was given to recompute the rest.
    NotKept,
    /// Recomputed, with the same result as in the run.
    MadeAgain,
    /// An input of the computation has changed since the run: the stored evidence is shown.
    Changed,
    /// The row is no longer in the supplier file: the stored evidence is shown.
    RowGone,
}

impl EvidenceOrigin {
    /// The code for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            EvidenceOrigin::Kept => "kept",
            EvidenceOrigin::NotKept => "not_kept",
            EvidenceOrigin::MadeAgain => "made_again",
            EvidenceOrigin::Changed => "changed",
            EvidenceOrigin::RowGone => "row_gone",
        }
    }

    /// The note for the reader.
    pub(crate) fn note(self) -> Option<Label> {
        Some(match self {
            EvidenceOrigin::Kept => return None,
            EvidenceOrigin::NotKept => Label {
                en: "the evidence of this row was not kept: `matchflow explain PIPELINE.yaml KEY` makes it again, `evidence: all` \
                     in the pipeline keeps it",
                fr: "le détail de cette ligne n'a pas été conservé : `matchflow explain PIPELINE.yaml CLÉ` le refait, \
                     `evidence: all` dans le pipeline le conserve",
            },
            EvidenceOrigin::MadeAgain => Label {
                en: "the evidence of this row was not kept: it was made again now, with the same result",
                fr: "le détail de cette ligne n'a pas été conservé : il a été refait maintenant, avec le même résultat",
            },
            EvidenceOrigin::Changed => Label {
                en: "the evidence of this row was not kept, and cannot be made again: the registry, a plug-in or the pipeline has \
                     changed since the run; `matchflow run` does such rows again",
                fr: "le détail de cette ligne n'a pas été conservé et ne peut être refait : le registre, un module ou le pipeline a \
                     changé depuis ; `matchflow run` refait ces lignes",
            },
            EvidenceOrigin::RowGone => Label {
                en: "the evidence of this row was not kept, and cannot be made again: the supplier file no longer has the row",
                fr: "le détail de cette ligne n'a pas été conservé et ne peut être refait : la ligne n'est plus dans le fichier \
                     fournisseurs",
            },
        })
    }
}

/// Whether the checkpoint lacks part of a row's evidence: it has only scores, or nothing about some candidate.
pub(crate) fn is_evidence_cut(decision: &Decision) -> bool {
    // Pairs of duplicates have no group.
    let is_cut = |one: &Alternative| one.group.is_some() && one.entry.is_none();
    decision.evidence.is_none() && (decision.entry.is_some() || decision.alternatives.iter().any(is_cut))
}

/// Recomputes the evidence of a row.
pub(crate) fn make_again(loaded: &LoadedPipeline, decision: &mut Decision) -> Result<EvidenceOrigin, Failure> {
    const READING: &str = "reading the files of the pipeline";
    const MATCHING: &str = "making the evidence again";
    let mut plan = loaded.checked.plan.clone();
    plan.keep_evidence(EvidenceScope::All);
    let mut source = open_source(&plan.source, BATCH_ROWS).while_doing(READING)?;
    let row = loop {
        let Some(batch) = source.next_batch().while_doing(READING)? else { return Ok(EvidenceOrigin::RowGone) };
        let keys = columns::text(&batch.rows, columns::KEY).while_doing(READING)?;
        if let Some(row) = keys.iter().position(|key| key == Some(decision.key.as_str())) {
            break RowBatch { rows: batch.rows.slice(row, 1), rejects: Vec::new() };
        }
    };
    let matcher = plan_matcher(&plan, &loaded.plugins, MATCHING)?;
    let decisions = matcher.match_batch(&row, &mut MatchScratch::default(), &|| false).while_doing(MATCHING)?;
    let Some(again) = decisions.into_iter().next().filter(|again| is_same(again, decision)) else {
        return Ok(EvidenceOrigin::Changed);
    };
    decision.alternatives = again.alternatives;
    decision.scores = again.scores;
    decision.comparisons = again.comparisons;
    decision.evidence = again.evidence;
    Ok(EvidenceOrigin::MadeAgain)
}

/// Whether two decisions on a row have the same cause. The end of a run (one-to-one) may have changed the outcome.
fn is_same(one: &Decision, other: &Decision) -> bool {
    let of = |decision: &Decision| (decision.digest, decision.stage.clone(), decision.score, decision.weight);
    of(one) == of(other) && (one.id == other.id || other.id.is_none())
}
