//! Arrow batches as messages: moved between the workers of a process, encoded as an IPC stream between processes.
//!
//! timely serializes a message twice, first for its length. A batch for several processes ([`EncodedBatch`]) is encoded
//! only once.

use std::sync::{Arc, OnceLock};

use matchflow_matcher::WireBatch;
use matchflow_model::arrow::array::RecordBatch;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A record batch for several workers. Clones share its buffers and its encoded bytes.
#[derive(Debug, Clone)]
pub(crate) struct EncodedBatch(Arc<(WireBatch, OnceLock<Vec<u8>>)>);

impl EncodedBatch {
    pub(crate) fn new(batch: &WireBatch) -> EncodedBatch {
        EncodedBatch(Arc::new((batch.clone(), OnceLock::new())))
    }

    pub(crate) fn batch(&self) -> &RecordBatch {
        &self.0.0.0
    }
}

impl Serialize for EncodedBatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (batch, bytes) = self.0.as_ref();
        if let Some(bytes) = bytes.get() {
            return serializer.serialize_bytes(bytes);
        }
        let encoded = batch.encode().map_err(S::Error::custom)?;
        serializer.serialize_bytes(bytes.get_or_init(|| encoded))
    }
}

impl<'de> Deserialize<'de> for EncodedBatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireBatch::deserialize(deserializer).map(|batch| EncodedBatch::new(&batch))
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::arrow::array::{ArrayRef, StringArray};
    use timely::dataflow::channels::ContainerBytes;

    use super::*;

    fn batch(values: &[Option<&str>]) -> RecordBatch {
        let column: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("name", column, true)]).unwrap()
    }

    /// Sends a message to another process as timely does.
    fn sent<T>(message: T) -> T
    where
        Vec<T>: ContainerBytes,
    {
        let messages = vec![message];
        let mut bytes = Vec::new();
        messages.into_bytes(&mut bytes);
        assert_eq!(bytes.len(), messages.length_in_bytes());
        let bytes = timely::bytes::arc::BytesMut::from(bytes).freeze();
        Vec::from_bytes(bytes).pop().unwrap()
    }

    #[test]
    fn batches_round_trip_between_processes() {
        for rows in [batch(&[]), batch(&[Some("a"), None, Some("é\u{1f}b")]), batch(&[None; 9]).slice(2, 3)] {
            assert_eq!(sent(WireBatch(rows.clone())).0, rows);
            assert_eq!(sent(Some(EncodedBatch::new(&WireBatch(rows.clone())))).unwrap().batch(), &rows);
        }
    }

    #[test]
    fn a_shared_batch_is_encoded_once() {
        let original = EncodedBatch::new(&WireBatch(batch(&[Some("a")])));
        let other = original.clone();
        assert!(other.0.1.get().is_none());
        sent(original);
        assert!(other.0.1.get().is_some());
    }
}
