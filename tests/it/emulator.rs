//! The raw exchanges of `tests/cases/emulator`: what is sent, and what must come back.
//!
//! A case is a heading that claims something, its source, and blocks in the order of the exchange:
//! `text behavior` (a switch a line), `json OPERATION` or `json POST /_emulator/…` (a request), then
//! `json reply` (what must be in the reply; lists have the same length) or `text refused CODE`. The
//! Message Flow API is asked by `json GET /messages/…`; `text object mail/KEY` is put into the bucket. In
//! requests `$name` stands for an id; in replies it takes the id when it is met first, and `$?` is
//! anything. A request without an expected answer must not be refused; a refused one changes nothing.
//! `json OPERATION N times` is asked N times, with `$number` counting from 1.

use serde_json::Value;
use workmailctl::emulator::{Behaviors, SWITCHES, Switch};

use crate::support::emulated::Emulated;
use crate::support::markdown::{self, Case};

#[tokio::test]
async fn exchanges() {
    let (mut count, mut failures) = (0, Vec::new());
    for (path, case) in markdown::all("emulator") {
        count += 1;
        let outcome = match behaviors(&case) {
            Ok(behaviors) => Box::pin(exchange(&case, behaviors)).await,
            Err(why) => Err(why),
        };
        if let Err(why) = outcome {
            failures.push(format!("{path}: {}: {why}", case.title));
        }
    }
    eprintln!("{count} exchanges");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every side of every switch is shown: a case names it, the default too, and fails on another side. A
/// number has no end of sides: its default is held against the others that cases name.
#[tokio::test]
async fn every_side_of_every_switch_is_shown() {
    let cases = markdown::all("emulator");
    let mut missing = Vec::new();
    for switch in SWITCHES {
        let default = switch.values[0];
        let is_number = default.parse::<u64>().is_ok();
        let named: Vec<&str> = switch
            .values
            .iter()
            .copied()
            .filter(|value| !is_number || cases.iter().any(|(_, case)| sets(case, switch, value)))
            .collect();
        if named.len() < 2 {
            missing.push(format!("a number of {}", switch.name));
        }
        for side in &named {
            for other in named.iter().filter(|other| *other != side) {
                if is_number && *side != default && *other != default {
                    continue;
                }
                if !is_told_apart(&cases, switch, side, other).await {
                    missing.push(format!("{}={side} and not {other}", switch.name));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no case shows {}",
        missing.join(", nor ")
    );
}

/// True if a case that sets this side fails on the other one.
async fn is_told_apart(cases: &[(String, Case)], switch: &Switch, side: &str, other: &str) -> bool {
    for (_, case) in cases.iter().filter(|(_, case)| sets(case, switch, side)) {
        let mut behaviors = behaviors(case).expect("switches");
        let turned = format!("{}={other}", switch.name);
        behaviors.set(&turned).expect("a switch");
        if Box::pin(exchange(case, behaviors)).await.is_err() {
            return true;
        }
    }
    false
}

fn sets(case: &Case, switch: &Switch, value: &str) -> bool {
    let line = format!("{}={value}", switch.name);
    let mut lines = case.block("behavior").unwrap_or_default().lines();
    lines.any(|found| found == line)
}

fn behaviors(case: &Case) -> Result<Behaviors, String> {
    let mut behaviors = Behaviors::default();
    for line in case.block("behavior").unwrap_or_default().lines() {
        behaviors.set(line).map_err(|error| error.to_string())?;
    }
    Ok(behaviors)
}

async fn exchange(case: &Case, behaviors: Behaviors) -> Result<(), String> {
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
        if let Some(name) = request.strip_prefix("object ") {
            world.put_object(name, &block.text);
            continue;
        }
        let failed = |why: String| format!("{request}, block {}: {why}", place + 1);
        let json = |text: &str| -> Result<Value, String> {
            serde_json::from_str(text).map_err(|error| error.to_string())
        };
        let (request, times) = repeated(request);
        for number in 1..times {
            let text = block.text.replace("$number", &number.to_string());
            let input = json(&text).map_err(failed)?;
            let reply = world.ask(request, input).await;
            reply.map_err(|code| failed(format!("number {number} is refused with {code}")))?;
        }
        let text = block.text.replace("$number", &times.to_string());
        let input = json(&text).map_err(failed)?;
        let next = blocks.get(place + 1);
        let refused = next.and_then(|next| next.name.strip_prefix("refused "));
        let before = world.state().await;
        let answer = match request.split_once(' ') {
            Some((method, path)) if path.starts_with("/messages/") => {
                world.flow(method, path, input).await
            }
            Some((method, path)) => world.control(method, &world.path(path), input).await,
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

/// The operation of a request, and how often it is asked.
fn repeated(request: &str) -> (&str, u32) {
    request
        .strip_suffix(" times")
        .and_then(|request| request.rsplit_once(' '))
        .and_then(|(operation, times)| Some((operation, times.parse().ok()?)))
        .unwrap_or((request, 1))
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
