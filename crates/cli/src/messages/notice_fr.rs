//! The notices of a run, in French.

use matchflow_labels::texts;
use matchflow_model::language::Language;

use super::notice::{Notice, RequestFigures};
use super::text;

const LANGUAGE: Language = Language::French;

pub(super) fn notice(notice: &Notice) -> String {
    let warning = texts::WARNING.get(LANGUAGE);
    match notice {
        Notice::Warning { detail } => text!("{warning} : {detail}", warning, detail),
        Notice::Start { pipeline, rows, done, workers, scoring_threads, processes } => {
            let about = rows.map(|rows| text!("environ {rows|ligne|lignes}, ", rows)).unwrap_or_default();
            let each = if *processes > 1 { text!(" dans chacun des {processes} processus", processes) } else { String::new() };
            text!(
                "[pipeline] {pipeline} : {about}{done} {done?déjà traitée|déjà traitées} ; {workers|exécutant|exécutants}, \
                 {scoring_threads|fil de notation|fils de notation}{each}",
                pipeline, about, done, workers, scoring_threads, each
            )
        }
        Notice::NothingToDo => {
            "[pipeline] rien à faire : toutes les lignes sont traitées ; le registre n'a pas été lu".to_owned()
        }
        Notice::RetryingUnasked(rows) => text!(
            "[pipeline] reprise de {rows|ligne laissée|lignes laissées} de côté parce que `max_cost` était atteint",
            rows
        ),
        Notice::ReadingRegistry => "lecture du registre".to_owned(),
        Notice::IndexingRegistry { entries, rate } => {
            text!("indexation du registre : {entries} entrées | {rate}/s", entries, rate)
        }
        Notice::UncleanedPairs => text!(
            "conseil : le plug-in a reçu ces valeurs telles quelles. Un rapprochement nettoie d'abord les champs, et les noms \
             d'entreprise en mots minuscules : `--clean company_name`"
        ),
        Notice::IndexHint { pipeline } => text!(
            "conseil : `matchflow index {pipeline}` indexe le registre une fois, les exécutions suivantes démarrent aussitôt",
            pipeline
        ),
        Notice::Stopping => {
            "\narrêt : les lignes en cours sont terminées et enregistrées ; Ctrl-C une seconde fois pour quitter aussitôt"
                .to_owned()
        }
        Notice::StoppedWithRows(rows) => text!(
            "[pipeline] arrêtée : {rows|ligne enregistrée|lignes enregistrées} ; la prochaine exécution reprend à partir de là",
            rows
        ),
        Notice::StoppedBeforeResults => {
            "[pipeline] arrêtée : toutes les lignes sont enregistrées ; la prochaine exécution écrit les résultats".to_owned()
        }
        Notice::RowsCommitted(rows) => text!(
            "{rows|ligne enregistrée avant l'erreur est conservée|lignes enregistrées avant l'erreur sont conservées}",
            rows
        ),
        Notice::Requests(figures) => format!("[pipeline] {}", requests(figures)),
        other => index_notice(other).or_else(|| checkpoint_notice(other)).unwrap_or_default(),
    }
}

/// Notices about the index of the registry.
fn index_notice(notice: &Notice) -> Option<String> {
    let warning = texts::WARNING.get(LANGUAGE);
    Some(match notice {
        Notice::IndexLoaded { file, entries, ms } => text!(
            "[pipeline] index `{file}` : {entries|entrée chargée|entrées chargées} en {ms} ms ; le registre n'est pas lu",
            file,
            entries,
            ms
        ),
        Notice::IndexBuilt { file, why } => {
            let why = why.as_deref().unwrap_or("pas encore construit");
            text!("[pipeline] index `{file}` : {why} ; construction à partir du registre", file, why)
        }
        Notice::IndexNotForProcesses { file } => text!(
            "[pipeline] index `{file}` : inutilisé par une exécution sur plusieurs processus ; lecture du registre",
            file
        ),
        Notice::IndexNotWritten { file, detail } => {
            text!("{warning} : impossible d'écrire l'index `{file}` : {detail}", warning, file, detail)
        }
        _ => return None,
    })
}

/// Notices about the checkpoint and its contents.
fn checkpoint_notice(notice: &Notice) -> Option<String> {
    let warning = texts::WARNING.get(LANGUAGE);
    Some(match notice {
        Notice::Waiting { detail } => text!("[pipeline] en attente : {detail}", detail),
        Notice::FallbackUnused { detail } => {
            text!("{warning} : le repli `temp` n'est pas utilisé : {detail}", warning, detail)
        }
        Notice::FellBack { path } => text!("{warning} : `{path}` est utilisé à la place", warning, path),
        Notice::Imported(results) => {
            text!("[pipeline] {results|résultat importé|résultats importés} de l'autre checkpoint", results)
        }
        Notice::UnreadableDecision { file, line, problem } => text!(
            "{warning} : la ligne {line} du fichier de décisions `{file}` ne compte pas : {problem}",
            warning,
            line,
            file,
            problem
        ),
        Notice::IncompleteDecisions { file, acts } => text!(
            "{warning} : `{file}` contient {acts|import interrompu|imports interrompus}, dont rien ne compte : importez {acts?le \
             fichier|les fichiers} de nouveau",
            warning,
            file,
            acts
        ),
        Notice::StaleKept { rows, changed } => text!(
            "{warning} : {rows|ligne a été décidée|lignes ont été décidées} avant ces changements : {changed}. \
             {rows?Son résultat n'est pas mis à jour|Leurs résultats ne sont pas mis à jour} ; `--resume redo` \
             {rows?la|les} traite à nouveau",
            warning,
            rows,
            changed
        ),
        Notice::StaleRedone { rows, changed } => text!(
            "[pipeline] {rows|ligne traitée|lignes traitées} à nouveau à cause de ces changements : {changed}",
            rows,
            changed
        ),
        Notice::RecordedAnswers { answers, file } => {
            text!("[pipeline] {answers|réponse enregistrée|réponses enregistrées} dans `{file}`", answers, file)
        }
        _ => return None,
    })
}

fn requests(figures: &RequestFigures) -> String {
    let RequestFigures { answered, recorded, failed, tokens_read, tokens_written, cost, over_budget } = figures;
    let tokens = match tokens_read + tokens_written {
        0 => String::new(),
        _ => text!(" ; {tokens_read|jeton lu|jetons lus}, {tokens_written|écrit|écrits}", tokens_read, tokens_written),
    };
    let cost = if *cost > 0.0 { format!(" ; coût {}", format!("{cost:.4}").replace('.', ",")) } else { String::new() };
    text!(
        "arbitres : {answered|réponse|réponses}, {recorded|enregistrée ou partagée|enregistrées ou partagées}, \
         {failed|requête|requêtes} en erreur{tokens}{cost}< ; {over_budget|non envoyée|non envoyées}, `max_cost` étant atteint>",
        answered,
        recorded,
        failed,
        tokens,
        cost,
        over_budget
    )
}
