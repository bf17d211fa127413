//! Whether the exports end in time: ten at once, who fails waits for a day, at the pace that the ledger tells.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::ledger::Ledger;
use super::next::{AGAIN_AFTER, AT_ONCE};
use crate::model::END_OF_SERVICE;

/// How often a mailbox is tried.
const ATTEMPTS: u32 = 3;
/// What a job is taken to last where none was measured yet: one hour, and four to be cautious.
const ASSUMED: [i64; 2] = [3600, 4 * 3600];
/// How many of a thousand jobs fail, to be cautious: one in twenty at least.
const FAILING: u32 = 50;

/// When the exports are over.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// How many mailboxes are left.
    pub left: usize,
    /// How many finished jobs the pace was measured by; 0: it is assumed.
    pub measured_by: usize,
    /// When the first of them can begin.
    pub begins: Timestamp,
    /// At the pace of the jobs that were measured.
    pub likely: Course,
    /// At the pace of the slowest tenth, with one job in twenty failing at least.
    pub cautious: Course,
    /// True if also the cautious course ends before the service does.
    pub in_time: bool,
    /// When the exports have to begin at the latest, by the cautious course.
    pub begin_by: Timestamp,
}

/// How it goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// How long one job lasts in the middle, in seconds.
    pub job_seconds: i64,
    /// How long it is until the last mailbox is exported, in seconds.
    pub seconds: i64,
    /// When each mailbox is exported, in seconds after the beginning; rising.
    pub exported: Vec<i64>,
}

/// The estimate for what is left.
pub fn estimate(left: usize, ledger: Option<&Ledger>, begins: Timestamp) -> Estimate {
    let mut lasted = Vec::new();
    let (mut finished, mut failed) = (0_u32, 0_u32);
    for attempt in ledger.into_iter().flat_map(Ledger::all) {
        let Some(ended) = &attempt.ended else {
            continue;
        };
        if ended.state != "COMPLETED" {
            failed += 1;
            continue;
        }
        finished += 1;
        if let Some(end) = ended.end_time {
            lasted.push(end.duration_since(attempt.began()).as_secs().max(1));
        }
    }
    lasted.sort_unstable();
    let share = (failed * 1000).div_ceil((finished + failed).max(1));
    let measured_by = lasted.len();
    let (likely, slow) = if lasted.is_empty() {
        (vec![ASSUMED[0]], ASSUMED[1])
    } else {
        let slow = lasted[(lasted.len() - 1) * 9 / 10];
        (lasted, slow)
    };
    let likely = course(left, &likely, share);
    let cautious = course(left, &[slow], share.max(FAILING));
    let over = |course: &Course| SignedDuration::from_secs(course.seconds);
    let ends = begins
        .saturating_add(over(&cautious))
        .unwrap_or(Timestamp::MAX);
    let begin_by = END_OF_SERVICE
        .saturating_sub(over(&cautious))
        .unwrap_or(Timestamp::MIN);
    Estimate {
        left,
        measured_by,
        begins,
        in_time: left == 0 || ends <= END_OF_SERVICE,
        likely,
        cautious,
        begin_by,
    }
}

/// Exports so many mailboxes: each job lasts as long as the next of these, and so many of a thousand
/// fail, evenly spread.
fn course(mailboxes: usize, lasts: &[i64], failing: u32) -> Course {
    let mut rooms: BinaryHeap<Reverse<i64>> = (0..AT_ONCE).map(|_| Reverse(0)).collect();
    let mut ready: BinaryHeap<Reverse<(i64, usize, u32)>> = (0..mailboxes)
        .map(|mailbox| Reverse((0, mailbox, 1)))
        .collect();
    let mut exported = Vec::with_capacity(mailboxes);
    let mut owed = 0;
    let mut jobs = 0;
    while let (Some(Reverse((from, mailbox, attempt))), Some(Reverse(free))) =
        (ready.pop(), rooms.pop())
    {
        let begins = from.max(free);
        let ends = begins + lasts[jobs % lasts.len()];
        jobs += 1;
        rooms.push(Reverse(ends));
        owed += failing;
        if owed >= 1000 && attempt < ATTEMPTS {
            owed -= 1000;
            let again = begins + AGAIN_AFTER.as_secs();
            ready.push(Reverse((again.max(ends), mailbox, attempt + 1)));
        } else {
            exported.push(ends);
        }
    }
    exported.sort_unstable();
    Course {
        job_seconds: lasts[lasts.len() / 2],
        seconds: exported.last().copied().unwrap_or_default(),
        exported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    #[test]
    fn ten_go_at_once_and_who_fails_waits_for_a_day() {
        let course = |mailboxes, failing| course(mailboxes, &[HOUR], failing);
        assert_eq!(course(0, 0).seconds, 0);
        assert_eq!(course(10, 0).seconds, HOUR);
        assert_eq!(course(11, 0).seconds, 2 * HOUR);
        assert_eq!(course(500, 0).seconds, 50 * HOUR);
        // The tenth job fails, which begins with the first ones, and is tried again a day later.
        let failing = course(10, 100);
        assert_eq!(failing.seconds, 25 * HOUR);
        assert_eq!(failing.exported.len(), 10);
        assert_eq!(failing.exported[8], HOUR);
        // Even where all fail, everybody is tried three times and no more.
        assert_eq!(course(1, 1000).seconds, 49 * HOUR);
    }

    #[test]
    fn the_last_day_to_begin_is_told() {
        let late: Timestamp = "2027-03-31T12:00:00Z".parse().expect("a time");
        let early: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
        assert!(!estimate(500, None, late).in_time);
        let estimate = estimate(500, None, early);
        assert!(estimate.in_time);
        assert_eq!(estimate.measured_by, 0);
        let over = estimate
            .begin_by
            .saturating_add(SignedDuration::from_secs(estimate.cautious.seconds));
        assert_eq!(over.ok(), Some(END_OF_SERVICE));
    }
}
