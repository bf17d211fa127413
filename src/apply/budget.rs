//! `Budget`: how much an apply may do before it leaves the rest to the next run. `Ledger` keeps the count
//! while it executes.
//!
//! A component is sent as a whole or not begun, together with those that it waits for. So the calls that
//! are still to be sent of what has begun are kept aside, and only what is left beside them is spent on
//! more. What the service makes necessary beyond one request for each call (retries, an address that is
//! given back) is counted, and may go beyond the budget: nothing that has begun is left because of it.

use std::collections::BTreeSet;
use std::time::Instant;

use super::Stop;

/// How much an apply may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The most requests that write; none: no limit.
    pub calls: Option<u64>,
    /// When nothing begins any more; none: never.
    pub until: Option<Instant>,
}

/// What there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Whatever there is.
    Any,
    /// So many calls.
    Calls(u64),
    /// Nothing that has not begun.
    Nothing,
}

/// What was spent of a budget, and what is kept aside for what has begun.
#[derive(Debug)]
pub(crate) struct Ledger {
    budget: Budget,
    spent: u64,
    /// Numbers of operations that will be sent because their component has begun.
    kept: BTreeSet<usize>,
}

impl Ledger {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            budget,
            spent: 0,
            kept: BTreeSet::new(),
        }
    }

    /// What there is room for now.
    pub(crate) fn room(&self, now: Instant) -> Room {
        if self.is_late(now) {
            return Room::Nothing;
        }
        match self.budget.calls {
            None => Room::Any,
            Some(calls) => {
                let kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
                match calls.saturating_sub(self.spent.saturating_add(kept)) {
                    0 => Room::Nothing,
                    left => Room::Calls(left),
                }
            }
        }
    }

    /// Why nothing begins any more, or not all of what is left.
    pub(crate) fn stop(&self, now: Instant) -> Option<Stop> {
        if self.is_late(now) {
            return Some(Stop::Time);
        }
        self.budget.calls.map(|_| Stop::Calls)
    }

    /// Keeps one call aside for each of these operations.
    pub(crate) fn keep(&mut self, ids: impl IntoIterator<Item = usize>) {
        self.kept.extend(ids);
    }

    /// A request of this operation is sent.
    pub(crate) fn sent(&mut self, id: usize) {
        self.kept.remove(&id);
        self.spent += 1;
    }

    /// So many requests were sent beyond those that were told.
    pub(crate) fn retried(&mut self, count: u64) {
        self.spent += count;
    }

    /// The operation is over, sent or not.
    pub(crate) fn over(&mut self, id: usize) {
        self.kept.remove(&id);
    }

    fn is_late(&self, now: Instant) -> bool {
        self.budget.until.is_some_and(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "needs some time to compare with")]
    fn what_is_kept_aside_leaves_no_room_and_what_is_not_sent_frees_it() {
        let now = Instant::now();
        let mut ledger = Ledger::new(Budget {
            calls: Some(4),
            until: Some(now + Duration::from_secs(1)),
        });
        ledger.keep([1, 2, 3]);
        assert_eq!(ledger.room(now), Room::Calls(1));
        ledger.sent(1);
        assert_eq!(ledger.room(now), Room::Calls(1));
        ledger.sent(1);
        assert_eq!(ledger.room(now), Room::Nothing);
        ledger.over(2);
        assert_eq!(ledger.room(now), Room::Calls(1));
        ledger.retried(7);
        assert_eq!(ledger.room(now), Room::Nothing);
        assert_eq!(ledger.stop(now), Some(Stop::Calls));
        let late = now + Duration::from_secs(1);
        assert_eq!(ledger.stop(late), Some(Stop::Time));
        assert_eq!(Ledger::new(Budget::default()).room(late), Room::Any);
    }
}
