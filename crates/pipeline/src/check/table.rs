//! The table of a `source` or a `reference`: its format and what of it is read.

use matchflow_model::header;
use matchflow_model::plan::{
    AreaChoice, CsvFormat, Format, HeaderChoice, HiddenRows, MergedCells, OldFormat, OldKind, SheetChoice, Totals,
    XlsxFormat,
};

use super::Check;
use crate::decode::{Brief, Entries, HeaderRow, Sheet, Spanned};
use crate::environment::Part;
use crate::error::Place;
use crate::raw::{Csv, Field, Old, Parquet, Xlsx};

/// Where a fault of a table is shown, by the key at fault.
pub(super) type Places = Vec<(Part, Place)>;

/// What the file says: one of these.
pub(super) struct Choice<'a> {
    pub(super) xlsx: &'a Option<Spanned<Xlsx>>,
    pub(super) xls: &'a Option<Spanned<Old>>,
    pub(super) xlsb: &'a Option<Spanned<Old>>,
    pub(super) ods: &'a Option<Spanned<Old>>,
    pub(super) csv: &'a Option<Spanned<Csv>>,
    pub(super) parquet: &'a Option<Spanned<Parquet>>,
    /// The names by which a header is found.
    pub(super) expected: Vec<String>,
}

/// The columns that a table is asked for by name, each once.
pub(super) fn names_of<'a>(
    others: impl Iterator<Item = &'a Spanned<String>>,
    fields: Option<&'a Spanned<Entries<Field>>>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let is_own = [super::input::INDEX, header::SHEET, header::ROW, header::HIDDEN].contains(&name);
        if !is_own && header::letter(name).is_none() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    others.for_each(|name| add(&name.value));
    for (_, field) in fields.iter().flat_map(|fields| &fields.value.0) {
        match &field.value {
            Brief::Short(column) => add(column),
            Brief::Long(field) => {
                let many = field.columns.iter().chain(&field.synonyms).flat_map(|names| &names.value.0);
                field.column.iter().chain(many).for_each(|name| add(&name.value));
            }
        }
    }
    names
}

impl Check<'_> {
    pub(super) fn table(&mut self, choice: &Choice<'_>) -> Option<(Format, Places)> {
        let old = [(choice.xls, OldKind::Xls), (choice.xlsb, OldKind::Xlsb), (choice.ods, OldKind::Ods)];
        let old = old.into_iter().find_map(|(old, kind)| Some((&old.as_ref()?.value, kind)));
        if let Some(xlsx) = choice.xlsx {
            return self.xlsx(&xlsx.value, &choice.expected);
        }
        if let Some((old, kind)) = old {
            let Old { path, sheet, range, header, totals } = old.clone();
            let (table, hidden_rows, merged) = (None, None, None);
            let whole = Xlsx { path, sheet, table, range, header, hidden_rows, merged, totals };
            let (format, places) = self.xlsx(&whole, &choice.expected)?;
            let Format::Xlsx(table) = format else { return None };
            return Some((Format::Old(OldFormat { kind, table }), places));
        }
        if let Some(Csv { path, delimiter, encoding }) = choice.csv.as_ref().map(|csv| &csv.value) {
            let path = path.as_ref()?;
            let delimiter = delimiter.as_ref().map(|delimiter| delimiter.value.0);
            let encoding = encoding.as_ref().map(|encoding| encoding.value.0.to_owned());
            let format = CsvFormat { path: self.path(path), delimiter, encoding };
            return Some((Format::Csv(format), vec![(Part::Path, path.place)]));
        }
        let path = choice.parquet.as_ref()?.value.path.as_ref()?;
        Some((Format::Parquet { path: self.path(path) }, vec![(Part::Path, path.place)]))
    }

    fn xlsx(&mut self, xlsx: &Xlsx, expected: &[String]) -> Option<(Format, Places)> {
        let Xlsx { path, sheet, table, range, header, hidden_rows, merged, totals } = xlsx;
        self.exclusions(xlsx);
        let path = path.as_ref()?;
        let mut places = vec![(Part::Path, path.place)];
        places.extend(sheet.as_ref().map(|sheet| (Part::Sheet, sheet.place)));
        places.extend(header.as_ref().map(|header| (Part::Header, header.place)));
        places.extend(table.iter().chain(range).map(|area| (Part::Area, area.place)));
        let area = match (table, range) {
            (Some(table), _) => AreaChoice::Table(table.value.clone()),
            (None, Some(range)) => AreaChoice::Range(range.value.clone()),
            (None, None) => AreaChoice::Sheet,
        };
        let header = match header.as_ref().map_or(HeaderRow::Auto, |header| header.value) {
            HeaderRow::Row(row) => HeaderChoice::Row(row),
            HeaderRow::Auto if expected.is_empty() => HeaderChoice::First,
            HeaderRow::Auto => HeaderChoice::Names(expected.to_vec()),
        };
        let format = XlsxFormat {
            path: self.path(path),
            sheet: sheet.as_ref().map_or(SheetChoice::First, |Spanned { value: Sheet(sheet), .. }| sheet.clone()),
            area,
            header,
            hidden_rows: hidden_rows.as_ref().map_or(HiddenRows::Keep, |rows| rows.value),
            merged: merged.as_ref().map_or(MergedCells::TopLeft, |merged| merged.value),
            totals: totals.as_ref().map_or(Totals::Keep, |totals| totals.value),
        };
        Some((Format::Xlsx(format), places))
    }

    /// A table knows its sheet, its header and its totals; a range may know its sheet.
    fn exclusions(&mut self, xlsx: &Xlsx) {
        if let Some(table) = &xlsx.table {
            let others = [
                ("sheet", xlsx.sheet.as_ref().map(|sheet| sheet.place)),
                ("range", xlsx.range.as_ref().map(|range| range.place)),
                ("header", xlsx.header.as_ref().map(|header| header.place)),
                ("totals", xlsx.totals.as_ref().map(|totals| totals.place)),
            ];
            for (key, place) in others.into_iter().filter_map(|(key, place)| Some((key, place?))) {
                let problem =
                    self.problems.at(place, format!("`{key}` says nothing beside `table`, which knows its own"));
                problem.see(table.place, "the table").help("leave one of the two out");
            }
        }
        if let (Some(range), Some(sheet)) = (&xlsx.range, &xlsx.sheet)
            && range.value.contains('!')
        {
            let problem = self.problems.at(sheet.place, "the range names its sheet already");
            problem.see(range.place, "the range").help("leave `sheet` out, or the sheet of the range");
        }
    }
}
