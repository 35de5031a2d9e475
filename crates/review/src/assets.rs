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
    use std::path::Path;

    use super::*;

    /// The text of the page's program, from its sources.
    fn program() -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "ts"));
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// What the calls of `t` begin with, up to `end`: `t("undo")`, and ``t(`order.${order}`)``, whose names are composed.
    fn named<'a>(program: &'a str, quote: &str, end: char) -> BTreeSet<&'a str> {
        let call = format!("t({quote}");
        let calls = program.match_indices(&call).filter(|(at, _)| {
            let before = program.get(..*at).and_then(|before| before.chars().next_back());
            !before.is_some_and(char::is_alphanumeric)
        });
        calls.filter_map(|(at, call)| program.get(at + call.len()..)?.split(end).next()).collect()
    }

    #[test]
    fn every_text_that_the_page_names_exists_and_every_text_is_named() {
        let program = program();
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
