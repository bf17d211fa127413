//! The classes of mobile devices, by what they tell of themselves.

use serde_json::{Map, Value};

use crate::model::Target;
use crate::policy::{self, Device, Effect, MobileDeviceRule};

use super::super::access::mobile_device_rule;
use super::{Classes, Content};

/// All classes that some mobile device access rules tell apart.
pub(in crate::plan) struct DeviceClasses {
    all: Vec<Device>,
    classes: Classes,
}

impl DeviceClasses {
    /// The classes of these rules; none where they are too many.
    pub(in crate::plan) fn of<'a>(
        rules: impl Iterator<Item = (&'a Target, &'a Map<String, Value>)>,
    ) -> Option<Self> {
        let rules: Vec<MobileDeviceRule> = rules
            .map(|(target, value)| mobile_device_rule(target, value))
            .collect();
        let all = policy::device_classes(&[&rules])?;
        let classes = Classes::new(all.len());
        Some(Self { all, classes })
    }

    /// What a rule does.
    pub(in crate::plan) fn rule(&self, target: &Target, value: &Map<String, Value>) -> Content {
        let rule = mobile_device_rule(target, value);
        let fits = self.all.iter().map(|device| {
            let verdict = policy::mobile_device(std::slice::from_ref(&rule), device);
            !verdict.deciding.is_empty()
        });
        self.classes.rule(rule.effect == Effect::Allow, fits)
    }

    /// What does nothing.
    pub(in crate::plan) fn nothing(&self) -> Content {
        self.classes.nothing()
    }

    /// Every class.
    pub(in crate::plan) fn all(&self) -> &[Device] {
        &self.all
    }
}
