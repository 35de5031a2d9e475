//! The supplier file: its table, its fields, and open questions about them.

use std::path::{Path, PathBuf};

use matchflow_ingest::{ColumnFacts, TableFormat, format_of_contents, formats, guess_format};
use matchflow_model::header;
use matchflow_model::language::Language;
use matchflow_profile::{ColumnGuess, ColumnKind, TableChoice, TableProfile, profile, sheet_choices};

use crate::args::SupplierFileArgs;
use crate::failure::Failure;
use crate::messages::{ColumnSettingFault, GuideError, GuideText, GuidedTable, guide_text};
use crate::standard_input;

use super::choices::FieldRule;
use super::questions::{Answer, Question, Questions};
use super::{refusal, unreadable};

/// A guess with less confidence justifies a question, if its field matters.
const SURE: f64 = 0.6;
/// A sheet with this share of the largest one's cells may be the intended one.
const LARGE_SHEET: f64 = 0.5;
/// For columns that are not a key on their own: minimum share of rows with a value, and of distinct values.
const KEY_FILL: f64 = 0.5;
const KEY_DISTINCT: f64 = 0.9;
/// Number of rows in a preview.
const PREVIEW_ROWS: usize = 5;

/// A supplier file and how it is read.
pub(crate) struct SupplierFile {
    /// The file as named on the command line: `-`, a pattern, a folder.
    pub(crate) path: PathBuf,
    pub(crate) format: &'static dyn TableFormat,
    pub(crate) profile: TableProfile,
    pub(crate) fields: Vec<SupplierField>,
    /// The columns with the row's key, of which the first that is not empty counts.
    pub(crate) keys: Vec<String>,
}

/// A field and its columns.
pub(crate) struct SupplierField {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnKind,
    pub(crate) columns: Vec<String>,
    /// `date` or `decimal`; text otherwise.
    pub(crate) data_type: Option<&'static str>,
}

/// The format of a file, by extension; of standard input, by content.
pub(crate) fn format_of(path: &Path) -> Result<&'static dyn TableFormat, Failure> {
    if standard_input::is_copy(path) {
        let format = format_of_contents(path).map_err(|error| unreadable(&error, GuidedTable::StandardInput))?;
        return format.ok_or_else(|| refusal(GuideError::StandardInputNoTable));
    }
    guess_format(path).ok_or_else(|| {
        if let Err(error @ matchflow_ingest::IngestError::OtherContents { .. }) = matchflow_ingest::refuse_foreign(path)
        {
            return unreadable(&error, GuidedTable::Any);
        }
        let known: Vec<String> =
            formats().flat_map(TableFormat::extensions).map(|extension| format!(".{extension}")).collect();
        refusal(GuideError::UnknownExtension { file: path.display().to_string(), known })
    })
}

impl SupplierFile {
    /// Whether a column has amounts of money.
    pub(crate) fn has_amount(&self) -> bool {
        self.fields.iter().any(|field| field.kind == ColumnKind::Amount)
    }
}

/// Finds the table and the fields of `rules`; asks about anything unclear.
pub(crate) fn read_supplier_file(
    args: &SupplierFileArgs,
    file: &Path,
    rules: &[FieldRule],
    language: Language,
) -> Result<SupplierFile, Failure> {
    let fatal = |error: matchflow_ingest::IngestError| unreadable(&error, GuidedTable::Suppliers);
    let format = format_of(file)?;
    let mut questions = Questions::new(args.yes, language);
    let sheets = sheet_choices(format, file, args.sheet.as_deref(), args.header).map_err(fatal)?;
    let choice = choose_sheet(sheets, &mut questions)?;
    let mut profile = profile(choice).map_err(fatal)?;
    if profile.inspection.rows == 0 {
        return Err(refusal(GuideError::NoRows { file: args.file.display().to_string() }));
    }
    let set_columns = set_kinds(&mut profile, &args.columns)?;
    ask_about_columns(&mut profile, rules, &mut questions)?;
    questions.require_answers()?;
    let fields = fields(&profile, rules);
    require_set_fields(&profile, &set_columns, &fields)?;
    if !fields.iter().any(|field| field.kind == ColumnKind::Name || is_identifier(field.kind)) {
        return Err(Failure::Usage(guide_text(
            &GuideText::Error(GuideError::NoNameColumn { columns: column_names(&profile) }),
            language,
        )));
    }
    let keys = keys(&profile);
    Ok(SupplierFile { path: args.file.clone(), format, profile, fields, keys })
}

fn is_identifier(kind: ColumnKind) -> bool {
    use ColumnKind::{CompanyNumber, Siren, Siret, Vat};
    matches!(kind, Siret | Siren | Vat | CompanyNumber)
}

