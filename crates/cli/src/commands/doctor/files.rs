//! Folders that matchflow writes to, apart from those of a pipeline.

use matchflow_files::{PrivateFolder, probe_folder};
use matchflow_model::language::{Label, Language};

use super::{CheckFinding, filled, shown};
use crate::environment;

/// The folder of compiled plug-ins and digests: runs work without it, but start more slowly.
pub(super) fn cache_folder(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "cache_folder";
    let remedy = Label {
        en: "set `MATCHFLOW_CACHE_DIR` to a folder of your own; without one, plug-ins are compiled at every start",
        fr: "définir `MATCHFLOW_CACHE_DIR` sur un dossier à vous ; sans lui, les modules sont compilés à chaque démarrage",
    };
    let Some(folder) = environment::cache_folder("plugins") else {
        let text = Label { en: "no cache folder", fr: "pas de dossier de cache" };
        return vec![CheckFinding::warning(CHECK, text.get(language).to_owned(), remedy.get(language).to_owned())];
    };
    vec![match PrivateFolder::open(&folder) {
        Ok(_) => {
            let text = Label { en: "cache folder {}", fr: "dossier de cache {}" };
            CheckFinding::fine(CHECK, filled(text, language, &[&shown(&folder)]))
        }
        Err(error) => CheckFinding::warning(CHECK, error.to_string(), remedy.get(language).to_owned()),
    }]
}

/// The folder for temporary files, used for workbooks, sorts and results on standard output.
pub(super) fn temporary_folder(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "temporary_folder";
    let folder = std::env::temp_dir();
    let text = Label { en: "folder for temporary files {}", fr: "dossier temporaire {}" };
    let text = filled(text, language, &[&shown(&folder)]);
    vec![match probe_folder(&folder) {
        Ok(()) => CheckFinding::fine(CHECK, text),
        Err(error) => {
            let remedy = Label {
                en: "free space there, or set `TMPDIR` to another folder",
                fr: "y libérer de la place ou définir `TMPDIR` sur un autre dossier",
            };
            CheckFinding::error(CHECK, format!("{text}: {error}"), remedy.get(language).to_owned())
        }
    }]
}
