//! `Plan`: the document that is shown, stored, checked and executed.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    Action, Call, FieldPath, Gap, Held, LeftBehind, Management, NotWatched, Party, Problem, Reason,
    Risk, Target,
};

use super::access::SignInChange;
use super::base::NoLongerDeclared;

/// What an apply will do, and why. Its JSON is the format of `plan --format json` and of saved plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of this format, `1`.
    pub format_version: u32,
    /// The version of the tool that planned.
    pub tool_version: String,
    /// The organization that was read.
    pub organization: OrganizationStamp,
    /// The manifest that was planned from.
    pub manifest: ManifestStamp,
    /// The rules of management that it was guarded by.
    pub management: Management,
    /// The snapshot that was planned from.
    pub snapshot: SnapshotStamp,
    /// The differences in the user's words.
    pub changes: Vec<PlannedChange>,
    /// The operations, in an order in which they may be executed one by one.
    pub operations: Vec<Operation>,
    /// What holds on the way.
    pub invariants: Invariants,
    /// The sign-ins that access control rules let in at the end and not before, and the other way round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_ins: Vec<SignInChange>,
    /// What was not looked at.
    pub not_watched: Vec<NotWatched>,
    /// What `--base` declares and the manifest does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_longer_declared: Vec<NoLongerDeclared>,
    /// What the manifest says in vain, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What is wanted and waits for something outside.
    pub held: Vec<Held>,
    /// What refers to something that is gone or goes, and stays.
    pub left_behind: Vec<LeftBehind>,
    /// What contradicts the live organization: nothing is applied until it is mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// The guards that stand in the way.
    pub blocked: Vec<Blocked>,
    /// True if `--target` or `--exclude` left something out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Counts.
    pub summary: Summary,
    /// The time that `until` was compared with.
    #[schemars(with = "String")]
    pub evaluated_at: Timestamp,
    /// When the next `until` passes; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub valid_until: Option<Timestamp>,
    /// Makes temporary names and client tokens of this plan its own.
    pub nonce: String,
    /// The SHA-256 of the plan without times, nonce, guards and counts of reading, in hexadecimal.
    pub plan_hash: String,
}

/// Which organization was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationStamp {
    /// The id; empty where there is no organization yet.
    pub id: String,
    /// The alias.
    pub alias: String,
    /// The ARN, which tells the account.
    #[serde(default)]
    pub arn: String,
    /// The region that was asked.
    #[serde(default)]
    pub region: String,
}

/// Which manifest was planned from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManifestStamp {
    /// The SHA-256 of its files.
    pub digest: String,
    /// Its files.
    pub files: Vec<String>,
}

/// Which snapshot was planned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotStamp {
    /// When it was read.
    #[schemars(with = "String")]
    pub taken_at: Timestamp,
    /// The requests it took.
    pub calls: u64,
    /// The fewest that could have told the same.
    pub lower_bound: u64,
    /// What could not be read.
    pub unknown: Vec<Gap>,
}

/// One thing that differs, in the user's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedChange {
    /// What it is, as `KIND/NAME`.
    pub target: Target,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What happens to it as a whole.
    pub action: Action,
    /// Field by field.
    pub fields: Vec<FieldChange>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The place in the manifest, as `path:line`, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Consequences that a reviewer has to see.
    pub risks: Vec<Risk>,
    /// Whether it can be undone.
    pub reversible: Reversible,
    /// False: reported and counted as drift, but not written.
    pub writable: bool,
}

/// One difference of a thing. `null` stands for absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The field's name in the manifest; for one element of a set `aliases[+]` or `aliases[-]`.
    pub path: String,
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
    /// When the `until` passed that is the reason; none: something else is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub due: Option<Timestamp>,
}

/// Whether something can be undone.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Reversible {
    /// At any time.
    Free,
    /// Until this time, then it is lost.
    Until(#[schemars(with = "String")] Timestamp),
    /// Not at all.
    No,
}

