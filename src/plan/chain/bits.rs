//! `Bits`: a set of classes.

/// A set of small numbers below a size that all sets of one problem share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::plan) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    pub(super) fn all(size: usize) -> Self {
        Self::of((0..size).map(|_| true))
    }

    /// The positions that are true.
    pub(super) fn of(members: impl Iterator<Item = bool>) -> Self {
        let mut words = Vec::new();
        for (position, is_in) in members.enumerate() {
            if position % 64 == 0 {
                words.push(0);
            }
            if is_in && let Some(last) = words.last_mut() {
                *last |= 1 << (position % 64);
            }
        }
        Self(words)
    }

    pub(super) fn has(&self, position: usize) -> bool {
        self.0[position / 64] & (1 << (position % 64)) != 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(super) fn keep(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    pub(super) fn take(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many words an operation goes through.
    pub(super) fn words(&self) -> usize {
        self.0.len()
    }
}
