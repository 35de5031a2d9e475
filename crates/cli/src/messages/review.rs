//! The messages of `review`, in English and French.

use matchflow_model::language::Language;

/// A text of `review`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReviewText {
    /// The page can be opened.
    Ready {
        rows: u64,
        url: String,
    },
    /// The registry can be searched.
    RegistryLoaded {
        entries: u64,
        ms: u64,
    },
    /// The registry cannot be searched; everything else works.
    RegistryFailed {
        why: String,
    },
    /// The browser cannot be started.
    NoBrowser {
        why: String,
    },
    /// Whether all requests were answered.
    Stopped {
        is_complete: bool,
    },
    /// The pipeline has not been run.
    NoResults {
        file: String,
    },
    /// Other machines could connect.
    NotLoopback {
        address: String,
    },
    UnknownLanguage {
        language: String,
    },
    /// The pipeline compares rows with each other.
    IsDedupe {
        file: String,
    },
}

/// The text in a language.
pub(crate) fn review_text(text: &ReviewText, language: Language) -> String {
    match language {
        Language::English => english(text),
        Language::French => french(text),
    }
}

fn english(text: &ReviewText) -> String {
    let grouped = |number: u64| Language::English.grouped(number);
    match text {
        ReviewText::Ready { rows, url } => {
            format!("[review] {} rows; open this address, Ctrl-C ends the review:\n{url}", grouped(*rows))
        }
        ReviewText::RegistryLoaded { entries, ms } => {
            format!("[review] registry: {} entries, loaded in {ms} ms", grouped(*entries))
        }
        ReviewText::RegistryFailed { why } => {
            format!("warning: the registry cannot be searched, only its candidates can be chosen: {why}")
        }
        ReviewText::NoBrowser { why } => {
            format!("warning: the browser cannot be started ({why}): open the address by hand")
        }
        ReviewText::Stopped { is_complete: true } => {
            "[review] stopped; every decision that was acknowledged is stored. `matchflow run` applies them".to_owned()
        }
        ReviewText::Stopped { is_complete: false } => {
            "warning: stopped; requests that took too long were not answered".to_owned()
        }
        ReviewText::NoResults { file } => {
            format!(
                "error: there are no results to review: `{file}` does not exist. Run the pipeline first; nothing was done"
            )
        }
        ReviewText::NotLoopback { address } => format!(
            "error: other machines could reach {address}, and the page is for this one: listen on 127.0.0.1 or [::1]; nothing was done"
        ),
        ReviewText::UnknownLanguage { language } => {
            format!("error: the language must be `en` or `fr`, and is `{language}`; nothing was done")
        }
        ReviewText::IsDedupe { file } => format!(
            "error: `{file}` compares rows with each other (`dedupe`), and the page is for rows and a registry: fill in the sheets \
             `Duplicates` and `To check` of its workbook, and import them with `matchflow decisions import`; nothing was done"
        ),
    }
}

fn french(text: &ReviewText) -> String {
    let grouped = |number: u64| Language::French.grouped(number);
    match text {
        ReviewText::Ready { rows, url } => {
            format!("[review] {} lignes ; ouvrez cette adresse, Ctrl-C termine la revue :\n{url}", grouped(*rows))
        }
        ReviewText::RegistryLoaded { entries, ms } => {
            format!("[review] registre : {} entrées, chargées en {ms} ms", grouped(*entries))
        }
        ReviewText::RegistryFailed { why } => {
            format!(
                "warning: la recherche dans le registre est impossible, seuls les candidats peuvent être choisis : {why}"
            )
        }
        ReviewText::NoBrowser { why } => {
            format!("warning: le navigateur ne démarre pas ({why}) : ouvrez l'adresse vous-même")
        }
        ReviewText::Stopped { is_complete: true } => {
            "[review] arrêté ; chaque décision confirmée est enregistrée. `matchflow run` les applique".to_owned()
        }
        ReviewText::Stopped { is_complete: false } => {
            "warning: arrêté ; des requêtes trop longues sont restées sans réponse".to_owned()
        }
        ReviewText::NoResults { file } => format!(
            "error: aucun résultat à relire : `{file}` n'existe pas. Exécutez d'abord le pipeline ; rien n'a été fait"
        ),
        ReviewText::NotLoopback { address } => format!(
            "error: d'autres machines pourraient atteindre {address}, et la page est pour celle-ci : écoutez sur 127.0.0.1 ou \
             [::1] ; rien n'a été fait"
        ),
        ReviewText::UnknownLanguage { language } => {
            format!("error: la langue doit être `en` ou `fr`, et est `{language}` ; rien n'a été fait")
        }
        ReviewText::IsDedupe { file } => format!(
            "error: `{file}` compare des lignes entre elles (`dedupe`), et la page est pour des lignes et un registre : remplissez les \
             feuilles `Doublons` et `À vérifier` du classeur, puis importez-les avec `matchflow decisions import` ; rien n'a été fait"
        ),
    }
}
