//! Parses text to a tree.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};
use matchflow_model::printable::excerpt;

use super::{Entry, Kind, NODES_MAX, Node, Scalar};
use crate::error::{Place, Problems};

/// The key whose value is merged into the map.
const MERGE_KEY: &str = "<<";
const BLANK_HELP: &str =
    "replace it by a space; editors insert such blanks with Alt+Space, and pages that are copied have them";

/// The tree of the only document in `text`. A syntax error hides all other problems.
pub(crate) fn parse(text: &str, source: usize, problems: &mut Problems) -> Option<Node> {
    let events = Parser::new_from_str(text);
    let mut builder = Builder { events, text, source, anchors: HashMap::new(), nodes: 0, problems };
    builder.document()
}

/// A problem was reported, and the tree cannot be built.
struct Stop;

struct Builder<'a, I> {
    events: I,
    text: &'a str,
    source: usize,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    problems: &'a mut Problems,
}

impl<'a, I> Builder<'a, I>
where
    I: Iterator<Item = Result<(Event<'a>, Span), granit_parser::ScanError>>,
{
    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        loop {
            let (event, span) = self.next().ok()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    let place = self.place(span);
                    self.problems.at(place, "a second document starts here").help("a pipeline is one document");
                    return None;
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                other => root = Some(self.node(other, span).ok()?),
            }
        }
        if root.is_none() {
            let place = Place { source: self.source, start: 0, end: 0 };
            self.problems
                .at(place, "the file is empty")
                .help("a pipeline has at least: name, source, reference, stages, sink");
        }
        root
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let start = byte(self.text, error.marker());
                let place = Place { source: self.source, start, end: start };
                let line = self.text.get(..start).unwrap_or_default().lines().next_back().unwrap_or_default();
                if let Some((place, blank)) = self.foreign_blank(start) {
                    // A key that contains the blank has been reported already.
                    if !self.problems.has(&blank_text(blank)) {
                        self.problems.at(place, blank_text(blank)).help(BLANK_HELP);
                    }
                    return Err(Stop);
                }
                let problem = self.problems.at(place, format!("this is not YAML: {}", error.info()));
                if line.ends_with('$') {
                    problem.help("inside `{...}` and `[...]` a variable stands in quotes: `path: \"${NAME}/file\"`");
                }
                Err(Stop)
            }
            // The parser ends every stream with an event or an error.
            None => Err(Stop),
        }
    }

    /// A blank that YAML does not treat as one, in the line of a syntax error or the last non-empty line before it.
    fn foreign_blank(&self, error: usize) -> Option<(Place, char)> {
        let after = self.text.get(error..)?.find('\n').map_or(self.text.len(), |length| error + length);
        let mut end = after;
        let lines = self.text.get(..after)?.split('\n').rev().map(|line| {
            let start = end - line.len();
            end = start.saturating_sub(1);
            (start, line)
        });
        let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let (start, line) = lines.take(2).find(|(_, line)| line.contains(is_foreign_blank))?;
        let (at, blank) = line.char_indices().find(|(_, c)| is_foreign_blank(*c))?;
        let place = Place { source: self.source, start: start + at, end: start + at + blank.len_utf8() };
        Some((place, blank))
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Stop> {
        let mut place = self.place(span);
        self.spend(1, place)?;
        let nodes_before = self.nodes;
        let (kind, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(place, tag.is_some());
                (scalar(text.into_owned(), style), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(place, tag.is_some());
                let (list, end) = self.list()?;
                place = self.place(Span::new(span.start, end.end));
                (list, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(place, tag.is_some());
                let (map, end) = self.map()?;
                place = self.place(Span::new(span.start, end.end));
                (map, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, place),
            _ => (Kind::Null, 0),
        };
        let node = Node { place, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), 1 + self.nodes - nodes_before));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<Node, Stop> {
        // The value that contains the alias is incomplete, so the alias cannot refer to it.
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            self.problems.at(place, "an alias inside the value that it names").help("write the value out");
            return Err(Stop);
        };
        self.spend(size, place)?;
        Ok(Node { place, ..node })
    }

    fn list(&mut self) -> Result<(Kind, Span), Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => return Ok((Kind::List(items), end)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<(Kind, Span), Stop> {
        // Each with whether it comes from a merge key: it is then replaced by the map's own entry with that key.
        let mut entries: Vec<(Entry, bool)> = Vec::new();
        let mut known: HashMap<String, Place> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                entries.retain(|(entry, is_merged)| !is_merged || !known.contains_key(&entry.key));
                return Ok((Kind::Map(entries.into_iter().map(|(entry, _)| entry).collect()), span));
            }
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let block = is_block(&event);
            let mut node = self.node(event, span)?;
            let Kind::Scalar(Scalar { text, .. }) = key.kind else {
                self.problems.at(key.place, "a key that is not text").help("keys are names: `key: value`");
                return Err(Stop);
            };
            if block || matches!(node.kind, Kind::Null) {
                node.place = key.place;
            }
            self.refuse_blanks(key.place, &text);
            if text == MERGE_KEY {
                let merged = self.merged(node);
                let is_new = |entry: &Entry| !entries.iter().any(|(known, _)| known.key == entry.key);
                let merged: Vec<Entry> = merged.into_iter().filter(is_new).collect();
                entries.extend(merged.into_iter().map(|entry| (entry, true)));
                continue;
            }
            if let Some(first) = known.insert(text.clone(), key.place) {
                self.problems
                    .at(key.place, format!("the key `{}` is there twice", excerpt(&text)))
                    .see(first, "first here");
                continue;
            }
            entries.push((Entry { key: text, place: key.place, node }, false));
        }
    }

    /// The entries of the maps that a merge key names: one map or a list; among equal keys, the first counts.
    fn merged(&mut self, node: Node) -> Vec<Entry> {
        let maps = match node.kind {
            Kind::List(maps) => maps,
            _ => vec![node],
        };
        let mut merged: Vec<Entry> = Vec::new();
        for map in maps {
            match map.kind {
                Kind::Map(entries) => {
                    for entry in entries {
                        if !merged.iter().any(|known| known.key == entry.key) {
                            merged.push(entry);
                        }
                    }
                }
                Kind::Broken => {}
                _ => {
                    let problem = self.problems.at(map.place, format!("`{MERGE_KEY}` must be followed by a map"));
                    problem.help("`<<: *anchor`, or a list of anchors of maps");
                }
            }
        }
        merged
    }

    /// Reports a key that contains blanks which YAML does not treat as such.
    fn refuse_blanks(&mut self, place: Place, key: &str) {
        let is_padded = key.starts_with(is_foreign_blank) || key.ends_with(is_foreign_blank);
        if let Some(blank) = key.chars().find(|c| is_foreign_blank(*c))
            && (is_padded || key.contains(&format!(":{blank}")))
        {
            self.problems.at(place, blank_text(blank)).help(BLANK_HELP);
        }
    }

    fn refuse_tag(&mut self, place: Place, tagged: bool) {
        if tagged {
            self.problems.at(place, "a tag (`!...`) has no meaning in a pipeline").help("take it away");
        }
    }

    fn spend(&mut self, nodes: usize, place: Place) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            self.problems
                .at(place, format!("the file has more than {NODES_MAX} values, aliases counted where they are used"));
            return Err(Stop);
        }
        Ok(())
    }

    fn place(&self, span: Span) -> Place {
        let start = byte(self.text, &span.start);
        let end = byte(self.text, &span.end).max(start);
        // A block ends where the next node begins: only its first line is shown.
        let line = self.text.get(start..end).and_then(|text| text.find('\n')).map_or(end, |length| start + length);
        let trimmed = self.text.get(start..line).map_or(line, |text| start + text.trim_end().len());
        Place { source: self.source, start, end: trimmed }
    }
}

