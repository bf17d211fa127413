//! The raw exchanges of `tests/cases/emulator`: what is sent, and what must come back.
//!
//! A case is a heading that claims something, its source, and blocks in the order of the exchange:
//! `text behavior` (a switch a line), `json OPERATION` or `json POST /_emulator/…` (a request), then
//! `json reply` (what must be in the reply; lists have the same length) or `text refused CODE`. In
//! requests `$name` stands for an id; in replies it takes the id when it is met first, and `$?` is
//! anything. A request without an expected answer must not be refused; a refused one changes nothing.

use serde_json::Value;
use workmailctl::emulator::Behaviors;

use crate::support::emulated::Emulated;
use crate::support::markdown::{self, Case};

#[tokio::test]
async fn exchanges() {
    let (mut count, mut failures) = (0, Vec::new());
    for (path, case) in markdown::all("emulator") {
        count += 1;
        if let Err(why) = Box::pin(exchange(&case)).await {
            failures.push(format!("{path}: {}: {why}", case.title));
        }
    }
    eprintln!("{count} exchanges");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn exchange(case: &Case) -> Result<(), String> {
    let mut behaviors = Behaviors::default();
    for line in case.block("behavior").unwrap_or_default().lines() {
        behaviors.set(line).map_err(|error| error.to_string())?;
    }
    let mut world = Emulated::new(behaviors).await;
    let blocks: Vec<_> = case
        .blocks
        .iter()
        .filter(|block| block.name != "behavior")
        .collect();
    if blocks.is_empty() {
        return Err("nothing is asked".to_owned());
    }
    for (place, block) in blocks.iter().enumerate() {
        if block.name == "reply" || block.name.starts_with("refused ") {
            continue;
        }
        let request = &block.name;
        let failed = |why: String| format!("{request}, block {}: {why}", place + 1);
        let json = |text: &str| -> Result<Value, String> {
            serde_json::from_str(text).map_err(|error| error.to_string())
        };
        let input = json(&block.text).map_err(failed)?;
        let next = blocks.get(place + 1);
        let refused = next.and_then(|next| next.name.strip_prefix("refused "));
        let before = world.state().await;
        let answer = match request.split_once(' ') {
            Some((method, path)) => world.control(method, path, input).await,
            None => world.ask(request, input).await,
        };
        match (answer, refused) {
            (Err(code), Some(expected)) if code == expected => {
                if world.state().await != before {
                    return Err(failed(format!("{code} changed something")));
                }
            }
            (Err(code), _) => return Err(failed(format!("refused with {code}"))),
            (Ok(reply), Some(expected)) => {
                return Err(failed(format!("not refused with {expected}, but {reply}")));
            }
            (Ok(reply), None) => {
                if let Some(next) = next.filter(|next| next.name == "reply") {
                    let expected = json(&next.text).map_err(failed)?;
                    same(&mut world, &expected, &reply, "reply").map_err(failed)?;
                }
            }
        }
    }
    Ok(())
}

/// Holds what came against what is expected of it; an expected `null` is a member that must be absent.
fn same(world: &mut Emulated, expected: &Value, found: &Value, path: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::Object(members), Value::Object(found)) => {
            for (member, expected) in members {
                let path = format!("{path}.{member}");
                match found.get(member) {
                    None if expected.is_null() => {}
                    None => return Err(format!("{path} is missing")),
                    Some(found) => same(world, expected, found, &path)?,
                }
            }
            Ok(())
        }
        (Value::Array(items), Value::Array(found)) if items.len() == found.len() => {
            for (place, (expected, found)) in items.iter().zip(found).enumerate() {
                same(world, expected, found, &format!("{path}[{place}]"))?;
            }
            Ok(())
        }
        (Value::String(text), _) if text == "$?" => Ok(()),
        (Value::String(text), found) if text.starts_with('$') && *text != "$NONE" => {
            let known = world
                .names
                .entry(text[1..].to_owned())
                .or_insert_with(|| found.clone());
            if known == found {
                Ok(())
            } else {
                Err(format!("{path} is {found}, and {text} is {known}"))
            }
        }
        _ if expected == found => Ok(()),
        _ => Err(format!("{path} is {found}, not {expected}")),
    }
}
