//! How sure a row that is found at a head office means the head office itself.

use matchflow_model::plan::HeadOffice;

use crate::Said;
use crate::weigher::all_hold;

/// How probable it is that the head office is the entry meant, given that its company is and that the row agrees with the
/// head office best: of `open_entries` all but one may be recorded there too. 1 where the row names the entry itself.
pub fn head_office_share(model: &HeadOffice, open_entries: u32, said: impl Fn(usize) -> Said) -> f64 {
    if !model.unless.is_empty() && all_hold(&model.unless, &said) {
        return 1.0;
    }
    let others = f64::from(open_entries.saturating_sub(1));
    1.0 / (1.0 + model.instead * others)
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::Condition;

    use super::*;

    #[test]
    fn the_more_others_the_less_sure_unless_the_row_names_the_entry() {
        let model = HeadOffice { instead: 0.5, unless: vec![Condition { scorer: 0, score_min: 1.0 }] };
        let said = |score| move |_| Said { score, information: None };
        for (open_entries, share) in [(0, 1.0), (1, 1.0), (2, 1.0 / 1.5), (5, 1.0 / 3.0)] {
            for score in [None, Some(0.0)] {
                assert_eq!(head_office_share(&model, open_entries, said(score)), share);
            }
            assert_eq!(head_office_share(&model, open_entries, said(Some(1.0))), 1.0);
            let never = HeadOffice { unless: Vec::new(), ..model.clone() };
            assert_eq!(head_office_share(&never, open_entries, said(Some(1.0))), share);
        }
    }
}
