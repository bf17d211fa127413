//! `Exit`: the exit codes and which of several wins. `Failure`: one clear sentence, and what to do
//! next.

use std::error::Error;
use std::fmt::Display;
use std::fmt::Write as _;

use workmailctl::model::UnknownCause;
use workmailctl::report::{Look, Paint};

/// How a run ends, the strongest first: of several, the first of this list is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    Bug,
    Usage,
    BadInput,
    Interrupted,
    Terminated,
    Partial,
    Denied,
    Unreachable,
    Throttled,
    Error,
    Refused,
    Stale,
    NotConverged,
    Changes,
    Done,
}

impl Exit {
    /// The number for the shell.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Usage => 64,
            Self::BadInput => 65,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Partial => 5,
            Self::Denied => 77,
            Self::Unreachable => 69,
            Self::Throttled => 75,
            Self::Error => 1,
            Self::Refused => 3,
            Self::Stale => 4,
            Self::NotConverged => 6,
            Self::Changes => 2,
            Self::Done => 0,
        }
    }

    /// The one of both that counts.
    pub(crate) fn or(self, other: Self) -> Self {
        self.min(other)
    }

    /// True if what comes after in the same run is better left alone.
    pub(crate) fn stops(self) -> bool {
        matches!(
            self,
            Self::Bug | Self::Interrupted | Self::Terminated | Self::Partial
        )
    }

    /// How a run ends that could not read something; none: it is no failure.
    pub(crate) fn of_unread(cause: UnknownCause) -> Option<Self> {
        match cause {
            UnknownCause::Denied => Some(Self::Denied),
            UnknownCause::Unreachable | UnknownCause::Refused => Some(Self::Unreachable),
            UnknownCause::Throttled => Some(Self::Throttled),
            UnknownCause::Garbled => Some(Self::Error),
            UnknownCause::Deregistered => None,
        }
    }

    /// The exit of this number, where a library told it.
    pub(crate) fn of_code(code: u8) -> Self {
        match code {
            64 => Self::Usage,
            65 => Self::BadInput,
            69 => Self::Unreachable,
            70 => Self::Bug,
            75 => Self::Throttled,
            77 => Self::Denied,
            3 => Self::Refused,
            4 => Self::Stale,
            _ => Self::Error,
        }
    }
}

/// Why a command ended without its product.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A failure that ends in this exit.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
        }
    }

    /// A command line that cannot be meant.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A bug of ours.
    pub(crate) fn bug(message: impl Display) -> Self {
        Self::new(
            Exit::Bug,
            format!("this is a bug of workmailctl: {message}"),
        )
        .help("report it, with the command and its output")
    }

    /// The same, with what to do next.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// The sentence alone.
    pub(crate) fn sentence(&self) -> &str {
        &self.message
    }

    /// What is written to stderr.
    pub(crate) fn text(&self, look: &Look) -> String {
        let mut text = format!(
            "{} {}\n",
            look.paint(Paint::Red, "error:"),
            look.safe(&self.message)
        );
        if let Some(help) = &self.help {
            let _ = writeln!(text, "  help: {}", look.safe(help));
        }
        text
    }
}

/// The sentence of an error and of all that caused it, without repeating one another.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in anyhow::Chain::new(error).skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_exit_wins() {
        assert_eq!(Exit::Changes.or(Exit::Denied).code(), 77);
        assert_eq!(Exit::Done.or(Exit::Changes).code(), 2);
        assert_eq!(Exit::Refused.or(Exit::Changes).code(), 3);
        assert_eq!(Exit::Partial.or(Exit::Throttled).code(), 5);
        assert_eq!(Exit::BadInput.or(Exit::Unreachable).code(), 65);
    }
}
