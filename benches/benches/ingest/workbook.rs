//! Supplier files as spreadsheets write them: of 15 columns eight are text (one of them mostly empty), five numbers, a
//! date and a boolean. The same shape gives the same bytes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SEED: u64 = 4;
const NAMES: [&str; 15] = [
    "Code",
    "Nom",
    "Adresse",
    "Ville",
    "Postal",
    "Pays",
    "Mail",
    "Famille",
    "SIRET",
    "Montant",
    "Factures",
    "Note",
    "Depuis",
    "Mouvement",
    "Actif",
];

/// The shape of a file to generate.
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) is_shared: bool,
}

impl Shape {
    pub(crate) fn file_name(&self) -> String {
        let strings = if self.is_shared { "shared" } else { "inline" };
        format!("{}x{}-{strings}.xlsx", self.rows, self.columns)
    }

    pub(crate) fn write(&self, path: &Path) -> Outcome {
        let mut archive = ZipWriter::new(BufWriter::new(File::create(path)?));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        for (name, body) in parts() {
            archive.start_file(name, options)?;
            archive.write_all(body.as_bytes())?;
        }
        archive.start_file("xl/worksheets/sheet1.xml", options)?;
        archive.write_all(b"<?xml version=\"1.0\"?><worksheet>")?;
        write!(archive, "<dimension ref=\"A1:{}{}\"/><sheetData>", letter(self.columns - 1), self.rows + 1)?;
        let mut strings = Strings { shared: self.is_shared.then(HashMap::new), list: Vec::new(), count: 0 };
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        for row in 0..=self.rows {
            let line = self.row(row, &mut strings, &mut random);
            archive.write_all(line.as_bytes())?;
        }
        archive.write_all(b"</sheetData></worksheet>")?;
        archive.start_file("xl/sharedStrings.xml", options)?;
        let (count, unique) = (strings.count, strings.list.len());
        write!(archive, "<?xml version=\"1.0\"?><sst count=\"{count}\" uniqueCount=\"{unique}\">")?;
        for string in &strings.list {
            write!(archive, "<si><t>{string}</t></si>")?;
        }
        archive.write_all(b"</sst>")?;
        archive.finish()?.flush()?;
        Ok(())
    }

    fn row(&self, row: usize, strings: &mut Strings, random: &mut impl Rng) -> String {
        let number = row + 1;
        let mut line = format!("<row r=\"{number}\" spans=\"1:{}\">", self.columns);
        for (column, name) in NAMES.iter().enumerate().take(self.columns) {
            let place = format!("{}{number}", letter(column));
            line += &match cell(row, column, random) {
                _ if row == 0 => strings.cell(&place, (*name).to_owned()),
                Value::Empty => String::new(),
                Value::Text(text) => strings.cell(&place, text),
                Value::Number(text) => format!("<c r=\"{place}\"><v>{text}</v></c>"),
                Value::Date(days) => format!("<c r=\"{place}\" s=\"1\"><v>{days}</v></c>"),
                Value::Boolean(value) => format!("<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(value)),
            };
        }
        line + "</row>"
    }
}

enum Value {
    Empty,
    Text(String),
    Number(String),
    Date(u32),
    Boolean(bool),
}

fn cell(row: usize, column: usize, random: &mut impl Rng) -> Value {
    let mut below = |end: u32| random.random_range(0..end);
    match column {
        0 => Value::Text(format!("F{row:07}")),
        1 => Value::Text(format!("Société {} &amp; fils {}", word(below(900)), word(below(90_000)))),
        2 => Value::Text(format!("{} rue du Général {}", below(400), word(below(9_000)))),
        3 => Value::Text(format!("Saint-{}-sur-Loire", word(below(1_000)))),
        4 => Value::Text(format!("{:05}", below(6_000) * 16)),
        5 => Value::Text(["France", "Belgique"].get(below(2) as usize).copied().unwrap_or("Suisse").to_owned()),
        6 if below(10) >= 3 => Value::Empty,
        6 => Value::Text(format!("contact@{}{row}.fr", word(below(9_000)))),
        7 => Value::Text(format!("Famille {}", below(12))),
        8 => Value::Number(format!("{}{:05}", 100_000_000 + below(800_000_000), below(99_999))),
        9 => Value::Number(format!("{}.{:02}", below(1_000_000), below(100))),
        10 => Value::Number(below(5_000).to_string()),
        11 => Value::Number(format!("0.{}", 1 + below(9_999))),
        12 => Value::Number((1970 + below(55)).to_string()),
        13 => Value::Date(40_000 + below(5_500)),
        _ => Value::Boolean(below(2) == 1),
    }
}

/// A synthetic word of two to six syllables.
fn word(number: u32) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ru", "mé", "lon", "ti", "sau", "vier", "do", "ge", "nan", "qui", "pel", "cor", "fa", "zo", "bri"];
    let mut rest = number + 16;
    let mut word = String::new();
    while rest > 0 {
        word += SYLLABLES.get(rest as usize % 16).copied().unwrap_or_default();
        rest /= 16;
    }
    word
}

/// The strings of a workbook; inline strings are not shared.
struct Strings {
    shared: Option<HashMap<String, usize>>,
    list: Vec<String>,
    count: usize,
}

impl Strings {
    fn cell(&mut self, place: &str, text: String) -> String {
        let Some(known) = &mut self.shared else {
            return format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
        };
        self.count += 1;
        let next = known.len();
        let index = *known.entry(text.clone()).or_insert(next);
        if index == next {
            self.list.push(text);
        }
        format!("<c r=\"{place}\" t=\"s\"><v>{index}</v></c>")
    }
}

fn letter(column: usize) -> char {
    char::from(b'A' + column as u8)
}

fn parts() -> [(&'static str, String); 4] {
    let relation = |id: u32, kind: &str, target: &str| {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!("<Relationship Id=\"rId{id}\" Type=\"{base}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |inner: String| {
        let space = "http://schemas.openxmlformats.org/package/2006/relationships";
        format!("<?xml version=\"1.0\"?><Relationships xmlns=\"{space}\">{inner}</Relationships>")
    };
    let of_book = [
        relation(1, "worksheet", "worksheets/sheet1.xml"),
        relation(2, "sharedStrings", "sharedStrings.xml"),
        relation(3, "styles", "styles.xml"),
    ];
    let sheets = "<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets>";
    let styles = "<cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs>";
    [
        ("_rels/.rels", relations(relation(1, "officeDocument", "xl/workbook.xml"))),
        ("xl/_rels/workbook.xml.rels", relations(of_book.concat())),
        ("xl/workbook.xml", format!("<?xml version=\"1.0\"?><workbook>{sheets}</workbook>")),
        ("xl/styles.xml", format!("<?xml version=\"1.0\"?><styleSheet>{styles}</styleSheet>")),
    ]
}