fn column_names(profile: &TableProfile) -> Vec<String> {
    profile.columns.iter().map(|column| column.column.clone()).collect()
}

/// The largest sheet; asks if another one is nearly as large.
fn choose_sheet(mut sheets: Vec<TableChoice>, questions: &mut Questions) -> Result<TableChoice, Failure> {
    // The sort is stable: among equally large sheets, the first tab wins.
    sheets.sort_by_key(|sheet| std::cmp::Reverse(sheet.cells()));
    let most = sheets.first().map_or(0, TableChoice::cells) as f64;
    let large = sheets.iter().filter(|sheet| sheet.cells() as f64 >= most * LARGE_SHEET).count();
    let mut chosen = 0;
    if large > 1 {
        let option = |sheet: &TableChoice| {
            let columns: Vec<String> = sheet.samples.iter().map(|sample| sample.name.clone()).collect();
            (sheet.sheet.clone().unwrap_or_default(), columns)
        };
        let options = sheets.iter().take(large).map(option).collect();
        let question =
            Question { text: GuideText::WhichSheet, flag: "--sheet NAME".to_owned(), options, best: Some(0) };
        chosen = match questions.ask(question)? {
            Answer::Option(place) => place,
            Answer::None => 0,
        };
    }
    match sheets.into_iter().nth(chosen) {
        Some(sheet) => Ok(sheet),
        None => Err(refusal(GuideError::NoTable)),
    }
}

/// A column whose kind the user gives.
struct SetColumn<'a> {
    /// As written: `name=Raison sociale`.
    setting: &'a str,
    kind: ColumnKind,
    place: usize,
}

/// Applies the kinds that the user gives.
fn set_kinds<'a>(profile: &mut TableProfile, settings: &'a [String]) -> Result<Vec<SetColumn<'a>>, Failure> {
    let mut set_columns: Vec<SetColumn<'a>> = Vec::new();
    for setting in settings {
        let usage = |fault| refusal(GuideError::ColumnSetting { setting: setting.clone(), fault });
        let (word, column) = setting.split_once('=').ok_or_else(|| usage(ColumnSettingFault::NoKind))?;
        let kind = ColumnKind::of_word(word.trim()).ok_or_else(|| {
            let known = matchflow_profile::COLUMN_KINDS.iter().map(|info| info.word.to_owned()).collect();
            usage(ColumnSettingFault::UnknownKind { word: word.to_owned(), known })
        })?;
        let names = column_names(profile);
        let place = header::find(&names, column).ok_or_else(|| {
            usage(ColumnSettingFault::UnknownColumn { column: column.to_owned(), columns: names.clone() })
        })?;
        let is_single = kind.info().is_some_and(|info| info.is_single);
        if is_single && set_columns.iter().any(|other| other.kind == kind) {
            return Err(usage(ColumnSettingFault::NamedTwice { word: word.to_owned() }));
        }
        set_kind(profile, place, kind);
        set_columns.push(SetColumn { setting, kind, place });
    }
    Ok(set_columns)
}

