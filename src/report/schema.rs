//! The JSON Schemas of what is written for programs.

use serde_json::Value;

use crate::plan::Plan;

use super::Record;

/// The JSON Schema of a plan: `plan --format json` and saved plans.
pub fn plan_schema() -> Value {
    titled(schemars::schema_for!(Plan), "A plan of workmailctl")
}

/// The JSON Schema of one line of `apply --format json`.
pub fn report_schema() -> Value {
    titled(
        schemars::schema_for!(Record),
        "One line of workmailctl apply --format json",
    )
}

fn titled(schema: schemars::Schema, title: &str) -> Value {
    let mut value = schema.to_value();
    value["title"] = title.into();
    value
}
