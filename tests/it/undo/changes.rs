//! Changes of each kind by hand: every kind and every call that writes is in them.

/// One change.
pub(super) struct Change {
    pub(super) what: &'static str,
    /// What both worlds have.
    pub(super) both: &'static str,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    /// Why a difference is left, where one is; and a note that tells of what does not come back.
    pub(super) left: Option<&'static str>,
    pub(super) note: Option<&'static str>,
}

const fn change(
    what: &'static str,
    both: &'static str,
    before: &'static str,
    after: &'static str,
) -> Change {
    Change {
        what,
        both,
        before,
        after,
        left: None,
        note: None,
    }
}

impl Change {
    const fn noted(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }

    const fn leaving(self, why: &'static str) -> Self {
        Self {
            left: Some(why),
            ..self
        }
    }
}

/// Who goes is deleted.
pub(super) const DELETE: &str = "management: {users: {unmanaged: remove, onRemoval: delete}, groups: {unmanaged: remove, \
                      onRemoval: delete}, resources: {unmanaged: remove, onRemoval: delete}}\n";
pub(super) const ANA: &str =
    "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [], permissions: []}}\n";
pub(super) const IN_CENTER: &str = "instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef'";

pub(super) const CHANGES: &[Change] = &[
    change(
        "a user comes",
        DELETE,
        "users: {}",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], mailboxQuotaMb: 1000}}",
    ),
    change(
        "a user goes, with all that others gave her",
        DELETE,
        "users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], jobTitle: Clerk, mailboxQuotaMb: 1000, permissions: [{grantee: bob, rights: [SEND_AS]}]}
  bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: [{grantee: ana, rights: [FULL_ACCESS]}]}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, bob]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana, bob]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: []}}
groups: {staff: {email: staff@example.com, aliases: [], members: [bob]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [bob]}}",
    )
    .noted("user/ana is made anew: with another id, an empty mailbox and no password"),
    change(
        "a user is deregistered",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], mailboxQuotaMb: 1000}}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana]}}",
        "users: {ana: {state: deregistered}}
groups: {staff: {email: staff@example.com, aliases: [], members: []}}",
    ),
    change(
        "a user comes back, with other fields",
        "",
        "users: {ana: {displayName: Ana, jobTitle: Clerk, state: deregistered}}",
        "users: {ana: {displayName: Ana Lima, jobTitle: Chief, email: ana@example.com, aliases: [a@example.com]}}",
    )
    .noted("user/ana is deregistered again"),
    change(
        "a user comes back with an address that another one gives up",
        "",
        "users: {ana: {displayName: Ana, state: deregistered}, bob: {displayName: Bob, email: bob@example.com, aliases: [info@example.com]}}",
        "users: {ana: {displayName: Ann, email: ana@example.com, aliases: [info@example.com]}, bob: {displayName: Bob, email: bob@example.com, aliases: []}}",
    ),
    change(
        "a user goes, and a group and a resource that she was in are deregistered",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, bob], permissions: [{grantee: ana, rights: [SEND_AS]}]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana, bob], permissions: [{grantee: ana, rights: [SEND_AS]}]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {state: deregistered}}
