//! The texts of `match`, `dedupe` and `init` in French.

use matchflow_model::language::Language;
use matchflow_profile::ColumnKind;

use super::{ColumnSettingFault, GuideError, GuideText, GuidedTable};

pub(super) fn guide_text(text: &GuideText) -> String {
    match text {
        GuideText::Table { file, sheet, header, rows, has_totals } => {
            let sheet = sheet.as_ref().map_or(String::new(), |sheet| format!(", feuille `{sheet}`"));
            let header = header.map_or(String::new(), |row| format!(", en-tête ligne {row}"));
            let totals = if *has_totals { " (la dernière semble être un total : elle est ignorée)" } else { "" };
            format!("{file}{sheet}{header}, {}{totals}", Language::French.count(*rows, "ligne", "lignes"))
        }
        GuideText::Titles => "colonne|interprétée comme|sûr à|par exemple".to_owned(),
        GuideText::Unused { columns } => format!("  non utilisées : {}", columns.join(", ")),
        GuideText::Registry { files, columns: None } => format!("{files} : le répertoire SIRENE de l'INSEE"),
        GuideText::Registry { files, columns: Some(columns) } => {
            format!("{files} : une liste d'entreprises, {}", columns.join(", "))
        }
        GuideText::WhichSheet => "Quelle feuille contient les fournisseurs ?".to_owned(),
        GuideText::WhichColumn { kind } => format!("Quelle colonne contient : {} ?", kind_label(*kind)),
        GuideText::YourChoice => "Votre choix".to_owned(),
        GuideText::NotAChoice { last } => format!("un nombre de 0 à {last}"),
        GuideText::NoneOfThem => "aucune".to_owned(),
        GuideText::OpenQuestion { question, guess: Some(guess), flag } => {
            format!("{} Sans doute `{guess}` ; `{flag}` le précise.", guide_text(question))
        }
        GuideText::OpenQuestion { question, guess: None, flag } => {
            format!("{} `{flag}` y répond.", guide_text(question))
        }
        GuideText::PipelineWritten { path } => {
            format!("{path} est écrit, sans problème\nensuite : matchflow run {path} --limit 200")
        }
        GuideText::NextStep { output, checkpoint, pipeline, is_dedupe } => {
            let mut lines = Vec::new();
            if let Some(output) = output {
                lines.push(format!("ensuite : ouvrir {output}"));
            }
            if !is_dedupe {
                lines.push(format!("      matchflow explain {checkpoint} CLE : pourquoi une ligne a ce résultat"));
            }
            lines.push(match pipeline {
                Some(pipeline) => format!("      modifier {pipeline}, puis : matchflow run {pipeline}"),
                None => "      `--write-pipeline mon.yaml` conserve les réglages, pour les modifier".to_owned(),
            });
            lines.join("\n")
        }
        GuideText::Error(error) => error_text(error),
    }
}

/// Why nothing was done.
fn error_text(error: &GuideError) -> String {
    match error {
        GuideError::OpenQuestions { questions } => format!(
            "erreur : tout n'est pas clair, et il n'y a pas de terminal pour poser les questions :\n  {}\n`--yes` retient les \
             meilleures hypothèses ; rien n'a été fait",
            questions.join("\n  ")
        ),
        GuideError::NoNameColumn { columns } => format!(
            "erreur : aucune colonne ne ressemble à des noms d'entreprises, ni à leurs identifiants. Les colonnes : {}. \
             `--column name=COLONNE` en désigne une ; rien n'a été fait",
            columns.join(", ")
        ),
        GuideError::OtherSireneFile { file, is_units: true } => format!(
            "erreur : `{file}` contient les établissements de l'INSEE sans le nom de leurs entreprises. Placez \
             `StockUniteLegale` dans le même dossier, ou donnez les deux : `--registry UNITES ETABLISSEMENTS`. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::OtherSireneFile { file, is_units: false } => format!(
            "erreur : `{file}` contient les unités légales de l'INSEE sans adresses. Placez `StockEtablissement` \
             dans le même dossier, ou donnez les deux : `--registry UNITES ETABLISSEMENTS`. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::WhichRegistry { files } if files.is_empty() => format!(
            "erreur : pas de registre : `--registry` est un fichier, un dossier avec les deux fichiers de l'INSEE, \
             ou ces deux fichiers. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::WhichRegistry { files } => format!(
            "erreur : plusieurs fichiers peuvent être le registre, désignez-en un : {} ; rien n'a été fait",
            files.join(", ")
        ),
        GuideError::RegistryWithoutId { file, columns } => format!(
            "erreur : aucune colonne du registre `{file}` n'a une valeur différente à chaque ligne, par laquelle les \
             résultats pourraient la citer. Les colonnes : {}",
            columns.join(", ")
        ),
        GuideError::RegistryWithoutName { file, columns } => format!(
            "erreur : aucune colonne du registre `{file}` ne ressemble à des noms d'entreprises. Les colonnes : {}. \
             Nommez-les dans un pipeline : `matchflow init` en écrit un pour un autre registre, comme point de départ",
            columns.join(", ")
        ),
        other => input_error_text(other),
    }
}

