//! The identity provider: how users sign in through IAM Identity Center. An organization has one or
//! none.
//!
//! Calls: `PutIdentityProviderConfiguration`, `DeleteIdentityProviderConfiguration`; read by
//! `DescribeIdentityProviderConfiguration`. The application that it names was made by the API of the
//! service, and stays there when the provider goes: by `applicationArn` it is somebody else's, by
//! `applicationName` this program makes it before and removes it after. Source: API reference, the
//! operations of these names, `IdentityCenterConfiguration`; behaviour notes, section 15.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;
mod ways;

use serde_json::{Map, Value};

use crate::model::{Call, IDENTITY_CENTER_APPLICATION, IDENTITY_PROVIDER, Unmanaged};

use super::Pattern;
use super::identity_center_application::LONGEST_NAME;
use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, Wrong, call,
};

pub use spec::{IdentityCenterSpec, IdentityProviderSpec, PersonalAccessTokensSpec};
pub use ways::Ways;

const PUT: &str = "PutIdentityProviderConfiguration";
const DELETE: &str = "DeleteIdentityProviderConfiguration";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: IDENTITY_PROVIDER,
    section: "organization.identityProvider",
    about: "How users sign in through IAM Identity Center; written whole",
    plural: "identity provider",
    read: &["DescribeIdentityProviderConfiguration"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: Some(DELETE),
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature {
        nullable: true,
        wrong: Some(wrong),
        ..Nature::ONE
    },
    lowering: SettingLowering {
        create: put,
        update: put,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// Source: API reference, `PutIdentityProviderConfiguration`, `AuthenticationMode`.
pub const MODES: &[&str] = &["IDENTITY_PROVIDER_ONLY", "IDENTITY_PROVIDER_AND_DIRECTORY"];

/// Source: API reference, `PersonalAccessTokenConfiguration`, `Status`.
pub const STATUSES: &[&str] = &["ACTIVE", "INACTIVE"];

static MEMBERS: &[Member] = &[
    Member {
        name: "authenticationMode",
        member: "AuthenticationMode",
        form: Form::Choice(MODES),
        needed: true,
        about: "whether the passwords of the directory are good for signing in too",
    },
    Member {
        name: "identityCenter",
        member: "IdentityCenterConfiguration",
        form: Form::Object(CENTER),
        needed: true,
        about: "the instance and the application",
    },
    Member {
        name: "personalAccessTokens",
        member: "PersonalAccessTokenConfiguration",
        form: Form::Object(TOKENS),
        needed: true,
        about: "what clients sign in with that know no identity provider",
    },
];

static CENTER: &[Member] = &[
    Member {
        name: "instanceArn",
        member: "InstanceArn",
        form: Form::Text {
            min: 10,
            max: 1124,
            pattern: Some(INSTANCE),
        },
        needed: true,
        about: "the instance, in the account and the region of the organization",
    },
    Member {
        name: "applicationName",
        member: "ApplicationArn",
        form: Form::Name {
            kind: IDENTITY_CENTER_APPLICATION,
        },
        needed: false,
        about: "the name of an application that is made for this, and removed with it",
    },
    Member {
        name: "applicationArn",
        member: "ApplicationArn",
        form: Form::Text {
            min: 10,
            max: 1224,
            pattern: Some(APPLICATION),
        },
        needed: false,
        about: "an application that is there, in the place of `applicationName`",
    },
];

static TOKENS: &[Member] = &[
    Member {
        name: "status",
        member: "Status",
        form: Form::Choice(STATUSES),
        needed: true,
        about: "whether there may be such tokens",
    },
    Member {
        name: "lifetimeInDays",
        member: "LifetimeInDays",
        form: Form::Number { min: 1, max: 3653 },
        needed: false,
        about: "how long they are good for",
    },
];

/// The ARN of an instance. Source: API reference, `InstanceArn`, `Pattern`.
pub const INSTANCE: Pattern = Pattern {
    is: |text| {
        let Some((partition, rest)) = partition(text) else {
            return false;
        };
        let instance = rest.strip_prefix(":::instance/");
        PARTITIONS.contains(&partition) && instance.is_some_and(is_instance)
    },
    about: "the ARN of an instance, as `arn:aws:sso:::instance/ssoins-` and 16 letters, digits, `-` and `.`",
};

/// The ARN of an application. Source: API reference, `ApplicationArn`, `Pattern`.
pub const APPLICATION: Pattern = Pattern {
    is: |text| instance_of(text).is_some(),
    about: "the ARN of an application, as `arn:aws:sso::ACCOUNT:application/ssoins-…/apl-…`",
};

const PARTITIONS: &[&str] = &["aws", "aws-us-gov", "aws-cn", "aws-iso", "aws-iso-b"];

/// The ARN of the instance that an application belongs to; none for what is no ARN of an application.
pub fn instance_of(application: &str) -> Option<String> {
    let (partition, rest) = partition(application)?;
    let (account, rest) = rest.strip_prefix("::")?.split_once(":application/")?;
    let (instance, own) = rest.split_once('/')?;
    let own = own.strip_prefix("apl-")?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_own = own.len() == 16 && own.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_application =
        PARTITIONS.contains(&partition) && is_account && is_instance(instance) && is_own;
    is_application.then(|| format!("arn:{partition}:sso:::instance/{instance}"))
}

fn partition(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("arn:")?.split_once(":sso")
}

fn is_instance(text: &str) -> bool {
    let id = text
        .strip_prefix("ssoins-")
        .or_else(|| text.strip_prefix("ins-"));
    id.is_some_and(|id| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        id.len() == 16 && id.bytes().all(fits)
    })
}

/// Exactly one of the two says which application it is, and it is one of the instance.
fn wrong(_: &str, value: &Map<String, Value>) -> Vec<Wrong> {
    const CENTER: &str = "identityCenter";
    let text = |member: &str| value.get(CENTER)?.get(member)?.as_str();
    let (instance, arn) = (text("instanceArn"), text("applicationArn"));
    match (text("applicationName"), arn) {
        (Some(_), Some(_)) => vec![Wrong::new(
            &[CENTER, "applicationArn"],
            "`applicationArn` and `applicationName` exclude one another",
            "keep the ARN of an application that is there, or the name of one that is made for this",
        )],
        (None, None) => vec![Wrong::new(
            &[CENTER],
            "which application it is is not said",
            "add `applicationName`, or the `applicationArn` of one that is there",
        )],
        (Some(name), None) => name_wrong(name)
            .map(|help| {
                let message = format!("`applicationName` cannot be `{name}`");
                Wrong::new(&[CENTER, "applicationName"], message, help)
            })
            .into_iter()
            .collect(),
        (None, Some(arn)) => {
            let of = instance_of(arn);
            let is_of_another = of.is_some_and(|of| instance.is_some_and(|wanted| wanted != of));
            let wrong = Wrong::new(
                &[CENTER, "applicationArn"],
                "the application belongs to another instance than `instanceArn`",
                "name an application of the instance",
            );
            is_of_another.then_some(wrong).into_iter().collect()
        }
    }
}

/// Why an application cannot have a name. Its ARN is kept in a tag whose key holds the name, and keys of
/// tags take no comma. Source: API reference, `CreateIdentityCenterApplication`, `Name`, `Pattern`.
fn name_wrong(name: &str) -> Option<String> {
    let fits = |c: char| c.is_alphanumeric() || "_+=.@-".contains(c);
    let length = name.chars().count();
    (!(1..=LONGEST_NAME).contains(&length) || !name.chars().all(fits)).then(|| {
        format!("it is 1 to {LONGEST_NAME} letters, digits, `_`, `+`, `=`, `.`, `@` and `-`: the key of a tag holds it")
    })
}

fn put(writing: &Writing<'_>) -> Call {
    call(PUT, []).with(writing.input())
}

fn delete(_: &Writing<'_>) -> Call {
    call(DELETE, [])
}
