//! The endpoints under `/_emulator`: health, statistics, state, faults, the clock, and what puts in
//! place what the API cannot make.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::journal::Journal;
use super::state::World;
use super::store::Record;
use super::{Emulator, seed, wire};

/// What the paths of the endpoints begin with.
const PREFIX: &str = "/_emulator/";

/// True for the paths that are no business of the service.
pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Answers a request to a path under `/_emulator`.
pub(super) async fn answer(emulator: &Emulator, request: &Request<Bytes>) -> Response<Bytes> {
    settle(emulator);
    let outcome = decide(emulator, request);
    let ticket = emulator.lock().journal.as_ref().and_then(Journal::ticket);
    let kept = match ticket {
        Some(ticket) => ticket.kept().await,
        None => Ok(()),
    };
    let outcome = match kept {
        Ok(()) => outcome,
        Err(why) => Err((StatusCode::INTERNAL_SERVER_ERROR, why)),
    };
    match outcome {
        Ok(value) => wire::plain(StatusCode::OK, "application/json", value.to_string()),
        Err((status, why)) => wire::plain(
            status,
            "application/json",
            json!({ "error": why }).to_string(),
        ),
    }
}

fn decide(emulator: &Emulator, request: &Request<Bytes>) -> Outcome {
    let path = request.uri().path();
    let path = path.strip_prefix(PREFIX).unwrap_or_default();
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET | &Method::HEAD, ["health"]) => Ok(json!({ "status": "ok" })),
        (&Method::GET, ["stats"]) => Ok(json!(emulator.lock().stats)),
        (&Method::GET, ["state"]) => Ok(json!({ "records": emulator.lock().world.records() })),
        (&Method::PUT, ["state"]) => replace(emulator, request.body()),
        (&Method::POST, ["reset"]) => reset(emulator, request.body()),
        (&Method::GET, ["faults"]) => Ok(json!({ "faults": emulator.lock().faults.texts() })),
        (&Method::POST, ["faults"]) => faults(emulator, request.body()),
        (&Method::DELETE, ["faults"]) => {
            emulator.lock().faults.clear();
            Ok(json!({}))
        }
        (&Method::GET, ["clock"]) => Ok(json!({ "time": emulator.lock().clock.now() })),
        (&Method::POST, ["personal-access-tokens"]) => {
            placed(emulator, request.body(), |world, new, now| {
                let id = super::api::add_token(world, new, now)?;
                Ok(json!({ "id": id }))
            })
        }
        (&Method::POST, ["mailboxes"]) => placed(emulator, request.body(), |world, new, _| {
            super::api::set_size(world, &new).map(|()| json!({}))
        }),
        (&Method::POST, ["directories"]) => placed(emulator, request.body(), |world, new, _| {
            super::api::set_directory(world, &new).map(|()| json!({}))
        }),
        (&Method::POST, ["mail"]) => placed(emulator, request.body(), |world, new, now| {
            let id = super::api::add_mail(world, new, now)?;
            Ok(json!({ "id": id }))
        }),
        (&Method::DELETE, ["mail", id]) => {
            taken(emulator, |world| super::api::take_mail(world, id))
        }
        (&Method::POST, ["messages"]) => add_message(emulator, request.body()),
        (&Method::DELETE, ["messages", id]) => {
            taken(emulator, |world| super::api::take_message(world, id))
        }
        (&Method::POST, ["clock"]) => move_clock(emulator, request.body()),
        (&Method::POST, ["domains", name, status @ ("verify" | "fail" | "unverify")]) => {
            verify(emulator, name, status)
        }
        _ => Err((
            StatusCode::NOT_FOUND,
            "there is no such endpoint".to_owned(),
        )),
    }
}

/// Puts in place what the API cannot make.
fn placed<T: DeserializeOwned>(
    emulator: &Emulator,
    body: &Bytes,
    place: impl FnOnce(&mut World, T, f64) -> Result<Value, String>,
) -> Outcome {
    let new = serde_json::from_slice(body).map_err(|error| bad(&error))?;
    let mut guarded = emulator.lock();
    let now = guarded.clock.now();
    let reply = place(&mut guarded.world, new, now).map_err(|why| bad(&why))?;
    guarded.keep();
    Ok(reply)
}

/// Takes away what was put in place, if it is there.
fn taken(emulator: &Emulator, take: impl FnOnce(&mut World) -> bool) -> Outcome {
    let mut guarded = emulator.lock();
    if !take(&mut guarded.world) {
        let why = "it is not there".to_owned();
        return Err((StatusCode::NOT_FOUND, why));
    }
    guarded.keep();
    Ok(json!({}))
}

/// What `POST /_emulator/reset` may send.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reset {
    /// True: nothing is left but the organizations of the flags, made anew.
    #[serde(default)]
    state: bool,
}