/// Refuses amounts and dates that the user names and that no field can take.
fn require_set_fields(
    profile: &TableProfile,
    set_columns: &[SetColumn<'_>],
    fields: &[SupplierField],
) -> Result<(), Failure> {
    for SetColumn { setting, kind, place } in set_columns {
        let Some(ColumnGuess { column, .. }) = profile.columns.get(*place) else { continue };
        let is_typed = matches!(kind, ColumnKind::Amount | ColumnKind::Date);
        if is_typed && !fields.iter().any(|field| field.columns.contains(column)) {
            let sample = profile.choice.samples.iter().find(|sample| sample.name == *column);
            let example = sample.and_then(|sample| sample.values.first()).cloned().unwrap_or_default();
            let fault = ColumnSettingFault::OtherCells { word: kind.word().to_owned(), example };
            return Err(refusal(GuideError::ColumnSetting { setting: (*setting).to_owned(), fault }));
        }
    }
    Ok(())
}

/// Sets the kind of a column, and resets the column that had it if a table has only one of that kind.
fn set_kind(profile: &mut TableProfile, place: usize, kind: ColumnKind) {
    let is_single = kind.info().is_some_and(|info| info.is_single);
    for (at, column) in profile.columns.iter_mut().enumerate() {
        if at == place {
            (column.kind, column.confidence) = (kind, 1.0);
        } else if is_single && column.kind == kind {
            (column.kind, column.confidence) = (ColumnKind::Other, 1.0);
        }
    }
}

/// Asks about uncertain fields, and for the name if no column has it.
fn ask_about_columns(
    profile: &mut TableProfile,
    rules: &[FieldRule],
    questions: &mut Questions,
) -> Result<(), Failure> {
    for rule in rules.iter().filter(|rule| rule.is_asked) {
        let found = profile.columns.iter().position(|column| column.kind == rule.kind);
        let is_open = match found {
            Some(place) => profile.columns.get(place).is_some_and(|column| column.confidence < SURE),
            None => rule.kind == ColumnKind::Name && !profile.columns.iter().any(|column| is_identifier(column.kind)),
        };
        if !is_open {
            continue;
        }
        // Columns that certainly are of another kind are not offered.
        let may_be = |column: &&ColumnGuess| {
            column.kind == rule.kind || column.kind == ColumnKind::Other || column.confidence < SURE
        };
        let places: Vec<usize> =
            profile.columns.iter().enumerate().filter(|(_, column)| may_be(column)).map(|(place, _)| place).collect();
        let preview = |place: &usize| {
            let sample = profile.choice.samples.get(*place);
            let values = sample.map_or(&[][..], |sample| sample.values.as_slice());
            (
                sample.map_or_else(String::new, |sample| sample.name.clone()),
                values.iter().take(PREVIEW_ROWS).cloned().collect(),
            )
        };
        let question = Question {
            text: GuideText::WhichColumn { kind: rule.kind },
            flag: format!("--column {}=COLUMN", rule.kind.word()),
            options: places.iter().map(preview).collect(),
            best: found.and_then(|found| places.iter().position(|place| *place == found)),
        };
        match questions.ask(question)? {
            Answer::Option(option) => {
                if let Some(place) = places.get(option) {
                    set_kind(profile, *place, rule.kind);
                }
            }
            Answer::None => {
                if let Some(column) = found.and_then(|place| profile.columns.get_mut(place)) {
                    (column.kind, column.confidence) = (ColumnKind::Other, 1.0);
                }
            }
        }
    }
    Ok(())
}

/// The fields of the rules, then an amount and a date, which are shown in the results.
fn fields(profile: &TableProfile, rules: &[FieldRule]) -> Vec<SupplierField> {
    let mut fields: Vec<SupplierField> = Vec::new();
    for rule in rules {
        let of_kind = |kind: ColumnKind| profile.columns.iter().filter(move |column| column.kind == kind);
        let first = of_kind(rule.kind).next();
        let kind = match (first, rule.instead) {
            (None, Some(instead)) => instead,
            _ => rule.kind,
        };
        let columns: Vec<&ColumnGuess> = of_kind(kind).take(if rule.is_joined { usize::MAX } else { 1 }).collect();
        let columns: Vec<String> = columns.iter().map(|column| column.column.clone()).collect();
        if !columns.is_empty() {
            fields.push(SupplierField { name: rule.name, kind, columns, data_type: None });
        }
    }
    let typed = [("amount", ColumnKind::Amount, "decimal"), ("date", ColumnKind::Date, "date")];
    for (name, kind, data_type) in typed {
        let fits = |facts: &ColumnFacts| {
            let [_, decimal, date, _] = facts.rejected;
            facts.filled() > 0 && if kind == ColumnKind::Date { date == 0 } else { decimal == 0 }
        };
        if let Some(column) = best(profile, kind, fits) {
            let columns = vec![column];
            fields.push(SupplierField { name, kind, columns, data_type: Some(data_type) });
        }
    }
    fields
}

/// The column with a unique key in every row; otherwise those that nearly have one.
fn keys(profile: &TableProfile) -> Vec<String> {
    if let Some(key) = best(profile, ColumnKind::Key, |facts| facts.is_key) {
        return vec![key];
    }
    let is_near = |name: &str| {
        let sample = profile.choice.samples.iter().find(|sample| sample.name == name);
        sample.is_some_and(|sample| sample.fill() >= KEY_FILL && sample.distinct() >= KEY_DISTINCT)
    };
    let keys = profile.columns.iter().filter(|column| column.kind == ColumnKind::Key && is_near(&column.column));
    keys.map(|column| column.column.clone()).collect()
}

/// The first column of a kind whose cells fit it.
fn best(profile: &TableProfile, kind: ColumnKind, is_right: impl Fn(&ColumnFacts) -> bool) -> Option<String> {
    let facts = |name: &str| profile.inspection.columns.iter().find(|facts| facts.name == name);
    let mut columns = profile.columns.iter().filter(|column| column.kind == kind);
    columns.find(|column| facts(&column.column).is_some_and(&is_right)).map(|column| column.column.clone())
}
