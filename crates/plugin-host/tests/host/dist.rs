//! The plug-ins of `plugins/dist`, end to end.

use crate::common::{dist, host};
use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_host::{Host, HostError, Limits, PairBatch, Plugin, Scores};

fn score_pairs(host: &Host, name: &str, parameters: &str, pairs: &[(Option<&str>, Option<&str>)]) -> Scores {
    let left: StringArray = pairs.iter().map(|pair| pair.0).collect();
    let right: StringArray = pairs.iter().map(|pair| pair.1).collect();
    let index: Vec<u32> = (0..pairs.len() as u32).collect();
    let mut scorer = Plugin::load(host, dist(name)).unwrap().scorer(parameters, Limits::default()).unwrap();
    scorer
        .score(&PairBatch {
            left: &[&left],
            right: &[&right],
            left_index: &index,
            right_index: &index,
            ..PairBatch::default()
        })
        .unwrap()
}

#[test]
fn company_names_rank_as_a_person_would() {
    let pairs = [
        (Some("dupont plomberie"), Some("dupont plomberie")),
        (Some("dupont plomberie"), Some("dupont plombrie")),
        (Some("dupont plomberie"), Some("dupont electricite")),
        (Some("dupont plomberie"), None),
        (Some("martin\u{1f}dupont plomberie"), Some("dupont plomberie")),
    ];
    let scores = score_pairs(&host(), "company-name", "{}", &pairs);
    assert_eq!(scores.compared, [true, true, true, false, true]);
    let values = scores.values;
    assert!(values[0] == 1.0 && values[1] > 0.85 && values[2] < 0.6 && values[4] == 1.0, "{values:?}");
}

#[test]
fn a_company_name_scores_the_same_inside_and_outside_wasm() {
    use matchflow_plugin_api::{Scorer, score_pairs as score_natively, testing};
    use matchflow_plugin_company_name::CompanyName;

    let names = ["dupont plomberie", "sncf", "societe nationale des chemins de fer", "carre four lyon", "carrefour"];
    let pairs: Vec<_> =
        names.iter().flat_map(|one| names.iter().map(move |other| (Some(*one), Some(*other)))).collect();
    let inside = score_pairs(&host(), "company-name", "{}", &pairs).values;
    let (left_index, right_index): (Vec<u32>, Vec<u32>) = (0..25).map(|pair| (pair / 5, pair % 5)).unzip();
    let (scorer, columns) = (CompanyName::configure("{}").unwrap(), [testing::column(names)]);
    let outside = score_natively(&scorer, &columns, &columns, &left_index, &right_index, false).unwrap().values;
    assert_eq!(inside, outside);
}

#[test]
fn evidence_is_returned_on_request() {
    let rows = StringArray::from(vec![Some("12 rue du lac"), Some("14 rue du lac"), None]);
    let batch = PairBatch {
        left: &[&rows],
        right: &[&rows],
        left_index: &[0, 0, 2],
        right_index: &[0, 1, 1],
        ..PairBatch::default()
    };
    let mut scorer = Plugin::load(&host(), dist("address")).unwrap().scorer("{}", Limits::default()).unwrap();
    let silent = scorer.score(&batch).unwrap();
    assert!(silent.evidence.is_none(), "{silent:?}");
    let told = scorer.score(&PairBatch { explain: true, ..batch }).unwrap();
    assert_eq!((&told.values, &told.compared), (&silent.values, &silent.compared), "the scores are the same");
    let evidence = told.evidence.unwrap();
    let of = |pair: usize| serde_json::from_str::<serde_json::Value>(evidence[pair].as_ref().unwrap()).unwrap();
    assert_eq!(of(0)["address"]["right"], "12 rue du lac");
    assert_eq!(of(1)["address"]["number"], "other");
    assert_eq!(evidence[2], None, "nothing was compared");
}

#[test]
fn addresses_and_exact_values_score() {
    let host = host();
    let address = score_pairs(
        &host,
        "address",
        "{}",
        &[
            (Some("12 rue du lac"), Some("12 rue du lac")),
            (Some("12 rue du lac"), Some("14 rue du lac")),
            (None, Some("x")),
        ],
    );
    assert!(address.values[0] == 1.0 && (0.4..0.7).contains(&address.values[1]), "{address:?}");
    assert_eq!(address.compared, [true, true, false]);
    let partial = r#"{"partial": {"prefix": 2, "score": 0.5}}"#;
    let exact = score_pairs(&host, "exact", partial, &[(Some("75001"), Some("75002")), (Some("75001"), Some("75001"))]);
    assert_eq!((exact.values, exact.compared), (vec![0.5, 1.0], vec![true, true]));
}

#[test]
fn one_loaded_plugin_scores_on_many_threads() {
    let plugin = Plugin::load(&host(), dist("exact")).unwrap();
    let run = || {
        let mut scorer = plugin.scorer("{}", Limits::default()).unwrap();
        let rows = StringArray::from(vec!["a", "b"]);
        let batch = PairBatch {
            left: &[&rows],
            right: &[&rows],
            left_index: &[0, 0, 1],
            right_index: &[0, 1, 1],
            ..PairBatch::default()
        };
        (0..50).all(|_| scorer.score(&batch).unwrap().values == [1.0, 0.0, 1.0])
    };
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    });
    assert!(all);
}

#[test]
fn a_plugin_describes_itself_and_checks_its_input() {
    let plugin = Plugin::load(&host(), dist("exact")).unwrap();
    assert_eq!((plugin.description().name.as_str(), plugin.digest().len()), ("exact", 64));
    assert!(plugin.check("{}", 1).is_ok());
    let refused = |parameters: &str| plugin.check(parameters, 1).unwrap_err().to_string();
    assert!(refused(r#"{"prefix": 2}"#).contains("expected `partial`"));
    assert!(refused("[]").contains("JSON object"));
    let error = plugin.check("{}", 2).unwrap_err();
    assert!(matches!(error, HostError::Inputs { given: 2, .. }), "{error}");
    assert!(error.to_string().contains("expects `value`"), "{error}");
}

#[test]
fn an_empty_batch_has_no_scores_and_a_bad_one_is_refused() {
    let mut scorer = Plugin::load(&host(), dist("exact")).unwrap().scorer("{}", Limits::default()).unwrap();
    let rows = StringArray::from(vec!["a"]);
    let batch =
        PairBatch { left: &[&rows], right: &[&rows], left_index: &[], right_index: &[], ..PairBatch::default() };
    assert!(scorer.score(&batch).unwrap().values.is_empty());
    let error = scorer.score(&PairBatch { left_index: &[1], right_index: &[0], ..batch }).unwrap_err();
    assert!(matches!(error, HostError::BadBatch { .. }), "{error}");
}
