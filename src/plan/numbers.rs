//! Numbers by chance for tests that look at samples of small worlds.

/// Numbers that look random and are the same each time: `SplitMix64`.
pub(in crate::plan) struct Numbers(pub(in crate::plan) u64);

impl Numbers {
    pub(in crate::plan) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).expect("bounds are small");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("smaller than the bound")
    }

    pub(in crate::plan) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
