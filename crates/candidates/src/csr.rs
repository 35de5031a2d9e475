//! Many short lists of 32-bit numbers in two flat arrays, and a hash table built from them.
//!
//! Four bytes per item and per list; at most `u32::MAX` items. Items keep the order in which they were visited.

use crate::codec::codec;
use crate::error::Error;

/// Lists numbered from 0, as a prefix sum over one array (compressed sparse rows).
#[derive(Debug, Default)]
pub(crate) struct CsrLists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

codec!(CsrLists { starts, items });

impl CsrLists {
    /// Builds `count` lists from the `(list, item)` pairs that `visit` passes on. It is called twice and must pass the
    /// same pairs: counting first takes less memory than buffering the pairs.
    pub(crate) fn build(count: usize, visit: impl Fn(&mut dyn FnMut(usize, u32))) -> Result<CsrLists, Error> {
        let mut starts = vec![0u32; count + 1];
        let mut total = 0u64;
        visit(&mut |list, _| {
            if let Some(size) = starts.get_mut(list + 1) {
                *size = size.wrapping_add(1);
                total += 1;
            }
        });
        let length =
            u32::try_from(total).map_err(|_| Error::TooLarge { what: "postings", limit: u64::from(u32::MAX) })?;
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut items = vec![0u32; length as usize];
        visit(&mut |list, item| {
            if let Some(at) = next.get_mut(list)
                && let Some(slot) = items.get_mut(*at as usize)
            {
                *slot = item;
                *at += 1;
            }
        });
        Ok(CsrLists { starts, items })
    }

    /// The items of a list; none for a list that does not exist.
    #[inline]
    pub(crate) fn get(&self, list: usize) -> &[u32] {
        match (self.starts.get(list), self.starts.get(list + 1)) {
            (Some(start), Some(end)) => self.items.get(*start as usize..*end as usize).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// The items of consecutive lists.
    pub(crate) fn get_range(&self, lists: std::ops::Range<usize>) -> &[u32] {
        match (self.starts.get(lists.start), self.starts.get(lists.end)) {
            (Some(start), Some(end)) => self.items.get(*start as usize..*end as usize).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// The number of lists.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Passes each list's items to `change`, for sorting or renumbering them in place.
    pub(crate) fn for_each_mut(&mut self, mut change: impl FnMut(&mut [u32])) {
        for (start, end) in self.starts.iter().zip(self.starts.iter().skip(1)) {
            if let Some(items) = self.items.get_mut(*start as usize..*end as usize) {
                change(items);
            }
        }
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        (self.starts.capacity() + self.items.capacity()) * size_of::<u32>()
    }
}

/// Maps a 64-bit hash to the numbers stored under it, at about six bytes per number.
///
/// No keys are stored: a bucket may contain numbers with other hashes, and the caller compares the values themselves,
/// which it would have to do anyway.
#[derive(Debug, Default)]
pub(crate) struct HashIndex {
    buckets: CsrLists,
    shift: u32,
}

codec!(HashIndex { buckets, shift });

impl HashIndex {
    /// Builds the index from `(hash, number)` pairs, of which there are about `length`. `visit` is called twice.
    pub(crate) fn build(length: usize, visit: impl Fn(&mut dyn FnMut(u64, u32))) -> Result<HashIndex, Error> {
        let buckets = (length / 2).max(2).next_power_of_two();
        let shift = u64::BITS - buckets.trailing_zeros();
        let buckets = CsrLists::build(buckets, |put| visit(&mut |hash, number| put((hash >> shift) as usize, number)))?;
        Ok(HashIndex { buckets, shift })
    }

    /// The numbers that may have this hash, in the order of insertion.
    #[inline]
    pub(crate) fn get(&self, hash: u64) -> &[u32] {
        if self.buckets.len() == 0 { &[] } else { self.buckets.get((hash >> self.shift) as usize) }
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.buckets.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_items_in_order() {
        let pairs = [(2, 7), (0, 1), (2, 3), (2, 9), (9, 5)];
        let lists = CsrLists::build(4, |put| pairs.iter().for_each(|(list, item)| put(*list, *item))).unwrap();
        assert_eq!(lists.len(), 4);
        assert_eq!(lists.get(0), [1]);
        assert!(lists.get(1).is_empty());
        assert_eq!(lists.get(2), [7, 3, 9]);
        assert_eq!((lists.get_range(0..3), lists.get_range(1..2)), ([1, 7, 3, 9].as_slice(), [].as_slice()));
        assert!(lists.get_range(3..9).is_empty(), "of lists that there are not");
        assert!(lists.get(9).is_empty(), "a list out of range is empty, its items are left out");
    }

    #[test]
    fn a_hash_index_finds_what_was_inserted() {
        let hash = |number: u32| matchflow_model::digest::exchange(&number.to_le_bytes());
        let index = HashIndex::build(1000, |put| (0..1000).for_each(|number| put(hash(number), number))).unwrap();
        for number in 0..1000 {
            assert!(index.get(hash(number)).contains(&number));
        }
        assert!(HashIndex::default().get(1).is_empty());
    }
}
