//! Errors that end a command, in French. English is the error's own text.

use std::error::Error;

use matchflow_checkpoint::CheckpointError;
use matchflow_export::ExportError;
use matchflow_flow::FlowError;
use matchflow_labels::Words;
use matchflow_matcher::MatchError;
use matchflow_model::language::Language;
use matchflow_model::store::CommitError;
use matchflow_plugin_host::HostError;

use super::ingest_fr::ingest_error;
use crate::input_files::{ChangedInput, InputChange};
use crate::standard_input::StandardInputError;

/// The French text of an error. Errors of the system and of libraries keep their own.
pub(super) fn error(error: &(dyn Error + 'static)) -> String {
    let known = error.downcast_ref().map(ingest_error);
    let known = known.or_else(|| error.downcast_ref().map(checkpoint));
    let known = known.or_else(|| error.downcast_ref().and_then(flow));
    let known = known.or_else(|| error.downcast_ref().and_then(matching));
    let known = known.or_else(|| error.downcast_ref().and_then(export));
    let known = known.or_else(|| error.downcast_ref().map(plugin));
    let known = known.or_else(|| error.downcast_ref().map(changed));
    let known = known.or_else(|| error.downcast_ref().map(standard_input));
    let known = known.or_else(|| error.downcast_ref().map(commit));
    known.unwrap_or_else(|| error.to_string())
}

fn checkpoint(error: &CheckpointError) -> String {
    use CheckpointError as Error;
    match error {
        Error::Locked { path, pid } => {
            let pid = pid.map(|pid| format!(" (PID {pid})")).unwrap_or_default();
            let path = path.display();
            format!(
                "`{path}` est utilisé par un autre processus{pid} : `--wait` l'attend ; ou arrêtez-le, ou donnez un autre checkpoint"
            )
        }
        Error::NotADatabase { path } => format!(
            "`{}` n'est pas une base DuckDB : donnez un autre chemin au checkpoint, ou déplacez le fichier",
            path.display()
        ),
        Error::NotACheckpoint { path } => format!(
            "`{}` est une base DuckDB, mais pas un checkpoint de matchflow : donnez un autre chemin au checkpoint",
            path.display()
        ),
        Error::OtherLayout { path, found, supported } => format!(
            "`{}` a la structure de checkpoint {found}, cette version écrit la structure {supported} : donnez un autre chemin \
             au checkpoint",
            path.display()
        ),
        Error::Damaged { path, reason, .. } => format!(
            "`{}` est endommagé : {reason}. Avec `fallback: temp` ou `fallback: {{path: ...}}` sous `sink`, sa partie saine est \
             reprise et le fichier endommagé reçoit un autre nom ; ou déplacez le fichier et son `.wal`",
            path.display()
        ),
        Error::OtherPipeline { path, found, requested } => format!(
            "`{}` est le checkpoint du pipeline `{found}`, pas de `{requested}` : donnez à chaque pipeline son checkpoint",
            path.display()
        ),
        Error::OtherCheckpoint { path, found, requested } => format!(
            "`{}` a des résultats du checkpoint `{found}`, décidés avec d'autres réglages ; ils ne doivent pas entrer dans \
             `{requested}` : donnez à chaque checkpoint son repli",
            path.display()
        ),
        Error::Missing { path } => format!("il n'y a pas de checkpoint à `{}`", path.display()),
        Error::Unusable { path, reason } => format!("`{}` ne peut pas être ouvert : {reason}", path.display()),
        Error::Replaced { path } => format!(
            "`{}` a été supprimé, remplacé ou tronqué pendant l'exécution : les lignes de cette exécution sont perdues. \
             Rien d'autre ne doit supprimer ni écrire ce fichier ; relancez l'exécution",
            path.display()
        ),
        Error::NoPlace { first, fallback } => {
            format!("{} ; le repli n'est pas utilisable non plus : {}", checkpoint(first), checkpoint(fallback))
        }
        Error::Query { path, reason, .. } => format!("une opération sur `{}` a échoué : {reason}", path.display()),
        Error::Inconsistent { path, run_id, results, epochs } => format!(
            "`{}` se contredit pour l'exécution {run_id} : {results} résultats, mais {epochs} comptés dans ses époques",
            path.display()
        ),
        other => other.to_string(),
    }
}

fn flow(error: &FlowError) -> Option<String> {
    Some(match error {
        FlowError::Source(_) => "la suite du fichier fournisseurs ne peut pas être lue".to_owned(),
        FlowError::Reference(_) => "le registre ne peut pas être lu".to_owned(),
        FlowError::EmptyReference { reference } => empty_registry(reference),
        FlowError::Commit(error) => commit(error),
        FlowError::Machine { stage, .. } => format!("étape {stage} : la machine n'a pas de mémoire pour un scorer"),
        FlowError::Stage { stage, reason } => format!("étape {stage} : {reason}"),
        FlowError::Panic { place, message } => format!("défaut du programme dans {place} : {message}"),
        FlowError::Start(reason) => format!("les workers ne peuvent pas démarrer : {reason}"),
        FlowError::Thread { name, .. } => format!(
            "le système a refusé le thread `{name}` : relevez la limite de processus (`ulimit -u`) ou de mémoire \
             (`ulimit -d`, `-v`), ou utilisez moins de threads"
        ),
        FlowError::PeerDisconnected { process, address, why } => format!(
            "le processus {process} (`{address}`) est perdu : {why}. Relancez tous les processus : l'exécution reprend après \
             les dernières lignes enregistrées"
        ),
        FlowError::PeerFailed { process, address, cause } => {
            format!("le processus {process} (`{address}`) a mis fin à l'exécution : {cause}")
        }
        FlowError::Unreconciled { read, committed } => {
            format!("{read} lignes lues, mais {committed} résultats enregistrés")
        }
        _ => return None,
    })
}

fn matching(error: &MatchError) -> Option<String> {
    Some(match error {
        MatchError::Reference(_) => "le registre n'a pas pu être lu".to_owned(),
        MatchError::EmptyReference { reference } => empty_registry(reference),
        MatchError::Stage { stage, reason } => format!("étape {stage} : {reason}"),
        _ => return None,
    })
}

fn empty_registry(reference: &str) -> String {
    format!(
        "le registre `{reference}` est vide : il n'a aucune entrée, ou aucune que `filter` et `status` laissent passer"
    )
}

fn export(error: &ExportError) -> Option<String> {
    Some(match error {
        ExportError::Write { path, .. }
        | ExportError::Csv { path, .. }
        | ExportError::Xlsx { path, .. }
        | ExportError::Parquet { path, .. } => format!("`{}` ne peut pas être écrit", path.display()),
        ExportError::Table { place, table, .. } => {
            format!("la table `{table}` de `{place}` ne peut pas être écrite")
        }
        ExportError::TooWide { path, columns } => format!(
            "`{}` aurait {columns} colonnes, un classeur en accepte 16384 : déclarez moins de champs",
            path.display()
        ),
        ExportError::Source { .. } => "les résultats n'ont pas pu être lus".to_owned(),
        ExportError::Register { .. } => "les fichiers de résultats n'ont pas pu être notés".to_owned(),
        ExportError::Panic { message } => format!(
            "les résultats ne peuvent pas être écrits : {message} (reste-t-il de la place sur le disque des fichiers \
             temporaires ?)"
        ),
        _ => return None,
    })
}

fn plugin(error: &HostError) -> String {
    use HostError as Error;
    match error {
        Error::Engine { reason } => format!("le moteur WebAssembly ne démarre pas : {reason}"),
        Error::Read { path, source } => format!("le plug-in {} ne peut pas être lu : {source}", path.display()),
        Error::NotAComponent { path, found } => {
            format!("le plug-in {} est {found}, pas un composant WebAssembly", path.display())
        }
        Error::Invalid { path, reason } => {
            format!("le plug-in {} n'est pas un composant valide : {reason}", path.display())
        }
        Error::Imports { path, imports } => {
            format!("le plug-in {} importe {} ; un plug-in s'exécute sans imports", path.display(), imports.join(", "))
        }
        Error::Inputs { plugin, expected, given } => {
            format!("le plug-in {plugin} attend {expected}, et a reçu {given} entrée(s)")
        }
        Error::HostMemory { plugin, reason } => format!(
            "cette machine n'a pas de mémoire pour une instance du plug-in {plugin} : {reason}. Relevez la limite d'espace \
             d'adressage (`ulimit -v`) ou de mémoire, ou réduisez `execution.scoring_threads`"
        ),
        Error::Refused { .. }
        | Error::Trap { .. }
        | Error::Timeout { .. }
        | Error::MemoryLimit { .. }
        | Error::TableLimit { .. }
        | Error::OutputLimit { .. }
        | Error::NoInstance { .. }
        | Error::BadOutput { .. } => Words::new(Language::French).error(&error.row_error()),
        other => other.to_string(),
    }
}

fn changed(error: &ChangedInput) -> String {
    let table = match error.role {
        "the registry" => "le registre",
        _ => "le fichier fournisseurs",
    };
    let what = match error.what {
        "changed" => "a changé",
        _ => "a été supprimé ou endommagé",
    };
    let consequence = match error.change {
        InputChange::DuringRun => {
            "pendant l'exécution. Les lignes enregistrées jusqu'ici restent, sous l'empreinte du fichier tel qu'il était ; \
             relancez l'exécution pour rapprocher le fichier tel qu'il est"
        }
        InputChange::WhileIndexed => "pendant sa lecture, rien n'en a donc été fait ; relancez la commande",
    };
    format!("{table} `{}` {what} {consequence}", error.path.display())
}

fn standard_input(error: &StandardInputError) -> String {
    match error {
        StandardInputError::Terminal => {
            "l'entrée standard est un terminal : envoyez une table à la commande (`cat fournisseurs.csv | matchflow ...`)"
                .to_owned()
        }
        StandardInputError::Empty => {
            "l'entrée standard est vide : la commande avant le tube n'a rien écrit".to_owned()
        }
        StandardInputError::Copy { path, source } => {
            format!("l'entrée standard ne peut pas être copiée dans `{}` : {source}", path.display())
        }
    }
}

fn commit(error: &CommitError) -> String {
    let CommitError { epoch, place, reason } = error;
    format!("l'époque {epoch} n'a pas pu être enregistrée dans {place} : {reason}")
}
