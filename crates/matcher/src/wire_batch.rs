//! Arrow batches as messages: an IPC stream when they leave the process.

use std::fmt;
use std::io::Cursor;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::ipc::reader::StreamReader;
use matchflow_model::arrow::ipc::writer::StreamWriter;
use serde::de::{Error, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A record batch that can be a message. Cloning shares the buffers.
#[derive(Debug, Clone)]
pub struct WireBatch(pub RecordBatch);

impl WireBatch {
    /// The batch as the bytes of an IPC stream.
    ///
    /// # Errors
    ///
    /// A type that Arrow cannot write.
    pub fn encode(&self) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, &self.0.schema())?;
        writer.write(&self.0)?;
        writer.finish()?;
        drop(writer);
        Ok(bytes)
    }
}

impl Serialize for WireBatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.encode().map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for WireBatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Decode).map(WireBatch)
    }
}

/// Reads the batch of an IPC stream.
struct Decode;

impl Visitor<'_> for Decode {
    type Value = RecordBatch;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an IPC stream with a batch")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<RecordBatch, E> {
        let mut reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(E::custom)?;
        let batch = reader.next().ok_or_else(|| E::custom("an IPC stream without a batch"))?;
        batch.map_err(E::custom)
    }
}
