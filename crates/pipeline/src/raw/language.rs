//! The keywords of languages, from the table in `model`.

use matchflow_model::language::Language;

use crate::decode::{Decode, Keyword, decode_keyword, keyword_schema};
use crate::error::Problems;
use crate::tree::Node;

impl Decode for Language {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Language> {
        decode_keyword(node, "a language", languages(), problems)
    }

    fn schema() -> serde_json::Value {
        keyword_schema(languages())
    }
}

fn languages() -> impl Iterator<Item = Keyword<Language>> {
    let keyword = |language: Language| Keyword { name: language.code(), help: language.description(), value: language };
    Language::ALL.into_iter().map(keyword)
}
