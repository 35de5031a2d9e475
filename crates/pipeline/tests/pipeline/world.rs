//! A fake environment: files and plug-ins by name.

use std::path::{Path, PathBuf};

use matchflow_model::plan::TablePlan;
use matchflow_pipeline::{
    ArbiterFacts, ArbiterNeeds, CheckedPipeline, Environment, Fault, Part, PluginFacts, PluginInput, Report,
    TableColumns, check,
};

/// Every file exists except those with `missing` in their name; variables are given.
pub(crate) struct World {
    pub(crate) variables: Vec<(String, String)>,
}

impl World {
    pub(crate) fn plain() -> Self {
        Self { variables: Vec::new() }
    }
}

const SUPPLIERS: &str = "Auxiliaire|Code tiers|Nom|Adresse 1|Adresse 2|Adresse 3|Postal|Ville|Pays|Code SIRET|Code NIF|\
Date dern. Mouvt";
const REGISTRY: &str = "siret|siren|denominationUniteLegale|sigleUniteLegale|denominationUsuelle1UniteLegale|\
nomUniteLegale|prenomUsuelUniteLegale|enseigne1Etablissement|denominationUsuelleEtablissement|\
complementAdresseEtablissement|\
numeroVoieEtablissement|indiceRepetitionEtablissement|typeVoieEtablissement|libelleVoieEtablissement|\
codePostalEtablissement|libelleCommuneEtablissement|etablissementSiege|etatAdministratifEtablissement|\
statutDiffusionEtablissement";

/// A match model with mistakes.
const ODD_MODEL: &str = "prior: 1\ncomparisons:\n  name:\n    - { level: same, when: { names: 0.9 }, m: 0.9, u: 0 }\n    \
- { level: near, wen: { names: 0.5 }, m: 0.3, u: { groups: 0.1, term_frequency: names } }\n    - { level: other, m: 0, u: 0.9 }\n";

/// What every other match model holds that is not in `tests/models`.
const MODEL: &str = "prior: 0.5\ncomparisons:\n  name:\n    - { level: same, when: { name: 0.9 }, m: 0.9, u: 0.1 }\n    \
- { level: other, m: 0.1, u: 0.9 }\n";

fn names(list: &str) -> Vec<String> {
    list.split('|').map(str::to_owned).collect()
}

fn exists(path: &Path, part: Part) -> Result<(), Fault> {
    match path.to_string_lossy().contains("missing") {
        true => Err(Fault::new(part, format!("there is no file {}", path.display()))),
        false => Ok(()),
    }
}

fn table(table: &TablePlan, columns: &str) -> Result<TableColumns, Fault> {
    let keys = matchflow_ingest::format(&table.format).unwrap().keys();
    for key in keys {
        table.file(key.name).map_or(Ok(()), |path| exists(path, Part::Key(key.name)))?;
    }
    match table.options.get("sheet").and_then(|sheet| sheet["name"].as_str()) {
        Some(name) if name != "Fournisseurs" => {
            Err(Fault::new(Part::Key("sheet"), format!("there is no sheet `{name}`, it has: `Fournisseurs`")))
        }
        _ => Ok(TableColumns { names: names(columns), unreadable: Vec::new(), sheet: None }),
    }
}

impl Environment for World {
    fn source_columns(&self, source: &TablePlan) -> Result<Option<TableColumns>, Fault> {
        table(source, SUPPLIERS).map(Some)
    }

    fn reference_columns(&self, reference: &TablePlan) -> Result<TableColumns, Fault> {
        table(reference, REGISTRY)
    }

    fn text(&self, path: &Path) -> Result<String, Fault> {
        exists(path, Part::Path)?;
        let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(path);
        if let Ok(text) = std::fs::read_to_string(written) {
            return Ok(text);
        }
        Ok(if path.to_string_lossy().contains("odd") { ODD_MODEL } else { MODEL }.to_owned())
    }

    fn plugin(&self, path: &Path) -> Result<PluginFacts, Fault> {
        exists(path, Part::Path)?;
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let digest = matchflow_model::digest::sha256_hex(name.as_bytes());
        let kind = if name == "company-name" { "company-name" } else { "text" };
        let inputs = vec![PluginInput { name: "value".into(), kind: kind.into(), required: true }];
        let parameters = match name.as_str() {
            "exact" => include_str!("../../../../plugins/exact/src/parameters.json"),
            "company-name" => include_str!("../../../../plugins/company-name/src/parameters.json"),
            "broken-schema" => r#"{"type": "objekt"}"#,
            "forms" => include_str!("forms.json"),
            _ => r#"{"type": "object"}"#,
        };
        let parameters = serde_json::from_str(parameters).unwrap();
        Ok(PluginFacts { name, version: "1.0.0".into(), digest, inputs, parameters })
    }

    fn configure(&self, _path: &Path, parameters: &str) -> Result<(), Fault> {
        match parameters.contains("refused") {
            true => Err(Fault::new(Part::Parameters, "plug-in forms refuses its parameters: `refused` is no word")),
            false => Ok(()),
        }
    }

    fn arbiter(&self, path: &Path) -> Result<ArbiterFacts, Fault> {
        exists(path, Part::Path)?;
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let digest = matchflow_model::digest::sha256_hex(name.as_bytes());
        let (row_fields, entry_fields) = (vec!["name".to_owned()], vec!["name".to_owned()]);
        let parameters = serde_json::json!({
            "type": "object",
            "properties": {
                "model": { "description": "The model", "type": "string" },
                "url": { "description": "Where", "type": "string" },
                "key": { "description": "The variable with the key", "type": "string" },
            },
            "required": ["model"],
        });
        Ok(ArbiterFacts { name, version: "1.0.0".into(), digest, row_fields, entry_fields, parameters })
    }

    fn configure_arbiter(&self, _path: &Path, parameters: &str) -> Result<ArbiterNeeds, Fault> {
        let parameters: serde_json::Value = serde_json::from_str(parameters).unwrap();
        let text = |name: &str| parameters[name].as_str().map(str::to_owned);
        if text("model").is_some_and(|model| model.is_empty()) {
            return Err(Fault::new(Part::Parameters, "the plug-in refuses its parameters: `model` is empty"));
        }
        Ok(ArbiterNeeds { hosts: text("url").into_iter().collect(), secrets: text("key").into_iter().collect() })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn cores(&self) -> usize {
        2
    }

    fn temporary_checkpoint(&self, checkpoint: &Path) -> PathBuf {
        Path::new("/tmp").join(checkpoint)
    }
}

/// Checks a text as the file `pipeline.yaml` of the current folder.
pub(crate) fn check_text(text: &str, overrides: &[&str]) -> Result<CheckedPipeline, Report> {
    let overrides: Vec<String> = overrides.iter().map(|one| (*one).to_owned()).collect();
    check(text, Path::new("pipeline.yaml"), &overrides, &World::plain())
}

/// The repository's sample pipelines.
pub(crate) fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // Match models are next to the pipelines that name them.
    let is_pipeline = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".yaml") && !name.ends_with(".model.yaml")
    };
    let mut samples: Vec<PathBuf> = files.filter(is_pipeline).collect();
    samples.sort();
    samples
}

/// A small pipeline that passes.
pub(crate) const SMALL: &str = include_str!("small.yaml");
