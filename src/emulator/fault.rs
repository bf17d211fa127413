//! Faults that are put in place by hand: `OPERATION:KIND[@WHEN]`.
//!
//! OPERATION is an API name or `*`. KIND is `throttle`, `500`, `503`, `deny`, `error=CODE`,
//! `reset-before`, `reset-after`, `reply-lost`, `delay=200ms`, `truncate`, `garbage`, `drop-page` or
//! `job-fails`.
//! WHEN is the number of the call of that operation from 1 on (`3`), a range (`2-5`, `2-`), or a probability
//! (`10%`); without it every call is meant. Faults before the effect leave the state as it is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::refusal::Refusal;
use super::{api, constraint};

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    text: String,
    operation: String,
    kind: FaultKind,
    when: When,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// This error instead of the effect.
    Refuse(Refusal),
    /// The connection ends before the effect.
    ResetBefore,
    /// The effect happens, and the connection ends without a reply.
    ResetAfter,
    /// The reply comes late.
    Delay(Duration),
    /// The reply ends in its middle.
    Truncate,
    /// The reply is no JSON.
    Garbage,
    /// A page is dropped: the token of the page is missing.
    DropPage,
    /// The mailbox export job that begins fails half way.
    JobFails,
}

#[derive(Clone, Debug, PartialEq)]
enum When {
    Always,
    Calls(u64, u64),
    Probability(f64),
}

/// A fault that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is no fault: {help}")]
pub struct FaultError {
    text: String,
    help: String,
}

/// The faults in place, with how often each operation was called since.
#[derive(Debug)]
pub(super) struct Faults {
    specs: Vec<FaultSpec>,
    /// By the names of the statistics, so that names that no operation has do not pile up.
    calls: BTreeMap<&'static str, u64>,
    seed: u64,
    random: StdRng,
}

