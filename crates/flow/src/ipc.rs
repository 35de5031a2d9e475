//! Arrow batches as messages: moved as they are between the workers of a process, as an IPC stream between processes.

use std::io::Cursor;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::ipc::reader::StreamReader;
use matchflow_model::arrow::ipc::writer::StreamWriter;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A record batch that timely can exchange. Cloning shares the buffers.
#[derive(Debug, Clone)]
pub(crate) struct Batch(pub(crate) RecordBatch);

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, &self.0.schema()).map_err(S::Error::custom)?;
        writer.write(&self.0).map_err(S::Error::custom)?;
        writer.finish().map_err(S::Error::custom)?;
        drop(writer);
        bytes.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        let mut reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(D::Error::custom)?;
        let batch = reader.next().ok_or_else(|| D::Error::custom("an IPC stream without a batch"))?;
        Ok(Batch(batch.map_err(D::Error::custom)?))
    }
}
