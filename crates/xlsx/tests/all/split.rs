//! Properties: any split of the bytes gives the same cells and strings; no bytes make the scanners panic.

use std::ops::ControlFlow;

use matchflow_xlsx::{FormatViolation, ScanEnd, ScanStep, SharedStrings, SheetItem, SheetScanner, StringsScanner};
use proptest::collection::vec;
use proptest::prelude::*;

/// The complete output of a scanner for a sheet given in pieces.
fn scan(pieces: &[&[u8]]) -> Result<Vec<String>, FormatViolation> {
    let mut scanner = SheetScanner::new();
    let (mut held, mut said) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter().peekable();
    loop {
        let (used, step) = scanner.step(&held, pieces.peek().is_none())?;
        match step {
            ScanStep::Cell => said.push(format!("{:?}", scanner.cell(&held[..])?)),
            ScanStep::Row(row) => said.push(format!("{row:?}")),
            ScanStep::EndOfSheet => return Ok(said),
            ScanStep::NeedsInput => {}
        }
        held.drain(..used);
        if step == ScanStep::NeedsInput {
            held.extend_from_slice(pieces.next().unwrap_or(&&[][..]));
        }
    }
}

/// The output of a scan whose visitor breaks after every `every` items, formatted as in [`scan`].
fn visit(pieces: &[&[u8]], every: usize) -> Result<Vec<String>, FormatViolation> {
    let mut scanner = SheetScanner::new();
    let (mut held, mut said) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter().peekable();
    loop {
        let (used, why) = scanner.scan(&held, pieces.peek().is_none(), |item| {
            said.push(match item {
                SheetItem::Row(row) => format!("{row:?}"),
                SheetItem::Cell(cell) => format!("{cell:?}"),
            });
            if said.len().is_multiple_of(every) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        held.drain(..used);
        match why {
            ScanEnd::EndOfSheet => return Ok(said),
            ScanEnd::Stopped => {}
            ScanEnd::NeedsInput => held.extend_from_slice(pieces.next().unwrap_or(&&[][..])),
        }
    }
}

fn strings(pieces: &[&[u8]]) -> Result<Vec<String>, FormatViolation> {
    let mut scanner = StringsScanner::new();
    let mut held = Vec::new();
    for piece in pieces {
        held.extend_from_slice(piece);
        let used = scanner.push(&held)?;
        held.drain(..used);
    }
    let strings: SharedStrings = scanner.finish()?;
    Ok((0..strings.len()).map(|index| strings.get(index as u32).unwrap().to_owned()).collect())
}

fn cut<'a>(whole: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (whole.len() + 1)).collect();
    places.extend([0, whole.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect()
}

/// Pieces of markup that occur in sheets, and some that do not.
fn markup() -> impl Strategy<Value = String> {
    let pieces = [
        "<row>",
        "<row r=\"7\" hidden='1'>",
        "</row>",
        "<row r='9'/>",
        "<x:c r=\"B2\" s=\"3\" t = \"s\" >",
        "<c>",
        "<c t=\"inlineStr\">",
        "<c t=\"str\" r='C1'>",
        "<c t=\"b\">",
        "<c r=\"XFD1048576\"/>",
        "</c>",
        "</x:c>",
        "<v>12.50</v>",
        "<v>1</v>",
        "<v/>",
        "<v></v>",
        "<v>a&amp;b_x000D_&#xE9;\r\n</v>",
        "<v><![CDATA[<c>&]]></v>",
        "<f t=\"shared\" ref=\"A1:B2\" si=\"0\">IF(A1&gt;0,\"a\",\"b\")</f>",
        "<f/>",
        "<is><t>été</t></is>",
        "<is/>",
        "<is><r><rPr><b/></rPr><t xml:space=\"preserve\"> a</t></r><r><t>b</t></r><rPh sb=\"0\"><t>no</t></rPh></is>",
        "<!-- <c> -->",
        "<?pi <c> ?>",
        " \n",
        "<extLst><ext uri='>'><v>9</v></ext></extLst>",
        "&",
        "é",
        "<c r='1'>",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..25).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_split_of_a_sheet_gives_the_same_cells(
        body in markup(),
        places in vec(any::<usize>(), 0..12),
        every in 1..9_usize,
    ) {
        let head = "<?xml version=\"1.0\"?><worksheet><dimension ref=\"A1:B9\"/>";
        let sheet = format!("{head}<sheetData>{body}</sheetData></worksheet>");
        let whole = scan(&[sheet.as_bytes()]);
        prop_assert_eq!(&scan(&cut(sheet.as_bytes(), &places)), &whole);
        let bytes: Vec<&[u8]> = sheet.as_bytes().chunks(1).collect();
        prop_assert_eq!(&scan(&bytes), &whole);
        for pieces in [vec![sheet.as_bytes()], cut(sheet.as_bytes(), &places), bytes] {
            prop_assert_eq!(&visit(&pieces, every), &whole);
        }
    }

    #[test]
    fn any_split_of_shared_strings_gives_the_same_strings(
        texts in vec("([a-zé ]|&amp;|_x00E9_|\r|<!---->|<!\\[CDATA\\[<\\]\\]>){0,6}", 0..12),
        places in vec(any::<usize>(), 0..12),
    ) {
        let item = |text: &String| format!("<si><t>{text}</t><rPh><t>no</t></rPh></si>\n<si/>");
        let items: String = texts.iter().map(item).collect();
        let part = format!("<x:sst count=\"99\"><!-- si -->{items}</x:sst>");
        let whole = strings(&[part.as_bytes()]);
        prop_assert_eq!(whole.as_ref().map(Vec::len), Ok(2 * texts.len()));
        prop_assert_eq!(&strings(&cut(part.as_bytes(), &places)), &whole);
        let bytes: Vec<&[u8]> = part.as_bytes().chunks(1).collect();
        prop_assert_eq!(&strings(&bytes), &whole);
    }

    #[test]
    fn scanners_never_panic(body in vec(any::<u8>(), 0..200), markup in markup()) {
        let bytes = [b"<worksheet><sheetData>".as_slice(), markup.as_bytes(), &body].concat();
        let _ = (scan(&[&bytes]), visit(&[&bytes], 3));
        let _ = strings(&[&bytes]);
    }
}

/// Cells as spreadsheets write them; `$` marks where a comment changes only the path that reads them.
fn usual() -> impl Strategy<Value = String> {
    let attributes = vec(
        prop_oneof!["r=\"[A-Za-z]{1,4}[0-9]{1,8}\"", "s=\"[0-9]{1,11}\"", "t=\"(s|n|b|e|d|str|inlineStr|x|)\""],
        1..4,
    );
    let text = "([a-z0-9.é ]|&lt;|&#233;|_x0041_|\r\n?|&no;){0,8}";
    let value = prop_oneof![
        text.prop_map(|text| format!(">$<v>{text}</v></c>")),
        text.prop_map(|text| format!(">$<is><t>{text}</t></is></c>")),
        text.prop_map(|text| format!(">$<is><t xml:space=\"preserve\">{text}</t></is></c>")),
        Just("/>$".to_owned()),
    ];
    (attributes, value).prop_map(|(attributes, value)| format!("$<c {}{value}", attributes.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_fast_path_agrees_with_the_token_reader(cells in vec(usual(), 1..4), every in 1..4_usize) {
        let body = cells.concat();
        let sheet = |comment: &str| {
            format!("<worksheet><sheetData>{}</sheetData></worksheet>", body.replace('$', comment))
        };
        let kinds = |said: Result<Vec<String>, FormatViolation>| said.map_err(|flaw| flaw.kind);
        // Another form: a space before the attributes.
        let general = sheet("<!---->").replace("<c ", "<c  ");
        let quick = sheet("");
        prop_assert_eq!(visit(&[quick.as_bytes()], every), scan(&[quick.as_bytes()]));
        prop_assert_eq!(kinds(visit(&[quick.as_bytes()], every)), kinds(scan(&[general.as_bytes()])));
    }
}

/// The values of the cells of one row, as text.
fn values(cells: &str) -> Vec<String> {
    let sheet = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
    let said = scan(&[sheet.as_bytes()]).unwrap();
    let value = |cell: &String| cell.split_once("value: ").map(|(_, value)| value.trim_end_matches(" }").to_owned());
    said.iter().filter_map(value).collect()
}

#[test]
fn formulas_without_a_result_are_not_empty_cells() {
    for (cell, expected) in [
        ("<c><f>NOW()</f></c>", "Uncalculated"),
        ("<c><f>NOW()</f><v/></c>", "Uncalculated"),
        ("<c><f>NOW()</f><v></v></c>", "Uncalculated"),
        ("<c t=\"str\"><f>A1&amp;B1</f></c>", "Uncalculated"),
        ("<c><f t=\"shared\" si=\"0\"/></c>", "Uncalculated"),
        ("<c t=\"str\"><f>A1&amp;B1</f><v/></c>", "Text(\"\")"),
        ("<c t=\"str\"><f>A1&amp;B1</f><v></v></c>", "Text(\"\")"),
        ("<c><f>1+1</f><v>2</v></c>", "Number(\"2\")"),
        ("<c><v/></c>", "Empty"),
    ] {
        assert_eq!(values(cell), [expected], "{cell}");
    }
}

#[test]
fn a_cell_has_one_value() {
    const SEVERAL: &str = "Error(\"a cell with several values\")";
    for (cell, expected) in [
        ("<c t=\"inlineStr\"><v>x&amp;y</v></c>", "Text(\"x&y\")"),
        // Some programs write this: the inline string is the one that counts.
        ("<c t=\"inlineStr\"><v>1.0</v><is><t>1.</t></is></c>", "Text(\"1.\")"),
        ("<c t=\"inlineStr\"><is><r><t>1</t></r><r><t>.</t></r></is><v>a&amp;b</v></c>", "Text(\"1.\")"),
        ("<c t=\"inlineStr\"><is><t>1.</t></is><v/></c>", "Text(\"1.\")"),
        ("<c t=\"inlineStr\"><is><t>a</t></is><is><t>b</t></is></c>", SEVERAL),
        ("<c><v>1</v><v>2</v></c>", SEVERAL),
        ("<c><v>1</v><v></v></c>", "Number(\"1\")"),
        ("<c><v/><v>1</v></c>", "Number(\"1\")"),
    ] {
        assert_eq!(values(cell), [expected], "{cell}");
    }
}

#[test]
fn invalid_bytes_that_are_skipped_do_no_harm_at_any_window_end() {
    let sheet = b"<worksheet><sheetData><row><c><f>\xFF</f><v>1</v></c><c t=\"str\"><v>a</v></c><c><v>2</v></c></row></sheetData>";
    let expected = scan(&[sheet]).unwrap();
    assert_eq!(expected.len(), 4);
    for at in 0..sheet.len() {
        assert_eq!(visit(&[&sheet[..at], &sheet[at..]], 99).unwrap(), expected, "{at}");
    }
}

#[test]
fn cells_are_scanned_as_written() {
    let sheet = "<worksheet><sheetData><row><c><v>1</v></c><c r=\"D1\" t=\"b\"><v>1</v></c>\
        <c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>\
        <row r=\"5\" hidden=\"true\"><c r=\"B5\" s=\"2\"/><c r=\"A5\" t=\"str\"><f>x</f><v> a&lt;_x0041_ </v></c></row>\
        <row><c t=\"inlineStr\"><is><r><t>a</t></r><r><t> b</t></r></is></c>\
        <c t=\"s\"><v>x</v></c><c t=\"n\"><v> </v></c></row>\
        </sheetData><legacy>";
    let said = scan(&[sheet.as_bytes()]).unwrap().join("\n");
    let expected = "RowStart { number: 1, is_hidden: false }
Cell { row: 1, column: 0, style: 0, value: Number(\"1\") }
Cell { row: 1, column: 3, style: 0, value: Boolean(true) }
Cell { row: 1, column: 4, style: 0, value: Error(\"#DIV/0!\") }
RowStart { number: 5, is_hidden: true }
Cell { row: 5, column: 1, style: 2, value: Empty }
Cell { row: 5, column: 0, style: 0, value: Text(\" a<A \") }
RowStart { number: 6, is_hidden: false }
Cell { row: 6, column: 0, style: 0, value: Text(\"a b\") }
Cell { row: 6, column: 1, style: 0, value: Error(\"x\") }
Cell { row: 6, column: 2, style: 0, value: Empty }";
    assert_eq!(said, expected);
}
