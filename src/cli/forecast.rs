//! How long it still takes, by how fast it went a moment ago: what throttling makes slower is told as it
//! is, and not as it was planned.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Over how long the pace is measured.
const WINDOW: Duration = Duration::from_secs(20);
/// Before so much time nothing is foretold.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Before so many operations nothing is foretold.
const LEAST_COUNT: usize = 8;
/// How far apart what is remembered is, so that it is little.
const APART: Duration = Duration::from_millis(250);

/// What was done when, as far as the window reaches.
#[derive(Debug)]
pub(super) struct Forecast {
    /// When so many operations had ended, the earliest first.
    seen: VecDeque<(Instant, usize)>,
}

impl Forecast {
    /// One of work that begins now.
    pub(super) fn begin(now: Instant) -> Self {
        Self {
            seen: VecDeque::from([(now, 0)]),
        }
    }

    /// Notes that so many operations have ended.
    pub(super) fn note(&mut self, ended: usize, now: Instant) {
        let is_new = |last: &(Instant, usize)| now.saturating_duration_since(last.0) >= APART;
        if self.seen.back().is_none_or(is_new) {
            self.seen.push_back((now, ended));
        }
        // The one before the window stays: from it on the window is measured.
        while self
            .seen
            .get(1)
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) >= WINDOW)
        {
            self.seen.pop_front();
        }
    }

    /// How long it still takes until `total` have ended, of which so many have; none: nobody can tell yet.
    pub(super) fn left(&self, ended: usize, total: usize, now: Instant) -> Option<Duration> {
        let (since, before) = *self.seen.front()?;
        let time = now.saturating_duration_since(since);
        let count = ended.saturating_sub(before);
        if time < LEAST_TIME || count < LEAST_COUNT {
            return None;
        }
        let count = u32::try_from(count).ok()?;
        let left = u32::try_from(total.saturating_sub(ended)).ok()?;
        Some(time / count * left)
    }
}

/// A time that nobody should take to the second.
pub(super) fn about(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..100 => format!("about {} s left", seconds.max(1)),
        100..6000 => format!("about {} min left", (seconds + 30) / 60),
        _ => format!("about {} h left", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "needs some time to begin with")]
    fn the_time_left_follows_the_pace_of_a_moment_ago() {
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        let mut forecast = Forecast::begin(begun);
        assert_eq!(forecast.left(5, 10_000, at(9)), None);
        // A hundred a second for ten seconds.
        for second in 1..=10 {
            forecast.note(usize::try_from(second * 100).expect("small"), at(second));
        }
        let left = forecast.left(1_000, 10_000, at(10)).expect("it is told");
        assert_eq!(left.as_secs(), 90);
        // Then throttled to ten a second: soon all of it is told by that.
        for second in 11..=80 {
            let ended = 1_000 + (second - 10) * 10;
            forecast.note(usize::try_from(ended).expect("small"), at(second));
        }
        let left = forecast.left(1_700, 10_000, at(80)).expect("it is told");
        assert_eq!(left.as_secs(), 830);
        // When nothing ends, it takes longer with every second.
        let later = forecast.left(1_700, 10_000, at(110)).expect("it is told");
        assert!(later > left);
        // However long it goes on, little is remembered.
        for millis in 0..200_000_u64 {
            forecast.note(1_700, at(200) + Duration::from_millis(millis * 5));
        }
        assert!(forecast.seen.len() <= 82, "{}", forecast.seen.len());
    }

    #[test]
    fn times_are_told_roughly() {
        let told = |seconds| about(Duration::from_secs(seconds));
        assert_eq!(told(0), "about 1 s left");
        assert_eq!(told(99), "about 99 s left");
        assert_eq!(told(830), "about 14 min left");
        assert_eq!(told(9_000), "about 3 h left");
    }
}
