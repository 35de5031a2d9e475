//! Scores as shown to people.

/// A score at the displayed precision: two decimals, four from 0.995 on. Below 1 it is never rounded up to 1.
pub fn displayed_score(score: f64) -> f64 {
    match score {
        0.995..1.0 => ((score * 1e4).round() / 1e4).min(0.9999),
        _ => (score * 1e2).round() / 1e2,
    }
}

/// The digits of a score.
pub(crate) fn score(score: f64) -> String {
    match score {
        0.995..1.0 => format!("{:.4}", displayed_score(score)),
        _ => format!("{score:.2}"),
    }
}
