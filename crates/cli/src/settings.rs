//! The settings that affect decisions, with a digest each, so that a resumed run can list what changed.
//!
//! Paths of files do not count, and neither do limits: they never change a result, or, like an arbiter's cost limit,
//! only that of rows that are marked and retried. A plug-in and its parameters are separate parts, whatever kind of
//! stage has them.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::digest::{canonical_json, sha256_hex};
use matchflow_model::plan::{Plan, StageKind, StagePlan};
use matchflow_model::setting;
use serde_json::{Map, Value};

/// Parts of a plan that affect no result, and those that are listed separately: paths in its JSON, with `*` for any
/// item or variant. A test fails for a path that is in no plan.
const IGNORED_PATHS: [&str; 16] = [
    "reference.index_path",
    "reference.table.files",
    "stages.*.kind.score.scorers.*.plugin",
    "stages.*.kind.score.scorers.*.digest",
    "stages.*.kind.score.scorers.*.parameters",
    "stages.*.kind.score.scorers.*.timeout_ms",
    "stages.*.kind.score.scorers.*.memory_bytes_max",
    "stages.*.kind.score.scorers.*.output_bytes_max",
    "stages.*.kind.arbitrate.plugin",
    "stages.*.kind.arbitrate.digest",
    "stages.*.kind.arbitrate.parameters",
    "stages.*.kind.arbitrate.timeout_ms",
    "stages.*.kind.arbitrate.memory_bytes_max",
    "stages.*.kind.arbitrate.output_bytes_max",
    "stages.*.kind.arbitrate.remote",
    "stages.*.kind.arbitrate.cost_max",
];
/// Maximum number of parts named in a message.
const NAMED_MAX: usize = 6;

/// Each part with its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The parts of a plan.
    pub(crate) fn of(plan: &Plan, reference_digest: &str) -> Settings {
        let mut parts = BTreeMap::new();
        // Rows compared with each other are distinguished by their own digests.
        if plan.dedupe.is_none() {
            parts.insert(setting::REGISTRY.to_owned(), reference_digest.to_owned());
        }
        let json = decisive_json(plan);
        parts.insert("how the registry is read".to_owned(), digest(json.get("reference").unwrap_or(&Value::Null)));
        for (stage, json) in plan.stages.iter().zip(json.get("stages").and_then(Value::as_array).into_iter().flatten())
        {
            parts.insert(format!("stage {}", stage.label), digest(json.get("kind").unwrap_or(&Value::Null)));
            add_rule_versions(stage, &mut parts);
            add_plugins(stage, &mut parts);
        }
        Settings(parts)
    }

    /// The parts by their names.
    pub(crate) fn into_parts(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The digest of all parts.
    pub(crate) fn digest(&self) -> String {
        sha256_hex(self.to_json().as_bytes())
    }

    /// The parts as a JSON object.
    pub(crate) fn to_json(&self) -> String {
        let parts = self.0.iter().map(|(name, digest)| (name.clone(), Value::String(digest.clone())));
        Value::Object(parts.collect::<Map<_, _>>()).to_string()
    }

    /// Describes the differences from `before` (JSON from [`Settings::to_json`]).
    pub(crate) fn changed_since(&self, before: &str) -> String {
        let before: BTreeMap<String, String> = serde_json::from_str(before).unwrap_or_default();
        if before.is_empty() {
            return "settings that were not recorded".to_owned();
        }
        let names: BTreeSet<&String> = before.keys().chain(self.0.keys()).collect();
        let changed: Vec<&str> =
            names.into_iter().filter(|name| before.get(*name) != self.0.get(*name)).map(String::as_str).collect();
        let mut words = changed.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
        if changed.len() > NAMED_MAX {
            words.push_str(&format!(" and {} more", changed.len() - NAMED_MAX));
        }
        words
    }
}

/// The digest of JSON, independent of the order of its keys.
pub(crate) fn digest(value: &Value) -> String {
    sha256_hex(canonical_json(value).as_bytes())
}

/// The plan as JSON, without parts that affect no result.
fn decisive_json(plan: &Plan) -> Value {
    let mut json = serde_json::json!({ "reference": plan.reference, "stages": plan.stages });
    for path in IGNORED_PATHS {
        remove_path(&mut json, path);
    }
    json
}

/// How the registry is read, as JSON, without parts that affect no result.
pub(crate) fn reference_json(plan: &Plan) -> Value {
    decisive_json(plan).get_mut("reference").map(Value::take).unwrap_or_default()
}

/// Removes the values at a path; returns their number.
fn remove_path(value: &mut Value, path: &str) -> usize {
    let Some((step, rest)) = path.split_once('.') else {
        return value.as_object_mut().map_or(0, |fields| usize::from(fields.remove(path).is_some()));
    };
    match value {
        Value::Array(items) if step == "*" => items.iter_mut().map(|item| remove_path(item, rest)).sum(),
        Value::Object(fields) => {
            let inside = fields.iter_mut().filter(|(name, _)| step == "*" || *name == step);
            inside.map(|(_, inner)| remove_path(inner, rest)).sum()
        }
        _ => 0,
    }
}

