//! The probability that a row with the address of a head office means the head office itself.

use matchflow_model::plan::HeadOffice;

use crate::level::{ScorerOutput, all_conditions_hold};

/// The probability that the head office is the intended entry, given that its company is the match and that the row
/// agrees best with the head office: all other open entries may be recorded under its address too. 1 if the row names
/// the entry itself (`unless` holds).
///
/// `1 / (1 + rate * (open_entries - 1))`, where `rate` is the model's and `open_entries` counts the company's open
/// entries in the registry. `output` gives the output of the scorer at a position.
pub fn head_office_share(model: &HeadOffice, open_entries: u32, output: impl Fn(usize) -> ScorerOutput) -> f64 {
    if !model.unless.is_empty() && all_conditions_hold(&model.unless, &output) {
        return 1.0;
    }
    let others = f64::from(open_entries.saturating_sub(1));
    1.0 / (1.0 + model.rate * others)
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::Condition;

    use super::*;

    #[test]
    fn more_entries_reduce_the_share_unless_the_row_names_the_entry() {
        let model = HeadOffice { rate: 0.5, unless: vec![Condition { scorer: 0, score_min: 1.0 }] };
        let output = |score| move |_| ScorerOutput { score, information: None };
        for (open_entries, share) in [(0, 1.0), (1, 1.0), (2, 1.0 / 1.5), (5, 1.0 / 3.0)] {
            for score in [None, Some(0.0)] {
                assert_eq!(head_office_share(&model, open_entries, output(score)), share);
            }
            assert_eq!(head_office_share(&model, open_entries, output(Some(1.0))), 1.0);
            let never = HeadOffice { unless: Vec::new(), ..model.clone() };
            assert_eq!(head_office_share(&never, open_entries, output(Some(1.0))), share);
        }
    }
}
