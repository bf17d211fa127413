//! Microsoft 365: users for the admin centre, and a script for Exchange Online.
//!
//! Sources: Microsoft 365 admin help, "Add several users at the same time" (the columns); "Add multiple users
//! with bulk import" (how many rows a file may have); Exchange PowerShell reference: `New-Mailbox`,
//! `New-DistributionGroup`, `Set-Mailbox`, `Add-DistributionGroupMember`, `Add-MailboxPermission`,
//! `Add-RecipientPermission`, `Set-CalendarProcessing`. Its commands are functions of a module, which take nothing
//! from `$ErrorActionPreference` of a script: each is told what an error does.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::directory::{Directory, Recipient, Reference};
use super::super::table::write;
use super::ImportFile;
use super::quote::{line, powershell};
use super::remains::Remain;
use crate::model::{GROUP, RESOURCE, Right, USER};

/// The columns of the admin centre, in its order.
const COLUMNS: [&str; 16] = [
    "User Name",
    "First Name",
    "Last Name",
    "Display Name",
    "Job Title",
    "Department",
    "Office Number",
    "Office Phone",
    "Mobile Phone",
    "Fax",
    "Alternate email address",
    "Address",
    "City",
    "State or Province",
    "ZIP or Postal Code",
    "Country or Region",
];

/// How every script of ours begins: a step that fails is told, and the rest goes on.
const BEGIN: &str = "\
# Exchange Online, after the users of users.csv are there and have their licences:
#   Connect-ExchangeOnline
#   ./exchange.ps1
# It may run again: what is there already is told as failed, and nothing is made twice.
$script:failed = 0
function Step([string]$what, [scriptblock]$do) {
    try { & $do | Out-Null }
    catch { $script:failed++; Write-Warning ($what + ': ' + $_.Exception.Message) }
}
";

const END: &str = "
if ($script:failed -gt 0) { Write-Warning ([string]$script:failed + ' steps failed'); exit 1 }
";

/// The longest name that Exchange takes.
const NAME: usize = 64;

/// How many users a file may have: 250 by one page of the admin help, 249 by what the admin centre says.
const AT_ONCE: usize = 249;

