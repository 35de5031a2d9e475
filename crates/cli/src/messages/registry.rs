//! What `registry` prints, in English and French.

use matchflow_model::language::Language;
use matchflow_registry::{ChangeKind, EntryCounts, FetchNote};

/// A text of `registry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryText {
    /// There is a new edition.
    NewEdition {
        registry: String,
        edition: String,
        before: Option<String>,
        counts: EntryCounts,
    },
    /// Where pipelines find the table.
    Table {
        path: String,
    },
    /// The publisher has nothing new.
    Unchanged {
        registry: String,
        edition: String,
    },
    /// What the user should know.
    Note(FetchNote),
    /// A file is sorted first.
    Sorting {
        file: String,
    },
    /// What the entries are called while they are joined.
    Entries,
    /// The editions that are compared.
    Difference {
        registry: String,
        before: String,
        after: String,
    },
    /// Changes of a kind.
    Changes {
        kind: ChangeKind,
        count: u64,
    },
    NoChanges,
    /// The file of changes.
    ChangesWritten {
        path: String,
        changes: u64,
    },
    /// A file of changes with another extension.
    ChangeFormat {
        path: String,
    },
    /// A folder without registries.
    NoRegistries {
        folder: String,
    },
    /// A folder that is no edition.
    NoManifest {
        folder: String,
    },
    /// The pipeline has no registry.
    NothingToWatch,
    /// There is no edition to compare with.
    NoEditionBefore {
        folder: String,
        edition: String,
    },
    /// The matched suppliers, and the editions that are compared.
    Watched {
        registry: String,
        before: String,
        after: String,
        suppliers: u64,
    },
    /// Suppliers with a change of a kind, and the money with them.
    WatchedKind {
        kind: ChangeKind,
        suppliers: u64,
        amount: Option<i64>,
    },
    MoreChanges(u64),
    /// The heading of a column of the list, from 0.
    WatchColumn(u8),
    /// A change of a supplier.
    WatchChange(ChangeKind),
    /// The name of the sheet.
    WatchSheet,
    /// A run with an older edition than the last one.
    OlderEdition {
        table: String,
        found: String,
        last: String,
    },
    /// A line of progress.
    Progress {
        part: String,
        done: u64,
        total: Option<u64>,
        is_bytes: bool,
    },
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
        RegistryText::Sorting { file } => {
            format!("[registry] {file} is not in the order of its ids: it is sorted first")
        }
        RegistryText::Entries => "entries".to_owned(),
        RegistryText::Difference { registry, before, after } => {
            format!("{registry}: what changed from {before} to {after}")
        }
        RegistryText::Changes { kind, count } => format!("{:>11} {}", number(*count), english_kind(*kind)),
        RegistryText::NoChanges => "nothing".to_owned(),
        RegistryText::ChangesWritten { path, changes } => format!("{path}: {} changes", number(*changes)),
        RegistryText::ChangeFormat { path } => format!("`{path}` must end in .csv, .jsonl or .parquet"),
        RegistryText::NothingToWatch => "this pipeline has no registry to watch".to_owned(),
        RegistryText::NoEditionBefore { folder, edition } => format!(
            "`{folder}` has no edition before {edition}: with the next one that `matchflow registry fetch` makes, there is something to \
             compare"
        ),
        RegistryText::Watched { registry, before, after, suppliers } => {
            format!("{registry}: {} matched suppliers, from {before} to {after}", number(*suppliers))
        }
        RegistryText::WatchedKind { kind, suppliers, amount } => {
            let amount = amount.map(|amount| format!(" ({})", number(amount.unsigned_abs())));
            format!("{:>9} {}{}", number(*suppliers), english_change(*kind), amount.unwrap_or_default())
        }
        RegistryText::MoreChanges(more) => format!("... and {} more: --xlsx and --json have all", number(*more)),
        RegistryText::WatchColumn(column) => column_of(ENGLISH_COLUMNS, *column),
        RegistryText::WatchChange(kind) => english_change(*kind).to_owned(),
        RegistryText::WatchSheet => "Changed suppliers".to_owned(),
        RegistryText::OlderEdition { table, found, last } => format!(
            "the registry `{table}` is {found}, and the last run had {last}: with an older edition, closed companies would be open again; \
             fetch the newer one, or add --allow-older-edition"
        ),
        RegistryText::NoRegistries { folder } => {
            format!(
                "`{folder}` has no registry to update: `matchflow registry fetch sirene --dir {folder}` makes its first edition"
            )
        }
        RegistryText::NoManifest { folder } => {
            format!("`{folder}` is no edition: it has no manifest.json, as `matchflow registry fetch` writes it")
        }
        RegistryText::Progress { part, done, total, is_bytes } => {
            progress(part, *done, *total, *is_bytes, " of ", number)
        }
    }
}

