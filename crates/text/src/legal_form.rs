//! The legal form in a company name: `gmbh` of `Orwald Bau GmbH`.
//!
//! Names are compared without it, since people omit it and write it in many ways. Two names that have different ones are
//! often two companies all the same (`Orwald Holding GmbH`, `Orwald Holding AG`): a comparison of this says so.

use crate::cleaner_info::{ALTERNATIVE, CleanedForm, CleanerInfo, ValueKind};
use crate::company_name::visit_legal_forms;
use crate::fold::fold;
use crate::legal_forms::legal_forms;

/// The cleaner `legal_form`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "legal_form",
    help: "The legal form in a company name, one word for all its spellings. A name with several gives several, one without gives none.",
    example: ("Orwald Gesellschaft mit beschränkter Haftung", "gmbh"),
    version: 1,
    form: CleanedForm::Words,
    kind: ValueKind::Hint,
    clean: legal_form,
    clean_cell: Some(legal_forms_of_cell),
    is_repetitive: false,
};

/// The last legal form in a name, which is usually its own: the others may be of companies that it is called after.
pub fn legal_form(value: &str) -> Option<String> {
    let mut last = fold(value).and_then(|folded| legal_forms().form(&folded));
    if last.is_none() {
        visit_legal_forms(value, |form| last = Some(form));
    }
    last.map(str::to_owned)
}

/// The legal forms of all names of a cell, each once.
fn legal_forms_of_cell(cell: &str) -> Option<String> {
    let mut forms: Vec<&'static str> = Vec::new();
    let mut add = |form| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    for value in cell.split(ALTERNATIVE) {
        match fold(value).and_then(|folded| legal_forms().form(&folded)) {
            Some(form) => add(form),
            None => visit_legal_forms(value, &mut add),
        }
    }
    (!forms.is_empty()).then(|| forms.join("\u{1f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_form_are_one_word() {
        crate::check(
            legal_form,
            &[
                ("Orwald Bau GmbH", "gmbh"),
                ("Orwald Gesellschaft m.b.H.", "gmbh"),
                ("GmbH Orwald", "gmbh"),
                ("Orwald (GmbH) Bau", "gmbh"),
                ("Orwald GmbH & Co. KG", "gmbhcokg"),
                ("Orwald Holding AG", "ag"),
                ("Orwald Aktiengesellschaft", "ag"),
                ("Tarnhill Ltd", "ltd"),
                ("TARNHILL LIMITED", "ltd"),
                ("Tarnhill Private Limited Company", "ltd"),
                ("Tarnhill P.L.C.", "plc"),
                ("Tarnhill, LLC", "llc"),
                ("Bellandi S.p.A.", "spa"),
                ("Bellandi Società per Azioni", "spa"),
                ("Bellandi S.r.l.", "srl"),
                ("Zaremba Sp. z o.o.", "spzoo"),
                ("Zaremba Spółka z ograniczoną odpowiedzialnością", "spzoo"),
                ("Hradek, a.s.", "as"),
                ("Hradek spol. s r.o.", "sro"),
                ("Nordvik A/S", "as"),
                ("Nordvik ApS", "aps"),
                ("Nordvik Oy", "oy"),
                ("ООО «Светлая Заря»", "ooo"),
                ("OOO Svetlaya Zarya", "ooo"),
                ("Светлая Заря, общество с ограниченной ответственностью", "ooo"),
                ("Ρόδινη Αυγή Α.Ε.", "sa"),
                ("株式会社あおぞら商会", "kk"),
                ("あおぞら商会（株）", "kk"),
                ("㈱あおぞら商会", "kk"),
                ("深圳市蓝湖贸易有限公司", "youxian"),
                ("深圳市蓝湖科技股份有限公司", "gufen"),
                ("מאפיית השחר בע\"מ", "ltd"),
                ("SARL DUPONT", "sarl"),
                ("DUPONT société à responsabilité limitée", "sarl"),
                ("EURL DUPONT", "sarl"),
                ("DUPONT société anonyme", "sa"),
                ("SARL", "sarl"),
                ("DUPONT & Cie", ""),
                ("Dupont", ""),
                ("SPA DES ALPES", ""),
                ("", ""),
            ],
        );
        let all = legal_forms_of_cell("SCI DUPONT\u{1f}Dupont SARL\u{1f}DUPONT SCI");
        assert_eq!(all.as_deref(), Some("sci\u{1f}sarl"));
    }
}
