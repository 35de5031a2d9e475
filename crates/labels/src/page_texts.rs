//! Declares the texts of a page by the names that its program uses.

macro_rules! page_texts {
    ($($name:literal: $en:literal, $fr:literal;)+) => {
        /// Every text, by name.
        pub const ALL: &[(&str, Label)] = &[$(($name, Label { en: $en, fr: $fr })),+];

        /// The text of this name; an empty one where there is none.
        pub fn page_text(name: &str) -> Label {
            ALL.iter().find(|(known, _)| *known == name).map_or(Label { en: "", fr: "" }, |(_, label)| *label)
        }
    };
}

pub(crate) use page_texts;
