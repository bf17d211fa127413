//! Classes of devices: what several tables of mobile device access rules cannot tell apart.

use std::collections::BTreeMap;

use super::mobile_device::{Device, MobileDeviceRule, Pattern, Told, passes};
use super::rules::Condition;

/// More classes than this are not looked through.
const MOST: usize = 100_000;

/// One device for each class that the rules of the tables tell apart; none where these are too many.
///
/// What begins with the same entries is the same to every rule. So it is enough to look at a device that
/// tells nothing, at one that tells something that no entry begins, and at each entry itself.
pub fn device_classes(tables: &[&[MobileDeviceRule]]) -> Option<Vec<Device>> {
    let rules: Vec<&MobileDeviceRule> = tables.iter().copied().flatten().collect();
    let of = |property: fn(&Told<Condition<Pattern>>) -> &Condition<Pattern>| {
        let conditions: Vec<&Condition<Pattern>> = rules
            .iter()
            .map(|rule| property(&rule.conditions))
            .collect();
        values(&conditions)
    };
    let types = of(|told| &told.r#type);
    let models = of(|told| &told.model);
    let systems = of(|told| &told.operating_system);
    let agents = of(|told| &told.user_agent);
    let counts = [types.len(), models.len(), systems.len(), agents.len()];
    let count = counts.into_iter().try_fold(1_usize, usize::checked_mul)?;
    if count > MOST {
        return None;
    }
    let mut devices = Vec::with_capacity(count);
    for r#type in &types {
        for model in &models {
            for operating_system in &systems {
                for user_agent in &agents {
                    devices.push(Device {
                        r#type: r#type.clone(),
                        model: model.clone(),
                        operating_system: operating_system.clone(),
                        user_agent: user_agent.clone(),
                    });
                }
            }
        }
    }
    Some(devices)
}

/// One value of a property for each way in which the conditions hold; none: it is not told.
fn values(conditions: &[&Condition<Pattern>]) -> Vec<Option<String>> {
    let mut candidates = vec![Some("\u{0}".to_owned()), None];
    for condition in conditions {
        for pattern in condition.only.iter().chain(&condition.except) {
            if let Pattern::Beginning(text) = pattern {
                candidates.push(Some(text.clone()));
            }
        }
    }
    let mut classes: BTreeMap<Vec<bool>, Option<String>> = BTreeMap::new();
    for candidate in candidates {
        let held = conditions
            .iter()
            .map(|condition| passes(condition, candidate.as_deref()));
        classes.entry(held.collect()).or_insert(candidate);
    }
    classes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;
    use crate::policy::{Effect, mobile_device};

    fn condition() -> impl Strategy<Value = Condition<Pattern>> {
        let all = ["$NONE", "iPhone", "iPh", "Android 9", "ANDROID"];
        let all = all.map(|text| match text.parse::<Pattern>() {
            Ok(pattern) => pattern,
            Err(never) => match never {},
        });
        let some = move || subsequence(all.to_vec(), 0..=2);
        (some(), some()).prop_map(|(only, except)| Condition { only, except })
    }

    fn rule() -> impl Strategy<Value = MobileDeviceRule> {
        let effect = select(vec![Effect::Allow, Effect::Deny]);
        (effect, condition(), condition()).prop_map(|(effect, r#type, operating_system)| {
            MobileDeviceRule {
                name: "rule".to_owned(),
                effect,
                conditions: Told {
                    r#type,
                    operating_system,
                    ..Told::default()
                },
            }
        })
    }

    fn told() -> impl Strategy<Value = Option<String>> {
        let texts = ["iphone 12", "iP", "Android 9.1", "android", "Windows"];
        prop_oneof![
            Just(None),
            select(texts.map(str::to_owned).to_vec()).prop_map(Some)
        ]
    }

    #[test]
    fn too_many_classes_are_not_looked_through() {
        let beginning = |number: usize| match format!("model {number:02}").parse::<Pattern>() {
            Ok(pattern) => Condition {
                only: vec![pattern],
                except: Vec::new(),
            },
            Err(never) => match never {},
        };
        let rules = |count: usize| -> Vec<MobileDeviceRule> {
            (0..count)
                .map(|number| MobileDeviceRule {
                    name: "rule".to_owned(),
                    effect: Effect::Deny,
                    conditions: Told {
                        r#type: beginning(number),
                        model: beginning(number),
                        operating_system: beginning(number),
                        user_agent: beginning(number),
                    },
                })
                .collect()
        };
        // Each property: each of the beginnings, and none of them.
        let few = device_classes(&[&rules(3)]).map(|classes| classes.len());
        assert_eq!(few, Some(4 * 4 * 4 * 4));
        assert_eq!(device_classes(&[&rules(20)]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn every_device_is_decided_like_one_of_the_classes(
            rules in prop::collection::vec(rule(), 0..4),
            r#type in told(),
            operating_system in told(),
        ) {
            let device = Device { r#type, operating_system, ..Device::default() };
            let classes = device_classes(&[&rules]).expect("they are few");
            let matching = |device: &Device| {
                rules
                    .iter()
                    .map(|rule| mobile_device(std::slice::from_ref(rule), device).deciding.len())
                    .collect::<Vec<_>>()
            };
            let effect = mobile_device(&rules, &device).effect;
            let same = classes.iter().find(|class| matching(class) == matching(&device));
            prop_assert!(same.is_some_and(|class| mobile_device(&rules, class).effect == effect));
        }
    }
}
