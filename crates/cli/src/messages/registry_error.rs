//! Why `registry` did nothing, in English and French.

use matchflow_model::language::Language;
use matchflow_registry::{ColumnProblem, RegistryError};
use matchflow_remote::DownloadError;

use super::ingest_error_text;

/// The text of an error in a language. What the system and libraries write is in English.
pub(crate) fn registry_error_text(error: &RegistryError, language: Language) -> String {
    match (error, language) {
        (RegistryError::Ingest(error), _) => ingest_error_text(error, language),
        (_, Language::English) => error.to_string(),
        (_, Language::French) => french(error),
    }
}

fn french(error: &RegistryError) -> String {
    match error {
        RegistryError::Download(error) => french_download(error),
        RegistryError::Columns { file, problems } => {
            let problems: Vec<String> = problems.iter().map(french_problem).collect();
            format!("`{file}` n'est pas comme attendu : {}", problems.join(" ; "))
        }
        RegistryError::FewRows { file, rows, expected } => format!(
            "`{file}` a {rows} lignes, au moins {expected} sont attendues : il n'est pas complet ; `--rows-min` en accepte moins"
        ),
        RegistryError::DuplicateId { file, column, id } => {
            format!("`{file}` a plusieurs lignes avec {column} {id}, une seule est attendue")
        }
        RegistryError::GroupOrder { file } => {
            format!("des lignes de `{file}` ont une entreprise qui ne correspond pas à leur identifiant")
        }
        RegistryError::MixedEditions { one, one_day, other, other_day } => format!(
            "`{one}` est du {one_day} et `{other}` du {other_day} : ils sont d'éditions différentes ; récupérez les deux à nouveau"
        ),
        RegistryError::WithoutGroup { file, groups, entries, all } => format!(
            "{entries} entrées sur {all} de `{file}` n'ont pas de ligne dans `{groups}` : les fichiers sont d'éditions différentes, \
             ou l'un est coupé ; récupérez les deux à nouveau"
        ),
        RegistryError::MissingFile { stem, publisher, url } => {
            format!("--from ne donne aucun fichier dont le nom commence par `{stem}` ; {publisher} le publie à {url}")
        }
        RegistryError::SeveralFiles { key, files } => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!("--from donne plusieurs fichiers pour `{key}` : {} ; indiquez celui à lire", files.join(", "))
        }
        RegistryError::UnknownSource { key, keys } => {
            format!("`{key}` n'est pas un fichier de ce registre ; ses fichiers sont {}", keys.join(", "))
        }
        RegistryError::OlderEdition { found, latest } => {
            format!("l'édition {found} est plus ancienne que {latest}, qui est déjà là ; rien n'a été changé")
        }
        RegistryError::NoEdition { reason } => {
            format!("aucun jour des fichiers n'est connu ({reason}) ; indiquez-le avec --edition 2026-10-31")
        }
        RegistryError::UnknownEdition { folder, name, found } => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            format!("{} n'a pas d'édition {name} ; il y a : {}", folder.display(), found.join(", "))
        }
        RegistryError::OtherRegistry { one, other } => {
            format!("{one} et {other} sont des registres différents : deux éditions d'un même registre se comparent")
        }
        RegistryError::Manifest { path, reason } => format!("{} ne peut pas être lu : {reason}", path.display()),
        RegistryError::Locked { folder } => {
            format!("un autre processus travaille dans {} ; rien n'a été fait", folder.display())
        }
        RegistryError::Io { path, source } => format!("{} ne peut pas être utilisé : {source}", path.display()),
        RegistryError::Parquet { path, source } => {
            format!("la table {} ne peut pas être utilisée : {source}", path.display())
        }
        // What is left is in the words of libraries.
        other => other.to_string(),
    }
}

fn french_problem(problem: &ColumnProblem) -> String {
    match problem {
        ColumnProblem::Missing { column, expected } => {
            format!("la colonne `{column}` ({}) manque", french_type(expected))
        }
        ColumnProblem::Retyped { column, found, expected } => {
            format!("la colonne `{column}` est {found}, {} est attendu", french_type(expected))
        }
    }
}

fn french_type(expected: &str) -> &str {
    match expected {
        "text" => "texte",
        "a date or text" => "une date ou du texte",
        "a boolean or text" => "un booléen ou du texte",
        other => other,
    }
}

fn french_download(error: &DownloadError) -> String {
    match error {
        DownloadError::Connection { url, reason, bytes } => {
            format!(
                "{url} n'est pas joignable : {reason} ; les {bytes} octets arrivés serviront à la prochaine tentative"
            )
        }
        DownloadError::Status { url, status, text } => {
            let detail = if text.is_empty() { String::new() } else { format!(" : {text}") };
            format!("{url} répond avec l'état {status}{detail}")
        }
        DownloadError::Pause { url, status, seconds } => {
            format!("{url} répond avec l'état {status} et demande une pause de {seconds} s ; réessayez ensuite")
        }
        DownloadError::Page { url, content_type, text } => format!(
            "{url} est une page ({content_type}), pas un fichier : y a-t-il un proxy ou une authentification ? {text}"
        ),
        DownloadError::Length { url, bytes, expected } => {
            format!("{url} a {bytes} octets, {expected} étaient annoncés ; rien n'en est utilisé")
        }
        DownloadError::Digest { url, found, expected } => {
            format!("{url} a le SHA-256 {found}, {expected} est attendu ; rien n'en est utilisé")
        }
        DownloadError::Write { path, source } => format!("{} ne peut pas être écrit : {source}", path.display()),
        DownloadError::Stopped { url, bytes } => {
            format!(
                "le téléchargement de {url} a été arrêté après {bytes} octets ; la prochaine tentative reprendra là"
            )
        }
        other => other.to_string(),
    }
}
