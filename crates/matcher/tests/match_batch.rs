//! Batches of rows through all stages of a plan: any split gives the same decisions, and a stop check ends the work.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use matchflow_candidates::{exact_search, token_search};
use matchflow_matcher::{MatchError, MatchScratch, Matcher, index_entries};
use matchflow_model::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::*;
use matchflow_model::{RowBatch, columns, digest};
use matchflow_plugin_host::{Host, HostOptions, Plugin};
use proptest::prelude::*;

const ENTRIES: usize = 60;
const ROWS: usize = 40;
const KINDS: [&str; 4] = ["freres", "services", "transports", "plomberie"];

fn company(number: usize) -> String {
    format!("maison {} {}", number % 13, KINDS[number % KINDS.len()])
}

fn text(values: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn registry() -> RecordBatch {
    let numbers = || (0..ENTRIES).map(|number| 100_000_000 + number);
    let open: Vec<bool> = (0..ENTRIES).map(|number| number % 9 != 0).collect();
    RecordBatch::try_from_iter_with_nullable([
        (columns::ID, text(numbers().map(|siren| Some(format!("{siren}00001"))).collect()), false),
        (columns::GROUP, text(numbers().map(|siren| Some(siren.to_string())).collect()), false),
        (columns::OPEN, Arc::new(BooleanArray::from(open)) as ArrayRef, false),
        ("name", text((0..ENTRIES).map(|number| Some(company(number))).collect()), true),
    ])
    .unwrap()
}

/// Every third row has the number of its company, some have a misspelt name, a few have none.
fn rows() -> RecordBatch {
    let name = |number: usize| match number % 11 {
        0 => None,
        3 | 7 => Some(company(number).replace('i', "y")),
        _ => Some(company(number)),
    };
    let siren = |number: usize| (number.is_multiple_of(3)).then(|| (100_000_000 + number).to_string());
    let names: Vec<_> = (0..ROWS).map(name).collect();
    let digests = names.iter().map(|name| digest::row([name.as_deref()]));
    RecordBatch::try_from_iter_with_nullable([
        (columns::KEY, text((0..ROWS).map(|number| Some(format!("F{number}"))).collect()), false),
        (columns::ROW, Arc::new(UInt64Array::from_iter_values(2..ROWS as u64 + 2)) as ArrayRef, false),
        (columns::DIGEST, Arc::new(UInt64Array::from_iter_values(digests)) as ArrayRef, false),
        ("siren", text((0..ROWS).map(siren).collect()), true),
        ("name", text(names), true),
    ])
    .unwrap()
}

fn decide(accept: f64, pass_on: bool) -> StageKind {
    StageKind::Decide(DecidePlan {
        accept,
        review: 0.3,
        review_worth: 0.0,
        margin: 0.05,
        entry: 0.0,
        out_of_scope: None,
        pass_on,
        ask: false,
        of_pairs: false,
        accept_without_name: false,
        evidence: EvidenceScope::All,
    })
}

/// By number first; remaining rows are searched by name and scored by a plug-in.
fn plan() -> Plan {
    let field = |name: &str| FieldPlan {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        join: Join::Space,
        data_type: FieldType::Text,
    };
    let inline = || TablePlan { format: "inline".to_owned(), files: Vec::new(), options: Default::default() };
    let pair = || InputPair { left: "name".to_owned(), right: "name".to_owned() };
    let keys = vec![ExactKey { left: "siren".to_owned(), right: columns::GROUP.to_owned() }];
    let candidates =
        |search, candidates_max| StageKind::Candidates(CandidatesPlan { search, only_if_none: false, candidates_max });
    let scorer = ScorerPlan {
        name: "name".to_owned(),
        plugin: PathBuf::from("unused"),
        digest: String::new(),
        inputs: vec![pair()],
        weight: 1.0,
        parameters: "{}".to_owned(),
        timeout_ms: 60_000,
        memory_bytes_max: 64 << 20,
        output_bytes_max: 16 << 20,
        on_failure: OnFailure::Stop,
    };
    let stage = |label: &str, kind| StagePlan { label: label.to_owned(), kind };
    Plan {
        name: "test".to_owned(),
        source: SourcePlan { table: inline(), id: vec![IdColumn::Index], fields: vec![field("siren"), field("name")] },
        reference: ReferencePlan {
            table: inline(),
            id: "siret".to_owned(),
            group: Some("siren".to_owned()),
            fields: vec![field("name")],
            filters: Vec::new(),
            status: None,
            id_widths: Default::default(),
            index_path: None,
        },
        dedupe: None,
        stages: vec![
            stage("BY_NUMBER", candidates(exact_search(keys, Vec::new()), 20)),
            stage("FIRST", decide(0.9, true)),
            stage("BY_NAME", candidates(token_search(pair(), Vec::new(), 10, 2), 20)),
            stage("SCORE", StageKind::Score(ScorePlan { scorers: vec![scorer], model: None, of_pairs: false })),
            stage("LAST", decide(0.9, false)),
        ],
        language: matchflow_model::language::Language::English,
        evidence: EvidenceScope::All,
        one_to_one: false,
        sink: SinkPlan { checkpoint: "unused".into(), batch_size: 1, fallback: None },
        outputs: Vec::new(),
        report: ReportPlan::default(),
        execution: ExecutionPlan {
            workers: 1,
            scoring_threads: 1,
            chunk_rows: 16,
            in_flight_rows: 256,
            limit_rows: None,
            schedule: Schedule::Unordered,
            retry_errors: false,
            stale: StalePolicy::Keep,
        },
    }
}

fn matcher() -> &'static Matcher {
    static MATCHER: OnceLock<Matcher> = OnceLock::new();
    MATCHER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
        let host = Host::new(HostOptions::default()).unwrap();
        let plugin = Plugin::load(&host, folder.join("edit-distance.wasm")).unwrap();
        let plan = plan();
        let mut entries = Some(registry());
        let index = index_entries(&plan, &[], || Ok(entries.take())).unwrap();
        let plugins = vec![Vec::new(), Vec::new(), Vec::new(), vec![plugin], Vec::new()];
        Matcher::new(&plan, plugins, index).unwrap()
    })
}

