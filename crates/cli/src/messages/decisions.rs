//! What `decisions` prints, in English and French.

use matchflow_model::language::{Label, Language};

/// A text of `decisions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DecisionText {
    /// What an import did.
    Imported {
        added: u64,
        known: u64,
        ended: u64,
    },
    /// Comments without a verdict.
    CommentsAlone(u64),
    /// A file without any verdict.
    NothingFilled {
        file: String,
    },
    /// Nothing was imported: what is wrong follows.
    Refused {
        problems: u64,
        list: String,
    },
    /// One thing that is wrong with a cell: where, and what.
    Problem {
        place: String,
        problem: CellProblem,
    },
    MoreProblems(u64),
    Merged {
        added: u64,
        files: u64,
    },
    /// A line of another file of decisions that cannot be read.
    UnreadableLine {
        file: String,
        line: u64,
        problem: String,
    },
    Disagreements(u64),
    /// A row that people disagree about, with what each decided.
    Disagreement {
        key: String,
        verdicts: String,
    },
    Undone(u64),
    /// No record that counts has this id.
    NoRecord {
        id: String,
    },
    NoDecisionOnKey {
        key: String,
    },
    Ambiguous {
        id: String,
        records: u64,
    },
    Listed {
        verdicts: u64,
        file: String,
    },
    /// How a decision takes effect.
    RunNext,
    NoName {
        option: &'static str,
    },
    NoCheckpoint {
        file: String,
    },
    /// The state of a record in a list.
    UndoneOrReplaced,
}

/// What is wrong with a row that a person filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CellProblem {
    /// The verdict is none of those that exist.
    UnknownVerdict {
        text: String,
        allowed: String,
    },
    /// The results have no row with this key.
    UnknownKey {
        key: String,
    },
    NoKey,
    /// The verdict needs an entry, and none is given.
    NeedsEntry {
        verdict: String,
        id: String,
    },
    /// The verdict says that there is no entry, and one is given.
    EntryNotAllowed {
        verdict: String,
        other: String,
    },
    /// An entry is given without a verdict.
    NoVerdict {
        other: String,
    },
    /// What is given is no id and no candidate.
    NoSuchEntry {
        text: String,
        id: String,
        width: u64,
        candidates: u64,
    },
    /// The row is not as it was when the file was written.
    RowChanged {
        field: String,
    },
    /// The file has another verdict on the same row.
    TwoVerdicts {
        key: String,
        place: String,
    },
    /// A verdict about duplicates in a pipeline that matches, or the other way round.
    OtherKind {
        verdict: String,
    },
    /// A verdict about two rows needs the other one.
    NeedsOther {
        verdict: String,
    },
}

/// A sentence in a language, from its words in each.
macro_rules! say {
    ($language:ident, $en:literal, $fr:literal $(, $value:ident)* $(,)?) => {
        matchflow_labels::sentence(
            $language,
            Label { en: $en, fr: $fr }.get($language),
            &[$((stringify!($value), $value as &dyn matchflow_labels::MessageValue)),*],
        )
    };
}

/// A text in a language.
pub(crate) fn decision_text(text: &DecisionText, language: Language) -> String {
    match text {
        DecisionText::Imported { added, known, ended } => say!(
            language,
            "{added|verdict|verdicts} imported<, {known} known already><, {ended} undone or replaced since an earlier import of \
             this file: undo that to bring {ended?it|them} back>",
            "{added|décision importée|décisions importées}<, {known|déjà connue|déjà connues}><, {ended|annulée ou \
             remplacée|annulées ou remplacées} depuis un import précédent de ce fichier : annulez cette annulation pour {ended?la|\
             les} rétablir>",
            added,
            known,
            ended,
        ),
        DecisionText::CommentsAlone(rows) => say!(
            language,
            "note: {rows|row has|rows have} a comment and no verdict: nothing was taken of {rows?it|them}",
            "remarque : {rows|ligne a|lignes ont} un commentaire sans décision : rien n'en a été repris",
            rows,
        ),
        DecisionText::NothingFilled { file } => say!(
            language,
            "note: `{file}` has no verdict: fill in the column `verdict`",
            "remarque : `{file}` ne contient aucune décision : remplissez la colonne `décision`",
            file,
        ),
        DecisionText::Merged { added, files } => say!(
            language,
            "{added|record|records} added from {files|file|files}",
            "{added|enregistrement ajouté|enregistrements ajoutés} depuis {files|fichier|fichiers}",
            added,
            files,
        ),
        DecisionText::Disagreements(rows) => say!(
            language,
            "people disagree about {rows|row|rows}; {rows?it comes|they come} back to review until one of them decides again:",
            "avis contradictoires sur {rows|ligne|lignes}, à revoir jusqu'à une nouvelle décision :",
            rows,
        ),
        DecisionText::Disagreement { key, verdicts } => format!("  {key}: {verdicts}"),
        DecisionText::Undone(records) => {
            say!(
                language,
                "{records|record|records} undone",
                "{records|enregistrement annulé|enregistrements annulés}",
                records,
            )
        }
        DecisionText::Listed { verdicts, file } => {
            say!(
                language,
                "{verdicts|decision|decisions} in {file}",
                "{verdicts|décision|décisions} dans {file}",
                verdicts,
                file,
            )
        }
        DecisionText::RunNext => say!(language, "`matchflow run` applies them", "`matchflow run` les applique"),
        DecisionText::UndoneOrReplaced => say!(language, "undone or replaced", "annulée ou remplacée"),
        other => refusal_text(other, language),
    }
}

