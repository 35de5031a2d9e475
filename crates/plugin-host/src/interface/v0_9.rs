//! The records of `matchflow:plugin/scoring@0.9.0`, field by field as in `tests/host/v0_9/plugin.wit`, and their
//! conversion to the newest version. Components of this version are in use: this file must not change any more.

use wasmtime::component::{ComponentType, Lift, Lower};

use super::v1_0;

/// A scorer's description of itself.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Description {
    name: String,
    version: String,
    summary: String,
    inputs: Vec<Input>,
    parameters: String,
}

/// A column that a scorer compares.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Input {
    name: String,
    kind: String,
    required: bool,
}

/// A column passed to a plug-in.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ColumnIn<'a> {
    offsets: &'a [u32],
    data: &'a [u8],
    valid: &'a [u8],
}

/// Evidence returned by a plug-in.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ColumnOut {
    offsets: Vec<u32>,
    data: Vec<u8>,
    valid: Vec<u8>,
}

/// Scores of a batch returned by a plug-in.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ScoresOut {
    values: Vec<f32>,
    compared: Vec<u8>,
    evidence: Option<ColumnOut>,
}

/// The arguments of `score`.
pub(crate) type ScoreArguments<'a> = (&'a [ColumnIn<'a>], &'a [ColumnIn<'a>], &'a [u32], &'a [u32]);

impl Description {
    pub(crate) fn into_newest(self) -> super::Description {
        let input =
            |input: Input| super::Input { name: input.name, kind: input.kind, required: input.required, rarity: false };
        super::Description {
            name: self.name,
            version: self.version,
            summary: self.summary,
            inputs: self.inputs.into_iter().map(input).collect(),
            parameters: self.parameters,
        }
    }
}

/// Columns without the rarity of their words.
pub(crate) fn columns<'a>(columns: &[v1_0::ColumnIn<'a>]) -> Vec<ColumnIn<'a>> {
    columns.iter().map(|column| ColumnIn { offsets: column.offsets, data: column.data, valid: column.valid }).collect()
}

impl ScoresOut {
    /// This version always returned evidence; it is dropped unless `explain` requests it. A text marked missing is empty.
    pub(crate) fn into_newest(self, explain: bool) -> v1_0::ScoresOut {
        let evidence = self.evidence.filter(|_| explain).map(|column| {
            let mut offsets = column.offsets;
            let mut data = column.data;
            if column.valid.contains(&0) {
                (offsets, data) = without_missing(&offsets, &data, &column.valid);
            }
            v1_0::TextsOut { offsets, data }
        });
        v1_0::ScoresOut { values: self.values, compared: self.compared, evidence, information: Vec::new() }
    }
}

/// The same texts, with those marked missing empty. Invalid offsets are kept, for the check that rejects them.
fn without_missing(offsets: &[u32], data: &[u8], valid: &[u8]) -> (Vec<u32>, Vec<u8>) {
    let mut texts = Vec::with_capacity(data.len());
    let mut ends = vec![0];
    for (row, (start, end)) in offsets.iter().zip(offsets.iter().skip(1)).enumerate() {
        let Some(text) = data.get(*start as usize..*end as usize) else { return (offsets.to_vec(), data.to_vec()) };
        if valid.get(row) != Some(&0) {
            texts.extend_from_slice(text);
        }
        ends.push(texts.len() as u32);
    }
    (ends, texts)
}
