//! Availability configurations: where the calendars of another domain are asked for. The domain is the
//! identity; the provider is written whole, and its password with it.
//!
//! Calls: `CreateAvailabilityConfiguration`, `UpdateAvailabilityConfiguration`,
//! `DeleteAvailabilityConfiguration`; read by `ListAvailabilityConfigurations`, which never tells a
//! password. Whether one works is told by `TestAvailabilityConfiguration`. Source: API reference, the
//! operations of these names.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::{Map, Value};

use crate::model::{AVAILABILITY_CONFIGURATION, Call, Unmanaged};

use super::Pattern;
use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, call, client_token,
};

#[cfg(feature = "client")]
pub use api::{Tested, test};
pub use spec::AvailabilityConfigurationSpec;

const CREATE: &str = "CreateAvailabilityConfiguration";
const UPDATE: &str = "UpdateAvailabilityConfiguration";
const DELETE: &str = "DeleteAvailabilityConfiguration";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: AVAILABILITY_CONFIGURATION,
    section: "availabilityConfigurations",
    about: "Where the calendars of another domain are asked for; each is written whole",
    plural: "availability configurations",
    read: &["ListAvailabilityConfigurations"],
    write: Writes {
        create: CREATE,
        update: UPDATE,
        delete: Some(DELETE),
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Registered,
    chain: Chain::Alone,
    closed: None,
    nature: Nature::NAMED,
    lowering: SettingLowering {
        create,
        update,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

static MEMBERS: &[Member] = &[
    Member {
        name: "ews",
        member: "EwsProvider",
        form: Form::Object(EWS),
        needed: false,
        about: "Exchange Web Services; either this or `lambda`",
    },
    Member {
        name: "lambda",
        member: "LambdaProvider",
        form: Form::Object(LAMBDA),
        needed: false,
        about: "an AWS Lambda function; either this or `ews`",
    },
];

static EWS: &[Member] = &[
    Member {
        name: "endpoint",
        member: "EwsEndpoint",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: Some(ENDPOINT),
        },
        needed: true,
        about: "the URL that is asked",
    },
    Member {
        name: "username",
        member: "EwsUsername",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: Some(LATIN),
        },
        needed: true,
        about: "who asks there",
    },
    Member {
        name: "password",
        member: "EwsPassword",
        form: Form::Secret,
        needed: true,
        about: "the password of who asks, by where it is",
    },
];

static LAMBDA: &[Member] = &[Member {
    name: "arn",
    member: "LambdaArn",
    form: Form::Text {
        min: 49,
        max: 256,
        pattern: Some(FUNCTION),
    },
    needed: true,
    about: "the ARN of the function",
}];

/// The domains that configurations are for. Source: API reference, `DomainName`, `Pattern`.
pub const DOMAIN: Pattern = Pattern {
    is: |text| {
        (3..=255).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    },
    about: "a domain: 3 to 255 letters, digits, `.` and `-`",
};

/// Source: API reference, `EwsAvailabilityProvider`, `EwsEndpoint`, `Pattern`.
const ENDPOINT: Pattern = Pattern {
    is: is_endpoint,
    about: "a URL such as `https://mail.example.net/EWS/Exchange.asmx`, with a path",
};

/// Source: API reference, `EwsAvailabilityProvider`, `EwsUsername`, `Pattern`.
const LATIN: Pattern = Pattern {
    is: |text| text.chars().all(|c| ('\u{20}'..='\u{ff}').contains(&c)),
    about: "one line of Latin-1 characters",
};

/// Source: API reference, `LambdaAvailabilityProvider`, `LambdaArn`, `Pattern`.
const FUNCTION: Pattern = Pattern {
    is: is_function,
    about: "the ARN of a function, such as `arn:aws:lambda:eu-west-1:123456789012:function:calendar`",
};

fn is_endpoint(text: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let Some((authority, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && port.is_none_or(is_number)
        && !path.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn is_function(text: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [
        "arn",
        "aws",
        "lambda",
        region,
        account,
        "function",
        rest @ ..,
    ] = parts.as_slice()
    else {
        return false;
    };
    let is_region = match region.split('-').collect::<Vec<_>>().as_slice() {
        [land, part, number] => {
            let small = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
            land.len() == 2
                && small(land)
                && !part.is_empty()
                && small(part)
                && number.len() == 1
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = match rest {
        [function] => name(function),
        [function, version] => name(function) && (name(version) || *version == "$LATEST"),
        _ => false,
    };
    is_region && is_account && is_named
}

fn create(writing: &Writing<'_>) -> Call {
    let token = client_token(writing.target);
    call(
        CREATE,
        [("ClientToken", token), ("DomainName", domain(writing))],
    )
    .with(writing.input())
}

fn update(writing: &Writing<'_>) -> Call {
    call(UPDATE, [("DomainName", domain(writing))]).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [("DomainName", domain(writing))]).with(Map::new())
}

/// True for a value with a password, which the service never tells.
pub fn has_password(value: Option<&Map<String, Value>>) -> bool {
    value.is_some_and(|value| value.contains_key("ews"))
}

/// The domain as the service has it, which may be in great letters.
fn domain(writing: &Writing<'_>) -> Value {
    let live = writing.live.and_then(|live| live.id.as_deref());
    Value::from(live.unwrap_or(writing.target.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_and_functions_are_told_from_others() {
        for (text, fits) in [
            ("https://mail.example.net/EWS/Exchange.asmx", true),
            ("http://127.0.0.1:8080/", true),
            ("https://mail.example.net", false),
            ("https://mail.example.net:/x", false),
            ("https://user@mail.example.net/x", false),
            ("ftp://mail.example.net/x", false),
            ("https:///x", false),
            ("https://a/x\ny", false),
        ] {
            assert_eq!(is_endpoint(text), fits, "{text}");
        }
        for (text, fits) in [
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:calendar",
                true,
            ),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:calendar:live",
                true,
            ),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:calendar:$LATEST",
                true,
            ),
            ("arn:aws:lambda:eu-west-1:123456789012:function:", false),
            ("arn:aws:lambda:eu-west-1:12345:function:calendar", false),
            (
                "arn:aws:lambda:Ireland:123456789012:function:calendar",
                false,
            ),
            ("arn:aws:s3:::calendar", false),
        ] {
            assert_eq!(is_function(text), fits, "{text}");
        }
    }
}
