//! An in-memory registry of a few companies, and a pipeline over it without plug-ins.

use matchflow_candidates::{exact_search, token_search};
use matchflow_ingest::{inline_table, open_reference};
use matchflow_matcher::{Matcher, index_entries};
use matchflow_model::columns;
use matchflow_model::language::Language;
use matchflow_model::plan::*;

/// The registry: group, name, town. Ids are the group followed by five digits.
const COMPANIES: [(&str, &str, &str); 5] = [
    ("100000001", "menuiserie bertrand", "nice"),
    ("100000002", "garage des alpes", "annecy"),
    ("100000003", "garage martin", "lyon"),
    ("100000004", "imprimerie du lac", "annecy"),
    ("100000005", "<b>épicerie</b>", "lyon"),
];

fn field(name: &str, column: &str) -> FieldPlan {
    let (join, data_type) = (Join::Space, FieldType::Text);
    FieldPlan { name: name.to_owned(), columns: vec![column.to_owned()], join, data_type }
}

fn decide(accept: f64, pass_on: bool) -> StageKind {
    let (review, margin, entry, out_of_scope) = (0.2, 0.05, 0.0, None);
    let evidence = EvidenceScope::All;
    let (ask, of_pairs, accept_without_name) = (false, false, false);
    StageKind::Decide(DecidePlan {
        accept,
        review,
        review_worth: 0.0,
        margin,
        entry,
        out_of_scope,
        pass_on,
        ask,
        of_pairs,
        accept_without_name,
        evidence,
    })
}

fn table(columns: &[&str], rows: Vec<Vec<Option<String>>>) -> TablePlan {
    inline_table(&InlineTable { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows })
}

/// By number, then by name.
fn plan() -> Plan {
    let entry = |(group, name, town): &(&str, &str, &str)| {
        vec![
            Some(format!("{group}00001")),
            Some((*group).to_owned()),
            Some((*name).to_owned()),
            Some((*town).to_owned()),
        ]
    };
    let registry = table(&["siret", "siren", "denomination", "commune"], COMPANIES.iter().map(entry).collect());
    let name = || InputPair { left: "name".to_owned(), right: "name".to_owned() };
    let key = |left: &str, right: &str| ExactKey { left: left.to_owned(), right: right.to_owned() };
    let keys = vec![key("siret", columns::ID), key("siren", columns::GROUP)];
    let candidates = |search| StageKind::Candidates(CandidatesPlan { search, only_if_none: false, candidates_max: 20 });
    let stage = |label: &str, kind| StagePlan { label: label.to_owned(), kind };
    Plan {
        name: "companies".to_owned(),
        language: Language::English,
        evidence: EvidenceScope::All,
        source: SourcePlan {
            table: table(&[], Vec::new()),
            id: vec![IdColumn::Column("Code".to_owned()), IdColumn::Index],
            fields: vec![
                field("name", "Nom"),
                field("town", "Ville"),
                field("siret", "SIRET"),
                field("siren", "SIREN"),
            ],
        },
        reference: ReferencePlan {
            table: registry,
            id: "siret".to_owned(),
            group: Some("siren".to_owned()),
            fields: vec![field("name", "denomination"), field("town", "commune")],
            filters: Vec::new(),
            status: None,
            id_widths: IdWidths::default(),
            index_path: None,
        },
        dedupe: None,
        stages: vec![
            stage("NUMBER", candidates(exact_search(keys, Vec::new()))),
            stage("FIRST", decide(0.9, true)),
            stage("NAME", candidates(token_search(name(), Vec::new(), 10, 2))),
            stage("LAST", decide(0.9, false)),
        ],
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

/// The plan with its matcher.
pub(crate) fn companies() -> (Plan, Matcher) {
    let plan = plan();
    let mut reference = open_reference(&plan.reference, 100).unwrap();
    let index = index_entries(&plan, &[], || Ok(reference.next_batch()?.map(|batch| batch.rows))).unwrap();
    let plugins = plan.stages.iter().map(|_| Vec::new()).collect();
    let matcher = Matcher::new(&plan, plugins, index).unwrap();
    (plan, matcher)
}
