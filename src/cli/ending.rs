//! What is said once the service has ended, so that nobody takes its silence for drift.

use std::sync::Once;

use jiff::Timestamp;
use workmailctl::model::END_OF_SERVICE;
use workmailctl::report::Source;

use super::failure::Failure;
use super::stderr;

/// What a session says of the end. It goes by the service's time, and by the machine's only where the service
/// does not answer at all. An emulator inside the process has not ended.
pub(super) struct Ending {
    /// True if it is the service that is asked, or an emulator that somebody else runs.
    asks_service: bool,
    quiet: bool,
    told: Once,
}

impl Default for Ending {
    /// One that never comes.
    fn default() -> Self {
        Self::of(&Source::Emulator, true)
    }
}

impl Ending {
    /// The one of a session with this source.
    pub(super) fn of(source: &Source, quiet: bool) -> Self {
        Self {
            asks_service: matches!(source, Source::Live),
            quiet,
            told: Once::new(),
        }
    }

    /// True if the service that is asked has ended.
    pub(super) fn has_come(&self, time: Timestamp) -> bool {
        self.asks_service && time > END_OF_SERVICE
    }

    /// Says that the service has ended, once.
    pub(super) fn tell(&self, time: Timestamp) {
        if self.has_come(time) && !self.quiet {
            self.told.call_once(|| {
                stderr(
                    "warning: Amazon WorkMail ended on 2027-03-31: that explains silence, refusals and an organization that is gone; what it still tells is compared as ever\n",
                );
            });
        }
    }

    /// The failure with the end as its reason.
    pub(super) fn explain(&self, time: Timestamp, failure: Failure) -> Failure {
        if !self.has_come(time) {
            return failure;
        }
        failure.help(
            "Amazon WorkMail ended on 2027-03-31 and does not answer as before: \
             `migrate targets` and `migrate check` still take a snapshot from before, by `--snapshot`",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::Exit;
    use super::*;

    #[test]
    fn the_service_ends_after_its_last_day_and_an_emulator_within_never() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let (last, after) = (time("2027-03-31T23:59:59Z"), time("2027-04-01T00:00:00Z"));
        let live = Ending::of(&Source::Live, true);
        assert!(!live.has_come(last) && live.has_come(after));
        for other in [Source::Emulator, Source::Rehearsal] {
            assert!(!Ending::of(&other, true).has_come(after));
        }
        let silence = || Failure::new(Exit::Unreachable, "no answer");
        let text = |failure: Failure| failure.text(&workmailctl::report::Look::default());
        assert!(text(live.explain(after, silence())).contains("ended on 2027-03-31"));
        assert!(!text(live.explain(last, silence())).contains("ended"));
    }
}
