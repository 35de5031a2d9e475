//! E-mail addresses: normalized, their shape checked.

use matchflow_characters::is_invisible;

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::domain::is_domain;

/// Maximum length of the local part, from RFC 5321.
const LOCAL_PART_MAX: usize = 64;

/// Characters allowed in a local part in addition to letters and digits, from RFC 5322 (atext).
const LOCAL_PART_MARKS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// The cleaner `email`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "email",
    help: "E-mail addresses in lower case, without `mailto:`, surrounding `<>` and invisible characters. Of several \
        addresses the first counts; text that has not the shape of an address is dropped.",
    example: ("Léa Dupont <mailto:Lea.DUPONT@Example.FR>", "lea.dupont@example.fr"),
    version: 2,
    form: CleanedForm::LowerCase,
    kind: ValueKind::Identifier,
    clean: email,
    clean_cell: None,
    is_repetitive: false,
};

/// The first e-mail address of a text: `<Contact@Dupont.FR>` becomes `contact@dupont.fr`.
///
/// The local part is lower-cased too: RFC 5321 allows it to be case-sensitive, but no major provider makes use of that.
pub fn email(value: &str) -> Option<String> {
    let visible: String = value.chars().filter(|character| !is_invisible(*character)).collect();
    let lower = visible.to_lowercase();
    let is_separator = |character: char| character.is_whitespace() || "<>()[];,\"".contains(character);
    lower.split(is_separator).find_map(address)
}

/// The address in a word, without surrounding characters.
fn address(word: &str) -> Option<String> {
    let word = word.strip_prefix("mailto:").unwrap_or(word);
    // A question mark begins the subject or body of a `mailto:` link.
    let word = word.split_once('?').filter(|(address, _)| address.contains('@')).map_or(word, |(address, _)| address);
    let word = word.trim_end_matches(['.', ':', '\'']).trim_start_matches('\'');
    let (local_part, domain) = word.rsplit_once('@')?;
    let is_mark = |character: char| character.is_ascii_alphanumeric() || LOCAL_PART_MARKS.contains(character);
    let is_local_part = !local_part.is_empty()
        && local_part.len() <= LOCAL_PART_MAX
        && local_part.chars().all(is_mark)
        && !local_part.starts_with('.')
        && !local_part.ends_with('.')
        && !local_part.contains("..");
    (is_local_part && is_domain(domain)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        crate::check(
            email,
            &[
                ("contact@dupont.fr", "contact@dupont.fr"),
                (" Contact@DUPONT.FR ", "contact@dupont.fr"),
                ("mailto:contact@dupont.fr?subject=Facture", "contact@dupont.fr"),
                ("Mailto:Contact@dupont.fr", "contact@dupont.fr"),
                ("<contact@dupont.fr>", "contact@dupont.fr"),
                ("Léa Dupont <lea@dupont.fr>", "lea@dupont.fr"),
                ("contact@\u{200b}dupont.fr\u{feff}", "contact@dupont.fr"),
                ("contact\u{a0}", ""),
                ("\u{a0}contact@dupont.fr\u{a0}", "contact@dupont.fr"),
                ("contact@dupont.fr; compta@dupont.fr", "contact@dupont.fr"),
                ("pas de mail, contact@dupont.fr.", "contact@dupont.fr"),
                ("a.b+tag@mail.dupont.co.uk", "a.b+tag@mail.dupont.co.uk"),
                ("contact@café.fr", "contact@café.fr"),
                ("o'brien@dupont.ie", "o'brien@dupont.ie"),
                ("contact@dupont", ""),
                ("contact@@dupont.fr", ""),
                ("@dupont.fr", ""),
                (".contact@dupont.fr", ""),
                ("con..tact@dupont.fr", ""),
                ("contact@-dupont.fr", ""),
                ("contact@10.0.0.1", ""),
                ("www.dupont.fr", ""),
                ("NC", ""),
                ("", ""),
            ],
        );
    }
}
