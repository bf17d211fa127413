//! A world for each rule of order, in the order of the rules: what is live, what is wanted, and the invariant
//! that does not hold of the plan where the rule is not obeyed.

/// One world.
pub(super) struct World {
    /// The name of the rule.
    pub(super) rule: &'static str,
    /// The name of the invariant, or of the guard of what stands only on the way; `not-missing` is a right
    /// that both ends give and somebody is without for a moment.
    pub(super) invariant: &'static str,
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
        invariant: "existence",
        before: String::new,
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
"#.to_owned(),
    },
    World {
        rule: "register-before-use",
        invariant: "registration",
        before: String::new,
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com]}}
"#.to_owned(),
    },
    World {
        rule: "register-before-reference",
        invariant: "registration",
        before: || r#"
groups: {staff: {email: staff@example.com, members: []}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {staff: {email: staff@example.com, members: [ana]}}
"#.to_owned(),
    },
    World {
        rule: "clear-before-deregister",
        invariant: "registration",
        before: || r#"
users: {bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {email: staff@example.com, members: [bob]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {bob: {state: deregistered}}
groups: {staff: {email: staff@example.com, members: []}}
"#.to_owned(),
    },
    World {
        rule: "deregister-before-delete",
        invariant: "registration",
        before: || r#"
users: {bob: {displayName: Bob, email: bob@example.com}}
"#.to_owned(),
        tags: 0,
        after: || r#"
management: {users: {onRemoval: delete}}
users: {bob: {state: absent}}
"#.to_owned(),
    },
    World {
        rule: "free-name-before-use",
        invariant: "name-free",
        before: || r#"
resources:
  a: {type: ROOM, email: one@example.com, description: first}
  b: {type: ROOM, email: two@example.com, description: second}
"#.to_owned(),
        tags: 0,
        after: || r#"
resources:
  b: {previously: a, type: ROOM, email: one@example.com, description: first}
  c: {previously: b, type: ROOM, email: two@example.com, description: second}
"#.to_owned(),
    },
    World {
        rule: "claim-after-release",
        invariant: "at-once",
        before: || r#"
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [desk@example.com]}
  bob: {displayName: Bob, email: bob@example.com, aliases: []}
"#.to_owned(),
        tags: 0,
        after: || r#"
users:
  ana: {displayName: Anna, email: ana@example.com, aliases: []}
  bob: {displayName: Robert, email: bob@example.com, aliases: [desk@example.com]}
"#.to_owned(),
    },
    World {
        rule: "promote-before-release",
        invariant: "address-free",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: anna@example.com, aliases: []}}
"#.to_owned(),
    },
    World {
        rule: "one-chain-of-addresses",
        invariant: "limit",
        before: || crowded(0..100),
        tags: 0,
        after: || crowded(1..101),
    },
    World {
        rule: "close-before-delegate-goes",
        invariant: "answered",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {state: deregistered}}
resources: {room: {state: deregistered}}
"#.to_owned(),
    },
    World {
        rule: "auto-accept-on-before-delegate-goes",
        invariant: "answered",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false, autoDeclineConflictingRequests: true, autoDeclineRecurringRequests: true}, delegates: [ana]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: true, autoDeclineConflictingRequests: true, autoDeclineRecurringRequests: true}, delegates: []}}
"#.to_owned(),
    },
    World {
        rule: "delegate-before-delegate-goes",
        invariant: "answered",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}, bob: {}}
