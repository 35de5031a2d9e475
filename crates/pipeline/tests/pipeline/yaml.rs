//! Converts YAML to JSON with a reader other than the crate's own, as an editor would.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The values of anchors.
type Anchors = HashMap<usize, Value>;

/// The value of a document.
pub(crate) fn value(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let mut anchors = Anchors::new();
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(..) => {}
            first => return node(first, &mut events, &mut anchors),
        }
    }
}

fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>, anchors: &mut Anchors) -> Value {
    let anchor = event.anchor_id();
    let value = match event {
        Event::Alias(anchor) => anchors[&anchor].clone(),
        Event::Scalar(text, ScalarStyle::Plain, ..) => {
            serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
        }
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => break Value::Array(items),
                    event => items.push(node(event, events, anchors)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => break Value::Object(map),
                    Event::Scalar(key, ..) => {
                        let event = events.next().unwrap();
                        map.insert(key.into_owned(), node(event, events, anchors));
                    }
                    other => panic!("{other:?} is no key"),
                }
            }
        }
        other => panic!("{other:?}"),
    };
    if let Some(anchor) = anchor {
        anchors.insert(anchor, value.clone());
    }
    value
}
