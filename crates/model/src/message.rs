//! Messages as data: a code with values, declared in one table with its texts in every language (`messages!`).
//!
//! ```text
//! /// A row with more cells than the header.
//! CellsMax("cells_max") { cells: u64 } => "at most {cells|cell|cells}", "{cells|cellule|cellules} au plus";
//! ```
//!
//! A line has the meaning of the message, its name in Rust, its code, its values, and its texts in English and French.
//! In the texts, `{cells}` is a value, `{cells|cell|cells}` a number with its noun in singular and plural,
//! `{cells?is|are}` only the word that agrees with it, and `<: {detail}>` a part that is omitted if a value in it is
//! empty or 0. The terminal's sentences are filled in by the same rules ([`fill`]).
//!
//! **Invariants.** The checkpoint stores codes and values as JSON, never texts. A code never changes its meaning: later
//! versions read stored messages. A text that is not such JSON, from a checkpoint from before layout 8, is read as the
//! kind with the code `text`, and shown as it is. Values that are texts come from users, plug-ins, services or
//! libraries (`detail`); they are never sentences of this program.

use std::sync::Arc;

use crate::language::{Label, Language};

/// A value in a message.
pub trait MessageValue {
    /// The value as text.
    fn words(&self, language: Language) -> String;

    /// The value as a number, if it is one.
    fn count(&self) -> Option<u64> {
        None
    }

    /// Whether the value is omitted.
    fn is_empty(&self) -> bool {
        self.count() == Some(0)
    }
}

/// A sample value for tests and documentation.
pub trait MessageExample: MessageValue {
    /// The value.
    fn example() -> Self;
}

impl<T: MessageValue + ?Sized> MessageValue for &T {
    fn words(&self, language: Language) -> String {
        (**self).words(language)
    }

    fn count(&self) -> Option<u64> {
        (**self).count()
    }

    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }
}

impl MessageValue for str {
    fn words(&self, _: Language) -> String {
        self.to_owned()
    }

    fn is_empty(&self) -> bool {
        str::is_empty(self)
    }
}

impl MessageValue for String {
    fn words(&self, _: Language) -> String {
        self.clone()
    }

    fn is_empty(&self) -> bool {
        str::is_empty(self)
    }
}

impl MessageExample for String {
    fn example() -> String {
        "X1".to_owned()
    }
}

/// Numbers that are counts.
macro_rules! counts {
    ($($type:ty),+) => {
        $(impl MessageValue for $type {
            fn words(&self, _: Language) -> String {
                self.to_string()
            }

            fn count(&self) -> Option<u64> {
                Some(*self as u64)
            }
        })+
    };
}

counts!(u32, u64, usize);

impl MessageExample for u64 {
    fn example() -> u64 {
        2
    }
}

impl<T: MessageValue> MessageValue for Box<T> {
    fn words(&self, language: Language) -> String {
        self.as_ref().words(language)
    }

    fn count(&self) -> Option<u64> {
        self.as_ref().count()
    }

    fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }
}

impl<T: MessageExample> MessageExample for Box<T> {
    fn example() -> Box<T> {
        Box::new(T::example())
    }
}

impl<T: MessageValue> MessageValue for Option<T> {
    fn words(&self, language: Language) -> String {
        self.as_ref().map(|value| value.words(language)).unwrap_or_default()
    }

    fn count(&self) -> Option<u64> {
        self.as_ref().and_then(MessageValue::count)
    }

    fn is_empty(&self) -> bool {
        self.as_ref().is_none_or(MessageValue::is_empty)
    }
}

impl<T: MessageExample> MessageExample for Option<T> {
    fn example() -> Option<T> {
        Some(T::example())
    }
}

/// A kind of message, for documentation.
#[derive(Debug, Clone, Copy)]
pub struct MessageKind {
    /// Its code.
    pub code: &'static str,
    /// The names of its values.
    pub values: &'static [&'static str],
    /// Its texts.
    pub words: Label,
}

/// Finds a value of a message by its name.
pub type ValueLookup<'a> = dyn Fn(&str) -> Option<&'a dyn MessageValue> + 'a;

/// Fills in the values of a text.
pub fn fill(words: &str, language: Language, values: &ValueLookup<'_>) -> String {
    let mut out = String::with_capacity(words.len() + 32);
    let mut rest = words;
    while let Some(start) = rest.find('<') {
        let (before, part) = rest.split_at(start);
        let part = part.get(1..).unwrap_or_default();
        let (part, after) = part.split_once('>').unwrap_or((part, ""));
        fill_part(before, language, values, &mut out);
        let length = out.len();
        if !fill_part(part, language, values, &mut out) {
            out.truncate(length);
        }
        rest = after;
    }
    fill_part(rest, language, values, &mut out);
    out
}

