//! Scalars: text, numbers within bounds, durations, sizes.

use serde_json::{Map, Number, Value, json};

use super::{Decode, keywords, unexpected};
use crate::error::Problems;
use crate::tree::{Kind, Node, Scalar};

fn scalar<'a>(node: &'a Node, expected: &str, problems: &mut Problems) -> Option<&'a Scalar> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar),
        _ => {
            unexpected(node, expected, problems);
            None
        }
    }
}

/// Reads a scalar with `parse`, which returns `None` for anything but `expected`.
pub(super) fn parsed<T>(
    node: &Node,
    expected: &str,
    problems: &mut Problems,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = parse(scalar(node, expected, problems)?.text.trim());
    if value.is_none() {
        unexpected(node, expected, problems);
    }
    value
}

/// A number may also be a variable: editors must accept `${LIMIT}`.
pub(super) fn or_variable(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": "\\$\\{[A-Za-z_]" }] })
}

impl Decode for String {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = &scalar(node, "text", problems)?.text;
        if text.trim().is_empty() {
            problems.at(node.place, "the text is empty");
            return None;
        }
        Some(text.clone())
    }

    fn schema() -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// A path, relative to the pipeline file, or to the current directory if given with `--set`.
#[derive(Debug, Clone)]
pub(crate) struct FilePath(pub(crate) String);

impl Decode for FilePath {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        String::decode(node, problems).map(Self)
    }

    fn schema() -> Value {
        json!({ "title": "path", "type": "string", "minLength": 1 })
    }
}

/// An integer from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundedInteger<const MIN: u64, const MAX: u64>(pub(crate) u64);

impl<const MIN: u64, const MAX: u64> Decode for BoundedInteger<MIN, MAX> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        decode_integer(node, MIN, MAX, problems).map(Self)
    }

    fn schema() -> Value {
        integer_schema(MIN, MAX)
    }
}

/// Reads an integer from `min` to `max`.
pub(super) fn decode_integer(node: &Node, min: u64, max: u64, problems: &mut Problems) -> Option<u64> {
    let expected = format!("an integer from {min} to {max}");
    let parse = |text: &str| text.replace('_', "").parse().ok().filter(|number| (min..=max).contains(number));
    parsed(node, &expected, problems, parse)
}

/// The JSON Schema of [`decode_integer`].
pub(super) fn integer_schema(min: u64, max: u64) -> Value {
    or_variable(json!({ "type": "integer", "minimum": min, "maximum": max }))
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fraction(pub(crate) f64);

impl Decode for Fraction {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let parse = |text: &str| text.parse().ok().filter(|number: &f64| (0.0..=1.0).contains(number));
        parsed(node, "a number from 0 to 1", problems, parse).map(Self)
    }

    fn schema() -> Value {
        or_variable(json!({ "type": "number", "minimum": 0, "maximum": 1 }))
    }
}

/// A number above 0: a weight or a factor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PositiveNumber(pub(crate) f64);

/// A scorer that weighs a thousand times more than another one decides alone; a larger weight is a mistake.
const WEIGHT_MAX: f64 = 1000.0;

impl Decode for PositiveNumber {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let within = |number: &f64| *number > 0.0 && *number <= WEIGHT_MAX;
        let parse = |text: &str| text.parse().ok().filter(within);
        parsed(node, "a number above 0 and at most 1000", problems, parse).map(Self)
    }

    fn schema() -> Value {
        or_variable(json!({ "type": "number", "exclusiveMinimum": 0, "maximum": WEIGHT_MAX }))
    }
}

impl Decode for bool {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        parsed(node, "`true` or `false`", problems, |text| text.to_lowercase().parse().ok())
    }

    fn schema() -> Value {
        or_variable(json!({ "type": "boolean" }))
    }
}

/// A number and its unit: `5s` with `("s", 1000)` is 5000.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit())?);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    digits.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A duration in milliseconds, 1 ms to 1 hour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Milliseconds(pub(crate) u64);

impl Decode for Milliseconds {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000)];
        let parse = |text: &str| with_unit(text, &units).filter(|millis| (1..=3_600_000).contains(millis));
        parsed(node, "a duration from 1ms to 60m, like `500ms`, `5s` or `1m`", problems, parse).map(Self)
    }

    fn schema() -> Value {
        or_variable(json!({ "title": "duration", "type": "string", "pattern": "^[0-9]+ *(ms|s|m)$" }))
    }
}

/// A size in bytes, 64 KiB to 4 GiB: the address space of a WASM instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteSize(pub(crate) u64);

impl Decode for ByteSize {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
        let parse = |text: &str| with_unit(text, &units).filter(|bytes| (1 << 16..=4 << 30).contains(bytes));
        parsed(node, "a size from 64KiB to 4GiB, like `64MiB`", problems, parse).map(Self)
    }

    fn schema() -> Value {
        or_variable(json!({ "title": "size", "type": "string", "pattern": "^[0-9]+ *(KiB|MiB|GiB)$" }))
    }
}

