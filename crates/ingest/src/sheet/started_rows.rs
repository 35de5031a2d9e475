//! Tracks which rows of a sheet have begun: a row that begins twice is one record.

/// The rows that have begun, one bit each: 128 KiB for a full sheet.
#[derive(Debug, Default)]
pub(crate) struct StartedRows {
    words: Vec<u64>,
}

impl StartedRows {
    pub(crate) fn insert(&mut self, row: u32) {
        let (word, bit) = place(row);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    pub(crate) fn contains(&self, row: u32) -> bool {
        let (word, bit) = place(row);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(row: u32) -> (usize, u64) {
    ((row / u64::BITS) as usize, 1 << (row % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn started_rows_are_remembered() {
        let mut started_rows = StartedRows::default();
        [0, 5, 63, 64, 1_048_576].into_iter().for_each(|row| started_rows.insert(row));
        let known: Vec<u32> = (0..1_048_600).filter(|row| started_rows.contains(*row)).collect();
        assert_eq!(known, [0, 5, 63, 64, 1_048_576]);
    }
}
