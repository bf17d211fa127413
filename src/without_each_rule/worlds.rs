//! A world for each rule of order, in the order of the rules: what is live, and what is wanted.
//! The invariant that fails of its plan where the rule is not obeyed stands at the rule.

/// One world.
pub(super) struct World {
    /// The name of the rule.
    pub(super) rule: &'static str,
    /// What is live, as the manifest that makes it.
    pub(super) before: fn() -> String,
    /// How many tags there are besides, `t0` and so on.
    pub(super) tags: usize,
    /// The manifest.
    pub(super) after: fn() -> String,
}

/// Every world.
pub(super) const WORLDS: &[World] = &[
    World {
        rule: "create-before-register",
        before: String::new,
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
"
            .to_owned()
        },
    },
    World {
        rule: "register-before-use",
        before: String::new,
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com]}}
"
            .to_owned()
        },
    },
    World {
        rule: "register-before-reference",
        before: || {
            r"
groups: {staff: {email: staff@example.com, members: []}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {staff: {email: staff@example.com, members: [ana]}}
"
            .to_owned()
        },
    },
    World {
        rule: "clear-before-deregister",
        before: || {
            r"
users: {bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {email: staff@example.com, members: [bob]}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {bob: {state: deregistered}}
groups: {staff: {email: staff@example.com, members: []}}
"
            .to_owned()
        },
    },
    World {
        rule: "deregister-before-delete",
        before: || {
            r"
users: {bob: {displayName: Bob, email: bob@example.com}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
management: {users: {onRemoval: delete}}
users: {bob: {state: absent}}
"
            .to_owned()
        },
    },
    World {
        rule: "free-name-before-use",
        before: || {
            r"
resources:
  a: {type: ROOM, email: one@example.com, description: first}
  b: {type: ROOM, email: two@example.com, description: second}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
resources:
  b: {previously: a, type: ROOM, email: one@example.com, description: first}
  c: {previously: b, type: ROOM, email: two@example.com, description: second}
"
            .to_owned()
        },
    },
    World {
        rule: "claim-after-release",
        before: || {
            r"
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [desk@example.com]}
  bob: {displayName: Bob, email: bob@example.com, aliases: []}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users:
  ana: {displayName: Anna, email: ana@example.com, aliases: []}
  bob: {displayName: Robert, email: bob@example.com, aliases: [desk@example.com]}
"
            .to_owned()
        },
    },
    World {
        rule: "promote-before-release",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: anna@example.com, aliases: []}}
"
            .to_owned()
        },
    },
    World {
        rule: "one-chain-of-addresses",
        before: || crowded(0..100),
        tags: 0,
        after: || crowded(1..101),
    },
    World {
        rule: "close-before-delegate-goes",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
".to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {state: deregistered}}
resources: {room: {state: deregistered}}
"
            .to_owned()
        },
    },
    World {
        rule: "auto-accept-on-before-delegate-goes",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false, autoDeclineConflictingRequests: true, autoDeclineRecurringRequests: true}, delegates: [ana]}}
