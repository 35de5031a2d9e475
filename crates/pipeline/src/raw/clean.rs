//! The contents of a `clean` stage.

use matchflow_model::plan::CleanerId;
use matchflow_text::CLEANERS;
use serde_json::Value;

use crate::decode::{Decode, Keyword, OneOrMany, ShortOrLong, decode_keyword, keyword_schema, keywords, record};
use crate::error::Problems;
use crate::tree::Node;

/// How a field is cleaned: a cleaner, or the fields that it is made from and a cleaner.
pub(crate) type Clean = ShortOrLong<CleanerId, CleanOptions>;

record! {
    /// A field made from others.
    CleanOptions {
        /// The fields to read.
        Required from: OneOrMany<String>,
        /// The cleaner.
        Required r#as: CleanerId,
        /// Which of the fields count.
        Optional keep: InputSelection = "first",
        /// A field of towns, cleaned before: its town is removed from the end of the cleaned value (`DUPONT LYON`,
        /// `DUPONT AGENCE DE LYON`), if a name is left. Default: none. Example: `town`.
        Optional strip_town: String,
    }
}

/// Which of the input fields count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputSelection {
    /// The first that gives a value.
    First,
    /// All of them.
    All,
}

keywords!(InputSelection, "a choice of fields" {
    "first" => InputSelection::First, "The first field that gives a value.",
    "all" => InputSelection::All, "All fields: their values are alternatives, and the closest one counts when they are \
        compared (the names of a company and of the person behind it).",
});

/// The cleaners of the crate `text`, so that new ones are available here too.
fn cleaners() -> impl Iterator<Item = Keyword<CleanerId>> {
    CLEANERS.iter().map(|cleaner| Keyword {
        name: cleaner.name,
        help: cleaner.help,
        value: CleanerId::new(cleaner.name),
    })
}

impl Decode for CleanerId {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        decode_keyword(node, "a cleaner", cleaners(), problems)
    }

    fn schema() -> Value {
        keyword_schema(cleaners())
    }
}