impl Faults {
    pub(super) fn new(specs: Vec<FaultSpec>, seed: u64) -> Self {
        Self {
            specs,
            calls: BTreeMap::new(),
            seed,
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// Puts others in place, too. Calls are counted from now, and chance begins anew.
    pub(super) fn add(&mut self, specs: Vec<FaultSpec>) {
        self.specs.extend(specs);
        self.begin_anew();
    }

    /// Takes every fault away.
    pub(super) fn clear(&mut self) {
        self.specs.clear();
        self.begin_anew();
    }

    /// Those in place, as they were written.
    pub(super) fn texts(&self) -> Vec<String> {
        self.specs.iter().map(ToString::to_string).collect()
    }

    fn begin_anew(&mut self) {
        self.calls.clear();
        self.random = StdRng::seed_from_u64(self.seed);
    }

    /// What goes wrong with the call that comes now, in the order of the specifications.
    pub(super) fn decide(&mut self, operation: &'static str) -> Vec<FaultKind> {
        if self.specs.is_empty() {
            return Vec::new();
        }
        let number = self.calls.entry(operation).or_default();
        *number += 1;
        let number = *number;
        let mut kinds = Vec::new();
        for spec in &self.specs {
            if spec.operation != "*" && spec.operation != operation {
                continue;
            }
            let hits = match spec.when {
                When::Always => true,
                When::Calls(first, last) => (first..=last).contains(&number),
                When::Probability(part) => self.random.random::<f64>() < part,
            };
            if hits {
                kinds.push(spec.kind.clone());
            }
        }
        kinds
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for FaultSpec {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let error = |help: &str| FaultError {
            text: text.to_owned(),
            help: help.to_owned(),
        };
        let (operation, rest) = text
            .split_once(':')
            .ok_or_else(|| error("write OPERATION:KIND[@WHEN]"))?;
        let (kind, when) = rest
            .split_once('@')
            .map_or((rest, None), |(kind, when)| (kind, Some(when)));
        if operation != "*" && api::row(operation).is_none() {
            return Err(error(&format!(
                "there is no operation `{operation}`; `--list-operations` tells all"
            )));
        }
        if let Some(code) = kind.strip_prefix("error=")
            && Refusal::by_hand(code).is_none()
        {
            return Err(error(&format!(
                "the service has no error `{code}`; `--list-operations` tells those of each operation"
            )));
        }
        if kind == "drop-page" && !meant(operation).any(has_pages) {
            return Err(error(&format!("{operation} has no pages")));
        }
        if kind == "job-fails" && operation != "StartMailboxExportJob" {
            return Err(error(
                "only StartMailboxExportJob begins a job that can fail",
            ));
        }
        let kind = kind_of(kind).ok_or_else(|| {
            error(
                "its kinds are throttle, 500, 503, deny, error=CODE, reset-before, reset-after, reply-lost, delay=MILLISECONDSms, truncate, garbage, drop-page, job-fails",
            )
        })?;
        let when = when
            .map_or(Some(When::Always), when_of)
            .ok_or_else(|| error("write @3, @2-5, @2- or @10%; calls are counted from 1"))?;
        Ok(Self {
            text: text.to_owned(),
            operation: operation.to_owned(),
            kind,
            when,
        })
    }
}

/// The operations that a fault is about.
fn meant(operation: &str) -> impl Iterator<Item = &'static constraint::Operation> {
    let rows = api::TABLE.iter().map(|row| row.name);
    rows.filter(move |name| operation == "*" || *name == operation)
        .filter_map(constraint::operation)
}

fn has_pages(operation: &constraint::Operation) -> bool {
    let mut members = operation.input.iter();
    members.any(|member| member.name == "NextToken")
}

fn kind_of(text: &str) -> Option<FaultKind> {
    let refuse = |code, status, message: &str| {
        FaultKind::Refuse(Refusal::with_status(code, status, message))
    };
    Some(match text {
        "throttle" => refuse("ThrottlingException", 400, "Rate exceeded"),
        "500" => refuse(
            "InternalFailure",
            500,
            "An internal failure, put in place by hand.",
        ),
        "503" => refuse(
            "ServiceUnavailable",
            503,
            "Unavailable, put in place by hand.",
        ),
        "deny" => refuse(
            "AccessDeniedException",
            400,
            "The caller is not authorized to do this.",
        ),
        "reset-before" => FaultKind::ResetBefore,
        "reset-after" | "reply-lost" => FaultKind::ResetAfter,
        "truncate" => FaultKind::Truncate,
        "garbage" => FaultKind::Garbage,
        "drop-page" => FaultKind::DropPage,
        "job-fails" => FaultKind::JobFails,
        other => {
            if let Some(code) = other.strip_prefix("error=") {
                return Refusal::by_hand(code).map(FaultKind::Refuse);
            }
            let millis = other
                .strip_prefix("delay=")?
                .strip_suffix("ms")?
                .parse()
                .ok()?;
            FaultKind::Delay(Duration::from_millis(millis))
        }
    })
}

fn when_of(text: &str) -> Option<When> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().ok()?;
        return (0.0..=100.0)
            .contains(&percent)
            .then_some(When::Probability(percent / 100.0));
    }
    if let Some((first, last)) = text.split_once('-') {
        let last = if last.is_empty() {
            u64::MAX
        } else {
            last.parse().ok()?
        };
        let first = first.parse().ok()?;
        return (1..=last)
            .contains(&first)
            .then_some(When::Calls(first, last));
    }
    let number = text.parse().ok()?;
    (number > 0).then_some(When::Calls(number, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_the_calls_that_they_name() {
        let spec: FaultSpec = "CreateUser:throttle@2-3".parse().expect("a fault");
        let mut faults = Faults::new(vec![spec], 1);
        let hits: Vec<bool> = (0..4)
            .map(|_| !faults.decide("CreateUser").is_empty())
            .collect();
        assert_eq!(hits, [false, true, true, false]);
        assert!(faults.decide("CreateGroup").is_empty());
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in [
            "CreateUser",
            "CreateUsers:500",
            "CreateUser:burn",
            "CreateUser:500@x",
            "CreateUser:500@0",
            "CreateUser:500@0-3",
            "CreateUser:500@5-2",
            "*:error=NoSuchException",
            "CreateUser:drop-page",
            "CancelMailboxExportJob:job-fails",
        ] {
            assert!(text.parse::<FaultSpec>().is_err(), "{text}");
        }
    }

    #[test]
    fn errors_have_the_status_of_the_reference() {
        for (code, status) in [
            ("InternalFailure", 500),
            ("ServiceUnavailable", 503),
            ("OptInRequired", 403),
            ("NotAuthorized", 400),
            ("NameAvailabilityException", 400),
        ] {
            let text = format!("CreateUser:error={code}");
            let spec: FaultSpec = text.parse().expect("a fault");
            let FaultKind::Refuse(refusal) = spec.kind else {
                panic!("{text} is another fault");
            };
            assert_eq!((refusal.code, refusal.status), (code, status));
        }
        assert!("ListUsers:drop-page".parse::<FaultSpec>().is_ok());
        assert!("*:error=MessageFrozen".parse::<FaultSpec>().is_ok());
    }
}