/// `users.csv`, in parts where it would be too long, and `exchange.ps1`; and what they cannot say.
pub(super) fn files(directory: &Directory) -> (Vec<ImportFile>, Vec<Remain>) {
    let rows = directory.registered(USER).map(|one| {
        let text = |field: &str| one.text(field).to_owned();
        vec![
            one.email.clone().unwrap_or_default(),
            text("firstName"),
            text("lastName"),
            one.shown_name().to_owned(),
            text("jobTitle"),
            text("department"),
            text("office"),
            text("telephone"),
            String::new(),
            String::new(),
            String::new(),
            text("street"),
            text("city"),
            String::new(),
            text("zipCode"),
            text("country"),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut files: Vec<ImportFile> = Vec::new();
    let is_one = rows.len() <= AT_ONCE;
    // Without users it has its header alone.
    let count = rows.len().div_ceil(AT_ONCE).max(1);
    let mut parts = rows.chunks(AT_ONCE);
    for at in 0..count {
        let part = parts.next().unwrap_or_default();
        let path = if is_one {
            "users.csv".to_owned()
        } else {
            format!("users-{}.csv", at + 1)
        };
        files.push(ImportFile::new(path, write(&COLUMNS, part.to_vec())));
    }
    let mut script = Script {
        directory,
        // Windows PowerShell takes a script for UTF-8 by this mark only.
        text: format!("\u{FEFF}{BEGIN}"),
        remains: Vec::new(),
        securing: grantees(directory),
    };
    script.recipients();
    script.addresses();
    script.members();
    script.grants();
    script.bookings();
    script.text.push_str(END);
    files.push(ImportFile::new("exchange.ps1", script.text));
    (files, script.remains)
}

/// The groups that have permissions: Exchange gives them to security groups only.
fn grantees(directory: &Directory) -> BTreeSet<String> {
    let grants = directory.recipients.iter().flat_map(|one| &one.grants);
    let groups = grants.filter(|grant| grant.grantee.kind == GROUP);
    groups.map(|grant| grant.grantee.name.clone()).collect()
}

struct Script<'a> {
    directory: &'a Directory,
    text: String,
    remains: Vec<Remain>,
    securing: BTreeSet<String>,
}

impl<'a> Script<'a> {
    fn head(&mut self, what: &str) {
        let _ = write!(self.text, "\n# {what}\n");
    }

    fn step(&mut self, what: &str, command: &str) {
        let what = powershell(&line(what));
        let _ = writeln!(self.text, "Step {what} {{ {command} -ErrorAction Stop }}");
    }

    /// Those of a kind that are taken along, each with its primary address in quotation marks.
    fn taken(&self, kind: &'a str) -> Vec<(&'a Recipient, String)> {
        let all = self.directory.registered(kind);
        all.map(|one| (one, powershell(one.email.as_deref().unwrap_or_default())))
            .collect()
    }

    /// The address of somebody who is named; else it is told that there is none.
    fn address(&mut self, one: &Recipient, who: &Reference, what: &str) -> Option<String> {
        let known = who.email.as_deref();
        if known.is_none() {
            self.remains.push(Remain::new(
                format!("{what} of {}: {}/{}", one.target(), who.kind, who.name),
                "has no address that is taken along",
            ));
        }
        known.map(powershell)
    }

    fn recipients(&mut self) {
        self.head("Rooms, equipment and groups");
        for (one, email) in self.taken(RESOURCE) {
            let kind = if one.text("type") == "EQUIPMENT" {
                "Equipment"
            } else {
                "Room"
            };
            let name = powershell(&name(one));
            let command = format!(
                "New-Mailbox -{kind} -Name {name} -DisplayName {} -PrimarySmtpAddress {email}",
                powershell(one.shown_name())
            );
            self.step(&one.target(), &command);
            if !one.text("description").is_empty() {
                self.remains.push(Remain::new(
                    format!(
                        "the description of {}: {}",
                        one.target(),
                        one.text("description")
                    ),
                    "write it into the notes of the mailbox",
                ));
            }
        }
        for (one, email) in self.taken(GROUP) {
            let kind = if self.securing.contains(&one.name) {
                "Security"
            } else {
                "Distribution"
            };
            let command = format!(
                "New-DistributionGroup -Type {kind} -Name {} -DisplayName {} -PrimarySmtpAddress {email} -RequireSenderAuthenticationEnabled $false",
                powershell(&name(one)),
                powershell(one.shown_name())
            );
            self.step(&one.target(), &command);
        }
    }

    fn addresses(&mut self) {
        self.head("Aliases, and who is hidden");
        for kind in [USER, RESOURCE, GROUP] {
            let set = if kind == GROUP {
                "Set-DistributionGroup"
            } else {
                "Set-Mailbox"
            };
            for (one, email) in self.taken(kind) {
                let kept: Vec<String> = one
                    .aliases
                    .iter()
                    .map(|alias| powershell(&format!("smtp:{alias}")))
                    .collect();
                if !kept.is_empty() {
                    let command = format!(
                        "{set} -Identity {email} -EmailAddresses @{{Add={}}}",
                        kept.join(",")
                    );
                    self.step(&format!("aliases of {}", one.target()), &command);
                }
                if one.is_hidden() {
                    let command =
                        format!("{set} -Identity {email} -HiddenFromAddressListsEnabled $true");
                    self.step(&format!("{} is hidden", one.target()), &command);
                }
            }
        }
    }

    fn members(&mut self) {
        self.head("Members");
        for (one, email) in self.taken(GROUP) {
            for member in &one.members {
                let Some(address) = self.address(one, member, "the member") else {
                    continue;
                };
                let command =
                    format!("Add-DistributionGroupMember -Identity {email} -Member {address}");
                let what = format!("{}/{} in {}", member.kind, member.name, one.target());
                self.step(&what, &command);
            }
        }
    }

    fn grants(&mut self) {
        self.head("Permissions");
        for kind in [USER, RESOURCE, GROUP] {
            for (one, email) in self.taken(kind) {
                for grant in &one.grants {
                    let Some(grantee) = self.address(one, &grant.grantee, "a permission") else {
                        continue;
                    };
                    for right in &grant.rights {
                        self.grant(one, &email, &grantee, *right);
                    }
                }
            }
        }
    }

    fn grant(&mut self, one: &Recipient, email: &str, grantee: &str, right: Right) {
        let is_group = one.kind == GROUP;
        let command = match right {
            Right::FullAccess if is_group => {
                self.remains.push(Remain::new(
                    format!("FULL_ACCESS over {}", one.target()),
                    "a group has no mailbox there: give the right over a shared mailbox, or leave it",
                ));
                return;
            }
            Right::FullAccess => format!(
                "Add-MailboxPermission -Identity {email} -User {grantee} -AccessRights FullAccess -InheritanceType All -Confirm:$false"
            ),
            Right::SendAs => format!(
                "Add-RecipientPermission -Identity {email} -Trustee {grantee} -AccessRights SendAs -Confirm:$false"
            ),
            Right::SendOnBehalf => {
                let set = if is_group {
                    "Set-DistributionGroup"
                } else {
                    "Set-Mailbox"
                };
                format!("{set} -Identity {email} -GrantSendOnBehalfTo @{{Add={grantee}}}")
            }
        };
        self.step(
            &format!("{} over {}", right.as_str(), one.target()),
            &command,
        );
    }

    fn bookings(&mut self) {
        self.head("Booking");
        for (one, email) in self.taken(RESOURCE) {
            let mut delegates = Vec::new();
            for delegate in &one.delegates {
                delegates.extend(self.address(one, delegate, "a delegate"));
            }
            let options = one.fields.get("bookingOptions");
            let is_on = |name: &str, untouched: bool| {
                let option = options.and_then(|options| options.get(name)?.as_bool());
                option.unwrap_or(untouched)
            };
            let word = |is: bool| if is { "$true" } else { "$false" };
            let accepts = is_on("autoAcceptRequests", true);
            let mut command = format!(
                "Set-CalendarProcessing -Identity {email} -AutomateProcessing AutoAccept -AllBookInPolicy {} -AllRequestInPolicy {} -AllowConflicts {} -AllowRecurringMeetings {}",
                word(accepts),
                word(!accepts),
                word(!is_on("autoDeclineConflictingRequests", true)),
                word(!is_on("autoDeclineRecurringRequests", false)),
            );
            if !delegates.is_empty() {
                let _ = write!(command, " -ResourceDelegates {}", delegates.join(","));
            }
            self.step(&format!("booking of {}", one.target()), &command);
        }
    }
}

/// The name, as far as Exchange takes it. One that is too long ends with a part of its id, so that it stays the
/// only one of that name.
fn name(one: &Recipient) -> String {
    if one.name.chars().count() <= NAME {
        return one.name.clone();
    }
    let id: String = one.id.chars().rev().take(8).collect();
    let begin = one.name.chars().take(NAME - 9);
    begin.chain(['-']).chain(id.chars().rev()).collect()
}
