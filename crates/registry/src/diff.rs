//! Compares two editions of a registry in one pass: both tables are sorted by the id.
//!
//! Memory: a few batches of each. Columns that one of the editions does not have are not compared.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::change::{ChangeCounts, ChangeKind, EntryChange};
use crate::descriptor::{ColumnRoles, Descriptor};
use crate::edition_rows::EditionRows;
use crate::error::RegistryError;
use crate::folder::StoredEdition;

/// The editions to compare.
#[derive(Debug, Clone, Copy)]
pub struct EditionPair<'a> {
    /// The older one.
    pub before: &'a StoredEdition,
    /// The newer one.
    pub after: &'a StoredEdition,
}

/// Hands out the changes in the order of the ids, and returns their counts.
pub fn diff(
    editions: EditionPair<'_>,
    take: &mut dyn FnMut(EntryChange) -> Result<(), RegistryError>,
) -> Result<ChangeCounts, RegistryError> {
    let EditionPair { before, after } = editions;
    let (one, other) = (&before.manifest.registry, &after.manifest.registry);
    let descriptor = crate::descriptor(one).filter(|_| one == other);
    let Some(descriptor) = descriptor else {
        return Err(RegistryError::OtherRegistry { one: one.clone(), other: other.clone() });
    };
    let columns = ComparedColumns::new(descriptor, editions);
    let mut before_rows = EditionRows::open(before, &columns.names)?;
    let mut after_rows = EditionRows::open(after, &columns.names)?;
    let days = (before.manifest.edition.day(), after.manifest.edition.day());
    let mut comparison = Comparison { columns: &columns, days, counts: ChangeCounts::default(), changes: Vec::new() };
    let (mut has_before, mut has_after) = (before_rows.advance()?, after_rows.advance()?);
    while has_before || has_after {
        let order = match (has_before, has_after) {
            (true, false) => Ordering::Less,
            (false, _) => Ordering::Greater,
            (true, true) => before_rows.value(ID).cmp(after_rows.value(ID)),
        };
        match order {
            Ordering::Less => comparison.removed(&before_rows),
            Ordering::Greater => comparison.created(&after_rows),
            Ordering::Equal => comparison.compared(&before_rows, &after_rows),
        }
        for change in comparison.changes.drain(..) {
            comparison.counts.add(change.change);
            take(change)?;
        }
        if order != Ordering::Greater {
            has_before = before_rows.advance()?;
        }
        if order != Ordering::Less {
            has_after = after_rows.advance()?;
        }
    }
    Ok(comparison.counts)
}

/// The names of some entries of an edition.
pub fn names_of(edition: &StoredEdition, ids: &BTreeSet<String>) -> Result<BTreeMap<String, String>, RegistryError> {
    let mut names = BTreeMap::new();
    let Some(descriptor) = crate::descriptor(&edition.manifest.registry).filter(|_| !ids.is_empty()) else {
        return Ok(names);
    };
    let columns = ComparedColumns::new(descriptor, EditionPair { before: edition, after: edition });
    let mut rows = EditionRows::open(edition, &columns.names)?;
    while names.len() < ids.len() && rows.advance()? {
        if ids.contains(rows.value(ID)) {
            names.insert(rows.value(ID).to_owned(), columns.names(&rows));
        }
    }
    Ok(names)
}

/// The positions of the id and the group among the compared columns.
pub(crate) const ID: usize = 0;
const GROUP: usize = 1;

/// The columns that are compared, by what they mean.
struct ComparedColumns<'a> {
    roles: &'a ColumnRoles,
    /// The id, the group, then the others.
    names: Vec<String>,
    status: Option<usize>,
    since: Option<usize>,
    addresses: Vec<usize>,
    /// Columns that are compared one by one, with the kind of their change; those of one kind follow each other.
    values: Vec<(ChangeKind, Vec<usize>)>,
}

