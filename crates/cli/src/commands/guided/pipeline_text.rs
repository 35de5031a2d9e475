//! The pipeline as YAML, with comments in the user's language.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use matchflow_ingest::part_key;
use matchflow_model::language::{Label, Language};
use matchflow_profile::ColumnKind;

use crate::standard_input::is_standard_input;

use super::DUPLICATES;
use super::registry::{RegistryChoice, RegistryColumns, RegistryTables};
use super::result_paths::{ResultPaths, table_name};
use super::supplier_file::{SupplierField, SupplierFile};

const HEAD: Label = Label {
    en: "# Written by matchflow. `matchflow run` runs it, `matchflow plan` shows its stages, `matchflow validate` checks it.",
    fr: "# Écrit par matchflow. `matchflow run` l'exécute, `matchflow plan` montre ses étapes, `matchflow validate` le vérifie.",
};
const UNUSED: Label = Label { en: "Not used", fr: "Non utilisées" };
const FIELDS: Label = Label { en: "The fields, each with its column.", fr: "Les champs, chacun avec sa colonne." };
const REGISTRY: Label = Label {
    en: "INSEE's column names. `docs/your-own-file.md` says where SIRENE's files are.",
    fr: "Les noms de colonnes de l'INSEE. `docs/your-own-file.md` dit où sont les fichiers SIRENE.",
};
const PRESET: Label = Label {
    en: "# The stages and the match model of matchflow, without what the files have no column for.",
    fr: "# Les étapes et le modèle de matchflow, sans ce pour quoi les fichiers n'ont pas de colonne.",
};
const CHECKPOINT: Label = Label { en: "A run resumes from it.", fr: "Une exécution reprend à partir de ce fichier." };
const DEDUPE: Label = Label {
    en: "Pairs from `accept` on are duplicates, those from `review` on are for a person.",
    fr: "Les paires à partir de `accept` sont des doublons, celles à partir de `review` sont à vérifier.",
};

/// The parts of a pipeline.
pub(crate) struct PipelineDraft<'a> {
    file: &'a SupplierFile,
    registry: Option<&'a RegistryChoice>,
    paths: &'a ResultPaths,
    /// The folder that paths are relative to.
    folder: PathBuf,
    language: Language,
}

impl<'a> PipelineDraft<'a> {
    /// The draft of a pipeline in the file `path`.
    pub(crate) fn new(
        file: &'a SupplierFile,
        registry: Option<&'a RegistryChoice>,
        paths: &'a ResultPaths,
        path: &Path,
        language: Language,
    ) -> PipelineDraft<'a> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = absolute.parent().unwrap_or(Path::new("")).to_owned();
        PipelineDraft { file, registry, paths, folder, language }
    }

    /// A path as written in the pipeline: relative if the file is below its folder.
    fn path(&self, path: &Path) -> String {
        if is_standard_input(path) {
            return quoted(&path.to_string_lossy());
        }
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let relative = absolute.strip_prefix(&self.folder).unwrap_or(&absolute);
        quoted(&relative.to_string_lossy())
    }
}

/// A text in quotes: JSON's are valid in YAML. `$` would start a variable.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text.replace("${", "$${")).to_string()
}

/// The YAML. Writing to a `String` never fails, here and below.
pub(crate) fn pipeline_text(draft: &PipelineDraft<'_>) -> String {
    let language = draft.language;
    let mut text = format!("{}\nname: {}\n\n", HEAD.get(language), quoted(&table_name(&draft.file.path)));
    source(&mut text, draft);
    match draft.registry {
        Some(registry) => reference(&mut text, draft, registry),
        None => dedupe(&mut text, draft),
    }
    let preset = draft.registry.map_or(DUPLICATES, RegistryChoice::preset);
    let _ = writeln!(text, "\n{}\npreset: {preset}", PRESET.get(language));
    let _ = writeln!(text, "\nsink:\n  # {}", CHECKPOINT.get(language));
    let _ = writeln!(text, "  checkpoint: {}", draft.path(&draft.paths.checkpoint));
    let output = &draft.paths.output;
    let extension = output.extension().and_then(|extension| extension.to_str()).unwrap_or("csv").to_lowercase();
    let key = ["xlsx", "parquet", "jsonl", "duckdb"].into_iter().find(|key| *key == extension).unwrap_or("csv");
    let path = if matchflow_files::is_stdout(output) { quoted("-") } else { draft.path(output) };
    let _ = writeln!(text, "\noutputs:\n  - {key}: {path}");
    text
}

