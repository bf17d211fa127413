//! The settings of an organization in a copy of it.
//!
//! An application in IAM Identity Center is another one in the copy, with another ARN, which the copy's
//! tag holds. One of somebody else cannot be had there, so that the copy goes without that provider.
//! Passwords are not the real ones, which nobody tells. Personal access tokens cannot be made.

use serde_json::{Map, Value, json};
use workmailctl::kinds::SETTINGS;
use workmailctl::kinds::identity_center_application::name_in;
use workmailctl::kinds::setting::{Form, Member, SettingKind, Writing};
use workmailctl::kinds::tag::tagging;
use workmailctl::model::{
    ACCESS_CONTROL_RULE, IDENTITY_CENTER_APPLICATION, Id, MOBILE_DEVICE_ACCESS_RULE, ORGANIZATION,
    Part, Setting, Snapshot, TAG, Target,
};

use super::copy::Copy;
use super::failure::Failure;

/// Makes every setting that the snapshot holds, those that others name first, and nothing beside them.
pub(super) async fn fill(copy: &mut Copy<'_>, live: &Snapshot) -> Result<(), Failure> {
    let described = copy.organized("DescribeOrganization", json!({})).await?;
    let arn = described["ARN"].as_str().unwrap_or_default().to_owned();
    copy.ids.insert(organization(), arn);
    for list in SEEDED {
        if live.lists.get(list.kind).and_then(Part::known).is_some() {
            clear(copy, list).await?;
        }
    }
    for kind in SETTINGS.iter().filter(|kind| kind.is_declared()) {
        let first = live.settings.iter();
        let twins = live.twins.iter().map(|(target, one)| (target, one));
        for (target, one) in first
            .chain(twins)
            .filter(|(target, _)| target.kind() == kind.name)
        {
            make(copy, kind, target, one).await?;
        }
    }
    Ok(())
}

/// Rules that an organization is born with.
struct Seeded {
    kind: &'static str,
    list: &'static str,
    delete: &'static str,
    /// The member that tells them apart.
    key: &'static str,
    /// The member of the call that deletes one.
    member: &'static str,
}

static SEEDED: &[Seeded] = &[
    Seeded {
        kind: ACCESS_CONTROL_RULE,
        list: "ListAccessControlRules",
        delete: "DeleteAccessControlRule",
        key: "Name",
        member: "Name",
    },
    Seeded {
        kind: MOBILE_DEVICE_ACCESS_RULE,
        list: "ListMobileDeviceAccessRules",
        delete: "DeleteMobileDeviceAccessRule",
        key: "MobileDeviceAccessRuleId",
        member: "MobileDeviceAccessRuleId",
    },
];

async fn clear(copy: &Copy<'_>, seeded: &Seeded) -> Result<(), Failure> {
    let listed = copy.organized(seeded.list, json!({})).await?;
    for rule in listed["Rules"].as_array().into_iter().flatten() {
        let input = json!({ seeded.member: rule[seeded.key] });
        copy.organized(seeded.delete, input).await?;
    }
    Ok(())
}

async fn make(
    copy: &mut Copy<'_>,
    kind: &'static SettingKind,
    target: &Target,
    one: &Setting,
) -> Result<(), Failure> {
    let ids = &copy.ids;
    let id_of = |target: &Target| {
        let target = match target.kind() {
            ORGANIZATION => &organization(),
            _ => target,
        };
        Id::Known(ids.get(target).cloned().unwrap_or_default())
    };
    let writing = Writing {
        kind,
        target,
        live: None,
        value: &one.value,
        id_of: &id_of,
    };
    let mut call = (kind.lowering.create)(&writing);
    if target.kind() == TAG
        && let Some(name) = name_in(target.name())
    {
        let application = Target::new(IDENTITY_CENTER_APPLICATION, name);
        let arn = Value::from(ids.get(&application).cloned());
        let organization = ids.get(&organization()).cloned();
        call = tagging(organization.into(), target.name(), &arn);
    }
    // Nothing is made twice in a copy.
    call.input.remove("ClientToken");
    fill_secrets(kind.members, &mut call.input);
    let input = Value::Object(call.input);
    let made = if kind.nature.from_tags.is_some() {
        copy.call(&call.operation, input).await
    } else {
        copy.organized(&call.operation, input).await
    };
    let made = match made {
        Err(failure) if is_of_somebody_gone(&failure) => Value::Null,
        made => made?,
    };
    let id = kind.id.unwrap_or("ApplicationArn");
    if let Some(id) = made[id].as_str() {
        copy.ids.insert(target.clone(), id.to_owned());
    }
    Ok(())
}

/// What names somebody who is not there any more, or not registered, can stay with the service, and be
/// refused when it is made anew: the copy goes without it.
fn is_of_somebody_gone(failure: &Failure) -> bool {
    [
        "ResourceNotFoundException",
        "EntityNotFoundException",
        "EntityStateException",
    ]
    .iter()
    .any(|code| failure.sentence().contains(code))
}

/// Puts a word in the place of each secret: the service tells none.
fn fill_secrets(members: &[Member], input: &mut Map<String, Value>) {
    for member in members {
        match member.form {
            Form::Secret => {
                input.insert(member.member.to_owned(), json!("not-the-real-one"));
            }
            Form::Object(inner) => {
                if let Some(Value::Object(input)) = input.get_mut(member.member) {
                    fill_secrets(inner, input);
                }
            }
            _ => {}
        }
    }
}

fn organization() -> Target {
    Target::new(ORGANIZATION, "")
}