/// One call of a plan with all that its execution needs to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its number, from 1, unique in the plan.
    pub id: usize,
    /// The request: `operation` and `input`.
    #[serde(flatten)]
    pub call: Call,
    /// The thing that it writes. Writes of one thing never run at the same time.
    pub target: Target,
    /// The member, delegate or grantee that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// What it changes, as the snapshot had it.
    pub expects: Vec<Expectation>,
    /// Its component: operations of one component run one after another, in the order of the plan.
    pub component: usize,
    /// Operations that must have succeeded before.
    pub depends_on: Vec<usize>,
    /// The names of the rules of order by which it waits for them, sorted; `docs/safety.md` has them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The index of its change in `changes`; none for what no single change asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<usize>,
    /// Who must be seen registered right before, because an address is on its way to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirms: Vec<Target>,
    /// True: it follows the operation before it at once, and nothing may stop between the two.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub glued: bool,
    /// What gives back what was released, if this operation fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub give_back: Vec<Call>,
    /// True: that there is nothing to take away is success.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing_is_done: bool,
    /// Whether it can be undone.
    pub reversible: Reversible,
    /// What a rule, role, policy or configuration becomes by it, in the manifest's words; none where it
    /// goes, and for users, groups and resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Map<String, Value>>,
}

/// What an operation expects to find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Expectation {
    /// Of which thing.
    pub target: Target,
    /// Which part: `state`, `email`, `aliases`, a plain field, `members`, `delegates`, `permissions`.
    pub part: String,
    /// Its value; `null` for absent.
    pub value: Value,
}

/// What holds on the way from one end to the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invariants {
    /// Addresses that exist before and after, and are unassigned in between.
    pub address_gaps: Vec<AddressGap>,
    /// Temporary addresses that are used on the way.
    pub temporary_addresses: usize,
    /// What the plan was run for before it was shown.
    #[serde(default)]
    pub shown: Shown,
}

/// What was shown by running the plan on a model of the organization: that every call can be made, and that
/// nobody holds on the way what neither end gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// In how many orders of the calls, of those that an apply may take.
    pub orders: usize,
    /// How many rights both ends give and somebody is without for a moment, in the worst of these orders.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rights_missing: usize,
    /// What was too much to be looked at, as sentence fragments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_shown: Vec<String>,
}

/// An address that is unassigned for a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressGap {
    /// The address.
    pub address: String,
    /// How many calls are between its release and its claim, the claim counted.
    pub calls: usize,
}

/// A guard that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocked {
    /// The guard's name.
    pub guard: String,
    /// What it blocks for; none: the whole plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Why, as a sentence fragment.
    pub reason: String,
    /// The flag that lifts it; none: it is never lifted by a flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<String>,
}

/// Counts for the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Things to add.
    pub add: usize,
    /// Things to change.
    pub change: usize,
    /// Things to remove.
    pub remove: usize,
    /// Differences that are reported and not written.
    pub not_written: usize,
    /// Differences of which nothing is made before the manifest is mended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused: usize,
    /// Calls.
    pub calls: usize,
}

/// How long what is due is no drift: whatever applies on a schedule comes round within a day.
const DUE_IS_NO_DRIFT: SignedDuration = SignedDuration::from_hours(24);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl PlannedChange {
    /// True if nothing differs but what became due less than a day before `now`.
    pub fn is_newly_due(&self, now: Timestamp) -> bool {
        let is_new = |due: Timestamp| now.duration_since(due) < DUE_IS_NO_DRIFT;
        !self.fields.is_empty()
            && self
                .fields
                .iter()
                .all(|field| field.due.is_some_and(is_new))
    }
}

impl Plan {
    /// True if something differs, other than what became due less than a day ago.
    pub fn is_drift(&self) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|change| !change.is_newly_due(self.evaluated_at))
    }

    /// Whom it registers.
    pub fn registered(&self) -> impl Iterator<Item = Target> {
        let operations = self.operations.iter();
        let registering =
            operations.filter(|operation| operation.call.operation == "RegisterToWorkMail");
        registering.map(|operation| operation.target.clone())
    }

    /// True if it makes the organization, and nothing else before that is there.
    pub fn creates_organization(&self) -> bool {
        self.calls(crate::kinds::organization::CREATE)
    }

    /// True if it deletes the organization.
    pub fn deletes_organization(&self) -> bool {
        self.calls(crate::kinds::organization::DELETE)
    }

    fn calls(&self, name: &str) -> bool {
        let mut operations = self.operations.iter();
        operations.any(|operation| operation.call.operation == name)
    }

    /// True if there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operation of this number.
    pub fn operation(&self, id: usize) -> Option<&Operation> {
        id.checked_sub(1)
            .and_then(|index| self.operations.get(index))
    }
}

impl FieldChange {
    /// The difference of a whole field.
    pub fn new(path: &FieldPath, before: Value, after: Value) -> Self {
        Self {
            path: path.to_string(),
            before,
            after,
            due: None,
        }
    }
}
