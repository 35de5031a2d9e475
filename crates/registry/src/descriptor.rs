//! What is known of each registry: where it is published, which files and columns it has, what they mean.

use std::sync::OnceLock;

use serde::Deserialize;

/// The descriptors, as files of this crate.
const TEXTS: [&str; 3] = [
    include_str!("../descriptors/sirene.json"),
    include_str!("../descriptors/gleif.json"),
    include_str!("../descriptors/companies-house.json"),
];

/// A registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Its name on the command line.
    pub name: String,
    /// Who publishes it.
    pub publisher: String,
    /// Its name for people.
    pub title: String,
    /// The licence of its data.
    pub licence: String,
    /// The publisher's page.
    pub page: String,
    /// The column with the id of an entry.
    pub id: String,
    /// The column with the group of an entry.
    #[serde(default)]
    pub group: Option<String>,
    /// What the columns mean.
    pub roles: ColumnRoles,
    /// Its files.
    pub(crate) sources: Vec<SourceDescriptor>,
}

/// What the columns of the joined table mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRoles {
    /// The names of an entry.
    pub names: Vec<String>,
    /// Its address.
    pub addresses: Vec<String>,
    /// Whether it is open.
    pub status: StatusColumn,
    /// Its activity.
    #[serde(default)]
    pub activity: Option<String>,
    /// Its legal form.
    #[serde(default)]
    pub legal_form: Option<String>,
    /// Whether it is the head office.
    #[serde(default)]
    pub head_office: Option<String>,
    /// The id of its successor.
    #[serde(default)]
    pub successor: Option<String>,
    /// Since when its state is as it is.
    #[serde(default)]
    pub since: Option<String>,
}

/// The column with the state of an entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusColumn {
    /// The column.
    pub column: String,
    /// The values that mean open.
    pub open: Vec<String>,
}

/// A file of a registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceDescriptor {
    /// Its name in options and messages.
    pub(crate) key: String,
    pub(crate) join: SourceJoin,
    /// How its name begins; what follows is not a letter.
    pub(crate) stem: String,
    pub(crate) extension: String,
    /// Its address. `{month}` is the first day of a month.
    pub(crate) url: String,
    /// A file with fewer rows is not complete.
    pub(crate) rows_min: u64,
    #[serde(default)]
    pub(crate) optional: bool,
    /// The column with the day on which the publisher last changed a row.
    #[serde(default)]
    pub(crate) processed: Option<String>,
    pub(crate) columns: Vec<ColumnDescriptor>,
}

/// How a file takes part in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SourceJoin {
    /// Its rows are the entries.
    Main,
    /// Its rows are what the entries of a group share.
    Group,
    /// Its rows are pairs of an id and the id of its successor, with a date.
    Successor,
}

/// A column of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnDescriptor {
    pub(crate) name: String,
    #[serde(default, rename = "type")]
    pub(crate) column_type: ColumnType,
    /// Whether a file without it is complete too.
    #[serde(default)]
    pub(crate) optional: bool,
    /// Whether it is read but not in the table.
    #[serde(default)]
    pub(crate) omitted: bool,
}

/// The type of a column. In text files all columns are text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnType {
    /// Text only: a number would have lost the leading zeros of a code.
    #[default]
    Text,
    /// A date, a moment, or text.
    Date,
    /// A boolean, or text.
    Boolean,
}

impl ColumnType {
    /// What is expected, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Date => "a date or text",
            ColumnType::Boolean => "a boolean or text",
        }
    }
}

impl Descriptor {
    /// The file that is joined in this way.
    pub(crate) fn with_join(&self, join: SourceJoin) -> Option<&SourceDescriptor> {
        self.sources.iter().find(|source| source.join == join)
    }

    /// The keys of its files.
    pub fn source_keys(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.key.as_str())
    }

    /// The name of its table.
    pub fn table_name(&self) -> String {
        format!("{}.parquet", self.name)
    }
}

/// All registries, in the order of their descriptors.
pub fn descriptors() -> &'static [Descriptor] {
    static DESCRIPTORS: OnceLock<Vec<Descriptor>> = OnceLock::new();
    // Parsed by a test, too.
    DESCRIPTORS.get_or_init(|| TEXTS.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}

/// The registry of this name.
pub fn descriptor(name: &str) -> Option<&'static Descriptor> {
    descriptors().iter().find(|descriptor| descriptor.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_descriptor_is_valid_and_its_roles_are_columns() {
        for text in TEXTS {
            let descriptor: Descriptor = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let main = descriptor.with_join(SourceJoin::Main).expect("a main file");
            let all: Vec<&str> = descriptor
                .sources
                .iter()
                .filter(|source| source.join != SourceJoin::Successor)
                .flat_map(|source| &source.columns)
                .filter(|column| !column.omitted)
                .map(|column| column.name.as_str())
                .collect();
            let roles = &descriptor.roles;
            let one = [&roles.activity, &roles.legal_form, &roles.head_office, &roles.since];
            let mut named: Vec<&String> = one.into_iter().flatten().collect();
            named.extend(roles.names.iter().chain(&roles.addresses).chain([&roles.status.column]));
            for name in named {
                assert!(all.contains(&name.as_str()), "{}: {name}", descriptor.name);
            }
            assert_eq!(main.columns[0].name, descriptor.id, "{}: the id is the first column", descriptor.name);
            if let Some(group) = &descriptor.group {
                assert_eq!(&main.columns[1].name, group, "{}", descriptor.name);
                assert_eq!(&descriptor.with_join(SourceJoin::Group).unwrap().columns[0].name, group);
            }
            for source in &descriptor.sources {
                let processed = source.processed.as_ref();
                assert!(processed.is_none_or(|name| source.columns.iter().any(|column| column.name == *name)));
            }
        }
        assert_eq!(descriptors().len(), TEXTS.len());
    }
}
