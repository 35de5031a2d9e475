//! Digests by which finished work is recognised. Identical on every machine, worker count and version of Rust.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// A 64-bit hash of bytes, for exchanging rows and registry entries between workers.
pub fn exchange(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The content of a supplier row in 64 bits: only compared with the digest stored for the same key.
///
/// Length-prefixed, so that `("ab", "c")` and `("a", "bc")` differ, and a null differs from an empty text.
pub fn row<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> u64 {
    let mut digest = RowDigest::default();
    values.into_iter().for_each(|value| digest.push(value));
    digest.finish()
}

/// Computes [`row`] value by value, reusing memory across rows.
#[derive(Debug, Default)]
pub struct RowDigest(Vec<u8>);

impl RowDigest {
    /// Adds the row's next value.
    #[inline]
    pub fn push(&mut self, value: Option<&str>) {
        let length = value.map_or(u64::MAX, |text| text.len() as u64);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(value.unwrap_or_default().as_bytes());
    }

    /// The row's digest. The next value belongs to another row.
    #[inline]
    pub fn finish(&mut self) -> u64 {
        let digest = xxh3_64(&self.0);
        self.0.clear();
        digest
    }
}

/// JSON whose objects have sorted keys: the same text for equal values, however they were written.
pub fn canonical_json(value: &serde_json::Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 of `bytes` in lower-case hexadecimal: plug-ins, registries, parameters.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish_hex()
}

/// An incremental 64-bit checksum (XXH3): it detects damage, not forgery.
#[derive(Default)]
pub struct Checksum(Xxh3);

impl Checksum {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all bytes.
    pub fn finish(&self) -> u64 {
        self.0.digest()
    }
}

/// An incremental SHA-256.
#[derive(Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest in lower-case hexadecimal (64 characters).
    pub fn finish_hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_digest_depends_on_where_values_end() {
        assert_ne!(row([Some("ab"), Some("c")]), row([Some("a"), Some("bc")]));
        assert_ne!(row([None, Some("")]), row([Some(""), None]));
        assert_eq!(row([Some("a"), None]), row([Some("a"), None]));
    }

    #[test]
    fn row_digests_are_stable_across_versions() {
        // Checkpoints store them: another value would match every row again.
        let long = "Société Générale ".repeat(40);
        let rows = [&[][..], &[Some("a"), None], &[Some(""), Some(long.as_str()), Some("€")], &[None; 300]];
        let mut digest = RowDigest::default();
        for values in rows {
            let mut state = xxhash_rust::xxh3::Xxh3::new();
            for value in values {
                state.update(&value.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
                state.update(value.unwrap_or_default().as_bytes());
            }
            values.iter().for_each(|value| digest.push(*value));
            assert_eq!((row(values.iter().copied()), digest.finish()), (state.digest(), state.digest()));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_change_canonical_json() {
        let json = |text: &str| canonical_json(&serde_json::from_str(text).expect("the text is JSON"));
        assert_eq!(json(r#"{"b":[2,{"y":1,"x":2}],"a":null}"#), r#"{"a":null,"b":[2,{"x":2,"y":1}]}"#);
        assert_ne!(json("[1,2]"), json("[2,1]"));
    }

    #[test]
    fn sha256_of_empty_input_is_the_published_value() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