impl<'a> ComparedColumns<'a> {
    fn new(descriptor: &'a Descriptor, editions: EditionPair<'_>) -> ComparedColumns<'a> {
        let roles = &descriptor.roles;
        let group = descriptor.group.as_ref().unwrap_or(&descriptor.id);
        let mut names = vec![descriptor.id.clone(), group.clone()];
        let has = |edition: &StoredEdition, name: &String| edition.manifest.table.columns.contains(name);
        let mut position = |name: &String| -> Option<usize> {
            if !has(editions.before, name) || !has(editions.after, name) {
                return None;
            }
            names.push(name.clone());
            Some(names.len() - 1)
        };
        let mut all = |columns: &[String]| -> Vec<usize> { columns.iter().filter_map(&mut position).collect() };
        let one = |column: &Option<String>| column.iter().cloned().collect::<Vec<String>>();
        let status = all(std::slice::from_ref(&roles.status.column)).first().copied();
        let since = all(&one(&roles.since)).first().copied();
        let addresses = all(&roles.addresses);
        let values = vec![
            (ChangeKind::Succeeded, all(&one(&roles.successor))),
            (ChangeKind::Renamed, all(&roles.names)),
            (ChangeKind::Activity, all(&one(&roles.activity))),
            (ChangeKind::LegalForm, all(&one(&roles.legal_form))),
            (ChangeKind::HeadOffice, all(&one(&roles.head_office))),
        ];
        ComparedColumns { roles, names, status, since, addresses, values }
    }

    fn is_open(&self, state: &str) -> bool {
        self.roles.status.open.iter().any(|open| open == state)
    }

    /// The address in one line.
    fn address(&self, rows: &EditionRows) -> String {
        let parts = self.addresses.iter().map(|column| rows.value(*column)).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    }

    /// The names of an entry.
    fn names(&self, rows: &EditionRows) -> String {
        let columns =
            self.values.iter().filter(|(kind, _)| *kind == ChangeKind::Renamed).flat_map(|(_, columns)| columns);
        joined(rows, columns.copied())
    }
}

/// The values of columns, without those that are empty.
fn joined(rows: &EditionRows, columns: impl Iterator<Item = usize>) -> String {
    columns.map(|column| rows.value(column)).filter(|value| !value.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// The comparison of one entry after the other.
struct Comparison<'a> {
    columns: &'a ComparedColumns<'a>,
    days: (&'a str, &'a str),
    counts: ChangeCounts,
    changes: Vec<EntryChange>,
}

impl Comparison<'_> {
    fn created(&mut self, after: &EditionRows) {
        self.add(ChangeKind::Created, after, String::new(), self.columns.names(after));
    }

    fn removed(&mut self, before: &EditionRows) {
        let since = self.days.1.to_owned();
        let (id, group) = (before.value(ID).to_owned(), before.value(GROUP).to_owned());
        let change = ChangeKind::Removed;
        let names = self.columns.names(before);
        self.changes.push(EntryChange { id, group, change, since, before: names, after: String::new() });
    }

    fn compared(&mut self, before: &EditionRows, after: &EditionRows) {
        let columns = self.columns;
        let is_other = |column: &usize| before.value(*column) != after.value(*column);
        if let Some(status) = columns.status.filter(is_other) {
            let (was, is) = (before.value(status), after.value(status));
            let kind = match (columns.is_open(was), columns.is_open(is)) {
                (true, false) => Some(ChangeKind::Closed),
                (false, true) => Some(ChangeKind::Reopened),
                _ => None,
            };
            if let Some(kind) = kind {
                self.add(kind, after, was.to_owned(), is.to_owned());
            }
        }
        if columns.addresses.iter().any(is_other) {
            let (was, is) = (columns.address(before), columns.address(after));
            // A word that went from one column to the next is no move.
            if was != is {
                self.add(ChangeKind::Moved, after, was, is);
            }
        }
        for (kind, of_kind) in &columns.values {
            let others: Vec<usize> = of_kind.iter().copied().filter(|column| is_other(column)).collect();
            if others.is_empty() {
                continue;
            }
            let (was, is) = (joined(before, others.iter().copied()), joined(after, others.iter().copied()));
            let is_undone = *kind == ChangeKind::Succeeded && is.is_empty();
            if !is_undone {
                self.add(*kind, after, was, is);
            }
        }
    }

    fn add(&mut self, change: ChangeKind, after: &EditionRows, was: String, is: String) {
        let since = self.columns.since.map(|column| after.value(column)).unwrap_or_default();
        let since = since.get(..10).filter(|day| *day > self.days.0 && *day <= self.days.1).unwrap_or(self.days.1);
        let (id, group) = (after.value(ID).to_owned(), after.value(GROUP).to_owned());
        self.changes.push(EntryChange { id, group, change, since: since.to_owned(), before: was, after: is });
    }
}