/// A CSV delimiter: one ASCII character, or `tab`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delimiter(pub(crate) u8);

impl Decode for Delimiter {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let expected = "one character like `,`, `;` or `|`, or the word `tab`";
        let text = &scalar(node, expected, problems)?.text;
        match text.as_bytes() {
            b"tab" => Some(Self(b'\t')),
            [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && !b"\"\r\n ".contains(one) => Some(Self(*one)),
            _ => {
                unexpected(node, expected, problems);
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "title": "character", "type": "string", "minLength": 1, "maxLength": 1 }, { "const": "tab" }] })
    }
}

/// A sheet: its name, or its position from 1.
#[derive(Debug, Clone)]
pub(crate) enum SheetSelector {
    /// By name.
    Name(String),
    /// By position, from 1.
    Position(usize),
}

impl Decode for SheetSelector {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = String::decode(node, problems)?;
        let plain = matches!(&node.kind, Kind::Scalar(scalar) if scalar.plain);
        match text.parse::<usize>() {
            Ok(0) if plain => {
                problems.at(node.place, "sheet positions start at 1").help("for a sheet named 0 write `\"0\"`");
                None
            }
            Ok(position) if plain => Some(Self::Position(position)),
            _ => Some(Self::Name(text)),
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1 }] })
    }
}

/// The row of a header, from 1, or `auto`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HeaderRow {
    /// The row with the most expected columns.
    Auto,
    /// The row, from 1.
    Row(u32),
}

impl Decode for HeaderRow {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let row = |text: &str| text.replace('_', "").parse().ok().filter(|row| (1..=1_048_576).contains(row));
        let parse = |text: &str| if text == "auto" { Some(Self::Auto) } else { row(text).map(Self::Row) };
        parsed(node, "a row from 1 to 1048576, or `auto`", problems, parse)
    }

    fn schema() -> Value {
        or_variable(
            json!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 1_048_576 }, { "const": "auto" }] }),
        )
    }
}

/// A cell of a test's row: text, or no value.
#[derive(Debug, Clone)]
pub(crate) struct CellText(pub(crate) String);

impl Decode for CellText {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        scalar(node, "the text of a cell", problems).map(|scalar| Self(scalar.text.clone()))
    }

    fn schema() -> Value {
        json!({ "type": ["string", "number", "boolean", "null"] })
    }
}

/// A map with any content, for a plug-in.
#[derive(Debug, Clone)]
pub(crate) struct JsonObject {
    /// The map as JSON.
    pub(crate) value: Value,
    /// The map in the file.
    pub(crate) node: Node,
}

impl Decode for JsonObject {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Some(Self { value: json_of(node), node: node.clone() }),
            _ => {
                unexpected(node, "a map (`parameter: value`)", problems);
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "object" })
    }
}

/// Applies YAML's core schema to plain scalars; quoted ones are text. Keys without a value are dropped.
fn json_of(node: &Node) -> Value {
    match &node.kind {
        Kind::Null | Kind::Broken => Value::Null,
        Kind::List(items) => items.iter().map(json_of).collect(),
        Kind::Map(entries) => {
            let present = entries.iter().filter(|entry| !matches!(entry.node.kind, Kind::Null));
            Value::Object(present.map(|entry| (entry.key.clone(), json_of(&entry.node))).collect::<Map<_, _>>())
        }
        Kind::Scalar(scalar) if scalar.plain => plain_json(&scalar.text),
        Kind::Scalar(scalar) => scalar.text.clone().into(),
    }
}

fn plain_json(text: &str) -> Value {
    match text {
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    // `06000` and `1e5000` are not numbers: the first is a code, the second is not finite.
    let code = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    if code || !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        return text.into();
    }
    if let Ok(integer) = text.parse::<i64>() {
        return integer.into();
    }
    text.parse().ok().and_then(Number::from_f64).map_or_else(|| text.into(), Value::Number)
}

/// A text encoding, by its WHATWG label where it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoding(pub(crate) &'static str);

keywords!(Encoding, "an encoding" {
    "utf-8" => Encoding("utf-8"), "UTF-8.",
    "utf-16le" => Encoding("utf-16le"), "UTF-16, little-endian.",
    "utf-16be" => Encoding("utf-16be"), "UTF-16, big-endian.",
    "windows-1252" => Encoding("windows-1252"), "Windows, Western European.",
    "iso-8859-15" => Encoding("iso-8859-15"), "ISO Latin-9, Western European.",
    "macintosh" => Encoding("macintosh"), "Classic Mac OS.",
    "cp850" => Encoding("cp850"), "MS-DOS, Western European.",
});
