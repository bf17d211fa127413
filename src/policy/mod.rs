//! What configuration means, without the service: who can read whose mail, and what the rules of an
//! organization allow.

mod access_control;
mod classes;
mod device_classes;
mod impersonation;
mod mobile_device;
mod readers;
mod rules;

pub use access_control::{
    AccessControlRule, AddressRange, Caller, Protocol, RuleTextError, SignIn, access_control,
};
pub use classes::{Class, PROTOCOLS, classes};
pub use device_classes::device_classes;
pub use impersonation::{ImpersonationRule, impersonation};
pub use mobile_device::{Device, MobileDeviceRule, Pattern, Told, mobile_device};
pub use readers::{Hold, Readers, Rights, readers};
pub use rules::{Condition, Effect, Verdict};
