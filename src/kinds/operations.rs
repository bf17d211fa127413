//! Which kind or command uses each operation of the API: from the tables of the kinds, and for what no
//! table names, from the list here.

use std::collections::BTreeMap;

use super::setting::NOTHING;
use super::{KINDS, SETTINGS};

/// What uses an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// The kinds and commands, in words.
    pub by: Vec<String>,
    /// Why nothing uses it, where that is so.
    pub why_not: Option<&'static str>,
}

/// Operations that the tables of the kinds do not name, with what uses them.
const OTHERS: &[(&str, &str)] = &[
    (
        "GetAccessControlEffect",
        "`accessControlRules`: asked before and after they are written",
    ),
    (
        "GetImpersonationRoleEffect",
        "`impersonationRoles`: asked before and after they are written",
    ),
    (
        "GetMobileDeviceAccessEffect",
        "`mobileDeviceAccessRules`: asked before and after they are written",
    ),
    (
        "RegisterToWorkMail",
        "`email` and `state` of users, groups, resources",
    ),
    (
        "DeregisterFromWorkMail",
        "`state` of users, groups, resources",
    ),
    (
        "UpdatePrimaryEmailAddress",
        "`email` of users, groups, resources",
    ),
    ("CreateAlias", "`aliases` of users, groups, resources"),
    ("DeleteAlias", "`aliases` of users, groups, resources"),
    ("ListAliases", "`aliases` of users, groups, resources"),
    (
        "PutMailboxPermissions",
        "`permissions` of users, groups, resources",
    ),
    (
        "DeleteMailboxPermissions",
        "`permissions` of users, groups, resources",
    ),
    (
        "ListMailboxPermissions",
        "`permissions` of users, groups, resources",
    ),
    ("AssociateMemberToGroup", "`members` of groups"),
    ("DisassociateMemberFromGroup", "`members` of groups"),
    ("ListGroupMembers", "`members` of groups"),
    ("ListGroupsForEntity", "whoever goes: what they were in"),
    ("AssociateDelegateToResource", "`delegates` of resources"),
    (
        "DisassociateDelegateFromResource",
        "`delegates` of resources",
    ),
    ("ListResourceDelegates", "`delegates` of resources"),
    ("GetMailboxDetails", "`mailboxQuotaMb` of users"),
    (
        "DescribeEntity",
        "an address that is new to the organization",
    ),
    ("ListOrganizations", "`organization.alias`"),
    (
        "DescribeOrganization",
        "`organization`: id, account, default mail domain",
    ),
    ("CreateOrganization", "`organization.create`"),
    ("DeleteOrganization", "`organization.state: absent`"),
    ("ListMailDomains", "`organization.mailDomains`"),
    (
        "GetMailDomain",
        "`organization.mailDomains`: ownership and records",
    ),
    ("RegisterMailDomain", "`organization.mailDomains`"),
    ("DeregisterMailDomain", "`organization.mailDomains`"),
    (
        "UpdateDefaultMailDomain",
        "`organization.defaultMailDomain`",
    ),
    ("TagResource", "tags of our own"),
    ("UntagResource", "tags of our own"),
    ("ListTagsForResource", "tags of our own"),
    ("ResetPassword", "the command `password reset`"),
    (
        "TestAvailabilityConfiguration",
        "`apply`: a warning about what it wrote",
    ),
];

/// Operations that nothing uses, with why.
const UNUSED: &[(&str, &str)] = &[
    (
        "AssumeImpersonationRole",
        "it gives an application its token: nothing that lasts",
    ),
    (
        "GetMobileDeviceAccessOverride",
        "`ListMobileDeviceAccessOverrides` tells the same of all",
    ),
    (
        "GetPersonalAccessTokenMetadata",
        "it is for a mail server that was given the token",
    ),
    ("StartMailboxExportJob", "exports are no lasting state"),
    ("CancelMailboxExportJob", "exports are no lasting state"),
    ("DescribeMailboxExportJob", "exports are no lasting state"),
    ("ListMailboxExportJobs", "exports are no lasting state"),
    (
        "GetRawMessageContent",
        "Message Flow acts on mail in transit",
    ),
    (
        "PutRawMessageContent",
        "Message Flow acts on mail in transit",
    ),
];

/// Every operation that something uses, or of which it is known why nothing does.
pub fn uses() -> BTreeMap<&'static str, Use> {
    let mut uses: BTreeMap<&'static str, Use> = BTreeMap::new();
    let mut note = |operation: &'static str, by: String| {
        let all = &mut uses.entry(operation).or_default().by;
        if !all.contains(&by) {
            all.push(by);
        }
    };
    for entry in KINDS {
        let by = format!("`{}`", entry.section);
        for operation in [entry.list, entry.describe, entry.create, entry.delete] {
            note(operation, by.clone());
        }
        for operation in entry.fields.iter().flat_map(|field| field.set_by) {
            note(operation, by.clone());
        }
    }
    for kind in SETTINGS {
        let by = format!("`{}`", kind.section);
        let write = kind.write;
        let written = [Some(write.create), Some(write.update), write.delete];
        for operation in kind
            .read
            .iter()
            .copied()
            .chain(written.into_iter().flatten())
        {
            if operation != NOTHING {
                note(operation, by.clone());
            }
        }
    }
    for (operation, by) in OTHERS {
        note(operation, (*by).to_owned());
    }
    for (operation, why) in UNUSED {
        uses.entry(operation).or_default().why_not = Some(why);
    }
    uses
}
