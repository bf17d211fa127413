//! Mobile devices: which of them come to be let in by rules and overrides.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::kinds::setting::split;
use crate::model::{
    Entity, MOBILE_DEVICE_ACCESS_OVERRIDE, MOBILE_DEVICE_ACCESS_RULE, Part, Snapshot, Target,
};
use crate::policy::{
    Condition, Device, Effect, MobileDeviceRule, Told, device_classes, mobile_device,
};

use super::values;
use crate::plan::document::Operation;

const TOO_MANY: &str = "the rules tell too many devices apart to look through all of them";

/// The rules before and after.
pub(in crate::plan) type BothEnds = (Vec<MobileDeviceRule>, Vec<MobileDeviceRule>);

/// The rules before and after; none where the plan writes none.
///
/// Errors with a sentence fragment where the rules were not read.
fn devices(operations: &[Operation], live: &Snapshot) -> Result<Option<BothEnds>, String> {
    let kind = MOBILE_DEVICE_ACCESS_RULE;
    let written: Vec<&Operation> = operations
        .iter()
        .filter(|operation| operation.target.kind() == kind)
        .collect();
    if written.is_empty() {
        return Ok(None);
    }
    if !matches!(live.listed(kind), Part::Known(())) {
        return Err("the mobile device access rules were not read".to_owned());
    }
    let before: Vec<(&Target, &Map<String, Value>)> = values(live, kind).collect();
    let mut after: BTreeMap<&Target, &Map<String, Value>> = before.iter().copied().collect();
    for operation in written {
        match &operation.becomes {
            Some(value) => after.insert(&operation.target, value),
            None => after.remove(&operation.target),
        };
    }
    let rules = |all: &mut dyn Iterator<Item = (&Target, &Map<String, Value>)>| {
        all.map(|(target, value)| rule(target, value)).collect()
    };
    Ok(Some((
        rules(&mut before.into_iter()),
        rules(&mut after.into_iter()),
    )))
}

/// The rules before and after, and the devices that they tell apart; none where the plan writes none.
///
/// Errors with a sentence fragment where the rules were not read, or the devices are too many.
pub(in crate::plan) fn at_both_ends(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Option<(BothEnds, Vec<Device>)>, String> {
    let Some((before, after)) = devices(operations, live)? else {
        return Ok(None);
    };
    let classes = device_classes(&[&before, &after]).ok_or(TOO_MANY)?;
    Ok(Some(((before, after), classes)))
}

/// Devices that are let in at the end and were not before, as sentence fragments.
pub(in crate::plan) fn let_in(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Vec<String>, String> {
    let mut found = overrides(operations, live);
    if let Some((before, after)) = devices(operations, live)? {
        let classes = device_classes(&[&before, &after]).ok_or(TOO_MANY)?;
        let new = classes.iter().filter(|device| {
            let allowed =
                |rules: &[MobileDeviceRule]| mobile_device(rules, device).effect == Effect::Allow;
            allowed(&after) && !allowed(&before)
        });
        found.extend(new.map(told));
    }
    Ok(found)
}

/// Overrides that let a device in, or that no longer keep one out.
fn overrides(operations: &[Operation], live: &Snapshot) -> Vec<String> {
    let written = operations
        .iter()
        .filter(|operation| operation.target.kind() == MOBILE_DEVICE_ACCESS_OVERRIDE)
        .filter(|operation| {
            // Whom the plan makes does not count.
            let (user, _) = split(operation.target.name());
            let user = live.entities.get(&Target::user(user));
            user.is_some_and(Entity::is_registered)
        });
    let opens = written.filter(|operation| {
        let before = live.settings.get(&operation.target);
        let before = before.map(|before| Effect::of(&before.value));
        match &operation.becomes {
            Some(value) => Effect::of(value) == Effect::Allow && before != Some(Effect::Allow),
            None => before == Some(Effect::Deny),
        }
    });
    opens
        .map(|operation| match operation.target.name().split_once('/') {
            Some((user, device)) => format!("device {device} of {user}"),
            None => format!("device {}", operation.target.name()),
        })
        .collect()
}

/// A rule as its meaning is told by.
pub(in crate::plan) fn rule(target: &Target, value: &Map<String, Value>) -> MobileDeviceRule {
    let of = |only: &str, except: &str| {
        let Ok(condition) = Condition::of(value, only, except, str::parse);
        condition
    };
    MobileDeviceRule {
        name: target.name().to_owned(),
        effect: Effect::of(value),
        conditions: Told {
            r#type: of("deviceTypes", "notDeviceTypes"),
            model: of("deviceModels", "notDeviceModels"),
            operating_system: of("deviceOperatingSystems", "notDeviceOperatingSystems"),
            user_agent: of("deviceUserAgents", "notDeviceUserAgents"),
        },
    }
}

/// A device as people read it.
pub(in crate::plan) fn told(device: &Device) -> String {
    let properties = [
        ("type", &device.r#type),
        ("model", &device.model),
        ("operating system", &device.operating_system),
        ("user agent", &device.user_agent),
    ];
    let texts: Vec<String> = properties
        .into_iter()
        .filter_map(|(name, told)| match told.as_deref() {
            None => Some(format!("no {name}")),
            Some("\u{0}") => None,
            Some(text) => Some(format!("{name} {text}")),
        })
        .collect();
    if texts.is_empty() {
        "any other device".to_owned()
    } else {
        format!("devices with {}", texts.join(", "))
    }
}
