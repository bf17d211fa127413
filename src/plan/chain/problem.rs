//! What the search is asked: the places, what they can hold, and the writes that have to be made.

use std::collections::{BTreeSet, HashSet};

use super::bits::Bits;

/// What a setting does to the classes while it stands.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Content {
    /// The classes that it allows.
    pub(super) allows: Bits,
    /// The classes that it denies, whatever allows them.
    pub(super) denies: Bits,
    /// The classes that it does not keep out.
    pub(super) passes: Bits,
    /// The places that must not be empty while it stands, as it names what is in them.
    pub(super) names: Vec<usize>,
}

impl Content {
    /// It names what is in these places.
    pub(in crate::plan) fn naming(&mut self, slots: impl Iterator<Item = usize>) {
        self.names.extend(slots);
    }
}

/// Tells what settings do to classes.
pub(in crate::plan) struct Classes {
    size: usize,
}

impl Classes {
    pub(super) fn new(size: usize) -> Self {
        Self { size }
    }

    /// A rule of this effect on the classes that it fits.
    pub(super) fn rule(&self, allows: bool, fits: impl Iterator<Item = bool>) -> Content {
        let (fits, none) = (Bits::of(fits), Bits::none(self.size));
        let (allows, denies) = if allows { (fits, none) } else { (none, fits) };
        Content {
            allows,
            denies,
            passes: Bits::all(self.size),
            names: Vec::new(),
        }
    }

    /// What lets pass only some classes, and allows none by itself.
    pub(super) fn gate(&self, passes: impl Iterator<Item = bool>) -> Content {
        Content {
            allows: Bits::none(self.size),
            denies: Bits::none(self.size),
            passes: Bits::of(passes),
            names: Vec::new(),
        }
    }

    /// What does nothing.
    pub(super) fn nothing(&self) -> Content {
        self.rule(true, (0..self.size).map(|_| false))
    }
}

/// Places that share a limit.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Group {
    /// How many more places may be filled at the start.
    pub(in crate::plan) free: usize,
    /// True if interim rules may be made in it.
    pub(in crate::plan) interim: bool,
    /// True if a place can be written with other content, and keeps its name.
    pub(in crate::plan) rewritable: bool,
}

/// One setting, there or not.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Slot {
    /// Index of its group.
    pub(in crate::plan) group: usize,
    /// What it holds at the start; none: it is not there.
    pub(in crate::plan) holds: Option<usize>,
    /// What its absence does.
    pub(in crate::plan) absent: Content,
    /// What it can hold for a while, whatever others of its group hold, if it is written anyway.
    pub(in crate::plan) closed: Option<usize>,
}

/// A write that has to be made.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Write {
    /// Index of the place.
    pub(in crate::plan) slot: usize,
    /// The content that it holds after; none: it is gone.
    pub(in crate::plan) to: Option<usize>,
    /// Indices of the writes that must come before.
    pub(in crate::plan) waits_for: Vec<usize>,
}

/// The whole.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Problem {
    /// Every content that a place can hold.
    pub(in crate::plan) contents: Vec<Content>,
    /// What no write changes.
    pub(in crate::plan) fixed: Vec<Content>,
    pub(in crate::plan) groups: Vec<Group>,
    pub(in crate::plan) slots: Vec<Slot>,
    /// In the order that is preferred among those that are as good.
    pub(in crate::plan) writes: Vec<Write>,
}

/// One step on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum Move {
    /// A write of the problem, by its index.
    Write(usize),
    /// An interim rule of this number is made in a group, with this content.
    Interim {
        number: usize,
        group: usize,
        content: usize,
    },
    /// The interim rule of this number goes.
    Drop { number: usize },
    /// A place holds other content for a while.
    Rewrite { slot: usize, content: usize },
}

impl Problem {
    /// The same with one class for all that nothing tells apart.
    pub(super) fn compressed(&self) -> Self {
        let all = || {
            let absent = self.slots.iter().map(|slot| &slot.absent);
            self.contents.iter().chain(&self.fixed).chain(absent)
        };
        let size = all()
            .next()
            .map_or(0, |content| content.passes.words() * 64);
        let mut first: HashSet<Vec<bool>> = HashSet::new();
        let mut kept = Vec::new();
        for class in 0..size {
            let column = all().flat_map(|content| {
                [&content.allows, &content.denies, &content.passes].map(|bits| bits.has(class))
            });
            if first.insert(column.collect()) {
                kept.push(class);
            }
        }
        let only = |bits: &Bits| Bits::of(kept.iter().map(|class| bits.has(*class)));
        let content = |content: &Content| Content {
            allows: only(&content.allows),
            denies: only(&content.denies),
            passes: only(&content.passes),
            names: content.names.clone(),
        };
        Self {
            contents: self.contents.iter().map(content).collect(),
            fixed: self.fixed.iter().map(content).collect(),
            groups: self.groups.clone(),
            slots: self
                .slots
                .iter()
                .map(|slot| Slot {
                    absent: content(&slot.absent),
                    ..slot.clone()
                })
                .collect(),
            writes: self.writes.clone(),
        }
    }

    /// The positions of classes that get in at some moment and at neither end, and of those that get in at
    /// both ends and at some moment do not. The first moment is before, the last is after.
    pub(in crate::plan) fn against_both_ends(
        moments: &[Bits],
    ) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let (Some(before), Some(after)) = (moments.first(), moments.last()) else {
            return (BTreeSet::new(), BTreeSet::new());
        };
        let (mut wider, mut narrower) = (BTreeSet::new(), BTreeSet::new());
        for moment in moments {
            for class in 0..moment.words() * 64 {
                match (before.has(class), after.has(class), moment.has(class)) {
                    (false, false, true) => wider.insert(class),
                    (true, true, false) => narrower.insert(class),
                    _ => false,
                };
            }
        }
        (wider, narrower)
    }

    /// Which classes get in where these contents stand.
    pub(in crate::plan) fn let_in<'a>(standing: impl Iterator<Item = &'a Content>) -> Bits {
        let mut standing = standing.peekable();
        let size = standing.peek().map_or(0, |first| first.passes.words() * 64);
        let (mut allowed, mut denied) = (Bits::none(size), Bits::none(size));
        let mut passing = Bits::all(size);
        for content in standing {
            allowed.add(&content.allows);
            denied.add(&content.denies);
            passing.keep(&content.passes);
        }
        allowed.take(&denied);
        allowed.keep(&passing);
        allowed
    }
}