/// Forgets statistics and faults, and the state where that is asked for. The clock stays.
fn reset(emulator: &Emulator, body: &Bytes) -> Outcome {
    let body: &[u8] = if body.is_empty() { b"null" } else { body };
    let asked: Option<Reset> = serde_json::from_slice(body).map_err(|error| bad(&error))?;
    let asked = asked.unwrap_or_default();
    let mut guarded = emulator.lock();
    if asked.state {
        guarded.world = World::default();
        for seed in &emulator.inner.organizations {
            seed::plant(emulator, &mut guarded, seed).map_err(|error| bad(&error))?;
        }
        guarded.keep_all();
    }
    guarded.stats.reset();
    guarded.faults.clear();
    Ok(json!({}))
}

/// Puts a message in transit, which mail flow rules do.
fn add_message(emulator: &Emulator, body: &Bytes) -> Outcome {
    let mut guarded = emulator.lock();
    let id = super::api::add_message(&mut guarded.world, body).map_err(|why| bad(&why))?;
    guarded.keep();
    Ok(json!({ "messageId": id }))
}

/// Lets happen what has happened by now.
fn settle(emulator: &Emulator) {
    let guarded = emulator.lock();
    let now = guarded.clock.now();
    drop(emulator.settle(guarded, now));
}

/// What `POST /_emulator/clock` sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    /// In seconds.
    advance: Option<f64>,
    /// In seconds since 1970.
    time: Option<f64>,
}

/// Moves the virtual clock, and never back: what has happened cannot be undone by it.
fn move_clock(emulator: &Emulator, body: &Bytes) -> Outcome {
    let asked: Move = serde_json::from_slice(body).map_err(|error| bad(&error))?;
    let mut guarded = emulator.lock();
    let before = guarded.clock.now();
    let time = match (asked.advance, asked.time) {
        (Some(seconds), None) => before + seconds,
        (None, Some(time)) => time,
        _ => return Err(bad(&"write {\"advance\": SECONDS} or {\"time\": SECONDS}")),
    };
    if time < before {
        return Err(bad(&"a clock cannot be moved back"));
    }
    guarded.clock.set(time).map_err(|why| bad(&why))?;
    let now = guarded.clock.now();
    emulator.settle(guarded, now).keep();
    Ok(json!({ "time": now }))
}

type Outcome = Result<Value, (StatusCode, String)>;

fn bad(why: &dyn std::fmt::Display) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, why.to_string())
}

/// Replaces the whole state by `{"records": […]}`, as `GET` tells it.
fn replace(emulator: &Emulator, body: &Bytes) -> Outcome {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| bad(&error))?;
    let records = value
        .get_mut("records")
        .map(Value::take)
        .ok_or_else(|| bad(&"`records` is missing"))?;
    let records: Vec<Record> = serde_json::from_value(records).map_err(|error| bad(&error))?;
    let world = World::from_records(records, super::api::check_row).map_err(|error| bad(&error))?;
    let mut guarded = emulator.lock();
    guarded.clock.restore(super::api::kept_time(&world));
    guarded.world = world;
    guarded.keep_all();
    Ok(json!({}))
}

/// Puts faults in place: a text, or a list of texts.
fn faults(emulator: &Emulator, body: &Bytes) -> Outcome {
    let value: Value = serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).trim().to_owned()));
    let texts: Vec<String> = match value {
        Value::String(text) => vec![text],
        Value::Object(mut map) => match map.get_mut("faults").map(Value::take) {
            Some(list) => serde_json::from_value(list).map_err(|error| bad(&error))?,
            None => return Err(bad(&"`faults` is missing")),
        },
        list => serde_json::from_value(list).map_err(|error| bad(&error))?,
    };
    let specs: Result<Vec<_>, _> = texts.iter().map(|text| text.parse()).collect();
    let specs = specs.map_err(|error| bad(&error))?;
    emulator.lock().faults.add(specs);
    Ok(json!({}))
}

/// Sets the verification of a domain, in every organization that has it.
fn verify(emulator: &Emulator, name: &str, status: &str) -> Outcome {
    let name = name.to_ascii_lowercase();
    let word = match status {
        "verify" => "VERIFIED",
        "fail" => "FAILED",
        _ => "PENDING",
    };
    let mut guarded = emulator.lock();
    let ids: Vec<String> = guarded
        .world
        .organizations()
        .filter(|organization| organization.head.domains.contains_key(&name))
        .map(|organization| organization.head.id.clone())
        .collect();
    if ids.is_empty() {
        return Err((
            StatusCode::NOT_FOUND,
            format!("no organization has the domain {name}"),
        ));
    }
    for id in ids {
        if let Ok(organization) = guarded.world.organization_mut(&id) {
            organization.head_mut().set_verification(&name, word);
        }
    }
    guarded.keep();
    Ok(json!({}))
}
