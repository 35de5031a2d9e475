//! The bytes of a record.
//!
//! ```text
//! file   = MAGIC record*
//! record = MARKER length:u32 checksum:u64 payload          little-endian; the checksum is XXH3 of the payload
//! payload = key:[u8; 32] meta_length:u32 meta body       meta is JSON
//! ```

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::cost::Usage;
use crate::request::{Answer, RequestKey};

/// The start of a file, with the version of its format.
pub(super) const MAGIC: [u8; 16] = *b"matchflow answ\x00\x01";
/// The start of a record.
pub(super) const MARKER: [u8; 4] = [0xa5, b'M', b'F', 0x5a];
/// Bytes of a record before its payload.
pub(super) const HEAD_BYTES: usize = 16;
/// Limit of a payload; no answer comes close to it.
const PAYLOAD_BYTES_MAX: u32 = 256 << 20;

/// Metadata stored with the body of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AnswerMeta {
    /// The stage that sent the request.
    pub(super) stage: String,
    /// The address without its query, for people who read the file.
    pub(super) url: String,
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) usage: Usage,
    pub(super) cost: f64,
    /// Seconds since 1970.
    pub(super) answered_s: u64,
}

/// The head of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordHead {
    pub(super) payload_bytes: u32,
    checksum: u64,
}

impl RecordHead {
    /// `None` if these bytes are not a head.
    pub(super) fn read(bytes: &[u8; HEAD_BYTES]) -> Option<RecordHead> {
        let [a, b, c, d, l0, l1, l2, l3, checksum @ ..] = *bytes;
        let head =
            RecordHead { payload_bytes: u32::from_le_bytes([l0, l1, l2, l3]), checksum: u64::from_le_bytes(checksum) };
        ([a, b, c, d] == MARKER && head.payload_bytes <= PAYLOAD_BYTES_MAX).then_some(head)
    }

    /// Whether this is the payload of the record.
    pub(super) fn matches(&self, payload: &[u8]) -> bool {
        payload.len() == self.payload_bytes as usize && xxh3_64(payload) == self.checksum
    }
}

/// A record's bytes; `None` if the answer is too large.
pub(super) fn record(key: &RequestKey, meta: &AnswerMeta, body: &[u8]) -> Option<Vec<u8>> {
    let meta = serde_json::to_vec(meta).ok()?;
    let payload_bytes = u32::try_from(32 + 4 + meta.len() + body.len()).ok()?;
    if payload_bytes > PAYLOAD_BYTES_MAX {
        return None;
    }
    let mut payload = Vec::with_capacity(payload_bytes as usize);
    payload.extend_from_slice(&key.0);
    payload.extend_from_slice(&u32::try_from(meta.len()).ok()?.to_le_bytes());
    payload.extend_from_slice(&meta);
    payload.extend_from_slice(body);
    let mut record = Vec::with_capacity(HEAD_BYTES + payload.len());
    record.extend_from_slice(&MARKER);
    record.extend_from_slice(&payload_bytes.to_le_bytes());
    record.extend_from_slice(&xxh3_64(&payload).to_le_bytes());
    record.extend_from_slice(&payload);
    Some(record)
}

/// The parts of a payload.
pub(super) fn parse(payload: &[u8]) -> Option<(RequestKey, AnswerMeta, &[u8])> {
    let (key, rest) = payload.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (meta, body) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((RequestKey(*key), serde_json::from_slice(meta).ok()?, body))
}

impl AnswerMeta {
    pub(super) fn answer(self, body: &[u8]) -> Answer {
        let AnswerMeta { status, content_type, usage, cost, .. } = self;
        Answer { status, content_type, body: Arc::from(body), usage, cost, tries: 0 }
    }
}