fn english_note(note: &FetchNote) -> String {
    match note {
        FetchNote::WithoutSource { key } => format!("note: there is no file `{key}`: the edition is made without it"),
        FetchNote::NewColumns { file, columns } => {
            format!("note: `{file}` has new columns, which are not read: {}", columns.join(", "))
        }
        FetchNote::MissingEditions { before, days } => {
            format!("note: the edition before is {before}, {days} days earlier: one between was not fetched")
        }
        FetchNote::Rejected(count) => {
            format!(
                "warning: {count} cells or rows of the publisher's files could not be read and are empty or left out"
            )
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
        RegistryText::NothingToWatch => "ce pipeline n'a pas de registre à surveiller".to_owned(),
        RegistryText::NoEditionBefore { folder, edition } => format!(
            "`{folder}` n'a pas d'édition avant {edition} : avec la prochaine que fera `matchflow registry fetch`, il y aura de quoi \
             comparer"
        ),
        RegistryText::Watched { registry, before, after, suppliers } => {
            format!("{registry} : {} fournisseurs rapprochés, de {before} à {after}", number(*suppliers))
        }
        RegistryText::WatchedKind { kind, suppliers, amount } => {
            let amount = amount.map(|amount| format!(" ({})", number(amount.unsigned_abs())));
            format!("{:>9} {}{}", number(*suppliers), french_change(*kind), amount.unwrap_or_default())
        }
        RegistryText::MoreChanges(more) => format!("... et {} de plus : --xlsx et --json ont tout", number(*more)),
        RegistryText::WatchColumn(column) => column_of(FRENCH_COLUMNS, *column),
        RegistryText::WatchChange(kind) => french_change(*kind).to_owned(),
        RegistryText::WatchSheet => "Fournisseurs modifiés".to_owned(),
        RegistryText::OlderEdition { table, found, last } => format!(
            "le registre `{table}` est {found}, la dernière exécution avait {last} : avec une édition plus ancienne, des entreprises \
             fermées redeviendraient ouvertes ; récupérez la plus récente, ou ajoutez --allow-older-edition"
        ),
        RegistryText::NoRegistries { folder } => format!(
            "`{folder}` n'a pas de registre à mettre à jour : `matchflow registry fetch sirene --dir {folder}` en fait la première édition"
        ),
        RegistryText::NoManifest { folder } => format!(
            "`{folder}` n'est pas une édition : il n'y a pas de manifest.json, que `matchflow registry fetch` écrit"
        ),
        RegistryText::Progress { part, done, total, is_bytes } => {
            progress(part, *done, *total, *is_bytes, " sur ", number)
        }
    }
}

fn french_note(note: &FetchNote) -> String {
    match note {
        FetchNote::WithoutSource { key } => {
            format!("remarque : il n'y a pas de fichier `{key}` : l'édition est faite sans lui")
        }
        FetchNote::NewColumns { file, columns } => {
            format!("remarque : `{file}` a de nouvelles colonnes, qui ne sont pas lues : {}", columns.join(", "))
        }
        FetchNote::MissingEditions { before, days } => {
            format!(
                "remarque : l'édition précédente est {before}, {days} jours avant : une autre entre les deux manque"
            )
        }
        FetchNote::Rejected(count) => format!(
            "avertissement : {count} cellules ou lignes des fichiers n'ont pas pu être lues et sont vides ou laissées de côté"
        ),
        FetchNote::WithoutGroup(count) => format!("remarque : {count} entrées sont sans entreprise dans son fichier"),
        FetchNote::WithoutId(count) => format!("remarque : {count} lignes sans identifiant sont laissées de côté"),
    }
}

/// The columns of the list of `watch`.
const ENGLISH_COLUMNS: [&str; 10] =
    ["Key", "Supplier", "Amount", "Change", "Since", "Before", "After", "Successor", "Entry", "Company"];
const FRENCH_COLUMNS: [&str; 10] =
    ["Clé", "Fournisseur", "Montant", "Changement", "Depuis", "Avant", "Après", "Successeur", "Entrée", "Entreprise"];

fn column_of(columns: [&str; 10], column: u8) -> String {
    columns.get(usize::from(column)).copied().unwrap_or_default().to_owned()
}

fn english_change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "created",
        ChangeKind::Closed => "closed",
        ChangeKind::Reopened => "reopened",
        ChangeKind::Succeeded => "taken over",
        ChangeKind::Renamed => "renamed",
        ChangeKind::Moved => "moved",
        ChangeKind::Activity => "other activity",
        ChangeKind::LegalForm => "other legal form",
        ChangeKind::HeadOffice => "head office changed",
        ChangeKind::Removed => "no longer in the registry",
    }
}

fn french_change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "créé",
        ChangeKind::Closed => "fermé",
        ChangeKind::Reopened => "rouvert",
        ChangeKind::Succeeded => "repris",
        ChangeKind::Renamed => "renommé",
        ChangeKind::Moved => "déménagé",
        ChangeKind::Activity => "autre activité",
        ChangeKind::LegalForm => "autre forme juridique",
        ChangeKind::HeadOffice => "siège modifié",
        ChangeKind::Removed => "absent du registre",
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
