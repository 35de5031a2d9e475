//! Small registries, supplier rows, and a search over any number of shards.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float32Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use matchflow_candidates::{
    Index, LocalTerms, PAIR_ROW, PAIR_SIMILARITY, Scratch, Shard, ShardBuilder, Vocabulary, blocked_search,
    candidate_limits, exact_search, merge, search, token_search,
};
use matchflow_model::columns;
use matchflow_model::digest;
use matchflow_model::plan::{CandidatesPlan, ExactKey, InputPair, Search};
use proptest::prelude::*;

/// A registry entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) closed: bool,
    pub(crate) head_office: bool,
    pub(crate) name: Option<String>,
    pub(crate) postcode: Option<String>,
    pub(crate) town: Option<String>,
}

/// An entry of group `id[..2]`.
pub(crate) fn entry(id: &str, name: &str, postcode: &str, town: &str) -> Entry {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entry {
        id: id.to_owned(),
        group: id[..2].to_owned(),
        name: value(name),
        postcode: value(postcode),
        town: value(town),
        ..Entry::default()
    }
}

/// A supplier row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) siret: Option<String>,
    pub(crate) siren: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) postcode: Option<String>,
    pub(crate) town: Option<String>,
}

pub(crate) fn row(name: &str, postcode: &str, town: &str) -> Row {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Row { name: value(name), postcode: value(postcode), town: value(town), ..Row::default() }
}

