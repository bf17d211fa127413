//! How fast requests go out: as the user says, else without a limit until the service throttles; then
//! at half of the measured rate, raised by 10 % every 5 s.
//!
//! Turns are reserved one behind the other, so that several requests can take theirs together and the
//! pace can change while others wait.
#![expect(clippy::disallowed_methods, reason = "it measures time and waits")]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// The lowest rate that throttling can bring about, in requests a second.
const LOWEST: f64 = 1.0;
/// How often the rate is raised.
const RAISE_EVERY: Duration = Duration::from_secs(5);
/// By which factor it is raised.
const RAISE_BY: f64 = 1.1;
/// Over how long the rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

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
    /// When the next turn is.
    next: Instant,
    /// When the rate was changed last.
    changed: Instant,
    /// When the rate was lowered last.
    lowered: Option<Instant>,
    /// When requests were sent, as far as the window reaches.
    sent: VecDeque<Instant>,
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
        let now = now();
        let state = State {
            rate: cap,
            next: now,
            changed: now,
            lowered: None,
            sent: VecDeque::new(),
        };
        Self {
            state: Mutex::new(state),
            cap,
        }
    }

    /// Waits until `count` requests may go out together. The time of all of them passes before.
    pub(super) async fn permits(&self, count: usize) -> Permits {
        let now = now();
        let wait = self.reserve(count, now).saturating_duration_since(now);
        if !wait.is_zero() {
            sleep(wait).await;
        }
        Permits(count)
    }

    /// Notes that a request goes out, a retry as well as another.
    pub(super) fn sent(&self, now: Instant) {
        let mut state = self.state();
        state.sent.push_back(now);
        state.forget(now);
    }

    /// The service asked for less, by its reply to a request of the time `sent`. What was sent before
    /// the rate was lowered is part of the same event and does not lower it again.
    pub(super) fn throttled(&self, sent: Instant, now: Instant) {
        let mut state = self.state();
        if state.lowered.is_some_and(|lowered| sent <= lowered) {
            return;
        }
        state.forget(now);
        let measured = f64::from(u32::try_from(state.sent.len()).unwrap_or(u32::MAX));
        let rate = state.rate.map_or(measured, |rate| rate.min(measured));
        let lowered = (rate / 2.0).max(LOWEST);
        let lowered = self.cap.map_or(lowered, |cap| lowered.min(cap));
        state.rate = Some(lowered);
        state.next = state.next.max(now + step(lowered));
        state.changed = now;
        state.lowered = Some(now);
        tracing::info!(
            requests_a_second = lowered,
            "the service throttles: the pace is lowered"
        );
    }

    /// Takes the turns of `count` requests that go out together, not before `now`.
    pub(super) fn reserve(&self, count: usize, now: Instant) -> Instant {
        let mut state = self.state();
        state.raise(self.cap, now);
        let Some(rate) = state.rate else {
            return now;
        };
        let more = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        let turn = state.next.max(now) + step(rate) * more;
        state.next = turn + step(rate);
        turn
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn raise(&mut self, cap: Option<f64>, now: Instant) {
        let (Some(mut rate), Some(_)) = (self.rate, self.lowered) else {
            return;
        };
        let before = rate;
        while now.saturating_duration_since(self.changed) >= RAISE_EVERY {
            self.changed += RAISE_EVERY;
            rate *= RAISE_BY;
        }
        let rate = cap.map_or(rate, |cap| rate.min(cap));
        if rate > before {
            tracing::debug!(requests_a_second = rate, "the pace is raised");
        }
        self.rate = Some(rate);
    }

    fn forget(&mut self, now: Instant) {
        let old = |sent: &Instant| now.saturating_duration_since(*sent) > WINDOW;
        while self.sent.front().is_some_and(old) {
            self.sent.pop_front();
        }
    }
}

/// The time, for what is sent and waited for.
pub(super) fn now() -> Instant {
    Instant::now()
}

fn step(rate: f64) -> Duration {
    Duration::from_secs_f64(1.0 / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(pace: &Pace) -> f64 {
        pace.state().rate.expect("a rate")
    }

    #[test]
    fn requests_that_go_out_together_wait_for_the_time_of_all() {
        let pace = Pace::new(Some(2.0));
        let now = now() + Duration::from_secs(1);
        let half_seconds = |count| now + Duration::from_millis(500) * count;
        assert_eq!(pace.reserve(1, now), now);
        assert_eq!(pace.reserve(2, now), half_seconds(2));
        assert_eq!(pace.reserve(1, now), half_seconds(3));
    }

    #[test]
    fn without_a_cap_nothing_waits_before_the_first_throttling() {
        let pace = Pace::new(None);
        let now = now();
        assert!((0..1000).all(|_| pace.reserve(1, now) == now));
    }

    #[test]
    fn throttling_halves_the_measured_rate_once_and_time_raises_it() {
        let pace = Pace::new(None);
        let now = now();
        for _ in 0..40 {
            pace.sent(now);
        }
        pace.throttled(now, now);
        pace.throttled(now, now + Duration::from_millis(900));
        assert!((rate(&pace) - 20.0).abs() < 1e-9);
        pace.reserve(1, now + Duration::from_secs(10));
        assert!((rate(&pace) - 24.2).abs() < 1e-9);
    }

    #[test]
    fn the_pace_stays_between_its_lowest_and_its_cap() {
        let pace = Pace::new(Some(3.0));
        let start = now();
        for second in 0..20 {
            let at = start + Duration::from_secs(second);
            pace.sent(at);
            pace.throttled(at, at);
        }
        assert!((rate(&pace) - LOWEST).abs() < 1e-9);
        pace.reserve(1, start + Duration::from_hours(1));
        assert!((rate(&pace) - 3.0).abs() < 1e-9);
    }
}