".to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: true, autoDeclineConflictingRequests: true, autoDeclineRecurringRequests: true}, delegates: []}}
".to_owned()
        },
    },
    World {
        rule: "delegate-before-delegate-goes",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
".to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}, bob: {}}
resources: {room: {type: ROOM, email: room@example.com, delegates: [bob]}}
"
            .to_owned()
        },
    },
    World {
        rule: "delegate-before-auto-accept-off",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
".to_owned()
        },
    },
    World {
        rule: "revoke-before-join",
        before: || {
            r"
users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: staff, rights: [SEND_AS]}]}
groups: {staff: {email: staff@example.com, members: []}}
".to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}, bob: {permissions: []}}
groups: {staff: {email: staff@example.com, members: [ana]}}
"
            .to_owned()
        },
    },
    World {
        rule: "join-before-leave",
        before: || {
            r"
users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: ana, rights: [SEND_AS]}, {grantee: staff, rights: [SEND_AS]}]}
groups: {staff: {email: staff@example.com, members: [bob]}}
".to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}, bob: {permissions: [{grantee: staff, rights: [SEND_AS]}]}}
groups: {staff: {email: staff@example.com, members: [ana, bob]}}
"
            .to_owned()
        },
    },
    World {
        rule: "create-before-naming",
        before: || {
            r"
accessControlRules: {all: {effect: ALLOW, description: all}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Ana, users: [ana]}
"
            .to_owned()
        },
    },
    World {
        rule: "unname-before-delete",
        before: || {
            r"
users: {bob: {displayName: Bob, email: bob@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Bob, users: [bob]}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
management: {users: {onRemoval: delete}}
users: {bob: {state: absent}}
accessControlRules: {all: {effect: ALLOW, description: all}}
"
            .to_owned()
        },
    },
    World {
        rule: "one-chain-of-sign-ins",
        before: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  old: {effect: DENY, description: no IMAP, actions: [IMAP]}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  new: {effect: DENY, description: no IMAP and no SMTP, actions: [IMAP, SMTP]}
"
            .to_owned()
        },
    },
    World {
        rule: "one-chain-of-devices",
        before: || {
            r"
mobileDeviceAccessRules:
  all: {effect: ALLOW}
  old: {effect: DENY, deviceTypes: [iPad]}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
mobileDeviceAccessRules:
  all: {effect: ALLOW}
  new: {effect: DENY, deviceTypes: [iPad, Tab]}
"
            .to_owned()
        },
    },
    World {
        rule: "one-chain-of-tags",
        before: String::new,
        tags: 50,
        after: || {
            r"
organization: {alias: acme, tags: {t0: null, t1: null, new: mail}}
"
            .to_owned()
        },
    },
    World {
        rule: "name-before-sign-in",
        before: || {
            r"
accessControlRules: {all: {effect: ALLOW, description: all}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Ana, users: [ana]}
"
            .to_owned()
        },
    },
    World {
        rule: "deregister-before-unnaming",
        before: || {
            r"
users: {bob: {displayName: Bob, email: bob@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Bob, users: [bob]}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
users: {bob: {state: deregistered}}
accessControlRules: {all: {effect: ALLOW, description: all}}
"
            .to_owned()
        },
    },
    World {
        rule: "identify-before-alone",
        before: || {
            r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationArn: "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef"}, personalAccessTokens: {status: ACTIVE}}}
users: {ana: {displayName: Ana, email: ana@example.com}}
"#.to_owned()
        },
        tags: 0,
        after: || {
            r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_ONLY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationArn: "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef"}, personalAccessTokens: {status: ACTIVE}}}
users: {ana: {displayName: Ana, email: ana@example.com, identityProviderUserId: 11111111-2222-3333-4444-555555555555}}
"#.to_owned()
        },
    },
    World {
        rule: "keep-before-naming",
        before: String::new,
        tags: 0,
        after: || {
            r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationName: mail}, personalAccessTokens: {status: ACTIVE}}}
"#.to_owned()
        },
    },
    World {
        rule: "delete-before-forgetting",
        before: || {
            r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationName: mail}, personalAccessTokens: {status: ACTIVE}}}
"#.to_owned()
        },
        tags: 0,
        after: || {
            r"
organization: {alias: acme, identityProvider: null}
"
            .to_owned()
        },
    },
    World {
        rule: "send-before-remembering",
        before: || {
            r#"
availabilityConfigurations:
  partner.example.net: {ews: {endpoint: "https://mail.example.net/EWS/", username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 1}}}
"#.to_owned()
        },
        tags: 0,
        after: || {
            r#"
availabilityConfigurations:
  partner.example.net: {ews: {endpoint: "https://mail.example.net/EWS/", username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 2}}}
"#.to_owned()
        },
    },
    World {
        rule: "own-tags-last",
        before: String::new,
        tags: 50,
        after: || {
            r"
organization: {alias: acme, tags: {t0: null, t1: null, new: mail}}
"
            .to_owned()
        },
    },
    World {
        rule: "empty-before-deregistering",
        before: || {
            r"
organization: {alias: acme, mailDomains: [acme.awsapps.com, example.com, example.org]}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: [ana@example.org]}}
"
            .to_owned()
        },
        tags: 0,
        after: || {
            r"
organization: {alias: acme, mailDomains: [acme.awsapps.com, example.com]}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}
"
            .to_owned()
        },
    },
];

/// Somebody at the limit of aliases.
fn crowded(numbers: std::ops::Range<usize>) -> String {
    let aliases: Vec<String> = numbers
        .map(|number| format!("a{number}@example.com"))
        .collect();
    let aliases = aliases.join(", ");
    format!("users: {{ana: {{displayName: Ana, email: ana@example.com, aliases: [{aliases}]}}}}")
}
