//! Why a table cannot be read, in French. English is the error's own text.

use matchflow_ingest::IngestError;
use matchflow_model::printable::excerpt;

/// Names that a message lists.
const NAMES_MAX: usize = 40;

pub(super) fn ingest_error(error: &IngestError) -> String {
    use IngestError as Error;
    match error {
        Error::NotFound { file } if file.contains(['*', '?', '[']) => {
            format!("aucun fichier ne correspond à `{file}`")
        }
        Error::NotFound { file } => format!("le fichier `{file}` n'existe pas"),
        Error::IsFolder { file, extension: Some(extension) } => {
            format!("`{file}` est un dossier de fichiers .{extension} ; désignez l'un d'eux")
        }
        Error::IsFolder { file, extension: None } => format!("`{file}` est un dossier ; désignez un fichier"),
        Error::NotAFile { file } => format!(
            "`{file}` est un tube ou un périphérique, qui ne se lit qu'une fois : envoyez la table à la commande et donnez `-`"
        ),
        Error::Unreadable { file, .. } => format!("`{file}` ne peut pas être lu"),
        Error::EmptyFile { file } => format!("`{file}` est vide (0 octet)"),
        Error::NotAWorkbook { file } => {
            format!("`{file}` n'est pas un classeur .xlsx ; exportez-le en .xlsx ou en .csv")
        }
        Error::Encrypted { file } => {
            format!("`{file}` est chiffré ou est un ancien .xls ; enregistrez-le en .xlsx sans mot de passe")
        }
        Error::CutWorkbook { file, reason } => {
            format!("`{file}` est tronqué ou endommagé ({reason}) ; copiez-le ou exportez-le de nouveau")
        }
        Error::Workbook { file, reason } => format!("le classeur `{file}` ne peut pas être lu : {reason}"),
        Error::SheetNotFound { file, requested, sheets } => {
            format!("`{file}` n'a pas de feuille {requested} ; ses feuilles sont {}", list(sheets))
        }
        Error::TableNotFound { file, table, tables } => {
            format!("`{file}` n'a pas de table `{table}` ; ses tables sont {}", list(tables))
        }
        Error::DatabaseTables { file, tables } => format!(
            "`{file}` a {} tables ; désignez-en une (`table` dans un pipeline, `--sheet` sur la ligne de commande) : {}",
            tables.len(),
            list(tables)
        ),
        Error::Database { file, reason } => format!("la base DuckDB `{file}` ne peut pas être lue : {reason}"),
        Error::NoVisibleSheet { file, sheets } => {
            format!("`{file}` n'a aucune feuille visible ; désignez l'une de {}", list(sheets))
        }
        Error::EmptySheet { file, sheet } => format!("la feuille `{sheet}` de `{file}` est vide"),
        Error::NoHeader { file, row, .. } => {
            format!("`{file}` n'a pas d'en-tête à la ligne {row}, qui doit contenir les noms des colonnes")
        }
        Error::ColumnNotFound { file, column, columns, .. } => {
            format!("`{file}` n'a pas de colonne `{column}` ; ses colonnes sont {}", list(columns))
        }
        other => contents_error(other),
    }
}

/// The same for errors of what is inside of a file.
fn contents_error(error: &IngestError) -> String {
    use IngestError as Error;
    match error {
        Error::OtherContents { file, contents, remedy } => {
            format!("`{file}` n'est pas une table lisible ({contents} ; {remedy})")
        }
        Error::PartColumns { file, first, missing, others } => format!(
            "`{file}` n'a pas les colonnes de `{first}` (en moins : {} ; en plus : {}) ; les fichiers d'une table doivent \
             avoir les mêmes colonnes",
            list(missing),
            list(others)
        ),
        Error::Decompression { file, compression, offset, reason } => {
            format!("`{file}` ne peut pas être décompressé ({compression}, octet {offset} du fichier) : {reason}")
        }
        Error::ArchiveMembers { file, members } => {
            format!("l'archive zip `{file}` doit contenir un seul fichier, la table ; elle contient {}", list(members))
        }
        Error::Parquet { file, reason } => format!("le fichier Parquet `{file}` ne peut pas être lu : {reason}"),
        Error::ColumnType { file, column, data_type } => format!(
            "la colonne `{column}` de `{file}` est du type {data_type} ; il faut du texte, des nombres, des dates ou des \
             booléens : convertissez-la"
        ),
        Error::SireneFilesSwapped { units, establishments } => format!(
            "les deux fichiers de l'INSEE sont intervertis : `{units}` a la colonne `siret` et `{establishments}` ne l'a pas"
        ),
        Error::NotSireneUnits { file, reason } => {
            format!("`{file}` ne peut pas être le fichier des unités légales (`StockUniteLegale`) : {reason}")
        }
        Error::UnsupportedEncoding { file, encoding } => {
            format!("`{file}` est en {encoding}, qui n'est pas pris en charge ; enregistrez-le en UTF-8")
        }
        Error::UnclosedQuote { file, row, start } => {
            format!("la ligne {row} de `{file}` ouvre un guillemet qui n'est jamais fermé : {start} ; fermez-le")
        }
        Error::RecordTooLong { file, row, bytes_max } => format!(
            "l'enregistrement de la ligne {row} de `{file}` dépasse {bytes_max} octets ; un guillemet y reste-t-il ouvert ?"
        ),
        Error::ReaderPanic { file, message } => {
            format!("la lecture de `{file}` a échoué sur son contenu ({message}) ; merci de signaler ce fichier")
        }
        // Of pipelines alone, whose reports are in English.
        other => other.to_string(),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "aucune".to_owned();
    }
    let listed: Vec<String> = names.iter().take(NAMES_MAX).map(|name| format!("`{}`", excerpt(name))).collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => listed.join(", "),
        more => format!("{} et {more} de plus", listed.join(", ")),
    }
}
