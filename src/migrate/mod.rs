//! The way out: mailboxes that are exported, and the evidence of it; everybody with every address, for
//! other services.
//!
//! `ledger` has what is kept for good, as lines; `next` what to do now, from the ledger, the jobs that
//! the service tells and its time; `prerequisites` and `object` judge what was seen of the bucket, the
//! key, the role and the archives; `policies` has what IAM and KMS need. All of that is pure; `api` asks
//! the services.
//!
//! `directory` is everybody in plain words; `targets` writes import files of it, with `table` for CSV, and
//! `check` holds the exports of another service against it. `status`
//! tells how far all of it is, with the `estimate` of how long it takes and the `fates` of everything.

#[cfg(feature = "client")]
pub mod api;
mod check;
mod directory;
mod estimate;
mod fates;
mod ledger;
mod next;
mod object;
mod policies;
mod prerequisites;
mod status;
mod table;
mod targets;
#[cfg(test)]
mod tests;
mod trust;

pub use check::{
    AddressMap, Comparison, Difference, Export, Foreign, Other, Renamed, Shape, What, compare,
    read as read_exports,
};
pub use directory::{DIRECTORY_VERSION, Directory, Domain, GrantRow, Recipient, Reference};
pub use estimate::{Course, Estimate, estimate};
pub use fates::{Becomes, Fate};
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
pub use status::{Known, MailboxStatus, Standing as ExportStanding, Status, days_left, status};
pub use table::{Table, TableError, decode};
pub use targets::{ImportFile, Service, targets};
