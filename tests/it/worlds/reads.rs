//! The reads that the service may refuse while worlds are reached: those whose refusal tells something.

/// A read and the code that it may be refused with.
pub(super) struct Refusal {
    pub(super) operation: &'static str,
    pub(super) code: &'static str,
    /// What the refusal tells.
    #[expect(dead_code, reason = "it is read by people")]
    because: &'static str,
    /// The switch without which it does not happen; none: it needs none.
    pub(super) switch: Option<&'static str>,
}

const fn tells(operation: &'static str, code: &'static str, because: &'static str) -> Refusal {
    Refusal {
        operation,
        code,
        because,
        switch: None,
    }
}

const GONE: &str = "EntityNotFoundException";
const NONE: &str = "ResourceNotFoundException";
const STATE: &str = "EntityStateException";

/// Each of them is Absent, or unreadable while deregistered, in the words of the design of planning.
pub(super) const MAY_BE_REFUSED: &[Refusal] = &[
    tells("DescribeEntity", GONE, "an address is nobody's"),
    tells("DescribeUser", GONE, "a name is nobody's"),
    tells("DescribeGroup", GONE, "a name is nobody's"),
    tells("DescribeResource", GONE, "a name is nobody's"),
    tells(
        "GetMailboxDetails",
        GONE,
        "who is not registered has no mailbox",
    ),
    tells("GetDefaultRetentionPolicy", GONE, "there is no policy"),
    tells(
        "DescribeEmailMonitoringConfiguration",
        NONE,
        "there is none",
    ),
    tells(
        "DescribeIdentityProviderConfiguration",
        NONE,
        "there is none",
    ),
    tells("ListAliases", STATE, "it is deregistered"),
    tells("ListGroupMembers", STATE, "it is deregistered"),
    tells("ListResourceDelegates", STATE, "it is deregistered"),
    Refusal {
        switch: Some("permissions-disabled=refuse"),
        ..tells("ListMailboxPermissions", GONE, "it is deregistered")
    },
];

/// What of these refusals tells nothing.
pub(super) fn unexpected(refused: &[(String, String)], switches: &[&str]) -> Vec<String> {
    let is_on = |name: &str| switches.iter().any(|switch| switch.starts_with(name));
    let tells = |operation: &str, code: &str| {
        MAY_BE_REFUSED.iter().any(|one| {
            let named = one.operation == operation && one.code == code;
            named && one.switch.is_none_or(is_on)
        })
    };
    let all = refused
        .iter()
        .filter(|(operation, code)| !tells(operation, code));
    all.map(|(operation, code)| format!("{operation} {code}"))
        .collect()
}
