//! The JSON Schema of manifests, generated from the types.

use serde_json::{Value, json};

use super::spec::FileSpec;

/// The schema of one file: draft 2020-12, every key described, unknown keys refused.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(FileSpec).to_value();
    refuse_null(&mut schema);
    if let Some(version) = schema.pointer_mut("/properties/apiVersion") {
        *version = json!({
            "description": "The version of the language, in every file.",
            "const": super::API_VERSION,
        });
    }
    schema
}

/// An optional value is left out, not null; only texts that null clears keep it.
fn refuse_null(node: &mut Value) {
    match node {
        Value::Object(map) => {
            let clears = map.contains_key("maxLength");
            if let Some(Value::Array(types)) = map.get_mut("type")
                && !clears
            {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type") != Some(&json!("null")));
                if let [only] = choices.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    if let Value::Object(only) = only {
                        map.extend(only);
                    }
                }
            }
            if map.get("default") == Some(&Value::Null) {
                map.remove("default");
            }
            map.values_mut().for_each(refuse_null);
        }
        Value::Array(items) => items.iter_mut().for_each(refuse_null),
        _ => {}
    }
}
