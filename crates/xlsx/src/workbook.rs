//! The workbook part: sheets, names, and the calendar of its dates.

use crate::error::{FlawKind, FormatViolation};
use crate::limits::SHEETS_MAX;
use crate::reference;
use crate::serial::DateSystem;
use crate::xml::text::{self, Form, decode};
use crate::xml::token::{Tag, Token};
use crate::xml::walk;

/// Whether users see a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    /// Its tab is shown.
    #[default]
    Visible,
    /// Hidden; the user can unhide it in the menu.
    Hidden,
    /// Hidden from the menu too.
    VeryHidden,
}

/// The kind of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetKind {
    /// Cells.
    Worksheet,
    /// A chart, a dialog, a macro sheet.
    Other,
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The name on its tab.
    pub name: String,
    /// Whether users see it.
    pub visibility: Visibility,
    /// Its kind.
    pub kind: SheetKind,
    /// Its part; empty if the workbook does not name it.
    pub(crate) part: String,
}

/// A name of a range or a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinedName {
    /// The name.
    pub name: String,
    /// What it refers to (`Feuille1!$A$1:$C$12`).
    pub refers_to: String,
    /// The sheet to which the name is local, as an index in [`crate::Workbook::sheets`]; `None` if it is global.
    pub sheet: Option<usize>,
}

/// The content of the workbook part.
#[derive(Debug, Default)]
pub(crate) struct WorkbookPart {
    /// The sheets; `part` is a relationship id.
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) names: Vec<DefinedName>,
    pub(crate) dates: DateSystem,
}

impl WorkbookPart {
    pub(crate) fn read(part: &[u8]) -> Result<Self, FormatViolation> {
        let mut book = WorkbookPart::default();
        let mut is_in_name = false;
        walk(part, |_, token| {
            match token {
                Token::Start(tag) => {
                    is_in_name = tag.name == b"definedName" && !tag.is_empty;
                    book.start(tag)?;
                }
                Token::Text(raw) if is_in_name => {
                    if let Some(name) = book.names.last_mut() {
                        decode(raw, Form::Plain, &mut name.refers_to)?;
                    }
                }
                Token::End(_) => is_in_name = false,
                _ => {}
            }
            Ok(())
        })?;
        Ok(book)
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), FlawKind> {
        let text = |name: &[u8]| tag.attribute(name)?.map_or(Ok(String::new()), text::name);
        match tag.name {
            b"workbookPr" => {
                if matches!(tag.attribute(b"date1904")?, Some(b"1" | b"true" | b"on")) {
                    self.dates = DateSystem::Y1904;
                }
            }
            b"sheet" if self.sheets.len() >= SHEETS_MAX => return Err(FlawKind::TooManySheets),
            b"sheet" => self.sheets.push(Sheet {
                name: text(b"name")?,
                visibility: match tag.attribute(b"state")? {
                    Some(b"hidden") => Visibility::Hidden,
                    Some(b"veryHidden") => Visibility::VeryHidden,
                    _ => Visibility::Visible,
                },
                kind: SheetKind::Worksheet,
                part: text(b"id")?,
            }),
            b"definedName" => {
                let sheet = tag.attribute(b"localSheetId")?.and_then(reference::integer);
                let (name, sheet) = (text(b"name")?, sheet.map(|index| index as usize));
                self.names.push(DefinedName { name, refers_to: String::new(), sheet });
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_part_parses() {
        let part = br#"<x:workbook xmlns:x="u"><x:workbookPr date1904="true"/><x:sheets>
            <x:sheet name="R&amp;D" sheetId="9" rel:id="rId1"/>
            <x:sheet name="B" sheetId="1" state="veryHidden" r:id="rId2"/></x:sheets>
            <x:definedNames><x:definedName name="n">'R&amp;D'!$A$1</x:definedName>
            <x:definedName name="n" localSheetId="1">B!$A$2</x:definedName></x:definedNames></x:workbook>"#;
        let book = WorkbookPart::read(part).unwrap();
        let sheet = |name: &str, visibility, id: &str| Sheet {
            name: name.into(),
            visibility,
            kind: SheetKind::Worksheet,
            part: id.into(),
        };
        let expected = [sheet("R&D", Visibility::Visible, "rId1"), sheet("B", Visibility::VeryHidden, "rId2")];
        assert_eq!(book.sheets, expected);
        let name = |refers_to: &str, sheet| DefinedName { name: "n".into(), refers_to: refers_to.into(), sheet };
        assert_eq!(book.names, [name("'R&D'!$A$1", None), name("B!$A$2", Some(1))]);
        assert_eq!(book.dates, DateSystem::Y1904);
        let sheets = |count| format!("<workbook>{}</workbook>", "<sheet/>".repeat(count));
        assert_eq!(WorkbookPart::read(sheets(SHEETS_MAX).as_bytes()).unwrap().sheets.len(), SHEETS_MAX);
        let flaw = |part: &str| WorkbookPart::read(part.as_bytes()).unwrap_err().kind;
        assert_eq!(flaw(&sheets(SHEETS_MAX + 1)), FlawKind::TooManySheets);
        let long = format!("<workbook><sheet name=\"{}\"/></workbook>", "a".repeat(5_000));
        assert_eq!(flaw(&long), FlawKind::NameTooLong);
    }
}
