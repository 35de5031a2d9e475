//! The requests of `arbitrate` stages: secrets from the environment, recorded answers next to the checkpoint, fixtures
//! in tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_flow::{ArbiterInput, Progress};
use matchflow_model::plan::{ArbitratePlan, Plan, StageKind};
use matchflow_plugin_host::Arbiter;
use matchflow_remote::{Answers, Counters, Fixtures, Remote, Secrets, Settings, Source};

use crate::console;
use crate::failure::{Failure, FailureContext};
use crate::messages::{Notice, RequestFigures};

/// The suffix of the file of recorded answers, appended to the name of the checkpoint.
const ANSWERS: &str = ".answers";

/// Where the answers of a run or of its tests come from.
pub(crate) enum AnswerSource {
    /// From the network, after those recorded next to the checkpoint.
    Live(Option<Answers>),
    /// Only from the stages' fixtures.
    Replay(FixtureFiles),
    /// From the fixtures, else from the network and then recorded in the fixtures.
    Record(FixtureFiles),
}

/// The fixtures of a plan's stages, each file read once.
#[derive(Default)]
pub(crate) struct FixtureFiles(HashMap<PathBuf, Fixtures>);

impl FixtureFiles {
    /// Reads the fixtures named in the plan. Recorded ones may not exist yet.
    pub(crate) fn open(plan: &Plan, may_be_missing: bool) -> Result<FixtureFiles, Failure> {
        let mut files = HashMap::new();
        for path in stages(plan).filter_map(|(_, plan)| plan.remote.fixtures.as_ref()) {
            if !files.contains_key(path) {
                let fixtures =
                    Fixtures::open(path, may_be_missing).while_doing("reading or writing the recorded answers")?;
                files.insert(path.clone(), fixtures);
            }
        }
        Ok(FixtureFiles(files))
    }

    fn fixtures_of(&self, plan: &ArbitratePlan) -> Fixtures {
        let known = plan.remote.fixtures.as_ref().and_then(|path| self.0.get(path)).cloned();
        known.unwrap_or_else(|| Fixtures::none(Path::new("`fixtures` (not set on this stage)")))
    }

    /// Rewrites the files; returns each name with its number of exchanges.
    pub(crate) fn save(&self) -> Result<Vec<(PathBuf, usize)>, Failure> {
        let save = |(path, fixtures): (&PathBuf, &Fixtures)| {
            fixtures.save().map(|count| (path.clone(), count)).while_doing("reading or writing the recorded answers")
        };
        self.0.iter().map(save).collect()
    }
}

impl AnswerSource {
    /// From the network, with the answers recorded next to the opened checkpoint; those next to its other location are
    /// read too. Opens nothing for a plan without arbiters.
    pub(crate) fn live(plan: &Plan, checkpoint: &Path) -> Result<AnswerSource, Failure> {
        if stages(plan).next().is_none() {
            return Ok(AnswerSource::Live(None));
        }
        let places = std::iter::once(&plan.sink.checkpoint).chain(&plan.sink.fallback);
        let others: Vec<PathBuf> = places.map(|place| answers_path(&real_place(place))).collect();
        let opened = Answers::open(&answers_path(checkpoint), &others).while_doing("opening the recorded answers")?;
        for warning in &opened.warnings {
            console::notice(&Notice::Warning { detail: warning.clone() });
        }
        if opened.recorded > 0 {
            let file = opened.answers.path().display().to_string();
            console::notice(&Notice::RecordedAnswers { answers: opened.recorded as u64, file });
        }
        Ok(AnswerSource::Live(Some(opened.answers)))
    }

    /// Whether any stage has not reached its cost limit, if it has one.
    pub(crate) fn has_budget(&self, plan: &Plan) -> bool {
        let AnswerSource::Live(Some(answers)) = self else { return false };
        stages(plan).any(|(label, plan)| plan.cost_max.is_none_or(|limit| answers.cost_of(label) < limit))
    }

    fn source(&self, plan: &ArbitratePlan) -> Source {
        match self {
            AnswerSource::Live(answers) => Source::Live(answers.clone()),
            AnswerSource::Replay(files) => Source::Replay(files.fixtures_of(plan)),
            AnswerSource::Record(files) => Source::Record(files.fixtures_of(plan)),
        }
    }

    /// The plan's arbiters, each with its HTTP client.
    pub(crate) fn start(
        &self,
        plan: &Plan,
        arbiters: &[Arbiter],
        progress: &Arc<Progress>,
    ) -> Result<Vec<ArbiterInput>, Failure> {
        let start = |((label, plan), arbiter): ((&str, &ArbitratePlan), &Arbiter)| {
            let names = plan.remote.hosts.iter().flat_map(|host| &host.secrets).map(String::as_str);
            let secrets = match self {
                AnswerSource::Replay(_) => Secrets::default(),
                _ => Secrets::read(names, |name| std::env::var(name).ok())
                    .while_doing("reading the secrets of an `arbitrate` stage")?,
            };
            let running = Arc::clone(progress);
            let settings = Settings {
                stage: label.to_owned(),
                plan: plan.remote.clone(),
                cost_max: plan.cost_max,
                secrets,
                source: self.source(plan),
                counters: Arc::clone(progress.remote()),
                stopped: Arc::new(move || running.is_stopped()),
            };
            let remote = Remote::start(settings).while_doing("starting the requests of an `arbitrate` stage")?;
            Ok(ArbiterInput { arbiter: arbiter.clone(), remote })
        };
        stages(plan).zip(arbiters).map(start).collect()
    }
}

fn stages(plan: &Plan) -> impl Iterator<Item = (&str, &ArbitratePlan)> {
    plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Arbitrate(plan) => Some((stage.label.as_str(), plan.as_ref())),
        _ => None,
    })
}

/// The checkpoint that a link points to: a checkpoint has one file of answers, whatever name it is opened by.
fn real_place(checkpoint: &Path) -> PathBuf {
    matchflow_files::follow_links(checkpoint).unwrap_or_else(|_| checkpoint.to_owned())
}

fn answers_path(checkpoint: &Path) -> PathBuf {
    matchflow_files::with_suffix(checkpoint, ANSWERS)
}

/// The requests of a run; `None` if there were none.
pub(crate) fn request_figures(counters: &Counters) -> Option<RequestFigures> {
    let (tokens_read, tokens_written) = counters.tokens();
    let figures = RequestFigures {
        answered: counters.answered(),
        recorded: counters.recorded(),
        failed: counters.failed(),
        tokens_read,
        tokens_written,
        cost: counters.cost(),
        over_budget: counters.over_budget(),
    };
    (figures.answered + figures.recorded + figures.failed + figures.over_budget > 0).then_some(figures)
}
