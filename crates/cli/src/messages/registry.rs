//! What `registry` prints, in English and French.

use matchflow_model::language::Language;
use matchflow_registry::{ChangeKind, EntryCounts, FetchNote};

/// A text of `registry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryText {
    /// There is a new edition.
    NewEdition { registry: String, edition: String, before: Option<String>, counts: EntryCounts },
    /// Where pipelines find the table.
    Table { path: String },
    /// The publisher has nothing new.
    Unchanged { registry: String, edition: String },
    /// What the user should know.
    Note(FetchNote),
    /// A file is sorted first.
    Sorting { file: String },
    /// What the entries are called while they are joined.
    Entries,
    /// The editions that are compared.
    Difference { registry: String, before: String, after: String },
    /// Changes of a kind.
    Changes { kind: ChangeKind, count: u64 },
    NoChanges,
    /// The file of changes.
    ChangesWritten { path: String, changes: u64 },
    /// A file of changes with another extension.
    ChangeFormat { path: String },
    /// A folder that is no edition.
    NoManifest { folder: String },
    /// A line of progress.
    Progress { part: String, done: u64, total: Option<u64>, is_bytes: bool },
}

/// The text in a language.
pub(crate) fn registry_text(text: &RegistryText, language: Language) -> String {
    match language {
        Language::English => english(text),
        Language::French => french(text),
    }
}

fn english(text: &RegistryText) -> String {
    let number = |count| Language::English.grouped(count);
    match text {
        RegistryText::NewEdition { registry, edition, before, counts } => {
            let EntryCounts { entries, open, groups, with_successor, .. } = *counts;
            let before = before.as_ref().map_or_else(String::new, |before| format!(", after {before}"));
            let successors = match with_successor {
                0 => String::new(),
                count => format!(", {} with a successor", number(count)),
            };
            format!(
                "{registry} {edition}{before}: {} entries ({} open{successors}) of {} companies",
                number(entries),
                number(open),
                number(groups)
            )
        }
        RegistryText::Table { path } => format!("the registry of pipelines: {path}"),
        RegistryText::Unchanged { registry, edition } => {
            format!("{registry} {edition} is the newest edition: nothing to do")
        }
        RegistryText::Note(note) => english_note(note),
        RegistryText::Sorting { file } => format!("[registry] {file} is not in the order of its ids: it is sorted first"),
        RegistryText::Entries => "entries".to_owned(),
        RegistryText::Difference { registry, before, after } => format!("{registry}: what changed from {before} to {after}"),
        RegistryText::Changes { kind, count } => format!("{:>11} {}", number(*count), english_kind(*kind)),
        RegistryText::NoChanges => "nothing".to_owned(),
        RegistryText::ChangesWritten { path, changes } => format!("{path}: {} changes", number(*changes)),
        RegistryText::ChangeFormat { path } => format!("`{path}` must end in .csv, .jsonl or .parquet"),
        RegistryText::NoManifest { folder } => {
            format!("`{folder}` is no edition: it has no manifest.json, as `matchflow registry fetch` writes it")
        }
        RegistryText::Progress { part, done, total, is_bytes } => progress(part, *done, *total, *is_bytes, " of ", number),
    }
}

fn english_note(note: &FetchNote) -> String {
    match note {
        FetchNote::WithoutSource { key } => format!("note: there is no file `{key}`: the edition is made without it"),
        FetchNote::NewColumns { file, columns } => {
            format!("note: `{file}` has columns that are not read: {}", columns.join(", "))
        }
        FetchNote::MissingEditions { before, days } => {
            format!("note: the edition before is {before}, {days} days earlier: one between was not fetched")
        }
        FetchNote::Rejected(count) => {
            format!("warning: {count} cells or rows of the publisher's files could not be read and are empty or left out")
        }
        FetchNote::WithoutGroup(count) => format!("note: {count} entries have no company in its file"),
        FetchNote::WithoutId(count) => format!("note: {count} rows have no id and are left out"),
    }
}

