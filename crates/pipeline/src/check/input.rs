//! `source` and `reference`: formats, columns and fields.

use matchflow_model::InputCondition;
use matchflow_model::header;
use matchflow_model::plan::{
    FieldPlan, FieldType, Filter, IdColumn, IdWidths, Join, ReferencePlan, SourcePlan, StatusPlan, TablePlan,
    ValueComparison,
};

use super::Check;
use super::table::{PlacedTable, names_of};
use crate::decode::{NamedMap, OneOrMany, ShortOrLong, Spanned};
use crate::environment::{Fault, Part, TableColumns};
use crate::error::Place;
use crate::raw::{Field, FilterValues, Reference, Source, SourceColumns};
use crate::suggest::listed;

/// Represents the row's number among the columns of a key.
pub(super) const INDEX: &str = "index";

/// A checked table and the columns of its file, if it could be read.
pub(super) type WithColumns<T> = (T, Option<Vec<String>>);

/// The columns of a file, as returned by the environment.
type ColumnsAnswer = Result<Option<TableColumns>, Fault>;

/// The columns of a file, if it could be read.
struct FileColumns {
    what: &'static str,
    names: Option<Vec<String>>,
    /// Columns that cannot be read, and why.
    unreadable: Vec<(String, String)>,
    /// Columns that the reader adds.
    row_columns: Vec<&'static str>,
    /// The table, and its sheet where it has several.
    table: Option<TablePlan>,
    sheet: Option<String>,
}

/// A field for each column of the file that neither is the key nor belongs to a field.
fn other_fields(columns: &FileColumns, id: &[IdColumn], fields: &[FieldPlan]) -> Vec<FieldPlan> {
    let Some(names) = &columns.names else { return Vec::new() };
    let key = match id {
        [IdColumn::Column(key)] => Some(key),
        _ => None,
    };
    let used = fields.iter().flat_map(|field| &field.columns).chain(key);
    let used: Vec<usize> = used.filter_map(|column| header::find(names, column)).collect();
    let is_readable = |name: &String| !columns.unreadable.iter().any(|(unreadable, _)| unreadable == name);
    let mut taken: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let others = names.iter().enumerate().filter(|(at, name)| !used.contains(at) && is_readable(name));
    let field = |(_, column): (usize, &String)| {
        let name = field_name_of(column, &taken);
        taken.push(name.clone());
        FieldPlan { name, columns: vec![column.clone()], join: Join::Space, data_type: FieldType::Text }
    };
    others.map(field).collect()
}

/// A field name derived from a header: its letters and digits, with a number appended if it is `taken`.
fn field_name_of(column: &str, taken: &[String]) -> String {
    let folded = header::fold(column);
    let letters = folded.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' });
    let words = letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join("_");
    let name = match words.chars().next() {
        Some(first) if first.is_ascii_lowercase() => words,
        Some(_) => format!("column_{words}"),
        None => "column".to_owned(),
    };
    let numbered = (2..).map(|number: usize| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name)
}