/// Appends a text without optional parts; returns false if a value is empty.
fn fill_part(words: &str, language: Language, values: &ValueLookup<'_>, out: &mut String) -> bool {
    let mut has_all = true;
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let name = place.split(['|', '?']).next().unwrap_or_default();
        let forms = place.get(name.len() + 1..).and_then(|forms| forms.split_once('|'));
        let has_number = !place.starts_with(&format!("{name}?"));
        match values(name) {
            Some(value) => {
                has_all &= !value.is_empty();
                if has_number {
                    out.push_str(&value.words(language));
                }
                if let Some((one, many)) = forms {
                    out.push_str(if has_number { " " } else { "" });
                    out.push_str(language.form_of(value.count().unwrap_or_default(), one, many));
                }
            }
            // Caught by the test `every_place_has_a_value`.
            None => out.push_str(name),
        }
        rest = after;
    }
    out.push_str(rest);
    has_all
}

/// Declares messages: an enum whose variants are codes with values, with the texts of each.
macro_rules! messages {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident($code:literal) $({ $($value:ident: $type:ty),+ $(,)? })? => $en:literal, $fr:literal;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "code")]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[serde(rename = $code)]
                $variant $({
                    $(
                        #[doc = concat!("The value `", stringify!($value), "` of the words.")]
                        $value: $type,
                    )+
                })?,
            )+
        }

        impl $name {
            /// Every kind.
            pub const KINDS: &[$crate::message::MessageKind] = &[
                $($crate::message::MessageKind {
                    code: $code,
                    values: &[$($(stringify!($value)),+)?],
                    words: $crate::language::Label { en: $en, fr: $fr },
                }),+
            ];

            const EXAMPLES: [fn() -> $name; Self::KINDS.len()] =
                [$(|| $name::$variant $({ $($value: $crate::message::MessageExample::example()),+ })?),+];

            /// An example of every kind, in the order of [`Self::KINDS`].
            pub fn examples() -> Vec<$name> {
                Self::EXAMPLES.iter().map(|example| example()).collect()
            }

            /// The message as text.
            pub fn words(&self, language: $crate::language::Language) -> String {
                let (words, values): ($crate::language::Label, Vec<(&str, &dyn $crate::message::MessageValue)>) =
                    match self {
                        $($name::$variant $({ $($value),+ })? => (
                            $crate::language::Label { en: $en, fr: $fr },
                            vec![$($((stringify!($value), $value as &dyn $crate::message::MessageValue)),+)?],
                        )),+
                    };
                let find = move |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
                $crate::message::fill(words.get(language), language, &find)
            }
        }

        impl $crate::message::MessageValue for $name {
            fn words(&self, language: $crate::language::Language) -> String {
                $name::words(self, language)
            }
        }

        impl $crate::message::MessageExample for $name {
            fn example() -> $name {
                // The first kind contains no message of its own type.
                let [example, ..] = $name::EXAMPLES;
                example()
            }
        }

        /// In English.
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.words($crate::language::Language::English))
            }
        }

        impl std::error::Error for $name {}
    };
}

/// A message stored in the checkpoint.
pub trait StoredMessage {
    /// The message as JSON.
    fn to_json(&self) -> String;

    /// Parses the message in a column; a text from a checkpoint from before layout 8 becomes one.
    fn from_json(text: &str) -> Self;
}

impl<T: StoredMessage> StoredMessage for Arc<T> {
    fn to_json(&self) -> String {
        self.as_ref().to_json()
    }

    fn from_json(text: &str) -> Arc<T> {
        Arc::new(T::from_json(text))
    }
}

/// Serializes stored messages as a single text, for formats that do not describe themselves: those between processes.
pub mod json_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::StoredMessage;

    /// Writes the JSON.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<T: StoredMessage, S: Serializer>(message: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&message.to_json())
    }

    /// Reads the JSON.
    ///
    /// # Errors
    ///
    /// Those of the deserializer.
    pub fn deserialize<'de, T: StoredMessage, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer).map(|text| T::from_json(&text))
    }
}

/// Makes messages storable; their first kind is `Text`.
macro_rules! stored_messages {
    ($name:ident) => {
        impl $name {
            /// The message as JSON.
            pub fn to_json(&self) -> String {
                // Only texts and integers: serializing them cannot fail.
                serde_json::to_string(self).unwrap_or_default()
            }

            /// Parses the message in a column; a text from a checkpoint from before layout 8 becomes one.
            pub fn from_json(text: &str) -> $name {
                serde_json::from_str(text).unwrap_or_else(|_| $name::Text { text: text.to_owned() })
            }
        }

        impl $crate::message::StoredMessage for $name {
            fn to_json(&self) -> String {
                $name::to_json(self)
            }

            fn from_json(text: &str) -> $name {
                $name::from_json(text)
            }
        }
    };
}

pub(crate) use {messages, stored_messages};

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