fn french(text: &RegistryText) -> String {
    let number = |count| Language::French.grouped(count);
    match text {
        RegistryText::NewEdition { registry, edition, before, counts } => {
            let EntryCounts { entries, open, groups, with_successor, .. } = *counts;
            let before = before.as_ref().map_or_else(String::new, |before| format!(", après {before}"));
            let successors = match with_successor {
                0 => String::new(),
                count => format!(", {} avec un successeur", number(count)),
            };
            format!(
                "{registry} {edition}{before} : {} entrées ({} ouvertes{successors}) de {} entreprises",
                number(entries),
                number(open),
                number(groups)
            )
        }
        RegistryText::Table { path } => format!("le registre des pipelines : {path}"),
        RegistryText::Unchanged { registry, edition } => {
            format!("{registry} {edition} est l'édition la plus récente : rien à faire")
        }
        RegistryText::Note(note) => french_note(note),
        RegistryText::Sorting { file } => {
            format!("[registry] {file} n'est pas dans l'ordre de ses identifiants : il est d'abord trié")
        }
        RegistryText::Entries => "entrées".to_owned(),
        RegistryText::Difference { registry, before, after } => {
            format!("{registry} : ce qui a changé de {before} à {after}")
        }
        RegistryText::Changes { kind, count } => format!("{:>11} {}", number(*count), french_kind(*kind)),
        RegistryText::NoChanges => "rien".to_owned(),
        RegistryText::ChangesWritten { path, changes } => format!("{path} : {} changements", number(*changes)),
        RegistryText::ChangeFormat { path } => format!("`{path}` doit se terminer par .csv, .jsonl ou .parquet"),
        RegistryText::NoManifest { folder } => format!(
            "`{folder}` n'est pas une édition : il n'y a pas de manifest.json, que `matchflow registry fetch` écrit"
        ),
        RegistryText::Progress { part, done, total, is_bytes } => progress(part, *done, *total, *is_bytes, " sur ", number),
    }
}

fn french_note(note: &FetchNote) -> String {
    match note {
        FetchNote::WithoutSource { key } => format!("remarque : il n'y a pas de fichier `{key}` : l'édition est faite sans lui"),
        FetchNote::NewColumns { file, columns } => {
            format!("remarque : `{file}` a des colonnes qui ne sont pas lues : {}", columns.join(", "))
        }
        FetchNote::MissingEditions { before, days } => {
            format!("remarque : l'édition précédente est {before}, {days} jours avant : une autre entre les deux manque")
        }
        FetchNote::Rejected(count) => format!(
            "avertissement : {count} cellules ou lignes des fichiers n'ont pas pu être lues et sont vides ou laissées de côté"
        ),
        FetchNote::WithoutGroup(count) => format!("remarque : {count} entrées sont sans entreprise dans son fichier"),
        FetchNote::WithoutId(count) => format!("remarque : {count} lignes sans identifiant sont laissées de côté"),
    }
}

fn english_kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "created",
        ChangeKind::Closed => "closed",
        ChangeKind::Reopened => "reopened",
        ChangeKind::Succeeded => "taken over by a successor",
        ChangeKind::Renamed => "renamed",
        ChangeKind::Moved => "moved",
        ChangeKind::Activity => "with another activity",
        ChangeKind::LegalForm => "with another legal form",
        ChangeKind::HeadOffice => "became, or ceased to be, the head office",
        ChangeKind::Removed => "no longer in the registry",
    }
}

fn french_kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "créées",
        ChangeKind::Closed => "fermées",
        ChangeKind::Reopened => "rouvertes",
        ChangeKind::Succeeded => "reprises par un successeur",
        ChangeKind::Renamed => "renommées",
        ChangeKind::Moved => "déménagées",
        ChangeKind::Activity => "d'une autre activité",
        ChangeKind::LegalForm => "d'une autre forme juridique",
        ChangeKind::HeadOffice => "devenues siège, ou qui ne le sont plus",
        ChangeKind::Removed => "absentes du registre désormais",
    }
}

fn progress(
    part: &str,
    done: u64,
    total: Option<u64>,
    is_bytes: bool,
    of: &str,
    number: impl Fn(u64) -> String,
) -> String {
    let amount = |count: u64| if is_bytes { format!("{} MB", number(count / 1_000_000)) } else { number(count) };
    let total = total.map_or_else(String::new, |total| format!("{of}{}", amount(total)));
    format!("[registry] {part}: {}{total}", amount(done))
}
