//! The suppliers whose entry changed, as a table for a terminal, a workbook and programs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use matchflow_export::{List, ListCell};
use matchflow_model::language::Language;
use matchflow_registry::{
    ChangeKind, EditionPair, EntryChange, RegistryError, StoredEdition, descriptor, diff, names_of,
};
use serde_json::{Value, json};

use super::watched_suppliers::{WatchedSupplier, WatchedSuppliers};
use crate::messages::{RegistryText, registry_text};

/// Rows of the table on a terminal; files have all.
const ROWS_SHOWN_MAX: usize = 40;
/// Characters of a value in the table on a terminal.
const VALUE_CHARS_MAX: usize = 34;

/// The editions that are compared.
#[derive(Clone, Copy)]
pub(super) struct WatchedEditions<'a> {
    pub(super) before: &'a StoredEdition,
    pub(super) after: &'a StoredEdition,
}

/// A supplier, and a change of its entry.
#[derive(Debug, Clone, PartialEq)]
struct ChangedSupplier {
    supplier: WatchedSupplier,
    change: EntryChange,
    /// The name of its successor.
    successor: String,
}

/// All of them, those with the most money first.
pub(super) struct ChangedSuppliers {
    registry: String,
    before: String,
    after: String,
    watched: u64,
    changed: Vec<ChangedSupplier>,
}

