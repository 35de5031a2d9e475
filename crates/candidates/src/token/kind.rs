//! The description of the token search.

use matchflow_model::plan::{CandidatesPlan, InputPair, MissingParameter, Search, SearchValue};

use crate::agreement::Agreement;
use crate::codec::{Decoder, decode_all};
use crate::error::Error;
use crate::limits::CandidateLimits;
use crate::registry::Registry;
use crate::search_kind::{
    BuiltIndex, CandidateIndex, ParameterType, SearchKind, SearchParameter, SearchRequirements, list_text, pair_text,
};
use crate::token::index::TokenIndex;
use crate::token::parameters::{NAME, PER_GROUP, PREFER, TOKEN_KIND, TOP};
use crate::token::rows::TokenIndexes;

/// Names that share rare words with the row's.
pub(crate) static TOKEN: SearchKind = SearchKind {
    name: TOKEN_KIND,
    version: 2,
    help: "Finds entries whose names share rare words (tokens), or words that nearly match.",
    parameters: &[
        SearchParameter { name: NAME, help: "The name fields to compare.", value: ParameterType::Field },
        SearchParameter {
            name: PREFER,
            help: "Fields that rank an entry higher among equals if they agree. Example: `[postcode, town]`.",
            value: ParameterType::Fields { default: &[] },
        },
        SearchParameter {
            name: TOP,
            help: "Maximum number of groups (companies) found for a row.",
            value: ParameterType::Number { min: 1, max: 1_000, default: 20 },
        },
        SearchParameter {
            name: PER_GROUP,
            help: "Maximum number of entries of each group.",
            value: ParameterType::Number { min: 1, max: 100, default: 3 },
        },
    ],
    short_form: None,
    describe,
    limits,
    requirements,
    build,
    decode,
};

/// A token search.
pub fn token_search(name: InputPair, prefer: Vec<InputPair>, top: usize, per_group: usize) -> Search {
    let search = Search::new(TOKEN.name).with(NAME, SearchValue::Pairs(vec![name]));
    let search = search.with(PREFER, SearchValue::Pairs(prefer)).with(TOP, SearchValue::Number(top));
    search.with(PER_GROUP, SearchValue::Number(per_group))
}

fn describe(search: &Search) -> Result<String, MissingParameter> {
    let prefer = match search.pairs(PREFER) {
        [] => String::new(),
        prefer => format!("; prefers {}", list_text(prefer, ", ", |pair| (&pair.left, &pair.right))),
    };
    let name = search.pair(NAME)?;
    let name = pair_text(&name.left, &name.right);
    let (top, per_group) = (search.number(TOP)?, search.number(PER_GROUP)?);
    Ok(format!("token: {name}, top {top} groups, {per_group} entries each{prefer}"))
}

fn limits(plan: &CandidatesPlan) -> Result<CandidateLimits, MissingParameter> {
    Ok(CandidateLimits { groups_max: plan.search.number(TOP)?, entries_max: plan.candidates_max })
}

fn requirements(search: &Search) -> Result<SearchRequirements, MissingParameter> {
    let name = &search.pair(NAME)?.right;
    let prefer: Vec<String> = search.pairs(PREFER).iter().map(|pair| pair.right.clone()).collect();
    let values = prefer.iter().chain([name]).cloned().collect();
    Ok(SearchRequirements { indexes: vec![vec![name.clone()]], values, prefer })
}

fn build(registry: &Registry, agreement: &Agreement, fields: &[Vec<String>]) -> Result<BuiltIndex, Error> {
    let (mut indexes, mut terms) = (Vec::new(), Vec::new());
    for field in fields.iter().flatten() {
        let (index, counted) = TokenIndex::build(registry, agreement, field)?;
        indexes.push(index);
        terms.push(counted);
    }
    Ok(BuiltIndex { index: Box::new(TokenIndexes(indexes)), terms })
}

fn decode(from: &mut Decoder<'_>) -> std::io::Result<Box<dyn CandidateIndex>> {
    Ok(Box::new(TokenIndexes(decode_all(from)?)))
}
