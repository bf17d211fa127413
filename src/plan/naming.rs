//! `Naming`: what makes temporary addresses, interim names and client tokens of one plan its own.

use serde_json::Value;

use crate::kinds::entity::calls::AddressArgument;
use crate::model::{Address, RESERVED_LOCAL_PART, RESERVED_NAME};

use super::document::Plan;

/// What temporary names of a plan are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    seconds: i64,
    nonce: String,
}

impl Naming {
    /// The naming of this plan.
    pub fn of(plan: &Plan) -> Self {
        Self::new(plan.evaluated_at, &plan.nonce)
    }

    /// The naming of a plan with this time and nonce.
    pub fn new(evaluated_at: jiff::Timestamp, nonce: &str) -> Self {
        Self {
            seconds: evaluated_at.as_second(),
            nonce: nonce.chars().take(8).collect(),
        }
    }

    /// The address that an argument stands for.
    pub fn address(&self, argument: &AddressArgument) -> Address {
        match argument {
            AddressArgument::Text(text) => Address::listed(text.clone()),
            AddressArgument::Temporary { number, domain } => {
                Address::listed(self.temporary(*number, domain))
            }
        }
    }

    /// The name that an argument stands for.
    pub fn name(&self, argument: &Value) -> Option<String> {
        match argument {
            Value::Object(argument) => {
                let number = argument.get("$temporary")?.as_u64()?;
                Some(self.temporary_name(number.try_into().ok()?))
            }
            argument => argument.as_str().map(str::to_owned),
        }
    }

    /// The interim name of this number, 20 characters at most.
    pub fn temporary_name(&self, number: u32) -> String {
        let nonce: String = self.nonce.chars().take(6).collect();
        format!("{RESERVED_NAME}{nonce}-{number}")
    }

    /// The token of a creating call: the same for one plan and one thing, and else another.
    pub fn token(&self, target: &str) -> String {
        let name = format!("{}/{}/{target}", self.seconds, self.nonce);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
    }

    /// The temporary address of this number.
    pub fn temporary(&self, number: u32, domain: &str) -> String {
        let Self { seconds, nonce } = self;
        format!("{RESERVED_LOCAL_PART}{seconds}-{nonce}-{number}@{domain}")
    }
}
