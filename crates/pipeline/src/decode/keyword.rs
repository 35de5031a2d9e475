//! Keywords: words in the file, the values that they denote, and their help texts.

use serde_json::{Value, json};

use super::unexpected;
use crate::error::Problems;
use crate::suggest::listed;
use crate::tree::{Kind, Node};

/// A word of the file, its help text, and the value that it denotes.
pub(crate) struct Keyword<T> {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) value: T,
}

/// Reads one of `keywords`; `expected` describes them.
pub(crate) fn decode_keyword<T>(
    node: &Node,
    expected: &str,
    keywords: impl Iterator<Item = Keyword<T>>,
    problems: &mut Problems,
) -> Option<T> {
    let Kind::Scalar(scalar) = &node.kind else {
        unexpected(node, expected, problems);
        return None;
    };
    let mut names = Vec::new();
    for keyword in keywords {
        if keyword.name == scalar.text {
            return Some(keyword.value);
        }
        names.push(keyword.name);
    }
    // The closest keyword is searched with the text in the file: a variable's value stays hidden.
    let written = scalar.display_text();
    let help = listed("allowed: ", written, names.into_iter());
    problems.at(node.place, format!("`{written}` is not {expected}")).help(help);
    None
}

/// Reads one of `words`; `expected` describes them.
pub(crate) fn decode_word(
    node: &Node,
    expected: &str,
    words: &[&'static str],
    problems: &mut Problems,
) -> Option<&'static str> {
    decode_keyword(node, expected, words.iter().map(|word| Keyword { name: word, help: "", value: *word }), problems)
}

/// The JSON Schema of [`decode_word`].
pub(crate) fn word_schema(words: &[&str]) -> Value {
    json!({ "enum": words })
}

/// The JSON Schema of `keywords`: each with its description, which editors show.
pub(crate) fn keyword_schema<T>(keywords: impl Iterator<Item = Keyword<T>>) -> Value {
    let constants: Vec<Value> =
        keywords.map(|keyword| json!({ "const": keyword.name, "description": keyword.help })).collect();
    json!({ "oneOf": constants })
}

/// Declares the keywords of an enumeration: one line `"word" => value, "help",` each.
macro_rules! keywords {
    ($type:ty, $expected:literal { $($name:literal => $value:expr, $help:literal,)* }) => {
        impl $crate::decode::Decode for $type {
            fn decode(node: &$crate::tree::Node, problems: &mut $crate::error::Problems) -> Option<Self> {
                let keywords = [$($crate::decode::Keyword { name: $name, help: $help, value: $value }),*];
                $crate::decode::decode_keyword(node, $expected, keywords.into_iter(), problems)
            }

            fn schema() -> serde_json::Value {
                let keywords = [$($crate::decode::Keyword::<$type> { name: $name, help: $help, value: $value }),*];
                $crate::decode::keyword_schema(keywords.into_iter())
            }
        }
    };
}
pub(crate) use keywords;