fn source(text: &mut String, draft: &PipelineDraft<'_>) {
    let profile = &draft.file.profile;
    let format = draft.file.format;
    let has_key = |name: &str| format.keys().iter().any(|key| key.name == name);
    let path = draft.path(&draft.file.path);
    let _ = writeln!(text, "source:\n  {}:\n    path: {path}", format.name());
    if let (Some(sheet), Some(key)) = (&profile.choice.sheet, part_key(format)) {
        let _ = writeln!(text, "    {key}: {}", quoted(sheet));
    }
    if let Some(row) = profile.choice.header.filter(|_| has_key("header")) {
        let _ = writeln!(text, "    header: {row}");
    }
    if profile.choice.is_nested() {
        text.push_str("    nested: dotted\n");
    }
    if profile.inspection.has_totals && has_key("totals") {
        text.push_str("    totals: skip\n");
    }
    let keys: String = draft.file.keys.iter().map(|key| format!("{}, ", quoted(key))).collect();
    let id = if keys.is_empty() { "index".to_owned() } else { format!("[{keys}index]") };
    let _ = writeln!(text, "  id: {id}\n  # {}\n  fields:", FIELDS.get(draft.language));
    draft.file.fields.iter().for_each(|one| field(text, one));
    // `dedupe` has a key of its own for it.
    if draft.registry.is_some() && draft.file.has_amount() {
        text.push_str("  amount: amount\n");
    }
    let is_used = |column: &String| {
        draft.file.keys.contains(column) || draft.file.fields.iter().any(|field| field.columns.contains(column))
    };
    let unused: Vec<&str> = profile
        .columns
        .iter()
        .map(|guess| &guess.column)
        .filter(|column| !is_used(column))
        .map(String::as_str)
        .collect();
    if !unused.is_empty() {
        // A line break in a header would end the comment.
        let unused = unused.join(", ").split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "  # {}: {unused}", UNUSED.get(draft.language));
    }
}

fn field(text: &mut String, field: &SupplierField) {
    let name = field.name;
    let columns: Vec<String> = field.columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    let _ = match (field.data_type, field.columns.len()) {
        (Some(data_type), _) => writeln!(text, "    {name}: {{ column: {columns}, type: {data_type} }}"),
        (None, 1) => writeln!(text, "    {name}: {columns}"),
        (None, _) => writeln!(text, "    {name}: {{ columns: [{columns}] }}"),
    };
}

fn reference(text: &mut String, draft: &PipelineDraft<'_>, registry: &RegistryChoice) {
    text.push_str("\nreference:\n");
    let _ = match &registry.tables {
        RegistryTables::Sirene { units, establishments } => writeln!(
            text,
            "  sirene:\n    units: {}\n    establishments: {}",
            draft.path(units),
            draft.path(establishments)
        ),
        RegistryTables::One { format, path, sheet, header, is_nested } => {
            let mut options = format!("path: {}", draft.path(path));
            let has_key = |name: &str| format.keys().iter().any(|key| key.name == name);
            if let (Some(sheet), Some(key)) = (sheet, part_key(*format)) {
                let _ = write!(options, ", {key}: {}", quoted(sheet));
            }
            if let Some(row) = header.filter(|_| has_key("header")) {
                let _ = write!(options, ", header: {row}");
            }
            if *is_nested {
                options.push_str(", nested: dotted");
            }
            writeln!(text, "  {}: {{ {options} }}", format.name())
        }
    };
    match &registry.columns {
        RegistryColumns::Sirene => {
            let _ = writeln!(text, "  # {}\n  preset: sirene", REGISTRY.get(draft.language));
        }
        RegistryColumns::Guessed { id, group, fields, .. } => {
            let _ = writeln!(text, "  id: {}", quoted(id));
            if let Some(group) = group {
                let _ = writeln!(text, "  group: {}", quoted(group));
            }
            text.push_str("  fields:\n");
            for one in fields {
                let (name, columns) = (one.name, one.columns.clone());
                let kind = ColumnKind::Other;
                field(text, &SupplierField { name, kind, columns, data_type: None });
            }
        }
    }
}

fn dedupe(text: &mut String, draft: &PipelineDraft<'_>) {
    let has = |name: &str| draft.file.fields.iter().any(|field| field.name == name);
    let _ = writeln!(text, "\ndedupe:\n  # {}", DEDUPE.get(draft.language));
    text.push_str("  accept: 0.95\n  review: 0.1\n  bridge: 0.99\n");
    // Two companies have different SIRENs, whatever their names.
    if ["siret", "siren_number", "vat"].iter().any(|name| has(name)) {
        text.push_str("  cannot_link: siren\n");
    }
    if draft.file.has_amount() {
        text.push_str("  amount: amount\n");
    }
}
