//! The installation: DuckDB's library, plug-ins that compile, and the terminal.

use std::path::PathBuf;

use matchflow_checkpoint::duckdb_version;
use matchflow_model::language::{Label, Language};
use matchflow_plugin_host::{Arbiter, Plugin, SHIPPED_PLUGINS};

use super::{CheckFinding, filled};
use crate::environment::LocalEnvironment;
use crate::terminal;

/// The library for checkpoints, and where it was loaded from.
pub(super) fn duckdb(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "duckdb";
    let place = library_place().unwrap_or_default();
    let found = Label { en: "DuckDB {} {}", fr: "DuckDB {} {}" };
    let finding = match duckdb_version() {
        Ok(version) => CheckFinding::fine(CHECK, filled(found, language, &[&version, &place]).trim_end().to_owned()),
        Err(error) => {
            let text = Label {
                en: "DuckDB's library does not work: {}",
                fr: "la bibliothèque de DuckDB ne fonctionne pas : {}",
            };
            let remedy = Label {
                en: "install matchflow again: its archive has `libduckdb` next to the command",
                fr: "réinstaller matchflow : son archive contient `libduckdb` à côté de la commande",
            };
            let text = filled(text, language, &[&error.to_string()]);
            CheckFinding::error(CHECK, text, remedy.get(language).to_owned())
        }
    };
    vec![finding]
}

/// The file of DuckDB's library, if it is linked dynamically.
fn library_place() -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let path = maps.lines().find_map(|line| line.split_once('/').filter(|(_, path)| path.contains("libduckdb")))?;
    Some(format!("(/{})", path.1))
}

/// Compiles the bundled plug-ins as a run does.
pub(super) fn plugins(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "plugins";
    let environment = match LocalEnvironment::new() {
        Ok(environment) => environment,
        Err(error) => {
            let text = Label { en: "plug-ins cannot run: {}", fr: "les modules ne peuvent pas s'exécuter : {}" };
            let remedy = Label {
                en: "raise the limits on memory (`ulimit -v unlimited`) and threads",
                fr: "relever les limites de mémoire (`ulimit -v unlimited`) et de fils d'exécution",
            };
            let text = filled(text, language, &[&error.to_string()]);
            return vec![CheckFinding::error(CHECK, text, remedy.get(language).to_owned())];
        }
    };
    let host = environment.into_host();
    let fails = |name: &str| {
        let path = PathBuf::from(name);
        let scorer = Plugin::load(&host, &path).err()?;
        Arbiter::load(&host, &path).err().map(|_| (name.to_owned(), scorer.to_string()))
    };
    let failures: Vec<(String, String)> = SHIPPED_PLUGINS.iter().filter_map(|plugin| fails(plugin.name)).collect();
    if failures.is_empty() {
        let text = Label { en: "{} plug-ins compile", fr: "{} modules se compilent" };
        return vec![CheckFinding::fine(CHECK, filled(text, language, &[&SHIPPED_PLUGINS.len().to_string()]))];
    }
    let text = Label { en: "the plug-in `{}` does not compile: {}", fr: "le module `{}` ne se compile pas : {}" };
    let remedy = Label {
        en: "free memory, or raise `ulimit -v`; if that does not help, report it",
        fr: "libérer de la mémoire ou relever `ulimit -v` ; sinon, le signaler",
    };
    let finding = |(name, error): (String, String)| {
        CheckFinding::error(CHECK, filled(text, language, &[&name, &error]), remedy.get(language).to_owned())
    };
    failures.into_iter().map(finding).collect()
}

/// The language, and the terminal's capabilities.
pub(super) fn terminal(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "terminal";
    let text = Label { en: "messages in English, {}, {} columns", fr: "messages en français, {}, {} colonnes" };
    let columns = terminal::columns().to_string();
    if terminal::is_ascii() {
        let remedy = Label {
            en: "set `LANG=C.UTF-8` to see accents in messages; files are not affected",
            fr: "définir `LANG=C.UTF-8` pour voir les accents des messages ; les fichiers ne sont pas concernés",
        };
        let text = filled(text, language, &["ASCII", &columns]);
        return vec![CheckFinding::warning(CHECK, text, remedy.get(language).to_owned())];
    }
    let colours = match terminal::has_colour() {
        true => Label { en: "UTF-8, colours", fr: "UTF-8, en couleurs" },
        false => Label { en: "UTF-8, no colours", fr: "UTF-8, sans couleurs" },
    };
    vec![CheckFinding::fine(CHECK, filled(text, language, &[colours.get(language), &columns]))]
}
