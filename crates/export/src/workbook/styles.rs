//! The styles of workbook cells.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use matchflow_labels::texts;
use matchflow_model::language::Language;

/// Colours, also used in the summary's charts.
pub(crate) const MATCHED: u32 = 0x4E9A6B;
pub(crate) const REVIEW: u32 = 0xE3A93C;
pub(crate) const UNMATCHED: u32 = 0x9AA3AE;
pub(crate) const FAILED: u32 = 0xC8553D;
pub(crate) const DUPLICATES: u32 = 0x7A6BA8;
pub(crate) const SUMMARY: u32 = ACCENT;
const INK: u32 = 0x1F2A37;
const ACCENT: u32 = 0x1F4E79;
pub(crate) const LINE: u32 = 0xD9DEE5;

/// The style of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A text.
    Text,
    /// A text on several lines.
    Wrapped,
    /// An amount, or another number with decimals.
    Decimal,
    /// A whole number from the user's file: no thousands separator, as it may be a code.
    Integer,
    /// A date.
    Date,
    /// A score, with the precision used in reasons.
    Score,
    /// Bits, margins.
    Fraction,
    /// A count.
    Count,
    /// A link to a page.
    Link,
    /// A cell for a person to fill in.
    Entry,
}

impl Style {
    const ALL: [Style; 10] = [
        Style::Text,
        Style::Wrapped,
        Style::Decimal,
        Style::Integer,
        Style::Date,
        Style::Score,
        Style::Fraction,
        Style::Count,
        Style::Link,
        Style::Entry,
    ];
}

/// The colour of a highlighted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Shade {
    Good,
    Attention,
    Neutral,
    Bad,
}

impl Shade {
    const ALL: [Shade; 4] = [Shade::Good, Shade::Attention, Shade::Neutral, Shade::Bad];

    fn colors(self) -> (u32, u32) {
        match self {
            Shade::Good => (0xE2F0E7, 0x1E5B38),
            Shade::Attention => (0xFCF0D3, 0x7A5300),
            Shade::Neutral => (0xEDEFF2, 0x414B57),
            Shade::Bad => (0xF8DDD6, 0x8A2A15),
        }
    }
}

/// The owner of a column, which determines its header's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnOwner {
    /// The user's file.
    Supplier,
    /// The result.
    Result,
    /// The person who reviews the result.
    Reviewer,
    /// Figures behind the result.
    Technical,
}

/// The formats of a workbook's cells.
pub(crate) struct Formats {
    /// By [`Style::ALL`]: plain, and with the background of every second group.
    cells: Vec<[Format; 2]>,
    /// By [`Shade::ALL`].
    shades: [Format; 4],
    pub(crate) title: Format,
    pub(crate) subtitle: Format,
    pub(crate) heading: Format,
    /// Above numbers.
    pub(crate) number_heading: Format,
    pub(crate) share: Format,
    pub(crate) total: Format,
    pub(crate) total_amount: Format,
}

impl Formats {
    pub(crate) fn new(language: Language) -> Formats {
        let heading = base().set_bold().set_font_color(Color::RGB(ACCENT)).set_border_bottom(FormatBorder::Thin);
        let heading = heading.set_border_bottom_color(Color::RGB(ACCENT));
        let total = base().set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(Color::RGB(ACCENT));
        Formats {
            cells: Style::ALL
                .map(|style| {
                    let plain = cell_format(style, language);
                    [plain.clone(), plain.set_background_color(Color::RGB(0xEEF3FA))]
                })
                .into(),
            shades: Shade::ALL.map(shaded),
            title: base().set_bold().set_font_size(18).set_font_color(Color::RGB(ACCENT)),
            subtitle: base().set_font_color(Color::RGB(0x5B6673)),
            number_heading: heading.clone().set_align(FormatAlign::Right),
            heading,
            share: cell_format(Style::Count, language).set_num_format("0.0 %"),
            total_amount: total.clone().set_num_format("#,##0.00"),
            total: total.set_num_format("#,##0"),
        }
    }

    /// The format of a highlighted cell.
    pub(crate) fn shade(&self, shade: Shade) -> &Format {
        let place = Shade::ALL.iter().position(|known| *known == shade).unwrap_or_default();
        self.shades.get(place).unwrap_or(&self.heading)
    }

    /// The format of a style's cells.
    pub(crate) fn cell(&self, style: Style, is_banded: bool) -> &Format {
        let place = Style::ALL.iter().position(|known| *known == style).unwrap_or_default();
        let formats = self.cells.get(place).and_then(|formats| formats.get(usize::from(is_banded)));
        formats.unwrap_or(&self.heading)
    }
}

/// The format of a highlighted cell.
pub(crate) fn shaded(shade: Shade) -> Format {
    let (background, ink) = shade.colors();
    cell_format(Style::Text, Language::default())
        .set_background_color(Color::RGB(background))
        .set_font_color(Color::RGB(ink))
}

/// The header of a column.
pub(crate) fn header(owner: ColumnOwner) -> Format {
    let background = match owner {
        ColumnOwner::Supplier => 0x44546A,
        ColumnOwner::Result => ACCENT,
        ColumnOwner::Reviewer => 0x9C6A00,
        ColumnOwner::Technical => 0x8A94A0,
    };
    base()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(background))
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
        .set_border_right(FormatBorder::Thin)
        .set_border_right_color(Color::White)
}

fn base() -> Format {
    Format::new().set_font_name("Calibri").set_font_size(10).set_font_color(Color::RGB(INK))
}

fn cell_format(style: Style, language: Language) -> Format {
    let cell = base()
        .set_align(FormatAlign::Top)
        .set_border_bottom(FormatBorder::Hair)
        .set_border_bottom_color(Color::RGB(LINE));
    match style {
        // With `@`, a text stays a text when the cell is edited.
        Style::Text => cell.set_num_format("@"),
        Style::Wrapped => cell.set_num_format("@").set_text_wrap(),
        Style::Decimal => cell.set_num_format("#,##0.00"),
        Style::Integer => cell.set_num_format("0"),
        Style::Date => cell.set_num_format(texts::DATE_FORMAT.get(language)),
        Style::Score => cell.set_num_format("[<0.995]0.00;[<1]0.0000;0.00"),
        Style::Fraction => cell.set_num_format("0.00"),
        Style::Count => cell.set_num_format("#,##0"),
        Style::Link => {
            cell.set_font_color(Color::RGB(0x0563C1)).set_underline(rust_xlsxwriter::FormatUnderline::Single)
        }
        Style::Entry => cell.set_num_format("@").set_background_color(Color::RGB(0xFFFBEB)).set_text_wrap(),
    }
}