/// Why nothing was done.
fn refusal_text(text: &DecisionText, language: Language) -> String {
    match text {
        DecisionText::Refused { problems, list } => say!(
            language,
            "error: nothing was imported: {problems|cell is|cells are} to be corrected first\n{list}",
            "erreur : rien n'a été importé : {problems|cellule est à corriger|cellules sont à corriger} d'abord\n{list}",
            problems,
            list,
        ),
        DecisionText::Problem { place, problem } => format!("  {place}: {}", problem_text(problem, language)),
        DecisionText::MoreProblems(count) => {
            say!(language, "  ... and {count} more", "  ... et {count} de plus", count)
        }
        DecisionText::UnreadableLine { file, line, problem } => say!(
            language,
            "error: line {line} of `{file}` cannot be read, and nothing was merged: {problem}",
            "erreur : la ligne {line} de `{file}` est illisible, et rien n'a été fusionné : {problem}",
            line,
            file,
            problem,
        ),
        DecisionText::NoRecord { id } => say!(
            language,
            "error: no decision that counts has the id `{id}`: `matchflow decisions list` has the ids; nothing was done",
            "erreur : aucune décision en vigueur n'a l'identifiant `{id}` : `matchflow decisions list` les donne ; rien n'a été fait",
            id,
        ),
        DecisionText::NoDecisionOnKey { key } => say!(
            language,
            "error: nobody has decided about the row `{key}`; nothing was done",
            "erreur : personne n'a décidé de la ligne `{key}` ; rien n'a été fait",
            key,
        ),
        DecisionText::Ambiguous { id, records } => say!(
            language,
            "error: {records} records begin with `{id}`: give more of the id; nothing was done",
            "erreur : {records} enregistrements commencent par `{id}` : donnez plus de caractères ; rien n'a été fait",
            records,
            id,
        ),
        DecisionText::NoName { option } => say!(
            language,
            "error: who decides? Give a name: {option} NAME; nothing was done",
            "erreur : qui décide ? Donnez un nom : {option} NOM ; rien n'a été fait",
            option,
        ),
        DecisionText::NoCheckpoint { file } => say!(
            language,
            "error: there are no results to decide about: `{file}` does not exist; `matchflow run` makes them",
            "erreur : il n'y a pas de résultats à décider : `{file}` n'existe pas ; `matchflow run` les produit",
            file,
        ),
        _ => String::new(),
    }
}

fn problem_text(problem: &CellProblem, language: Language) -> String {
    match problem {
        CellProblem::UnknownVerdict { text, allowed } => say!(
            language,
            "`{text}` is no verdict; allowed: {allowed}",
            "`{text}` n'est pas une décision ; possibles : {allowed}",
            text,
            allowed,
        ),
        CellProblem::UnknownKey { key } => {
            say!(language, "the results have no row `{key}`", "les résultats n'ont pas de ligne `{key}`", key,)
        }
        CellProblem::NoKey => {
            say!(language, "the row has a verdict and no key", "la ligne a une décision et pas de clé",)
        }
        CellProblem::NeedsEntry { verdict, id } => say!(
            language,
            "`{verdict}` needs an entry: fill in the column `other id` with a {id}, or with the number of a candidate",
            "`{verdict}` demande une entrée : remplissez la colonne `autre identifiant` avec un {id} ou le numéro d'un candidat",
            verdict,
            id,
        ),
        CellProblem::EntryNotAllowed { verdict, other } => say!(
            language,
            "`{verdict}` names no entry, and `other id` has `{other}`: empty one of the two cells",
            "`{verdict}` ne désigne aucune entrée, et `autre identifiant` contient `{other}` : videz l'une des deux cellules",
            verdict,
            other,
        ),
        CellProblem::NoVerdict { other } => say!(
            language,
            "`other id` has `{other}`, and the verdict is empty: choose one, such as `accept`",
            "`autre identifiant` contient `{other}`, et la décision est vide : choisissez-en une, par exemple `accepter`",
            other,
        ),
        other => row_problem_text(other, language),
    }
}

/// What is wrong with a row as a whole, or with the entry that it names.
fn row_problem_text(problem: &CellProblem, language: Language) -> String {
    match problem {
        CellProblem::NoSuchEntry { text, id, width, candidates } => say!(
            language,
            "`{text}` is no {id}< ({width} digits)>, and no number of the {candidates|candidate|candidates} of this row",
            "`{text}` n'est ni un {id}< ({width} chiffres)>, ni le numéro d'un des {candidates|candidat|candidats} de cette ligne",
            text,
            id,
            width,
            candidates,
        ),
        CellProblem::RowChanged { field } => say!(
            language,
            "the supplier's row has changed since this file was written (`{field}`): decide in the file of the last run",
            "la ligne du fournisseur a changé depuis l'écriture de ce fichier (`{field}`) : décidez dans le fichier de la \
             dernière exécution",
            field,
        ),
        CellProblem::TwoVerdicts { key, place } => say!(
            language,
            "another verdict on the row `{key}` is in {place}",
            "une autre décision sur la ligne `{key}` figure en {place}",
            key,
            place,
        ),
        CellProblem::OtherKind { verdict } => say!(
            language,
            "`{verdict}` is no verdict of this pipeline",
            "`{verdict}` n'est pas une décision possible pour ce pipeline",
            verdict,
        ),
        CellProblem::NeedsOther { verdict } => say!(
            language,
            "`{verdict}` is about two rows: fill in the key of the other one",
            "`{verdict}` porte sur deux lignes : indiquez la clé de l'autre",
            verdict,
        ),
        _ => String::new(),
    }
}
