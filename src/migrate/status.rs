//! `Status`: how far the way out is: days, mailboxes with their evidence, and what becomes of everything.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::directory::Directory;
use super::estimate::{Estimate, estimate};
use super::fates::{Fate, fates};
use super::ledger::Ledger;
use super::next::{Mailbox, mailboxes};
use crate::model::{END_OF_SERVICE, Evidence, ExportScope, Snapshot, Target};

/// How far the way out of one organization is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The version of this format, `1`.
    pub format_version: u32,
    /// The id of the organization.
    pub organization_id: String,
    /// Its alias.
    pub alias: String,
    /// The service's time.
    pub at: Timestamp,
    /// Whole days until the service ends; below 0: it has ended.
    pub days_left: i64,
    /// The file of the ledger, where there is one.
    pub ledger: Option<String>,
    /// How many mailboxes stand how.
    pub counts: BTreeMap<Standing, usize>,
    /// Every mailbox.
    pub mailboxes: Vec<MailboxStatus>,
    /// What becomes of everything.
    pub fates: Vec<Fate>,
    /// When the exports are over.
    pub estimate: Estimate,
    /// What could not be read, as sentences.
    pub unread: Vec<String>,
}

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxStatus {
    /// Whose.
    pub target: Target,
    /// The primary address.
    pub address: Option<String>,
    /// How large it is, where the service tells that.
    pub size_mb: Option<f64>,
    /// How its export stands.
    pub state: Standing,
    /// Why it failed, or is not exported.
    pub why: Option<String>,
    /// How many jobs there were.
    pub attempts: usize,
    /// When the export that counts ended.
    pub exported_at: Option<Timestamp>,
    /// Where its archive is.
    pub archive: Option<String>,
}

/// How the export of a mailbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is exported and its archive was looked at.
    Verified,
    /// It is exported.
    Exported,
    /// It is exported, and the manifest asks that its archive is looked at.
    Unverified,
    /// A job is on its way.
    Running,
    /// The last job failed.
    Failed,
    /// There was no job.
    Left,
    /// Nobody is registered there: it cannot be exported.
    NotRegistered,
    /// The manifest leaves it out: nobody exports it.
    LeftOut,
}

/// What the status is made of beside what is live.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Which mailboxes are to be exported.
    pub scope: &'a ExportScope,
    /// What the ledger tells, and its file.
    pub ledger: Option<(&'a Ledger, &'a str)>,
    /// The sizes of mailboxes in MB, by the ids of their owners.
    pub sizes: &'a BTreeMap<String, f64>,
    /// The service's time.
    pub at: Timestamp,
}

/// The status of what is live.
pub fn status(live: &Snapshot, known: &Known<'_>) -> Status {
    let directory = Directory::of(live);
    let (found, without) = mailboxes(known.scope, live);
    let ledger = known.ledger.map(|(ledger, _)| ledger);
    let mut all: Vec<MailboxStatus> = found
        .into_iter()
        .map(|mailbox| {
            let mut one = evidence(known.scope, ledger, &mailbox.entity_id, mailbox.target);
            one.address = mailbox.address;
            one.size_mb = known.sizes.get(&mailbox.entity_id).copied();
            one
        })
        .collect();
    for target in without {
        // Who never had a mailbox has none to lose.
        let had = live
            .entities
            .get(&target)
            .filter(|entity| entity.enabled_at.is_some());
        if let Some(entity) = had {
            let mut one = evidence(known.scope, ledger, &entity.id, target.clone());
            if !matches!(one.state, Standing::Verified | Standing::Exported) {
                one.state = Standing::NotRegistered;
                one.why = Some("nobody is registered there: it cannot be exported".to_owned());
            }
            all.push(one);
        }
    }
    for mailbox in left_out(known.scope, live) {
        let mut one = evidence(known.scope, ledger, &mailbox.entity_id, mailbox.target);
        if one.state == Standing::Left {
            one.state = Standing::LeftOut;
            one.why = Some("the manifest leaves it out".to_owned());
        }
        one.address = mailbox.address;
        all.push(one);
    }
    all.sort_by(|a, b| a.target.cmp(&b.target));
    let mut counts = BTreeMap::new();
    for one in &all {
        *counts.entry(one.state).or_insert(0) += 1;
    }
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let left = count(Standing::Left) + count(Standing::Failed) + count(Standing::Running);
    let begins = known
        .scope
        .not_before
        .map_or(known.at, |time| time.max(known.at));
    Status {
        format_version: 1,
        organization_id: directory.organization_id.clone(),
        alias: directory.alias.clone(),
        at: known.at,
        days_left: days_left(known.at),
        ledger: known.ledger.map(|(_, file)| file.to_owned()),
        counts,
        mailboxes: all,
        fates: fates(&directory),
        estimate: estimate(left, ledger, begins),
        unread: directory.unread,
    }
}

/// The mailboxes that the manifest leaves out.
fn left_out(scope: &ExportScope, live: &Snapshot) -> Vec<Mailbox> {
    let (everybody, _) = mailboxes(&ExportScope::default(), live);
    let is_left_out = |one: &Mailbox| {
        let entity = live.entities.get(&one.target);
        entity.is_some_and(|entity| !scope.holds(&one.target, entity))
    };
    everybody.into_iter().filter(is_left_out).collect()
}

/// Whole days until the service ends: 0 on its last day, below that it has ended.
pub fn days_left(at: Timestamp) -> i64 {
    let date = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let days = date(END_OF_SERVICE).duration_since(date(at)).as_hours() / 24;
    if at > END_OF_SERVICE {
        days.min(-1)
    } else {
        days
    }
}

fn evidence(
    scope: &ExportScope,
    ledger: Option<&Ledger>,
    id: &str,
    target: Target,
) -> MailboxStatus {
    let known = ledger.and_then(|ledger| ledger.evidence(id, scope));
    let attempts = ledger.map_or(&[][..], |ledger| ledger.of(id));
    let (state, why) = match known {
        Some(Evidence::Verified) => (Standing::Verified, None),
        Some(Evidence::Finished) if scope.verify => (Standing::Unverified, None),
        Some(Evidence::Finished) => (Standing::Exported, None),
        Some(Evidence::Running) => (Standing::Running, None),
        Some(Evidence::Failed(why)) => (Standing::Failed, Some(why)),
        None => (Standing::Left, None),
    };
    let is_exported = matches!(
        state,
        Standing::Verified | Standing::Exported | Standing::Unverified
    );
    let counts = attempts.iter().rev().find(|one| {
        let counts = scope
            .not_before
            .is_none_or(|earliest| one.began() >= earliest);
        let wanted = if state == Standing::Verified {
            Evidence::Verified
        } else {
            Evidence::Finished
        };
        counts && one.evidence() == Some(wanted)
    });
    let ended = counts
        .and_then(|one| one.ended.as_ref())
        .filter(|_| is_exported);
    let archive = ended.and_then(|ended| {
        Some(format!(
            "s3://{}/{}",
            ended.bucket.as_ref()?,
            ended.path.as_ref()?
        ))
    });
    MailboxStatus {
        target,
        address: None,
        size_mb: None,
        state,
        why,
        attempts: attempts.len(),
        exported_at: ended.and_then(|ended| ended.end_time),
        archive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_to_the_last_second() {
        let left = |text: &str| days_left(text.parse().expect("a time"));
        assert_eq!(left("2027-03-31T23:59:59Z"), 0);
        assert_eq!(left("2027-04-01T00:00:00Z"), -1);
        assert_eq!(left("2027-03-30T00:00:00Z"), 1);
        assert_eq!(left("2026-11-27T12:00:00Z"), 124);
    }
}
