//! What the schema lets choose from: words, keys, shapes.

use serde_json::Value;

/// The words of a choice, where the schema names nothing but words.
pub(super) fn words(choices: Option<&Value>) -> Option<Vec<&str>> {
    let choices = choices?.as_array()?;
    choices
        .iter()
        .map(|choice| choice.get("const").and_then(Value::as_str))
        .collect()
}

/// The keys of which a map has exactly one, where the schema names nothing but maps of one key.
pub(super) fn keys(choices: Option<&Value>) -> Option<Vec<&str>> {
    let choices = choices?.as_array()?;
    choices
        .iter()
        .map(|choice| {
            let properties = choice.get("properties")?.as_object()?;
            let (key, _) = properties.iter().next().filter(|_| properties.len() == 1)?;
            let needed = choice.get("required")?.as_array()?;
            needed
                .contains(&Value::from(key.clone()))
                .then_some(key.as_str())
        })
        .collect()
}

/// The shapes that a value may have.
pub(super) fn shapes(choices: Option<&Value>) -> String {
    let sorts: Vec<&str> = choices
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|choice| match choice.get("type").and_then(Value::as_str) {
            Some("array") => "a list",
            Some("object") if choice.pointer("/properties/add").is_some() => "`{add: […]}`",
            Some("object") => "a map",
            _ => "a text",
        })
        .collect();
    sorts.join(" or ")
}