/// Adds the versions of a stage's cleaners, or of its search.
fn add_rule_versions(stage: &StagePlan, parts: &mut BTreeMap<String, String>) {
    match &stage.kind {
        StageKind::Clean(plan) => {
            for step in &plan.steps {
                let name = step.cleaner.name();
                let version = matchflow_text::cleaner(name).map_or(0, |cleaner| cleaner.version);
                parts.insert(format!("cleaner `{name}`"), version.to_string());
                if step.town_field.is_some() {
                    parts.insert("cleaner `strip_town`".to_owned(), matchflow_text::STRIP_TOWN_VERSION.to_string());
                }
            }
        }
        StageKind::Candidates(plan) => {
            let name = format!("search `{}`", plan.search.kind);
            let version = matchflow_candidates::search_kind(&plan.search.kind).map_or(0, |search| search.version);
            parts.insert(name, version.to_string());
        }
        StageKind::Score(_) | StageKind::Decide(_) | StageKind::Arbitrate(_) => {}
    }
}

/// Adds the plug-ins of a stage and their parameters.
fn add_plugins(stage: &StagePlan, parts: &mut BTreeMap<String, String>) {
    let mut add = |name: &str, component: &str, parameters: &str| {
        parts.insert(format!("{}`{name}` of {}", setting::PLUGIN, stage.label), component.to_owned());
        parts.insert(format!("parameters of `{name}` of {}", stage.label), digest(&Value::from(parameters)));
    };
    match &stage.kind {
        StageKind::Score(plan) => {
            plan.scorers.iter().for_each(|scorer| add(&scorer.name, &scorer.digest, &scorer.parameters));
        }
        StageKind::Arbitrate(plan) => {
            let name = plan.plugin.file_stem().unwrap_or_default().to_string_lossy();
            add(&name, &plan.digest, &plan.parameters);
        }
        StageKind::Clean(_) | StageKind::Candidates(_) | StageKind::Decide(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::language::Language;
    use matchflow_model::plan::{
        ArbitratePlan, AskWhen, CleanPlan, CleanStep, CleanerId, DecidePlan, EvidenceScope, ExecutionPlan, InputPair,
        OnFailure, Prices, ReferencePlan, RemotePlan, ReportPlan, Schedule, ScorePlan, ScorerPlan, SinkPlan,
        SourcePlan, StalePolicy, TablePlan,
    };

    use super::*;

    #[test]
    fn changes_are_named() {
        let parts = |pairs: &[(&str, &str)]| {
            Settings(pairs.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect())
        };
        let now = parts(&[("the registry", "1"), ("stage A", "2"), ("stage B", "3")]);
        assert_eq!(now.changed_since(&now.to_json()), "");
        let before = parts(&[("the registry", "0"), ("stage A", "2"), ("stage C", "3")]).to_json();
        assert_eq!(now.changed_since(&before), "stage B, stage C, the registry");
        assert_eq!(now.changed_since("{}"), "settings that were not recorded");
        assert_eq!(
            parts(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1"), ("f", "1"), ("g", "1")])
                .changed_since("{\"z\":\"1\"}"),
            "a, b, c, d, e, f and 2 more"
        );
    }

    fn decide_plan() -> DecidePlan {
        DecidePlan {
            accept: 0.9,
            review: 0.5,
            review_worth: 0.0,
            margin: 0.0,
            entry: 0.0,
            out_of_scope: None,
            pass_on: false,
            ask: true,
            of_pairs: false,
            accept_without_name: false,
            evidence: EvidenceScope::default(),
        }
    }

    fn scorer_plan() -> ScorerPlan {
        let name = || "name".to_owned();
        ScorerPlan {
            name: "names".to_owned(),
            plugin: "a.wasm".into(),
            digest: "d1".to_owned(),
            inputs: vec![InputPair { left: name(), right: name() }],
            weight: 1.0,
            parameters: "{}".to_owned(),
            timeout_ms: 5,
            memory_bytes_max: 1,
            output_bytes_max: 1,
            on_failure: OnFailure::FailRows,
        }
    }

    fn arbitrate_plan() -> ArbitratePlan {
        let remote = RemotePlan {
            hosts: Vec::new(),
            timeout_ms: 1,
            deadline_ms: 1,
            tries_max: 1,
            response_bytes_max: 1,
            prices: Prices::default(),
            fixtures: None,
        };
        ArbitratePlan {
            plugin: "b.wasm".into(),
            digest: "d2".to_owned(),
            parameters: "{}".to_owned(),
            when: AskWhen::Review,
            decide: decide_plan(),
            row_fields: Vec::new(),
            entry_fields: Vec::new(),
            candidates_max: 1,
            rows_together: 1,
            confidence_min: 0.0,
            cost_max: Some(1.0),
            on_failure: OnFailure::FailRows,
            pass_on: false,
            timeout_ms: 1,
            memory_bytes_max: 1,
            output_bytes_max: 1,
            remote,
        }
    }

    fn plan() -> Plan {
        let clean = CleanStep {
            inputs: vec!["name".to_owned()],
            all_inputs: false,
            output: "name".to_owned(),
            cleaner: CleanerId::new("company_name"),
            town_field: Some("town".to_owned()),
        };
        let kinds = [
            ("CLEAN", StageKind::Clean(CleanPlan { steps: vec![clean] })),
            ("SCORE", StageKind::Score(ScorePlan { scorers: vec![scorer_plan()], model: None, of_pairs: false })),
            ("DECIDE", StageKind::Decide(decide_plan())),
            ("ARBITRATE", StageKind::Arbitrate(Box::new(arbitrate_plan()))),
        ];
        let reference = ReferencePlan {
            table: TablePlan::new("parquet", "r.parquet".into()),
            id: "siret".to_owned(),
            group: None,
            fields: Vec::new(),
            filters: Vec::new(),
            status: None,
            id_widths: Default::default(),
            index_path: Some("x.index".into()),
        };
        Plan {
            name: "test".to_owned(),
            language: Language::default(),
            evidence: EvidenceScope::default(),
            source: SourcePlan {
                table: TablePlan::new("parquet", "suppliers.parquet".into()),
                id: Vec::new(),
                fields: Vec::new(),
            },
            reference,
            dedupe: None,
            stages: kinds.into_iter().map(|(label, kind)| StagePlan { label: label.to_owned(), kind }).collect(),
            one_to_one: false,
            sink: SinkPlan { checkpoint: "c.duckdb".into(), batch_size: 1, fallback: None },
            outputs: Vec::new(),
            report: ReportPlan::default(),
            execution: ExecutionPlan {
                workers: 1,
                scoring_threads: 1,
                chunk_rows: 1,
                in_flight_rows: 1,
                limit_rows: None,
                schedule: Schedule::default(),
                retry_errors: false,
                stale: StalePolicy::default(),
            },
        }
    }

    fn changed(change: impl Fn(&mut Plan)) -> String {
        let mut other = plan();
        change(&mut other);
        Settings::of(&other, "r").changed_since(&Settings::of(&plan(), "r").to_json())
    }

    fn scorer(plan: &mut Plan) -> &mut ScorerPlan {
        let StageKind::Score(score) = &mut plan.stages[1].kind else { panic!() };
        &mut score.scorers[0]
    }

    #[test]
    fn the_order_of_keys_does_not_count() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let sorted = digest(&json(r#"{"a":{"x":1,"y":[{"m":1,"n":2}]},"b":[2,1]}"#));
        assert_eq!(sorted, sha256_hex(br#"{"a":{"x":1,"y":[{"m":1,"n":2}]},"b":[2,1]}"#));
        assert_eq!(digest(&json(r#"{"b":[2,1],"a":{"y":[{"n":2,"m":1}],"x":1}}"#)), sorted);
        assert_ne!(digest(&json(r#"{"b":[1,2],"a":{"y":[{"n":2,"m":1}],"x":1}}"#)), sorted);
    }

    #[test]
    fn every_ignored_path_is_in_a_plan() {
        for path in IGNORED_PATHS {
            let mut json = serde_json::json!({ "reference": plan().reference, "stages": plan().stages });
            assert!(remove_path(&mut json, path) > 0, "{path} is not in a plan");
        }
    }

    #[test]
    fn paths_and_limits_do_not_count() {
        assert_eq!(changed(|plan| scorer(plan).plugin = "other/a.wasm".into()), "");
        assert_eq!(changed(|plan| scorer(plan).timeout_ms = 9), "");
        let moved = |plan: &mut Plan| plan.reference.table = TablePlan::new("parquet", "other/r.parquet".into());
        assert_eq!(changed(moved), "");
    }

    #[test]
    fn parts_that_affect_decisions_are_named() {
        assert_eq!(changed(|plan| scorer(plan).digest = "d3".to_owned()), "plug-in `names` of SCORE");
        assert_eq!(changed(|plan| scorer(plan).parameters = "{\"a\":1}".to_owned()), "parameters of `names` of SCORE");
        assert_eq!(changed(|plan| scorer(plan).weight = 2.0), "stage SCORE");
        let parts = Settings::of(&plan(), "r").into_parts();
        let version = parts.get("cleaner `company_name`").and_then(|version| version.parse::<u32>().ok());
        assert!(version.is_some_and(|version| version > 1), "{parts:?}");
        assert!(parts.contains_key("cleaner `strip_town`") && parts.contains_key("plug-in `b` of ARBITRATE"));
        let renamed = |plan: &mut Plan| {
            plan.stages.iter_mut().for_each(|stage| {
                if let StageKind::Clean(clean) = &mut stage.kind {
                    clean.steps[0].cleaner = CleanerId::new("text");
                }
            })
        };
        assert_eq!(changed(renamed), "cleaner `company_name`, cleaner `text`, stage CLEAN");
    }
}
