//! `--set path.to.key=value`: changes the tree before it is checked.
//!
//! A path is keys joined with dots. In a list, a step is an index from 0; in `stages` it may be a stage's label, which
//! leads directly into the stage (`stages.TOKEN.top=50`). Missing keys are created; later checks determine whether they
//! are valid. `null` removes a key. A value that starts with `[`, `{` or a quote is YAML, any other is plain text.

use super::{Entry, Kind, Node, parse::plain};
use crate::error::{Place, Problems};
use crate::label;
use crate::raw::current_search_name;
use crate::suggest::listed;

/// Applies one argument, whose text is `source`.
pub(crate) fn apply(root: &mut Node, argument: &str, source: usize, problems: &mut Problems) {
    let Some((path, value)) = argument.split_once('=') else {
        let place = Place { source, start: 0, end: argument.len() };
        problems.at(place, format!("`--set {argument}` has no `=`")).help("write `--set path.to.key=value`");
        return;
    };
    let place = Place { source, start: path.len() + 1, end: argument.len() };
    let Some(kind) = value_kind(value, problems, place) else { return };
    let mut walk = Walk { source, start: 0, done: String::new(), problems };
    let mut node = root;
    for step in path.split('.') {
        let Some(next) = walk.step(node, step) else { return };
        node = next;
    }
    *node = Node { place, kind };
}

fn value_kind(value: &str, problems: &mut Problems, place: Place) -> Option<Kind> {
    if !value.starts_with(['[', '{', '"', '\'']) {
        return Some(plain(value));
    }
    let mut local = Problems::default();
    let node = super::parse(value, place.source, &mut local);
    if local.count() > 0 {
        problems.at(place, "the value is not YAML").help("quote it, or close its brackets");
        return None;
    }
    let mut node = node?;
    stand_at(&mut node, place);
    Some(node.kind)
}

/// Gives all parts of a value from outside the file the location of the whole value.
fn stand_at(node: &mut Node, place: Place) {
    node.place = place;
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| stand_at(item, place)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.place = place;
            stand_at(&mut entry.node, place);
        }),
        _ => {}
    }
}

/// The state while following a path.
struct Walk<'a> {
    source: usize,
    start: usize,
    done: String,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn step<'n>(&mut self, node: &'n mut Node, step: &str) -> Option<&'n mut Node> {
        let place = Place { source: self.source, start: self.start, end: self.start + step.len() };
        self.start += step.len() + 1;
        let in_stages = self.done == "stages";
        let parent = std::mem::take(&mut self.done);
        self.done = if parent.is_empty() { step.to_owned() } else { format!("{parent}.{step}") };
        if let Kind::Null = node.kind {
            node.kind = Kind::Map(Vec::new());
        }
        let searched = matches!(&node.kind, Kind::Map(entries) if label::is_candidates(&parent, entries));
        let step = if searched { current_search_name(step) } else { step };
        match &mut node.kind {
            Kind::Map(entries) => {
                let inside = searched && !label::is_candidates_key(step);
                let Some(search) = inside.then(|| label::search_of(entries)).flatten() else {
                    return enter(entries, step, place);
                };
                match &mut entries.get_mut(search)?.node.kind {
                    Kind::Map(entries) => enter(entries, step, place),
                    _ => None,
                }
            }
            Kind::List(items) => self.item(items, step, place, in_stages),
            Kind::Null | Kind::Scalar(_) | Kind::Broken => {
                self.problems.at(place, format!("`{parent}` is a value, it holds no `{step}`"));
                None
            }
        }
    }

    fn item<'n>(&mut self, items: &'n mut [Node], step: &str, place: Place, in_stages: bool) -> Option<&'n mut Node> {
        let count = items.len();
        if let Ok(index) = step.parse::<usize>() {
            let found = items.get_mut(index);
            if found.is_none() {
                let message = format!("there is no item {index}: the list has {count}, counted from 0");
                self.problems.at(place, message);
            }
            return found;
        }
        let labels = if in_stages { label::of_nodes(items) } else { Vec::new() };
        if let Some(index) = labels.iter().position(|label| label == step) {
            return match &mut items.get_mut(index)?.kind {
                Kind::Map(entries) => entries.first_mut().map(|entry| &mut entry.node),
                _ => None,
            };
        }
        let help = match in_stages {
            true => listed("an index from 0, or one of the labels: ", step, labels.iter().map(String::as_str)),
            false => "an index from 0".to_owned(),
        };
        self.problems.at(place, format!("`{step}` names no item of the list")).help(help);
        None
    }
}

fn enter<'n>(entries: &'n mut Vec<Entry>, step: &str, place: Place) -> Option<&'n mut Node> {
    if !entries.iter().any(|entry| entry.key == step) {
        entries.push(Entry { key: step.to_owned(), place, node: Node { place, kind: Kind::Null } });
    }
    entries.iter_mut().find(|entry| entry.key == step).map(|entry| &mut entry.node)
}