impl ChangedSuppliers {
    /// Compares the editions.
    pub(super) fn find(
        suppliers: &WatchedSuppliers,
        editions: WatchedEditions<'_>,
    ) -> Result<ChangedSuppliers, RegistryError> {
        let WatchedEditions { before, after } = editions;
        let mut changed = Vec::new();
        // What a company has in common changes with each of its entries.
        let mut shared: HashSet<(String, ChangeKind)> = HashSet::new();
        diff(EditionPair { before, after }, &mut |change| {
            let entry = suppliers.of_entry(&change.id);
            let group = suppliers.of_group(&change.group);
            let is_shared = matches!(change.change, ChangeKind::Renamed | ChangeKind::LegalForm);
            let group = match !group.is_empty() && is_shared && shared.insert((change.group.clone(), change.change)) {
                true => group,
                false => &[],
            };
            changed.extend(entry.iter().chain(group).map(|supplier| ChangedSupplier {
                supplier: supplier.clone(),
                change: change.clone(),
                successor: String::new(),
            }));
            Ok(())
        })?;
        let is_succeeded = |one: &&ChangedSupplier| one.change.change == ChangeKind::Succeeded;
        let successors: BTreeSet<String> =
            changed.iter().filter(is_succeeded).map(|one| one.change.after.clone()).collect();
        let names: BTreeMap<String, String> = names_of(after, &successors)?;
        for one in changed.iter_mut().filter(|one| one.change.change == ChangeKind::Succeeded) {
            one.successor = names.get(&one.change.after).cloned().unwrap_or_default();
        }
        let money = |one: &ChangedSupplier| one.supplier.amount.unwrap_or(0.0);
        changed.sort_by(|one, other| {
            let by_money = money(other).total_cmp(&money(one));
            by_money
                .then_with(|| one.supplier.key.cmp(&other.supplier.key))
                .then(one.change.change.cmp(&other.change.change))
        });
        let name = after.manifest.registry.as_str();
        Ok(ChangedSuppliers {
            registry: descriptor(name).map_or(name, |descriptor| &descriptor.title).to_owned(),
            before: before.manifest.edition.to_string(),
            after: after.manifest.edition.to_string(),
            watched: suppliers.rows,
            changed,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// Suppliers and money by kind; a supplier with several changes of a kind counts once.
    fn totals(&self) -> Vec<(ChangeKind, u64, f64)> {
        let mut totals = Vec::new();
        for kind in ChangeKind::ALL {
            let of_kind = self.changed.iter().filter(|one| one.change.change == kind);
            let by_key: BTreeMap<&str, f64> =
                of_kind.map(|one| (one.supplier.key.as_str(), one.supplier.amount.unwrap_or(0.0))).collect();
            if !by_key.is_empty() {
                totals.push((kind, by_key.len() as u64, by_key.values().sum()));
            }
        }
        totals
    }

    fn has_amounts(&self) -> bool {
        self.changed.iter().any(|one| one.supplier.amount.is_some())
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let change = |one: &ChangedSupplier| {
            json!({
                "key": one.supplier.key,
                "name": one.supplier.name,
                "amount": one.supplier.amount,
                "id": one.change.id,
                "group": one.change.group,
                "change": one.change.change.word(),
                "since": one.change.since,
                "before": one.change.before,
                "after": one.change.after,
                "successor_name": (!one.successor.is_empty()).then_some(&one.successor),
            })
        };
        let totals = self.totals().into_iter().map(|(kind, suppliers, amount)| {
            json!({ "change": kind.word(), "suppliers": suppliers, "amount": self.has_amounts().then_some(amount) })
        });
        json!({
            "registry": self.registry,
            "before": self.before,
            "after": self.after,
            "watched": self.watched,
            "totals": totals.collect::<Vec<_>>(),
            "changes": self.changed.iter().map(change).collect::<Vec<_>>(),
        })
    }

    /// For a terminal: totals, then the changes, those with the most money first.
    pub(super) fn text(&self, language: Language) -> String {
        let say = |text: &RegistryText| registry_text(text, language);
        let mut lines = vec![say(&RegistryText::Watched {
            registry: self.registry.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            suppliers: self.watched,
        })];
        for (kind, suppliers, amount) in self.totals() {
            let amount = self.has_amounts().then_some(amount as i64);
            lines.push(format!("  {}", say(&RegistryText::WatchedKind { kind, suppliers, amount })));
        }
        if self.is_empty() {
            lines.push(format!("  {}", say(&RegistryText::NoChanges)));
        }
        let rows: Vec<Vec<String>> = self.changed.iter().take(ROWS_SHOWN_MAX).map(|one| one.row(language)).collect();
        lines.extend(table(&rows));
        if self.changed.len() > ROWS_SHOWN_MAX {
            lines.push(say(&RegistryText::MoreChanges((self.changed.len() - ROWS_SHOWN_MAX) as u64)));
        }
        lines.join("\n") + "\n"
    }

    /// For a workbook.
    pub(super) fn list(&self, language: Language) -> List {
        let heading = |column: u8| registry_text(&RegistryText::WatchColumn(column), language);
        let row = |one: &ChangedSupplier| {
            let text = |text: &str| ListCell::Text(text.to_owned());
            vec![
                text(&one.supplier.key),
                text(&one.supplier.name),
                one.supplier.amount.map_or(ListCell::Empty, ListCell::Decimal),
                text(&registry_text(&RegistryText::WatchChange(one.change.change), language)),
                text(&one.change.since),
                text(&one.change.before),
                text(&one.change.after),
                text(&one.successor),
                text(&one.change.id),
                text(&one.change.group),
            ]
        };
        List {
            name: registry_text(&RegistryText::WatchSheet, language),
            headings: (0..10).map(heading).collect(),
            rows: self.changed.iter().map(row).collect(),
        }
    }
}

impl ChangedSupplier {
    /// The cells of a line on a terminal.
    fn row(&self, language: Language) -> Vec<String> {
        let kind = registry_text(&RegistryText::WatchChange(self.change.change), language);
        let after = match self.successor.is_empty() {
            true => self.change.after.clone(),
            false => format!("{} {}", self.change.after, self.successor),
        };
        let states = matches!(self.change.change, ChangeKind::Closed | ChangeKind::Reopened);
        let change = match (states, self.change.before.is_empty()) {
            (true, _) => String::new(),
            (false, true) => shortened(&after),
            (false, false) => format!("{} -> {}", shortened(&self.change.before), shortened(&after)),
        };
        let amount = self.supplier.amount.map_or_else(String::new, |amount| language.grouped(amount.max(0.0) as u64));
        vec![self.supplier.key.clone(), shortened(&self.supplier.name), amount, kind, self.change.since.clone(), change]
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Lines with aligned columns.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
