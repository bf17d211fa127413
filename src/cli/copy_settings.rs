//! What an organization has one of, and its tags, in a copy of it.
//!
//! An application in IAM Identity Center is another one in the copy, with another ARN, which the copy's
//! tag holds. One of somebody else cannot be had there, so that the copy goes without that provider.

use serde_json::{Value, json};
use workmailctl::kinds::SETTINGS;
use workmailctl::kinds::identity_center_application::name_in;
use workmailctl::kinds::setting::{SettingKind, Writing};
use workmailctl::kinds::tag::tagging;
use workmailctl::model::{
    IDENTITY_CENTER_APPLICATION, Id, ORGANIZATION, Setting, Snapshot, TAG, Target,
};

use super::copy::Copy;
use super::failure::Failure;

/// Makes every such setting that the snapshot holds, those that others name first.
pub(super) async fn fill(copy: &mut Copy<'_>, live: &Snapshot) -> Result<(), Failure> {
    let described = copy.organized("DescribeOrganization", json!({})).await?;
    let arn = described["ARN"].as_str().unwrap_or_default().to_owned();
    copy.ids.insert(organization(), arn);
    let copied = SETTINGS
        .iter()
        .filter(|kind| kind.nature.single || kind.nature.from_tags.is_some());
    for kind in copied {
        let of_kind = live.settings.iter();
        for (target, one) in of_kind.filter(|(target, _)| target.kind() == kind.name) {
            make(copy, kind, target, one).await?;
        }
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
    let input = Value::Object(call.input);
    let made = if kind.nature.single {
        copy.organized(&call.operation, input).await
    } else {
        copy.call(&call.operation, input).await
    };
    let made = match made {
        Err(failure) if failure.sentence().contains("ResourceNotFoundException") => Value::Null,
        made => made?,
    };
    if let Some(arn) = made["ApplicationArn"].as_str() {
        copy.ids.insert(target.clone(), arn.to_owned());
    }
    Ok(())
}

fn organization() -> Target {
    Target::new(ORGANIZATION, "")
}
