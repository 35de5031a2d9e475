//! The data of a shard used by all its indexes.

use std::sync::Arc;

use crate::agreement::Agreement;
use crate::error::Error;
use crate::registry::Registry;
use crate::vocabulary::{FieldVocabulary, Vocabulary};

/// The entries of a shard, the codes of the fields that break ties, and the words of all shards.
#[derive(Debug)]
pub(crate) struct ShardData {
    pub(crate) registry: Registry,
    pub(crate) agreement: Agreement,
    pub(crate) vocabulary: Option<Arc<Vocabulary>>,
}

impl ShardData {
    /// The words of a field in all shards.
    pub(crate) fn vocabulary(&self, field: &str) -> Result<&FieldVocabulary, Error> {
        let vocabulary = self.vocabulary.as_ref().and_then(|vocabulary| vocabulary.field(field));
        vocabulary.ok_or_else(|| Error::NoVocabulary { field: field.to_owned() })
    }
}
