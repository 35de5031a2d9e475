//! The files of the page, in the binary: nothing is fetched from elsewhere.

use std::borrow::Cow;

use matchflow_labels::{Words, review_page};
use matchflow_serve::PageAnswer;

/// The page; `{language}` and `{title}` are filled in.
const PAGE: &str = include_str!("../web/dist/index.html");
const SCRIPT: &str = include_str!("../web/dist/app.js");
const STYLE: &str = include_str!("../web/dist/app.css");
const ICON: &str = include_str!("../web/dist/icon.svg");

/// The page in a language, with the headers that it needs.
pub(crate) fn page(words: &Words, headers: Vec<(&'static str, String)>) -> PageAnswer {
    let page = PAGE.replace("{language}", words.language.code());
    let page = page
        .replace("{title}", words.text(review_page::page_text("title")))
        .replace("{loading}", words.text(review_page::page_text("loading")));
    let content_type = ("content-type", "text/html; charset=utf-8".to_owned());
    PageAnswer { headers: headers.into_iter().chain([content_type]).collect(), body: Cow::Owned(page.into_bytes()) }
}

pub(crate) fn script() -> PageAnswer {
    file(SCRIPT, "text/javascript; charset=utf-8")
}

pub(crate) fn style() -> PageAnswer {
    file(STYLE, "text/css; charset=utf-8")
}

pub(crate) fn icon() -> PageAnswer {
    file(ICON, "image/svg+xml")
}

fn file(text: &'static str, content_type: &str) -> PageAnswer {
    PageAnswer { headers: vec![("content-type", content_type.to_owned())], body: Cow::Borrowed(text.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use matchflow_testkit::page_program::{named, program};

    use super::*;

    #[test]
    fn every_text_that_the_page_names_exists_and_every_text_is_named() {
        let program = program(env!("CARGO_MANIFEST_DIR"));
        let known: BTreeSet<&str> = review_page::ALL.iter().map(|(name, _)| *name).collect();
        let called = named(&program, "\"", '"');
        assert!(called.len() > 40, "{called:?}");
        assert_eq!(
            called.difference(&known).collect::<Vec<_>>(),
            Vec::<&&str>::new(),
            "the page names what does not exist"
        );
        let composed = named(&program, "`", '$');
        let of_rust = ["title", "loading", "undecided", "stale", "accepted", "no_value", "facet.", "reason."];
        let is_named = |name: &&&str| {
            program.contains(&format!("\"{name}\""))
                || composed.iter().chain(&of_rust).any(|start| name.starts_with(start))
        };
        let unused: Vec<&&str> = known.iter().filter(|name| !is_named(name)).collect();
        assert!(unused.is_empty(), "texts that nothing names: {unused:?}");
    }
}
