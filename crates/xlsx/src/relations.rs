//! Relationships: which other parts a part refers to by which ids, and where they are.

use crate::error::FormatViolation;
use crate::xml::text;
use crate::xml::token::Token;
use crate::xml::walk;

/// A relationship to another part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) id: String,
    /// The last word of the type (`worksheet`), which is the same in strict and transitional workbooks.
    pub(crate) kind: String,
    /// The part's name in the archive.
    pub(crate) target: String,
}

/// Reads the relationships of the part `owner`.
pub(crate) fn read(owner: &str, part: &[u8]) -> Result<Vec<Relation>, FormatViolation> {
    let folder = owner.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut relations = Vec::new();
    walk(part, |_, token| {
        let Token::Start(tag) = token else { return Ok(()) };
        let is_external = tag.attribute(b"TargetMode")? == Some(b"External");
        if tag.name == b"Relationship" && !is_external {
            let text = |name: &[u8]| tag.attribute(name)?.map_or(Ok(String::new()), text::name);
            let kind = text(b"Type")?;
            relations.push(Relation {
                id: text(b"Id")?,
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target: resolve(folder, &text(b"Target")?),
            });
        }
        Ok(())
    })?;
    Ok(relations)
}

/// The name of the part with the relationships of `owner`.
pub(crate) fn part_of(owner: &str) -> String {
    match owner.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
        None => format!("_rels/{owner}.rels"),
    }
}

/// A target as the archive names it: absolute or relative, with dots, backslashes and `%20`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let target = target.split('#').next().unwrap_or_default();
    let base = if target.starts_with('/') { "" } else { folder };
    let mut steps = Vec::new();
    for step in base.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(unquote(step)),
        }
    }
    steps.join("/")
}

fn unquote(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| step.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_resolve() {
        for (folder, target, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "..\\other\\s.xml", "other/s.xml"),
            ("", "./xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "../../../s%20%C3%A9%.xml#a", "s é%.xml"),
        ] {
            assert_eq!(resolve(folder, target), expected);
        }
        assert_eq!(part_of("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
        assert_eq!(part_of(""), "_rels/.rels");
    }

    #[test]
    fn relations_parse() {
        let part = br#"<p:Relationships xmlns:p="u">
            <p:Relationship Id="a&amp;b" Type="http://x/worksheet" Target="s.xml"/>
            <p:Relationship Id="c" Type="http://x/hyperlink" Target="http://y" TargetMode="External"/>
            </p:Relationships>"#;
        let relation = Relation { id: "a&b".into(), kind: "worksheet".into(), target: "xl/s.xml".into() };
        assert_eq!(read("xl/workbook.xml", part).unwrap(), [relation]);
    }
}