/// Adds the rows' positions in the order of comparison.
pub(crate) fn in_order(rows: &RecordBatch, orders: &[String]) -> RecordBatch {
    let field = Field::new(columns::ORDER, DataType::Utf8, false);
    let fields = rows.schema().fields().iter().map(|field| field.as_ref().clone()).chain([field]).collect::<Vec<_>>();
    let order: ArrayRef = Arc::new(StringArray::from_iter_values(orders));
    let columns = rows.columns().iter().cloned().chain([order]).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn text<T>(items: &[T], of: impl Fn(&T) -> Option<&String>) -> ArrayRef {
    Arc::new(items.iter().map(|item| of(item).map(String::as_str)).collect::<StringArray>())
}

fn flags(items: &[Entry], of: impl Fn(&Entry) -> bool) -> ArrayRef {
    Arc::new(items.iter().map(|item| Some(of(item))).collect::<BooleanArray>())
}

pub(crate) fn registry(entries: &[Entry]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([
        (columns::ID, text(entries, |entry| Some(&entry.id)), false),
        (columns::GROUP, text(entries, |entry| Some(&entry.group)), false),
        (columns::OPEN, flags(entries, |entry| !entry.closed), false),
        ("name", text(entries, |entry| entry.name.as_ref()), true),
        ("postcode", text(entries, |entry| entry.postcode.as_ref()), true),
        ("town", text(entries, |entry| entry.town.as_ref()), true),
        ("head_office", flags(entries, |entry| entry.head_office), true),
    ])
    .unwrap()
}

pub(crate) fn suppliers(rows: &[Row]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([
        ("siret", text(rows, |row| row.siret.as_ref()), true),
        ("siren", text(rows, |row| row.siren.as_ref()), true),
        ("name", text(rows, |row| row.name.as_ref()), true),
        ("postcode", text(rows, |row| row.postcode.as_ref()), true),
        ("town", text(rows, |row| row.town.as_ref()), true),
    ])
    .unwrap()
}

pub(crate) fn exact() -> Search {
    let keys = vec![key("siret", columns::ID), key("siren", columns::GROUP)];
    exact_search(keys, vec![pair("postcode"), pair("town")])
}

pub(crate) fn blocked(distance_max: usize) -> Search {
    blocked_search(vec![key("postcode", "postcode"), key("town", "town")], pair("name"), distance_max)
}

pub(crate) fn token(top: usize, per_group: usize) -> Search {
    token_search(pair("name"), vec![pair("postcode"), pair("town")], top, per_group)
}

pub(crate) fn key(left: &str, right: &str) -> ExactKey {
    ExactKey { left: left.to_owned(), right: right.to_owned() }
}

pub(crate) fn pair(field: &str) -> InputPair {
    InputPair { left: field.to_owned(), right: field.to_owned() }
}

pub(crate) fn stage(search: Search) -> CandidatesPlan {
    CandidatesPlan { search, only_if_none: false, candidates_max: 30 }
}

/// The registry in `count` shards by group, pushed in batches of `batch` rows.
pub(crate) fn shards(entries: &[Entry], count: u64, batch: usize, searches: &[Search]) -> Vec<Arc<Shard>> {
    index(entries, count, batch, searches).shards
}

/// The same with its vocabulary.
pub(crate) fn index(entries: &[Entry], count: u64, batch: usize, searches: &[Search]) -> Index {
    let built = (0..count).map(|shard| {
        let mine: Vec<Entry> =
            entries.iter().filter(|entry| digest::exchange(entry.group.as_bytes()) % count == shard).cloned().collect();
        let mut builder = ShardBuilder::new(searches);
        mine.chunks(batch).for_each(|chunk| builder.push(&registry(chunk)).unwrap());
        builder.finish().unwrap()
    });
    let (mut shards, terms): (Vec<Shard>, Vec<LocalTerms>) = built.unzip();
    let vocabulary = Arc::new(Vocabulary::merge(terms).unwrap());
    shards.iter_mut().for_each(|shard| shard.set_vocabulary(vocabulary.clone()).unwrap());
    Index { shards: shards.into_iter().map(Arc::new).collect(), vocabulary }
}

/// The merged result of all shards, which must be the same whether they are searched together or one by one.
pub(crate) fn ask(shards: &[Arc<Shard>], plan: &CandidatesPlan, rows: &RecordBatch) -> Option<RecordBatch> {
    let open: Vec<u32> = (0..rows.num_rows() as u32).collect();
    let answers: Vec<RecordBatch> = shards
        .iter()
        .map(|shard| {
            let mut scratch = Scratch::default();
            let found = shard.search(&plan.search, plan.candidates_max, rows, &open, &mut scratch).unwrap();
            shard.pairs(&found).unwrap()
        })
        .collect();
    let merged = merge(&answers, candidate_limits(plan).unwrap()).unwrap();
    let all: Vec<&Shard> = shards.iter().map(Arc::as_ref).collect();
    let mut scratch = Scratch::default();
    let together = search(&all, &plan.search, plan.candidates_max, rows, &open, &mut scratch).unwrap();
    let answers: Vec<RecordBatch> =
        all.iter().zip(&together).map(|(shard, found)| shard.pairs(found).unwrap()).collect();
    assert_eq!(merge(&answers, candidate_limits(plan).unwrap()).unwrap(), merged);
    merged
}

/// Row, id and similarity of each pair.
pub(crate) fn triples(pairs: Option<RecordBatch>) -> Vec<(u32, String, f32)> {
    let Some(pairs) = pairs else { return Vec::new() };
    let rows = pairs.column_by_name(PAIR_ROW).unwrap();
    let rows: &UInt32Array = rows.as_primitive();
    let similarities = pairs.column_by_name(PAIR_SIMILARITY).unwrap();
    let similarities: &Float32Array = similarities.as_primitive();
    let ids = columns::text(&pairs, columns::ID).unwrap();
    (0..pairs.num_rows()).map(|at| (rows.value(at), ids.value(at).to_owned(), similarities.value(at))).collect()
}

/// The ids found for the rows, in order.
pub(crate) fn ids(pairs: Option<RecordBatch>) -> Vec<String> {
    triples(pairs).into_iter().map(|triple| triple.1).collect()
}

/// One shard, one row.
pub(crate) fn find(entries: &[Entry], search: Search, row: Row) -> Vec<String> {
    let shards = shards(entries, 1, 3, std::slice::from_ref(&search));
    ids(ask(&shards, &stage(search), &suppliers(&[row])))
}

const WORDS: [&str; 22] = [
    "bam",
    "gara",
    "edfs",
    "dpl",
    "boulangerie",
    "boulangerei",
    "martin",
    "martins",
    "matrin",
    "auto",
    "ecole",
    "autoecole",
    "du",
    "centre",
    "dupont",
    "dupond",
    "sncf",
    "edf",
    "garage",
    "garages",
    "la",
    "poste",
];

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 1..5).prop_map(|words| words.join(" "))
}

fn names() -> impl Strategy<Value = Option<String>> {
    let names = prop::collection::vec(name(), 1..3).prop_map(|names| names.join("\u{1f}"));
    prop::option::weighted(0.9, names)
}

fn place() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.8, prop::sample::select(&["75001", "06000", "69001"][..]).prop_map(str::to_owned))
}

fn identifier() -> impl Strategy<Value = String> {
    (0u8..12, 0u8..4).prop_map(|(group, nic)| format!("{group:02}{nic}"))
}

/// Registries of a few groups, with copies and near copies of entries.
pub(crate) fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (identifier(), names(), place(), place(), any::<bool>(), any::<bool>()).prop_map(
        |(id, name, postcode, town, closed, head_office)| Entry {
            group: id[..2].to_owned(),
            id,
            closed,
            head_office,
            name,
            postcode,
            town,
        },
    );
    prop::collection::vec(entry, 0..60)
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let siret = prop::option::of(identifier());
    let siren = prop::option::of(identifier().prop_map(|id| id[..2].to_owned()));
    let row = (siret, siren, names(), place(), place()).prop_map(|(siret, siren, name, postcode, town)| Row {
        siret,
        siren,
        name,
        postcode,
        town,
    });
    prop::collection::vec(row, 1..8)
}
