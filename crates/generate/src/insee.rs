//! Text in INSEE's style: capital letters without accents.

/// `text` in capital letters, without accents and ligatures; other characters are unchanged.
pub(crate) fn capitals(text: &str) -> String {
    let mut plain = without_accents(text);
    plain.make_ascii_uppercase();
    plain
}

/// `text` without accents and ligatures.
pub(crate) fn without_accents(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'à' | 'â' | 'ä' | 'á' => plain.push('a'),
            'ç' => plain.push('c'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'î' | 'ï' => plain.push('i'),
            'ô' | 'ö' => plain.push('o'),
            'ù' | 'û' | 'ü' => plain.push('u'),
            'ÿ' => plain.push('y'),
            'À' | 'Â' => plain.push('A'),
            'Ç' => plain.push('C'),
            'É' | 'È' | 'Ê' | 'Ë' => plain.push('E'),
            'Î' | 'Ï' => plain.push('I'),
            'Ô' => plain.push('O'),
            'Ù' | 'Û' => plain.push('U'),
            'œ' => plain.push_str("oe"),
            'Œ' => plain.push_str("OE"),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_becomes_plain_capitals() {
        let lists =
            [include_str!("../data/words.txt"), include_str!("../data/towns.csv"), include_str!("../data/trades.csv")];
        for list in lists {
            assert!(capitals(list).is_ascii(), "{:?}", capitals(list).chars().find(|letter| !letter.is_ascii()));
        }
        assert_eq!(capitals("Marcq-en-Barœul, L'Haÿ"), "MARCQ-EN-BAROEUL, L'HAY");
    }
}
