//! Scores as people read them.

/// Two decimals, more where they are all nines: 0.9998 is not 1. Never rounded up to 1.
pub(crate) fn score(score: f64) -> String {
    match score {
        0.995..1.0 => format!("{:.4}", (score * 1e4).floor() / 1e4),
        _ => format!("{score:.2}"),
    }
}