fn batch(rows: RecordBatch) -> RowBatch {
    RowBatch { rows, rejects: Vec::new() }
}

fn match_rows(rows: RecordBatch, scratch: &mut MatchScratch) -> Vec<Decision> {
    matcher().match_batch(&batch(rows), scratch, &|| false).unwrap()
}

#[test]
fn every_row_has_one_decision_in_the_order_of_rows() {
    let decisions = match_rows(rows(), &mut MatchScratch::default());
    let numbers: Vec<u64> = decisions.iter().map(|decision| decision.row).collect();
    assert_eq!(numbers, (2..ROWS as u64 + 2).collect::<Vec<_>>());
    let stage = |stage: &str| decisions.iter().filter(|decision| decision.stage.as_deref() == Some(stage)).count();
    assert!(stage("BY_NUMBER") > 5 && stage("BY_NAME") > 5, "rows of both searches");
    assert!(decisions.iter().any(|decision| decision.outcome == Outcome::Unmatched));
}

#[test]
fn an_empty_batch_has_no_decisions() {
    assert_eq!(match_rows(rows().slice(0, 0), &mut MatchScratch::default()), Vec::new());
}

#[test]
fn a_stop_check_ends_the_work_at_any_point() {
    let calls = Cell::new(0);
    let count = || {
        calls.set(calls.get() + 1);
        false
    };
    matcher().match_batch(&batch(rows()), &mut MatchScratch::default(), &count).unwrap();
    assert!(calls.get() > 5, "between all stages");
    for stop_at in 1..=calls.get() {
        let seen = Cell::new(0);
        let stop = || {
            seen.set(seen.get() + 1);
            seen.get() >= stop_at
        };
        let result = matcher().match_batch(&batch(rows()), &mut MatchScratch::default(), &stop);
        assert!(matches!(result, Err(MatchError::Stopped)), "stopped at {stop_at}");
    }
}

#[test]
fn entries_are_found_by_id_and_group_with_any_searches() {
    let matcher = matcher();
    for found in [matcher.find_entry("10000000700001").unwrap(), matcher.find_group("100000007").unwrap()] {
        let found = found.expect("the entry is there");
        assert_eq!(columns::text(&found, "name").unwrap().value(0), company(7));
    }
    assert!(matcher.find_entry("100000007").unwrap().is_none());
    assert!(matcher.find_group("10000000700001").unwrap().is_none());
}

#[test]
fn an_empty_registry_has_no_index() {
    let mut entries = Some(registry().slice(0, 0));
    let result = index_entries(&plan(), &[], || Ok(entries.take()));
    assert!(matches!(result, Err(MatchError::EmptyReference { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_split_into_batches_gives_the_same_decisions(cuts in prop::collection::btree_set(1..ROWS, 0..8)) {
        let mut scratch = MatchScratch::default();
        let expected = match_rows(rows(), &mut scratch);
        let mut decisions = Vec::new();
        let mut start = 0;
        for end in cuts.into_iter().chain([ROWS]) {
            decisions.extend(match_rows(rows().slice(start, end - start), &mut scratch));
            start = end;
        }
        prop_assert_eq!(decisions, expected);
    }
}