/// The same for files that cannot be used.
fn input_error_text(error: &GuideError) -> String {
    match error {
        GuideError::Unreadable { table, error } => {
            let table = match table {
                GuidedTable::Suppliers => "du fichier des fournisseurs",
                GuidedTable::Registry => "du registre",
                GuidedTable::Any => "du fichier",
                GuidedTable::StandardInput => "de l'entrée standard",
            };
            format!("erreur : {error}\n  à la lecture {table}")
        }
        GuideError::NoRows { file } => format!(
            "erreur : le fichier des fournisseurs `{file}` n'a aucune ligne sous son en-tête : il n'y a rien à rapprocher"
        ),
        GuideError::NoTable => "erreur : le fichier ne contient pas de table".to_owned(),
        GuideError::UnknownExtension { file, known } => {
            let (last, others) = known.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
            format!("erreur : `{file}` a une extension inconnue ; il faut {} ou {last}", others.join(", "))
        }
        GuideError::StandardInputNoTable => {
            "erreur : l'entrée standard n'est pas une table : CSV, lignes JSON, Parquet ou un classeur".to_owned()
        }
        GuideError::ColumnSetting { setting, fault } => {
            let reason = match fault {
                ColumnSettingFault::NamedTwice { word } => {
                    format!("un autre `--column` donne déjà la colonne du type {word}, et une table n'en a qu'une")
                }
                ColumnSettingFault::OtherCells { word, example } => {
                    format!("ses cellules ne sont pas toutes du type {word}, par exemple `{example}`")
                }
                ColumnSettingFault::NoKind => "il faut TYPE=COLONNE, par exemple `name=Raison sociale`".to_owned(),
                ColumnSettingFault::UnknownKind { word, known } => {
                    format!("`{word}` n'est pas un type de colonne ; il faut {} ou other", known.join(", "))
                }
                ColumnSettingFault::UnknownColumn { column, columns } => {
                    format!("il n'y a pas de colonne `{column}` ; les colonnes sont : {}", columns.join(", "))
                }
            };
            format!("erreur : `--column {setting}` : {reason} ; rien n'a été fait")
        }
        GuideError::NoFreeName { file } => {
            format!("erreur : aucun nom n'est libre pour les résultats à côté de `{file}`")
        }
        GuideError::ForeignOutput { output, checkpoint } => format!(
            "erreur : `{output}` existe déjà et n'est pas un résultat de matchflow (ou son point de reprise `{checkpoint}` \
             manque) : choisissez un autre `--output`, ou déplacez le fichier ; rien n'a été fait"
        ),
        GuideError::PipelineExists { path } => {
            format!("erreur : `{path}` existe déjà : donnez un autre nom au pipeline ; rien n'a été fait")
        }
        GuideError::PipelineUnwritable { path, error } => {
            format!("erreur : le pipeline `{path}` ne peut pas être écrit : {error}")
        }
        GuideError::FolderUnreadable { folder, error } => {
            format!("erreur : le dossier `{folder}` ne peut pas être lu : {error}")
        }
        _ => String::new(),
    }
}

/// Where to get the registry.
const WHERE_SIRENE_IS: &str = "L'INSEE publie les deux chaque mois sur data.gouv.fr, sous `Base Sirene des entreprises et de \
                               leurs établissements`";

pub(super) fn kind_label(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Name => "nom de l'entreprise",
        ColumnKind::Address => "adresse",
        ColumnKind::Postcode => "code postal",
        ColumnKind::Town => "ville",
        ColumnKind::Place => "code postal et ville",
        ColumnKind::Region => "région",
        ColumnKind::Country => "pays",
        ColumnKind::Siret => "SIRET",
        ColumnKind::Siren => "SIREN",
        ColumnKind::Vat => "n° de TVA",
        ColumnKind::CompanyNumber => "n° d'entreprise",
        ColumnKind::Iban => "IBAN",
        ColumnKind::Bic => "BIC",
        ColumnKind::Email => "adresse électronique",
        ColumnKind::Phone => "n° de téléphone",
        ColumnKind::Website => "site web",
        ColumnKind::Activity => "code d'activité",
        ColumnKind::Amount => "montant",
        ColumnKind::Date => "date",
        ColumnKind::Key => "clé de la ligne",
        ColumnKind::Person => "personne",
        _ => "autre chose",
    }
}
