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

/// Checks that both languages have the same names, and that each text is there once.
#[cfg(test)]
pub(crate) fn check(texts: &[(&str, matchflow_model::language::Label)]) {
    use std::collections::BTreeSet;

    let names = |text: &'static str| -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
    };
    let mut known = BTreeSet::new();
    for (name, label) in texts {
        assert!(known.insert(*name), "{name} is there twice");
        assert!(!label.en.is_empty() && !label.fr.is_empty(), "{name}");
        assert_eq!(names(label.en), names(label.fr), "{name}");
    }
}
