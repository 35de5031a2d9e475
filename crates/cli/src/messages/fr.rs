//! The lines in French.

use matchflow_ingest::{RowIrregularity, RowTally, TableRole};

use super::{DuplicatesFigure, FieldLoss, Note, RunFigures, SummaryLine, first_keys, share, type_name};

pub(super) fn summary_line(line: &SummaryLine) -> String {
    match line {
        SummaryLine::Outcomes(counts) => format!(
            "rapprochées {} · à vérifier {} · non rapprochées {} · en erreur {}",
            counts.matched, counts.review, counts.unmatched, counts.failed
        ),
        SummaryLine::Run(figures) => {
            let RunFigures { rows, skipped, pairs, entries, epochs, seconds } = figures;
            let rate = *rows as f64 / seconds.max(f64::EPSILON);
            let rate = if *rows > 0 { format!(" ({rate:.0} lignes/s)") } else { String::new() };
            format!(
                "cette exécution : {rows} lignes en {} s{rate}, {pairs} paires notées, {entries} entrées \
                 du référentiel, {epochs} validations ; {skipped} ignorées (déjà traitées)",
                decimal(*seconds, 1)
            )
        }
        SummaryLine::DedupeRun { figures, clustering_s } => {
            let RunFigures { rows, skipped, pairs, epochs, seconds, .. } = figures;
            format!(
                "cette exécution : {rows} lignes comparées en {} s, {pairs} paires notées, {epochs} validations ; \
                 {skipped} ignorées (déjà traitées) ; groupes formés en {} s",
                decimal(*seconds, 1),
                decimal(*clustering_s, 1)
            )
        }
        SummaryLine::Cells(cells) => {
            let filled = if cells.filled > 0 { format!(" + {} complétées", cells.filled) } else { String::new() };
            let sum = format!(
                "cellules : {} lues{filled} = {} utilisées + {} rejetées + {} hors des colonnes et lignes utilisées",
                cells.read, cells.emitted, cells.rejected, cells.outside
            );
            if cells.balances() {
                sum
            } else {
                format!("{sum} ; le compte n'est pas juste : merci de signaler ce fichier")
            }
        }
        SummaryLine::RemovedRows { rows, keys } => format!(
            "remarque : {rows} lignes absentes du fichier fournisseurs sont écartées ({}) ; `matchflow explain` les garde",
            first_keys(*rows, keys)
        ),
        SummaryLine::Note(note) => format!("remarque : {}", note_text(*note)),
        SummaryLine::ScoredWithout { stage, scorer, rows } => {
            format!("remarque : {stage} a noté {rows} lignes sans `{scorer}`, en erreur sur celles-ci")
        }
        SummaryLine::Field { field, loss } => field_loss(field, loss),
        SummaryLine::File { path, rows } => format!("{path} ({rows} lignes)"),
        SummaryLine::EditedOutput { path, backup } => format!(
            "remarque : `{path}` avait été modifié depuis son écriture, ou écrit par un autre programme : il s'appelle \
             maintenant `{backup}`"
        ),
        SummaryLine::Failed(rows) => format!("{rows} lignes en erreur : relancer avec `--retry-errors`"),
        SummaryLine::Duplicates(figure) => {
            let value = match figure {
                DuplicatesFigure::AtStake { amount, .. } => decimal(*amount, 2),
                other => other.value(),
            };
            format!("{} : {value}", figure_label(figure))
        }
        SummaryLine::LargestGroup(group) => format!("groupe le plus grand : {group}"),
        SummaryLine::MostAtStake { group, amount } => {
            format!("montant en jeu le plus élevé : {group}, {}", decimal(*amount, 2))
        }
    }
}

fn field_loss(field: &str, loss: &FieldLoss) -> String {
    match loss {
        FieldLoss::Cleaned { cleaners, cells, lost, example, is_warning } => {
            let label = if *is_warning { "avertissement" } else { "remarque" };
            let cleaners = cleaners.iter().map(|cleaner| format!("`{cleaner}`")).collect::<Vec<_>>().join(" et ");
            let share = share(*lost, *cells);
            let remedy = if *is_warning {
                " ; un autre nettoyage convient peut-être à cette colonne, comme `text`, ou ce n'est pas la bonne colonne"
            } else {
                ""
            };
            format!(
                "{label} : `{field}` : le nettoyage {cleaners} n'a trouvé aucune valeur dans {lost} des {cells} cellules \
                 ({share} %), par exemple `{example}`{remedy}"
            )
        }
        FieldLoss::NotLatin { cells, example } => format!(
            "remarque : `{field}` : {cells} lignes ont un nom sans lettres latines, par exemple `{example}` : il ne peut \
             être comparé aux noms en lettres latines, mais seulement, lettre à lettre, à son égal"
        ),
        FieldLoss::Typed { declared, cells, rejected, example, better } => format!(
            "avertissement : `{field}` : {rejected} des {cells} cellules ({} %) ne sont pas du type {}, par exemple \
             `{example}` ; `type: {}` convient à toutes",
            share(*rejected, *cells),
            type_name(*declared),
            type_name(*better)
        ),
    }
}

