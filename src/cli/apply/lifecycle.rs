//! Waiting for an organization that is being made or deleted. The calls that begin it are operations of
//! plans; how far it came is told by reading, so that a run that was killed goes on in the next one.
#![expect(clippy::disallowed_methods, reason = "waits for the service")]

use std::time::{Duration, Instant};

use workmailctl::live::Needs;
use workmailctl::model::{OrganizationLive, Snapshot};

use super::super::failure::{Exit, Failure};
use super::super::output::Printer;
use super::super::session::Session;
use super::super::signal::{self, Signal};

/// How long an organization may take to be usable, or to be gone. Tens of seconds to a few minutes are
/// usual. Source: behaviour notes, section 13.
const DEADLINE: Duration = Duration::from_mins(30);
/// The first pause between two reads; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often it is told that it still takes.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is Active, and addresses in its test domain may be used.
    Usable,
    /// It is gone.
    Gone,
}

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// It is as it shall be.
    Reached,
    /// Not within the deadline.
    Late,
    /// Somebody asked to stop.
    Stopped(Exit),
}

/// What a snapshot shows that is under way, of what the manifest declares.
pub(super) fn under_way(live: &Snapshot, session: &Session) -> Option<End> {
    let organization = &live.organization;
    if session.deletes() {
        return (organization.state == OrganizationLive::DELETING).then_some(End::Gone);
    }
    let is_coming = !organization.is_there() && !organization.state.is_empty();
    (session.creates() && (is_coming || is_settling(organization))).then_some(End::Usable)
}

/// Waits, and tells how it goes on.
pub(super) async fn until(
    end: End,
    session: &Session,
    printer: &Printer,
) -> Result<Waited, Failure> {
    let mut stop = std::pin::pin!(signal::ended()?);
    let begun = Instant::now();
    let mut told = begun;
    let mut pause = FIRST_PAUSE;
    let needs = Needs {
        mail_domains: end == End::Usable,
        domain_details: session.test_domain().into_iter().collect(),
        ..Needs::default()
    };
    loop {
        let read = tokio::select! {
            signal = &mut stop => return Ok(Waited::Stopped(Signal::exit(signal))),
            read = session.read(&needs) => read?,
        };
        let organization = &read.organization;
        let is_reached = match end {
            End::Usable => organization.is_there() && !is_settling(organization),
            End::Gone => !organization.is_there(),
        };
        if is_reached {
            return is_good(organization, end).map(|()| Waited::Reached);
        }
        if begun.elapsed() >= DEADLINE {
            return Ok(Waited::Late);
        }
        if told.elapsed() >= HEARTBEAT || told == begun {
            told = Instant::now();
            printer.say(&line(organization, end, begun.elapsed()));
        }
        tokio::select! {
            signal = &mut stop => return Ok(Waited::Stopped(Signal::exit(signal))),
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// True if the organization is Active and its test domain is not verified yet: addresses in it are
/// refused until then. Source: behaviour notes, section 5.
fn is_settling(organization: &OrganizationLive) -> bool {
    let domains = organization.mail_domains.known().into_iter().flatten();
    let mut test = domains.filter(|(_, domain)| domain.is_test_domain);
    test.any(|(_, domain)| domain.ownership.known().is_some() && !domain.is_verified())
}

/// An organization that came to be in another state than Active is none to go on with.
fn is_good(organization: &OrganizationLive, end: End) -> Result<(), Failure> {
    if end == End::Gone || organization.state == OrganizationLive::ACTIVE {
        return Ok(());
    }
    let message = format!(
        "{} is {}, and not Active",
        organization.alias, organization.state
    );
    Err(Failure::new(Exit::Error, message)
        .help("look at it in the console; nothing more was written"))
}

fn line(organization: &OrganizationLive, end: End, elapsed: Duration) -> String {
    let alias = &organization.alias;
    let state = match organization.state.as_str() {
        "" => "not seen yet",
        OrganizationLive::ACTIVE => "its test domain is not verified yet",
        state => state,
    };
    let what = match end {
        End::Usable => "usable",
        End::Gone => "gone",
    };
    let seconds = elapsed.as_secs();
    format!("waiting for {alias} to be {what}: {state} ({seconds} s)\n")
}
