//! The lines in French.

use matchflow_ingest::{RowIrregularity, RowTally, TableRole};

use matchflow_model::cells::CellCounts;
use matchflow_model::language::Language;

use super::{
    DecisionFigures, DuplicatesFigure, FieldLoss, Note, RunFigures, SummaryLine, first_keys, outcomes, review_worth,
    share, text, type_name,
};

const LANGUAGE: Language = Language::French;

pub(super) fn summary_line(line: &SummaryLine) -> String {
    match line {
        SummaryLine::Outcomes(counts) => outcomes(*counts, LANGUAGE),
        SummaryLine::Run(figures) => run_line(figures),
        SummaryLine::DedupeRun { figures, clustering_s } => dedupe_run_line(figures, *clustering_s),
        SummaryLine::Cells(CellCounts { read, filled, emitted, rejected, outside }) => {
            let cells =
                CellCounts { read: *read, filled: *filled, emitted: *emitted, rejected: *rejected, outside: *outside };
            let sum = text!(
                "cellules : {read|lue|lues}< + {filled|complétée|complétées}> = {emitted|utilisée|utilisées} + \
                 {rejected|rejetée|rejetées} + {outside} hors des colonnes et lignes utilisées",
                read,
                filled,
                emitted,
                rejected,
                outside
            );
            if cells.balances() {
                sum
            } else {
                format!("{sum} ; le compte n'est pas juste : merci de signaler ce fichier")
            }
        }
        SummaryLine::RemovedRows { rows, keys } => {
            let keys = first_keys(*rows, keys);
            text!(
                "remarque : {rows|ligne absente du fichier fournisseurs est écartée|lignes absentes du fichier fournisseurs \
                 sont écartées} ({keys}) ; `matchflow explain` {rows?la|les} garde",
                rows,
                keys
            )
        }
        SummaryLine::Decisions(figures) => decisions_line(figures),
        SummaryLine::ReviewWorth(bands) => review_worth(bands, LANGUAGE),
        SummaryLine::Edition { edition, licence } => format!("registre : {edition} ({licence})"),
        SummaryLine::Note(note) => format!("remarque : {}", note_text(*note)),
        SummaryLine::ScoredWithout { stage, scorer, rows } => {
            text!(
                "remarque : {stage} a noté {rows|ligne|lignes} sans `{scorer}`, en erreur sur {rows?celle-ci|celles-ci}",
                stage,
                rows,
                scorer
            )
        }
        SummaryLine::Field { field, loss } => field_loss(field, loss),
        SummaryLine::File { path, table: None, rows } => text!("{path} ({rows|ligne|lignes})", path, rows),
        SummaryLine::File { path, table: Some(table), rows } => {
            text!("{path}, table {table} ({rows|ligne|lignes})", path, table, rows)
        }
        SummaryLine::EditedOutput { path, backup } => format!(
            "remarque : `{path}` avait été modifié depuis son écriture, ou écrit par un autre programme : il s'appelle \
             maintenant `{backup}`"
        ),
        SummaryLine::Failed(rows) => {
            text!("{rows|ligne|lignes} en erreur : relancer avec `--retry-errors`", rows)
        }
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

fn decisions_line(figures: &DecisionFigures) -> String {
    let DecisionFigures { applied, postponed, row_changed, entry_changed, .. } = figures;
    let DecisionFigures { entry_closed, entry_missing, contradictions, unanchored, .. } = figures;
    let keys = first_keys(*unanchored, &figures.unanchored_keys);
    text!(
        "décisions : {applied|appliquée|appliquées}<, {postponed|remise|remises} à plus tard><, {row_changed|périmée|périmées} : \
         ligne changée><, {entry_changed|périmée|périmées} : entrée changée><, {entry_closed|périmée|périmées} : entrée \
         fermée><, {entry_missing|périmée|périmées} : entrée absente du registre><, {contradictions|contradictoire|contradictoires}><, \
         {unanchored} sans ligne dans le fichier fournisseurs ({keys})>",
        applied,
        postponed,
        row_changed,
        entry_changed,
        entry_closed,
        entry_missing,
        contradictions,
        unanchored,
        keys
    )
}

fn run_line(figures: &RunFigures) -> String {
    let RunFigures { rows, skipped, pairs, entries, epochs, seconds } = figures;
    let rate = *rows as f64 / seconds.max(f64::EPSILON);
    let rate = if *rows > 0 { format!(" ({rate:.0} lignes/s)") } else { String::new() };
    let seconds = format!("{} s{rate}", decimal(*seconds, 1));
    text!(
        "cette exécution : {rows|ligne|lignes} en {seconds}, {pairs|paire notée|paires notées}, \
         {entries|entrée|entrées} du registre, {epochs|validation|validations} ; \
         {skipped|ignorée (déjà traitée)|ignorées (déjà traitées)}",
        rows,
        seconds,
        pairs,
        entries,
        epochs,
        skipped
    )
}

fn dedupe_run_line(figures: &RunFigures, clustering_s: f64) -> String {
    let RunFigures { rows, skipped, pairs, epochs, seconds, .. } = figures;
    let (seconds, clustering) = (decimal(*seconds, 1), decimal(clustering_s, 1));
    text!(
        "cette exécution : {rows|ligne comparée|lignes comparées} en {seconds} s, \
         {pairs|paire notée|paires notées}, {epochs|validation|validations} ; \
         {skipped|ignorée (déjà traitée)|ignorées (déjà traitées)} ; groupes formés en {clustering} s",
        rows,
        seconds,
        pairs,
        epochs,
        skipped,
        clustering
    )
}

fn field_loss(field: &str, loss: &FieldLoss) -> String {
    match loss {
        FieldLoss::Cleaned { cleaners, cells, lost, example, is_warning } => {
            let label = if *is_warning { "avertissement" } else { "remarque" };
            let names = cleaners.iter().map(|cleaner| format!("`{cleaner}`")).collect::<Vec<_>>().join(" et ");
            let cleaners = match cleaners.len() {
                1 => format!("le nettoyage {names} n'a"),
                _ => format!("les nettoyages {names} n'ont"),
            };
            let share = share(*lost, *cells);
            let remedy = if *is_warning {
                " ; un autre nettoyage convient peut-être à cette colonne, comme `text`, ou ce n'est pas la bonne colonne"
            } else {
                ""
            };
            text!(
                "{label} : `{field}` : {cleaners} trouvé aucune valeur dans {lost} {cells?de la|des} \
                 {cells|cellule|cellules} ({share} %), par exemple `{example}`{remedy}",
                label,
                field,
                cleaners,
                lost,
                cells,
                share,
                example,
                remedy
            )
        }
        FieldLoss::NotLatin { cells, example } => text!(
            "remarque : `{field}` : {cells|ligne a|lignes ont} un nom sans lettres latines, par exemple `{example}` : il est \
             comparé dans son écriture et, sauf s'il a des caractères chinois, en lettres latines",
            field,
            cells,
            example
        ),
        FieldLoss::Typed { declared, cells, rejected, example, better } => {
            let (share, declared, better) = (share(*rejected, *cells), type_name(*declared), type_name(*better));
            text!(
                "avertissement : `{field}` : {rejected} {cells?de la|des} {cells|cellule|cellules} ({share} %) \
                 {rejected?n'est|ne sont} pas du type {declared}, par exemple `{example}` ; `type: {better}` convient à \
                 toutes",
                field,
                rejected,
                cells,
                share,
                declared,
                example,
                better
            )
        }
    }
}

fn note_text(note: Note) -> String {
    match note {
        Note::RejectedCells(rejects) => text!(
            "{rejects|rejet|rejets} : cellules sans le type de leur champ, ou lignes illisibles ; voir les résultats",
            rejects
        ),
        Note::RejectedEntryCells(rejects) => text!(
            "{rejects|rejet|rejets} dans le registre : cellules sans le type de leur champ, ou lignes illisibles",
            rejects
        ),
        Note::BlankRows(rows) => text!(
            "{rows|ligne vide du fichier fournisseurs a été ignorée|lignes vides du fichier fournisseurs ont été ignorées}",
            rows
        ),
        Note::UnreadRows(rows) => text!(
            "{rows|ligne est vide|lignes sont vides} dans toutes les colonnes lues ; \
             {rows?c'est un fournisseur|ce sont des fournisseurs} sans données",
            rows
        ),
        Note::SkippedRows(rows) => text!(
            "{rows|ligne masquée ou total a été ignoré|lignes masquées ou totaux ont été ignorés}, comme demandé",
            rows
        ),
        Note::DuplicateKeys(rows) => text!(
            "{rows|ligne a|lignes ont} la clé d'une ligne précédente ; \
             {rows?sa clé devient `clé#2`|leurs clés deviennent `clé#2`, etc.}",
            rows
        ),
        Note::DroppedTimes(dates) => text!(
            "{dates|date a perdu son|dates ont perdu leur} heure : {dates?son|leur} champ est de type date",
            dates
        ),
        Note::MissingKeys(rows) => {
            text!("{rows|ligne n'a|lignes n'ont} pas de clé ; {rows?son|leur} numéro de ligne la remplace", rows)
        }
        Note::NewRowsNotTried(rows) => text!(
            "{rows|nouvelle ligne n'a pas été traitée|nouvelles lignes n'ont pas été traitées} : relancer sans \
             `--retry-errors`",
            rows
        ),
        Note::EntriesWithoutId(rows) => text!(
            "{rows|ligne du registre sans identifiant a été ignorée|lignes du registre sans identifiant ont été \
             ignorées}",
            rows
        ),
        Note::EntriesWithoutGroup(rows) => text!(
            "{rows|ligne du registre sans entreprise a été ignorée|lignes du registre sans entreprise ont été ignorées}",
            rows
        ),
        Note::TotalsRow(row) => format!(
            "la dernière ligne ({row}) ressemble à un total et a été lue comme un fournisseur : `totals: skip` l’ignore"
        ),
        Note::IrregularRows { table, kind, tally } => irregular_rows(table, kind, tally),
        other => result_note(other).unwrap_or_default(),
    }
}

/// Notes on the results.
fn result_note(note: Note) -> Option<String> {
    Some(match note {
        Note::SharedCompanies { rows, companies } => text!(
            "{rows|ligne partage son|lignes partagent leur} entreprise avec une autre ligne \
             ({companies|entreprise|entreprises})",
            rows,
            companies
        ),
        Note::OneToOneConflicts(rows) => {
            text!("{rows|ligne est|lignes sont} à vérifier : une autre ligne a la même entrée (un pour un)", rows)
        }
        Note::LargeGroups { groups: 1, rows, rows_max } => text!(
            "un groupe de {rows|ligne|lignes} dépasse max_cluster_size : {rows_max} ; les lignes identiques ne sont jamais \
             séparées",
            rows,
            rows_max
        ),
        Note::LargeGroups { groups, rows, rows_max } => text!(
            "{groups|groupe|groupes} de {rows|ligne|lignes} au plus dépassent max_cluster_size : {rows_max} ; les lignes \
             identiques ne sont jamais séparées",
            groups,
            rows,
            rows_max
        ),
        Note::ClosedEntries(rows) => text!(
            "{rows|ligne correspond|lignes correspondent} à un établissement fermé ; le motif cite le successeur ou les \
             établissements ouverts",
            rows
        ),
        Note::CompaniesOnly(rows) => text!(
            "{rows|ligne correspond|lignes correspondent} à une entreprise sans établissement identifié : `level` vaut \
             `company`, l’adresse est vide",
            rows
        ),
        _ => return None,
    })
}

fn irregular_rows(table: TableRole, kind: RowIrregularity, tally: RowTally) -> String {
    let file = match table {
        TableRole::Source => "du fichier fournisseurs",
        TableRole::Reference => "du registre",
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
