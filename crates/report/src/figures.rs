//! The figures of a report by name, declared once: the struct, `--fail-if`, the JSON, the page and the reference page follow
//! from the table.

use matchflow_model::language::Label;
use serde::Serialize;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureUnit {
    /// Rows of the supplier file.
    Rows,
    /// Other things that are counted.
    Count,
    /// A share, from 0 to 1.
    Share,
    /// Money, in the unit of the supplier file.
    Money,
    /// Seconds.
    Seconds,
}

impl FigureUnit {
    /// Its name in JSON and on the reference page.
    pub fn as_str(self) -> &'static str {
        match self {
            FigureUnit::Rows => "rows",
            FigureUnit::Count => "count",
            FigureUnit::Share => "share",
            FigureUnit::Money => "money",
            FigureUnit::Seconds => "seconds",
        }
    }
}

/// A figure of the table.
#[derive(Debug, Clone, Copy)]
pub struct FigureInfo {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: FigureUnit,
    /// What it is.
    pub meaning: Label,
    value: fn(&Figures) -> Option<f64>,
}

macro_rules! figures {
    ($($name:ident: $unit:ident, $en:literal, $fr:literal;)+) => {
        /// The figures; one that this report cannot have is `None`.
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        pub struct Figures {
            $( #[doc = $en] pub $name: Option<f64>, )+
        }

        /// Every figure, in the order of the report.
        pub const FIGURES: &[FigureInfo] = &[
            $( FigureInfo {
                name: stringify!($name),
                unit: FigureUnit::$unit,
                meaning: Label { en: $en, fr: $fr },
                value: |figures| figures.$name,
            } ),+
        ];
    };
}

figures! {
    rows: Rows, "Rows of the supplier file with a result.", "Lignes du fichier fournisseurs qui ont un résultat.";
    matched: Rows, "Matched rows.", "Lignes rapprochées.";
    review: Rows, "Rows left for review.", "Lignes à vérifier.";
    unmatched: Rows, "Unmatched rows.", "Lignes sans correspondance.";
    failed: Rows, "Rows that failed.", "Lignes en échec.";
    matched_share: Share, "Matched rows / rows.", "Lignes rapprochées / lignes.";
    review_share: Share, "Rows left for review / rows.", "Lignes à vérifier / lignes.";
    unmatched_share: Share, "Unmatched rows / rows.", "Lignes sans correspondance / lignes.";
    failed_share: Share, "Rows that failed / rows.", "Lignes en échec / lignes.";
    amount: Money, "Money of all rows (`source.amount` of the pipeline).", "Montant de toutes les lignes (`source.amount` du pipeline).";
    matched_amount: Money, "Money of matched rows.", "Montant des lignes rapprochées.";
    review_amount: Money, "Money of rows left for review.", "Montant des lignes à vérifier.";
    unmatched_amount: Money, "Money of unmatched rows.", "Montant des lignes sans correspondance.";
    matched_amount_share: Share, "Money of matched rows / money of all rows.", "Montant des lignes rapprochées / montant de toutes les lignes.";
    company_only: Rows, "Rows matched with a company without naming an establishment.", "Lignes rapprochées d’une entreprise sans établissement précis.";
    closed: Rows, "Rows matched with a closed entry.", "Lignes rapprochées d’une entrée fermée.";
    closed_amount: Money, "Money of rows matched with a closed entry.", "Montant des lignes rapprochées d’une entrée fermée.";
    closed_with_money: Rows, "Rows matched with a closed entry whose amount is not zero.", "Lignes rapprochées d’une entrée fermée dont le montant n’est pas nul.";
    shared_companies: Count, "Companies that several rows are matched with: likely duplicates.", "Entreprises rapprochées de plusieurs lignes\u{a0}: doublons probables.";
    shared_company_rows: Rows, "Rows matched with such a company.", "Lignes rapprochées d’une telle entreprise.";
    repeated_rows: Rows, "Rows that repeat all fields of an earlier row.", "Lignes qui répètent tous les champs d’une ligne précédente.";
    invalid_identifiers: Count, "Cells with an identifier that fails its check.", "Cellules dont l’identifiant est invalide.";
    missing_postcodes: Rows, "Rows without a postcode.", "Lignes sans code postal.";
    rejected_cells: Count, "Cells that did not fit their declared type.", "Cellules qui n’ont pas le type déclaré.";
    without_candidate: Rows, "Rows for which no search found an entry.", "Lignes pour lesquelles aucune recherche n’a trouvé d’entrée.";
    unsearchable: Rows, "Rows that no search can find an entry for: they lack the fields of all of them.", "Lignes qu’aucune recherche ne peut rapprocher\u{a0}: il leur manque les champs de chacune.";
    decided: Rows, "Rows with a decision of a person.", "Lignes décidées par une personne.";
    seconds: Seconds, "Duration of the last run.", "Durée de la dernière exécution.";
    changed: Rows, "Rows whose outcome, company, establishment or state changed since the run before.", "Lignes dont le résultat, l’entreprise, l’établissement ou l’état a changé depuis l’exécution précédente.";
    lost: Rows, "Rows that were matched in the run before, and no longer are.", "Lignes rapprochées lors de l’exécution précédente, et qui ne le sont plus.";
    gained: Rows, "Rows that are matched, and were not in the run before.", "Lignes rapprochées qui ne l’étaient pas lors de l’exécution précédente.";
    other_company: Rows, "Rows matched with another company than in the run before.", "Lignes rapprochées d’une autre entreprise que lors de l’exécution précédente.";
    newly_closed: Rows, "Rows whose entry has closed since the run before.", "Lignes dont l’entrée a fermé depuis l’exécution précédente.";
    new_rows: Rows, "Rows that are new in the supplier file.", "Lignes nouvelles dans le fichier fournisseurs.";
    removed_rows: Rows, "Rows that are no longer in the supplier file.", "Lignes qui ne sont plus dans le fichier fournisseurs.";
    changed_by_row: Rows, "Changed rows whose own fields changed.", "Lignes modifiées dont les champs ont changé.";
    changed_by_entry: Rows, "Changed rows that another registry decided.", "Lignes modifiées décidées avec un autre registre.";
    changed_by_plugin: Rows, "Changed rows that another plug-in decided.", "Lignes modifiées décidées avec un autre module.";
    changed_by_plan: Rows, "Changed rows that another plan decided.", "Lignes modifiées décidées avec un autre plan.";
    changed_by_person: Rows, "Changed rows that a person decided, or no longer decides.", "Lignes modifiées par la décision d’une personne.";
    matched_share_before: Share, "The matched share in the run before.", "Part des lignes rapprochées lors de l’exécution précédente.";
    matched_share_change: Share, "The matched share less that of the run before.", "Part des lignes rapprochées, moins celle de l’exécution précédente.";
    judged: Rows, "Rows whose right entry is known, by `--truth` or by decisions.", "Lignes dont la bonne entrée est connue, par `--truth` ou par des décisions.";
    precision: Share, "Rightly matched rows / matched rows, of those judged.", "Lignes bien rapprochées / lignes rapprochées, parmi les lignes jugées.";
    recall: Share, "Rightly matched rows / rows that have an entry, of those judged.", "Lignes bien rapprochées / lignes qui ont une entrée, parmi les lignes jugées.";
    f1: Share, "The harmonic mean of precision and recall.", "Moyenne harmonique de la précision et du rappel.";
}

impl Figures {
    /// The value of a figure, by the table's entry.
    pub fn value(&self, figure: &FigureInfo) -> Option<f64> {
        (figure.value)(self)
    }
}

/// The figure of this name.
pub fn figure(name: &str) -> Option<&'static FigureInfo> {
    FIGURES.iter().find(|figure| figure.name == name)
}

/// part / whole, where there is a whole.
pub(crate) fn share(part: Option<f64>, total: Option<f64>) -> Option<f64> {
    let total = total.filter(|total| *total != 0.0)?;
    part.map(|part| part / total)
}
