//! Messages of the control channels: the length in four bytes, then JSON.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Maximum length of a message: longer ones do not come from matchflow.
const BYTES_MAX: usize = 1 << 20;

/// Writes a message in one call.
pub(super) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).ok().filter(|length| *length as usize <= BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the message is too long"))?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(json);
    to.write_all(&bytes)
}

/// Reads the next message.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a matchflow process"));
    }
    let mut json = vec![0; length];
    from.read_exact(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip_and_foreign_bytes_are_refused() {
        let mut bytes = Vec::new();
        write(&mut bytes, &"one").unwrap();
        write(&mut bytes, &2).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read::<String>(&mut from).unwrap(), "one");
        assert_eq!(read::<u32>(&mut from).unwrap(), 2);
        assert_eq!(read::<u32>(&mut from).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let error = read::<u32>(&mut b"GET / HTTP/1.1\r\n".as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
