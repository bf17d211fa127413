//! The way out: mailboxes that are exported, and the evidence of it.
//!
//! `ledger` has what is kept for good, as lines; `next` what to do now, from the ledger, the jobs that
//! the service tells and its time; `prerequisites` and `object` judge what was seen of the bucket, the
//! key, the role and the archives; `policies` has what IAM and KMS need. All of that is pure; `api` asks
//! the services.

#[cfg(feature = "client")]
pub mod api;
mod ledger;
mod next;
mod object;
mod policies;
mod prerequisites;
#[cfg(test)]
mod tests;
mod trust;

pub use ledger::{
    Attempt, Ended, Head, Ledger, LedgerError, Line, Refused, Started, Starting, Verified,
};
pub use next::{
    AGAIN_AFTER, AT_ONCE, Job, JobState, Mailbox, Next, Rules, Standing, Start, description,
    mailboxes, next, reconcile, token, unmet,
};
pub use object::{ExportLog, Seen, problems};
pub use policies::{Parties, Policies, policies};
pub use prerequisites::{BucketFacts, Facts, Finding, KeyFacts, RoleFacts, Told, Weight, judge};
