//! What mobile device access rules come to for one device.
//!
//! All conditions of a rule must hold. An entry is the beginning of what the device tells, in any
//! case; `$NONE` is a device that tells nothing. A condition that excludes holds for no device that
//! tells nothing, whatever it excludes. Source: behaviour notes, section 9.

use std::convert::Infallible;
use std::str::FromStr;

use super::rules::{Condition, Effect, Verdict, verdict};

/// A rule. Source: API reference, `MobileDeviceAccessRule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MobileDeviceRule {
    /// Its name; two rules may have one.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// Which devices, by what they tell.
    pub conditions: Told<Condition<Pattern>>,
}

/// One thing for each property that a device may tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told<T> {
    /// For its type.
    pub r#type: T,
    /// For its model.
    pub model: T,
    /// For its operating system.
    pub operating_system: T,
    /// For the program that it uses.
    pub user_agent: T,
}

/// An entry of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The device does not tell the property: `$NONE`.
    Untold,
    /// The property begins with this, in any case.
    Beginning(String),
}

/// What a device tells.
pub type Device = Told<Option<String>>;

/// What these rules come to for a device.
pub fn mobile_device<'a>(
    rules: &'a [MobileDeviceRule],
    device: &Device,
) -> Verdict<'a, MobileDeviceRule> {
    let matching = rules.iter().filter(|rule| {
        let Told {
            r#type,
            model,
            operating_system,
            user_agent,
        } = &rule.conditions;
        passes(r#type, device.r#type.as_deref())
            && passes(model, device.model.as_deref())
            && passes(operating_system, device.operating_system.as_deref())
            && passes(user_agent, device.user_agent.as_deref())
    });
    verdict(matching, |rule| rule.effect)
}

pub(super) fn passes(condition: &Condition<Pattern>, told: Option<&str>) -> bool {
    match told {
        None => {
            condition.except.is_empty()
                && (condition.only.is_empty() || condition.only.contains(&Pattern::Untold))
        }
        Some(told) => condition.holds(|pattern| match pattern {
            Pattern::Untold => false,
            Pattern::Beginning(beginning) => begins_with(told, beginning),
        }),
    }
}

/// Compares character by character, in any case.
fn begins_with(text: &str, beginning: &str) -> bool {
    let mut text = text.chars().flat_map(char::to_lowercase);
    beginning
        .chars()
        .flat_map(char::to_lowercase)
        .all(|wanted| text.next() == Some(wanted))
}

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "$NONE" => Self::Untold,
            beginning => Self::Beginning(beginning.to_owned()),
        })
    }
}
