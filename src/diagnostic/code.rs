//! The codes of findings: each with what it means, a wrong and a right example. Both are tested, and
//! the reference is generated from them.

use super::Severity;

/// A stable code.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Such as `WM101`.
    pub id: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What it says, as a title.
    pub title: &'static str,
    /// Why it matters, in a sentence or two.
    pub explanation: &'static str,
    /// A manifest with it; empty where no single file shows it.
    pub wrong: &'static str,
    /// The same, mended.
    pub right: &'static str,
}

/// The code of this id.
pub fn by_id(id: &str) -> Option<&'static Code> {
    CODES
        .iter()
        .find(|code| code.id.eq_ignore_ascii_case(id))
        .copied()
}

macro_rules! codes {
    ($($constant:ident $severity:ident $title:literal $explanation:literal $wrong:literal $right:literal;)+) => {
        $(
            #[doc = $title]
            pub static $constant: Code = Code {
                id: stringify!($constant),
                severity: Severity::$severity,
                title: $title,
                explanation: $explanation,
                wrong: $wrong,
                right: $right,
            };
        )+

        /// Every code, in their order.
        pub static CODES: &[&Code] = &[$(&$constant),+];
    };
}

codes! {
    WM101 Error "text that is no YAML"
        "The file cannot be read as YAML. The place is where reading stopped, which may be a line behind the mistake."
        "users: {ana: {displayName: Ana\n" "users: {ana: {displayName: Ana}}\n";
    WM102 Error "a key twice"
        "The same key stands twice, in one file or in two files of a manifest. Which one is meant cannot be told."
        "users:\n  ana: {displayName: Ana}\n  ana: {displayName: Anna}\n" "users:\n  ana: {displayName: Anna}\n";
    WM103 Error "a file beyond the limits"
        "The file is larger, deeper or wider than any manifest needs to be, or its aliases unfold to that."
        "" "";
    WM104 Error "YAML that manifests do not use"
        "Merge keys, tags and several documents in a file are refused: they are read differently by different readers."
        "users: {ana: !!str {displayName: Ana}}\n" "users: {ana: {displayName: Ana}}\n";
    WM105 Error "a file that cannot be read"
        "The file is not there, may not be read, is no regular file, or is not UTF-8."
        "" "";
    WM106 Error "an unknown key"
        "Nothing is known by this key here. Keys are the API's members with a small first letter."
        "users: {ana: {displayname: Ana}}\n" "users: {ana: {displayName: Ana}}\n";
    WM107 Error "a value of the wrong sort"
        "The value is not of the type, the words or the form that this place takes."
        "users: {ana: {displayName: [Ana]}}\n" "users: {ana: {displayName: Ana}}\n";
    WM108 Error "null where a value is needed"
        "A null is what commented-out children leave behind. Write `[]` for an empty list, or remove the line to leave the field unmanaged. A text may be null: it is cleared."
        "groups: {staff: {email: staff@example.com, members: }}\n" "groups: {staff: {email: staff@example.com, members: []}}\n";
    WM109 Error "no apiVersion, or an unknown one"
        "Every file begins with `apiVersion: workmailctl/v1`."
        "" "";
    WM110 Error "no organization, or two"
        "A manifest has its `organization` in exactly one file. A part of a manifest cannot be planned: what it leaves out would look removed. Use `--target` to do less."
        "" "";
    WM111 Error "management away from the organization"
        "`management` stands only in the file that holds `organization`, so that one owner can guard both."
        "" "";
    WM201 Error "a name that the service refuses"
        "Names of users have 1 to 64 letters, digits and `_-.`, names of resources 1 to 20; names of groups 1 to 256 printable Latin characters."
        "users: {'ana b': {displayName: Ana}}\n" "users: {ana.b: {displayName: Ana}}\n";
    WM202 Error "a name twice"
        "Names are unique across users, groups and resources, without regard to case."
        "users: {staff: {displayName: S}}\ngroups: {Staff: {email: staff@example.com}}\n" "users: {staff: {displayName: S}}\ngroups: {everybody: {email: staff@example.com}}\n";
    WM203 Note "a name that is not declared"
        "The name may stand for something live that the manifest does not declare. A plan tells whether it is there."
        "groups: {staff: {email: staff@example.com, members: [joe]}}\n" "users: {joe: {displayName: Joe, email: joe@example.com}}\ngroups: {staff: {email: staff@example.com, members: [joe]}}\n";
    WM204 Error "groups in a circle"
        "A group cannot be a member of itself, through other groups neither."
        "groups:\n  a: {email: a@example.com, members: [b]}\n  b: {email: b@example.com, members: [a]}\n" "groups:\n  a: {email: a@example.com, members: [b]}\n  b: {email: b@example.com, members: []}\n";
    WM205 Error "a reference to the wrong kind"
        "Members, delegates and grantees are users and groups; `membersOf` takes a group."
        "resources: {room: {type: ROOM, email: room@example.com}}\ngroups: {staff: {email: staff@example.com, members: [room]}}\n" "resources: {room: {type: ROOM, email: room@example.com}}\ngroups: {staff: {email: staff@example.com, members: []}}\n";
    WM206 Error "somebody twice in a list"
        "Each member, delegate, alias and grantee stands once in its list."
        "users: {joe: {displayName: Joe, email: joe@example.com}}\ngroups: {staff: {email: staff@example.com, members: [joe, Joe]}}\n" "users: {joe: {displayName: Joe, email: joe@example.com}}\ngroups: {staff: {email: staff@example.com, members: [joe]}}\n";
    WM207 Error "a reference to something absent"
        "What is declared `state: absent` cannot be a member, a delegate or a grantee."
        "users: {joe: {state: absent}}\ngroups: {staff: {email: staff@example.com, members: [joe]}}\n" "users: {joe: {state: absent}}\ngroups: {staff: {email: staff@example.com, members: []}}\n";
    WM208 Warning "somebody whose time has passed"
        "The `until` of a member, delegate or grant is past: it is as if it were not declared. Remove it."
        "users: {joe: {displayName: Joe, email: joe@example.com}}\ngroups: {staff: {email: staff@example.com, members: [{name: joe, until: 2001-01-01}]}}\n" "users: {joe: {displayName: Joe, email: joe@example.com}}\ngroups: {staff: {email: staff@example.com, members: []}}\n";
    WM209 Error "a reference to what does not stay"
        "Where nothing stays that is not declared, by `unmanaged: remove` and for people with `onRemoval: delete`, only what is declared can be named."
        "impersonationRoles: {arch: {type: READ_ONLY, rules: [{id: all, effect: ALLOW}]}}\naccessControlRules: {arch: {effect: ALLOW, description: the archive, impersonationRoles: [archh]}}\n" "impersonationRoles: {arch: {type: READ_ONLY, rules: [{id: all, effect: ALLOW}]}}\naccessControlRules: {arch: {effect: ALLOW, description: the archive, impersonationRoles: [arch]}}\n";
    WM301 Error "a text that is no address"
        "The service takes letters, digits and `._%+-` before the `@` and a domain that ends in letters."
        "users: {ana: {displayName: Ana, email: ana}}\n" "users: {ana: {displayName: Ana, email: ana@example.com}}\n";
    WM302 Error "an address twice"
        "An address belongs to one user, group or resource, as primary address or as alias, without regard to case."
        "users:\n  ana: {displayName: Ana, email: ana@example.com}\n  bob: {displayName: Bob, email: bob@example.com, aliases: [Ana@example.com]}\n" "users:\n  ana: {displayName: Ana, email: ana@example.com}\n  bob: {displayName: Bob, email: bob@example.com, aliases: []}\n";
    WM303 Error "an address outside the mail domains"
        "Where `mailDomains` is declared, every address is in one of them or in the test domain `ALIAS.awsapps.com`."
        "organization: {alias: acme, mailDomains: [example.com]}\nusers: {ana: {displayName: Ana, email: ana@example.org}}\n" "organization: {alias: acme, mailDomains: [example.com, example.org]}\nusers: {ana: {displayName: Ana, email: ana@example.org}}\n";
    WM304 Error "a reserved address"
        "Addresses that begin with `workmailctl-tmp-` are made and removed by plans."
        "users: {ana: {displayName: Ana, email: workmailctl-tmp-1@example.com}}\n" "users: {ana: {displayName: Ana, email: ana@example.com}}\n";
    WM305 Error "more than 100 aliases"
        "The service allows 100 aliases for an entity."
        "" "";
    WM401 Error "a text or number out of bounds"
        "The value is longer, shorter, greater or smaller than the API takes."
        "users: {ana: {displayName: Ana, mailboxQuotaMb: 60000}}\n" "users: {ana: {displayName: Ana, mailboxQuotaMb: 51200}}\n";
    WM402 Error "a value that cannot be cleared"
        "The API has no way to clear this field. Remove the line to leave it as it is."
        "users: {ana: {displayName: Ana, role: ''}}\n" "users: {ana: {displayName: Ana, role: USER}}\n";
    WM403 Error "an empty condition"
        "A condition of a rule that is an empty list fits everything to the service. Leave the line out to mean that."
        "accessControlRules: {imap: {effect: ALLOW, description: IMAP, actions: []}}\n" "accessControlRules: {imap: {effect: ALLOW, description: IMAP, actions: [IMAP]}}\n";
    WM404 Error "a text that is no range of IPv4 addresses"
        "Ranges are IPv4 in CIDR notation without bits behind the prefix, or names of `networks`."
        "networks: {office: [203.0.113.7/24]}\naccessControlRules: {office: {effect: ALLOW, description: from the office, ipRanges: [office]}}\n" "networks: {office: [203.0.113.0/24]}\naccessControlRules: {office: {effect: ALLOW, description: from the office, ipRanges: [office]}}\n";
    WM405 Error "more than the service takes"
        "The service has limits on rules, roles and their parts; a plan that goes beyond them cannot be carried out."
        "" "";
    WM406 Error "rules that let nobody in"
        "Whatever no rule allows is denied, so access control rules without any ALLOW lock everybody out; the same holds for mobile devices. Where rules that are not declared stay, the ALLOW may be among them."
        "accessControlRules: {imap: {effect: DENY, description: no IMAP, actions: [IMAP]}}\n" "accessControlRules:\n  default: {effect: ALLOW, description: Default WorkMail Rule}\n  imap: {effect: DENY, description: no IMAP, actions: [IMAP]}\n";
    WM407 Warning "something that has no effect"
        "What is written makes no difference: a period for a folder of which all mail is kept, or a former name that is the name. Something else may have been meant."
        "retentionPolicy: {name: p, folders: {INBOX: {action: NONE, periodInDays: 30}}}\n" "retentionPolicy: {name: p, folders: {INBOX: {action: NONE}}}\n";
    WM501 Error "a room that nobody answers for"
        "A resource that does not accept requests by itself needs a delegate."
        "resources: {room: {type: ROOM, email: room@example.com, delegates: [], bookingOptions: {autoAcceptRequests: false}}}\n" "users: {ana: {displayName: Ana, email: ana@example.com}}\nresources: {room: {type: ROOM, email: room@example.com, delegates: [ana], bookingOptions: {autoAcceptRequests: false}}}\n";
    WM502 Warning "a room without delegates and an automatic option off"
        "The guide asks for a delegate wherever an automatic option is off; the service may refuse it."
        "resources: {room: {type: ROOM, email: room@example.com, delegates: [], bookingOptions: {autoDeclineConflictingRequests: false}}}\n" "resources: {room: {type: ROOM, email: room@example.com, delegates: [], bookingOptions: {autoDeclineConflictingRequests: true}}}\n";
    WM503 Error "`FULL_ACCESS` to or on a group"
        "A group has no mailbox and cannot be given one. `membersOf` gives it to the people of a group."
        "groups: {staff: {email: staff@example.com}}\nusers: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: staff, rights: [FULL_ACCESS]}]}}\n" "groups: {staff: {email: staff@example.com}}\nusers: {ana: {displayName: Ana, email: ana@example.com, permissions: [{membersOf: staff, rights: [FULL_ACCESS]}]}}\n";
    WM504 Error "rights on one's own mailbox"
        "Nobody is given rights on their own mailbox, and nobody is their own delegate or member."
        "users: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: ana, rights: [SEND_AS]}]}}\n" "users: {ana: {displayName: Ana, email: ana@example.com, permissions: []}}\n";
    WM505 Error "a secret in no place that is known"
        "A manifest says where a secret is, never what it is: in a variable whose name begins with `WORKMAILCTL_SECRET_`, in a file below `--secrets-dir`, in AWS Secrets Manager, or made and written below `--secrets-dir`."
        "users:\n  ana: {displayName: Ana, initialPassword: {fromEnv: HOME}}\n" "users:\n  ana: {displayName: Ana, initialPassword: {fromEnv: WORKMAILCTL_SECRET_ANA}}\n";
    WM506 Error "two secrets in one file"
        "Two passwords that are made would be written to one file, and nothing is overwritten: the second user would get the first one's password, or none."
        "users:\n  ana: {displayName: Ana, initialPassword: {generate: {writeTo: new.txt}}}\n  ben: {displayName: Ben, initialPassword: {generate: {writeTo: new.txt}}}\n" "users:\n  ana: {displayName: Ana, initialPassword: {generate: {writeTo: ana.txt}}}\n  ben: {displayName: Ben, initialPassword: {generate: {writeTo: ben.txt}}}\n";
    WM507 Warning "a password that goes in clear"
        "An endpoint that begins with `http://` is asked without encryption: who listens on the way reads the password."
        "availabilityConfigurations: {example.net: {ews: {endpoint: 'http://mail.example.net/EWS/Exchange.asmx', username: reader, password: {fromEnv: WORKMAILCTL_SECRET_EWS}}}}\n" "availabilityConfigurations: {example.net: {ews: {endpoint: 'https://mail.example.net/EWS/Exchange.asmx', username: reader, password: {fromEnv: WORKMAILCTL_SECRET_EWS}}}}\n";
    WM601 Error "something protected that is to go"
        "What stands under `management.protect` is never removed."
        "organization: {alias: acme}\nmanagement: {protect: [ceo]}\nusers: {ceo: {state: absent}}\n" "organization: {alias: acme}\nmanagement: {protect: [cfo]}\nusers: {ceo: {state: absent}}\n";
    WM602 Error "onRemoval where nothing is removed"
        "`onRemoval` says what removal means: it needs `unmanaged: remove`, or something with `state: absent`."
        "organization: {alias: acme}\nmanagement: {users: {onRemoval: delete}}\nusers: {}\n" "organization: {alias: acme}\nmanagement: {users: {unmanaged: remove, onRemoval: delete}}\nusers: {}\n";
    WM603 Error "unmanaged: remove without onRemoval"
        "Removing people, groups and rooms that nobody declared needs to say how: `deregister` or `delete`."
        "organization: {alias: acme}\nmanagement: {groups: {unmanaged: remove}}\ngroups: {}\n" "organization: {alias: acme}\nmanagement: {groups: {unmanaged: remove, onRemoval: delete}}\ngroups: {}\n";
    WM604 Error "managed and ignored"
        "What is declared cannot be ignored in the same manifest."
        "organization: {alias: acme}\nmanagement: {users: {ignore: ['a*']}}\nusers: {ana: {displayName: Ana}}\n" "organization: {alias: acme}\nmanagement: {users: {ignore: ['x*']}}\nusers: {ana: {displayName: Ana}}\n";
    WM605 Error "an unknown guard"
        "The guards are delete-user, mailbox-expiry, not-exported, delete-mail, removals, empty, new-reader, address-reuse, weaker, lockout, domain and create-organization; `protect`, `management` and `delete-organization` are not lifted by approvals."
        "organization: {alias: acme}\nmanagement: {approvals: [{guard: delete-everything}]}\n" "organization: {alias: acme}\nmanagement: {approvals: [{guard: delete-user, target: joe}]}\n";
    WM606 Warning "an approval that has passed"
        "Its `until` is past: it is as if it were not there. Remove it."
        "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals, until: 2001-01-01}]}\n" "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals}]}\n";
    WM607 Error "a time that cannot be read"
        "`until` is a date, such as 2026-12-31 (through its end, UTC), or an RFC 3339 time."
        "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals, until: soon}]}\n" "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals}]}\n";
    WM608 Error "a pattern that cannot be read"
        "Names here may hold `*`, `?`, `[…]` and `{…}`."
        "organization: {alias: acme}\nmanagement: {protect: ['a[']}\n" "organization: {alias: acme}\nmanagement: {protect: ['a*']}\n";
    WM609 Error "an organization that cannot be made"
        "`create` makes an organization that is not there. One that is to be absent, or whose `id` is known, is not made."
        "organization: {alias: acme, create: {}, state: absent}\n" "organization: {alias: acme, create: {}}\n";
    WM610 Warning "a time after the end of the service"
        "Amazon WorkMail ends on 2027-03-31. Whatever lasts longer ends with it, and nobody takes it away any more: write what is meant to end before as ending before."
        "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals, until: 2027-06-30}]}\n" "organization: {alias: acme}\nmanagement: {approvals: [{guard: removals, until: 2027-03-31}]}\n";
}
