//! `--watch-plugins`: reloads a plug-in when its file changes; an invalid file leaves the loaded plug-in in use.
//!
//! Files are checked every [`POLL_INTERVAL`], and a changed file is loaded once it has not changed between two checks,
//! so that a file still being written is not mistaken for a broken one.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use matchflow_matcher::PluginReplacements;
use matchflow_model::plan::{Plan, StageKind, plugin_name};
use matchflow_plugin_host::{Host, HostError, Plugin};

use crate::failure::{Failure, FailureContext};

const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Number of digits of a digest to show.
const DIGEST_LETTERS: usize = 12;

/// Watches the plug-ins of a run until it is dropped. Its thread is not joined then: it may be compiling.
pub(crate) struct PluginWatcher {
    _stop: Sender<()>,
}

/// A file and its uses.
struct WatchedPlugin {
    path: PathBuf,
    /// The digest of the loaded plug-in.
    digest: String,
    /// Parameters and number of inputs of each scorer.
    uses: Vec<(String, usize)>,
    loaded: Option<FileStamp>,
    /// A change seen in one poll only.
    changing: Option<FileStamp>,
}

/// A file's metadata, without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl PluginWatcher {
    /// `plugins` are those of the plan's stages, loaded by `host`; `before` is called with a plug-in before it replaces
    /// another.
    pub(crate) fn start(
        plan: &Plan,
        plugins: &[Vec<Plugin>],
        host: Host,
        replacements: PluginReplacements,
        before: impl Fn(&Plugin) + Send + 'static,
    ) -> Result<PluginWatcher, Failure> {
        let mut watched = watched(plan, plugins);
        let (stop, stopped) = channel::<()>();
        let run = move || {
            matchflow_model::fault::point("watch plug-ins");
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(POLL_INTERVAL) {
                watched.iter_mut().for_each(|file| file.poll(&host, &replacements, &before));
            }
        };
        let thread = std::thread::Builder::new().name("watch-plugins".to_owned()).spawn(run);
        thread.while_doing("starting the thread that watches plug-ins")?;
        Ok(PluginWatcher { _stop: stop })
    }
}

fn watched(plan: &Plan, plugins: &[Vec<Plugin>]) -> Vec<WatchedPlugin> {
    let mut files: Vec<WatchedPlugin> = Vec::new();
    for (stage, plugins) in plan.stages.iter().zip(plugins) {
        let StageKind::Score(score) = &stage.kind else { continue };
        for (scorer, plugin) in score.scorers.iter().zip(plugins) {
            // A bundled plug-in has no file.
            if plugin_name(plugin.path()).is_some() {
                continue;
            }
            let use_ = (scorer.parameters.clone(), scorer.inputs.len());
            match files.iter_mut().find(|file| file.path == plugin.path()) {
                Some(file) if file.uses.contains(&use_) => {}
                Some(file) => file.uses.push(use_),
                None => files.push(WatchedPlugin {
                    path: plugin.path().to_owned(),
                    digest: plugin.digest().to_owned(),
                    uses: vec![use_],
                    loaded: None,
                    changing: None,
                }),
            }
        }
    }
    files
}

impl WatchedPlugin {
    fn poll(&mut self, host: &Host, replacements: &PluginReplacements, before: &impl Fn(&Plugin)) {
        // While a file is being replaced, it may be missing for a moment.
        let Some(stamp) = stamp(&self.path).filter(|stamp| self.loaded != Some(*stamp)) else { return };
        if self.changing != Some(stamp) {
            self.changing = Some(stamp);
            return;
        }
        self.loaded = Some(stamp);
        match self.load(host) {
            Ok(plugin) if plugin.digest() == self.digest => {}
            Ok(plugin) => {
                let (name, new, old) = (&plugin.description().name, plugin.digest(), &self.digest);
                message!("[pipeline] plug-in `{name}` changed: {} replaces {}", short(new), short(old));
                self.digest = plugin.digest().to_owned();
                before(&plugin);
                replacements.replace(plugin);
            }
            Err(error) => message!("warning: {error}; still using {}", short(&self.digest)),
        }
    }

    fn load(&self, host: &Host) -> Result<Plugin, HostError> {
        let plugin = Plugin::load(host, &self.path)?;
        self.uses.iter().try_for_each(|(parameters, inputs)| plugin.check(parameters, *inputs))?;
        Ok(plugin)
    }
}

fn stamp(path: &Path) -> Option<FileStamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(FileStamp { bytes: metadata.len(), modified: metadata.modified().ok() })
}

fn short(digest: &str) -> String {
    format!("sha256 {}", digest.get(..DIGEST_LETTERS).unwrap_or(digest))
}