/// Blanks and invisible characters that are ordinary characters in YAML.
fn is_foreign_blank(character: char) -> bool {
    let is_invisible = matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    is_invisible || (!character.is_ascii() && character.is_whitespace())
}

fn blank_text(blank: char) -> String {
    let name = match blank {
        '\u{a0}' => " (a no-break space)",
        '\u{202f}' => " (a narrow no-break space)",
        '\u{200b}' => " (a zero-width space)",
        '\u{feff}' => " (a byte-order mark)",
        _ => "",
    };
    format!("U+{:04X}{name} is not a space in YAML", u32::from(blank))
}

fn is_block(event: &Event<'_>) -> bool {
    matches!(event, Event::SequenceStart(StructureStyle::Block, ..) | Event::MappingStart(StructureStyle::Block, ..))
}

/// The byte offset of a marker, clamped to the text and a character boundary.
fn byte(text: &str, marker: &granit_parser::Marker) -> usize {
    let counted = || text.char_indices().nth(marker.index()).map_or(text.len(), |(at, _)| at);
    let mut at = marker.byte_offset().unwrap_or_else(counted).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn scalar(text: String, style: ScalarStyle) -> Kind {
    let plain = style == ScalarStyle::Plain;
    if plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Kind::Null;
    }
    Kind::Scalar(Scalar { text, plain, written: None })
}

/// Parses a scalar from outside the file as a plain one.
pub(super) fn plain(text: &str) -> Kind {
    scalar(text.to_owned(), ScalarStyle::Plain)
}
