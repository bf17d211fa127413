//! How fast requests go out: as the user says, else without a limit until the service throttles; then
//! at half of the measured rate, raised by 10 % every 5 s.
#![expect(clippy::disallowed_methods, reason = "it measures time and waits")]

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// The lowest rate that throttling can bring about, in requests a second.
const LOWEST: f64 = 0.5;
/// How long after one lowering another throttled reply is taken for the same event.
const ONE_EVENT: Duration = Duration::from_millis(500);
/// How often the rate is raised.
const RAISE_EVERY: Duration = Duration::from_secs(5);
/// Over how long the rate is measured.
const WINDOW: Duration = Duration::from_secs(2);

/// The pace of one connection.
#[derive(Debug)]
pub(super) struct Pace {
    state: Mutex<State>,
    cap: Option<f64>,
}

#[derive(Debug)]
struct State {
    /// In requests a second; none: no limit.
    rate: Option<f64>,
    next: Instant,
    changed: Instant,
    recent: VecDeque<Instant>,
}

/// Requests that may go out now.
#[derive(Debug)]
pub struct Permits(usize);

impl Permits {
    /// Uses one of them.
    pub fn take(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0
    }
}

impl Pace {
    pub(super) fn new(cap: Option<f64>) -> Self {
        let now = Instant::now();
        let state = State {
            rate: cap,
            next: now,
            changed: now,
            recent: VecDeque::new(),
        };
        Self {
            state: Mutex::new(state),
            cap,
        }
    }

    /// Waits until `count` requests may go out together. The time of all of them passes before.
    pub(super) async fn permits(&self, count: usize) -> Permits {
        let wait = self.reserve(count, Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
        Permits(count)
    }

    /// The service asked for less.
    pub(super) fn throttled(&self) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.rate != self.cap && now.duration_since(state.changed) < ONE_EVENT {
            return;
        }
        let recent = u32::try_from(state.recent.len()).unwrap_or(u32::MAX);
        let measured = f64::from(recent) / WINDOW.as_secs_f64();
        let lowered = state.rate.unwrap_or(measured).min(measured.max(LOWEST)) / 2.0;
        state.rate = Some(lowered.max(LOWEST));
        state.changed = now;
    }

    fn reserve(&self, count: usize, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state
            .recent
            .front()
            .is_some_and(|first| now.duration_since(*first) > WINDOW)
        {
            state.recent.pop_front();
        }
        state.recent.extend(std::iter::repeat_n(now, count));
        if state.rate != self.cap && now.duration_since(state.changed) >= RAISE_EVERY {
            let raised = state.rate.map(|rate| rate * 1.1);
            state.rate = match (raised, self.cap) {
                (Some(raised), Some(cap)) => Some(raised.min(cap)),
                (raised, _) => raised,
            };
            state.changed = now;
        }
        let Some(rate) = state.rate else {
            return Duration::ZERO;
        };
        let step = Duration::from_secs_f64(1.0 / rate);
        let more = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        let start = state.next.max(now) + step * more;
        state.next = start + step;
        start.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_go_out_together_wait_for_the_time_of_all() {
        let pace = Pace::new(Some(2.0));
        let now = Instant::now() + Duration::from_secs(1);
        assert_eq!(pace.reserve(1, now), Duration::ZERO);
        assert_eq!(pace.reserve(2, now), Duration::from_secs(1));
        assert_eq!(pace.reserve(1, now), Duration::from_millis(1500));
    }

    #[test]
    fn throttling_halves_the_measured_rate() {
        let pace = Pace::new(None);
        let now = Instant::now();
        for _ in 0..100 {
            assert_eq!(pace.reserve(1, now), Duration::ZERO);
        }
        pace.throttled();
        pace.throttled();
        let state = pace.state.lock().expect("not poisoned");
        assert!((state.rate.expect("a rate") - 25.0).abs() < 0.01);
    }
}