resources: {room: {type: ROOM, email: room@example.com, delegates: [bob]}}
"#.to_owned(),
    },
    World {
        rule: "delegate-before-auto-accept-off",
        invariant: "answered",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
resources: {room: {type: ROOM, email: room@example.com}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}}
resources: {room: {type: ROOM, email: room@example.com, bookingOptions: {autoAcceptRequests: false}, delegates: [ana]}}
"#.to_owned(),
    },
    World {
        rule: "revoke-before-join",
        invariant: "rights",
        before: || r#"
users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: staff, rights: [SEND_AS]}]}
groups: {staff: {email: staff@example.com, members: []}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}, bob: {permissions: []}}
groups: {staff: {email: staff@example.com, members: [ana]}}
"#.to_owned(),
    },
    World {
        rule: "join-before-leave",
        invariant: "not-missing",
        before: || r#"
users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: ana, rights: [SEND_AS]}, {grantee: staff, rights: [SEND_AS]}]}
groups: {staff: {email: staff@example.com, members: [bob]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}, bob: {permissions: [{grantee: staff, rights: [SEND_AS]}]}}
groups: {staff: {email: staff@example.com, members: [ana, bob]}}
"#.to_owned(),
    },
    World {
        rule: "create-before-naming",
        invariant: "existence",
        before: || r#"
accessControlRules: {all: {effect: ALLOW, description: all}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Ana, users: [ana]}
"#.to_owned(),
    },
    World {
        rule: "unname-before-delete",
        invariant: "named",
        before: || r#"
users: {bob: {displayName: Bob, email: bob@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Bob, users: [bob]}
"#.to_owned(),
        tags: 0,
        after: || r#"
management: {users: {onRemoval: delete}}
users: {bob: {state: absent}}
accessControlRules: {all: {effect: ALLOW, description: all}}
"#.to_owned(),
    },
    World {
        rule: "one-chain-of-sign-ins",
        invariant: "wider-in-between",
        before: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  old: {effect: DENY, description: no IMAP, actions: [IMAP]}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  new: {effect: DENY, description: no IMAP and no SMTP, actions: [IMAP, SMTP]}
"#.to_owned(),
    },
    World {
        rule: "one-chain-of-devices",
        invariant: "wider-in-between",
        before: || r#"
mobileDeviceAccessRules:
  all: {effect: ALLOW}
  old: {effect: DENY, deviceTypes: [iPad]}
"#.to_owned(),
        tags: 0,
        after: || r#"
mobileDeviceAccessRules:
  all: {effect: ALLOW}
  new: {effect: DENY, deviceTypes: [iPad, Tab]}
"#.to_owned(),
    },
    World {
        rule: "one-chain-of-tags",
        invariant: "limit",
        before: String::new,
        tags: 50,
        after: || r#"
organization: {alias: acme, tags: {t0: null, t1: null, new: mail}}
"#.to_owned(),
    },
    World {
        rule: "name-before-sign-in",
        invariant: "wider-in-between",
        before: || r#"
accessControlRules: {all: {effect: ALLOW, description: all}}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {ana: {displayName: Ana, email: ana@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Ana, users: [ana]}
"#.to_owned(),
    },
    World {
        rule: "deregister-before-unnaming",
        invariant: "wider-in-between",
        before: || r#"
users: {bob: {displayName: Bob, email: bob@example.com}}
accessControlRules:
  all: {effect: ALLOW, description: all}
  none: {effect: DENY, description: not Bob, users: [bob]}
"#.to_owned(),
        tags: 0,
        after: || r#"
users: {bob: {state: deregistered}}
accessControlRules: {all: {effect: ALLOW, description: all}}
"#.to_owned(),
    },
    World {
        rule: "identify-before-alone",
        invariant: "identified",
        before: || r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationArn: "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef"}, personalAccessTokens: {status: ACTIVE}}}
users: {ana: {displayName: Ana, email: ana@example.com}}
"#.to_owned(),
        tags: 0,
        after: || r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_ONLY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationArn: "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef"}, personalAccessTokens: {status: ACTIVE}}}
users: {ana: {displayName: Ana, email: ana@example.com, identityProviderUserId: 11111111-2222-3333-4444-555555555555}}
"#.to_owned(),
    },
    World {
        rule: "keep-before-naming",
        invariant: "remembered",
        before: String::new,
        tags: 0,
        after: || r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationName: mail}, personalAccessTokens: {status: ACTIVE}}}
"#.to_owned(),
    },
    World {
        rule: "delete-before-forgetting",
        invariant: "remembered",
        before: || r#"
organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef", applicationName: mail}, personalAccessTokens: {status: ACTIVE}}}
"#.to_owned(),
        tags: 0,
        after: || r#"
organization: {alias: acme, identityProvider: null}
"#.to_owned(),
    },
    World {
        rule: "send-before-remembering",
        invariant: "remembered",
        before: || r#"
availabilityConfigurations:
  partner.example.net: {ews: {endpoint: "https://mail.example.net/EWS/", username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 1}}}
"#.to_owned(),
        tags: 0,
        after: || r#"
availabilityConfigurations:
  partner.example.net: {ews: {endpoint: "https://mail.example.net/EWS/", username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 2}}}
"#.to_owned(),
    },
    World {
        rule: "own-tags-last",
        invariant: "limit",
        before: String::new,
        tags: 50,
        after: || r#"
organization: {alias: acme, tags: {t0: null, t1: null, new: mail}}
"#.to_owned(),
    },
    World {
        rule: "empty-before-deregistering",
        invariant: "domain",
        before: || r#"
organization: {alias: acme, mailDomains: [acme.awsapps.com, example.com, example.org]}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: [ana@example.org]}}
"#.to_owned(),
        tags: 0,
        after: || r#"
organization: {alias: acme, mailDomains: [acme.awsapps.com, example.com]}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}
"#.to_owned(),
    },
];

/// Somebody at the limit of aliases.
fn crowded(numbers: std::ops::Range<usize>) -> String {
    let aliases: Vec<String> = numbers.map(|number| format!("a{number}@example.com")).collect();
    let aliases = aliases.join(", ");
    format!("users: {{ana: {{displayName: Ana, email: ana@example.com, aliases: [{aliases}]}}}}")
}