resources: {room: {type: ROOM, state: deregistered}}",
    ),
    change(
        "addresses change hands",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com]}, bob: {displayName: Bob, email: bob@example.com, aliases: []}}",
        "users: {ana: {displayName: Ana, email: bob@example.com, aliases: []}, bob: {displayName: Bob, email: ana@example.com, aliases: [a@example.com]}}",
    ),
    change(
        "an alias becomes the primary address",
        "",
        "groups: {staff: {email: staff@example.com, aliases: [team@example.com], members: []}}",
        "groups: {staff: {email: team@example.com, aliases: [staff@example.com], members: []}}",
    ),
    change(
        "grants",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: bob, rights: [SEND_AS]}, {grantee: kim, rights: [FULL_ACCESS]}]}, bob: {displayName: Bob, email: bob@example.com}, kim: {displayName: Kim, email: kim@example.com}, lee: {displayName: Lee, email: lee@example.com}}",
        "users: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: bob, rights: [SEND_ON_BEHALF]}, {grantee: lee, rights: [FULL_ACCESS]}]}, bob: {displayName: Bob, email: bob@example.com}, kim: {displayName: Kim, email: kim@example.com}, lee: {displayName: Lee, email: lee@example.com}}",
    ),
    change(
        "a group goes, in which and of which others are",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {all: {email: all@example.com, aliases: [], members: [staff]}, staff: {email: staff@example.com, aliases: [team@example.com], members: [ana]}}",
        "users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {all: {email: all@example.com, aliases: [], members: []}}",
    )
    .noted("group/staff is made anew: with another id"),
    change(
        "members",
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}",
        "groups: {staff: {email: staff@example.com, members: [ana]}}",
        "groups: {staff: {email: staff@example.com, members: [bob]}}",
    ),
    change(
        "a resource is renamed, and has other delegates",
        ANA,
        "resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana], bookingOptions: {autoAcceptRequests: false}}}",
        "resources: {hall: {previously: room, type: ROOM, email: room@example.com, aliases: [h@example.com], delegates: [], bookingOptions: {autoAcceptRequests: true}}}",
    ),
    change(
        "two resources take each other's names",
        "",
        "resources: {hall: {type: ROOM, email: hall@example.com, aliases: []}, room: {type: EQUIPMENT, email: room@example.com, aliases: []}}",
        "resources: {hall: {previously: room, type: EQUIPMENT, email: room@example.com, aliases: []}, room: {previously: hall, type: ROOM, email: hall@example.com, aliases: []}}",
    ),
    change(
        "a resource goes",
        DELETE,
        "resources: {room: {type: ROOM, email: room@example.com, aliases: [r@example.com], description: large}}",
        "resources: {}",
    )
    .noted("resource/room is made anew: with another id"),
    change(
        "a group comes",
        ANA,
        "groups: {}",
        "groups: {staff: {email: staff@example.com, aliases: [team@example.com], hiddenFromGlobalAddressList: true, members: [ana]}}",
    ),
    change(
        "a group is hidden, and deregistered",
        ANA,
        "groups: {all: {email: all@example.com}, staff: {email: staff@example.com, aliases: [team@example.com], members: [ana]}}",
        "groups: {all: {email: all@example.com, hiddenFromGlobalAddressList: true}, staff: {state: deregistered}}",
    ),
    change(
        "a resource comes",
        ANA,
        "resources: {}",
        "resources: {room: {type: ROOM, email: room@example.com, delegates: [ana], bookingOptions: {autoAcceptRequests: false}}}",
    ),
    change(
        "access control rules come, change and go",
        ANA,
        "accessControlRules: {all: {effect: ALLOW, description: all}, imap: {effect: DENY, description: none, actions: [IMAP], users: [ana]}}",
        "accessControlRules: {all: {effect: ALLOW, description: everybody}, ews: {effect: DENY, description: none, actions: [EWS]}}",
    ),
    change(
        "impersonation roles come, change, go and are renamed, with the rules that name them",
        ANA,
        "impersonationRoles: {archiver: {type: READ_ONLY, description: journal, rules: [{id: all, effect: ALLOW}]}, mover: {type: FULL_ACCESS, rules: [{id: ana, effect: ALLOW, targetUsers: [ana]}]}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [archiver, mover]}}",
        "impersonationRoles: {keeper: {previously: archiver, type: READ_ONLY, description: kept, rules: []}, reader: {type: READ_ONLY, rules: [{id: all, effect: DENY}]}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [keeper, reader]}}",
    ),
    change(
        "a role goes that rules of nobody's name",
        "",
        "impersonationRoles: {archiver: {type: READ_ONLY, rules: []}, mover: {type: READ_ONLY, rules: []}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [archiver, mover]}}",
        "impersonationRoles: {archiver: {type: READ_ONLY, rules: []}}",
    ),
    change(
        "a user goes whom a rule of nobody's names",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
accessControlRules: {all: {effect: ALLOW, description: all}, imap: {effect: DENY, description: none, users: [ana, bob]}}
impersonationRoles: {archiver: {type: READ_ONLY, rules: [{id: both, effect: ALLOW, targetUsers: [ana, bob]}]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com}}",
    ),
    change(
        "mobile device access rules come, change, lose a condition, go and are renamed",
        "",
        "mobileDeviceAccessRules: {all: {effect: ALLOW}, old: {effect: DENY, deviceTypes: [iPhone], deviceModels: [old]}, gone: {effect: DENY, deviceModels: [gone]}, first: {effect: DENY, deviceModels: [first]}}",
        "mobileDeviceAccessRules: {all: {effect: ALLOW, description: all}, old: {effect: DENY, deviceTypes: [iPhone]}, new: {effect: DENY, deviceModels: [new]}, second: {previously: first, effect: DENY, deviceModels: [first]}}",
    ),
    change(
        "overrides come, change and go",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: ALLOW, description: loaner}, {deviceId: DEF456, effect: ALLOW}]}}",
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: DENY}, {deviceId: ABC789, effect: ALLOW}]}}",
    ),
    change(
        "overrides go with whose they are",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: ALLOW}]}}",
        "users: {}",
    ),
    change(
        "a retention policy comes",
        "",
        "retentionPolicy: null",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: PERMANENTLY_DELETE, periodInDays: 30}}}",
    ),
    change(
        "a retention policy changes",
        "",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: DELETE, periodInDays: 30}}}",
        "retentionPolicy: {name: other, folders: {INBOX: {action: PERMANENTLY_DELETE, periodInDays: 3}}}",
    ),
    change(
        "a retention policy goes",
        "",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: DELETE, periodInDays: 30}}}",
        "retentionPolicy: null",
    ),
    change(
        "inbound DMARC, another log group",
        "",
        "organization: {alias: acme, inboundDmarc: {enforced: true}, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
        "organization: {alias: acme, inboundDmarc: {enforced: false}, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/two:*'}}",
    ),
    change(
        "email monitoring comes",
        "",
        "organization: {alias: acme, emailMonitoring: null}",
        "organization: {alias: acme, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
    ),
    change(
        "email monitoring goes",
        "",
        "organization: {alias: acme, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
        "organization: {alias: acme, emailMonitoring: null}",
    ),
    change(
        "tags come, change and go",
        "",
        "organization: {alias: acme, tags: {owner: mail-team, legacy: 'yes'}}",
        "organization: {alias: acme, tags: {owner: others, legacy: null, new: '1'}}",
    ),
    change(
        "availability configurations without a password change and go, and one with a password comes",
        "",
        "availabilityConfigurations: {fleet.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:one'}}, gone.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:gone'}}, turned.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:turned'}}}",
        "availabilityConfigurations: {fleet.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:two'}}, partner.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}, turned.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
    ),
    change(
        "a password goes",
        "",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 1}}}}",
        "availabilityConfigurations: {}",
    )
    .leaving("password")
    .noted("availability-configuration/partner.example.net needs its password again"),
    change(
        "a password gives way to another one",
        "",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://one.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://two.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
    )
    .leaving("password")
    .noted("availability-configuration/partner.example.net needs its password again"),
    change(
        "a domain comes",
        "",
        "organization: {alias: acme, mailDomains: [example.com]}",
        "organization: {alias: acme, mailDomains: [example.com, new.example]}",
    ),
    change(
        "a domain goes, with the addresses in it, and another one is the default",
        "",
        "organization: {alias: acme, mailDomains: [example.com, example.org], defaultMailDomain: example.org}
users: {ana: {displayName: Ana, email: ana@example.org, aliases: [a@example.org]}}",
        "organization: {alias: acme, mailDomains: [example.com], defaultMailDomain: example.com}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}",
    )
    .noted("mail-domain/example.org has to be verified again"),
    change(
        "an identity provider comes, with its application",
        "",
        "organization: {alias: acme, identityProvider: null}",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
    ),
    change(
        "an identity provider goes, with its application",
        "",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
        "organization: {alias: acme, identityProvider: null}",
    )
    .noted("identity-center-application/mail is made anew: with another ARN, and nobody is assigned to it"),
    change(
        "an identity provider has another application, and other tokens",
        "",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: post}, personalAccessTokens: {status: INACTIVE}}}",
    )
    .noted("identity-center-application/mail is made anew"),
];
