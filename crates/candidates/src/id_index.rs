//! Finding entries by id, and values that are computed on first use.

use std::sync::OnceLock;

use crate::codec::{Decode, Decoder, Encode, Encoder};
use crate::csr::HashIndex;

/// A value derived from the rows of a registry: computed on first use, and never stored in a file.
#[derive(Debug)]
pub(crate) struct LazyValue<T>(OnceLock<T>);

impl<T> LazyValue<T> {
    pub(crate) fn get_or_init(&self, compute: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(compute)
    }
}

impl<T> Default for LazyValue<T> {
    fn default() -> LazyValue<T> {
        LazyValue(OnceLock::new())
    }
}

impl<T> Encode for LazyValue<T> {
    fn encode(&self, _: &mut Encoder<'_>) -> std::io::Result<()> {
        Ok(())
    }
}

impl<T> Decode for LazyValue<T> {
    fn decode(_: &mut Decoder<'_>) -> std::io::Result<LazyValue<T>> {
        Ok(LazyValue::default())
    }
}

/// How the entries of a registry are found by id.
#[derive(Debug)]
pub(crate) enum IdIndex {
    /// Ids ascend with the entries.
    Ascending,
    /// Maps the hash of an id to its entries.
    Hashed(HashIndex),
}
