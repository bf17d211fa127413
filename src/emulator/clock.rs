//! The emulator's clock: the real time, or a virtual one that stands until somebody moves it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ClockKind {
    /// The machine's clock.
    #[default]
    Real,
    /// It stands still but for `POST /_emulator/clock`, and moves by this many seconds at every call.
    Virtual {
        /// In seconds.
        tick: f64,
    },
}

/// The last second of the year 9999, behind which clients cannot read times any more.
const LATEST: f64 = 253_402_300_799.0;

/// A clock. Times are seconds since 1970.
#[derive(Debug)]
pub(super) struct Clock {
    kind: ClockKind,
    /// The virtual time.
    time: f64,
}

impl Clock {
    /// A clock that goes on where the store says, else begins now.
    pub(super) fn new(kind: ClockKind, kept: Option<f64>) -> Self {
        Self {
            kind,
            time: kept.map_or_else(real, |time| time.clamp(0.0, LATEST)),
        }
    }

    /// The time that the next call will have.
    pub(super) fn upcoming(&self) -> f64 {
        match self.kind {
            ClockKind::Real => real(),
            ClockKind::Virtual { tick } => (self.time + tick).min(LATEST),
        }
    }

    /// The time of the next call, which comes now.
    pub(super) fn at_call(&mut self) -> f64 {
        self.time = self.upcoming();
        self.time
    }

    pub(super) fn now(&self) -> f64 {
        match self.kind {
            ClockKind::Real => real(),
            ClockKind::Virtual { .. } => self.time,
        }
    }

    /// The time of a virtual clock, which goes on there after a restart.
    pub(super) fn to_keep(&self) -> Option<f64> {
        (self.kind != ClockKind::Real).then_some(self.time)
    }

    /// Where a virtual clock goes on, as a state says that is put in the place of another one.
    pub(super) fn restore(&mut self, kept: Option<f64>) {
        self.time = kept.map_or(self.time, |time| time.clamp(0.0, LATEST));
    }

    /// Sets a virtual clock; or tells why it cannot be.
    pub(super) fn set(&mut self, time: f64) -> Result<(), &'static str> {
        if self.kind == ClockKind::Real {
            return Err("the clock is real: start the emulator with `--clock virtual`");
        }
        if !(0.0..=LATEST).contains(&time) {
            return Err("the time would not be one of the years from 1970 to 9999");
        }
        self.time = time;
        Ok(())
    }
}

/// The machine's time.
pub(super) fn real() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}