fn note_text(note: Note) -> String {
    match note {
        Note::RejectedCells(rejects) => {
            format!("{rejects} rejets : cellules sans le type de leur champ, ou lignes illisibles ; voir les résultats")
        }
        Note::RejectedEntryCells(rejects) => {
            format!("{rejects} rejets dans le référentiel : cellules sans le type de leur champ, ou lignes illisibles")
        }
        Note::BlankRows(rows) => format!("{rows} lignes vides du fichier fournisseurs ont été ignorées"),
        Note::UnreadRows(rows) => {
            format!("{rows} lignes sont vides dans toutes les colonnes lues ; ce sont des fournisseurs sans données")
        }
        Note::SkippedRows(rows) => format!("{rows} lignes masquées ou totaux ont été ignorés, comme demandé"),
        Note::DuplicateKeys(rows) => {
            format!("{rows} lignes ont la clé d'une ligne précédente ; leurs clés deviennent `clé#2`, etc.")
        }
        Note::DroppedTimes(dates) => format!("{dates} dates ont perdu leur heure : leur champ est de type date"),
        Note::MissingKeys(rows) => format!("{rows} lignes n'ont pas de clé ; leur numéro de ligne la remplace"),
        Note::NewRowsNotTried(rows) => {
            format!("{rows} nouvelles lignes n'ont pas été traitées : relancer sans `--retry-errors`")
        }
        Note::EntriesWithoutId(rows) => format!("{rows} lignes du référentiel sans identifiant ont été ignorées"),
        Note::EntriesWithoutGroup(rows) => format!("{rows} lignes du référentiel sans entreprise ont été ignorées"),
        Note::SharedCompanies { rows, companies } => {
            format!("{rows} lignes partagent leur entreprise avec une autre ligne ({companies} entreprises)")
        }
        Note::OneToOneConflicts(rows) => {
            format!("{rows} lignes sont à vérifier : une autre ligne a la même entrée (un pour un)")
        }
        Note::LargeGroups { groups: 1, rows, rows_max } => format!(
            "un groupe de {rows} lignes dépasse max_cluster_size : {rows_max} ; les lignes identiques ne sont jamais \
             séparées"
        ),
        Note::LargeGroups { groups, rows, rows_max } => format!(
            "{groups} groupes de {rows} lignes au plus dépassent max_cluster_size : {rows_max} ; les lignes identiques ne \
             sont jamais séparées"
        ),
        Note::ClosedEntries(rows) => format!(
            "{rows} lignes correspondent à un établissement fermé ; le motif cite le successeur ou les établissements \
             ouverts"
        ),
        Note::CompaniesOnly(rows) => format!(
            "{rows} lignes correspondent à une entreprise sans établissement identifié : `level` vaut `company`, l’adresse \
             est vide"
        ),
        Note::TotalsRow(row) => format!(
            "la dernière ligne ({row}) ressemble à un total et a été lue comme un fournisseur : `totals: skip` l’ignore"
        ),
        Note::IrregularRows { table, kind, tally } => irregular_rows(table, kind, tally),
    }
}

fn irregular_rows(table: TableRole, kind: RowIrregularity, tally: RowTally) -> String {
    let file = match table {
        TableRole::Source => "du fichier fournisseurs",
        TableRole::Reference => "du référentiel",
    };
    let (which, then) = match kind {
        RowIrregularity::Short => ("avec moins de cellules que l'en-tête", "les cellules manquantes sont vides"),
        RowIrregularity::Long => ("avec plus de cellules que l'en-tête", "aucune de leurs cellules n'est utilisée"),
        RowIrregularity::Quotes => {
            ("avec des guillemets non fermés ou non doublés", "chacune est lue comme son nombre de cellules l'exige")
        }
        RowIrregularity::Unreadable => ("impossibles à lire avec certitude", "aucune de leurs cellules n'est utilisée"),
        RowIrregularity::RepeatedHeader => ("qui répètent l'en-tête", "elles ont été ignorées"),
    };
    format!("lignes {file} {which} : {}, la première est la ligne {} ; {then}", tally.rows, tally.first)
}

pub(super) fn figure_label(figure: &DuplicatesFigure) -> String {
    match figure {
        DuplicatesFigure::SupplierFile(_) => "fichier fournisseurs".to_owned(),
        DuplicatesFigure::Rows(_) => "lignes du fichier fournisseurs".to_owned(),
        DuplicatesFigure::Groups(_) => "groupes de doublons".to_owned(),
        DuplicatesFigure::RowsInGroups(_) => "lignes dans ces groupes".to_owned(),
        DuplicatesFigure::RedundantRows(_) => "lignes en trop".to_owned(),
        DuplicatesFigure::AtStake { field, .. } => format!("montant en jeu (somme de `{field}` de ces lignes)"),
        DuplicatesFigure::PairsToReview(_) => "paires à vérifier".to_owned(),
        DuplicatesFigure::PairsCut(_) => "paires coupées (probables, mais leurs groupes se contredisent)".to_owned(),
        DuplicatesFigure::FailedRows(_) => "lignes en erreur de cette exécution".to_owned(),
    }
}

/// A number with a decimal comma.
fn decimal(number: f64, digits: usize) -> String {
    format!("{number:.digits$}").replace('.', ",")
}