impl Check<'_> {
    pub(super) fn source(&mut self, raw: &Spanned<Source>) -> Option<WithColumns<SourcePlan>> {
        let Source { table, id, fields, columns: choice, amount: _ } = &raw.value;
        let id_names = id.iter().flat_map(|id| &id.value.0);
        let expected = names_of(id_names, fields.as_ref());
        let table = table.as_ref().and_then(|table| self.table(table, &expected));
        let answer = table.as_ref().map(|table| self.environment.source_columns(&table.plan));
        let columns = self.columns("supplier file", table.as_ref(), answer);
        let id = id.as_ref().map_or(vec![IdColumn::Index], |id| self.id_columns(&id.value, &columns));
        let fields = fields.as_ref().map(|fields| self.fields(&fields.value, fields.place, &columns));
        let mut fields = fields?;
        if choice.as_ref().is_some_and(|choice| choice.value == SourceColumns::All) {
            let others = other_fields(&columns, &id, &fields);
            fields.extend(others);
        }
        Some((SourcePlan { table: table?.plan, id, fields }, columns.names))
    }

    pub(super) fn reference(&mut self, raw: &Spanned<Reference>) -> Option<WithColumns<ReferencePlan>> {
        let raw = &raw.value;
        let status = raw.status.iter().filter_map(|status| status.value.column.as_ref());
        let filters = raw.filter.iter().flat_map(|filter| filter.value.0.iter().map(|(column, _)| column));
        let expected = names_of(raw.id.iter().chain(&raw.group).chain(status).chain(filters), raw.fields.as_ref());
        let table = raw.table.as_ref().and_then(|table| self.table(table, &expected));
        let answer = table.as_ref().map(|table| self.environment.reference_columns(&table.plan).map(Some));
        let columns = self.columns("registry", table.as_ref(), answer);
        let fitting = columns.names.as_ref().map(|names| self.places.fitting_registry(raw, names));
        let raw = fitting.as_ref().unwrap_or(raw);
        for column in raw.id.iter().chain(&raw.group) {
            self.column(column, &columns);
        }
        let fields = raw.fields.as_ref().map(|fields| self.fields(&fields.value, fields.place, &columns));
        let filters = raw.filter.as_ref().map_or_else(Vec::new, |filter| self.filters(&filter.value, &columns));
        let status = self.status(raw, &columns);
        let group = raw.group.as_ref().map(|group| group.value.clone());
        let id = raw.id.as_ref()?.value.clone();
        let index_path = raw.index.as_ref().map(|path| self.path(path));
        let plan = ReferencePlan {
            table: table?.plan,
            id,
            group,
            fields: fields?,
            filters,
            status,
            id_widths: IdWidths::default(),
            index_path,
        };
        Some((plan, columns.names))
    }

    fn status(&mut self, raw: &Reference, columns: &FileColumns) -> Option<StatusPlan> {
        let include_closed = raw.closed.as_ref().is_some_and(|closed| closed.value);
        let Some(status) = &raw.status else {
            if let Some(closed) = &raw.closed {
                let problem = self.problems.at(closed.place, "`closed` has no effect without `status`");
                problem.help("name the column that marks open entries: `status: {column: ..., open: ...}`");
            }
            return None;
        };
        let column = status.value.column.as_ref()?;
        self.column(column, columns);
        let open = texts(status.value.open.as_ref()?);
        Some(StatusPlan { column: column.value.clone(), open, include_closed })
    }

    /// The columns of a table, from the environment; a fault is reported at its key.
    fn columns(
        &mut self,
        what: &'static str,
        table: Option<&PlacedTable>,
        answer: Option<ColumnsAnswer>,
    ) -> FileColumns {
        let columns = answer.and_then(|answer| match answer {
            Ok(columns) => columns,
            Err(fault) => {
                let places = table.map_or(&[][..], |table| &table.places);
                let place = places.iter().find(|(key, _)| Part::Key(key) == fault.part).or(places.first());
                let place = place.map_or(Place::default(), |(_, place)| *place);
                self.problems.at(place, fault.message).condition(fault.condition);
                None
            }
        });
        let row_columns = table.map_or_else(Vec::new, |table| table.row_columns.clone());
        let table = table.map(|table| table.plan.clone());
        let Some(TableColumns { names, unreadable, sheet }) = columns else {
            return FileColumns { what, names: None, unreadable: Vec::new(), row_columns, table, sheet: None };
        };
        FileColumns { what, names: Some(names), unreadable, row_columns, table, sheet }
    }

    fn column(&mut self, column: &Spanned<String>, columns: &FileColumns) {
        let Some(names) = &columns.names else { return };
        let found = header::find(names, &column.value).and_then(|at| names.get(at));
        if let Some((_, reason)) = columns.unreadable.iter().find(|(name, _)| Some(name) == found) {
            // The compression of a file makes all of its columns unreadable: it is reported once.
            if !self.problems.has(reason) {
                self.problems.at(column.place, reason).condition(Some(InputCondition::Damaged));
            }
        }
        let is_added = columns.row_columns.contains(&column.value.as_str()) || header::letter(&column.value).is_some();
        if !is_added && found.is_none() {
            let mut help = listed("it has: ", &column.value, names.iter().map(String::as_str));
            let mut what = columns.what.to_owned();
            if let (Some(sheet), Some(table)) = (&columns.sheet, &columns.table) {
                what = format!("sheet `{sheet}` of the {what}");
                if let Some(other) = self.environment.sheets_with(table, &column.value).first() {
                    help =
                        format!("sheet `{other}` has it: add `sheet: \"{other}\"`; this one has: {}", names.join(", "));
                }
            }
            self.problems.at(column.place, format!("the {what} has no column `{}`", column.value)).help(help);
        }
    }

    fn id_columns(&mut self, id: &OneOrMany<String>, columns: &FileColumns) -> Vec<IdColumn> {
        let last = id.0.len().saturating_sub(1);
        for (at, column) in id.0.iter().enumerate() {
            if column.value != INDEX {
                self.column(column, columns);
            } else if at != last {
                let problem =
                    self.problems.at(column.place, "`index` is never empty; the columns after it are never used");
                problem.help("put `index` last");
            }
        }
        let choice = |text: String| if text == INDEX { IdColumn::Index } else { IdColumn::Column(text) };
        texts_of(id).into_iter().map(choice).collect()
    }

    fn fields(&mut self, fields: &NamedMap<Field>, place: Place, columns: &FileColumns) -> Vec<FieldPlan> {
        if fields.0.is_empty() {
            self.problems.at(place, "no field is declared").help("declare at least one: `name: Column`");
        }
        let field = |(name, field): &(Spanned<String>, Spanned<Field>)| {
            self.field_name(name);
            self.field(&name.value, field, columns)
        };
        fields.0.iter().filter_map(field).collect()
    }

    /// Reports an invalid field name.
    pub(super) fn field_name(&mut self, name: &Spanned<String>) {
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        let starts = name.value.starts_with(|first: char| first.is_ascii_lowercase());
        if !starts || !name.value.chars().all(allowed) {
            let problem = self.problems.at(name.place, format!("`{}` cannot be a field's name", name.value));
            problem.help("a lower-case letter, then lower-case letters, digits and `_`: `name`, `address_2`");
        }
    }

    fn field(&mut self, name: &str, field: &Spanned<Field>, columns: &FileColumns) -> Option<FieldPlan> {
        let name = name.to_owned();
        let field = match &field.value {
            ShortOrLong::Short(column) => {
                let column = Spanned { value: column.clone(), place: field.place, sound: field.sound };
                self.column(&column, columns);
                let columns = vec![column.value];
                return Some(FieldPlan { name, columns, join: Join::Space, data_type: FieldType::Text });
            }
            ShortOrLong::Long(field) => field,
        };
        let listed = field.columns.iter().flat_map(|columns| &columns.value.0);
        let mut named: Vec<&Spanned<String>> = field.column.iter().chain(listed).collect();
        if let Some(synonyms) = &field.synonyms {
            match &field.column {
                Some(column) => named = vec![synonym(column, &synonyms.value, columns)],
                None => {
                    let problem = self.problems.at(synonyms.place, "`synonyms` are other names of one `column`");
                    problem.help("use `column: ...` with them; `columns` are joined");
                }
            }
        }
        for column in &named {
            self.column(column, columns);
        }
        let data_type = field.r#type.as_ref().map_or(FieldType::Text, |data_type| data_type.value);
        if let (Some(declared), 2.., true) = (&field.r#type, named.len(), data_type != FieldType::Text) {
            let problem = self.problems.at(declared.place, "several columns can only be joined to text");
            problem.help("remove `type`, or name a single column");
        }
        let join = field.join.as_ref().map_or(Join::Space, |join| join.value);
        let columns: Vec<String> = named.into_iter().map(|column| column.value.clone()).collect();
        (!columns.is_empty()).then_some(FieldPlan { name, columns, join, data_type })
    }

    fn filters(&mut self, filters: &NamedMap<FilterValues>, columns: &FileColumns) -> Vec<Filter> {
        let filter = |(column, values): &(Spanned<String>, Spanned<FilterValues>)| {
            self.column(column, columns);
            let (values, comparison) = match &values.value {
                ShortOrLong::Short(values) => (texts_of(values), ValueComparison::Equal),
                ShortOrLong::Long(prefixes) => (texts(prefixes.starts_with.as_ref()?), ValueComparison::Prefix),
            };
            Some(Filter { column: column.value.clone(), values, comparison })
        };
        filters.0.iter().filter_map(filter).collect()
    }
}

fn texts(values: &Spanned<OneOrMany<String>>) -> Vec<String> {
    texts_of(&values.value)
}

fn texts_of(values: &OneOrMany<String>) -> Vec<String> {
    values.0.iter().map(|value| value.value.clone()).collect()
}

/// The first of a column's names that the file has; its own name if the file has none.
fn synonym<'a>(
    column: &'a Spanned<String>,
    synonyms: &'a OneOrMany<String>,
    columns: &FileColumns,
) -> &'a Spanned<String> {
    let is_there = |name: &&Spanned<String>| {
        columns.names.as_ref().is_some_and(|names| header::find(names, &name.value).is_some())
    };
    std::iter::once(column).chain(&synonyms.0).find(is_there).unwrap_or(column)
}
