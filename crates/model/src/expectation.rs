//! What a rejected cell or row was expected to be.

use crate::message::{messages, stored_messages};
use crate::plan::FieldType;

messages! {
    /// What was expected of a rejected cell or row.
    pub enum Expectation {
        /// The text in a checkpoint from before layout 8.
        Text("text") { text: String } => "{text}", "{text}";
        /// A field of type `text`, whose cell is a spreadsheet error.
        AnyText("any_text") => "text", "du texte";
        /// A field of type `integer`.
        WholeNumber("whole_number") => "a whole number", "un nombre entier";
        /// A field of type `decimal`.
        Number("number") => "a number", "un nombre";
        /// A field of type `date`.
        Date("date") => "a date", "une date";
        /// A field of type `boolean`.
        YesOrNo("yes_or_no") => "yes or no", "oui ou non";
        /// The key of a record, if its cells are empty or spreadsheet errors.
        RecordKey("record_key") => "a record key", "une clé de ligne";
        /// A text that is not too large to be read.
        TextSize("text_size") { bytes_max: u64, row_bytes_max: u64 } =>
            "a text shorter than {bytes_max|byte|bytes}, in a row of at most {row_bytes_max}",
            "un texte de moins de {bytes_max|octet|octets}, dans une ligne de {row_bytes_max} au plus";
        /// A cell that occurs once in the sheet.
        CellOnce("cell_once") => "a cell that occurs once in the sheet", "une cellule présente une seule fois dans la feuille";
        /// A row of the sheet that is below the header, occurs once, and whose cells are contiguous.
        RowOnce("row_once") =>
            "a row below the header that occurs once in the sheet, with its cells together",
            "une ligne sous l’en-tête, présente une seule fois dans la feuille, cellules groupées";
        /// A key that occurs once in a JSON object.
        JsonKeyOnce("json_key_once") => "a key that occurs once in the object", "une clé présente une seule fois dans l’objet";
        /// A line that is a JSON object.
        JsonObject("json_object") => "a JSON object on one line", "un objet JSON sur une ligne";
        /// A line that is not too long.
        LineSize("line_size") { bytes_max: u64 } =>
            "a line of at most {bytes_max|byte|bytes}", "une ligne de {bytes_max|octet|octets} au plus";
        /// A CSV row with at most as many cells as the header.
        CellsMax("cells_max") { cells: u64 } => "at most {cells|cell|cells}", "{cells|cellule|cellules} au plus";
        /// A CSV row whose quotes can be read.
        QuotesDoubled("quotes_doubled") { cells: u64 } =>
            "a row of {cells|cell|cells}, with the quotes inside doubled",
            "une ligne de {cells|cellule|cellules}, guillemets intérieurs doublés";
        /// A CSV row that is not the second part of another.
        WholeRow("whole_row") { cells: u64, first_row: u64 } =>
            "a row of {cells|cell|cells}; together with row {first_row} it is one, broken in two",
            "une ligne de {cells|cellule|cellules}\u{a0}; avec la ligne {first_row}, elle n’en fait qu’une, coupée en deux";
        /// A quoted CSV cell that is closed.
        QuoteClosed("quote_closed") => "a closing quote, or no quote at all", "un guillemet fermant, ou aucun guillemet";
        /// Text in the encoding of the file.
        Encoding("encoding") => "text in the encoding of the file", "du texte dans l’encodage du fichier";
    }
}

stored_messages!(Expectation);

impl From<FieldType> for Expectation {
    fn from(data_type: FieldType) -> Expectation {
        match data_type {
            FieldType::Text => Expectation::AnyText,
            FieldType::Integer => Expectation::WholeNumber,
            FieldType::Decimal => Expectation::Number,
            FieldType::Date => Expectation::Date,
            FieldType::Boolean => Expectation::YesOrNo,
        }
    }
}
