//! What every command says once the service has ended, so that nobody takes its silence for drift.

use jiff::Timestamp;
use workmailctl::model::END_OF_SERVICE;

use super::failure::Exit;

/// The line that stands before all else; none: the service has not ended.
pub(super) fn notice(now: Timestamp) -> Option<&'static str> {
    (now > END_OF_SERVICE).then_some(
        "warning: Amazon WorkMail ended on 2027-03-31: what is not live any more is no drift\n",
    )
}

/// Why a service does not answer that has ended; none: it has not, or that is not why a run ended so.
pub(super) fn explanation(now: Timestamp, exit: Exit) -> Option<&'static str> {
    let is_silent = matches!(
        exit,
        Exit::Denied | Exit::Unreachable | Exit::Throttled | Exit::Error
    );
    (now > END_OF_SERVICE && is_silent).then_some(
        "  help: the service has ended and does not answer any more; a snapshot from before still does: `--against`, `--snapshot`\n",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: &str = "2027-04-01T00:00:00Z";

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn nothing_is_said_before_the_end() {
        for before in ["2026-11-27T00:00:00Z", "2027-03-31T23:59:59Z"] {
            assert_eq!(notice(time(before)), None);
            assert_eq!(explanation(time(before), Exit::Unreachable), None);
        }
    }

    #[test]
    fn silence_is_explained_after_it() {
        let said = notice(time(AFTER)).expect("it is said");
        assert_eq!(said.lines().count(), 1);
        for silent in [
            Exit::Denied,
            Exit::Unreachable,
            Exit::Throttled,
            Exit::Error,
        ] {
            assert!(explanation(time(AFTER), silent).is_some(), "{silent:?}");
        }
        for other in [Exit::Done, Exit::Changes, Exit::BadInput, Exit::Usage] {
            assert_eq!(explanation(time(AFTER), other), None, "{other:?}");
        }
    }
}
