//! The encoding of values in an index file: in sequence, arrays prefixed with their length.
//!
//! A custom format instead of a derived one (rkyv, bincode): the next version of this program must read an index file
//! or refuse it, so the format must not change with a library.

use std::io::{Error, ErrorKind, Read, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use matchflow_model::digest::Checksum;

/// Bytes converted at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// A value that can be written to an index file.
pub(crate) trait Encode {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()>;
}

/// A value that can be read back from an index file.
pub(crate) trait Decode: Sized {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Self>;
}

/// The file being written, with a checksum of the bytes so far.
pub(crate) struct Encoder<'a> {
    to: &'a mut dyn Write,
    checksum: Checksum,
    block: Vec<u8>,
    goes_on: &'a dyn Fn() -> bool,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(to: &'a mut dyn Write, goes_on: &'a dyn Fn() -> bool) -> Encoder<'a> {
        Encoder { to, checksum: Checksum::default(), block: Vec::new(), goes_on }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if !(self.goes_on)() {
            return Err(Error::new(ErrorKind::Interrupted, "the run ends"));
        }
        self.checksum.update(bytes);
        self.to.write_all(bytes)
    }

    /// The checksum of everything written.
    pub(crate) fn checksum(self) -> u64 {
        self.checksum.finish()
    }
}

/// The file being read.
pub(crate) struct Decoder<'a> {
    from: &'a mut dyn Read,
    /// The remaining bytes: no array can be longer, whatever its recorded length.
    left: u64,
    block: Vec<u8>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(from: &'a mut dyn Read, left: u64) -> Decoder<'a> {
        Decoder { from, left, block: vec![0; BLOCK_BYTES] }
    }

    /// The length of an array whose items take at least `item_bytes` bytes.
    pub(crate) fn length(&mut self, item_bytes: usize) -> std::io::Result<usize> {
        let length = u64::decode(self)?;
        match length.checked_mul(item_bytes.max(1) as u64) {
            Some(bytes) if bytes <= self.left => Ok(length as usize),
            _ => Err(Error::new(ErrorKind::InvalidData, "an array is longer than the file")),
        }
    }

    /// The next bytes, at most [`BLOCK_BYTES`].
    fn block(&mut self, length: usize) -> std::io::Result<&[u8]> {
        let block = self.block.get_mut(..length).ok_or(ErrorKind::InvalidInput)?;
        self.left = self.left.checked_sub(length as u64).ok_or(ErrorKind::UnexpectedEof)?;
        self.from.read_exact(block)?;
        Ok(block)
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let length = to.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.from.read(to.get_mut(..length).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Implements [`Encode`] and [`Decode`] for a struct, field by field.
macro_rules! codec {
    ($kind:ident { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Encode for $kind {
            fn encode(&self, out: &mut $crate::codec::Encoder<'_>) -> std::io::Result<()> {
                $($crate::codec::Encode::encode(&self.$field, out)?;)*
                Ok(())
            }
        }

        impl $crate::codec::Decode for $kind {
            fn decode(from: &mut $crate::codec::Decoder<'_>) -> std::io::Result<$kind> {
                Ok($kind { $($field: $crate::codec::Decode::decode(from)?),* })
            }
        }
    };
}
pub(crate) use codec;

/// Numbers, alone and in arrays.
macro_rules! numbers {
    ($($number:ident)*) => {
        $(
            impl Encode for $number {
                fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
                    out.bytes(&self.to_le_bytes())
                }
            }

            impl Decode for $number {
                fn decode(from: &mut Decoder<'_>) -> std::io::Result<$number> {
                    let mut bytes = [0; size_of::<$number>()];
                    from.read_exact(&mut bytes)?;
                    Ok($number::from_le_bytes(bytes))
                }
            }

            impl Encode for Vec<$number> {
                fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
                    (self.len() as u64).encode(out)?;
                    let mut block = std::mem::take(&mut out.block);
                    for numbers in self.chunks(BLOCK_BYTES / size_of::<$number>()) {
                        block.clear();
                        numbers.iter().for_each(|number| block.extend_from_slice(&number.to_le_bytes()));
                        out.bytes(&block)?;
                    }
                    out.block = block;
                    Ok(())
                }
            }

            impl Decode for Vec<$number> {
                fn decode(from: &mut Decoder<'_>) -> std::io::Result<Vec<$number>> {
                    const BYTES: usize = size_of::<$number>();
                    let length = from.length(BYTES)?;
                    let mut numbers: Vec<$number> = Vec::with_capacity(length);
                    while numbers.len() < length {
                        let block = from.block(((length - numbers.len()) * BYTES).min(BLOCK_BYTES))?;
                        numbers.extend(block.as_chunks::<BYTES>().0.iter().map(|bytes| $number::from_le_bytes(*bytes)));
                    }
                    Ok(numbers)
                }
            }
        )*
    };
}
numbers!(u8 u16 u32 u64 f32);

impl Encode for String {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        (self.len() as u64).encode(out)?;
        self.as_bytes().chunks(BLOCK_BYTES).try_for_each(|block| out.bytes(block))
    }
}

impl Decode for String {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<String> {
        let bytes = Vec::<u8>::decode(from)?;
        String::from_utf8(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        u8::from(self.is_some()).encode(out)?;
        self.as_ref().map_or(Ok(()), |value| value.encode(out))
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Option<T>> {
        (u8::decode(from)? == 1).then(|| T::decode(from)).transpose()
    }
}

impl<T: Encode> Encode for Arc<T> {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.as_ref().encode(out)
    }
}

impl<T: Decode> Decode for Arc<T> {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Arc<T>> {
        T::decode(from).map(Arc::new)
    }
}

/// Writes values that are not numbers, in sequence.
pub(crate) fn encode_all<T: Encode>(values: &[T], out: &mut Encoder<'_>) -> std::io::Result<()> {
    (values.len() as u64).encode(out)?;
    values.iter().try_for_each(|value| value.encode(out))
}

/// Reads what [`encode_all`] wrote.
pub(crate) fn decode_all<T: Decode>(from: &mut Decoder<'_>) -> std::io::Result<Vec<T>> {
    let length = from.length(1)?;
    (0..length).map(|_| T::decode(from)).collect()
}

impl Encode for SchemaRef {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        write_batch(&RecordBatch::new_empty(Arc::clone(self)), out)
    }
}

impl Decode for SchemaRef {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<SchemaRef> {
        read_batch(from).map(|batch| batch.schema())
    }
}

impl Encode for ArrayRef {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        let schema = Schema::new(vec![Field::new("column", self.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::clone(self)]).map_err(Error::other)?;
        write_batch(&batch, out)
    }
}

impl Decode for ArrayRef {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<ArrayRef> {
        let batch = read_batch(from)?;
        batch.columns().first().cloned().ok_or_else(|| ErrorKind::InvalidData.into())
    }
}

fn write_batch(batch: &RecordBatch, out: &mut Encoder<'_>) -> std::io::Result<()> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(Error::other)?;
    writer.write(batch).map_err(Error::other)?;
    writer.into_inner().map_err(Error::other)?.encode(out)
}

fn read_batch(from: &mut Decoder<'_>) -> std::io::Result<RecordBatch> {
    let bytes = Vec::<u8>::decode(from)?;
    let mut reader = StreamReader::try_new(bytes.as_slice(), None).map_err(Error::other)?;
    reader.next().ok_or(ErrorKind::InvalidData)?.map_err(Error::other)
}
