//! The messages of `serve`, in English and French.

use matchflow_model::language::Language;

/// A text of `serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServeText {
    /// A pipeline was loaded.
    Loaded {
        pipeline: String,
        entries: u64,
        ms: u64,
    },
    /// The server is ready for requests.
    Ready {
        url: String,
    },
    /// An index was stored, so that the next start is faster.
    IndexStored {
        path: String,
    },
    /// The pipelines were replaced.
    Reloaded {
        pipelines: Vec<String>,
    },
    /// They could not be replaced, and the current ones remain in use.
    NotReloaded {
        why: String,
    },
    Stopping,
    /// Whether all requests were answered.
    Stopped {
        is_complete: bool,
    },
}

/// The text in a language.
pub(crate) fn serve_text(text: &ServeText, language: Language) -> String {
    match language {
        Language::English => english(text),
        Language::French => french(text),
    }
}

fn english(text: &ServeText) -> String {
    match text {
        ServeText::Loaded { pipeline, entries, ms } => {
            format!("[serve] pipeline `{pipeline}`: {entries} entries, loaded in {ms} ms")
        }
        ServeText::Ready { url } => format!("[serve] ready: {url}"),
        ServeText::IndexStored { path } => format!("[serve] index `{path}` written: the next start is immediate"),
        ServeText::Reloaded { pipelines } => format!("[serve] loaded again: {}", pipelines.join(", ")),
        ServeText::NotReloaded { why } => {
            format!("warning: the pipelines could not be loaded again, and those in use stay: {why}")
        }
        ServeText::Stopping => {
            "[serve] stopping: requests in progress are answered; another signal ends the process at once".to_owned()
        }
        ServeText::Stopped { is_complete: true } => "[serve] stopped: all requests were answered".to_owned(),
        ServeText::Stopped { is_complete: false } => {
            "warning: stopped; requests that took too long were not answered".to_owned()
        }
    }
}

fn french(text: &ServeText) -> String {
    match text {
        ServeText::Loaded { pipeline, entries, ms } => {
            format!("[serve] pipeline `{pipeline}` : {entries} entrées, chargées en {ms} ms")
        }
        ServeText::Ready { url } => format!("[serve] prêt : {url}"),
        ServeText::IndexStored { path } => format!("[serve] index `{path}` écrit : le prochain démarrage est immédiat"),
        ServeText::Reloaded { pipelines } => format!("[serve] rechargé : {}", pipelines.join(", ")),
        ServeText::NotReloaded { why } => {
            format!("warning: les pipelines n'ont pas pu être rechargés, ceux en service restent : {why}")
        }
        ServeText::Stopping => {
            "[serve] arrêt : les requêtes en cours reçoivent leur réponse ; un second signal arrête tout de suite"
                .to_owned()
        }
        ServeText::Stopped { is_complete: true } => {
            "[serve] arrêté : toutes les requêtes ont reçu leur réponse".to_owned()
        }
        ServeText::Stopped { is_complete: false } => {
            "warning: arrêté ; des requêtes trop longues sont restées sans réponse".to_owned()
        }
    }
}
