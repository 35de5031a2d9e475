//! The fields that exist at a point in the chain, on each side.

use matchflow_model::columns;
use matchflow_model::plan::{CleanerId, FieldPlan, FieldType, ReferencePlan, SourcePlan};

use super::Check;
use super::fields::matched_fields;
use crate::decode::Spanned;
use crate::error::{Place, Problems};
use crate::raw::Pipeline;
use crate::suggest::listed;

/// Both sides.
pub(super) struct Sides {
    pub(super) left: Side,
    pub(super) right: Side,
}

/// The fields of one side.
pub(super) struct Side {
    what: &'static str,
    pub(super) fields: Vec<KnownField>,
    /// False if a reported problem hides fields: then no field is reported as missing.
    pub(super) complete: bool,
}

/// A field.
pub(super) struct KnownField {
    pub(super) name: String,
    pub(super) data_type: FieldType,
    /// Where it was cleaned, and with which cleaner if known.
    pub(super) cleaned: Option<Place>,
    pub(super) cleaner: Option<CleanerId>,
}

impl Sides {
    /// The fields before the first stage.
    pub(super) fn new(raw: &Pipeline, source: Option<&SourcePlan>, reference: Option<&ReferencePlan>) -> Self {
        let left_sound =
            raw.source.as_ref().is_some_and(|source| source.value.fields.as_ref().is_some_and(|f| f.sound));
        let right = raw.reference.as_ref();
        let right_sound = right.is_some_and(|right| right.value.fields.as_ref().is_some_and(|f| f.sound));
        let left = Side::new("supplier", source.map(|source| &source.fields), left_sound);
        let Some(dedupe) = &raw.dedupe else {
            let right = Side::new("registry", reference.map(|reference| &reference.fields), right_sound);
            return Self { left, right };
        };
        let right = Side::new("supplier", source.map(|source| &source.fields), left_sound);
        let mut sides = Self { left, right };
        if dedupe.value.matches.is_some() {
            for side in sides.both() {
                side.fields.extend(matched_fields().map(|field| KnownField::new(&field)));
            }
        }
        sides
    }

    /// Both sides, the supplier's first.
    pub(super) fn both(&mut self) -> [&mut Side; 2] {
        [&mut self.left, &mut self.right]
    }

    /// Marks both sides as incomplete: a reported mistake hides fields.
    pub(super) fn forget(&mut self) {
        for side in self.both() {
            side.complete = false;
        }
    }

    /// Whether either side has the field, or may have it.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.left.complete || !self.right.complete || self.left.find(name).is_some() || self.right.find(name).is_some()
    }
}

impl KnownField {
    fn new(field: &FieldPlan) -> Self {
        Self { name: field.name.clone(), data_type: field.data_type, cleaned: None, cleaner: None }
    }
}

impl Side {
    fn new(what: &'static str, fields: Option<&Vec<FieldPlan>>, sound: bool) -> Self {
        let complete = sound && fields.is_some();
        Self { what, fields: fields.into_iter().flatten().map(KnownField::new).collect(), complete }
    }

    pub(super) fn find(&self, name: &str) -> Option<&KnownField> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Option<&mut KnownField> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// Reports a field that this side does not have at this point.
    pub(super) fn require(&self, name: &Spanned<String>, problems: &mut Problems) {
        if self.complete && self.find(&name.value).is_none() {
            self.report_missing(name, &[], problems);
        }
    }

    fn report_missing(&self, name: &Spanned<String>, extra: &[&str], problems: &mut Problems) {
        let names = self.fields.iter().map(|field| field.name.as_str()).chain(extra.iter().copied());
        let help = listed(&format!("{} fields: ", self.what), &name.value, names);
        problems.at(name.place, format!("there is no {} field `{}` at this point", self.what, name.value)).help(help);
    }

    /// Reports a field that this side lacks at this point, or that is not text. `extra` names are allowed too.
    pub(super) fn require_text(&self, name: &Spanned<String>, extra: &[&str], problems: &mut Problems) {
        if extra.contains(&name.value.as_str()) {
            return;
        }
        match self.find(&name.value) {
            Some(field) if field.data_type == FieldType::Text => {}
            Some(_) => {
                let message =
                    format!("the {} field `{}` is not text; only text can be compared", self.what, name.value);
                problems.at(name.place, message).help("remove its `type`, or compare another field");
            }
            None if !self.complete => {}
            None => self.report_missing(name, extra, problems),
        }
    }
}

/// Names of the entry's id and group.
const ENTRY_KEYS: [&str; 2] = [columns::ID, columns::GROUP];

impl Check<'_> {
    /// Names of an entry's values that may be compared, other than fields. A row of the supplier file has none.
    pub(super) fn entry_keys(&self) -> &'static [&'static str] {
        if self.prior.is_some() { &[] } else { &ENTRY_KEYS }
    }

    /// Those that an entry of this registry actually has: without groups, an entry is a group of its own.
    pub(super) fn entry_keys_of(&self, reference: Option<&ReferencePlan>) -> &'static [&'static str] {
        let has_groups = reference.is_none_or(|reference| reference.group.is_some());
        let keys = self.entry_keys();
        if has_groups { keys } else { keys.split_last().map_or(keys, |(_, others)| others) }
    }
}
