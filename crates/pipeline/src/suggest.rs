//! "Did you mean": lists the allowed words, closest first.

use matchflow_model::printable::excerpt;

/// Maximum number of words listed.
const LISTED_MAX: usize = 40;

/// `intro` and the allowed words in backticks, beginning with the likely meaning of `word`.
pub(crate) fn listed<'a>(intro: &str, word: &str, allowed: impl Iterator<Item = &'a str>) -> String {
    let allowed: Vec<&str> = allowed.collect();
    let question =
        closest(word, &allowed).map_or_else(String::new, |closest| format!("did you mean `{}`? ", excerpt(closest)));
    let names: Vec<String> = allowed.iter().take(LISTED_MAX).map(|name| format!("`{}`", excerpt(name))).collect();
    let more = match allowed.len().saturating_sub(LISTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names = if names.is_empty() { "(there is none)".to_owned() } else { names.join(", ") };
    format!("{question}{intro}{names}{more}")
}

/// Minimum length of a part of a word that identifies it.
const PIECE_LENGTH_MIN: usize = 4;

/// The allowed word that `word` probably means: at most a third of its letters differ, ignoring case, or it is the
/// first part of one.
pub(crate) fn closest<'a>(word: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let far = word.chars().count() / 3 + 1;
    let distance = |name: &&&str| strsim::damerau_levenshtein(&word, &name.to_lowercase());
    let near = allowed.iter().min_by_key(distance).filter(|name| distance(name) <= far);
    let long = word.chars().count() >= PIECE_LENGTH_MIN;
    let prefixed = || allowed.iter().filter(|_| long).find(|name| name.to_lowercase().starts_with(&word));
    near.or_else(prefixed).copied()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn the_closest_word_is_suggested_first() {
        let allowed = ["sheet", "path", "header"];
        assert_eq!(
            listed("allowed: ", "sheat", allowed.into_iter()),
            "did you mean `sheet`? allowed: `sheet`, `path`, `header`"
        );
        assert_eq!(listed("allowed: ", "zzzzzz", allowed.into_iter()), "allowed: `sheet`, `path`, `header`");
        assert_eq!(listed("allowed: ", "x", std::iter::empty()), "allowed: (there is none)");
    }
}
